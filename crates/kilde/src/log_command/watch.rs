//! `kilde log watch`: whether a log on the net still begins with what it was when it was looked at last. Asks only what
//! anybody may ask, and believes nothing but the keys it is given.

use anyhow::{Context, bail, ensure};
use clap::Args;
use kilde_log::merkle::{Hash, Tiles, Tree, from_bytes, verify_consistency};
use kilde_log::note::{MOST_BYTES, VerifyKey};
use kilde_log::{Signed, TilePath};
use std::path::PathBuf;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// Check over the net that a log has only grown since a checkpoint that was kept, and keep the new one
#[derive(Args)]
pub struct Watch {
    /// Address of the seal: `https://kilde.example/9901/seal`
    #[arg(long)]
    url: String,
    /// Key of the log (first line of seal/keys, from a source that you trust)
    #[arg(long)]
    key: String,
    /// Key of a witness that must have cosigned. May be given more than once
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
    /// Where the checkpoint is kept; made at the first time
    #[arg(long)]
    keep: PathBuf,
}

impl Watch {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let net = Net::new(self.url.trim_end_matches('/'))?;
        let key = |text: &str| VerifyKey::parse(text).with_context(|| format!("in the key {text}"));
        let log = key(&self.key)?;
        let text = String::from_utf8(net.get("checkpoint")?).context("the checkpoint is no text")?;
        let new = signed(&text, &log).context("the checkpoint on the net")?;
        // First what is worst: a witness does not sign a log that was rolled back, and to say only that would sound like patience.
        match std::fs::read_to_string(&self.keep) {
            Ok(text) => {
                let old = signed(&text, &log).with_context(|| format!("the checkpoint in {}", self.keep.display()))?;
                grown(&net, &old, &new)?;
                println!(
                    "the log begins with the {} entries that it had; now it has {}",
                    old.checkpoint.size, new.checkpoint.size
                );
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                println!("the log has {} entries; there was nothing to compare with yet", new.checkpoint.size);
            }
            Err(cause) => return Err(cause).with_context(|| format!("cannot read {}", self.keep.display())),
        }
        for witness in &self.witness {
            let witness = key(witness)?;
            let found = new.note.verify([&witness]).with_context(|| format!("witness {}", witness.name()))?;
            let time = found
                .first()
                .and_then(|(_, time)| *time)
                .and_then(|s| i64::try_from(s).ok())
                .unwrap_or(0);
            println!(
                "witness {}: cosigned at {}",
                witness.name(),
                jiff::Timestamp::from_second(time).unwrap_or_default()
            );
        }
        std::fs::write(&self.keep, text).with_context(|| format!("cannot write {}", self.keep.display()))
    }
}

fn signed(text: &str, log: &VerifyKey) -> anyhow::Result<Signed> {
    let signed = Signed::parse(text)?;
    ensure!(
        signed.checkpoint.origin == log.name(),
        "it is of the log {}",
        signed.checkpoint.origin
    );
    signed.note.verify([log])?;
    Ok(signed)
}

/// Fails unless the new tree begins with the old one.
fn grown(net: &Net, old: &Signed, new: &Signed) -> anyhow::Result<()> {
    let (old, new) = (&old.checkpoint, &new.checkpoint);
    if old.size > new.size {
        bail!("NOT WHOLE: the log had {} entries, and now it has {}", old.size, new.size);
    }
    let proof = Tree::new(net, new.size).consistency(old.size)?.unwrap_or_default();
    ensure!(
        verify_consistency(old.size, &old.root, new.size, &new.root, &proof),
        "NOT WHOLE: the log does not begin with the {} entries that it had: something was changed or removed",
        old.size
    );
    Ok(())
}

/// The published tiles.
struct Net {
    url: String,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Net {
    fn new(url: &str) -> anyhow::Result<Self> {
        Ok(Net {
            url: url.to_owned(),
            client: reqwest::Client::builder().timeout(PATIENCE).build()?,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        })
    }

    fn get(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let url = format!("{}/{path}", self.url);
        self.runtime.block_on(async {
            let mut answer = self.client.get(&url).send().await?.error_for_status()?;
            let mut body = Vec::new();
            while let Some(part) = answer.chunk().await? {
                body.extend_from_slice(&part);
                ensure!(body.len() <= MOST_BYTES, "{url} is too long");
            }
            Ok(body)
        })
    }
}

impl Tiles for Net {
    type Error = anyhow::Error;

    fn tile(&self, level: u8, index: u64, width: usize) -> anyhow::Result<Vec<Hash>> {
        let path = TilePath { level, index, width };
        let hashes = from_bytes(&self.get(&format!("tile/{path}"))?).with_context(|| format!("{path} is no tile"))?;
        ensure!(hashes.len() == width, "{path} has {} hashes", hashes.len());
        Ok(hashes)
    }

    fn short(&self, level: u8, index: u64) -> anyhow::Error {
        anyhow::anyhow!("tile {level}/{index} is short")
    }
}

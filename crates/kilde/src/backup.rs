//! `kilde backup`: copies of an instance elsewhere, sealed, made while it is served. ADRs 0060 and 0061.
//!
//! There are two kinds, in two places: the content, which may be kept for years, and the key ring, which decides what of it can be opened and
//! is kept for days. `repository` is how either lies on disk, `still` what is copied at one moment, `desk` how a running server is asked for it.

pub mod desk;
mod moment;
pub mod repository;
pub mod still;

use crate::assembly::{directory, guard, instance};
use crate::place::Place;
use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use kilde_log::{Instance, MasterKey};
use repository::{Kind, Made, Repository};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How often the key ring is asked for: a destruction takes a copy away while it is read.
const TRIES: usize = 5;

/// Copies of an instance elsewhere, sealed, made while it is served
#[derive(Subcommand)]
pub enum BackupCommand {
    /// Copy what is new of the content and of the key ring; the server may run
    Make(Make),
    /// Copy the key ring only: quick, to be done often, and after each destruction
    Keys(Keys),
    /// Tell which backups there are
    List(At),
    /// Open every part of every backup, and name what is damaged or missing
    Verify(At),
    /// Throw old backups away; the newest stays
    Forget(Forget),
}

impl BackupCommand {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            BackupCommand::Make(make) => make.run(),
            BackupCommand::Keys(keys) => keys.run(),
            BackupCommand::List(at) => at.list(),
            BackupCommand::Verify(at) => at.verify(),
            BackupCommand::Forget(forget) => forget.run(),
        }
    }
}

/// The instance, and where its key ring goes. A server that runs needs no outside key here.
#[derive(Args)]
pub struct Keys {
    #[command(flatten)]
    place: Place,
    /// File with the key that seals the backup: 64 hexadecimal digits. Keep it where neither data nor backups are
    #[arg(long)]
    backup_key: PathBuf,
    /// Folder for copies of the key ring, apart from the content
    #[arg(long)]
    keys_to: PathBuf,
    /// Copies of the key ring that are older are thrown away: what is destroyed is gone for good when they are
    #[arg(long, default_value_t = 7)]
    keep_keys_days: u32,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Copy what is new of the content and of the key ring
#[derive(Args)]
pub struct Make {
    #[command(flatten)]
    keys: Keys,
    /// Folder for the content
    #[arg(long)]
    to: PathBuf,
}

/// Backups of an instance, of one kind.
#[derive(Args)]
pub struct At {
    /// Folder of the backups: of content, or of the key ring
    #[arg(long)]
    at: PathBuf,
    /// Number of the instance
    #[arg(long)]
    instance: String,
    /// File with the key that seals the backup
    #[arg(long)]
    backup_key: PathBuf,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Throw old backups away; the newest stays
#[derive(Args)]
pub struct Forget {
    #[command(flatten)]
    at: At,
    /// Backups that are older go, and what only they hold
    #[arg(long)]
    keep_days: u32,
}

/// The key that seals backups.
pub fn backup_key(path: &Path) -> anyhow::Result<MasterKey> {
    guard::secret(path)?;
    MasterKey::read_file(path).with_context(|| format!("the backup key {}", path.display()))
}

/// The moment so many days ago.
fn days_ago(days: u32) -> Timestamp {
    Timestamp::now()
        .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MIN)
}

impl Make {
    fn run(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        ensure!(
            !within(&self.to, &self.keys.keys_to) && !within(&self.keys.keys_to, &self.to),
            "--to and --keys-to must lie apart: who has both and the outside key can open what is destroyed since"
        );
        let source = self.keys.source()?;
        let mut content = Repository::open_or_create(&self.to, Kind::Content, &source.number, &source.sealing)?;
        let made = source.copy(Kind::Content, &mut content, None)?;
        let keys = self.keys.copy(&source)?;
        if self.keys.json {
            let seconds = begun.elapsed().as_secs_f64();
            println!(
                "{}",
                json!({ "instance": source.number.as_str(), "content": made, "keys": keys, "seconds": seconds })
            );
        } else {
            println!("content  {made}");
            println!("key ring {keys}");
        }
        Ok(())
    }
}

/// Whether one place is the other, or lies below it.
fn within(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| whole(path));
    real(one).starts_with(real(other))
}

/// Where is copied from, and the key that seals.
struct Source {
    number: Instance,
    dir: PathBuf,
    master: PathBuf,
    sealing: MasterKey,
    quiet: bool,
}

impl Source {
    /// Copies what is asked for into the repository, and throws away what is older than `keep`.
    fn copy(&self, asked: Kind, to: &mut Repository, keep: Option<Timestamp>) -> anyhow::Result<Made> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let still = desk::ask(&self.dir, asked, &self.number, &self.master)?;
            let bar = match self.quiet {
                true => ProgressBar::hidden(),
                false => bytes_bar(still.bytes().unwrap_or(0)),
            };
            let added = to.add(&still, &bar).and_then(|made| {
                ensure!(still.is_whole(), "something was destroyed meanwhile: make the backup again");
                Ok(made)
            });
            bar.finish_and_clear();
            match added {
                // A destruction took it away.
                Err(_) if tries > 0 && !still.is_whole() => {}
                Err(cause) => return Err(cause),
                Ok(made) => {
                    let made = to.finish(made)?;
                    still.done();
                    if let Some(before) = keep {
                        to.forget(before)?;
                    }
                    return Ok(made);
                }
            }
        }
    }
}

impl Keys {
    fn source(&self) -> anyhow::Result<Source> {
        let number = self.place.number()?;
        Ok(Source {
            dir: directory(&self.place.data, &number),
            number,
            master: self.place.key_file(),
            sealing: backup_key(&self.backup_key)?,
            quiet: self.json,
        })
    }

    fn copy(&self, source: &Source) -> anyhow::Result<Made> {
        let mut ring = Repository::open_or_create(&self.keys_to, Kind::Keys, &source.number, &source.sealing)?;
        source.copy(Kind::Keys, &mut ring, Some(days_ago(self.keep_keys_days)))
    }

    fn run(self) -> anyhow::Result<()> {
        let source = self.source()?;
        let made = self.copy(&source)?;
        match self.json {
            true => println!("{}", json!({ "instance": source.number.as_str(), "keys": made })),
            false => println!("key ring {made}"),
        }
        Ok(())
    }
}

impl At {
    fn open(&self) -> anyhow::Result<Repository> {
        Repository::open(&self.at, &instance(&self.instance)?, &backup_key(&self.backup_key)?)
    }

    fn list(&self) -> anyhow::Result<()> {
        let repository = self.open()?;
        let mut all = Vec::new();
        for name in repository.backups()? {
            let manifest = repository.manifest(&name)?;
            if !self.json {
                println!("{name}  {manifest}");
            }
            all.push(
                json!({ "backup": name, "made": manifest.made.to_string(), "event": manifest.event, "accessEntries": manifest.entries,
                "files": manifest.files.len(), "bytes": manifest.bytes() }),
            );
        }
        if self.json {
            println!(
                "{}",
                json!({ "instance": self.instance, "kind": repository.kind(), "backups": all })
            );
        }
        Ok(())
    }

    fn verify(&self) -> anyhow::Result<()> {
        let repository = self.open()?;
        let bar = match self.json {
            true => ProgressBar::hidden(),
            false => bytes_bar(repository.stored()?),
        };
        let found = repository.verify(&bar)?;
        bar.finish_and_clear();
        if self.json {
            println!(
                "{}",
                json!({ "instance": self.instance, "kind": repository.kind(), "backups": found.backups, "bytes": found.bytes, "wrong": found.wrong })
            );
        } else {
            for wrong in &found.wrong {
                println!("NOT WHOLE: {wrong}");
            }
            println!("{} backups, {} opened", found.backups, size(found.bytes));
        }
        ensure!(found.wrong.is_empty(), "the backup is not whole: {} finding(s)", found.wrong.len());
        Ok(())
    }
}

impl Forget {
    fn run(self) -> anyhow::Result<()> {
        let mut repository = self.at.open()?;
        let gone = repository.forget(days_ago(self.keep_days))?;
        if self.at.json {
            println!(
                "{}",
                json!({ "instance": self.at.instance, "forgotten": gone.backups, "bytes": gone.bytes })
            );
        } else {
            println!("{} backups thrown away, {} free", gone.backups, size(gone.bytes));
        }
        Ok(())
    }
}

/// A progress bar in bytes, with rate and time left.
pub fn bytes_bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Bytes, for people.
pub fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

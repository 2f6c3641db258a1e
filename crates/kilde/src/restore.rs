//! `kilde restore`: an instance made again from its backups, in a folder where it is not, and proven before it is there.

use crate::assembly::{directory, guard};
use crate::backup::repository::{Kind, Manifest, Repository};
use crate::backup::{backup_key, bytes_bar};
use crate::log_command::verify::{Proven, prove};
use crate::place::Place;
use anyhow::{Context, ensure};
use clap::Args;
use indicatif::ProgressBar;
use jiff::Timestamp;
use kilde_log::{Instance, InstanceKeys, MasterKey};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Make an instance again from its backups, and prove both logs and the seal
#[derive(Args)]
pub struct Restore {
    /// Folder of the content's backups
    #[arg(long)]
    from: PathBuf,
    /// Folder of the key ring's backups
    #[arg(long)]
    keys_from: PathBuf,
    /// File with the key that seals the backups
    #[arg(long)]
    backup_key: PathBuf,
    // The instance must not be there.
    #[command(flatten)]
    place: Place,
    /// Another backup of the content than the newest, as `kilde backup list` names it
    #[arg(long)]
    backup: Option<String>,
    /// Another backup of the key ring than the newest: then content may open that is destroyed since
    #[arg(long)]
    keys_backup: Option<String>,
    /// Answer as JSON; what is proven goes to standard error
    #[arg(long)]
    json: bool,
}

/// A backup that was chosen.
struct Chosen {
    name: String,
    manifest: Manifest,
    newest: bool,
}

fn choose(repository: &Repository, kind: Kind, wanted: Option<&str>) -> anyhow::Result<Chosen> {
    ensure!(
        repository.kind() == kind,
        "--from is the folder of the content, --keys-from that of the key ring"
    );
    let names = repository.backups()?;
    let newest = names.last().context("there is no finished backup in the folder")?;
    let name = wanted.unwrap_or(newest);
    ensure!(names.iter().any(|one| one == name), "there is no backup {name}");
    Ok(Chosen {
        name: name.to_owned(),
        manifest: repository.manifest(name)?,
        newest: name == newest,
    })
}

impl Restore {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let number = self.place.number()?;
        let sealing = backup_key(&self.backup_key)?;
        let outside = self.place.master()?;
        let content = Repository::open(&self.from, &number, &sealing)?;
        let ring = Repository::open(&self.keys_from, &number, &sealing)?;
        let of_content = choose(&content, Kind::Content, self.backup.as_deref())?;
        let of_ring = choose(&ring, Kind::Keys, self.keys_backup.as_deref())?;

        let place = directory(&self.place.data, &number);
        ensure!(
            !place.exists(),
            "{} is there already: move it away, and keep it until you know why it was lost",
            place.display()
        );
        // Not under its name before it is proven: what is half restored is never served.
        let draft = place.with_file_name(format!("{}.restoring", number.as_str()));
        if draft.exists() {
            std::fs::remove_dir_all(&draft).with_context(|| format!("cannot remove {}", draft.display()))?;
        }
        guard::private_directory(&draft)?;
        let bar = match self.json {
            true => ProgressBar::hidden(),
            false => bytes_bar(of_content.manifest.bytes() + of_ring.manifest.bytes()),
        };
        content.restore(&of_content.manifest, &draft, &bar)?;
        ring.restore(&of_ring.manifest, &draft.join("keys"), &bar)?;
        bar.finish_and_clear();
        let mut say = |line: &str| match self.json {
            true => eprintln!("{line}"),
            false => println!("{line}"),
        };
        let proven =
            proven(&draft, &number, &outside, &mut say).with_context(|| format!("what was restored is left in {}", draft.display()))?;
        std::fs::rename(&draft, &place).with_context(|| format!("cannot rename {}", draft.display()))?;
        let parent = place.parent().unwrap_or(&self.place.data);
        std::fs::File::open(parent).and_then(|dir| dir.sync_all())?;
        self.tell(&of_content, &of_ring, &proven);
        Ok(())
    }

    fn tell(&self, content: &Chosen, ring: &Chosen, proven: &Proven) {
        if self.json {
            let told = json!({
                "instance": self.place.instance,
                "content": { "backup": content.name, "made": content.manifest.made.to_string(), "bytes": content.manifest.bytes() },
                "keys": { "backup": ring.name, "made": ring.manifest.made.to_string(), "newest": ring.newest },
                "events": proven.events,
                "accessEntries": proven.entries,
                "sealed": proven.sealed,
            });
            return println!("{told}");
        }
        let last = Timestamp::from_millisecond(proven.last_ms).unwrap_or_default();
        println!("\nrestored {} from {}, key ring {}", self.place.instance, content.name, ring.name);
        println!(
            "  {} events, the last of {last}; {} access-log entries",
            proven.events, proven.entries
        );
        println!("  what came after that is not there: tell the privacy officer and each witness");
        if !ring.newest {
            println!("  this is NOT the newest key ring");
        }
        // The ring from after a destruction lacks the keys; the log from after it destroys again. With neither it is undone.
        println!(
            "  what was destroyed after {} opens again: destroy it again, the privacy officer's record says what it was",
            ring.manifest.made.max(content.manifest.made)
        );
        println!("  the index is made anew when the server starts");
    }
}

fn proven(draft: &Path, number: &Instance, outside: &MasterKey, say: &mut dyn FnMut(&str)) -> anyhow::Result<Proven> {
    let keys = Arc::new(InstanceKeys::open(&draft.join("instance.key"), number, outside)?);
    prove(draft, &keys, &[], &[], say)
}

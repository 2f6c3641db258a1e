//! Packages for the archive: a directory with the content as lines of JSON, a manifest of what it is and by which rule, and checksums.
//!
//! `elements.ndjson` has a line for each version; `manifest.json` names the instance, the rule, the events and every file with its SHA-256;
//! `sha256sums` has those sums in the form that `sha256sum --check` reads, and that of the manifest too.

use super::plan::Due;
use super::rules::Rule;
use crate::assembly::guard;
use crate::delete::Stopped;
use crate::rebuild::hex;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const ELEMENTS: &str = "elements.ndjson";
const MANIFEST: &str = "manifest.json";
const SUMS: &str = "sha256sums";

/// What a package holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Elements.
    pub elements: usize,
    /// Versions of them.
    pub versions: usize,
}

/// Makes a package of elements that are due, durably. Gives its directory, which has its name only when it is whole.
pub fn make(stopped: &Stopped, archive: &Path, rule: &Rule, due: &[&Due]) -> anyhow::Result<PathBuf> {
    let log = &stopped.stores.log;
    let name = format!("kilde-{}-{}", log.instance().as_str(), uuid::Uuid::new_v4());
    let (place, draft) = (archive.join(&name), archive.join(format!("{name}.draft")));
    guard::private_directory(&draft).with_context(|| format!("cannot make {}", draft.display()))?;
    let mut out = BufWriter::new(File::create(draft.join(ELEMENTS))?);
    let (mut versions, mut events) = (0, BTreeSet::new());
    for one in due {
        let element = format!("{}/{}", one.rtype.name(), one.id);
        let doomed = stopped
            .stores
            .index
            .doomed(one.rtype, &one.id)?
            .with_context(|| format!("{element} is not there"))?;
        for (_, event, entry) in &doomed.places {
            let Some(payload) = log.payload(*event, *entry)? else { continue };
            let told = log.event(*event)?.context("an event of an element")?;
            let version = told.entries.get(*entry as usize).map(|entry| entry.version);
            let resource: Value = match payload.is_empty() {
                // The version is a deletion.
                true => Value::Null,
                false => serde_json::from_slice(&payload).with_context(|| format!("content of {element}"))?,
            };
            let line = json!({
                "element": element, "version": version, "event": event.0, "receivedMs": told.envelope.received_ms,
                "source": told.envelope.source, "resource": resource
            });
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
            versions += 1;
            events.insert(event.0);
        }
    }
    durable(out.into_inner().map_err(|error| error.into_error())?)?;
    let manifest = json!({
        "format": "kilde-archive 1",
        "instance": log.instance().as_str(),
        "made": jiff::Timestamp::now().to_string(),
        "rule": { "category": rule.category, "type": rule.rtype, "organisation": rule.organisation, "period": rule.period, "basis": rule.basis },
        "elements": due.len(),
        "versions": versions,
        "firstEvent": events.first(),
        "lastEvent": events.last(),
        "files": [{ "name": ELEMENTS, "sha256": sum(&draft.join(ELEMENTS))? }],
    });
    write(&draft.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    let mut sums = String::new();
    for name in [ELEMENTS, MANIFEST] {
        sums.push_str(&format!("{}  {name}\n", sum(&draft.join(name))?));
    }
    write(&draft.join(SUMS), sums.as_bytes())?;
    std::fs::rename(&draft, &place)?;
    File::open(archive)?.sync_all()?;
    Ok(place)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    durable(file)
}

fn durable(file: File) -> anyhow::Result<()> {
    Ok(file.sync_all()?)
}

fn sum(path: &Path) -> anyhow::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = BufReader::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(bytes);
        let length = bytes.len();
        file.consume(length);
    }
}

/// Reads a package again: every checksum, every line, and the numbers that the manifest tells.
pub fn verify(package: &Path) -> anyhow::Result<Found> {
    let text = std::fs::read_to_string(package.join(SUMS)).with_context(|| format!("{} has no {SUMS}", package.display()))?;
    let mut named = Vec::new();
    for line in text.lines() {
        let (expected, name) = line.split_once("  ").context("a line of the checksums makes no sense")?;
        ensure!(
            [ELEMENTS, MANIFEST].contains(&name),
            "there is a checksum of a file that is none of a package"
        );
        ensure!(sum(&package.join(name))? == expected, "{name} is not what it was");
        named.push(name);
    }
    ensure!(named == [ELEMENTS, MANIFEST], "a checksum is missing");
    let manifest: Value = serde_json::from_slice(&std::fs::read(package.join(MANIFEST))?).context(MANIFEST)?;
    ensure!(manifest["format"] == "kilde-archive 1", "a package of another format");
    let (mut elements, mut versions) = (BTreeSet::new(), 0);
    for line in BufReader::new(File::open(package.join(ELEMENTS))?).lines() {
        let line: Value = serde_json::from_str(&line?).with_context(|| format!("line {} of {ELEMENTS}", versions + 1))?;
        let element = line["element"].as_str().context("a line names no element")?;
        ensure!(
            matches!(line.get("resource"), Some(Value::Object(_) | Value::Null)),
            "a line has no resource"
        );
        elements.insert(element.to_owned());
        versions += 1;
    }
    let found = Found {
        elements: elements.len(),
        versions,
    };
    ensure!(
        manifest["elements"] == json!(found.elements) && manifest["versions"] == json!(found.versions),
        "lines are missing"
    );
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(dir: &Path, lines: &str, elements: usize, versions: usize) {
        write(&dir.join(ELEMENTS), lines.as_bytes()).expect("written");
        let manifest = json!({ "format": "kilde-archive 1", "elements": elements, "versions": versions });
        write(&dir.join(MANIFEST), manifest.to_string().as_bytes()).expect("written");
        let sums: String = [ELEMENTS, MANIFEST]
            .iter()
            .map(|name| format!("{}  {name}\n", sum(&dir.join(name)).expect("a sum")))
            .collect();
        write(&dir.join(SUMS), sums.as_bytes()).expect("written");
    }

    #[test]
    fn a_package_is_whole_or_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let lines = "{\"element\":\"A/1\",\"resource\":{}}\n{\"element\":\"A/1\",\"resource\":{}}\n";
        package(dir.path(), lines, 1, 2);
        assert_eq!(verify(dir.path()).expect("whole"), Found { elements: 1, versions: 2 });
        for name in [ELEMENTS, MANIFEST, SUMS] {
            let good = std::fs::read(dir.path().join(name)).expect("read");
            for at in [0, good.len() / 2, good.len() - 2] {
                let mut bad = good.clone();
                bad[at] ^= 1;
                std::fs::write(dir.path().join(name), &bad).expect("written");
                assert!(verify(dir.path()).is_err(), "{name} {at}");
            }
            std::fs::remove_file(dir.path().join(name)).expect("removed");
            assert!(verify(dir.path()).is_err(), "{name}");
            std::fs::write(dir.path().join(name), &good).expect("written");
        }
        package(dir.path(), lines, 2, 2);
        assert!(verify(dir.path()).is_err(), "the manifest tells of more");
    }
}

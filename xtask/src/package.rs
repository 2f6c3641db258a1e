//! Reads a FHIR package: a gzipped tar archive with one JSON file per resource.

use anyhow::{Context, bail};
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// The resources of a package (examples left out), ordered by type and url or id.
pub fn read(path: &Path) -> anyhow::Result<Vec<Value>> {
    let mut archive = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut archive)?;
    let mut resources = Vec::new();
    for (name, content) in files(&archive)? {
        let leaf = name.rsplit('/').next().unwrap_or(&name);
        if !leaf.ends_with(".json") || leaf == "package.json" || leaf.starts_with('.') || name.contains("/example") {
            continue;
        }
        let resource: Value = serde_json::from_slice(content).with_context(|| format!("reading {name}"))?;
        if resource["resourceType"].is_string() {
            resources.push(resource);
        }
    }
    let key = |r: &Value| {
        (
            text(r, "resourceType").to_owned(),
            text(r, "url").to_owned(),
            text(r, "id").to_owned(),
        )
    };
    resources.sort_by_cached_key(key);
    resources.dedup_by(|a, b| key(a) == key(b));
    Ok(resources)
}

/// A string property, empty when absent.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

/// The items of an array property, none when absent.
pub fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Names and contents of the regular files of a tar archive (ustar; GNU and pax long names).
fn files(archive: &[u8]) -> anyhow::Result<Vec<(String, &[u8])>> {
    let mut found = Vec::new();
    let mut long_name: Option<String> = None;
    let mut rest = archive;
    while rest.len() >= 512 && rest[0] != 0 {
        let (header, after) = rest.split_at(512);
        let size = octal(&header[124..136])?;
        let padded = size.div_ceil(512) * 512;
        if after.len() < size {
            bail!("the archive ends inside a file");
        }
        let content = &after[..size];
        match header[156] {
            b'L' => long_name = Some(field(content)),
            b'x' => long_name = pax_path(content),
            b'0' | 0 => {
                let prefix = if &header[257..262] == b"ustar" {
                    field(&header[345..500])
                } else {
                    String::new()
                };
                let name = field(&header[..100]);
                let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                found.push((long_name.take().unwrap_or(name), content));
            }
            _ => long_name = None,
        }
        rest = after.get(padded..).unwrap_or(&[]);
    }
    Ok(found)
}

fn field(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn octal(bytes: &[u8]) -> anyhow::Result<usize> {
    let digits = field(bytes);
    usize::from_str_radix(digits.trim(), 8).with_context(|| format!("a file size of {digits:?} in the archive"))
}

/// The `path` record of a pax header: lines of `<length> <key>=<value>`.
fn pax_path(content: &[u8]) -> Option<String> {
    String::from_utf8_lossy(content)
        .lines()
        .find_map(|line| Some(line.split_once(" path=")?.1.to_owned()))
}

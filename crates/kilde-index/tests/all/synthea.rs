//! Real bundles: every resource readable, byte for byte, and found by everything it says.

use crate::kit::{Kit, all, body, rtype, shared};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json;
use kilde_fhir::search::{Indexed, Reference, by_id, extract};
use std::collections::{HashMap, HashSet};
use std::io::Read as _;

/// The resources of a transaction bundle, its internal references made to be of this server.
fn resources(path: &std::path::Path) -> Vec<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let document = json::parse(text, json::Limits::default()).unwrap();
    let mut names = HashMap::new();
    for entry in document.root().items("entry") {
        let resource = entry.get("resource").unwrap();
        let name = format!("{}/{}", resource.str("resourceType").unwrap(), resource.str("id").unwrap());
        names.insert(entry.str("fullUrl").unwrap().into_owned(), name);
    }
    let mut out = Vec::new();
    for entry in document.root().items("entry") {
        let mut text = String::new();
        json::write_compact(entry.get("resource").unwrap(), &mut text);
        let mut pieces = text.split("\"urn:uuid:");
        let mut rewritten = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (id, rest) = piece.split_once('"').unwrap();
            let name = names.get(&format!("urn:uuid:{id}")).cloned().unwrap_or(format!("urn:uuid:{id}"));
            rewritten.push_str(&format!("\"{name}\"{rest}"));
        }
        out.push(rewritten);
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace('|', "\\|")
        .replace('$', "\\$")
}

/// A search value that the indexed value must be found by.
fn value_of(indexed: &Indexed<'_>) -> Option<String> {
    Some(match indexed {
        Indexed::Token { system, code } => {
            let code = code.as_deref().map(escaped).unwrap_or_default();
            match system {
                Some(system) => format!("{}|{code}", escaped(system)),
                None => format!("|{code}"),
            }
        }
        Indexed::String(text) => escaped(text),
        Indexed::Uri(uri) => escaped(uri),
        Indexed::Date(range) if range.from_ms > i64::MIN && range.to_ms < i64::MAX => {
            let (from, to) = (
                kilde_fhir::date::format_instant(range.from_ms),
                kilde_fhir::date::format_instant(range.to_ms - 1),
            );
            if range.to_ms - range.from_ms == 1 {
                from
            } else {
                format!("le{to}")
            }
        }
        Indexed::Date(_) => return None,
        Indexed::Number { low, high } if low == high => format!("{low}"),
        Indexed::Quantity { value, low, high, .. } if low == high => format!("{value}"),
        Indexed::Number { .. } | Indexed::Quantity { .. } => return None,
        Indexed::Reference(Reference::Local { rtype, id, .. }) => format!("{}/{id}", rtype.name()),
        Indexed::Reference(Reference::Absolute(url)) => escaped(url),
        Indexed::Reference(_) => return None,
    })
}

#[test]
fn bundles_are_read_and_found() {
    let Some(folder) = shared("synthea-r4") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "gz"))
        .collect();
    files.sort_by_key(|p| std::fs::metadata(p).unwrap().len());
    let mut kit = Kit::new();
    let scope = all();
    let mut texts = Vec::new();
    for file in files.iter().take(12) {
        let all = resources(file);
        kit.put(&all.iter().map(String::as_str).collect::<Vec<_>>());
        texts.extend(all);
    }
    // Practitioners and organisations stand in several bundles.
    let mut counts: HashMap<ResourceType, HashSet<String>> = HashMap::new();
    let mut values = 0;
    for (n, text) in texts.iter().enumerate() {
        let document = json::parse(text.as_str(), json::Limits::default()).unwrap();
        let root = document.root();
        let (name, id) = (root.str("resourceType").unwrap(), root.str("id").unwrap());
        counts.entry(rtype(&name)).or_default().insert(id.to_string());
        assert_eq!(body(kit.index.read(&scope, rtype(&name), &id).unwrap()), text.as_bytes());
        if n % 9 != 0 {
            continue;
        }
        let mut wanted = Vec::new();
        extract(root, &mut |param, indexed| {
            wanted.extend(value_of(&indexed).map(|v| (by_id(param).code, v)))
        });
        for (code, value) in wanted {
            values += 1;
            // Alone, so that its own list is used, or with the id where there are many.
            let matching = kit
                .index
                .matching(&scope, &crate::kit::search(&name, &[(code, &value)]), 200)
                .unwrap();
            let found = if matching.len() < 200 {
                matching.iter().map(|m| m.id.clone()).collect()
            } else {
                kit.ids(&scope, &name, &[(code, &value), ("_id", &id)])
            };
            assert!(found.iter().any(|f| *f == *id), "{name} {code}");
        }
    }
    for (rtype, ids) in &counts {
        assert_eq!(
            kit.search(&scope, rtype.name(), &[("_summary", "count")]).total,
            Some(ids.len() as u64),
            "{rtype}"
        );
    }
    assert_eq!(kit.rebuilt().1.digest().unwrap(), kit.index.digest().unwrap());
    eprintln!("{} resources, {values} values", texts.len());
    assert!(values > 1000);
}

//! XML and JSON over published data: what goes out comes back the same.

mod support;

use kilde_fhir::finding::Finding;
use kilde_fhir::json::{Kind, Limits, Value, escape_into, parse};
use kilde_fhir::xml::{Layout, from_json, to_json};
use std::path::Path;
use std::time::Instant;

/// Properties by name, no white space, escapes as we write them; numbers as they came.
fn canonical(value: Value<'_>, out: &mut String) {
    match value.kind() {
        Kind::Object => {
            let mut members: Vec<_> = value.children().map(|c| (c.key().unwrap_or_default(), c)).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (key, member) in members {
                escape_into(&key, out);
                out.push(':');
                canonical(member, out);
                out.push(',');
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for item in value.children() {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        // A narrative may have had white space around it.
        Kind::String if value.key().as_deref() == Some("div") => escape_into(value.as_str().unwrap_or_default().trim(), out),
        Kind::String => escape_into(&value.as_str().unwrap_or_default(), out),
        _ => out.push_str(value.raw()),
    }
}

fn same(name: &str, a: Value<'_>, b: &str) -> bool {
    let (mut x, mut y) = (String::new(), String::new());
    canonical(a, &mut x);
    let b = parse(b, Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
    canonical(b.root(), &mut y);
    x == y
}

fn told(findings: &[Finding]) -> String {
    let mut lines: Vec<String> = findings
        .iter()
        .filter(|f| f.is_error())
        .map(|f| format!("{} {}", f.rule, f.expression))
        .collect();
    lines.truncate(3);
    lines.join("; ")
}

/// What a resource in JSON loses on its way through XML and back; empty if nothing.
fn round(name: &str, resource: Value<'_>) -> Result<(), String> {
    for layout in [Layout::Compact, Layout::Pretty] {
        let xml = from_json(resource, layout).map_err(|f| format!("{name} out: {}", told(&f)))?;
        let back = to_json(xml.as_bytes(), Limits::default()).map_err(|f| format!("{name} in: {}", told(&f)))?;
        if !same(name, resource, &back.json) {
            return Err(format!("{name} differs"));
        }
    }
    Ok(())
}

#[test]
fn synthea_goes_round() {
    let Some(folder) = support::data("synthea-r4") else { return };
    let (mut json_bytes, mut xml_bytes, mut resources, mut out, mut back) = (0, 0, 0, 0.0, 0.0);
    for path in support::files(&folder, ".json.gz") {
        let document = parse(support::read(&path), Limits::default()).unwrap();
        let start = Instant::now();
        let xml = from_json(document.root(), Layout::Compact).unwrap_or_else(|f| panic!("{}: {}", path.display(), told(&f)));
        out += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let json = to_json(xml.as_bytes(), Limits::default()).unwrap_or_else(|f| panic!("{}: {}", path.display(), told(&f)));
        back += start.elapsed().as_secs_f64();
        assert!(json.notes.is_empty() && same("", document.root(), &json.json), "{}", path.display());
        json_bytes += document.text().len();
        xml_bytes += xml.len();
        resources += document.root().items("entry").count();
    }
    let each = |seconds: f64| seconds * 1e6 / f64::from(u32::try_from(resources).unwrap_or(1));
    println!(
        "{resources} resources, {json_bytes} bytes JSON, {xml_bytes} bytes XML: to XML {:.1} us, to JSON {:.1} us each",
        each(out),
        each(back)
    );
}

#[test]
fn the_core_package_goes_round() {
    let Some(path) = support::data("packages/hl7.fhir.r4.core-4.0.1.tgz") else {
        return;
    };
    let mut wrong = Vec::new();
    let files = support::package(&path);
    for (name, text) in &files {
        let document = parse(text.as_slice(), Limits::default()).unwrap();
        wrong.extend(round(name, document.root()).err());
    }
    assert!(
        wrong.is_empty(),
        "{} of {}: {:#?}",
        wrong.len(),
        files.len(),
        wrong.iter().take(20).collect::<Vec<_>>()
    );
}

/// The validator's inputs, the Norwegian examples and packages: what goes round, and what is refused.
#[test]
fn published_examples_go_round() {
    let (mut lines, mut jsons, mut xmls) = (String::new(), 0, 0);
    for part in ["fhir-test-cases/validator", "fhir-test-cases/fhirpath/input", "norway"] {
        let Some(folder) = support::data(part) else { return };
        let outcomes = folder.join("outcomes");
        for path in support::files(&folder, ".json") {
            if path.starts_with(&outcomes) || path.ends_with("manifest.json") {
                continue;
            }
            let Ok(document) = parse(support::read(&path), Limits::default()) else {
                continue;
            };
            jsons += 1;
            lines.extend(round(&name(&folder, &path), document.root()).err().map(|e| e + "\n"));
        }
        for path in support::files(&folder, ".xml") {
            xmls += 1;
            lines.extend(xml_round(&name(&folder, &path), &support::read(&path)).err().map(|e| e + "\n"));
        }
    }
    println!("{jsons} JSON files, {xmls} XML files");
    insta::assert_snapshot!(lines);
}

fn name(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned()
}

fn xml_round(name: &str, xml: &[u8]) -> Result<(), String> {
    let converted = to_json(xml, Limits::default()).map_err(|f| format!("{name}: {}", told(&f)))?;
    let document = parse(converted.json.as_str(), Limits::default()).map_err(|e| format!("{name} gives no JSON: {e}"))?;
    round(name, document.root())
}

/// Two files that others converted from XML to JSON.
#[test]
fn we_convert_as_others_did() {
    let Some(folder) = support::data("norway") else { return };
    let mut seen = 0;
    for path in support::files(&folder, ".xml") {
        let other = path.with_extension("json");
        if !other.exists() {
            continue;
        }
        seen += 1;
        let ours = to_json(&support::read(&path), Limits::default()).unwrap_or_else(|f| panic!("{}: {}", path.display(), told(&f)));
        let theirs = parse(support::read(&other), Limits::default()).unwrap();
        assert!(same("", theirs.root(), &ours.json), "{}", path.display());
    }
    println!("{seen} pairs");
}

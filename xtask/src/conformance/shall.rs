//! The list of what we claim of the specification, made from the tests that show it: a test with the doc comment
//! `/// SHALL: rule (page.html#anchor)` is a row of the last part of `docs/conformance.md`.

use crate::sources;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const MARK: &str = "/// SHALL: ";

/// What stands below this line of the page is made here.
const LINE: &str = "<!-- Below this line: made by `cargo xtask conformance shall`. -->";

/// One claim and the test that shows it.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    rule: String,
    /// Page and anchor of the specification; empty for a rule of our own.
    source: String,
    test: String,
    file: String,
}

impl Claim {
    /// The page of the specification, without the anchor.
    fn page(&self) -> &str {
        self.source.split('#').next().unwrap_or_default()
    }
}

/// Prints how many claims there are, writes them into the page, and gives the same as JSON.
pub fn run() -> anyhow::Result<Value> {
    let claims = claims()?;
    let path = place();
    let page = page(&std::fs::read_to_string(&path)?, &claims)?;
    std::fs::write(&path, page).with_context(|| format!("writing {}", path.display()))?;
    for (source, of_page) in by_page(&claims) {
        println!("{:<48} {} rules", if source.is_empty() { "our own" } else { source }, of_page.len());
    }
    println!("each with its test: {}", path.display());
    let told = |c: &Claim| json!({"rule": c.rule, "source": c.source, "test": c.test, "file": c.file});
    Ok(json!({"suite": "shall", "claims": claims.iter().map(told).collect::<Vec<_>>()}))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn place() -> PathBuf {
    root().join("docs/conformance.md")
}

/// Every claim of every test, by page of the specification; our own rules last.
fn claims() -> anyhow::Result<Vec<Claim>> {
    let mut files = Vec::new();
    for krate in std::fs::read_dir(root().join("crates"))? {
        for part in ["src", "tests"] {
            sources::below(&krate.as_ref().map_or_else(|_| PathBuf::new(), |k| k.path().join(part)), &mut files)?;
        }
    }
    files.sort();
    let mut claims = Vec::new();
    for file in &files {
        let name = file.strip_prefix(root()).unwrap_or(file).to_string_lossy().replace('\\', "/");
        claims.extend(read(&std::fs::read_to_string(file)?, &name)?);
    }
    claims.sort_by(|a, b| (a.source.is_empty(), &a.source, &a.file).cmp(&(b.source.is_empty(), &b.source, &b.file)));
    Ok(claims)
}

/// The claims of each page, in order.
fn by_page(claims: &[Claim]) -> Vec<(&str, &[Claim])> {
    claims
        .chunk_by(|a, b| a.page() == b.page())
        .filter_map(|of_page| Some((of_page.first()?.page(), of_page)))
        .collect()
}

/// The page as it must be: what people wrote, and the claims below.
fn page(written: &str, claims: &[Claim]) -> anyhow::Result<String> {
    let Some((head, _)) = written.split_once(LINE) else {
        bail!("{} has no line \"{LINE}\"", place().display());
    };
    let mut out = format!("{head}{LINE}\n");
    for (source, of_page) in by_page(claims) {
        let heading = match source {
            "" => "Our own rules".to_owned(),
            page => format!("[{page}]({})", address(page)),
        };
        out.push_str(&format!(
            "\n### {heading}: {} rules\n\n| rule | where | test |\n|---|---|---|\n",
            of_page.len()
        ));
        for claim in of_page {
            let (rule, test, file) = (&claim.rule, &claim.test, &claim.file);
            let anchor = match claim.source.split_once('#') {
                Some((_, anchor)) => format!("[#{anchor}]({})", address(&claim.source)),
                None => String::new(),
            };
            out.push_str(&format!("| {rule} | {anchor} | [`{test}`](../{file}) |\n"));
        }
    }
    Ok(out)
}

/// A page of R4, or of an implementation guide whose name stands before it.
fn address(source: &str) -> String {
    match source.split_once(' ') {
        // SMART is older than the folder for universal guides.
        Some((guide @ "smart-app-launch", page)) => format!("https://hl7.org/fhir/{guide}/{page}"),
        Some((guide, page)) => format!("https://hl7.org/fhir/uv/{guide}/{page}"),
        None => format!("https://hl7.org/fhir/R4/{source}"),
    }
}

/// The claims of one file.
fn read(text: &str, file: &str) -> anyhow::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(rule) = line.strip_prefix(MARK) else { continue };
        let mut rule = rule.to_owned();
        while let Some(more) = lines.next_if(|l| l.starts_with("///")) {
            rule.push(' ');
            rule.push_str(more.trim_start_matches('/').trim());
        }
        let Some(test) = lines
            .by_ref()
            .find(|l| !l.starts_with("#["))
            .and_then(|l| l.trim_start_matches("async ").strip_prefix("fn ")?.split_once('('))
        else {
            bail!("{file}: no test follows \"{rule}\"");
        };
        let (rule, source) = match rule.strip_suffix(')').and_then(|r| r.rsplit_once(" (")) {
            Some((rule, page)) if page.contains(".html") => (rule.to_owned(), page.to_owned()),
            _ => (rule, String::new()),
        };
        claims.push(Claim {
            rule: rule.replace('|', "\\|"),
            source,
            test: test.0.to_owned(),
            file: file.to_owned(),
        });
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_with_its_page_and_its_test() {
        let text = "/// SHALL: A thing\n/// is so (http.html#read)\n#[test]\nfn it_is() {}\n/// SHALL: Ours (deny by default)\n#[test]\nfn ours() {}\n";
        let claims = read(text, "a.rs").unwrap();
        assert_eq!(claims[0].rule, "A thing is so");
        assert_eq!((claims[0].source.as_str(), claims[0].test.as_str()), ("http.html#read", "it_is"));
        assert_eq!(claims[1].source, "");
        assert!(read("/// SHALL: Nothing\n", "b.rs").is_err());
    }

    #[test]
    fn every_page_has_an_address() {
        assert_eq!(address("http.html"), "https://hl7.org/fhir/R4/http.html");
        assert_eq!(address("bulkdata export.html"), "https://hl7.org/fhir/uv/bulkdata/export.html");
        assert_eq!(
            address("smart-app-launch conformance.html"),
            "https://hl7.org/fhir/smart-app-launch/conformance.html"
        );
        for claim in claims().unwrap() {
            assert!(!claim.source.contains(['<', '>', ':']), "{}: {}", claim.file, claim.source);
        }
    }

    #[test]
    fn the_list_is_up_to_date() {
        let written = std::fs::read_to_string(place()).unwrap();
        let wanted = page(&written, &claims().unwrap()).unwrap();
        assert!(
            written == wanted,
            "docs/conformance.md is not up to date; run: cargo xtask conformance shall"
        );
    }
}

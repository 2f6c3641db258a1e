//! The list of what we claim of the specification, made from the tests that show it: a test with the doc comment
//! `/// SHALL: rule (page.html#anchor)` is a row of `docs/fhir/shall.md`.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

const MARK: &str = "/// SHALL: ";

/// One claim and the test that shows it.
#[derive(Debug, PartialEq, Eq)]
struct Claim {
    rule: String,
    /// Page and anchor of the specification; empty for a rule of our own.
    source: String,
    test: String,
    file: String,
}

/// Prints how many claims there are and writes the list.
pub fn run() -> anyhow::Result<()> {
    let text = list()?;
    let path = place();
    std::fs::write(&path, &text).with_context(|| format!("writing {}", path.display()))?;
    println!(
        "{} rules, each with its test: {}",
        text.lines().filter(|l| l.starts_with("| ")).count() - 1,
        path.display()
    );
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn place() -> PathBuf {
    root().join("docs/fhir/shall.md")
}

/// The page as it must be.
fn list() -> anyhow::Result<String> {
    let mut files = Vec::new();
    for krate in std::fs::read_dir(root().join("crates"))? {
        for part in ["src", "tests"] {
            collect(&krate.as_ref().map_or_else(|_| PathBuf::new(), |k| k.path().join(part)), &mut files)?;
        }
    }
    files.sort();
    let mut claims = Vec::new();
    for file in &files {
        let name = file.strip_prefix(root()).unwrap_or(file).to_string_lossy().replace('\\', "/");
        claims.extend(read(&std::fs::read_to_string(file)?, &name)?);
    }
    claims.sort_by(|a, b| (a.source.is_empty(), &a.source, &a.file).cmp(&(b.source.is_empty(), &b.source, &b.file)));
    let mut out = String::from(
        "# What we claim, and the test that shows it\n\n\
         Made by `cargo xtask conformance shall` from the tests themselves; a test of the chores fails when it is not up to date.\n\
         Rules without a page of the specification are our own.\n\n| rule | FHIR R4 | test |\n|---|---|---|\n",
    );
    for claim in &claims {
        let source = match claim.source.as_str() {
            "" => String::new(),
            page => format!("[{page}](https://hl7.org/fhir/R4/{page})"),
        };
        let (rule, test, file) = (&claim.rule, &claim.test, &claim.file);
        out.push_str(&format!("| {rule} | {source} | `{test}`, [{file}](../../{file}) |\n"));
    }
    Ok(out)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
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
    fn the_list_is_up_to_date() {
        let written = std::fs::read_to_string(place()).unwrap_or_default();
        assert_eq!(written, list().unwrap(), "run: cargo xtask conformance shall");
    }
}

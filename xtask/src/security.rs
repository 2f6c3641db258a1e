//! Holds the security documents against the tree: every test that they name is there, every file that they lead to is there,
//! and every threat is ranked and has a test, or says that it has none.
//!
//! A test is named as a link, `` [`name`](../../crates/x/src/y.rs) ``. When it has moved, `cargo xtask security mend` lets the
//! link follow it.

use crate::sources;
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a threat says that no test shows.
const NONE: &str = "No test:";

/// Where the documents are.
fn documents() -> anyhow::Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut out = vec![root.join("SECURITY.md"), root.join("docs/guides/hardening.md")];
    for entry in std::fs::read_dir(root.join("docs/security"))? {
        out.push(entry?.path());
    }
    out.retain(|path| path.extension().is_some_and(|e| e == "md"));
    out.sort();
    Ok(out)
}

/// Prints what the documents name, or fails with everything that is not there.
pub fn run() -> anyhow::Result<()> {
    let (mut tests, mut wrong) = (BTreeSet::new(), Vec::new());
    for path in documents()? {
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for link in links(&text) {
            match examine(&link, folder) {
                Ok(Some(test)) => {
                    tests.insert(test);
                }
                Ok(None) => {}
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
        if name == "threat-model.md" {
            wrong.extend(threats(&text).into_iter().map(|why| format!("{name}: {why}")));
        }
    }
    if !wrong.is_empty() {
        bail!(
            "the security documents are not what the tree is (has a test moved? cargo xtask security mend):\n{}",
            wrong.join("\n")
        );
    }
    println!("{} tests are named, and all are there", tests.len());
    Ok(())
}

/// Lets the links to tests that have moved follow them. What is nowhere, or in two places, is left for people.
pub fn mend() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = Vec::new();
    for folder in ["crates", "xtask/src"] {
        sources::below(&root.join(folder), &mut code)?;
    }
    for path in documents()? {
        let text = std::fs::read_to_string(&path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let up = if folder.ends_with("docs/security") || folder.ends_with("docs/guides") {
            "../../"
        } else {
            ""
        };
        let mut mended = text.clone();
        for link in links(&text)
            .iter()
            .filter(|link| link.target.ends_with(".rs") && examine(link, folder).is_err())
        {
            let name = link.text.trim_matches('`');
            let here: Vec<&PathBuf> = code
                .iter()
                .filter(|file| std::fs::read_to_string(file).is_ok_and(|c| has_test(&c, name)))
                .collect();
            let [file] = here.as_slice() else {
                println!("{}: {name} is in {} files", path.display(), here.len());
                continue;
            };
            let file = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
            mended = mended.replace(
                &format!("[{}]({})", link.text, link.target),
                &format!("[{}]({up}{file})", link.text),
            );
            println!("{name}: {file}");
        }
        if mended != text {
            std::fs::write(&path, mended).with_context(|| format!("writing {}", path.display()))?;
        }
    }
    run()
}

/// A link of Markdown: its text and target.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    text: String,
    target: String,
}

fn links(text: &str) -> Vec<Link> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let (Some(open), Some(end)) = (before.rfind('['), after.find(')')) {
            out.push(Link {
                text: before[open + 1..].to_owned(),
                target: after[..end].to_owned(),
            });
        }
        rest = after;
    }
    out
}

/// The test that a link names, if it names one and it is there.
fn examine(link: &Link, folder: &Path) -> Result<Option<String>, String> {
    let Link { text, target } = link;
    if target.starts_with("https://") || target.starts_with('#') {
        return Ok(None);
    }
    let file = folder.join(target.split('#').next().unwrap_or_default());
    if !file.exists() {
        return Err(format!("{target} is not there"));
    }
    let name = text.trim_matches('`');
    let is_name =
        text.starts_with('`') && name.contains('_') && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !is_name || !target.ends_with(".rs") {
        return Ok(None);
    }
    let code = std::fs::read_to_string(&file).map_err(|cause| format!("{target}: {cause}"))?;
    if has_test(&code, name) {
        Ok(Some(name.to_owned()))
    } else {
        Err(format!("{target} has no test {name}"))
    }
}

/// Whether a file has a test with that name: a function after `#[test]` or `#[tokio::test]`.
fn has_test(code: &str, name: &str) -> bool {
    let mut marked = false;
    for line in code.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(function) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") {
            if marked && function.split(['(', '<']).next() == Some(name) {
                return true;
            }
            marked = false;
        }
    }
    false
}

/// What is wrong with the threats: headings `### T1 ...`, rows `| T1 | ...` of the ranking.
fn threats(text: &str) -> Vec<String> {
    let number = |line: &str| line.split([' ', '.', '|']).next().unwrap_or_default().to_owned();
    let ranked: Vec<String> = text.lines().filter_map(|l| l.strip_prefix("| T")).map(number).collect();
    let sections: Vec<(String, &str)> = text
        .split("\n### T")
        .skip(1)
        .map(|section| (number(section), section.split("\n## ").next().unwrap_or(section)))
        .collect();
    let mut wrong = Vec::new();
    for (no, section) in &sections {
        if ranked.iter().filter(|r| *r == no).count() != 1 {
            wrong.push(format!("T{no} must stand once in the ranking"));
        }
        let shown = links(section)
            .iter()
            .any(|l| l.target.ends_with(".rs") && l.text.starts_with('`') && l.text.contains('_'));
        if !shown && !section.contains(NONE) {
            wrong.push(format!("T{no} names no test, and does not say \"{NONE}\""));
        }
    }
    for no in ranked.iter().filter(|no| !sections.iter().any(|(s, _)| s == *no)) {
        wrong.push(format!("T{no} is ranked and not described"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_tests_are_found() {
        let found = links("a [`x_y`](../a.rs) and [b](c.md#d), [e] (f)");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].text.as_str(), found[0].target.as_str()), ("`x_y`", "../a.rs"));
        let code = "#[test]\n#[ignore]\nfn it_is() {}\nfn helper_it() {}\n#[tokio::test(flavor = \"x\")]\nasync fn later_on() {}\n";
        assert!(has_test(code, "it_is") && has_test(code, "later_on"));
        assert!(!has_test(code, "helper_it") && !has_test(code, "it"));
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let link = |text: &str, target: &str| Link {
            text: text.to_owned(),
            target: target.to_owned(),
        };
        assert!(examine(&link("`links_and_tests_are_found`", "security.rs"), &here).is_ok_and(|t| t.is_some()));
        assert!(examine(&link("`has_test`", "security.rs"), &here).is_err());
        assert!(examine(&link("x", "nothing.rs"), &here).is_err());
    }

    #[test]
    fn a_threat_without_rank_or_test_is_found() {
        let good = "| T1 | x |\n\n### T1. X\n[`a_b`](c.rs)\n";
        assert_eq!(threats(good), Vec::<String>::new());
        assert_eq!(threats("\n### T1. X\n").len(), 2);
        assert_eq!(threats("| T1 | x |\n| T2 | y |\n\n### T1. X\nNo test: the machine.\n").len(), 1);
    }

    #[test]
    fn the_security_documents_are_what_the_tree_is() {
        run().unwrap();
    }
}

//! `kilde policy check`: every error with file, line, column and how to mend it.

use anyhow::Context;
use clap::Args;
use kilde_access::roles::Table;
use kilde_access::{InstancePolicy, Municipal, policy};
use kilde_fhir::finding::Finding;
use std::path::{Path, PathBuf};

/// Files looked at in a folder, at most.
const MOST: usize = 1_000;

/// Examine policies, agreements and tables of minimisation; exit code 1 when something is wrong
#[derive(Args)]
pub struct Check {
    /// Files (.cedar, .toml, .tsv), or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Language of the findings: nb or en
    #[arg(long, default_value = "en")]
    language: String,
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let mut files = Vec::new();
        for path in &self.paths {
            collect(path, &mut files)?;
        }
        anyhow::ensure!(!files.is_empty(), "no .cedar, .toml or .tsv there");
        let mut wrong = 0;
        for file in &files {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let findings = examine(file, &text);
            wrong += findings.len();
            for finding in &findings {
                println!("{}", line(file, finding, &self.language));
            }
            if findings.is_empty() {
                println!("{}: ok", file.display());
            }
        }
        if wrong > 0 {
            std::process::exit(1);
        }
        Ok(())
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|end| ["cedar", "toml", "tsv"].iter().any(|known| end == *known))
        })
        .collect();
    inside.sort();
    inside.truncate(MOST);
    files.extend(inside);
    Ok(())
}

/// What is wrong with a file. A TOML file with `instance` is an instance's; another is what a municipality decides itself.
fn examine(file: &Path, text: &str) -> Vec<Finding> {
    match file.extension().and_then(|end| end.to_str()) {
        Some("cedar") => policy::check::municipal(text),
        Some("tsv") => Table::rows(text).err().unwrap_or_default(),
        _ => {
            let of_instance = text
                .lines()
                .any(|line| line.split('=').next().is_some_and(|key| key.trim() == "instance"));
            match of_instance {
                true => InstancePolicy::from_toml(text).err().map(|error| error.0).unwrap_or_default(),
                false => Municipal::from_toml(text).err().unwrap_or_default(),
            }
        }
    }
}

fn line(file: &Path, finding: &Finding, language: &str) -> String {
    let place = finding.position.map(|at| format!(":{at}")).unwrap_or_default();
    let text = if language == "nb" { &finding.nb } else { &finding.en };
    format!("{}{place}: {} [{}]", file.display(), text.replace('\n', " "), finding.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_is_examined_as_what_it_is() {
        let rules = |name: &str, text: &str| examine(Path::new(name), text).iter().map(|f| f.rule).collect::<Vec<_>>();
        assert_eq!(rules("a.cedar", "permit (principal, action, resource);"), ["policy-permits"]);
        assert_eq!(rules("a.tsv", "LE\tmars\tTREAT\tperson"), ["policy-unit"]);
        assert_eq!(rules("a.toml", "self_declared = true"), [""; 0]);
        assert_eq!(
            rules("a.toml", "instance = \"1\"\nname = \"\"\nworld = \"sandbox\"\norganisations = []"),
            ["policy-instance"]
        );
    }

    #[test]
    fn a_finding_is_one_line_with_its_place() {
        let findings = examine(Path::new("a.tsv"), "# x\nLE\tmars\tTREAT\tperson");
        assert!(line(Path::new("a.tsv"), &findings[0], "en").starts_with("a.tsv:2:4: Unknown kind of unit."));
        assert!(line(Path::new("a.tsv"), &findings[0], "nb").ends_with("[policy-unit]"));
    }
}

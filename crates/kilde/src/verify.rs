//! `kilde verify`: the findings that intake would give, without a server and without keeping anything.

use crate::config::{Packages, Terminology, sources};
use anyhow::Context;
use clap::Args;
use kilde_fhir::finding::{Finding, Severity, any_error, operation_outcome};
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::library::Library;
use kilde_fhir::national_id::{World, identifiers};
use kilde_fhir::validate::structure;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Examine resources or messages and print the findings; exit code 1 when there is an error
#[derive(Args)]
pub struct Verify {
    /// Also hold the resource against this profile; can be said several times
    #[arg(long, requires = "packages")]
    profile: Vec<String>,
    /// Folder of FHIR packages: R4's definitions and the profiles that the resource claims are asked too
    #[arg(long)]
    packages: Option<PathBuf>,
    /// Folder of terminology that is in no package
    #[arg(long, requires = "packages")]
    terminology: Option<PathBuf>,
    /// Print an OperationOutcome
    #[arg(long, conflicts_with = "junit")]
    json: bool,
    /// Print JUnit XML
    #[arg(long)]
    junit: bool,
    /// Check national ids as production would (default: as the sandbox)
    #[arg(long)]
    production: bool,
    /// File, or - for standard input
    file: PathBuf,
}

impl Verify {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().read_to_end(&mut bytes)?;
        } else {
            bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        }
        let world = if self.production { World::Production } else { World::Sandbox };
        let library = self.packages.as_ref().map(|folder| self.library(folder));
        let findings = examine(bytes, world, library.as_ref(), &self.profile);
        if self.json {
            println!("{}", operation_outcome(&findings));
        } else if self.junit {
            print!("{}", junit(&self.file.display().to_string(), &findings));
        } else {
            print_text(&findings);
        }
        if any_error(&findings) {
            std::process::exit(1);
        }
        Ok(())
    }
}

impl Verify {
    /// What is in the folders; what of it cannot be used is told beside the findings.
    fn library(&self, packages: &Path) -> Library {
        let terminology = Terminology {
            directory: self.terminology.clone(),
            ..Terminology::default()
        };
        let packages = Packages {
            directory: Some(packages.to_owned()),
        };
        let library = Library::load(&sources(&packages, &terminology));
        for (file, finding) in library.report().all_findings().filter(|(_, f)| f.severity > Severity::Information) {
            eprintln!("{file}{}{}", if file.is_empty() { "" } else { ": " }, finding.en);
        }
        library
    }
}

fn examine(bytes: Vec<u8>, world: World, library: Option<&Library>, profiles: &[String]) -> Vec<Finding> {
    match parse(bytes, Limits::default()) {
        Err(error) => vec![error.finding()],
        Ok(document) => {
            let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
            let mut findings = match library {
                Some(library) => library.validator().validate(document.root(), &profiles),
                None => structure(document.root()),
            };
            findings.extend(identifiers(document.root(), world));
            findings.extend(kilde_services::news2::check_observation(document.root()));
            findings
        }
    }
}

fn print_text(findings: &[Finding]) {
    for f in findings {
        let place = f.position.map_or(String::new(), |p| format!("{p} "));
        println!(
            "{:<11} {place}{} [{}]\n            {}",
            f.severity.code(),
            f.expression,
            f.rule,
            f.en
        );
        if f.details.is_some() {
            println!("            {}", f.diagnostics());
        }
    }
    let errors = findings.iter().filter(|f| f.is_error()).count();
    println!("{errors} errors, {} other findings", findings.len() - errors);
}

fn junit(name: &str, findings: &[Finding]) -> String {
    let escape = |t: &str| {
        t.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let errors = findings.iter().filter(|f| f.is_error()).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"kilde verify\" tests=\"1\" failures=\"{}\">\n  <testcase name=\"{}\">\n",
        usize::from(errors > 0),
        escape(name)
    );
    if errors > 0 {
        out.push_str("    <failure>");
        for f in findings.iter().filter(|f| f.is_error()) {
            let place = f.position.map_or(String::new(), |p| format!("{p} "));
            out.push_str(&escape(&format!("\n{place}{} [{}] {}", f.expression, f.rule, f.en)));
        }
        out.push_str("\n    </failure>\n");
    }
    out.push_str("  </testcase>\n</testsuite>\n");
    out
}

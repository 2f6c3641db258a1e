//! `kilde verify`: the findings that intake would give, without a server and without keeping anything.

use anyhow::Context;
use clap::Args;
use kilde_fhir::finding::{Finding, Severity, any_error, operation_outcome};
use kilde_fhir::json::{Limits, parse};
use kilde_fhir::national_id::{World, identifiers};
use kilde_fhir::validate::structure;
use std::io::Read;
use std::path::PathBuf;

/// Examine resources or messages and print the findings; exit code 1 when there is an error
#[derive(Args)]
pub struct Verify {
    /// Also hold the resource against this profile (not built yet: base R4 only)
    #[arg(long)]
    profile: Option<String>,
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
        if let Some(profile) = &self.profile {
            anyhow::bail!("profiles are not examined yet, so {profile} cannot be; leave --profile out for base R4");
        }
        let mut bytes = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().read_to_end(&mut bytes)?;
        } else {
            bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        }
        let world = if self.production { World::Production } else { World::Sandbox };
        let findings = examine(bytes, world);
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

fn examine(bytes: Vec<u8>, world: World) -> Vec<Finding> {
    match parse(bytes, Limits::default()) {
        Err(error) => vec![
            Finding::error(
                "structure",
                "json-syntax",
                "",
                format!("Ikke gyldig JSON: {}.", error.what),
                format!("Not valid JSON: {}.", error.what),
            )
            .severity(Severity::Fatal)
            .at(error.position),
        ],
        Ok(document) => {
            let mut findings = structure(document.root());
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

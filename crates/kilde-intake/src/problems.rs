//! Findings collected with the status they lead to.

use crate::submission::Rejected;
use kilde_fhir::finding::{Finding, Severity};

/// Findings so far, and the HTTP status if any of them is an error.
#[derive(Debug, Default, Clone)]
pub(crate) struct Problems {
    status: Option<u16>,
    pub(crate) findings: Vec<Finding>,
}

/// Which status tells most when several apply: first the size, then what cannot be read, then
/// who may, then what conflicts, last what breaks a rule.
const PRECEDENCE: [u16; 9] = [413, 400, 403, 404, 409, 410, 412, 422, 503];

impl Problems {
    /// Adds a finding; an error leads to `status`.
    pub(crate) fn add(&mut self, status: u16, finding: Finding) {
        if finding.is_error() {
            self.status = Some(match self.status {
                Some(old) if rank(old) <= rank(status) => old,
                _ => status,
            });
        }
        self.findings.push(finding);
    }

    /// Adds many of one kind.
    pub(crate) fn extend(&mut self, status: u16, findings: impl IntoIterator<Item = Finding>) {
        for f in findings {
            self.add(status, f);
        }
    }

    /// Adds those of another list.
    pub(crate) fn append(&mut self, other: Problems) {
        if let Some(status) = other.status {
            self.status = Some(match self.status {
                Some(old) if rank(old) <= rank(status) => old,
                _ => status,
            });
        }
        self.findings.extend(other.findings);
    }

    /// Whether anything refuses the input.
    pub(crate) fn refused(&self) -> bool {
        self.status.is_some()
    }

    /// The refusal, if anything refuses; else the warnings.
    pub(crate) fn verdict(mut self, most: usize) -> Result<Vec<Finding>, Rejected> {
        match self.status {
            None => Ok(self.findings),
            Some(status) => {
                shorten(&mut self.findings, most);
                Err(Rejected {
                    status,
                    findings: self.findings,
                    quarantine: None,
                })
            }
        }
    }
}

fn rank(status: u16) -> usize {
    PRECEDENCE.iter().position(|s| *s == status).unwrap_or(PRECEDENCE.len())
}

/// Keeps the first `most`, errors before warnings, and tells how many are left out.
fn shorten(findings: &mut Vec<Finding>, most: usize) {
    if findings.len() <= most {
        return;
    }
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let left_out = findings.len() - most;
    findings.truncate(most);
    findings.push(
        Finding::error(
            "informational",
            "limit-findings",
            "",
            format!("{left_out} funn til er utelatt; rett disse først."),
            format!("{left_out} more findings are left out; mend these first."),
        )
        .severity(Severity::Information),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &'static str) -> Finding {
        Finding::error("invalid", rule, "", "", "")
    }

    #[test]
    fn what_cannot_be_read_is_told_before_what_breaks_a_rule() {
        let mut p = Problems::default();
        p.add(422, finding("a"));
        p.add(400, finding("b"));
        p.add(412, finding("c"));
        assert_eq!(p.verdict(10).unwrap_err().status, 400);
    }

    #[test]
    fn warnings_refuse_nothing() {
        let mut p = Problems::default();
        p.add(400, finding("a").severity(Severity::Warning));
        assert!(!p.refused());
        assert_eq!(p.verdict(10).unwrap().len(), 1);
    }

    #[test]
    fn too_many_findings_are_counted() {
        let mut p = Problems::default();
        p.add(400, finding("warn").severity(Severity::Warning));
        for _ in 0..9 {
            p.add(400, finding("a"));
        }
        let findings = p.verdict(4).unwrap_err().findings;
        assert_eq!(findings.len(), 5);
        assert!(findings[..4].iter().all(Finding::is_error));
        assert_eq!(findings[4].rule, "limit-findings");
    }
}

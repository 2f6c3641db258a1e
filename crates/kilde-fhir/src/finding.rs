//! What is wrong with an input, told so that it can be mended: where, what, expected, how.

use crate::json::{Position, escape_into};

/// How grave a finding is (FHIR issue-severity).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; nothing is refused.
    Information,
    /// Worth mending; nothing is refused.
    Warning,
    /// The input is refused.
    Error,
    /// Nothing more could be examined.
    Fatal,
}

impl Severity {
    /// The code of FHIR's value set `issue-severity`.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }
}

/// One finding. `expression` is FHIRPath (`Observation.component[2].code`); texts name no values
/// that may be personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub severity: Severity,
    /// FHIR issue-type code: `structure`, `required`, `value`, `invariant`, `code-invalid`, ...
    pub code: &'static str,
    /// Stable id of the rule, e.g. `fhir-cardinality-min`; part of our contract with vendors.
    pub rule: &'static str,
    /// FHIRPath to the element.
    pub expression: String,
    /// Where in the text that was delivered.
    pub position: Option<Position>,
    /// What is wrong and how to mend it, in bokmål.
    pub nb: String,
    /// The same in English.
    pub en: String,
    /// What a profile asked for and what was there; `None` for rules of R4 itself.
    pub details: Option<Box<Details>>,
}

/// What a finding of a profile says besides its text, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// The canonical of the profile that asks.
    pub profile: String,
    /// The element in the profile: `Observation.component:SystolicBP.code`.
    pub element: String,
    /// What was found, if it can be told (a count, a type, a code; never personal data).
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// The slice that came nearest.
    pub slice: String,
    /// The condition that failed: a discriminator or the key of an invariant.
    pub condition: String,
}

impl Finding {
    /// An error at an element.
    pub fn error(
        code: &'static str,
        rule: &'static str,
        expression: impl Into<String>,
        nb: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Finding {
            severity: Severity::Error,
            code,
            rule,
            expression: expression.into(),
            position: None,
            nb: nb.into(),
            en: en.into(),
            details: None,
        }
    }

    /// The same finding with details.
    pub fn with(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// The same finding with another severity.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same finding with a place in the text.
    pub fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }

    /// What `OperationOutcome.issue.diagnostics` says: `line:column`, and for a finding of a profile
    /// what it asked for and what was there, as `name=value` with semicolons between.
    pub fn diagnostics(&self) -> String {
        let mut parts: Vec<String> = self.position.iter().map(ToString::to_string).collect();
        if let Some(details) = &self.details {
            let named = [
                ("profile", &details.profile),
                ("element", &details.element),
                ("found", &details.found),
                ("expected", &details.expected),
                ("slice", &details.slice),
                ("condition", &details.condition),
            ];
            let said = named.into_iter().filter(|(_, value)| !value.is_empty());
            parts.extend(said.map(|(name, value)| format!("{name}={value}")));
        }
        parts.join("; ")
    }

    /// Whether the input is refused because of it.
    pub fn is_error(&self) -> bool {
        self.severity >= Severity::Error
    }
}

/// Whether any of the findings refuses the input.
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(Finding::is_error)
}

/// Findings as an `OperationOutcome`: `details.text` in bokmål with the translation extension for
/// English, rule id in `details.coding`, [`Finding::diagnostics`], FHIRPath in `expression`.
/// No findings give one `information` issue that says all is well.
pub fn operation_outcome(findings: &[Finding]) -> String {
    let mut out = String::from("{\"resourceType\":\"OperationOutcome\",\"issue\":[");
    for (i, f) in findings.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        issue(f, &mut out);
    }
    if findings.is_empty() {
        issue(
            &Finding::error("informational", "ok", "", "Ingen feil funnet.", "No issues found.").severity(Severity::Information),
            &mut out,
        );
    }
    out.push_str("]}");
    out
}

fn issue(f: &Finding, out: &mut String) {
    out.push_str("{\"severity\":\"");
    out.push_str(f.severity.code());
    out.push_str("\",\"code\":\"");
    out.push_str(f.code);
    out.push_str("\",\"details\":{\"coding\":[{\"system\":\"https://kilde.example/fhir/CodeSystem/rule\",\"code\":\"");
    out.push_str(f.rule);
    out.push_str("\"}],\"text\":");
    escape_into(&f.nb, out);
    out.push_str(",\"_text\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/translation\",\"extension\":[{\"url\":\"lang\",\"valueCode\":\"en\"},{\"url\":\"content\",\"valueString\":");
    escape_into(&f.en, out);
    out.push_str("}]}]}}");
    let diagnostics = f.diagnostics();
    if !diagnostics.is_empty() {
        out.push_str(",\"diagnostics\":");
        escape_into(&diagnostics, out);
    }
    if !f.expression.is_empty() {
        out.push_str(",\"expression\":[");
        escape_into(&f.expression, out);
        out.push(']');
    }
    out.push('}');
}

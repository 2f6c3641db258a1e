//! Examines a municipality's own policies: everything that is wrong, with line and column and how to mend it. Nothing of the text is
//! kept, so it may be asked as often as one likes.

use super::{heads, national_ids, schema};
use crate::place;
use crate::question::Action;
use cedar_policy::{Effect, Policy, PolicySet, ValidationMode, Validator};
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Position;
use miette::Diagnostic;
use std::str::FromStr;

/// Policies that a municipality may have of its own.
const MOST: usize = 100;
/// Brackets within one another, and operators in a policy, at most: the work grows with them.
const DEEPEST: usize = 30;
const MOST_OPERATORS: usize = 200;
/// Annotations that every policy that forbids must have.
const ANNOTATIONS: [&str; 7] = ["id", "code", "status", "order", "reason_nb", "reason_nn", "reason_en"];
/// Findings told of one text.
const MOST_FINDINGS: usize = 50;

/// Everything that is wrong with these policies; nothing is, if it is empty.
pub fn municipal(text: &str) -> Vec<Finding> {
    let heads = heads::of(text);
    if let Some(at) = heads.too_much(DEEPEST, MOST_OPERATORS, MOST) {
        return vec![
            wrong(
                "policy-too-complex",
                format!(
                    "Reglene er for sammensatte: høyst {MOST} regler, {DEEPEST} parenteser i hverandre og {MOST_OPERATORS} operatorer i en regel. Del opp."
                ),
                format!(
                    "The policies are too complex: {MOST} policies, {DEEPEST} brackets within one another and {MOST_OPERATORS} operators in a policy at most. Split them."
                ),
            )
            .at(place::of(text, at)),
        ];
    }
    let parsed = match PolicySet::from_str(text) {
        Ok(parsed) => parsed,
        Err(errors) => return limited(errors.iter().map(|error| told("policy-syntax", text, error)).collect()),
    };
    let mut findings = Vec::new();
    if parsed.templates().next().is_some() {
        findings.push(wrong(
            "policy-template",
            "Maler (`?principal`) brukes ikke her. Skriv regelen helt ut.".to_owned(),
            "Templates (`?principal`) are not used here. Write the policy out.".to_owned(),
        ));
    }
    let mut ids: Vec<String> = Vec::new();
    let mut policies: Vec<(&Policy, Option<Position>)> = parsed.policies().map(|policy| (policy, head(text, &heads, policy))).collect();
    policies.sort_by_key(|(_, at)| at.map(|at| (at.line, at.column)));
    for (policy, at) in policies {
        let mut found = of_policy(policy, &ids);
        ids.extend(policy.annotation("id").map(str::to_owned));
        if let Some(at) = at {
            found = found.into_iter().map(|finding| finding.at(at)).collect();
        }
        findings.extend(found);
    }
    match schema() {
        Ok(schema) => {
            let result = Validator::new(schema.clone()).validate(&parsed, ValidationMode::Strict);
            findings.extend(result.validation_errors().map(|error| told("policy-type", text, error)));
            findings.extend(result.validation_warnings().map(|warning| told("policy-type", text, warning)));
        }
        Err(error) => findings.push(wrong("policy-schema", error.to_string(), error.to_string())),
    }
    limited(findings)
}

fn limited(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.truncate(MOST_FINDINGS);
    findings
}

fn wrong(rule: &'static str, nb: String, en: String) -> Finding {
    Finding::error("value", rule, "", nb, en)
}

/// Where a policy's `permit` or `forbid` stands: policies are numbered as they stand in the text.
fn head(text: &str, heads: &heads::Heads, policy: &Policy) -> Option<Position> {
    let number: usize = AsRef::<str>::as_ref(policy.id()).strip_prefix("policy")?.parse().ok()?;
    Some(place::of(text, *heads.at.get(number)?))
}

/// What is wrong with a policy by itself.
fn of_policy(policy: &Policy, ids: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if policy.effect() == Effect::Permit {
        findings.push(wrong(
            "policy-permits",
            "En kommune kan bare snevre inn: bruk `forbid`. Hvem som får tilgang, står i de nasjonale reglene, i avtaler og i tabellen over roller."
                .to_owned(),
            "A municipality may only narrow: use `forbid`. Who is let in stands in the national policies, in agreements and in the table of roles."
                .to_owned(),
        ));
        return findings;
    }
    let given = |name: &str| policy.annotation(name).filter(|text| !text.trim().is_empty());
    let missing: Vec<String> = ANNOTATIONS
        .iter()
        .filter(|name| given(name).is_none())
        .map(|name| format!("@{name}"))
        .collect();
    if !missing.is_empty() {
        findings.push(annotation(
            format!(
                "Regelen mangler {}. Den som blir nektet, får grunnen på bokmål, nynorsk og engelsk.",
                missing.join(", ")
            ),
            format!(
                "The policy lacks {}. Whoever is refused gets the reason in bokmål, nynorsk and English.",
                missing.join(", ")
            ),
        ));
    }
    if given("status").is_some_and(|status| !status.parse().is_ok_and(|status: u16| (400..600).contains(&status))) {
        findings.push(annotation(
            "@status skal være en HTTP-status for avslag, som \"403\".".to_owned(),
            "@status must be an HTTP status of a refusal, such as \"403\".".to_owned(),
        ));
    }
    if given("order").is_some_and(|order| order.parse::<u16>().is_err()) {
        findings.push(annotation(
            "@order skal være et tall fra 0 til 65535: av flere regler som nekter, fortelles den laveste.".to_owned(),
            "@order must be a number from 0 to 65535: of several policies that refuse, the lowest is told.".to_owned(),
        ));
    }
    if let Some(code) = given("code")
        && !code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    {
        findings.push(annotation(
            "@code skal være små bokstaver, tall og understrek.".to_owned(),
            "@code must be small letters, digits and underscores.".to_owned(),
        ));
    }
    if let Some(id) = given("id")
        && (ids.iter().any(|other| other == id) || national_ids().contains(id))
    {
        findings.push(wrong(
            "policy-id",
            "@id er i bruk i en annen regel. Velg et annet.".to_owned(),
            "@id is that of another policy. Choose another.".to_owned(),
        ));
    }
    findings
}

fn annotation(nb: String, en: String) -> Finding {
    wrong("policy-annotation", nb, en)
}

/// What Cedar says, with its place and its help.
fn told(rule: &'static str, text: &str, error: &(impl Diagnostic + std::fmt::Display)) -> Finding {
    let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
    let attributes = "Hva som kan stå i en regel: crates/kilde-access/policies/kilde.cedarschema.";
    let finding = wrong(
        rule,
        match rule {
            "policy-type" => format!("Regelen følger ikke skjemaet: {error}{help}. {attributes}"),
            _ => format!("Dette kan ikke leses som Cedar: {error}{help}."),
        },
        match rule {
            "policy-type" => {
                format!(
                    "The policy does not follow the schema: {error}{help}. What a policy may say: crates/kilde-access/policies/kilde.cedarschema."
                )
            }
            _ => format!("This cannot be read as Cedar: {error}{help}."),
        },
    );
    let at = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    match at {
        Some(at) => finding.at(place::of(text, at)),
        None => finding,
    }
}

/// Actions that no municipality's own policy applies to: whoever could forbid them could lock the door from within, or take from citizens
/// what is theirs by law.
pub(super) fn beyond_municipalities(action: Action) -> bool {
    matches!(
        action,
        Action::PolicyRead
            | Action::PolicyPropose
            | Action::PolicyApprove
            | Action::PolicyExplain
            | Action::TilgangsloggOwn
            | Action::Declarations
            | Action::Requests
    )
}

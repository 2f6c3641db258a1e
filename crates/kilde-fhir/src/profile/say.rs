//! What is said of profiles, in bokmål and English.

mod bundle;
mod definitions;
mod extensions;
mod measure;
mod questionnaire;
mod references;
mod terminology;
mod values;

pub(super) use bundle::*;
pub(super) use definitions::*;
pub(super) use extensions::*;
pub(super) use measure::*;
pub(super) use questionnaire::*;
pub(super) use references::*;
pub(super) use terminology::*;
pub(super) use values::*;

use super::rule::{Invariant, Profile, Rule};
use super::walk::Shown;
use crate::finding::{Details, Finding, Severity};
use crate::json::{Value, write_compact};

/// A finding about an element of a profile.
fn told(
    (code, rule_id): (&'static str, &'static str),
    profile: &Profile,
    rule: &Rule,
    expected: String,
    found: String,
    nb: String,
    en: String,
) -> Finding {
    let url = profile.canonical();
    Finding::error(
        code,
        rule_id,
        "",
        format!("{nb} Profil: {url}, element {}.", rule.id),
        format!("{en} Profile: {url}, element {}.", rule.id),
    )
    .with(Details {
        profile: url,
        element: rule.id.to_string(),
        found,
        expected,
        ..Details::default()
    })
}

fn condition(mut finding: Finding, slice: &str, condition: &str) -> Finding {
    if let Some(details) = finding.details.as_mut() {
        slice.clone_into(&mut details.slice);
        condition.clone_into(&mut details.condition);
    }
    finding
}

/// A value of a definition, as JSON if it is short.
fn shown(value: Value<'_>) -> String {
    let mut text = String::new();
    write_compact(value, &mut text);
    if text.len() > 300 {
        text.truncate((0..=300).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0));
        text.push('…');
    }
    text
}

/// The beginning of a text that is told within another.
fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(400)).rev().find(|i| text.is_char_boundary(*i));
    &text[..end.unwrap_or(0)]
}

fn listed(items: &[Box<str>]) -> String {
    items.join(", ")
}

pub(super) fn min(profile: &Profile, rule: &Rule, count: usize) -> Finding {
    let (min, name) = (rule.min, &rule.name);
    let mut finding = told(
        ("required", "profile-min"),
        profile,
        rule,
        format!("{min}"),
        format!("{count}"),
        format!("{name} skal finnes minst {min} gang(er); fant {count}. Legg til det som mangler."),
        format!("{name} must be there at least {min} time(s); found {count}. Add what is missing."),
    );
    finding.expression = format!(".{name}");
    finding
}

pub(super) fn max(profile: &Profile, rule: &Rule, max: u32, count: usize) -> Finding {
    let name = &rule.name;
    let (nb, en) = if max == 0 {
        (
            format!("{name} er ikke tillatt her; fant {count}. Fjern det."),
            format!("{name} is not allowed here; found {count}. Remove it."),
        )
    } else {
        (
            format!("{name} kan finnes høyst {max} gang(er); fant {count}. Fjern de overtallige."),
            format!("{name} may be there at most {max} time(s); found {count}. Remove the rest."),
        )
    };
    told(
        ("structure", "profile-max"),
        profile,
        rule,
        format!("{max}"),
        format!("{count}"),
        nb,
        en,
    )
}

pub(super) fn types(profile: &Profile, rule: &Rule, found: &str) -> Finding {
    let mut allowed: Vec<&str> = rule.types.iter().map(|t| &*t.code).collect();
    allowed.dedup();
    let allowed = allowed.join(", ");
    told(
        ("structure", "profile-types"),
        profile,
        rule,
        allowed.clone(),
        found.to_owned(),
        format!("Typen {found} er ikke tillatt for {}; tillatt: {allowed}.", rule.name),
        format!("The type {found} is not allowed for {}; allowed: {allowed}.", rule.name),
    )
}

pub(super) fn profile_type(profile: &Profile, found: &str) -> Finding {
    let expected = &profile.type_name;
    told(
        ("structure", "profile-type"),
        profile,
        profile.rule(0),
        expected.to_string(),
        found.to_owned(),
        format!("Profilen er for {expected}; dette er {found}."),
        format!("The profile is for {expected}; this is {found}."),
    )
}

pub(super) fn fixed(profile: &Profile, rule: &Rule, found: impl Shown, value: Value<'_>) -> Finding {
    let (expected, found) = (shown(value), found.shown());
    let (nb, en) = found_text(&found);
    told(
        ("value", "profile-fixed"),
        profile,
        rule,
        expected.clone(),
        found,
        format!("{} skal være nøyaktig {expected}{nb}.", rule.name),
        format!("{} must be exactly {expected}{en}.", rule.name),
    )
}

pub(super) fn pattern(profile: &Profile, rule: &Rule, found: impl Shown, value: Value<'_>) -> Finding {
    let (expected, found) = (shown(value), found.shown());
    let (nb, en) = found_text(&found);
    told(
        ("value", "profile-pattern"),
        profile,
        rule,
        expected.clone(),
        found,
        format!("{} skal ha {expected}{nb}.", rule.name),
        format!("{} must have {expected}{en}.", rule.name),
    )
}

fn found_text(found: &str) -> (String, String) {
    if found.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("; fant {found}"), format!("; found {found}"))
    }
}

pub(super) fn max_length(profile: &Profile, rule: &Rule, length: usize) -> Finding {
    told(
        ("too-long", "profile-max-length"),
        profile,
        rule,
        format!("{length}"),
        String::new(),
        format!("{} kan ha høyst {length} tegn.", rule.name),
        format!("{} may have at most {length} characters.", rule.name),
    )
}

pub(super) fn bound(profile: &Profile, rule: &Rule, bound: Value<'_>, low: bool) -> Finding {
    let expected = shown(bound);
    let (rule_id, nb, en) = if low {
        ("profile-min-value", "minst", "at least")
    } else {
        ("profile-max-value", "høyst", "at most")
    };
    told(
        ("value", rule_id),
        profile,
        rule,
        expected.clone(),
        String::new(),
        format!("{} skal være {nb} {expected}.", rule.name),
        format!("{} must be {en} {expected}.", rule.name),
    )
}

pub(super) fn binding(profile: &Profile, rule: &Rule, value_set: &str, severity: Severity) -> Finding {
    let (nb, en) = if severity == Severity::Error {
        ("skal", "must")
    } else {
        ("bør", "should")
    };
    told(
        ("code-invalid", "profile-binding"),
        profile,
        rule,
        value_set.to_owned(),
        String::new(),
        format!("Koden er ikke i verdisettet {value_set}, som den {nb} være i."),
        format!("The code is not in the value set {value_set}, which it {en} be in."),
    )
    .severity(severity)
}

pub(super) fn no_code(profile: &Profile, rule: &Rule, value_set: &str) -> Finding {
    told(
        ("code-invalid", "profile-binding"),
        profile,
        rule,
        value_set.to_owned(),
        String::new(),
        format!("{} har ingen kode; den skal ha en fra verdisettet {value_set}.", rule.name),
        format!("{} has no code; it must have one of the value set {value_set}.", rule.name),
    )
}

pub(super) fn binding_unknown(profile: &Profile, rule: &Rule, value_set: &str, severity: Severity) -> Finding {
    told(
        ("not-found", "profile-binding-unknown"),
        profile,
        rule,
        value_set.to_owned(),
        String::new(),
        format!("Det kan ikke avgjøres om koden er i verdisettet {value_set}: verdisettet eller kodesystemet er ikke lastet."),
        format!("It cannot be told whether the code is in the value set {value_set}: the value set or its code system is not loaded."),
    )
    .severity(severity)
}

pub(super) fn invariant(profile: &Profile, rule: &Rule, invariant: &Invariant) -> Finding {
    let (key, human) = (&invariant.key, &invariant.human);
    let finding = told(
        ("invariant", "profile-invariant"),
        profile,
        rule,
        human.to_string(),
        String::new(),
        format!("Regelen {key} holder ikke: {human}"),
        format!("The rule {key} does not hold: {human}"),
    )
    .severity(if invariant.error { Severity::Error } else { Severity::Warning });
    condition(finding, "", key)
}

pub(super) fn invariant_undecided(profile: &Profile, rule: &Rule, invariant: &Invariant, why: &str) -> Finding {
    let key = &invariant.key;
    let finding = told(
        ("processing", "profile-invariant-undecided"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("Regelen {key} kunne ikke avgjøres: {why}."),
        format!("The rule {key} could not be decided: {why}."),
    )
    .severity(Severity::Information);
    condition(finding, "", key)
}

pub(super) fn must_support(profile: &Profile, rule: &Rule) -> Finding {
    let name = &rule.name;
    let mut finding = told(
        ("informational", "profile-must-support"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("{name} er merket mustSupport og er ikke med."),
        format!("{name} is marked as must-support and is absent."),
    )
    .severity(Severity::Information);
    finding.expression = format!(".{name}");
    finding
}

pub(super) fn no_profile(profile: &Profile, rule: &Rule, names: &[String], first: Option<&Finding>) -> Finding {
    let all = names.join(", ");
    let (nb, en) = first.map(|f| (cut(&f.nb), cut(&f.en))).unwrap_or_default();
    told(
        ("structure", "profile-none-holds"),
        profile,
        rule,
        all.clone(),
        String::new(),
        format!("Ingen av profilene holder: {all}. Det første som feiler: {nb}"),
        format!("None of the profiles holds: {all}. The first that fails: {en}"),
    )
}

pub(super) fn slice_min(profile: &Profile, rule: &Rule, slice: &str, count: usize, failed: &str) -> Finding {
    let (min, name) = (rule.min, &rule.name);
    let mut finding = told(
        ("required", "profile-slice-min"),
        profile,
        rule,
        format!("{min}"),
        format!("{count}"),
        format!("{name} skal ha minst {min} i utsnittet {slice}; fant {count}. Det nærmeste feilet på {failed}."),
        format!("{name} must have at least {min} in the slice {slice}; found {count}. The nearest failed on {failed}."),
    );
    finding.expression = format!(".{name}");
    condition(finding, slice, failed)
}

pub(super) fn slice_max(profile: &Profile, rule: &Rule, slice: &str, max: u32, count: usize) -> Finding {
    let name = &rule.name;
    let mut finding = told(
        ("structure", "profile-slice-max"),
        profile,
        rule,
        format!("{max}"),
        format!("{count}"),
        format!("{name} kan ha høyst {max} i utsnittet {slice}; fant {count}."),
        format!("{name} may have at most {max} in the slice {slice}; found {count}."),
    );
    finding.expression = format!(".{name}");
    condition(finding, slice, "")
}

pub(super) fn slice_closed(profile: &Profile, rule: &Rule, near: Option<(&str, &str)>) -> Finding {
    let (slice, failed) = near.unwrap_or_default();
    let finding = told(
        ("structure", "profile-slice-closed"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("Elementet hører ikke til noe utsnitt, og andre er ikke tillatt. Nærmest er {slice}, der {failed} ikke holder."),
        format!("The element belongs to no slice, and others are not allowed. Nearest is {slice}, where {failed} does not hold."),
    );
    condition(finding, slice, failed)
}

pub(super) fn slice_none(profile: &Profile, rule: &Rule, near: Option<(&str, &str)>) -> Finding {
    let (slice, failed) = near.unwrap_or_default();
    let finding = told(
        ("informational", "profile-slice-none"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("Elementet hører ikke til noe utsnitt (andre er tillatt). Nærmest er {slice}, der {failed} ikke holder."),
        format!("The element belongs to no slice (others are allowed). Nearest is {slice}, where {failed} does not hold."),
    );
    condition(finding, slice, failed).severity(Severity::Information)
}

pub(super) fn slice_order(profile: &Profile, rule: &Rule, slice: &str, before: &str) -> Finding {
    let finding = told(
        ("structure", "profile-slice-order"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("Utsnittet {slice} skal stå før {before}."),
        format!("The slice {slice} must stand before {before}."),
    );
    condition(finding, slice, "")
}

pub(super) fn slice_end(profile: &Profile, rule: &Rule, slice: &str) -> Finding {
    let finding = told(
        ("structure", "profile-slice-end"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!("Det som ikke hører til noe utsnitt, skal stå sist; {slice} kommer etter."),
        format!("What belongs to no slice must stand last; {slice} comes after it."),
    );
    condition(finding, slice, "")
}

pub(super) fn slicing_undecided(profile: &Profile, rule: &Rule, discriminators: &str) -> Finding {
    let finding = told(
        ("not-supported", "profile-slicing-undecided"),
        profile,
        rule,
        String::new(),
        String::new(),
        format!(
            "Utsnittet kan ikke kjennes igjen på {discriminators}: profilen sier ikke hva som gjelder der, eller kodene er ikke lastet."
        ),
        format!("The slice cannot be told by {discriminators}: the profile does not say what holds there, or the codes are not loaded."),
    )
    .severity(Severity::Information);
    condition(finding, "", discriminators)
}

pub(super) fn reference_target(profile: &Profile, rule: &Rule, found: &str, allowed: &[String]) -> Finding {
    let allowed = allowed.join(", ");
    told(
        ("structure", "profile-reference-type"),
        profile,
        rule,
        allowed.clone(),
        found.to_owned(),
        format!("Referansen peker på {found}; tillatt er {allowed}."),
        format!("The reference leads to {found}; allowed are {allowed}."),
    )
}

pub(super) fn reference_profile(profile: &Profile, rule: &Rule, names: &[String], first: Option<&Finding>) -> Finding {
    let all = names.join(", ");
    let (nb, en) = first.map(|f| (cut(&f.nb), cut(&f.en))).unwrap_or_default();
    told(
        ("structure", "profile-reference-profile"),
        profile,
        rule,
        all.clone(),
        String::new(),
        format!("Det referansen peker på, følger ikke {all}. Det første som feiler: {nb}"),
        format!("What the reference leads to does not conform to {all}. The first that fails: {en}"),
    )
}

pub(super) fn aggregation(profile: &Profile, rule: &Rule, allowed: &[Box<str>], found: &str) -> Finding {
    let allowed = listed(allowed);
    told(
        ("structure", "profile-reference-aggregation"),
        profile,
        rule,
        allowed.clone(),
        found.to_owned(),
        format!("Referansen er {found}; tillatt er {allowed}."),
        format!("The reference is {found}; allowed is {allowed}."),
    )
}

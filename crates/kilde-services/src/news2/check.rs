//! Findings about a delivered NEWS2: it is never silently corrected.
//!
//! | rule | severity | when |
//! |---|---|---|
//! | `news2-total-differs` | error | the total is not the sum of the parts, or no value of the parts that are missing can make it so |
//! | `news2-total-impossible` | error | the total is no whole number from 0 to 20 |
//! | `news2-total-of-partial-set` | warning | a total with some parts beside it, but not all |
//! | `news2-part-differs` | error | a part score that the chart does not give for the raw value, or for the interval its interpretation names |
//! | `news2-part-impossible` | error | a part score that the chart can never give |
//! | `news2-part-twice` | error | two scores for one part (both saturation scales count as one) |
//! | `news2-raw-implausible` | warning | a raw value outside what is measured on a living person: kept and shown, not scored |
//! | `news2-raw-unit` | warning | a raw value whose unit is missing or not the chart's: kept and shown, not scored |
//! | `news2-oxygen-contradiction` | warning | both air and oxygen are stated |

use super::interval;
use super::observed::{DeliveredPart, Observed, Unusable, observe};
use super::score::Parts;
use super::values::{Parameter, Points, Raw, Scale, Supply};
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::json::Value;

/// Checks one resource; anything but an Observation, or one without NEWS2 in it, has no findings.
/// Raw values beside the scores (components, and contained Observations named by `derivedFrom`)
/// are compared; those in other resources are compared by the service that shows them.
pub fn check_observation(resource: Value<'_>) -> Vec<Finding> {
    if resource.str("resourceType").as_deref() != Some("Observation") {
        return Vec::new();
    }
    let seen = observe(resource);
    if seen.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for measured in &seen.raw {
        if let Err(why) = measured.raw {
            raw_finding(why, measured.element, resource, &mut findings);
        }
    }
    let mut raw: Vec<Raw> = seen.raw.iter().filter_map(|m| m.raw.ok()).collect();
    let contained: Vec<Value<'_>> = derived_from_contained(resource).collect();
    raw.extend(contained.iter().flat_map(|c| observe(*c).raw).filter_map(|m| m.raw.ok()));
    let (parts, scale) = check_parts(&seen, &raw, &mut findings);
    if seen.is_total {
        check_total(resource, &seen, parts, &raw, scale, &mut findings);
    }
    findings
}

fn check_parts(seen: &Observed<'_>, raw: &[Raw], findings: &mut Vec<Finding>) -> (Parts, Scale) {
    let scale = seen.parts.iter().find_map(|p| p.scale).unwrap_or(Scale::One);
    let mut parts = Parts::new();
    let mut taken = [false; 7];
    for part in &seen.parts {
        let points = part.number.and_then(|n| Points::delivered(part.parameter, n));
        if points.is_none() {
            findings.push(at(part, Finding::error(
                "value",
                "news2-part-impossible",
                expression(part),
                "Delpoengsummen er ikke en verdi som NEWS2-skjemaet kan gi for denne parameteren. Oppgi 0, 1, 2 eller 3 slik skjemaet sier.",
                "The part score is not one that the NEWS2 chart can give for this parameter. Give 0, 1, 2 or 3 as the chart says.",
            )));
        }
        if std::mem::replace(&mut taken[part.parameter as usize], true) {
            findings.push(at(
                part,
                Finding::error(
                    "invariant",
                    "news2-part-twice",
                    expression(part),
                    "Parameteren har mer enn én delpoengsum. Oppgi én, og for oksygenmetning bare skala 1 eller skala 2.",
                    "The parameter has more than one score. Give one, and for oxygen saturation only scale 1 or scale 2.",
                ),
            ));
        } else {
            parts.set(part.parameter, points);
        }
    }
    let supply = supply(raw).or(parts.supply());
    for part in &seen.parts {
        let Some(number) = part.number.filter(|n| Points::delivered(part.parameter, *n).is_some()) else {
            continue;
        };
        let scale = part.scale.unwrap_or(scale);
        let by_text = texts(part).any(|text| interval::possible(part.parameter, scale, supply, &text).is_some_and(|p| !p.allows(number)));
        let by_raw = raw
            .iter()
            .filter(|r| r.parameter() == part.parameter)
            .filter_map(|r| r.points(scale, supply))
            .any(|points| i64::from(points.value()) != number);
        if by_text || by_raw {
            let (nb, en) = if by_raw {
                (
                    "Delpoengsummen stemmer ikke med den målte verdien etter NEWS2-skjemaet. Rett poengsummen eller verdien.",
                    "The part score does not agree with the measured value according to the NEWS2 chart. Correct the score or the value.",
                )
            } else {
                (
                    "Delpoengsummen stemmer ikke med intervallet som står i interpretation, etter NEWS2-skjemaet. Rett poengsummen eller intervallet.",
                    "The part score does not agree with the interval in interpretation according to the NEWS2 chart. Correct the score or the interval.",
                )
            };
            findings.push(at(
                part,
                Finding::error("invariant", "news2-part-differs", expression(part), nb, en),
            ));
        }
    }
    (parts, scale)
}

fn check_total(resource: Value<'_>, seen: &Observed<'_>, mut parts: Parts, raw: &[Raw], scale: Scale, findings: &mut Vec<Finding>) {
    let value = resource.get("valueQuantity").or_else(|| resource.get("valueInteger"));
    let Some(value) = value else { return };
    let mut error = |severity, code, rule, nb: &str, en: &str| {
        let finding = Finding::error(code, rule, "Observation.value", nb, en).severity(severity);
        findings.push(finding.at(value.key_position()));
    };
    let Some(total) = seen.total.filter(|t| (0..=20).contains(t)) else {
        error(
            Severity::Error,
            "value",
            "news2-total-impossible",
            "Totalsummen er ikke et helt tall fra 0 til 20. Oppgi summen av de sju delpoengsummene.",
            "The total is not a whole number from 0 to 20. Give the sum of the seven part scores.",
        );
        return;
    };
    let impossible = seen
        .parts
        .iter()
        .any(|p| p.number.and_then(|n| Points::delivered(p.parameter, n)).is_none());
    let delivered_parts = !parts.is_empty() && !impossible;
    let from_raw = Parts::score(raw, scale);
    for parameter in Parameter::ALL {
        if parts.get(parameter).is_none() {
            parts.set(parameter, from_raw.get(parameter));
        }
    }
    if parts.is_empty() {
        return;
    }
    let (low, high) = parts.bounds();
    if !(i64::from(low)..=i64::from(high)).contains(&total) {
        error(
            Severity::Error,
            "invariant",
            "news2-total-differs",
            "Totalsummen stemmer ikke med delene. Rett totalsummen, eller den delpoengsummen som er feil.",
            "The total does not agree with its parts. Correct the total, or the part score that is wrong.",
        );
    } else if delivered_parts && parts.sum().is_none() && resource.get("hasMember").is_none() && resource.get("derivedFrom").is_none() {
        error(
            Severity::Warning,
            "incomplete",
            "news2-total-of-partial-set",
            "Totalsummen er oppgitt uten at alle sju deler er med. Et ufullstendig sett har ingen totalsum: send delene som mangler, eller utelat totalsummen.",
            "A total is given though not all seven parts are there. A partial set has no total: send the missing parts, or leave out the total.",
        );
    }
}

fn raw_finding(why: Unusable, element: Value<'_>, resource: Value<'_>, findings: &mut Vec<Finding>) {
    let (code, rule, nb, en) = match why {
        Unusable::Implausible => (
            "value",
            "news2-raw-implausible",
            "Verdien er utenfor det som kan måles på et levende menneske. Den vises med merknad, og gir ingen poeng.",
            "The value is outside what can be measured on a living person. It is shown with a remark and is not scored.",
        ),
        Unusable::Unit => (
            "value",
            "news2-raw-unit",
            "Enheten mangler eller er ikke den NEWS2 bruker (UCUM Cel, /min, %, mm[Hg]). Verdien vises med merknad, og gir ingen poeng.",
            "The unit is missing or not the one that NEWS2 uses (UCUM Cel, /min, %, mm[Hg]). The value is shown with a remark and is not scored.",
        ),
        Unusable::Contradiction => (
            "invariant",
            "news2-oxygen-contradiction",
            "Både romluft og oksygentilførsel er oppgitt. Oppgi ett av dem.",
            "Both room air and supplemental oxygen are stated. State one of them.",
        ),
        Unusable::NoValue | Unusable::NotUnderstood => return,
    };
    let component = resource.items("component").position(|c| c.place() == element.place());
    let place = component.map_or("Observation.value".to_owned(), |i| format!("Observation.component[{i}].value"));
    let position = element.get("valueQuantity").unwrap_or(element).key_position();
    findings.push(Finding::error(code, rule, place, nb, en).severity(Severity::Warning).at(position));
}

fn supply(raw: &[Raw]) -> Option<Supply> {
    raw.iter().find_map(|r| if let Raw::Supply(s) = r { Some(*s) } else { None })
}

fn derived_from_contained<'a>(resource: Value<'a>) -> impl Iterator<Item = Value<'a>> {
    resource
        .items("derivedFrom")
        .filter_map(|r| r.str("reference"))
        .filter_map(move |reference| {
            let id = reference.strip_prefix('#')?;
            resource.items("contained").find(|c| c.str("id").as_deref() == Some(id))
        })
}

/// Texts of `interpretation`: its text, else its codings' displays.
fn texts<'a>(part: &DeliveredPart<'a>) -> impl Iterator<Item = std::borrow::Cow<'a, str>> {
    part.element.items("interpretation").flat_map(|i| match i.str("text") {
        Some(text) => vec![text],
        None => i.items("coding").filter_map(|c| c.str("display")).collect(),
    })
}

fn expression(part: &DeliveredPart<'_>) -> String {
    part.component
        .map_or("Observation.value".to_owned(), |i| format!("Observation.component[{i}].value"))
}

fn at(part: &DeliveredPart<'_>, finding: Finding) -> Finding {
    let value = part
        .element
        .get("valueQuantity")
        .or_else(|| part.element.get("valueInteger"))
        .unwrap_or(part.element);
    finding.at(value.key_position())
}

#[cfg(test)]
mod tests;

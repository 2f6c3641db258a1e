//! Extraction over Synthea's bundles, held against a walker written by hand over another JSON
//! library, and against what every resource of a type must give.

mod support;

use kilde_fhir::date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{Limits, Value, parse};
use kilde_fhir::search::{Indexed, Reference, by_id, extract, params_of, patient_references, references};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A value as one line, in words that both walkers can find.
fn line(code: &str, value: &Indexed<'_>) -> String {
    let text = |s: &Option<std::borrow::Cow<'_, str>>| s.as_deref().unwrap_or_default().to_owned();
    let value = match value {
        Indexed::Token { system, code } => format!("{}|{}", text(system), text(code)),
        Indexed::String(s) | Indexed::Uri(s) => s.to_string(),
        Indexed::Date(r) => format!("{}..{}", r.from_ms, r.to_ms),
        Indexed::Number { low, high } => format!("{low}..{high}"),
        Indexed::Quantity {
            value, system, code, unit, ..
        } => format!("{value:.6} {}|{}|{}", text(system), text(code), text(unit)),
        Indexed::Reference(Reference::Local { rtype, id, .. }) => format!("{rtype}/{id}"),
        Indexed::Reference(Reference::Absolute(url)) => url.to_string(),
        Indexed::Reference(Reference::Logical { value, .. }) => value.to_string(),
        Indexed::Reference(Reference::Contained(id)) => format!("#{id}"),
    };
    format!("{code}={value}")
}

fn text(v: &Json) -> String {
    v.as_str().unwrap_or_default().to_owned()
}

fn list(v: &Json) -> Vec<&Json> {
    match v {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn concept(v: &Json) -> Vec<String> {
    let codings = list(v).into_iter().flat_map(|c| list(&c["coding"]));
    codings.map(|c| format!("{}|{}", text(&c["system"]), text(&c["code"]))).collect()
}

fn code(v: &Json) -> Vec<String> {
    list(v).into_iter().map(|c| format!("|{}", text(c))).collect()
}

fn reference(v: &Json) -> Vec<String> {
    list(v)
        .into_iter()
        .filter(|r| r["reference"].is_string())
        .map(|r| text(&r["reference"]))
        .collect()
}

fn identifier(v: &Json) -> Vec<String> {
    list(v)
        .into_iter()
        .map(|i| format!("{}|{}", text(&i["system"]), text(&i["value"])))
        .collect()
}

fn quantity(v: &Json) -> Vec<String> {
    let of = |q: &Json| {
        format!(
            "{:.6} {}|{}|{}",
            q["value"].as_f64().unwrap(),
            text(&q["system"]),
            text(&q["code"]),
            text(&q["unit"])
        )
    };
    list(v).into_iter().map(of).collect()
}

/// Synthea writes dates as `1950-02-28` and moments as RFC 3339 with seconds.
fn at(v: &Json) -> Option<(i64, i64)> {
    let text = v.as_str()?;
    let oslo = jiff::tz::TimeZone::get("Europe/Oslo").unwrap();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        let width = if text.contains('.') { 1 } else { 1000 };
        return Some((moment.as_millisecond(), moment.as_millisecond() + width));
    }
    let day: jiff::civil::Date = text.parse().unwrap();
    let start = |d: jiff::civil::Date| d.to_zoned(oslo.clone()).unwrap().timestamp().as_millisecond();
    Some((start(day), start(day.tomorrow().unwrap())))
}

fn moment(v: &Json) -> Vec<String> {
    at(v).map(|(from, to)| format!("{from}..{to}")).into_iter().collect()
}

fn period(v: &Json) -> Vec<String> {
    if v.is_null() {
        return Vec::new();
    }
    let (start, end) = (at(&v["start"]), at(&v["end"]));
    vec![format!("{}..{}", start.map_or(i64::MIN, |s| s.0), end.map_or(i64::MAX, |e| e.1))]
}

/// The parameters that the hand-written walker knows, with what it finds.
fn by_hand(r: &Json) -> Vec<(&'static str, Vec<String>)> {
    match r["resourceType"].as_str().unwrap() {
        "Observation" => vec![
            ("code", concept(&r["code"])),
            ("category", concept(&r["category"])),
            ("status", code(&r["status"])),
            ("subject", reference(&r["subject"])),
            ("patient", reference(&r["subject"])),
            ("encounter", reference(&r["encounter"])),
            ("date", [moment(&r["effectiveDateTime"]), period(&r["effectivePeriod"])].concat()),
            ("value-quantity", quantity(&r["valueQuantity"])),
            ("value-concept", concept(&r["valueCodeableConcept"])),
            (
                "component-value-quantity",
                list(&r["component"])
                    .into_iter()
                    .flat_map(|c| quantity(&c["valueQuantity"]))
                    .collect(),
            ),
            (
                "combo-code",
                [vec![&r["code"]], list(&r["component"]).into_iter().map(|c| &c["code"]).collect()]
                    .concat()
                    .into_iter()
                    .flat_map(concept)
                    .collect(),
            ),
        ],
        "Patient" => {
            let names = list(&r["name"]);
            let telecom = |system: &str| {
                list(&r["telecom"])
                    .into_iter()
                    .filter(|t| t["system"] == system)
                    .map(|t| format!("|{}", text(&t["value"])))
                    .collect()
            };
            let dead = !r["deceasedDateTime"].is_null() || r["deceasedBoolean"] == true;
            vec![
                ("birthdate", moment(&r["birthDate"])),
                ("death-date", moment(&r["deceasedDateTime"])),
                ("deceased", vec![format!("|{dead}")]),
                ("gender", code(&r["gender"])),
                ("family", names.iter().map(|n| text(&n["family"])).collect()),
                ("given", names.iter().flat_map(|n| list(&n["given"])).map(text).collect()),
                ("identifier", identifier(&r["identifier"])),
                ("phone", telecom("phone")),
                ("email", telecom("email")),
                ("address-city", list(&r["address"]).into_iter().map(|a| text(&a["city"])).collect()),
            ]
        }
        "Encounter" => vec![
            (
                "class",
                vec![format!("{}|{}", text(&r["class"]["system"]), text(&r["class"]["code"]))],
            ),
            ("type", concept(&r["type"])),
            ("date", period(&r["period"])),
            ("service-provider", reference(&r["serviceProvider"])),
            (
                "participant",
                list(&r["participant"])
                    .into_iter()
                    .flat_map(|p| reference(&p["individual"]))
                    .collect(),
            ),
        ],
        "Condition" => vec![
            ("onset-date", [moment(&r["onsetDateTime"]), period(&r["onsetPeriod"])].concat()),
            ("clinical-status", concept(&r["clinicalStatus"])),
            ("recorded-date", moment(&r["recordedDate"])),
        ],
        "Procedure" => vec![("date", [moment(&r["performedDateTime"]), period(&r["performedPeriod"])].concat())],
        "MedicationRequest" => vec![
            ("code", concept(&r["medicationCodeableConcept"])),
            ("medication", reference(&r["medicationReference"])),
            ("intent", code(&r["intent"])),
            ("authoredon", moment(&r["authoredOn"])),
        ],
        "Claim" => vec![
            (
                "item-udi",
                list(&r["item"]).into_iter().flat_map(|i| reference(&i["udi"])).collect(),
            ),
            ("priority", concept(&r["priority"])),
            ("created", moment(&r["created"])),
            ("patient", reference(&r["patient"])),
        ],
        _ => Vec::new(),
    }
}

/// What every resource of a type in Synthea's bundles must be found by.
fn always(name: &str) -> &'static [&'static str] {
    match name {
        "Observation" => &[
            "code",
            "subject",
            "patient",
            "date",
            "category",
            "status",
            "encounter",
            "combo-code",
        ],
        "Patient" => &[
            "name",
            "family",
            "given",
            "birthdate",
            "gender",
            "identifier",
            "deceased",
            "address",
        ],
        "Encounter" => &["class", "date", "patient", "subject", "status", "type"],
        "Condition" => &["code", "onset-date", "subject", "clinical-status"],
        "Procedure" => &["code", "date", "subject", "status"],
        "Claim" | "ExplanationOfBenefit" => &["created", "patient", "status"],
        "Immunization" => &["date", "patient", "status", "vaccine-code"],
        "MedicationRequest" => &["authoredon", "intent", "requester", "status", "subject"],
        "DiagnosticReport" => &["code", "date", "issued", "result", "subject"],
        "CarePlan" => &["category", "date", "status", "subject"],
        _ => &[],
    }
}

fn check(resource: Value<'_>, other: &Json, never: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let name = resource.str("resourceType").unwrap();
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    extract(resource, &mut |id, value| {
        let code = by_id(id).code;
        found.entry(code).or_default().push(line(code, &value));
    });
    for code in always(&name) {
        assert!(found.contains_key(code), "{name} without {code}: {other}");
    }
    for (code, values) in by_hand(other) {
        let mut want: Vec<String> = values.into_iter().map(|v| format!("{code}={v}")).collect();
        let mut got = found.get(code).cloned().unwrap_or_default();
        want.sort();
        got.sort();
        assert_eq!(got, want, "{name} {code}");
    }
    let never = never
        .entry(name.to_string())
        .or_insert_with(|| params_of(ResourceType::from_name(&name).unwrap()).iter().map(|p| p.code).collect());
    found.keys().for_each(|code| _ = never.remove(code));
    let about = patient_references(resource);
    match name.as_ref() {
        "Patient" | "Organization" | "Practitioner" => assert_eq!(about, []),
        _ => assert_eq!(about.len(), 1, "{name} is about one patient"),
    }
}

fn count_references(v: &Json) -> usize {
    match v {
        Json::Array(items) => items.iter().map(count_references).sum(),
        Json::Object(map) => {
            usize::from(map.get("reference").is_some_and(Json::is_string)) + map.values().map(count_references).sum::<usize>()
        }
        _ => 0,
    }
}

#[test]
fn all_bundles() {
    let Some(folder) = support::data("synthea-r4") else { return };
    let (mut never, mut resources) = (BTreeMap::new(), 0);
    for path in support::files(&folder, ".json.gz") {
        let bytes = support::read(&path);
        let other: Json = serde_json::from_slice(&bytes).unwrap();
        let document = parse(bytes, Limits::default()).unwrap();
        let mut count = 0;
        references(document.root(), &mut |_| count += 1);
        assert_eq!(count, count_references(&other));
        for (entry, other) in document.root().items("entry").zip(list(&other["entry"])) {
            check(entry.get("resource").unwrap(), &other["resource"], &mut never);
            resources += 1;
        }
    }
    assert_eq!(resources, 22_800);
    // The same parameters for ever: those that Synthea's resources never give a value for.
    let never: String = never
        .iter()
        .map(|(name, codes)| format!("{name}: {}\n", codes.iter().copied().collect::<Vec<_>>().join(" ")))
        .collect();
    insta::assert_snapshot!("never_found_in_synthea", never);
}

#[test]
fn norwegian_examples_are_about_someone() {
    let Some(folder) = support::data("norway") else { return };
    let mut out = String::new();
    for sub in ["vkp-pmd", "vitalsigns", "okt/episodes"] {
        for path in support::files(&folder.join(sub), ".json") {
            let Ok(document) = parse(support::read(&path), Limits::default()) else {
                continue;
            };
            let mut kinds = Vec::new();
            for reference in patient_references(document.root()) {
                // Numbers that stand for people stay out of the snapshot.
                kinds.push(match reference {
                    Reference::Local { rtype, .. } => rtype.name().to_owned(),
                    Reference::Absolute(_) => "url".to_owned(),
                    Reference::Logical { system, .. } => format!("identifier of {}", system.as_deref().unwrap_or("no system")),
                    Reference::Contained(_) => "contained".to_owned(),
                });
            }
            out.push_str(&format!("{}: {}\n", path.file_name().unwrap().to_string_lossy(), kinds.join(", ")));
        }
    }
    insta::assert_snapshot!("norwegian_examples_are_about", out);
}

#[test]
fn moments_agree_with_the_library() {
    for text in ["1950-02-28", "2026-03-29", "2026-10-25", "1944-04-03"] {
        let (from_ms, to_ms) = at(&Json::from(text)).unwrap();
        assert_eq!(date::parse(text), Some(date::Range { from_ms, to_ms }), "{text}");
    }
}

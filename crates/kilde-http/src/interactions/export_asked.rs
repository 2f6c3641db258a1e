//! The kick-off request of a bulk export: its parameters, and everything that is wrong with them
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters>).

use crate::jobs::export::{Export, Level, State, filters};
use kilde_fhir::date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, Severity, operation_outcome};
use kilde_fhir::search::of_patients;

/// Filters, and patients named, at most.
const MOST: usize = 100;
const MOST_PATIENTS: usize = 10_000;
/// What the guide names and we do not have.
const NOT_HERE: [&str; 3] = ["includeAssociatedData", "organizeOutputBy", "allowPartialManifests"];
/// Search parameters for all types that choose resources, and do not say how an answer looks.
const CHOOSING: [&str; 9] = [
    "_id",
    "_lastUpdated",
    "_tag",
    "_profile",
    "_security",
    "_source",
    "_filter",
    "_list",
    "_language",
];

fn wrong(name: &str, nb: &str, en: &str) -> Finding {
    Finding::error(
        "value",
        "export-parameter",
        format!("http.{name}"),
        format!("{name}: {nb}"),
        format!("{name}: {en}"),
    )
}

/// Reads the parameters into an export that has been begun with what does not come from them.
///
/// # Errors
/// Every fault, at once.
pub(super) fn read(mut export: Export, params: &[(String, String)], lenient: bool) -> Result<Export, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut types: Vec<ResourceType> = Vec::new();
    for (name, value) in params {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "_outputFormat" => {
                // In a query a plus is a space.
                let format = value.replace(' ', "+");
                if !["application/fhir+ndjson", "application/ndjson", "ndjson"].contains(&format.as_str()) {
                    findings.push(wrong(name, "vi gir application/fhir+ndjson.", "we give application/fhir+ndjson."));
                }
            }
            "_since" => match date::parse(&value.replace(' ', "+")) {
                Some(range) if value.contains('T') => export.since_ms = Some(range.from_ms),
                _ => findings.push(wrong(
                    name,
                    "et tidspunkt, som 2026-11-22T10:00:00Z.",
                    "an instant, such as 2026-11-22T10:00:00Z.",
                )),
            },
            "_type" => {
                for name in value.split(',').map(str::trim).filter(|n| !n.is_empty()) {
                    match ResourceType::from_name(name) {
                        Some(rtype) if export.level == Level::System || of_patients(rtype) => types.push(rtype),
                        Some(_) => passing(
                            &mut export,
                            &mut findings,
                            lenient,
                            wrong(
                                "_type",
                                "et uttrekk for pasienter gir det som hører til personer. Be om resten med [base]/$export.",
                                "an export of patients gives what belongs to persons. Ask for the rest with [base]/$export.",
                            ),
                        ),
                        None => passing(
                            &mut export,
                            &mut findings,
                            lenient,
                            wrong(
                                "_type",
                                "navn på ressurstyper i R4, med komma.",
                                "names of resource types of R4, with commas.",
                            ),
                        ),
                    }
                }
            }
            "_typeFilter" => {
                for filter in split(value) {
                    match filter.split_once('?') {
                        Some((rtype, query)) => export.filters.push((rtype.to_owned(), query.to_owned())),
                        None => findings.push(wrong(
                            name,
                            "søk som Type?parameter=verdi, med komma mellom.",
                            "searches such as Type?parameter=value, with commas between.",
                        )),
                    }
                }
            }
            "_elements" => match &mut export.elements {
                Some(elements) => elements.push_str(&format!(",{value}")),
                elements => *elements = Some(value.clone()),
            },
            "patient" if export.level != Level::System => {
                let id = value.rsplit_once("Patient/").map_or(value.as_str(), |(_, id)| id);
                export.patients.get_or_insert_with(Vec::new).push(id.to_owned());
            }
            _ => {
                let known = NOT_HERE.contains(&name.as_str());
                let finding = Finding::error(
                    "not-supported",
                    "export-parameter-unsupported",
                    if known { format!("http.{name}") } else { String::new() },
                    "Uttrekk har ikke denne parameteren her. Det har _since, _type, _typeFilter, _outputFormat, _elements, og patient for pasienter og grupper.",
                    "Exports do not have that parameter here. They have _since, _type, _typeFilter, _outputFormat, _elements, and patient for patients and groups.",
                );
                passing(&mut export, &mut findings, lenient, finding);
            }
        }
    }
    if export.filters.len() > MOST || export.patients.as_ref().is_some_and(|p| p.len() > MOST_PATIENTS) {
        findings.push(wrong(
            "_typeFilter",
            "høyst 100 filtre, og 10 000 pasienter.",
            "100 filters at most, and 10,000 patients.",
        ));
    }
    check_filters(&export, &types, &mut findings);
    let all = || ResourceType::all().filter(|t| export.level == Level::System || of_patients(*t));
    types.sort_unstable();
    types.dedup();
    let named = params.iter().any(|(name, value)| name == "_type" && !value.is_empty());
    let types: Vec<ResourceType> = if named { types } else { all().collect() };
    if types.is_empty() && findings.is_empty() {
        findings.push(wrong("_type", "ingen av typene kan gis.", "none of the types can be given."));
    }
    export.types = types.iter().map(|t| t.name().to_owned()).collect();
    export.state = State::Cutting(0);
    if findings.is_empty() { Ok(export) } else { Err(findings) }
}

/// What is refused, unless the client would rather have it passed over (`Prefer: handling=lenient`): then it is told in the
/// manifest's errors.
fn passing(export: &mut Export, findings: &mut Vec<Finding>, lenient: bool, finding: Finding) {
    if lenient {
        export.warnings.push(operation_outcome(&[finding.severity(Severity::Warning)]));
    } else {
        findings.push(finding);
    }
}

/// The filters must be searches of types that are exported, and choose and nothing else.
fn check_filters(export: &Export, types: &[ResourceType], findings: &mut Vec<Finding>) {
    let mut seen = Vec::new();
    for (name, query) in &export.filters {
        let Some(rtype) = ResourceType::from_name(name).filter(|t| types.is_empty() || types.contains(t)) else {
            findings.push(wrong(
                "_typeFilter",
                "typen finnes ikke, eller er ikke blant dem i _type.",
                "there is no such type, or it is not among those of _type.",
            ));
            continue;
        };
        let params = crate::query::pairs(query).unwrap_or_default();
        let chooses = |name: &str| {
            let base = name.split([':', '.']).next().unwrap_or(name);
            !base.starts_with('_') || CHOOSING.contains(&base) || base == "_has"
        };
        if params.is_empty() || params.iter().any(|(name, _)| !chooses(name)) {
            findings.push(wrong(
                "_typeFilter",
                "bare parametre som velger ut ressurser, ikke _include, _sort, _count og slikt.",
                "only parameters that choose resources, not _include, _sort, _count and the like.",
            ));
        } else if !seen.contains(&rtype) {
            seen.push(rtype);
            if let Err(all) = filters(export, rtype) {
                findings.extend(all);
            }
        }
    }
}

/// Parts at commas with a `Type?` behind them: a comma may also stand in a value.
fn split(text: &str) -> Vec<String> {
    let begins = |part: &str| {
        let name = part.split('?').next().unwrap_or("");
        part.contains('?') && ResourceType::from_name(name).is_some()
    };
    let mut out: Vec<String> = Vec::new();
    for part in text.split(',') {
        match out.last_mut() {
            Some(last) if !begins(part) => last.push_str(&format!(",{part}")),
            _ => out.push(part.to_owned()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(level: Level) -> Export {
        let ticket = crate::jobs::Ticket {
            id: crate::jobs::new_id(),
            organisation: String::new(),
            client: String::new(),
            expires_ms: 0,
        };
        Export::new(ticket, String::new(), level)
    }

    fn asked(level: Level, query: &str, lenient: bool) -> Result<Export, Vec<Finding>> {
        read(begun(level), &crate::query::pairs(query).expect("a query"), lenient)
    }

    #[test]
    fn types_filters_and_times_are_read() {
        let all = asked(Level::System, "", false).expect("right");
        assert!(all.types.len() > 140 && all.types.contains(&"Organization".to_owned()));
        let patients = asked(Level::Patient, "", false).expect("right");
        assert!(patients.types.contains(&"Patient".to_owned()) && !patients.types.contains(&"Organization".to_owned()));
        let some = asked(
            Level::System,
            "_type=Observation,Patient&_since=2026-01-01T00:00:00Z&_typeFilter=Observation%3Fcode%3Da%2Cb%2CPatient%3Factive%3Dtrue&_outputFormat=application/fhir%2Bndjson",
            false,
        )
        .expect("right");
        assert_eq!(some.types, ["Observation", "Patient"]);
        assert_eq!(
            some.filters,
            [("Observation", "code=a,b"), ("Patient", "active=true")].map(|(t, q)| (t.to_owned(), q.to_owned()))
        );
        assert!(some.since_ms.is_some());
    }

    #[test]
    fn what_is_wrong_is_refused_or_told() {
        for query in [
            "_outputFormat=csv",
            "_since=2026-01-01",
            "_type=Pasient",
            "_typeFilter=Observation",
            "_typeFilter=Observation%3F_sort%3Ddate",
            "_typeFilter=Observation%3Fnonsense%3D1",
            "_type=Patient&_typeFilter=Observation%3Fcode%3Da",
            "patient=Patient/a",
            "organizeOutputBy=Patient",
        ] {
            assert!(asked(Level::System, query, false).is_err(), "{query}");
        }
        assert!(asked(Level::Patient, "_type=Organization", false).is_err());
        let lenient = asked(Level::System, "organizeOutputBy=Patient&_type=Patient,Pasient", true).expect("passed over");
        assert_eq!((lenient.warnings.len(), lenient.types.len()), (2, 1));
        assert!(
            asked(Level::System, "_type=Pasient", true).is_err(),
            "never everything instead of nothing"
        );
    }
}

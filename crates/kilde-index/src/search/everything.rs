//! `$everything` of a patient or an encounter (R4, Patient and Encounter, operation `everything`): a search over all types
//! of the compartment, and on each page what its resources refer to and no patient's compartment has.

use super::asking::Asking;
use super::clause::{Clause, Test};
use super::conditions::{Conditions, Fault};
use super::included::includable;
use super::links::Identity;
use super::{Limits, Over, Part, Search, findings};
use crate::error::SearchError;
use crate::keys::Rid;
use crate::people::People;
use crate::record::Record;
use crate::version::Version;
use kilde_fhir::date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, Severity};
use kilde_fhir::search::{Param, by_id, compartment_params, of_patients, params_of};
use kilde_log::PersonNo;
use rustc_hash::FxHashSet;

/// Codes of parameters that tell when care was given, the better ones first.
const CARE_DATES: [&str; 19] = [
    "occurrence",
    "effective-time",
    "effective",
    "started",
    "collected",
    "whenhandedover",
    "onset-date",
    "event-date",
    "authoredon",
    "date",
    "period",
    "sent",
    "authored",
    "authored-on",
    "datetime",
    "identified",
    "start-date",
    "created",
    "datewritten",
];

/// Understands `start`, `end`, `_since`, `_type`, `_count`, `_cursor`.
pub(super) fn parse(
    of: ResourceType,
    id: &str,
    params: &[(String, String)],
    lenient: bool,
    limits: Limits,
) -> Result<(Search, Vec<Finding>), Vec<Finding>> {
    let mut search = Search::new(Over::Everything { of, id: id.to_owned() }, limits);
    let (mut errors, mut ignored) = (Vec::new(), Vec::new());
    let (mut from, mut to, mut since, mut types) = (None, None, None, None);
    let length: usize = params.iter().map(|(n, v)| n.len() + v.len()).sum();
    if params.len() > limits.params || length > limits.text {
        return Err(vec![findings::too_much(
            "For mange eller for lange parametre.".to_owned(),
            "Too many or too long parameters.".to_owned(),
        )]);
    }
    for (name, raw) in params {
        // An unencoded plus of a time zone reads as a space.
        let value = raw.replace(' ', "+");
        let mut when = |slot: &mut Option<String>, nb: &str, en: &str| match date::parse(&value) {
            Some(_) if slot.is_none() => *slot = Some(value.clone()),
            Some(_) => errors.push(findings::repeated(name)),
            None => errors.push(findings::value(name, nb, en)),
        };
        match name.as_str() {
            "_cursor" => search.cursor = Some(value),
            "_format" | "_pretty" => {}
            "start" => when(&mut from, "en dato", "a date"),
            "end" => when(&mut to, "en dato", "a date"),
            "_since" => when(&mut since, "et tidspunkt", "an instant"),
            "_count" => match value.parse::<usize>() {
                Ok(count) if count > 0 => search.count = count.min(limits.max_count),
                _ => errors.push(findings::value(name, "et helt tall større enn 0", "a whole number above 0")),
            },
            "_type" => {
                let named: Vec<ResourceType> = value.split(',').filter_map(ResourceType::from_name).collect();
                if named.len() != value.split(',').count() {
                    errors.push(findings::value(
                        name,
                        "navn på ressurstyper med komma",
                        "names of resource types with commas",
                    ));
                }
                types.get_or_insert_with(Vec::new).extend(named);
            }
            _ if lenient => {
                ignored.push(findings::unsupported(name).severity(Severity::Warning));
                continue;
            }
            _ => errors.push(findings::unsupported(name)),
        }
        search.params.push((name.clone(), raw.clone()));
    }
    if search.cursor.is_some()
        && search
            .params
            .iter()
            .any(|(n, _)| !matches!(n.as_str(), "_cursor" | "_format" | "_pretty"))
    {
        errors.push(findings::cursor_alone());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut conditions = Conditions {
        now_ms: super::parse::now_ms(),
        limits,
        values: 0,
        branches: 0,
        in_filter: false,
    };
    let wanted = |rtype: &ResourceType| types.as_ref().is_none_or(|named| named.contains(rtype));
    for rtype in ResourceType::all().filter(wanted) {
        let belongs = belonging(of, id, rtype);
        if belongs.is_empty() {
            continue;
        }
        let mut clauses = vec![Clause::Either(belongs)];
        let mut add = |clause: Result<Option<Clause>, Fault>| match clause {
            Ok(clause) => clauses.extend(clause),
            Err(Fault::Unknown(finding) | Fault::Wrong(finding)) => errors.push(finding),
        };
        if rtype != of {
            add(in_period(&mut conditions, rtype, from.as_deref(), to.as_deref()));
        }
        if let Some(since) = &since {
            add(conditions.clause(rtype, "_lastUpdated", &format!("ge{since}")).map(Some));
        }
        search.parts.push(Part {
            rtype,
            clauses,
            sort: Vec::new(),
        });
    }
    if errors.is_empty() { Ok((search, ignored)) } else { Err(errors) }
}

/// What makes a resource of a type part of the whole; empty for a type that has no part in it.
fn belonging(of: ResourceType, id: &str, rtype: ResourceType) -> Vec<Clause> {
    let refers = |param: &'static Param| Clause::Any {
        param,
        not: false,
        tests: vec![Test::Local(of, id.to_owned())],
    };
    let mut any: Vec<Clause> = compartment_params(of, rtype).iter().map(|id| refers(by_id(*id))).collect();
    if rtype == of {
        any.push(Clause::Id(vec![id.to_owned()]));
    }
    any
}

/// Care given in the period, and what says nothing of when.
fn in_period(conditions: &mut Conditions, rtype: ResourceType, from: Option<&str>, to: Option<&str>) -> Result<Option<Clause>, Fault> {
    let code = CARE_DATES.iter().find(|code| params_of(rtype).iter().any(|p| p.code == **code));
    let (Some(code), true) = (code, from.is_some() || to.is_some()) else {
        return Ok(None);
    };
    let mut both = Vec::new();
    for (prefix, value) in [("ge", from), ("le", to)] {
        if let Some(value) = value {
            both.push(conditions.clause(rtype, code, &format!("{prefix}{value}"))?);
        }
    }
    let undated = conditions.clause(rtype, &format!("{code}:missing"), "true")?;
    Ok(Some(Clause::Either(vec![undated, Clause::All(both)])))
}

/// What the resources of a page refer to, directly or through another: organisations, personnel, places, medications and
/// the like, and of an encounter itself also its patient and all else that it names. Each is judged as a match is, and
/// belongs to nobody, or to those whose resources stand on the page.
pub(super) fn gather(
    asking: &Asking<'_>,
    of: ResourceType,
    id: &str,
    matches: &[(ResourceType, Rid)],
) -> Result<Vec<Version>, SearchError> {
    let mut seen: FxHashSet<(ResourceType, Rid)> = matches.iter().copied().collect();
    let (mut waiting, mut out) = (matches.to_vec(), Vec::new());
    let mut persons: People = People::new();
    for (at, (rtype, rid)) in matches.iter().enumerate() {
        let Some(bytes) = asking.record(*rtype, *rid)? else { continue };
        let record = Record::decode(&bytes)?;
        if !persons.contains(&record.header.person) {
            persons.extend(asking.look.shared.groups.of(record.header.person));
        }
        if *rtype == of && record.id == id {
            // First, so that what it names is there whatever the rest names.
            waiting.swap(0, at);
        }
    }
    persons.push(PersonNo::NONE);
    let mut next = 0;
    while let Some((rtype, rid)) = waiting.get(next).copied() {
        next += 1;
        let Some(bytes) = asking.record(rtype, rid)? else { continue };
        let record = Record::decode(&bytes)?;
        let whole = of.name() != "Patient" && rtype == of && record.id == id;
        for param in params_of(rtype).iter().filter(|p| includable(p)) {
            for term in record.terms.of(param.id) {
                for place in asking.led_to(param, &term, Identity::Named)? {
                    if (!whole && of_patients(place.0)) || seen.contains(&place) {
                        continue;
                    }
                    asking.spend(1, param.code)?;
                    let Some(bytes) = asking.record(place.0, place.1)? else { continue };
                    let found = Record::decode(&bytes)?;
                    if !asking.reaches(place.0, &found) || !persons.contains(&found.header.person) {
                        continue;
                    }
                    if out.len() == asking.limits.included {
                        return Err(SearchError::TooManyIncluded(asking.limits.included));
                    }
                    seen.insert(place);
                    waiting.push(place);
                    out.extend(asking.look.version(asking.scope, place.0, found.id, &found.header)?);
                }
            }
        }
    }
    Ok(out)
}

//! What the specification's page on search says that a server shall do, a small test for each, named after the rule.

use crate::client::{NOBODY, OLAV, encode};
use crate::search::{both, entries, ids, system, world};
use crate::server::shared;
use serde_json::{Value, json};

const BASE: &str = "/9901/fhir/r4";

/// Ids of the observations of the patient of these tests that a query finds.
fn of(query: &str) -> Vec<String> {
    ids(&format!("Observation?patient={}&{query}", world().patient))
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let found = links.iter().find(|l| l["relation"] == relation)?;
    Some(found["url"].as_str()?.to_owned())
}

/// SHALL: A search is answered by GET and by POST alike (http.html#search)
#[test]
fn search_shall_be_answered_by_get_and_post() {
    let w = world();
    let posted = system().search(
        &format!("{BASE}/Observation/_search"),
        &format!("patient={}&code=29463-7", w.patient),
    );
    assert_eq!(entries(&posted.expect(200)), [("match".to_owned(), w.weight.clone())]);
    assert_eq!(of("code=29463-7"), [w.weight.as_str()]);
    // Parameters of the address and of the form together.
    let mixed = system().search(
        &format!("{BASE}/Observation/_search?code=29463-7"),
        &format!("patient={}", w.patient),
    );
    assert_eq!(entries(&mixed.expect(200)).len(), 1);
}

/// SHALL: The answer is a Bundle of type searchset; nothing found is no error (search.html#Introduction)
#[test]
fn search_shall_answer_with_a_searchset() {
    let found = system().get(&format!("{BASE}/Patient?_id={NOBODY}")).expect(200).json();
    assert_eq!(
        (&found["resourceType"], &found["type"], &found["total"]),
        (&json!("Bundle"), &json!("searchset"), &json!(0))
    );
    assert_eq!(found["entry"], Value::Null);
}

/// SHALL: A search that cannot be done is a 4xx with an OperationOutcome (search.html#Introduction)
#[test]
fn search_shall_tell_in_an_operation_outcome_why_it_fails() {
    for query in [
        "Observation?date=yesterday",
        "Observation?value-quantity=x",
        "Observation?code%3A%3A=x",
        "Observation?_count=x",
    ] {
        let answer = system().get(&format!("{BASE}/{query}")).expect(400).json();
        assert_eq!(answer["resourceType"], "OperationOutcome", "{query}");
    }
}

/// SHALL: The link self tells the parameters that were used, and leaves out what was passed over (search.html#conformance)
#[test]
fn search_shall_tell_in_self_what_it_used() {
    let w = world();
    let answer = system()
        .ask("GET", &format!("{BASE}/Observation?patient={}&nonsense=1&status=final", w.patient))
        .header("Prefer", "handling=lenient")
        .send()
        .expect(200);
    let own = link(&answer.json(), "self").expect("self").replace("%2D", "-");
    assert!(
        own.contains("status=final") && own.contains(&format!("patient={}", w.patient)) && !own.contains("nonsense"),
        "{own}"
    );
    let outcome = answer.json()["entry"]
        .as_array()
        .expect("entries")
        .iter()
        .any(|e| e["search"]["mode"] == "outcome");
    assert!(outcome, "what was passed over is told");
}

/// SHALL: Unknown parameters are refused with handling=strict and passed over with handling=lenient (search.html#errors)
#[test]
fn search_shall_obey_handling_of_unknown_parameters() {
    let ask = |handling: &str| {
        let request = system().ask("GET", &format!("{BASE}/Observation?patient={}&nonsense=1", world().patient));
        request.header("Prefer", &format!("handling={handling}")).send()
    };
    ask("strict").refused(400, "search-parameter-unknown");
    assert_eq!(
        ask("lenient")
            .expect(200)
            .resources()
            .iter()
            .filter(|r| r["resourceType"] == "Observation")
            .count(),
        2
    );
}

/// SHALL: A modifier that is not supported for the parameter is refused, never ignored (search.html#modifiers)
#[test]
fn search_shall_reject_modifiers_it_does_not_support() {
    for query in [
        "Observation?date:exact=2020",
        "Observation?code:contains=x",
        "Patient?family:below=x",
        "Observation?subject:Encounter=1",
        "Patient?birthdate:nonsense=1",
    ] {
        let lenient = system()
            .ask("GET", &format!("{BASE}/{query}"))
            .header("Prefer", "handling=lenient")
            .send();
        assert_eq!(lenient.status, 400, "{query}");
    }
}

/// SHALL: Values separated by commas are alternatives, and a parameter given again is a further condition (search.html#combining)
#[test]
fn search_shall_take_commas_as_or_and_repetition_as_and() {
    let w = world();
    assert_eq!(of("code=29463-7,85354-9"), both(&w.pressure, &w.weight));
    assert_eq!(of("code=29463-7&code=85354-9"), [""; 0]);
    assert_eq!(
        of("date=ge2026-11-22T09:00:00Z&date=le2026-11-22T11:00:00Z"),
        both(&w.pressure, &w.weight)
    );
}

/// SHALL: Commas, dollars, bars and backslashes in values are escaped with a backslash (search.html#escaping)
#[test]
fn search_shall_understand_escapes() {
    let w = world();
    assert_eq!(of(&format!("code={}", encode("29463-7\\,85354-9"))), [""; 0]);
    assert_eq!(of(&format!("code={}", encode("http://loinc.org|29463-7"))), [w.weight.as_str()]);
    assert_eq!(of(&format!("code={}", encode("http://loinc.org\\|29463-7"))), [""; 0]);
}

/// SHALL: Prefixes of ordered values are eq, ne, gt, lt, ge, le, sa, eb and ap, and none is eq (search.html#prefix)
#[test]
fn search_shall_compare_by_prefix() {
    let w = world();
    let weight = |value: &str| {
        of(&format!(
            "value-quantity={}",
            encode(&format!("{value}|http://unitsofmeasure.org|g"))
        )) == [w.weight.as_str()]
    };
    for (value, met) in [
        ("71500", true),
        ("eq71500", true),
        ("ne71500", false),
        ("gt71500", false),
        ("ge71500", true),
        ("lt71500", false),
        ("le71500", true),
        ("gt71499", true),
        ("sa71000", true),
        ("eb72000", true),
        ("ap70000", true),
        ("ap10000", false),
    ] {
        assert_eq!(weight(value), met, "{value}");
    }
}

/// SHALL: The digits of a number tell its precision (search.html#number)
#[test]
fn search_shall_take_the_precision_of_numbers_from_their_digits() {
    let w = world();
    let kg = |value: &str| {
        of(&format!(
            "value-quantity={}",
            encode(&format!("{value}|http://unitsofmeasure.org|kg"))
        ))
    };
    assert_eq!(kg("71.5"), [w.weight.as_str()]);
    assert_eq!(kg("72"), [w.weight.as_str()], "from 71.5 to 72.5");
    assert_eq!(kg("71.4"), [""; 0]);
}

/// SHALL: A date is the whole of what it says, and a time zone is part of it (search.html#date)
#[test]
fn search_shall_take_dates_as_ranges() {
    let w = world();
    for date in [
        "2026",
        "2026-11",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "2026-11-22T11:00:00%2B01:00",
        "ge2026-11-22",
    ] {
        assert_eq!(of(&format!("date={date}")), both(&w.pressure, &w.weight), "{date}");
    }
    for date in ["2026-11-21", "gt2026-11-22", "sa2026-11-22T10:00:00Z", "lt2026-11-22"] {
        assert_eq!(of(&format!("date={date}")), [""; 0], "{date}");
    }
}

/// SHALL: A string is met by what begins so, whatever its case and accents; :exact and :contains narrow and widen that (search.html#string)
#[test]
fn search_shall_match_strings_by_their_folded_beginning() {
    let w = world();
    let family = |query: &str| ids(&format!("Patient?_id={}&{query}", w.patient)) == [w.patient.as_str()];
    assert!(family("family=rulle") && family("family=RULLESKIOLD") && family("family:contains=SKI") && family("family:exact=Rulleskiold"));
    assert!(!family("family=skiold") && !family("family:exact=rulleskiold") && !family("family:contains=xx"));
    assert!(family("name=rulle"), "every part of a name");
}

/// SHALL: A token is met by code, by system and code, by a code without system, or by a system alone (search.html#token)
#[test]
fn search_shall_match_tokens_in_their_four_forms() {
    let w = world();
    let code = |value: &str| of(&format!("code={}", encode(value)));
    assert_eq!(code("29463-7"), [w.weight.as_str()]);
    assert_eq!(code("http://loinc.org|29463-7"), [w.weight.as_str()]);
    assert_eq!(code("|29463-7"), [""; 0]);
    assert_eq!(code("http://loinc.org|"), both(&w.pressure, &w.weight));
    assert_eq!(code("http://other|29463-7"), [""; 0]);
}

/// SHALL: :not is met by what has no such code, also by what has none at all (search.html#modifiers)
#[test]
fn search_shall_negate_tokens_with_not() {
    let w = world();
    assert_eq!(of("code:not=29463-7"), [w.pressure.as_str()]);
    assert_eq!(of("code:not=29463-7,85354-9"), [""; 0]);
    assert_eq!(of("category:not=laboratory"), both(&w.pressure, &w.weight));
}

/// SHALL: :missing asks whether there is a value, for every type of parameter (search.html#modifiers)
#[test]
fn search_shall_tell_missing_from_present() {
    let w = world();
    assert_eq!(of("value-quantity:missing=false"), [w.weight.as_str()]);
    assert_eq!(of("value-quantity:missing=true"), [w.pressure.as_str()]);
    assert_eq!(of("component-code-value-quantity:missing=false"), [w.pressure.as_str()]);
    assert_eq!(of("code-value-quantity:missing=true"), [w.pressure.as_str()]);
    assert_eq!(of("_id:missing=true"), [""; 0]);
    for parameter in ["code", "date", "subject", "note"] {
        let answer = system().get(&format!("{BASE}/Observation?patient={}&{parameter}:missing=maybe", w.patient));
        assert_eq!(answer.status, 400, "{parameter}");
    }
}

/// SHALL: A reference is met by id, by type and id, and by the server's own url; a modifier names the type (search.html#reference)
#[test]
fn search_shall_match_references_in_their_forms() {
    let w = world();
    for query in [
        format!("subject={}", w.patient),
        format!("subject=Patient/{}", w.patient),
        format!("subject:Patient={}", w.patient),
        format!("patient=Patient/{}", w.patient),
    ] {
        assert_eq!(ids(&format!("Observation?{query}")), both(&w.pressure, &w.weight), "{query}");
    }
    assert_eq!(ids(&format!("Observation?subject:Group={}", w.patient)), [""; 0]);
}

/// SHALL: _id and _lastUpdated can be searched on every type (search.html#all)
#[test]
fn search_shall_find_by_id_and_last_update() {
    let w = world();
    assert_eq!(ids(&format!("Observation?_id={}", w.weight)), [w.weight.as_str()]);
    assert_eq!(
        ids(&format!("Observation?_id={},{}", w.weight, w.pressure)),
        both(&w.weight, &w.pressure)
    );
    assert_eq!(of("_lastUpdated=ge2020-01-01").len(), 2);
    assert_eq!(of("_lastUpdated=lt2020-01-01").len(), 0);
}

/// SHALL: A page has no more than _count matches, and _count=0 counts only (search.html#count)
#[test]
fn search_shall_give_no_more_than_count() {
    let w = world();
    let page = system()
        .get(&format!("{BASE}/Observation?patient={}&_count=1", w.patient))
        .expect(200);
    assert_eq!(page.resources().len(), 1);
    let next = system().get(&page.next().expect("a next page")).expect(200);
    assert_eq!(next.resources().len(), 1);
    assert!(next.next().is_none());
    let none = system()
        .get(&format!("{BASE}/Observation?patient={}&_count=0", w.patient))
        .expect(200);
    assert_eq!((none.resources().len(), &none.json()["total"], none.next()), (0, &json!(2), None));
}

/// SHALL: _summary=count gives the total and no entries (search.html#summary)
#[test]
fn search_shall_only_count_when_asked() {
    let bundle = system()
        .get(&format!("{BASE}/Observation?patient={}&_summary=count", world().patient))
        .expect(200)
        .json();
    assert_eq!((&bundle["total"], &bundle["entry"]), (&json!(2), &Value::Null));
}

/// SHALL: Resources that are not whole are tagged SUBSETTED (search.html#summary)
#[test]
fn search_shall_tag_what_is_not_whole() {
    let w = world();
    for query in ["_summary=true", "_elements=status"] {
        let found = system()
            .get(&format!("{BASE}/Observation?_id={}&{query}", w.weight))
            .expect(200)
            .resources();
        let tagged = found[0]["meta"]["tag"]
            .as_array()
            .is_some_and(|tags| tags.iter().any(|t| t["code"] == "SUBSETTED"));
        assert!(tagged && found[0]["note"].is_null(), "{query}: {}", found[0]);
    }
}

/// SHALL: _total=accurate gives the number of matches on all pages, without what is included (search.html#total)
#[test]
fn search_shall_tell_the_total_when_asked() {
    let query = format!(
        "Observation?patient={}&_count=1&_total=accurate&_include=Observation:subject",
        world().patient
    );
    assert_eq!(system().get(&format!("{BASE}/{query}")).expect(200).json()["total"], 2);
}

/// SHALL: _sort gives the order, a minus the other way, several keys one after the other, what has no value last (search.html#sort)
#[test]
fn search_shall_sort_by_every_kind_of_parameter() {
    let w = world();
    let order = |sort: &str| -> Vec<String> {
        let found = system()
            .get(&format!("{BASE}/Observation?patient={}&_sort={sort}", w.patient))
            .expect(200)
            .resources();
        found.iter().filter_map(|r| Some(r["id"].as_str()?.to_owned())).collect()
    };
    let (pressure, weight) = (w.pressure.as_str(), w.weight.as_str());
    for (sort, expected) in [
        ("code", [weight, pressure]),
        ("-code", [pressure, weight]),
        ("value-quantity", [weight, pressure]),
        ("-value-quantity", [weight, pressure]),
        ("subject,-code", [pressure, weight]),
        ("status,date,code", [weight, pressure]),
        ("_lastUpdated", [pressure, weight]),
        ("-_lastUpdated", [weight, pressure]),
    ] {
        assert_eq!(order(sort), expected, "{sort}");
    }
}

/// SHALL: The page link leads on through the same answer, whatever is written meanwhile (search.html#paging)
#[test]
fn search_pages_shall_neither_repeat_nor_skip_while_others_write() {
    let w = world();
    let make = |n: usize| {
        let text = json!({
            "resourceType": "Basic", "code": { "coding": [{ "system": "urn:pages", "code": "p" }] },
            "created": format!("2026-01-{:02}", 1 + n % 28), "subject": { "reference": format!("Patient/{}", w.patient) }
        });
        let made = system().post(&format!("{BASE}/Basic"), &text).expect(201).json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let mut there: Vec<String> = (0..20).map(make).collect();
    there.sort();
    for sort in ["", "&_sort=created", "&_sort=-_lastUpdated", "&_sort=-created,code"] {
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let mut n = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) && n < 40 {
                    make(n);
                    n += 1;
                }
            });
            let first = format!("{BASE}/Basic?patient={}&code=urn:pages%7Cp&_count=3{sort}", w.patient);
            let mut page = system().get(&first).expect(200);
            let mut seen: Vec<String> = Vec::new();
            loop {
                seen.extend(page.resources().iter().filter_map(|r| Some(r["id"].as_str()?.to_owned())));
                let Some(next) = page.next() else { break };
                page = system().get(&next).expect(200);
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            let whole = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), whole, "nothing twice {sort}");
            assert!(there.iter().all(|id| seen.binary_search(id).is_ok()), "nothing left out {sort}");
        });
    }
}

/// SHALL: A chain is evaluated inside contained resources, and _contained and _containedType say what else is found and given (search.html#contained)
#[test]
fn search_shall_find_contained_resources_as_asked() {
    let w = world();
    let request = json!({
        "resourceType": "MedicationRequest", "status": "active", "intent": "order",
        "subject": { "reference": format!("Patient/{}", w.patient) }, "medicationReference": { "reference": "#m" },
        "contained": [{ "resourceType": "Medication", "id": "m", "code": { "coding": [{ "system": "urn:atc", "code": "innebygd" }] } }]
    });
    let made = system().post(&format!("{BASE}/MedicationRequest"), &request).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!(ids("MedicationRequest?medication.code=innebygd"), [id]);
    assert_eq!(ids("Medication?code=innebygd"), [""; 0]);
    assert_eq!(ids("Medication?code=innebygd&_contained=true"), [id]);
    let own = system()
        .get(&format!("{BASE}/Medication?code=innebygd&_contained=both&_containedType=contained"))
        .expect(200)
        .json();
    let entry = &own["entry"][0];
    assert!(
        entry["fullUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with(&format!("/MedicationRequest/{id}#m"))),
        "{entry}"
    );
    assert_eq!(
        (&entry["resource"]["resourceType"], &entry["search"]["mode"]),
        (&json!("Medication"), &json!("match"))
    );
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    for query in [
        "Medication?_contained=true",
        "Medication?code=innebygd&_contained=both",
        "MedicationRequest?medication.code=innebygd",
    ] {
        let answer = nurse.get(&format!("{BASE}/{query}")).expect(200);
        assert!(!answer.text().contains(id), "{query}");
    }
}

/// SHALL: _filter takes and, or, not, parentheses and conditions in brackets over the parameters of the type (search_filter.html)
#[test]
fn search_shall_answer_filters() {
    let w = world();
    let filter = |text: &str| of(&format!("_filter={}", encode(text)));
    assert_eq!(filter("code eq loinc|29463-7"), [w.weight.as_str()]);
    assert_eq!(filter("code ne loinc|29463-7"), [w.pressure.as_str()]);
    assert_eq!(filter("not(code eq 29463-7) and date po 2026-11-22"), [w.pressure.as_str()]);
    assert_eq!(
        filter(r#"subject[gender eq female].family sw "rulle" and value-quantity gt 1"#),
        [w.weight.as_str()]
    );
    assert_eq!(filter("value-quantity pr false"), [w.pressure.as_str()]);
}

/// SHALL: How a search is answered is told only to those who may see everything (our rule)
#[test]
fn search_shall_explain_itself_to_those_who_see_everything() {
    let w = world();
    let query = format!("Observation?patient={}&code=29463-7&_sort=-date", w.patient);
    let plan = system().get(&format!("{BASE}/{query}&_explain=true")).expect(200).json();
    assert_eq!(plan["resourceType"], "Parameters");
    let names: Vec<&str> = plan["parameter"]
        .as_array()
        .expect("a plan")
        .iter()
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert_eq!(names, ["search", "examined", "contentsRead", "milliseconds", "bounds"]);
    assert!(!plan.to_string().contains(&w.patient), "no values");
    assert_eq!(ids(&format!("{query}&_explain=false")), [w.weight.as_str()]);
    system()
        .get(&format!("{BASE}/{query}&_explain=maybe"))
        .refused(400, "search-value-invalid");
    let nurse = shared().who("sykepleier-legevakt-nordvik").attested(OLAV);
    for asked in ["Observation?_explain=true", "Patient?_explain=true"] {
        nurse.get(&format!("{BASE}/{asked}")).refused(403, "search-explain-forbidden");
    }
    shared()
        .who("epj-nordvik")
        .get(&format!("{BASE}/Observation?_explain=true"))
        .refused(403, "search-explain-forbidden");
}

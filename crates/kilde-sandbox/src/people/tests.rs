use super::*;
use jiff::civil::date;
use kilde_fhir::national_id::{Nin, World};
use proptest::prelude::*;
use std::collections::HashMap;

fn some(instance: &str, n: usize) -> Vec<Citizen> {
    generate(instance, n, 1).collect()
}

#[test]
fn the_contracts_citizens_come_first_in_nordvik() {
    let people = some("9901", 40);
    let numbers: Vec<&str> = people.iter().map(Citizen::nin).collect();
    assert_eq!(&numbers[..4], ["22750884907", "19779998080", "16758532406", "11833810555"]);
    assert!(people[0].services.is_empty(), "the first has no service yet");
    assert!(people[1..4].iter().all(|c| !c.services.is_empty()));
    let old_man = &people[3];
    let home = old_man.services.iter().find(|s| s.kind.code == "15").expect("health care at home");
    assert!(home.description.is_some_and(|d| d.contains("Fire besøk i døgnet")));
    for (citizen, fixed) in people.iter().zip(&FIXED) {
        assert_eq!((citizen.nin(), citizen.birth, citizen.given), (fixed.nin, fixed.birth, fixed.given));
    }
    assert!(some("9902", 40).iter().all(|c| c.story.is_none()));
}

#[test]
fn fixed_citizens_are_never_left_out() {
    assert_eq!(generate("9901", 0, 5).count(), FIXED.len());
    assert_eq!(generate("9901", 500, 5).count(), 500);
    assert_eq!(generate("9902", 0, 5).count(), 0);
}

#[test]
fn numbers_are_valid_synthetic_and_in_one_municipality_only() {
    let mut seen = HashMap::new();
    for instance in ["9901", "9902"] {
        for c in some(instance, 6000) {
            let nin = Nin::parse(c.nin()).expect("valid control digits");
            assert!(nin.synthetic());
            assert!(nin.accepted_in(World::Sandbox).is_ok() && nin.accepted_in(World::Production).is_err());
            assert_eq!(nin.system(), c.nin_system());
            assert_eq!(seen.insert(c.number, instance), None, "a number twice");
        }
    }
    for p in crate::persona::personas() {
        if let Some(person) = &p.person {
            assert!(Number::parse(&person.pid).is_some_and(|n| !seen.contains_key(&n)));
        }
    }
}

#[test]
fn households_hang_together() {
    let mut households: HashMap<u32, Vec<Citizen>> = HashMap::new();
    for c in some("9901", 8000) {
        households.entry(c.household).or_default().push(c);
    }
    for members in households.values() {
        let adults: Vec<&Citizen> = members.iter().filter(|c| c.role == Role::Adult).collect();
        assert!(!adults.is_empty(), "children live with somebody grown up");
        assert!(adults.len() <= 2);
        for c in members {
            assert_eq!((&c.address, c.secret_address), (&members[0].address, members[0].secret_address));
            let age = c.age_on(REFERENCE);
            match c.role {
                Role::Adult => assert!((18..=103).contains(&age), "{age}"),
                Role::Child => {
                    assert!((0..=19).contains(&age));
                    let parents = adults.iter().map(|a| a.birth.until(c.birth).map_or(0, |s| s.get_days()) / 365);
                    assert!(parents.into_iter().all(|years| years >= 16));
                }
            }
        }
    }
}

#[test]
fn ages_are_those_of_a_municipality() {
    let people = some("9902", 20_000);
    let share = |low: i16, high: i16| {
        let count = people.iter().filter(|c| (low..=high).contains(&c.age_on(REFERENCE))).count();
        1000 * count / people.len()
    };
    assert!((180..=290).contains(&share(0, 19)), "{}", share(0, 19));
    assert!((40..=80).contains(&share(80, 110)), "{}", share(80, 110));
    assert!((450..=620).contains(&share(20, 66)), "{}", share(20, 66));
    let women = people.iter().filter(|c| c.woman).count() * 1000 / people.len();
    assert!((470..=540).contains(&women), "{women}");
    let sami = people.iter().filter(|c| c.background == Background::Sami).count() * 1000 / people.len();
    assert!((60..=120).contains(&sami), "{sami}");
}

#[test]
fn services_follow_age_and_need() {
    let mut with_services = 0;
    for c in some("9901", 20_000) {
        let age = c.age_on(REFERENCE);
        let running: Vec<&str> = c
            .services
            .iter()
            .filter(|s| s.state == ServiceState::Active)
            .map(|s| s.kind.code)
            .collect();
        with_services += usize::from(!running.is_empty());
        for s in &c.services {
            assert!(!["14", "23", "24"].contains(&s.kind.code), "nothing about coercion");
            assert!(s.start <= REFERENCE, "{:?}", s.start);
            assert!(s.end.is_none_or(|end| s.start <= end));
            assert_eq!(s.state == ServiceState::Ended, s.end.is_some_and(|end| end < REFERENCE), "{s:?}");
            assert!(s.minutes_a_week.is_none_or(|m| (15..=168 * 60).contains(&m) && s.kind.hours));
            assert_eq!(s.unit.municipality, Some("9901"));
            assert!(
                age >= 18 || !["15", "21", "6", "3"].contains(&s.kind.code),
                "a child with {}",
                s.kind.code
            );
        }
        assert!(
            !(running.contains(&"21") && running.contains(&"15")),
            "home care in the nursing home"
        );
        if c.story.is_none() && c.need == Need::None {
            assert!(running.is_empty());
        }
    }
    assert!((800..=2600).contains(&with_services), "{with_services}");
}

#[test]
fn measurements_are_possible_and_some_decline() {
    let mut worsening = 0;
    for c in some("9901", 12_000) {
        assert!(c.measurements.windows(2).all(|w| w[0].at() <= w[1].at()));
        let sets: Vec<&VitalSigns> = c
            .measurements
            .iter()
            .filter_map(|m| match m {
                Measurement::Set(s) => Some(s),
                Measurement::Single(_) => None,
            })
            .collect();
        for s in &sets {
            assert!(
                (70..=100).contains(&s.saturation) && s.diastolic < s.systolic && (6..=60).contains(&s.respiration),
                "{s:?}"
            );
            assert!(ward_score(s).total() <= 20);
            assert!(s.at <= measurements::noon(REFERENCE) + 3600);
        }
        let ward: Vec<u8> = sets
            .iter()
            .filter(|s| s.setting == Setting::Ward)
            .map(|s| ward_score(s).total())
            .collect();
        worsening += usize::from(matches!((ward.first(), ward.last()), (Some(first), Some(last)) if *last >= first + 4));
    }
    assert!(worsening >= 1);
    let ward_woman = &some("9901", 0)[4];
    let scores: Vec<u8> = ward_woman
        .measurements
        .iter()
        .filter_map(|m| match m {
            Measurement::Set(s) => Some(ward_score(s).total()),
            Measurement::Single(_) => None,
        })
        .collect();
    assert!(scores.len() >= 20);
    assert!(scores[..12].iter().all(|s| *s <= 4), "{scores:?}");
    assert!(scores.last().is_some_and(|s| *s >= 7), "{scores:?}");
}

#[test]
fn services_move_with_the_day_but_people_do_not() {
    let early: Vec<Citizen> = generate("9901", 300, 9).collect();
    let late: Vec<Citizen> = generate_as_of("9901", 300, 9, date(2027, 6, 1)).collect();
    for (a, b) in early.iter().zip(&late) {
        assert_eq!((a.number, a.given, a.household, a.need), (b.number, b.given, b.household, b.need));
        assert_eq!(a.services.len(), b.services.len());
    }
    assert!(early.iter().zip(&late).any(|(a, b)| a.services != b.services));
}

#[test]
fn bundles_are_resources_with_sound_references() {
    for (i, c) in some("9901", 1500).iter().enumerate() {
        if i > 12 && c.services.is_empty() && c.measurements.is_empty() && i % 40 != 0 {
            continue;
        }
        let text = c.bundle();
        let document = kilde_fhir::json::parse(text.clone(), kilde_fhir::json::Limits::default()).expect("json");
        let findings = kilde_fhir::validate::structure(document.root());
        assert!(findings.is_empty(), "{}: {:?}", c.index, findings.first());
        let wrong = kilde_fhir::national_id::identifiers(document.root(), World::Sandbox);
        assert!(wrong.is_empty(), "{}: {:?}", c.index, wrong.first());
        let bundle: serde_json::Value = serde_json::from_str(&text).expect("json");
        let entries = bundle["entry"].as_array().expect("entries");
        let urls: std::collections::HashSet<&str> = entries.iter().filter_map(|e| e["fullUrl"].as_str()).collect();
        assert_eq!(urls.len(), entries.len());
        let mut references = text.split("\"reference\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(references.all(|r| urls.contains(r)));
        if c.secret_address {
            assert!(bundle["entry"][0]["resource"].get("address").is_none() && !text.contains(&c.address.line));
        }
    }
}

#[test]
fn parts_hold_their_part() {
    let people = some("9901", 0);
    let kinds = |part, c: &Citizen| {
        let bundle: serde_json::Value = serde_json::from_str(&c.bundle_of(part)).expect("json");
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let of = |kind: &str| entries.iter().filter(|e| e["resource"]["resourceType"] == kind).count();
        (of("Patient"), of("EpisodeOfCare"), of("Observation"))
    };
    let ward = &people[4];
    let all = kinds(Part::All, ward);
    assert_eq!(kinds(Part::Services, ward), (1, all.1, 0));
    assert_eq!(kinds(Part::Measurements, ward), (1, 0, all.2));
    assert_eq!(all.2, 20 * 8);
}

#[test]
fn just_after_midnight_nothing_lies_ahead() {
    let now_ms = kilde_fhir::date::parse("2026-12-24T00:00:30+01:00").expect("a moment").from_ms;
    for citizen in generate_as_of("9901", 500, 1, last_whole_day(now_ms)) {
        let bundle: serde_json::Value = serde_json::from_str(&citizen.bundle()).expect("json");
        let resources = bundle["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]);
        for time in resources.filter_map(|r| r["effectiveDateTime"].as_str()) {
            let measured = kilde_fhir::date::parse(time).expect("a time").from_ms;
            assert!(measured <= now_ms, "{} at {time}", citizen.index);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_same_every_time_and_more_only_adds(seed: u64, n in 0usize..300, more in 0usize..200) {
        let all = |n| generate("9902", n, seed).collect::<Vec<_>>();
        let (first, again, longer) = (all(n), all(n), all(n + more));
        prop_assert_eq!(&first, &again);
        prop_assert_eq!(&first[..], &longer[..n]);
        prop_assert!(first.iter().zip(&again).all(|(a, b)| a.bundle() == b.bundle()));
    }
}

//! Each way in which a scope could leak, tried.

use crate::kit::{Kit, ORGANISATION, all, instance, over, rtype, search};
use kilde_access::{AccessScope, Category, testing};
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::national_id::FNR;
use kilde_index::changes::{Changes, Of};
use kilde_index::{IndexError, Read};
use kilde_log::{Instance, PersonNo};

const NIN: &str = "22750884907";

/// Two patients; each has a journal note and a measurement.
pub fn two() -> (Kit, PersonNo, PersonNo) {
    let mut kit = Kit::new();
    for (id, nin) in [("a", NIN), ("b", "19779998080")] {
        let measure =
            r#","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]"#;
        let note = |n: &str, category: &str| {
            format!(
                r#"{{"resourceType":"Observation","id":"{n}-{id}","status":"final","code":{{"coding":[{{"system":"s","code":"{n}"}}]}},"subject":{{"reference":"Patient/{id}"}}{category}}}"#
            )
        };
        kit.put(&[
            &format!(r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"{FNR}","value":"{nin}"}}],"name":[{{"family":"Hemmelig"}}]}}"#),
            &note("note", ""),
            &note("pulse", measure),
        ]);
    }
    let (a, b) = (kit.person("Patient/a"), kit.person("Patient/b"));
    (kit, a, b)
}

/// Whether the history of a resource is as that of one that is not there.
pub fn no_history(kit: &Kit, scope: &AccessScope, rtype: ResourceType, id: &str) -> bool {
    let wanted = Changes {
        count: 10,
        ..Changes::default()
    };
    let page = kit.index.changes(scope, &Of::Instance(rtype, id.to_owned()), &wanted, kit.now_ms);
    page.unwrap().is_none()
}

#[test]
fn others_do_not_exist() {
    let (kit, a, b) = two();
    let scope = over(&[a]);
    let (observation, patient) = (rtype("Observation"), rtype("Patient"));
    // Forbidden and unknown give the same, whatever is asked.
    for id in ["note-b", "unknown"] {
        assert_eq!(kit.index.read(&scope, observation, id).unwrap(), Read::Absent);
        assert_eq!(kit.index.vread(&scope, observation, id, 1).unwrap(), Read::Absent);
        assert!(no_history(&kit, &scope, observation, id));
        assert_eq!(kit.index.head(&scope, observation, id).unwrap(), None);
        assert!(!kit.index.taken(&scope, observation, id).unwrap());
        assert_eq!(kit.search(&scope, "Observation", &[("_id", id)]).total, Some(0));
    }
    assert_eq!(kit.index.read(&scope, patient, "b").unwrap(), Read::Absent);
    assert_eq!(kit.of_person(&scope, b), (Vec::new(), 0));
    assert_eq!(kit.presence(&scope, b, "Observation"), (0, 0));
    assert_eq!(kit.found(&scope, "Observation", &[]), ["note-a", "pulse-a"]);
    assert_eq!(kit.found(&scope, "Patient", &[("family", "hemmelig")]), ["a"]);
    assert!(kit.found(&scope, "Observation", &[("patient", "b")]).is_empty());
    assert!(
        kit.found(&scope, "Observation", &[("patient.identifier", &format!("{FNR}|19779998080"))])
            .is_empty()
    );
}

#[test]
fn counts_are_made_inside_the_scope() {
    let (kit, a, _) = two();
    let count = |scope: &AccessScope, query: &[(&str, &str)]| kit.search(scope, "Observation", query).total;
    let journal = testing::reader(instance(), &[a], &[Category::Journal]);
    let none = testing::reader(instance(), &[], &Category::EVERY);
    for query in [
        vec![("_summary", "count")],
        vec![("_count", "0")],
        vec![("_total", "accurate")],
        vec![("_total", "estimate"), ("_sort", "-date")],
    ] {
        assert_eq!(count(&all(), &query), Some(4), "{query:?}");
        assert_eq!(count(&over(&[a]), &query), Some(2), "{query:?}");
        assert_eq!(count(&journal, &query), Some(1), "{query:?}");
        assert_eq!(count(&none, &query), Some(0), "{query:?}");
    }
    assert_eq!(count(&over(&[a]), &[("code", "s|note"), ("_summary", "count")]), Some(1));
    assert_eq!(count(&over(&[a]), &[("code:not", "s|note"), ("_summary", "count")]), Some(1));
    assert_eq!(count(&over(&[a]), &[("date:missing", "true"), ("_summary", "count")]), Some(2));
}

#[test]
fn existence_checks_count_and_show_nothing() {
    let (kit, a, _) = two();
    let scope = testing::exists_only(&over(&[a]));
    assert_eq!(kit.search(&scope, "Observation", &[("_summary", "count")]).total, Some(2));
    let page = kit.search(&scope, "Observation", &[("_total", "accurate")]);
    assert_eq!((page.matches.len(), page.total), (0, Some(0)));
    assert_eq!(kit.index.read(&scope, rtype("Observation"), "note-a").unwrap(), Read::Absent);
    assert!(kit.of_person(&scope, a).0.is_empty());
    assert_eq!(kit.presence(&scope, a, "Observation"), (2, 0));
}

#[test]
fn history_is_judged_by_the_newest_version() {
    let (mut kit, a, b) = two();
    let observation = rtype("Observation");
    // The note moves from one patient to another: an error of the source, corrected.
    let moved = r#"{"resourceType":"Observation","id":"note-a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"}}"#;
    kit.put(&[moved]);
    let scope = over(&[a]);
    assert_eq!(kit.index.read(&scope, observation, "note-a").unwrap(), Read::Absent);
    assert_eq!(kit.index.vread(&scope, observation, "note-a", 1).unwrap(), Read::Absent);
    assert!(no_history(&kit, &scope, observation, "note-a"));
    assert_eq!(kit.found(&scope, "Observation", &[]), ["pulse-a"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[]), ["note-a", "note-b", "pulse-b"]);
    // And when it is deleted, the deletion is seen by those who saw the last content.
    kit.delete(observation, "note-b");
    assert_eq!(kit.index.read(&scope, observation, "note-b").unwrap(), Read::Absent);
    assert!(matches!(
        kit.index.read(&over(&[b]), observation, "note-b").unwrap(),
        Read::Gone { .. }
    ));
}

#[test]
fn a_category_that_may_not_be_read_is_nowhere() {
    let (kit, a, _) = two();
    let scope = testing::reader(instance(), &[a], &[Category::Maaledata]);
    assert_eq!(kit.found(&scope, "Observation", &[]), ["pulse-a"]);
    assert_eq!(kit.index.read(&scope, rtype("Observation"), "note-a").unwrap(), Read::Absent);
    assert_eq!(kit.of_person(&scope, a).0.len(), 1);
    assert_eq!(kit.presence(&scope, a, "Observation"), (1, 1));
    assert!(kit.found(&scope, "Patient", &[]).is_empty());
}

#[test]
fn a_system_sees_what_it_delivered() {
    let (mut kit, ..) = two();
    let note = r#"{"resourceType":"Observation","id":"mine","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}"#;
    kit.put_from("888888888/epj", "888888888", &[note]);
    let scope = testing::system(instance(), "888888888", "epj");
    assert_eq!(kit.found(&scope, "Observation", &[]), ["mine"]);
    assert_eq!(kit.search(&scope, "Observation", &[("_summary", "count")]).total, Some(1));
    assert_eq!(kit.index.head(&scope, rtype("Observation"), "note-a").unwrap(), None);
    assert!(kit.index.taken(&scope, rtype("Observation"), "note-a").unwrap());
}

#[test]
fn conditions_of_a_writer_are_met_inside_its_scope() {
    let (kit, ..) = two();
    let ids = |scope: &AccessScope| {
        let found = kit
            .index
            .matching(scope, &search("Observation", &[("code", "s|note")]), 10)
            .unwrap();
        found.into_iter().map(|m| m.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&all()).len(), 2);
    assert_eq!(ids(&AccessScope::import(instance(), ORGANISATION, "test")).len(), 2);
    assert!(ids(&AccessScope::import(instance(), ORGANISATION, "another")).is_empty());
    assert!(ids(&testing::system(instance(), "888888888", "epj")).is_empty());
}

#[test]
fn another_instance_has_no_way_in() {
    let (kit, ..) = two();
    let scope = testing::everything(Instance::parse("9902").unwrap(), ORGANISATION, "test");
    assert!(matches!(
        kit.index.read(&scope, rtype("Patient"), "a"),
        Err(IndexError::OtherInstance)
    ));
    assert!(matches!(
        kit.index.one_person(&scope, PersonNo(1), &[]).map(|_| ()),
        Err(IndexError::OtherInstance)
    ));
    assert!(kit.index.search(&scope, &search("Patient", &[])).is_err());
    assert!(kit.index.matching(&scope, &search("Patient", &[]), 1).is_err());
    assert!(kit.index.head(&scope, rtype("Patient"), "a").is_err());
}

#[test]
fn mention_of_another_patient_gives_nobody_access() {
    let (mut kit, a, b) = two();
    let focus = r#"{"resourceType":"Observation","id":"focus","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"focus":[{"reference":"Patient/b"}]}"#;
    kit.put(&[focus]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[]), ["note-b", "pulse-b"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &[("focus", "Patient/b")]), [""; 0]);
    assert_eq!(kit.found(&over(&[a]), "Observation", &[("focus", "Patient/b")]), ["focus"]);
}

#[test]
fn which_identities_belong_together_is_told_to_nobody_else() {
    let (mut kit, a, b) = two();
    // Of patient b, and about nobody else; measured by the owner of patient a's national number.
    kit.put(&[&format!(
        r#"{{"resourceType":"Observation","id":"by-a","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/b"}},"performer":[{{"identifier":{{"system":"{FNR}","value":"{NIN}"}}}}]}}"#
    )]);
    let query = [("performer", "Patient/a")];
    assert_eq!(kit.found(&all(), "Observation", &query), ["by-a"]);
    assert_eq!(kit.found(&over(&[a, b]), "Observation", &query), ["by-a"]);
    assert_eq!(kit.found(&over(&[b]), "Observation", &query), [""; 0]);
    assert_eq!(
        kit.found(&over(&[b]), "Observation", &[("performer:identifier", &format!("{FNR}|{NIN}"))]),
        ["by-a"]
    );
}

#[test]
fn what_is_not_seen_decides_no_match() {
    let (mut kit, a, b) = two();
    // Of patient a, but about a stay and an organisation that say more than she may be asked about.
    kit.put(&[
        r#"{"resourceType":"Observation","id":"led","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"hasMember":[{"reference":"Observation/note-b"}],"focus":[{"reference":"Patient/b"}],"device":{"identifier":{"system":"d","value":"1"}}}"#,
        r#"{"resourceType":"Observation","id":"points-at-a","status":"final","code":{"coding":[{"system":"s","code":"secret"}]},"subject":{"reference":"Patient/b"},"focus":[{"reference":"Patient/a"}],"hasMember":[{"reference":"Observation/note-a"}]}"#,
    ]);
    let chains = [
        ("Observation", "has-member.code", "s|note", "led"),
        ("Observation", "has-member:Observation.status", "final", "led"),
        ("Observation", "focus:Patient.family", "hemmelig", "led"),
        ("Observation", "focus:Patient._id", "b", "led"),
        ("Observation", "has-member.subject:Patient.family", "hemmelig", "led"),
        ("Patient", "_has:Observation:focus:code", "s|secret", "a"),
        ("Patient", "_has:Observation:focus:status", "final", "a"),
        ("Observation", "_has:Observation:has-member:code", "s|secret", "note-a"),
        ("Patient", "_has:Observation:subject:has-member.code", "s|note", "a"),
        ("Observation", "has-member._content", "final note", "led"),
        ("Observation", "has-member.code:missing", "false", "led"),
        (
            "Observation",
            "_filter",
            "has-member.code eq s|note and focus:Patient.family eq hemmelig",
            "led",
        ),
        (
            "Observation",
            "_filter",
            "subject eq Patient/b or has-member.status eq final",
            "led",
        ),
        ("Observation", "_filter", "has-member[status eq final].code eq s|note", "led"),
        ("Observation", "_filter", "focus:Patient[_id eq b].family pr true", "led"),
        ("Observation", "_filter", "has-member.code ne s|other", "led"),
        ("Patient", "_filter", "_has:Observation:focus:code eq secret", "a"),
        ("Patient", "_filter", "_has:Observation:focus:status ne x", "a"),
        ("Observation", "focus:Patient._filter", "family eq hemmelig", "led"),
        ("Patient", "_has:Observation:focus:_filter", "code eq secret", "a"),
        ("Patient", "_has:Observation:focus:_content", "secret", "a"),
        ("Patient", "_has:Observation:focus:_id", "points-at-a", "a"),
    ];
    for (name, parameter, value, id) in chains {
        for walk in [false, true] {
            kit.walk = walk;
            let query = [(parameter, value)];
            let everybody = kit.found(&all(), name, &query);
            assert!(everybody.iter().any(|found| found == id), "{parameter}: {everybody:?}");
            assert_eq!(kit.found(&over(&[a]), name, &query), [""; 0], "{parameter}");
            let counted = [(parameter, value), ("_summary", "count")];
            assert_eq!(kit.search(&over(&[a]), name, &counted).total, Some(0), "{parameter}");
            // Nor may it be excluded by what is not seen, or missed by a scope over both.
            assert_eq!(kit.found(&over(&[a, b]), name, &query), everybody, "{parameter}");
        }
    }
    kit.walk = false;
    // What is not seen is as if it were not there, also for who asks what does not meet it.
    for not in ["not(has-member.status eq final)", "not(focus:Patient.family eq hemmelig)"] {
        let ids = |scope: &AccessScope| kit.found(scope, "Observation", &[("_filter", not)]);
        assert_eq!(ids(&over(&[a])), ["led", "note-a", "pulse-a"], "{not}");
        assert!(!ids(&over(&[a, b])).contains(&"led".to_owned()), "{not}");
    }
    // A category that may not be read decides nothing either.
    let measured = testing::reader(instance(), &[a], &[Category::Person, Category::Maaledata]);
    assert_eq!(
        kit.found(&measured, "Patient", &[("_has:Observation:subject:code", "s|pulse")]),
        ["a"]
    );
    assert_eq!(
        kit.found(&measured, "Patient", &[("_has:Observation:subject:code", "s|note")]),
        [""; 0]
    );
    // What is deleted or was never here leads nowhere.
    kit.delete(rtype("Observation"), "note-b");
    assert_eq!(kit.found(&all(), "Observation", &[("has-member.code", "s|note")]), ["points-at-a"]);
    assert_eq!(kit.found(&all(), "Observation", &[("device._id", "x")]), [""; 0]);
}

#[test]
fn content_that_is_not_shown_decides_no_match() {
    let (mut kit, a, _) = two();
    kit.put(&[
        r#"{"resourceType":"Observation","id":"words","status":"final","code":{"coding":[{"display":"Puls"}]},"note":[{"text":"svimmel"}],"subject":{"reference":"Patient/a"}}"#,
    ]);
    assert_eq!(kit.found(&over(&[a]), "Observation", &[("_content", "svimmel")]), ["words"]);
    // Who may only know that something exists cannot ask what stands in it.
    let exists = testing::exists_only(&over(&[a]));
    for query in [("_content", "svimmel"), ("code:text", "puls")] {
        let counted = [query, ("_summary", "count")];
        assert_eq!(kit.search(&over(&[a]), "Observation", &counted).total, Some(1), "{query:?}");
        assert_eq!(kit.search(&exists, "Observation", &counted).total, Some(0), "{query:?}");
    }
}

#[test]
fn text_that_is_masked_decides_no_match() {
    let (mut kit, a, _) = two();
    kit.put(&[
        r#"{"resourceType":"EpisodeOfCare","id":"stay","status":"active","text":{"status":"generated","div":"<div>skjult</div>"},"type":[{"coding":[{"system":"urn:oid:2.16.578.1.12.4.1.1.9151","code":"02","display":"Opphold"}],"text":"skjult"}],"patient":{"reference":"Patient/a"}}"#,
    ]);
    let (whole, masked) = (over(&[a]), testing::without_descriptions(&over(&[a])));
    for (name, parameter, id) in [
        ("EpisodeOfCare", "_content", "stay"),
        ("EpisodeOfCare", "_text", "stay"),
        ("EpisodeOfCare", "type:text", "stay"),
        ("Patient", "_has:EpisodeOfCare:patient:type:text", "a"),
        ("Patient", "_has:EpisodeOfCare:patient:_content", "a"),
    ] {
        let query = [(parameter, "skjult")];
        assert_eq!(kit.found(&whole, name, &query), [id], "{parameter}");
        assert_eq!(kit.found(&masked, name, &query), [""; 0], "{parameter}");
    }
    assert_eq!(kit.found(&masked, "EpisodeOfCare", &[("type:text", "opphold")]), ["stay"]);
}

#[test]
fn what_is_not_seen_is_not_included() {
    let (mut kit, a, b) = two();
    kit.put(&[
        r#"{"resourceType":"Observation","id":"led","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"hasMember":[{"reference":"Observation/note-b"}],"focus":[{"reference":"Patient/b"}]}"#,
        r#"{"resourceType":"Observation","id":"points-at-a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"},"focus":[{"reference":"Patient/a"}]}"#,
    ]);
    let added = |scope: &AccessScope, name: &str, query: &[(&str, &str)]| {
        let mut ids: Vec<String> = kit.search(scope, name, query).included.into_iter().map(|v| v.id).collect();
        ids.sort();
        ids
    };
    let everything = [("_include:iterate", "*"), ("_revinclude:iterate", "*")];
    let led = [&[("_id", "led")], everything.as_slice()].concat();
    assert_eq!(added(&all(), "Observation", &led).len(), 7);
    assert_eq!(added(&over(&[a]), "Observation", &led), ["a", "note-a", "pulse-a"]);
    assert_eq!(added(&over(&[b]), "Observation", &led), [""; 0]);
    assert_eq!(added(&over(&[a]), "Patient", &everything), ["led", "note-a", "pulse-a"]);
    assert_eq!(
        added(&over(&[a]), "Observation", &[("_id", "led"), ("_include", "Observation:focus")]),
        [""; 0]
    );
    assert_eq!(added(&over(&[b]), "Patient", &[("_revinclude", "Observation:focus")]), [""; 0]);
    let measured = testing::reader(instance(), &[a], &[Category::Person, Category::Maaledata]);
    assert_eq!(added(&measured, "Patient", &everything), ["pulse-a"]);
    let exists = testing::exists_only(&over(&[a]));
    assert_eq!(added(&exists, "Patient", &everything), [""; 0]);
    let counted = [everything.as_slice(), &[("_summary", "count")]].concat();
    assert_eq!(added(&over(&[a]), "Patient", &counted), [""; 0]);
    assert_eq!(
        kit.search(&over(&[a]), "Patient", &everything).total,
        Some(1),
        "what is included is not counted"
    );
}

#[test]
fn what_is_not_seen_does_not_fill_a_page_of_included() {
    let mut kit = Kit::new();
    kit.put(&[r#"{"resourceType":"Organization","id":"o","name":"O"}"#]);
    let of = |patient: &str, n: usize| {
        format!(
            r#"{{"resourceType":"Observation","id":"{patient}-{n}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/{patient}"}},"performer":[{{"reference":"Organization/o"}}]}}"#
        )
    };
    let texts: Vec<String> = (0..600).flat_map(|n| [of("a", n), of("b", n)]).collect();
    kit.put(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let query = [("_revinclude", "Observation:performer")];
    let a = kit.person("Patient/a");
    assert_eq!(kit.search(&over(&[a]), "Organization", &query).included.len(), 600);
    let refused = kit.index.search(&all(), &search("Organization", &query)).unwrap_err();
    assert_eq!(refused.finding().unwrap().rule, "search-too-many-included");
}

#[test]
fn a_chain_that_costs_too_much_is_named() {
    let mut kit = Kit::new();
    let texts: Vec<String> = (0..300)
        .flat_map(|n| {
            [
                format!(r#"{{"resourceType":"Patient","id":"p{n}","gender":"female"}}"#),
                format!(r#"{{"resourceType":"Observation","id":"o{n}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/p{n}"}}}}"#),
            ]
        })
        .collect();
    kit.put(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let ask = |query: (&str, &str), examined: u64| {
        let limits = kilde_index::Limits {
            examined,
            ..Default::default()
        };
        let query = [(query.0.to_owned(), query.1.to_owned())];
        let (search, _) = kilde_index::Search::parse(rtype("Observation"), &query, false, limits).unwrap();
        kit.index.search(&all(), &search)
    };
    let chain = ("subject:Patient.gender", "female");
    assert_eq!(ask(chain, 10_000).unwrap().matches.len(), 50);
    let finding = ask(chain, 50).unwrap_err().finding().unwrap();
    assert_eq!((finding.rule, finding.expression.as_str()), ("search-too-costly", "http.subject"));
}

#[test]
fn values_kept_as_hashes_are_in_no_file() {
    let (mut kit, ..) = two();
    kit.put(&[&format!(
        r#"{{"resourceType":"Observation","id":"x","status":"final","code":{{"text":"x"}},"subject":{{"identifier":{{"system":"{FNR}","value":"{NIN}"}}}}}}"#
    )]);
    kit.index.flush().unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(kit.index_dir()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        seen += bytes.len();
        for secret in [NIN, "19779998080", FNR] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{secret}");
        }
    }
    assert!(seen > 1000);
}

#[test]
fn how_a_search_is_answered_is_told_to_those_who_see_everything() {
    let (kit, a, b) = two();
    let query = [("code", "s|note"), ("subject", "Patient/a"), ("_sort", "code")];
    let told = kit.index.explain_at(&all(), &search("Observation", &query), kit.now_ms).unwrap();
    let plan = &told.types[0];
    assert_eq!((plan.found, plan.order.as_slice()), (1, ["code".to_owned()].as_slice()));
    assert_eq!(plan.conditions.len(), 2);
    assert!(plan.conditions.iter().any(|c| c.drives && c.parameter == "code"), "{plan:?}");
    assert!(told.examined >= 1 && told.contents == 1, "{told:?}");
    // Lengths of lists and counts would tell of others: not to a reader of one, of both, of some categories, of its own
    // sources, nor to an existence check.
    let forbidden = [
        over(&[a]),
        over(&[a, b]),
        testing::reader(instance(), &[a], &[Category::Journal]),
        testing::system(instance(), ORGANISATION, "test"),
        testing::exists_only(&all()),
    ];
    for scope in forbidden {
        let error = kit
            .index
            .explain_at(&scope, &search("Observation", &query), kit.now_ms)
            .unwrap_err();
        assert_eq!(error.finding().unwrap().rule, "search-explain-forbidden");
        assert!(error.is_forbidden());
    }
}

#[test]
fn an_order_tells_nothing_of_what_is_not_seen() {
    let (mut kit, a, b) = two();
    kit.put(&[
        r#"{"resourceType":"Observation","id":"x","status":"final","code":{"coding":[{"code":"m"}]},"subject":{"reference":"Patient/a"},"focus":[{"reference":"Patient/b"}]}"#,
        r#"{"resourceType":"Observation","id":"y","status":"amended","code":{"coding":[{"code":"k"}]},"subject":{"reference":"Patient/a"}}"#,
    ]);
    for (sort, expected) in [
        ("code", ["y", "x", "note-a", "pulse-a"]),
        ("-code", ["pulse-a", "note-a", "x", "y"]),
        ("status,code", ["y", "x", "note-a", "pulse-a"]),
        // Whom a reference names is part of what refers.
        ("focus,code", ["x", "y", "note-a", "pulse-a"]),
    ] {
        let query = [("_sort", sort)];
        assert_eq!(kit.ids(&over(&[a]), "Observation", &query), expected, "{sort}");
        let theirs = kit.ids(&all(), "Observation", &query);
        let mine: Vec<&str> = theirs.iter().map(String::as_str).filter(|id| expected.contains(id)).collect();
        assert_eq!(mine, expected, "the same order with and without the others");
    }
    assert_eq!(
        kit.search(&over(&[b]), "Observation", &[("_sort", "focus"), ("_summary", "count")])
            .total,
        Some(2)
    );
}

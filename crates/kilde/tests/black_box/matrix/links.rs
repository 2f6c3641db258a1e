//! What was given out before access changed: links to pages, and exports.

use super::rules::{adopt, agreement, forbidding};
use super::world::{MARKS, Marked};
use crate::citizen::someone::BASE;
use crate::client::{Answer, Client, FNR, NOBODY, encode};
use crate::server::{Kilde, shared};
use serde_json::json;

/// Nothing of what is kept stands in an answer.
#[track_caller]
fn without(answer: &Answer, letters: &str) {
    let text = answer.everything();
    for (letter, mark) in MARKS {
        assert!(!letters.contains(letter) || !text.contains(mark), "{mark} in {}", answer.start());
    }
}

/// Links to second pages.
fn links(client: &Client, patient: &str) -> Vec<String> {
    let paths = [
        "Observation?_count=1".to_owned(),
        "Observation?_count=1&_sort=-date".to_owned(),
        "Observation?_count=1&_include=Observation:derived-from&_total=accurate".to_owned(),
        "?_type=Observation,EpisodeOfCare,Composition,List&_count=1".to_owned(),
        "_history?_count=1".to_owned(),
        "Observation/_history?_count=1".to_owned(),
        format!("Patient/{patient}/$everything?_count=1"),
        format!("Patient/{patient}/*?_count=1"),
    ];
    // Who must name a patient gets no answer to the others.
    let next = |path: &String| {
        let answer = client.get(&format!("{BASE}/{path}"));
        (answer.status == 200).then(|| answer.next()).flatten()
    };
    paths.iter().filter_map(next).collect()
}

#[test]
fn a_page_link_shows_what_may_be_seen_when_it_is_followed() {
    let her = Marked::new(shared(), 156, true);
    let nurse = her.attested("sykepleier-legevakt-nordvik");
    let all = links(&nurse, &her.patient);
    assert!(all.len() > 5, "{all:?}");
    let block = her.block(json!({ "category": "journal" }), false);
    for first in &all {
        let mut link = Some(first.clone());
        while let Some(path) = link {
            let page = nurse.get(&path).expect(200);
            without(&page, "JC");
            link = page.next();
        }
    }
    her.lift(&block);
    // A proxy that is withdrawn between two pages ends with it.
    let given = her.proxy(&["maaledata", "journal", "person"]);
    let acting = shared().who(&format!("verge-{}", her.nin));
    let all = links(&acting, &her.patient);
    assert!(!all.is_empty());
    her.lift(&given);
    for link in &all {
        let page = acting.get(link);
        page.refused(403, "proxy_not_registered");
        without(&page, "PMJTCD");
    }
}

#[test]
fn a_page_link_ends_with_what_it_was_given_for() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let kilde = Kilde::start(&place.path().join("data"));
    let her = Marked::at(&kilde, 180, true, "399901030", false);
    let nurse = || her.attested("sykepleier-legevakt-nordvik");
    let neighbour = her.attested("sykepleier-dalfjord");
    let home = kilde.who("hjemmesykepleier-nordvik").variant("no-attestation");
    let refused = |reader: &Client, links: &[String], code: &str| {
        let mut ended = 0;
        for link in links {
            let page = reader.get(link);
            without(&page, "PMJTCDA");
            // What is about nobody is no question of need.
            if page.status != 200 {
                page.refused(403, code);
                ended += 1;
            }
        }
        assert!(ended > 1, "{code}: {links:?}");
    };
    // The attestation has run out between two pages.
    let all = links(&nurse(), &her.patient);
    refused(&nurse().variant("attestation-expired"), &all, "attestation_has_expired");
    // The relation has ended.
    let all = links(&home, &her.patient);
    for id in [&her.service, &her.coercion] {
        let path = format!("{BASE}/EpisodeOfCare/{id}");
        let source = kilde.who("epj-nordvik");
        let mut episode = source.get(&path).expect(200).json();
        episode["status"] = json!("finished");
        episode["period"]["end"] = json!("2026-01-01");
        source.put(&path, &episode).expect(200);
    }
    refused(&home, &all, "attestation_missing");
    // The agreement is over.
    adopt(&kilde, &given("legevakt", ""));
    let all = links(&neighbour, &her.patient);
    adopt(&kilde, &given("legevakt", "from = \"2020-01-01\"\nto = \"2021-01-01\""));
    refused(&neighbour, &all, "agreement_ended");
    // The municipality lets nobody at work read any more.
    let all = links(&nurse(), &her.patient);
    adopt(&kilde, &forbidding("", "context.aboutPerson"));
    refused(&nurse(), &all, "own_rule");
}

/// An agreement with the neighbours.
fn given(unit: &str, period: &str) -> String {
    let every = r#"categories = ["journal", "tjenester", "maaledata", "person", "administrativt"]"#;
    agreement("399902002", unit, &format!("{every}\n{period}"))
}

#[test]
fn a_page_link_is_good_for_nobody_else_and_cannot_be_made() {
    let her = Marked::new(shared(), 157, true);
    let neighbour = Marked::new(shared(), 158, false);
    let nurse = her.attested("sykepleier-legevakt-nordvik");
    let all = links(&nurse, &her.patient);
    let thieves = [
        neighbour.attested("sykepleier-legevakt-nordvik"),
        neighbour.citizen(),
        shared().who("tavle-nordvik"),
        shared().who("drift"),
        her.attested("sykepleier-dalfjord"),
        her.attested("sykepleier-legevakt-nordvik")
            .purpose("ETREAT")
            .reason("Funnet bevisstløs"),
    ];
    for link in &all {
        for thief in &thieves {
            let answer = thief.get(link);
            // Refused, or as if there were nothing of the kind.
            assert!(matches!(answer.status, 400 | 403 | 404), "{}: {}", answer.status, answer.start());
            without(&answer, "PMJTCD");
        }
        // A changed letter, another path, another kind of page.
        let (path, cursor) = link.split_once("_cursor=").expect("a cursor");
        let mut letters = cursor.as_bytes().to_vec();
        let at = letters.len() / 3;
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        let forged = [
            format!("{path}_cursor={}", String::from_utf8_lossy(&letters)),
            format!("{BASE}/Condition?_cursor={cursor}"),
            format!("{BASE}/Condition/_history?_cursor={cursor}"),
            format!("{BASE}/Patient/{NOBODY}/*?_cursor={cursor}"),
        ];
        for forged in forged {
            let answer = nurse.get(&forged);
            assert!(matches!(answer.status, 400 | 403 | 404), "{forged}: {}", answer.start());
            without(&answer, "PMJTCD");
        }
    }
}

#[test]
fn an_export_is_judged_when_it_is_asked_for_looked_at_and_fetched() {
    let her = Marked::new(shared(), 159, true);
    let path = format!(
        "{BASE}/Patient/$export?_type=Observation,Patient&_typeFilter={}",
        encode(&format!("Observation?subject=Patient/{0},Patient?_id={0}", her.patient))
    );
    let begin = |client: &Client| {
        let ask = client.ask("GET", &path).header("accept", "application/fhir+json");
        ask.header("prefer", "respond-async").send()
    };
    // Nobody but a registered system.
    for client in [
        her.attested("lege-legevakt-nordvik"),
        her.citizen(),
        shared().who("personvernombud-nordvik"),
        shared().who("drift"),
        shared().who("sykepleier-dalfjord"),
    ] {
        let answer = begin(&client);
        assert_eq!(answer.status, 403, "{}", answer.start());
        without(&answer, "PMJTCD");
    }
    let system = shared().who("epj-nordvik");
    let begun = begin(&system).expect(202);
    let local = |url: &str| url[url.find("/99").expect("a path")..].to_owned();
    let status = local(begun.header("content-location"));
    let manifest = loop {
        let answer = system.get(&status);
        if answer.status == 200 {
            break answer.json();
        }
        assert_eq!(answer.status, 202, "{}", answer.start());
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let files: Vec<String> = manifest["output"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| local(file["url"].as_str().expect("a url")))
        .collect();
    let fetch = |client: &Client, path: &str| client.ask("GET", path).header("accept", "application/fhir+ndjson").send();
    let all = || files.iter().map(|file| fetch(&system, file).expect(200).text()).collect::<String>();
    assert!(all().contains("Merkejournal") && all().contains("Merkemaaling"));
    // Somebody else's job is as one that never was.
    let id = status.rsplit('/').next().expect("an id");
    for thief in ["tavle-nordvik", "vkp"] {
        let thief = shared().who(thief);
        for job in std::iter::once(&status).chain(&files) {
            let (answer, nobodys) = (fetch(&thief, job), fetch(&thief, &job.replace(id, NOBODY)));
            assert_eq!((answer.status, answer.text()), (nobodys.status, nobodys.text()), "{job}");
            assert!(answer.status >= 400);
        }
        let cancel = |path: &str| thief.ask("DELETE", path).send().status;
        assert_eq!(cancel(&status), cancel(&status.replace(id, NOBODY)));
    }
    // What is blocked between the promise and the fetching is not fetched.
    let block = her.block(json!({ "category": "journal" }), true);
    assert!(!all().contains("Merkejournal") && all().contains("Merkemaaling"));
    her.lift(&block);
    her.block(json!("everything"), false);
    let rest = all();
    assert!(MARKS.iter().all(|(_, mark)| !rest.contains(mark)), "{rest}");
    system.ask("DELETE", &status).send().expect(202);
    assert_eq!(fetch(&system, &files[0]).status, 404);
    assert!(!manifest.to_string().contains(FNR));
}

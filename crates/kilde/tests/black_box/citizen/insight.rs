//! Insight: everything about her, for programs and for people.

use super::someone::{BASE, BLOCKS, LOG, Someone, stranger};
use crate::client::{FNR, SOLVEIG, eleven_digits};
use crate::server::shared;
use serde_json::{Value, json};

const INSIGHT: &str = "/9901/innbygger/innsyn";

#[test]
fn everything_about_her_as_bundle_lines_and_page() {
    let her = Someone::new(shared(), 126);
    // She measured it herself, and one has markup in it.
    let subject = json!({ "reference": format!("Patient/{}", her.patient) });
    let own = json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "Puls <b>&" }, "subject": subject, "performer": [subject],
        "valueQuantity": { "value": 64, "unit": "/min" }
    });
    let own = her.kilde.who("vkp").post(&format!("{BASE}/Observation"), &own).expect(201).json();
    let own = own["id"].as_str().expect("an id");
    let bundle = her.citizen().get(INSIGHT).expect(200);
    assert!(bundle.header("content-type").starts_with("application/fhir+json"));
    let bundle = bundle.json();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    let entries = bundle["entry"].as_array().expect("entries");
    let ids: Vec<&str> = entries.iter().filter_map(|e| e["resource"]["id"].as_str()).collect();
    assert_eq!(ids.len(), 5);
    for id in [&her.patient, &her.pulse, &her.note, &her.service] {
        assert!(ids.contains(&id.as_str()));
    }
    let marked: Vec<&Value> = entries.iter().filter(|e| e["extension"][0]["valueBoolean"] == true).collect();
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0]["resource"]["id"], own);

    let ask = |accept: &str| her.citizen().ask("GET", INSIGHT).header("accept", accept).send();
    let lines = ask("application/fhir+ndjson").expect(200);
    assert_eq!(lines.header("content-type"), "application/fhir+ndjson");
    assert_eq!(
        lines
            .text()
            .lines()
            .filter(|line| serde_json::from_str::<Value>(line).is_ok())
            .count(),
        5
    );

    her.block(json!("everyone"), json!({ "category": "journal" }), false);
    let page = her
        .citizen()
        .ask("GET", INSIGHT)
        .header("accept", "text/html")
        .header("accept-language", "nn")
        .send()
        .expect(200);
    let text = page.text();
    assert!(page.header("content-type").starts_with("text/html") && page.header("content-security-policy").contains("default-src 'none'"));
    for part in [
        "lang=\"nn\"",
        "width=device-width",
        "@media print",
        "Siv Sperresen",
        "frå deg sjølv",
        "Puls &lt;b&gt;&amp;",
        "hemmelighet",
        "Sperra for alle",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script") && !text.contains("<b>&"));
    assert!(eleven_digits(&text).is_empty(), "the page shows no national id: {text}");
    for (language, title) in [
        ("nb", "Alt som er registrert om deg"),
        ("en", "Everything that is registered about you"),
    ] {
        let page = her
            .citizen()
            .ask("GET", &format!("{INSIGHT}?_format=html"))
            .header("accept-language", language)
            .send()
            .expect(200);
        assert!(page.text().contains(title));
    }
    ask("image/png").refused(406, "insight-format");
    let log = her.citizen().get(LOG).expect(200).text();
    assert!(log.contains("Deg selv"), "{log}");
}

#[test]
fn insight_is_ones_own() {
    let her = Someone::new(shared(), 127);
    for client in [her.nurse(), her.kilde.who("epj-nordvik"), her.kilde.who("drift")] {
        let answer = client.get(INSIGHT);
        assert!(
            matches!(answer.status, 403 | 404) && !answer.text().contains(&her.note),
            "{}",
            answer.start()
        );
    }
    her.kilde
        .who(&format!("verge-{}", her.nin))
        .get(INSIGHT)
        .refused(403, "proxy_not_registered");
    let nobody = her.kilde.who(&format!("innbygger-{}", stranger(128)));
    assert_eq!(nobody.get(INSIGHT).expect(200).json()["entry"], Value::Null);
    assert!(
        nobody
            .ask("GET", INSIGHT)
            .header("accept", "text/html")
            .send()
            .expect(200)
            .text()
            .contains("Ingenting er registrert om deg her.")
    );
    let another = her.kilde.who(&format!("innbygger-{SOLVEIG}")).get(INSIGHT).expect(200).text();
    assert!(!another.contains(&her.patient) && another.contains(FNR));
    // A block keeps others out, not herself.
    her.citizen()
        .post(BLOCKS, &json!({ "against": "everyone", "covers": "everything" }))
        .expect(201);
    assert_eq!(
        her.citizen().get(INSIGHT).expect(200).json()["entry"].as_array().map(Vec::len),
        Some(4)
    );
}

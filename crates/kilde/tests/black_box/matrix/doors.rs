//! The doors: requests with places for the ids of one citizen. What is asked of her is asked of nobody, too.

use super::world::Marked;
use crate::citizen::someone::{BASE, stranger};
use crate::client::{Answer, Client, FNR, FORM, NOBODY, encode, parameters};
use serde_json::{Value, json};

/// What a request is made of. `{PATIENT}` and the like stand for her ids, `{NIN}` for her national id.
#[derive(Debug, Clone)]
pub struct Door {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<(&'static str, String)>,
    /// Whether it names her or hers, so that it can be asked of nobody instead.
    pub names: bool,
}

impl Door {
    fn get(path: &str) -> Door {
        Door {
            method: "GET",
            path: format!("{BASE}/{path}"),
            headers: Vec::new(),
            body: None,
            names: path.contains('{'),
        }
    }

    fn send(method: &'static str, path: &str, body: &Value) -> Door {
        let body = body.to_string();
        // A body's own braces stand for nothing.
        Door {
            method,
            names: path.contains('{') || ["{PATIENT}", "{NOTE}", "{NIN}", "{PULSE}"].iter().any(|n| body.contains(n)),
            body: Some((crate::client::FHIR, body)),
            ..Door::get(path)
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Door {
        self.names = self.names || value.contains('{');
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The address that a link to a next page names.
    pub fn next(path: &str) -> Door {
        Door {
            path: path.to_owned(),
            names: false,
            ..Door::get("")
        }
    }

    /// The national id that nobody has here. What was written about him for comparing makes him somebody, so it is another when something is written.
    pub fn nobody(&self) -> String {
        let writes = self.headers.iter().any(|(name, _)| *name == "if-none-exist")
            || matches!(self.method, "PUT" | "PATCH" | "DELETE")
            || self
                .body
                .as_ref()
                .is_some_and(|(_, body)| body.contains("\"Observation\",\"status\"") || body.contains("DELETE"));
        stranger(if writes { 199 } else { 197 })
    }

    /// Whether it asks if there is something, never what.
    pub fn asks_whether(&self) -> bool {
        self.path.ends_with("$status") || self.path.contains("/okt-status/")
    }

    /// The kind of information that its answer tells of by a number alone: that there is something, or that what was searched for was found.
    pub fn tells_by_a_number(&self, answer: &Answer) -> Option<char> {
        if answer.status != 200 {
            return None;
        }
        let text = answer.text();
        if self.asks_whether() {
            let some = text.contains("\"valueBoolean\":true") || (text.starts_with("{\"count\":") && text != "{\"count\":0}");
            return some.then_some('E');
        }
        let probe = |(letter, word): (char, &str)| self.path.contains(word).then_some(letter);
        let counted = self.path.contains("_summary=count") && answer.json()["total"].as_u64().is_some_and(|total| total > 0);
        let probes = [('J', "=merkejourna"), ('A', "=merkested"), ('P', "=merkeperso")];
        probes.into_iter().find_map(probe).filter(|_| counted)
    }

    /// Whether it would make something under an id of the asker's choice, or about a patient by one.
    pub fn chooses(&self) -> bool {
        let body = self.body.as_ref().map_or("", |(_, body)| body);
        (self.method == "PUT" && !self.path.contains('?')) || body.contains("\"PUT\"") || body.contains("Patient/{PATIENT}")
    }

    /// As it is asked of her, or of nobody.
    pub fn ask(&self, client: &Client, fill: &dyn Fn(&str) -> String) -> Answer {
        let mut ask = client.ask(self.method, &fill(&self.path));
        for (name, value) in &self.headers {
            ask = ask.header(name, &fill(value));
        }
        if let Some((kind, body)) = &self.body {
            ask = ask.body(kind, &fill(body));
        }
        let answer = ask.send();
        // What an export promises is in its files.
        if answer.status == 202 && self.path.contains("$export") {
            return exported(client, &answer);
        }
        answer
    }
}

/// The manifest of an export that was taken on, and behind it the lines of all its files; the job is taken away afterwards.
pub fn exported(client: &Client, begun: &Answer) -> Answer {
    let local = |url: &str| url[url.find("/99").expect("a path")..].to_owned();
    let status = local(begun.header("content-location"));
    let mut manifest = client.get(&status);
    while manifest.status == 202 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        manifest = client.get(&status);
    }
    if manifest.status == 200 {
        let output = manifest.json()["output"].clone();
        for file in output.as_array().expect("files") {
            let url = local(file["url"].as_str().expect("a url"));
            let lines = client
                .ask("GET", &url)
                .header("accept", "application/fhir+ndjson")
                .send()
                .expect(200);
            manifest.body.extend(lines.body);
        }
        client.ask("DELETE", &status).send().expect(202);
    }
    manifest
}

/// A query within a query; the places for her ids stay.
fn encoded(query: &str) -> String {
    encode(query).replace("%7B", "{").replace("%7D", "}")
}

/// Her names in a text.
pub fn hers(her: &Marked<'_>, text: &str) -> String {
    let number = her_number(her);
    text.replace("{PATIENT}", &her.patient)
        .replace("{PULSE}", &her.pulse)
        .replace("{NOTE}", &her.note)
        .replace("{SERVICE}", &her.service)
        .replace("{COERCION}", &her.coercion)
        .replace("{DOCUMENT}", &her.document)
        .replace("{LIST}", &her.list)
        .replace("{NIN}", &her.nin)
        .replace("{NUMBER}", &number)
}

/// The number in her identifiers.
fn her_number(her: &Marked<'_>) -> String {
    (0..200).find(|n| stranger(*n) == her.nin).map_or(String::new(), |n| n.to_string())
}

/// The same about nobody.
pub fn nobodys(text: &str, nin: &str) -> String {
    let ids = ["{PATIENT}", "{PULSE}", "{NOTE}", "{SERVICE}", "{COERCION}", "{DOCUMENT}", "{LIST}"];
    let text = ids.iter().fold(text.to_owned(), |text, id| text.replace(id, NOBODY));
    text.replace("{NIN}", nin).replace("{NUMBER}", "nobody")
}

/// An answer without what repeats the request: for comparing.
pub fn plain(her: &Marked<'_>, answer: &Answer, nin: &str) -> String {
    let mut text = answer.text().replace("%2D", "-");
    for id in [
        &her.patient,
        &her.pulse,
        &her.note,
        &her.service,
        &her.coercion,
        &her.document,
        &her.list,
    ] {
        text = text.replace(id.as_str(), NOBODY);
    }
    let headers: Vec<String> = [
        "etag",
        "last-modified",
        "content-type",
        "allow",
        "retry-after",
        "kilde-withheld",
        "www-authenticate",
    ]
    .iter()
    .map(|name| format!("{name}: {}", answer.header(name)))
    .collect();
    let number = format!("-{}", her_number(her));
    format!(
        "{} {}\n{}",
        answer.status,
        headers.join(" "),
        text.replace(&her.nin, nin).replace(&format!("note{number}"), "note-nobody")
    )
}

fn heart_rate(subject: Value) -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "subject": subject,
        "code": { "coding": [{ "system": "http://loinc.org", "code": "8867-4" }] },
        "effectiveDateTime": "2026-11-22T10:00:00Z",
        "valueQuantity": { "value": 70, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min" }
    })
}

/// Doors that only let look.
pub fn reading() -> Vec<Door> {
    let mut all: Vec<Door> = [
        "Patient/{PATIENT}",
        "Observation/{PULSE}",
        "Observation/{NOTE}",
        "EpisodeOfCare/{SERVICE}",
        "EpisodeOfCare/{COERCION}",
        "Composition/{DOCUMENT}",
        "Observation/{NOTE}/_history/1",
        "Observation/{NOTE}/_history/2",
        "Observation/{NOTE}/_history/99",
        "Observation/{NOTE}/_history",
        "Patient/{PATIENT}/_history",
        "EpisodeOfCare/{SERVICE}/_history",
        "Observation/_history?_count=1000",
        "_history?_count=1000",
        "_history?_count=3",
        "Patient",
        "Observation?_count=200",
        "EpisodeOfCare?_count=200",
        "?_type=Observation,Patient,List,Composition&_count=200",
        "Observation?_id={NOTE}",
        "Observation?_id={NOTE},{PULSE}&_sort=-date",
        "Observation?_id={NOTE}&_summary=count",
        "Observation?_id={NOTE}&_summary=true",
        "Observation?_id={NOTE}&_elements=value",
        "Observation?patient=Patient/{PATIENT}",
        "Observation?subject={PATIENT}&_total=accurate&_count=1",
        "Observation?_filter=_id%20eq%20{NOTE}",
        "Observation?derived-from=Observation/{PULSE}",
        "Observation?derived-from.code=8867-4&_id={NOTE}",
        "Observation?_has:Observation:derived-from:_id={NOTE}",
        "Observation?_list={LIST}",
        "Observation?subject:Patient.family=merkeperso",
        "Patient?_has:Observation:subject:_id={NOTE}",
        "Patient?_has:Observation:subject:value-string=merkejourna&_summary=count",
        "Patient?family=merkeperso&_summary=count",
        "Patient?address=merkested&_summary=count",
        "Observation?value-string=merkejourna&_summary=count",
        "Observation?subject:Patient.address=merkested&_summary=count",
        "Patient?address=merkested",
        "Observation?value-string=merkejourna",
        "Observation?_content=merkejournal",
        "Observation?_id={NOTE}&_include=Observation:subject&_include=Observation:derived-from",
        "Patient?_id={PATIENT}&_revinclude=Observation:subject&_revinclude:iterate=List:item",
        "EpisodeOfCare?_include=EpisodeOfCare:patient",
        "List?_include=List:item",
        "Patient/{PATIENT}/$everything?_count=200",
        "Patient/{PATIENT}/Observation",
        "Patient/{PATIENT}/*",
        "Composition/{DOCUMENT}/$document",
        "Observation/{NOTE}/$validate",
        "Observation/{NOTE}/$validate?mode=delete",
        "Observation/{NOTE}/$meta",
        "Observation/$meta",
        "Provenance?target=Observation/{NOTE}",
        "Group/{PATIENT}/$export",
        "Patient/$export",
        "Observation?_count=1&_sort=-date",
    ]
    .into_iter()
    .map(Door::get)
    .collect();
    let of_her = [
        "Patient?_id={PATIENT}",
        "Observation?subject=Patient/{PATIENT}",
        "EpisodeOfCare?patient=Patient/{PATIENT}",
    ];
    for export in ["$export", "Patient/$export"] {
        let path = format!(
            "{export}?_type=Patient,Observation,EpisodeOfCare&_typeFilter={}",
            of_her.map(encoded).join(",")
        );
        all.push(Door::get(&path).with("prefer", "respond-async").with("accept", crate::client::FHIR));
    }
    let mut form = Door::get("Observation/_search");
    form.method = "POST";
    form.names = true;
    form.body = Some((FORM, format!("subject:identifier={}", encode(&format!("{FNR}|")) + "{NIN}")));
    all.push(form);
    for operation in ["$overview", "$status"] {
        all.push(Door::send("POST", operation, &parameters("{NIN}", None)));
    }
    for path in ["okt-events", "okt-status"] {
        all.push(Door {
            path: format!("/9901/okt/v1/{path}/{{NIN}}"),
            names: true,
            ..Door::get("")
        });
    }
    for kind in ["batch", "transaction"] {
        let read = |url: &str| json!({ "request": { "method": "GET", "url": url } });
        let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": [
            read("Observation/{NOTE}"), read("Observation?_id={NOTE}"), read("Patient/{PATIENT}/_history")
        ] });
        all.push(Door::send("POST", "", &bundle));
    }
    all
}

/// Doors that would change something, each with something that must not be found.
pub fn writing() -> Vec<Door> {
    let subject = json!({ "type": "Patient", "identifier": { "system": FNR, "value": "{NIN}" } });
    let patch = json!([{ "op": "replace", "path": "/status", "value": "final" }]);
    let with_id = |id: &str| {
        let mut all = heart_rate(subject.clone());
        all["id"] = json!(id);
        all
    };
    let entry = |method: &str, url: &str, resource: Option<Value>| {
        let mut entry = json!({ "request": { "method": method, "url": url } });
        if let Some(resource) = resource {
            entry["resource"] = resource;
        }
        json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] })
    };
    let condition = "identifier=https%3A%2F%2Fexample.org%2Fmatrix%7Cnote-{NUMBER}";
    let mut patched = Door::send("PATCH", "Observation/{NOTE}", &patch);
    patched.body = Some(("application/json-patch+json", patch.to_string()));
    vec![
        Door::send("POST", "Observation", &heart_rate(subject.clone())).with("if-none-exist", "_id={NOTE}"),
        Door::send("POST", "Observation", &heart_rate(subject.clone())).with("if-none-exist", condition),
        Door::send("PUT", "Observation/{NOTE}", &with_id("{NOTE}")),
        Door::send("PUT", "Observation/{NOTE}", &with_id("{NOTE}")).with("if-match", "W/\"1\""),
        Door::send("PUT", &format!("Observation?{condition}"), &heart_rate(subject.clone())),
        patched,
        Door {
            method: "DELETE",
            ..Door::get("Observation/{NOTE}")
        },
        Door {
            method: "DELETE",
            ..Door::get(&format!("Observation?{condition}"))
        },
        Door::send("POST", "Observation", &heart_rate(json!({ "reference": "Patient/{PATIENT}" }))),
        Door::send("POST", "", &entry("DELETE", "Observation/{NOTE}", None)),
        Door::send("POST", "", &entry("PUT", "Observation/{NOTE}", Some(with_id("{NOTE}")))),
        Door::send(
            "POST",
            "",
            &entry(
                "POST",
                "Observation",
                Some(heart_rate(json!({ "reference": format!("Patient?identifier={FNR}|{{NIN}}") }))),
            ),
        ),
    ]
}

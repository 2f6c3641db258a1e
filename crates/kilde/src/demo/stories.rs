//! Two stories as real HTTP calls: what is asked, by whom and why, what is answered, and who else may see it.

use crate::holder::{Asking, Holder};
use serde_json::{Value, json};

/// The old man with dementia.
pub const OLAV: &str = "11833810555";
/// The patient on the acute ward.
const SOLVEIG: &str = "04894610447";
const FNR: &str = "urn:oid:2.16.578.1.12.4.1.4.1";
const DNR: &str = "urn:oid:2.16.578.1.12.4.1.4.2";

/// Tells both stories, then who is refused, then what the citizen sees.
pub async fn tell(url: &str) -> anyhow::Result<()> {
    let teller = Teller { url };
    teller.decision().await?;
    teller.vital_signs().await?;
    teller.refusals().await?;
    teller.citizen().await
}

struct Teller<'a> {
    url: &'a str,
}

fn heading(text: &str) {
    println!("\n\x1b[1m{text}\x1b[0m");
}

impl Teller<'_> {
    fn as_persona(&self, persona: &str, patient: Option<&str>) -> Asking {
        Asking {
            persona: persona.to_owned(),
            patient: patient.map(str::to_owned),
            ..Asking::default()
        }
    }

    async fn post(&self, asking: Asking, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        show("POST", &asking, path);
        Holder::new(self.url, asking)?.post(path, body).await
    }

    async fn get(&self, asking: Asking, path: &str) -> anyhow::Result<(u16, Value)> {
        show("GET", &asking, path);
        Holder::new(self.url, asking)?.get(path).await
    }

    async fn overview(&self, asking: Asking, nin: &str, service: &str) -> anyhow::Result<()> {
        let (status, answer) = self
            .post(asking, "/9901/fhir/r4/$overview", &parameters(nin, Some(service)))
            .await?;
        print_overview(status, &answer);
        Ok(())
    }

    /// Story (a).
    async fn decision(&self) -> anyhow::Result<()> {
        heading("(a) A decision becomes visible: Olav Nygård, 88, dementia, lives alone");
        let event = json!({
            "personIdentifier": OLAV,
            "oktMessages": [{
                "startDate": "2026-11-22", "endDate": "", "needsCaption": false, "temporaryCessation": false,
                "serviceLevel": "Hjemmetjenesten i Nordvik, sone Nord", "weeklyExtent": "30 minutter", "stayType": "",
                "serviceDescription": "Tilsyn på natt, hver natt. Nøkkelboks ved inngangen.",
                "iplosCode": { "iplosCodeLevel": "1", "iplosCodeValue": "15", "iplosParentCode": "0",
                               "iplosCodeDescription": "Helsetjenester i hjemmet" }
            }]
        });
        println!("The case worker's journal delivers a new decision: night visits.");
        let (status, _) = self
            .post(
                self.as_persona("saksbehandler-nordvik", Some(OLAV)),
                "/9901/okt/v1/okt-events",
                &event,
            )
            .await?;
        println!("  <- {status}: acknowledged, that is durable and visible");
        self.who_may_see(OLAV, "okt").await?;
        println!("The triage nurse at the emergency clinic, with Olav in front of her:");
        self.overview(self.as_persona("sykepleier-legevakt-nordvik", Some(OLAV)), OLAV, "okt")
            .await?;
        println!("The physician on duty has the same in front of him:");
        self.overview(self.as_persona("lege-legevakt-nordvik", Some(OLAV)), OLAV, "okt")
            .await?;
        println!("The municipal physiotherapist sees that there is help, not how it is described:");
        self.overview(self.as_persona("fysioterapeut-nordvik", Some(OLAV)), OLAV, "okt")
            .await
    }

    /// Story (b).
    async fn vital_signs(&self) -> anyhow::Result<()> {
        heading("(b) Measured once, seen where it is needed: Solveig Berg, 80, on the acute ward");
        println!("The nurse registers vital signs on the ward board.");
        let asking = self.as_persona("sykepleier-kad-nordvik", Some(SOLVEIG));
        let (status, _) = self.post(asking, "/9901/fhir/r4", &vital_signs()).await?;
        println!("  <- {status}: one event, seven observations");
        self.who_may_see(SOLVEIG, "maaledata").await?;
        println!("The physician at the emergency clinic sees score, parts, trend and her usual score:");
        self.overview(self.as_persona("lege-legevakt-nordvik", Some(SOLVEIG)), SOLVEIG, "maaledata")
            .await
    }

    /// Asks as each of them, and prints a line each: nothing here is known beforehand.
    async fn who_may_see(&self, nin: &str, service: &str) -> anyhow::Result<()> {
        println!("  Who may see it now:");
        let citizen = format!("innbygger-{nin}");
        for (who, persona, patient) in [
            ("triage nurse, emergency clinic", "sykepleier-legevakt-nordvik", Some(nin)),
            ("nurse, acute ward", "sykepleier-kad-nordvik", Some(nin)),
            ("nurse, home care", "hjemmesykepleier-nordvik", Some(nin)),
            ("physiotherapist", "fysioterapeut-nordvik", Some(nin)),
            ("the citizen", &citizen, None),
            ("nurse, other municipality", "sykepleier-dalfjord", Some(nin)),
            ("operator of the platform", "drift", None),
        ] {
            let holder = Holder::new(self.url, self.as_persona(persona, patient))?;
            let (status, answer) = holder.post("/9901/fhir/r4/$overview", &parameters(nin, Some(service))).await?;
            println!("     {who:<32} {}", reach(status, &answer));
        }
        Ok(())
    }

    async fn refusals(&self) -> anyhow::Result<()> {
        heading("Who is refused, and why");
        let overview = parameters(OLAV, None);
        let path = "/9901/fhir/r4/$overview";
        let mut expired = self.as_persona("sykepleier-legevakt-nordvik", Some(OLAV));
        expired.variant = Some("attestation-expired".to_owned());
        let mut break_glass = self.as_persona("lege-legevakt-nordvik", Some(OLAV));
        break_glass.purpose = Some("ETREAT".to_owned());
        for (who, asking) in [
            (
                "A nurse of another municipality",
                self.as_persona("sykepleier-dalfjord", Some(OLAV)),
            ),
            ("An operator of the platform", self.as_persona("drift", None)),
            ("An attestation more than an hour old", expired),
            (
                "An attestation for another patient",
                self.as_persona("sykepleier-legevakt-nordvik", Some(SOLVEIG)),
            ),
            ("An emergency without a reason in words", break_glass),
            ("Another citizen", self.as_persona("innbygger-02887910416", None)),
        ] {
            println!("{who}:");
            let (status, answer) = self.post(asking, path, &overview).await?;
            println!("  <- {status} {}", refusal(&answer));
        }
        Ok(())
    }

    async fn citizen(&self) -> anyhow::Result<()> {
        heading("What Olav (or his proxy) sees: who has looked");
        let (status, page) = self
            .get(
                self.as_persona(&format!("innbygger-{OLAV}"), None),
                "/9901/innbygger/tilgangslogg?limit=20",
            )
            .await?;
        println!("  <- {status}");
        for entry in page["entries"].as_array().into_iter().flatten() {
            let text = |name: &str| entry[name].as_str().unwrap_or("").to_owned();
            let role = [text("role"), text("workplace")]
                .into_iter()
                .filter(|t| !t.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            let role = if role.is_empty() { role } else { format!(" ({role})") };
            println!("     {}  {}{role}", text("when"), text("who"));
            println!("        {}. {}", text("what"), text("why"));
        }
        Ok(())
    }
}

fn show(method: &str, asking: &Asking, path: &str) {
    let patient = asking
        .patient
        .as_deref()
        .map_or(String::new(), |_| ", attested for the patient".to_owned());
    let purpose = asking.purpose.as_deref().map_or(String::new(), |p| format!(", {p}"));
    println!("  -> {method} {path}   as {}{patient}{purpose}", asking.persona);
}

fn system(nin: &str) -> &'static str {
    if nin.as_bytes().first().is_some_and(|b| *b >= b'4') {
        DNR
    } else {
        FNR
    }
}

fn parameters(nin: &str, service: Option<&str>) -> Value {
    let mut parameter = vec![json!({ "name": "patient", "valueIdentifier": { "system": system(nin), "value": nin } })];
    if let Some(service) = service {
        parameter.push(json!({ "name": "service", "valueCode": service }));
    }
    json!({ "resourceType": "Parameters", "parameter": parameter })
}

fn refusal(answer: &Value) -> String {
    let details = &answer["issue"][0]["details"];
    let english = &details["_text"]["extension"][0]["extension"][1]["valueString"];
    format!(
        "{}: {}",
        details["coding"][0]["code"].as_str().unwrap_or(""),
        english.as_str().unwrap_or("")
    )
}

/// What an answer lets its reader see, in a line.
fn reach(status: u16, answer: &Value) -> String {
    if status != 200 {
        return format!("no   ({})", refusal(answer));
    }
    let section = &answer["entry"][0]["resource"]["section"][0];
    let shown = section["entry"].as_array().map_or(0, Vec::len);
    match section["emptyReason"]["coding"][0]["code"].as_str() {
        Some(reason) => format!("no content ({reason})"),
        None if has_tag(answer, "SUBSETTED") => format!("yes  ({shown} resources, without descriptions)"),
        None => format!("yes  ({shown} resources)"),
    }
}

/// Whether any resource of the bundle carries the tag.
fn has_tag(bundle: &Value, code: &str) -> bool {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let mut tags = entries.flat_map(|e| e["resource"]["meta"]["tag"].as_array().into_iter().flatten());
    tags.any(|tag| tag["code"] == code)
}

fn print_overview(status: u16, answer: &Value) {
    if status != 200 {
        println!("  <- {status} {}", refusal(answer));
        return;
    }
    println!("  <- {status}");
    for section in answer["entry"][0]["resource"]["section"].as_array().into_iter().flatten() {
        print_section(section, "     ");
    }
}

fn print_section(section: &Value, indent: &str) {
    println!("{indent}\x1b[1m{}\x1b[0m", section["title"].as_str().unwrap_or(""));
    for line in plain(section["text"]["div"].as_str().unwrap_or(""))
        .lines()
        .filter(|l| !l.trim().is_empty())
    {
        println!("{indent}  {}", line.trim());
    }
    for part in section["section"].as_array().into_iter().flatten() {
        print_section(part, &format!("{indent}  "));
    }
}

/// Narrative as lines of plain text.
fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else { break };
        let tag = &rest[start + 1..start + end];
        if ["/p", "/li", "/tr", "br/", "br", "ul", "/thead"].contains(&tag) {
            out.push('\n');
        } else if ["/td", "/th"].contains(&tag) {
            out.push_str("  ");
        }
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// A value with the digits it was read with: 22, not 22.0.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

/// A full set, measured now.
fn vital_signs() -> Value {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let quantity = |value: f64, unit: &str, code: &str| json!({ "value": number(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": code });
    let entry = |code: &str, display: &str, content: Value| {
        let mut resource = json!({
            "resourceType": "Observation", "status": "final",
            "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": code, "display": display }] },
            "subject": { "type": "Patient", "identifier": { "system": system(SOLVEIG), "value": SOLVEIG } },
            "effectiveDateTime": now
        });
        if let (Some(resource), Some(content)) = (resource.as_object_mut(), content.as_object()) {
            resource.extend(content.clone());
        }
        json!({ "resource": resource, "request": { "method": "POST", "url": "Observation" } })
    };
    let single = |code: &str, display: &str, value: f64, unit: &str, ucum: &str| {
        entry(code, display, json!({ "valueQuantity": quantity(value, unit, ucum) }))
    };
    let pressure = |code: &str, value: f64| json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] }, "valueQuantity": quantity(value, "mmHg", "mm[Hg]") });
    json!({
        "resourceType": "Bundle", "type": "transaction",
        "entry": [
            single("9279-1", "Respiratory rate", 22.0, "/min", "/min"),
            single("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", 94.0, "%", "%"),
            single("3151-8", "Inhaled oxygen flow rate", 0.0, "l/min", "L/min"),
            entry("85354-9", "Blood pressure panel", json!({ "component": [pressure("8480-6", 108.0), pressure("8462-4", 66.0)] })),
            single("8867-4", "Heart rate", 104.0, "slag/min", "/min"),
            entry("67775-7", "Level of responsiveness",
                json!({ "valueCodeableConcept": { "coding": [{ "system": "http://loinc.org", "code": "LA9340-6", "display": "Alert" }] } })),
            single("8310-5", "Body temperature", 38.4, "°C", "Cel"),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrative_becomes_lines() {
        assert_eq!(plain("<div><p>A &amp; b</p><ul><li>c</li></ul></div>"), "A & b\n\nc\n");
    }
}

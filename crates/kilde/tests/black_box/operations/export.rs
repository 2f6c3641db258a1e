//! Bulk export: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html>.

use super::{at, made, name, system, told};
use crate::client::{Answer, Ask, Client, OLAV, SOLVEIG, encode};
use crate::server::{Kilde, shared};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The municipality's journal, which is registered with a right to export.
fn journal() -> Client {
    shared().who("epj-nordvik")
}

/// Kicks off.
pub fn kick_off(client: &Client, rest: &str) -> Answer {
    client.ask("GET", &at(rest)).header("prefer", "respond-async").send()
}

/// The path of an address of ours.
pub fn path(url: &str) -> String {
    url.find("/9901")
        .map(|at| url[at..].to_owned())
        .unwrap_or_else(|| panic!("no address: {url}"))
}

/// The status address of a job, and its manifest when it is done.
#[track_caller]
pub fn done(client: &Client, kicked: &Answer) -> (String, Value) {
    assert_eq!(kicked.status, 202, "{}", kicked.start());
    let status = path(kicked.header("content-location"));
    let begun = Instant::now();
    loop {
        let answer = client.get(&status);
        match answer.status {
            200 => return (status, answer.json()),
            202 => {
                assert!(!answer.header("x-progress").is_empty() && answer.header("x-progress").len() < 100);
                assert!(answer.header("retry-after").parse::<u32>().is_ok());
            }
            _ => panic!("{}: {}", answer.status, answer.start()),
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "not done");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn export(client: &Client, rest: &str) -> Value {
    done(client, &kick_off(client, rest)).1
}

/// The resources of a file.
#[track_caller]
fn file(client: &Client, output: &Value) -> Vec<Value> {
    let answer = client
        .ask("GET", &path(output["url"].as_str().expect("an address")))
        .header("accept", "application/fhir+ndjson")
        .send()
        .expect(200);
    assert_eq!(answer.header("content-type"), "application/fhir+ndjson");
    let text = answer.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON on a line"))
        .collect()
}

/// All resources of an export, by their names.
fn all(client: &Client, manifest: &Value) -> BTreeSet<String> {
    let outputs = manifest["output"].as_array().expect("files");
    outputs.iter().flat_map(|output| file(client, output)).map(|r| name(&r)).collect()
}

/// SHALL: A kick-off request is answered with 202 and the status address in Content-Location (bulkdata export.html#bulk-data-kick-off-request)
#[test]
fn bulk_kick_off_shall_answer_202_with_content_location() {
    let patient = made(&json!({ "resourceType": "Patient" }));
    let group =
        made(&json!({ "resourceType": "Group", "type": "person", "actual": true, "member": [{ "entity": { "reference": patient } }] }));
    for rest in ["$export", "Patient/$export", &format!("{group}/$export")] {
        let answer = kick_off(&journal(), rest);
        assert_eq!(answer.status, 202, "{}", answer.start());
        assert!(answer.header("content-location").starts_with("http"), "{rest}");
        let body = json!({ "resourceType": "Parameters", "parameter": [
            { "name": "_type", "valueString": "Patient" }, { "name": "_since", "valueInstant": "2020-01-01T00:00:00Z" } ] });
        let posted = journal()
            .ask("POST", &at(rest))
            .header("prefer", "respond-async")
            .json(&body)
            .send()
            .expect(202);
        for answer in [answer, posted] {
            journal().ask("DELETE", &path(answer.header("content-location"))).send().expect(202);
        }
    }
}

/// SHALL: A finished export is told by a manifest with transactionTime, request, requiresAccessToken, output and error (bulkdata export.html#response---complete-status)
#[test]
fn bulk_status_shall_end_in_a_manifest() {
    let (status, manifest) = done(&journal(), &kick_off(&journal(), "$export?_type=Patient,Organization"));
    assert!(manifest["transactionTime"].as_str().is_some_and(|t| t.contains('T')));
    assert!(
        manifest["request"]
            .as_str()
            .is_some_and(|r| r.ends_with("/$export?_type=Patient,Organization"))
    );
    assert_eq!(manifest["requiresAccessToken"], true);
    assert!(manifest["error"].as_array().is_some_and(Vec::is_empty));
    let types: BTreeSet<&str> = manifest["output"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|o| o["type"].as_str())
        .collect();
    assert_eq!(types, BTreeSet::from(["Organization", "Patient"]));
    let again = journal().get(&status).expect(200);
    assert_eq!(again.header("content-type").split(';').next(), Some("application/json"));
    assert!(!again.header("expires").is_empty());
}

/// SHALL: A file is NDJSON, has resources of its one type, a resource on each line, and as many as its count says (bulkdata export.html#bulk-data-output-file-request)
#[test]
fn bulk_files_shall_hold_one_type_in_ndjson() {
    let client = journal();
    let manifest = export(&client, "Patient/$export");
    let mut names = BTreeSet::new();
    for output in manifest["output"].as_array().expect("files") {
        let found = file(&client, output);
        assert!(found.iter().all(|r| r["resourceType"] == output["type"]), "{output}");
        // Other tests may have deleted meanwhile; never more.
        assert!(found.len() as u64 <= output["count"].as_u64().expect("a count"), "{output}");
        names.extend(found.iter().map(name));
    }
    let hers = super::patient_of(&shared().who("lege-legevakt-nordvik").attested(SOLVEIG));
    assert!(names.contains(&hers) && names.iter().any(|n| n.starts_with("Observation/")));
    assert!(!names.iter().any(|n| n.starts_with("Organization/")), "nobody's");
}

/// SHALL: _type, _since, _typeFilter and _outputFormat are obeyed, and what is not supported is refused (bulkdata export.html#query-parameters)
#[test]
fn bulk_parameters_shall_be_obeyed_or_refused() {
    let client = journal();
    let (active, not) = (
        made(&json!({ "resourceType": "Practitioner", "active": true, "name": [{ "family": "Uttrekk" }] })),
        made(&json!({ "resourceType": "Practitioner", "active": false, "name": [{ "family": "Uttrekk" }] })),
    );
    let filter = encode("Practitioner?active=true&family=Uttrekk");
    let filtered = all(
        &client,
        &export(&client, &format!("$export?_type=Practitioner&_typeFilter={filter}")),
    );
    assert!(filtered.contains(&active) && !filtered.contains(&not));
    let either = encode("Practitioner?active=true&family=Uttrekk,Practitioner?active=false&family=Uttrekk");
    let both = all(
        &client,
        &export(&client, &format!("$export?_type=Practitioner&_typeFilter={either}")),
    );
    assert!(both.contains(&active) && both.contains(&not));
    let future = export(&client, "$export?_type=Practitioner&_since=2999-01-01T00:00:00Z");
    assert_eq!(future["output"], json!([]));
    let some = export(
        &client,
        "$export?_type=Practitioner&_elements=Practitioner.active&_outputFormat=application/fhir%2Bndjson",
    );
    let lines = file(&client, &some["output"][0]);
    let shown = lines.iter().find(|r| name(r) == active).expect("there");
    assert!(
        shown["active"] == true && shown.get("name").is_none() && shown.to_string().contains("SUBSETTED"),
        "{shown}"
    );

    for (rest, rule) in [
        ("$export?_outputFormat=text/csv", "export-parameter"),
        ("$export?_since=snart", "export-parameter"),
        ("$export?_type=Pasient", "export-parameter"),
        ("Patient/$export?_type=Organization", "export-parameter"),
        ("$export?_typeFilter=Patient", "export-parameter"),
        ("$export?_typeFilter=Patient%3F_include%3DPatient:link", "export-parameter"),
        ("$export?_typeFilter=Patient%3Fnonsense%3D1", "search-parameter-unknown"),
        (
            "$export?includeAssociatedData=RelevantProvenanceResources",
            "export-parameter-unsupported",
        ),
    ] {
        kick_off(&client, rest).refused(400, rule);
    }
    client.get(&at("$export")).refused(400, "prefer-respond-async");
    // Passed over if the client would rather have it so; and that is told.
    let lenient = client
        .ask("GET", &at("$export?_type=Practitioner&organizeOutputBy=Patient"))
        .header("prefer", "respond-async, handling=lenient")
        .send();
    let told = done(&client, &lenient).1;
    assert_eq!(told["error"][0]["type"], "OperationOutcome");
    assert_eq!(file(&client, &told["error"][0])[0]["resourceType"], "OperationOutcome");
    system().get(&at("$export?patient=Patient/1")).expect(400);
    kick_off(&client, &format!("$export?_typeFilter=Patient%3Fidentifier%3D{OLAV}")).refused(400, "no-nin-in-url");
}

/// SHALL: What was deleted since _since stands in `deleted`, as transaction Bundles with DELETE (bulkdata export.html#response---complete-status)
#[test]
fn bulk_manifest_shall_tell_what_was_deleted() {
    let client = journal();
    let gone = made(
        &json!({ "resourceType": "Flag", "status": "active", "code": { "text": "x" }, "subject": { "reference": made(&json!({ "resourceType": "Patient" })) } }),
    );
    system().ask("DELETE", &at(&gone)).send().expect(204);
    let since = export(&client, "$export?_type=Flag&_since=2020-01-01T00:00:00Z");
    let bundles: Vec<Value> = since["deleted"]
        .as_array()
        .expect("files")
        .iter()
        .flat_map(|o| file(&client, o))
        .collect();
    assert!(bundles.iter().all(|b| b["resourceType"] == "Bundle" && b["type"] == "transaction"));
    let request = |b: &Value| b["entry"][0]["request"]["url"].as_str().map(str::to_owned);
    assert!(bundles.iter().any(|b| request(b).as_deref() == Some(gone.as_str())));
    let whole = export(&client, "$export?_type=Flag");
    assert_eq!(whole["deleted"], json!([]));
    assert!(!all(&client, &whole).contains(&gone));
}

/// SHALL: An export of a group has what belongs to its members, and nothing of anybody else (bulkdata export.html#endpoint---group-of-patients)
#[test]
fn bulk_group_shall_hold_its_members_only() {
    let client = journal();
    let patient = |family: &str| made(&json!({ "resourceType": "Patient", "name": [{ "family": family }] }));
    let (a, b, left, outside) = (patient("A"), patient("B"), patient("C"), patient("D"));
    let of = |patient: &str| made(&json!({ "resourceType": "Condition", "subject": { "reference": patient }, "code": { "text": "x" } }));
    let [in_a, in_b, in_left, in_outside] = [&a, &b, &left, &outside].map(|p| of(p));
    let member = |p: &str| json!({ "entity": { "reference": p } });
    let mut group = json!({ "resourceType": "Group", "type": "person", "actual": true, "member": [member(&a), member(&b), { "entity": { "reference": left }, "inactive": true }] });
    let id = made(&group);
    let found = all(&client, &export(&client, &format!("{id}/$export?_type=Patient,Condition")));
    assert_eq!(found, BTreeSet::from([a.clone(), b.clone(), in_a.clone(), in_b.clone()]));
    assert!(!found.contains(&in_left) && !found.contains(&in_outside));
    // Restricted to one of them; naming one outside brings her not in.
    let body = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "_type", "valueString": "Condition" },
        { "name": "patient", "valueReference": { "reference": a } }, { "name": "patient", "valueReference": { "reference": outside } } ] });
    let kicked = client
        .ask("POST", &at(&format!("{id}/$export")))
        .header("prefer", "respond-async")
        .json(&body)
        .send();
    let manifest = done(&client, &kicked).1;
    assert_eq!(all(&client, &manifest), BTreeSet::from([in_a]));
    // Who joins the group afterwards is not in what was asked for before; without the group there is nothing.
    group["id"] = json!(id.split_once('/').expect("a name").1);
    group["member"] = json!([member(&a), member(&b), member(&outside)]);
    system().put(&at(&id), &group).expect(200);
    assert!(!all(&client, &manifest).contains(&in_outside));
    system().ask("DELETE", &at(&id)).send().expect(204);
    client
        .get(&path(manifest["output"][0]["url"].as_str().expect("an address")))
        .refused(400, "export-group");
    kick_off(&client, &format!("{id}/$export")).expect(404);
}

/// SHALL: A deleted export is gone: 202, then 404 with an OperationOutcome (bulkdata export.html#bulk-data-delete-request)
#[test]
fn bulk_delete_shall_make_the_export_be_gone() {
    let client = journal();
    let (status, manifest) = done(&client, &kick_off(&client, "$export?_type=Organization"));
    client.ask("DELETE", &status).send().expect(202);
    client.get(&status).refused(404, "not-found");
    client.ask("DELETE", &status).send().refused(404, "not-found");
    client
        .get(&path(manifest["output"][0]["url"].as_str().expect("an address")))
        .refused(404, "not-found");
}

/// What an export gives is what was there when it was asked for, less what has been deleted since.
#[test]
fn bulk_files_are_of_the_time_of_the_request_and_hold_nothing_deleted_since() {
    let client = journal();
    let mut resource = json!({ "resourceType": "HealthcareService", "name": "Før" });
    let (kept, gone) = (made(&resource), made(&resource));
    let manifest = export(&client, "$export?_type=HealthcareService");
    let late = made(&resource);
    resource["id"] = json!(kept.split_once('/').expect("a name").1);
    resource["name"] = json!("Etter");
    system().put(&at(&kept), &resource).expect(200);
    system().ask("DELETE", &at(&gone)).send().expect(204);
    let found: Vec<Value> = manifest["output"]
        .as_array()
        .expect("files")
        .iter()
        .flat_map(|o| file(&client, o))
        .collect();
    let of = |id: &str| found.iter().find(|r| name(r) == id);
    assert_eq!(of(&kept).expect("there")["name"], "Før");
    assert!(of(&gone).is_none() && of(&late).is_none());
}

/// SHALL: Status and files are given to the client that asked and to no other (bulkdata export.html#security-considerations)
#[test]
fn bulk_shall_be_for_the_client_that_asked() {
    let client = journal();
    let (status, manifest) = done(&client, &kick_off(&client, "$export?_type=Patient"));
    let url = path(manifest["output"][0]["url"].as_str().expect("an address"));
    let nobody = at("$export/0123456789abcdef0123456789abcdef");
    let others = system();
    for (method, his, none) in [
        ("GET", status.clone(), nobody.clone()),
        ("GET", url.clone(), format!("{nobody}/0")),
        ("DELETE", status.clone(), nobody),
        ("GET", format!("{status}/99999"), format!("{status}/99998")),
        ("GET", format!("{status}/errors"), format!("{status}/nothing")),
    ] {
        let (a, b) = (others.ask(method, &his).send(), others.ask(method, &none).send());
        assert_eq!((a.status, a.text()), (404, b.text()), "{his}");
    }
    for persona in ["lege-legevakt-nordvik", "saksbehandler-nordvik", "personvernombud-nordvik", "drift"] {
        for start in ["$export", "Patient/$export"] {
            let person = shared().who(persona);
            kick_off(&person, start).refused(403, "export_for_systems_only");
        }
        for path in [&status, &url] {
            assert_eq!(shared().who(persona).get(path).status, 403, "{persona}");
        }
    }
    let attested = || shared().who("lege-legevakt-nordvik").attested(OLAV);
    kick_off(&attested(), "$export").refused(403, "export_for_systems_only");
    assert_eq!(attested().get(&url).status, 403);
    let citizen = shared().who(&format!("innbygger-{OLAV}"));
    kick_off(&citizen, "Patient/$export").refused(403, "action_not_for_citizens");
    assert_eq!(citizen.get(&url).status, 403);
    // Registered, but not for this; and another municipality's.
    kick_off(&shared().who("tavle-nordvik"), "$export").refused(403, "export_not_registered");
    let elsewhere = kick_off(&shared().who("sykepleier-dalfjord"), "$export");
    assert_eq!(elsewhere.status, 403, "{}", elsewhere.start());
    assert_eq!(shared().who("sykepleier-dalfjord").get(&url).status, 403);
    assert_eq!(client.get(&url.replace("/9901/", "/9902/")).status, 403);
    // Without token or proof there is nothing.
    assert_eq!(Ask::new("GET", &client.url(&url)).send().status, 401);
    let without_proof = Ask::new("GET", &client.url(&url))
        .header("authorization", &format!("DPoP {}", client.token()))
        .send();
    assert_eq!(without_proof.status, 401);
}

/// Each citizen whose data left reads it in her log, in words; and nothing is there before it left.
#[test]
fn each_citizen_in_a_file_finds_it_in_her_log() {
    let client = journal();
    let told = |nin: &str| told(nin, |entry| entry["what"].as_str().is_some_and(|w| w.contains("masseuttrekk")));
    let manifest = export(&client, "Patient/$export?_type=Patient");
    let before = [told(OLAV), told(SOLVEIG)];
    let output = &manifest["output"][0];
    let url = path(output["url"].as_str().expect("an address"));
    client.ask("HEAD", &url).send().expect(200);
    file(&client, output);
    let after = [told(OLAV), told(SOLVEIG)];
    assert!(after[0] > before[0] && after[1] > before[1], "{before:?} {after:?}");
}

#[test]
fn an_export_survives_a_kill() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let data = place.path().join("data");
    let first = Kilde::start(&data);
    let client = first.who("epj-nordvik");
    let (status, manifest) = done(&client, &kick_off(&client, "Patient/$export"));
    let before = all(&client, &manifest);
    // One that is not looked at again before the kill.
    let unseen = path(kick_off(&client, "$export").header("content-location"));
    first.kill();
    // Nothing of anybody lies in the files of the jobs.
    for file in std::fs::read_dir(data.join("instances/9901/jobs")).expect("jobs").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        assert!(!bytes.windows(7).any(|w| w == b"Patient"), "sealed");
    }
    let second = Kilde::start(&data);
    let client = second.who("epj-nordvik");
    let again = client.get(&status).expect(200).json();
    assert_eq!(
        again["output"].as_array().map(Vec::len),
        manifest["output"].as_array().map(Vec::len)
    );
    assert_eq!(all(&client, &again), before);
    let begun = Instant::now();
    while client.get(&unseen).status == 202 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(
        client.get(&unseen).expect(200).json()["output"]
            .as_array()
            .is_some_and(|o| o.len() > 3)
    );
    assert_eq!(second.who("system-test").get(&status).status, 404);
}

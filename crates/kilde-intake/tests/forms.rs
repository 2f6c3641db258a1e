//! Patches and XML: what the log keeps of them, and where their findings point.

mod common;

use common::{NOW, World9901, json, rtype, rules, world};
use kilde_fhir::json::Position;
use kilde_intake::{Accepted, Kind, Notation, PatchForm, Rejected, Submission, Whom};

const BASIC: &str = r#"{"resourceType":"Basic","id":"b","identifier":[{"system":"urn:x","value":"1"}],"code":{"text":"a"}}"#;

fn xml(w: &World9901, kind: Kind, body: &str) -> Result<Accepted, Rejected> {
    let mut submission = w.submission(kind, body);
    submission.notation = Notation::Xml;
    w.intake.submit_blocking(submission)
}

fn create() -> Kind {
    Kind::Create {
        rtype: rtype("Basic"),
        if_none_exist: None,
    }
}

fn patch(whom: Whom, form: PatchForm) -> Kind {
    Kind::Patch {
        rtype: rtype("Basic"),
        whom,
        form,
        if_match: None,
    }
}

fn by_id() -> Whom {
    Whom::Id("b".into())
}

/// Kind, format and original of an event.
fn kept(w: &World9901, accepted: &Accepted) -> (String, String, String) {
    let event = w.log.event(accepted.event).unwrap().unwrap();
    let original = w.log.original(accepted.event).unwrap().unwrap();
    (event.envelope.kind, event.envelope.format, String::from_utf8(original).unwrap())
}

#[test]
fn a_patch_is_kept_as_it_came_beside_the_whole_resource() {
    let w = world();
    w.update("Basic", "b", None, BASIC).unwrap();
    let text = r#" [ {"op":"replace","path":"/code/text","value":"b"} ] "#;
    let accepted = w.submit(patch(by_id(), PatchForm::Json), text).unwrap();
    let (kind, format, original) = kept(&w, &accepted);
    assert_eq!(
        (kind.as_str(), format.as_str(), original.as_str()),
        ("patch", "application/json-patch+json", text)
    );
    let stored = w.read("Basic", "b").unwrap();
    assert_eq!((stored.version, stored.body.clone()), (2, accepted.body));
    let document = json(&stored.body);
    assert_eq!(document.root().path(&["code", "text"]).unwrap().as_str().as_deref(), Some("b"));
    assert_eq!(document.root().path(&["meta", "versionId"]).unwrap().as_str().as_deref(), Some("2"));
    let meta = r#"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}"#;
    let accepted = w.submit(patch(by_id(), PatchForm::MetaAdd), meta).unwrap();
    assert_eq!(kept(&w, &accepted).0, "meta-add");
}

#[test]
fn only_the_source_patches_and_hears_so_before_anything_is_tried() {
    let w = world();
    w.update("Basic", "b", None, BASIC).unwrap();
    for value in ["a", "annet"] {
        let test = format!(r#"[{{"op":"test","path":"/code/text","value":"{value}"}}]"#);
        let submission = Submission::new(w.other(), patch(by_id(), PatchForm::Json), test, NOW);
        let rejected = w.intake.submit_blocking(submission).unwrap_err();
        assert_eq!((rejected.status, rules(&rejected)), (403, vec!["not-the-source"]), "{value}");
    }
}

#[test]
fn xml_is_kept_as_it_came_and_served_as_what_it_says() {
    let w = world();
    let text = "<?xml version=\"1.0\"?>\n<Basic xmlns=\"http://hl7.org/fhir\">\n <!-- hei -->\n <code><text value=\"å\"/></code>\n</Basic>";
    let accepted = xml(&w, create(), text).unwrap();
    assert_eq!(kept(&w, &accepted), ("create".into(), "application/fhir+xml".into(), text.into()));
    let document = json(&accepted.body);
    assert_eq!(document.root().path(&["code", "text"]).unwrap().as_str().as_deref(), Some("å"));
    assert!(accepted.findings.iter().any(|f| f.rule == "fhir-xml-left-out"));
}

#[test]
fn an_entry_of_a_batch_in_xml_is_kept_as_its_own_stretch() {
    let w = world();
    let entry = |text: &str| {
        format!(
            "<entry><resource><Basic><code><text value=\"{text}\"/></code></Basic></resource><request><method value=\"POST\"/><url value=\"Basic\"/></request></entry>"
        )
    };
    let bundle = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"batch\"/>\n{}\n{}</Bundle>",
        entry("en"),
        entry("to")
    );
    let accepted = xml(&w, Kind::Bundle, &bundle).unwrap();
    let (kind, format, original) = kept(&w, &accepted);
    assert_eq!((kind.as_str(), format.as_str()), ("batch", "application/fhir+xml"));
    assert_eq!(original, entry("to"));
}

#[test]
fn what_is_wrong_in_xml_is_quarantined_as_xml_and_replayed() {
    let w = world();
    let text = "<Basic xmlns=\"http://hl7.org/fhir\">\n  <created value=\"i dag\"/>\n</Basic>";
    let rejected = xml(&w, create(), text).unwrap_err();
    assert_eq!(rejected.status, 400);
    let created = rejected.findings.iter().find(|f| f.expression == "Basic.created").unwrap();
    assert_eq!(created.position, Some(Position { line: 2, column: 3 }));
    let no = rejected.quarantine.unwrap();
    let mended = "<Basic xmlns=\"http://hl7.org/fhir\"><code><text value=\"ny\"/></code></Basic>";
    let accepted = w
        .intake
        .quarantine_replay(no, w.scope(), Some(mended.as_bytes().to_vec()), NOW + 1)
        .unwrap();
    assert_eq!(kept(&w, &accepted).1, "application/fhir+xml");
}

#[test]
fn a_repeated_message_in_xml_or_json_is_one_event() {
    let w = world();
    let send = |notation: Notation, body: &str| {
        let mut submission = w.submission(create(), body);
        submission.notation = notation;
        submission.message_id = Some("m".into());
        w.intake.submit_blocking(submission)
    };
    let first = send(
        Notation::Xml,
        "<Basic xmlns=\"http://hl7.org/fhir\"><code><text value=\"a\"/></code></Basic>",
    )
    .unwrap();
    let second = send(
        Notation::Xml,
        "<Basic xmlns=\"http://hl7.org/fhir\">\n<code>\n<text value=\"a\"/></code></Basic>",
    )
    .unwrap();
    let third = send(Notation::Json, r#"{"resourceType":"Basic","code":{"text":"a"}}"#).unwrap();
    assert!(second.repeated && third.repeated);
    assert_eq!((second.event, third.event), (first.event, first.event));
    let other = send(
        Notation::Xml,
        "<Basic xmlns=\"http://hl7.org/fhir\"><code><text value=\"b\"/></code></Basic>",
    );
    assert_eq!(rules(&other.unwrap_err()), ["message-id-reused"]);
}

#[test]
fn patches_of_one_resource_at_once_are_all_applied() {
    let w = world();
    w.update("Basic", "b", None, BASIC).unwrap();
    std::thread::scope(|scope| {
        for n in 0..6 {
            let w = &w;
            scope.spawn(move || {
                let add = format!(r#"[{{"op":"add","path":"/identifier/-","value":{{"system":"urn:n","value":"{n}"}}}}]"#);
                w.submit(patch(by_id(), PatchForm::Json), &add).unwrap();
            });
        }
    });
    let stored = w.read("Basic", "b").unwrap();
    assert_eq!((stored.version, json(&stored.body).root().items("identifier").count()), (7, 7));
}

#[test]
fn a_conditional_delete_meets_one_or_nothing() {
    let w = world();
    w.update("Basic", "b", None, BASIC).unwrap();
    let delete = || {
        let kind = Kind::ConditionalDelete {
            rtype: rtype("Basic"),
            query: "identifier=urn:x|1".into(),
            if_match: None,
        };
        w.submit(kind, "")
    };
    assert_eq!(delete().unwrap().status, 204);
    assert!(w.read("Basic", "b").is_none());
    assert_eq!(delete().unwrap().status, 204);
}

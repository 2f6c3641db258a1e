//! Which kind of nothing: known here without services, not registered here, a source down.

use crate::client::{Ask, SANDER, parameters, stranger};
use crate::server::shared;
use serde_json::{Value, json};

fn empty_reason(persona: &str, instance: &str, nin: &str, service: &str) -> Value {
    let path = format!("/{instance}/fhir/r4/$overview");
    let answer = shared()
        .who(persona)
        .attested(nin)
        .post(&path, &parameters(nin, Some(service)))
        .expect(200);
    answer.json()["entry"][0]["resource"]["section"][0]["emptyReason"]["coding"][0]["code"].clone()
}

#[test]
fn a_citizen_without_services_is_known_here_without_any() {
    assert_eq!(empty_reason("sykepleier-legevakt-nordvik", "9901", SANDER, "okt"), "nilknown");
}

#[test]
fn somebody_nobody_here_knows_is_not_registered_here() {
    assert_eq!(
        empty_reason("sykepleier-legevakt-nordvik", "9901", &stranger(77), "okt"),
        "notstarted"
    );
}

#[test]
fn a_source_that_is_down_is_named_and_makes_nothing_unavailable() {
    let nin = stranger(78);
    let tell = |down: bool| {
        let state = json!({ "instance": "9902", "service": "maaledata", "source": "Responssenteret", "down": down });
        assert_eq!(
            Ask::new("POST", &format!("{}/sandbox/sources", shared().url))
                .json(&state)
                .send()
                .status,
            204
        );
    };
    tell(true);
    assert_eq!(empty_reason("sykepleier-dalfjord", "9902", &nin, "maaledata"), "unavailable");
    tell(false);
    assert_eq!(empty_reason("sykepleier-dalfjord", "9902", &nin, "maaledata"), "notstarted");
}

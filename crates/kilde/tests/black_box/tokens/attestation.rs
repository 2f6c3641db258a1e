//! The rules of the trust framework's attestation, a test for each, named after it.

use super::PATH;
use crate::client::{Answer, Client, SANDER, SOLVEIG, eleven_digits, parameters};
use crate::server::shared;

fn nurse() -> Client {
    shared().who("sykepleier-legevakt-nordvik").attested(SOLVEIG)
}

fn wrong(variant: &str) -> Answer {
    nurse().variant(variant).post(PATH, &parameters(SOLVEIG, None))
}

#[track_caller]
fn refused(variant: &str, rule: &str) {
    let answer = wrong(variant);
    assert_eq!((answer.status, answer.rule().as_str()), (403, rule), "{variant}");
}

#[test]
fn the_purpose_is_treat_etreat_coc_or_btg() {
    nurse().purpose("TREAT").post(PATH, &parameters(SOLVEIG, None)).expect(200);
    for emergency in ["ETREAT", "BTG"] {
        let with_reason = nurse().purpose(emergency).reason("Funnet bevisstløs hjemme");
        with_reason.post(PATH, &parameters(SOLVEIG, None)).expect(200);
        let without = nurse().purpose(emergency).post(PATH, &parameters(SOLVEIG, None));
        assert_eq!(without.status, 403, "{emergency} without a reason");
    }
    let coordinating = shared().who("saksbehandler-nordvik").attested(SOLVEIG).purpose("COC");
    coordinating.post(PATH, &parameters(SOLVEIG, None)).expect(200);
    refused("attestation-wrong-purpose", "attestation_incomplete");
}

#[test]
fn healthcare_service_or_purpose_of_use_details_must_be_there() {
    refused("attestation-no-service", "attestation_incomplete");
}

#[test]
fn details_of_the_purpose_are_codes_of_9151() {
    refused("attestation-other-details", "attestation_incomplete");
    // Home nursing tells its service by 9151 alone.
    let home = shared().who("hjemmesykepleier-nordvik").attested(SOLVEIG);
    home.post(PATH, &parameters(SOLVEIG, None)).expect(200);
}

#[test]
fn user_selected_is_self_authorised_and_told_as_such() {
    let own = nurse().self_declared();
    own.post(PATH, &parameters(SOLVEIG, None)).expect(200);
    let log = shared()
        .who(&format!("innbygger-{SOLVEIG}"))
        .get("/9901/innbygger/tilgangslogg?limit=100")
        .expect(200)
        .json();
    let told = log["entries"].as_array().into_iter().flatten().filter_map(|e| e["why"].as_str());
    assert!(told.clone().any(|why| why.contains("selv")), "{:?}", told.collect::<Vec<_>>());
}

#[test]
fn the_attests_person_must_equal_the_tokens_pid() {
    refused("attestation-other-person", "attestation_other_practitioner");
}

#[test]
fn the_authorization_must_match_hpr() {
    refused("attestation-wrong-role", "attestation_authorization_mismatch");
    refused("no-hpr", "attestation_authorization_mismatch");
    refused("no-hpr-details", "attestation_authorization_mismatch");
}

#[test]
fn an_attest_is_at_most_60_minutes_old() {
    refused("attestation-expired", "attestation_has_expired");
    refused("attestation-future", "attestation_in_future");
    refused("attestation-no-time", "attestation_incomplete");
}

#[test]
fn an_attest_binds_to_one_patient() {
    refused("attestation-other-patient", "attestation_other_patient");
    refused("attestation-two-patients", "attestation_incomplete");
    let other = nurse().post(PATH, &parameters(SANDER, None));
    assert_eq!((other.status, other.rule().as_str()), (403, "attestation_other_patient"));
}

#[test]
fn a_patient_less_attest_reaches_only_an_existence_check() {
    refused("attestation-no-patient", "attestation_without_patient");
    let check = nurse()
        .variant("attestation-no-patient")
        .post("/9901/fhir/r4/$status", &parameters(SOLVEIG, None));
    check.expect(200);
}

#[test]
fn the_attests_organisation_must_equal_the_tokens() {
    refused("attestation-other-organisation", "attestation_other_organisation");
}

#[test]
fn the_citizens_log_shows_the_name_and_never_the_national_id_of_the_reader() {
    nurse().post(PATH, &parameters(SOLVEIG, None)).expect(200);
    let log = shared()
        .who(&format!("innbygger-{SOLVEIG}"))
        .get("/9901/innbygger/tilgangslogg?limit=100")
        .expect(200);
    assert!(log.text().contains("Nina Havnes"));
    assert_eq!(eleven_digits(&log.text()), Vec::<&str>::new());
}

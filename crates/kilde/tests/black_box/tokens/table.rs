//! Every wrong token and every wrong proof by the name that the sandbox gives it: who shows it, the answer, the error of the challenge
//! (RFC 6750 section 3.1, RFC 9449 section 7.1), what the log says afterwards, and that the answer tells nothing of anybody.

use super::{PATH, overview};
use crate::client::{Answer, Client, SOLVEIG, eleven_digits, now_ms, parameters};
use crate::server::shared;
use kilde_sandbox::{ProofVariant, Variant};

const NURSE: &str = "sykepleier-legevakt-nordvik";
/// Without an attestation nothing is recorded between her and Solveig.
const NOTHING: &str = "";

/// Name, persona, status, rule, error of the challenge.
const TOKENS: &[(&str, &str, u16, &str, &str)] = &[
    ("expired", NURSE, 401, "token_expired", "invalid_token"),
    ("not-yet-valid", NURSE, 401, "token_not_yet_valid", "invalid_token"),
    ("wrong-audience", NURSE, 401, "token_audience", "invalid_token"),
    ("two-audiences", NURSE, 401, "token_audience", "invalid_token"),
    ("no-audience", NURSE, 401, "token_audience", "invalid_token"),
    ("wrong-issuer", NURSE, 401, "token_issuer", "invalid_token"),
    ("id-porten", NURSE, 401, "token_issuer", "invalid_token"),
    ("alg-none", NURSE, 401, "token_algorithm", "invalid_token"),
    ("hs256", NURSE, 401, "token_algorithm", "invalid_token"),
    ("unknown-kid", NURSE, 401, "token_key_unknown", "invalid_token"),
    ("no-kid", NURSE, 401, "token_key_unknown", "invalid_token"),
    ("foreign-key", NURSE, 401, "token_signature", "invalid_token"),
    ("embedded-key", NURSE, 401, "token_signature", "invalid_token"),
    ("tampered", NURSE, 401, "token_signature", "invalid_token"),
    ("critical-header", NURSE, 401, "token_malformed", "invalid_token"),
    ("no-expiry", NURSE, 401, "token_malformed", "invalid_token"),
    ("duplicated-claim", NURSE, 401, "token_malformed", "invalid_token"),
    ("too-long", NURSE, 401, "token_too_long", "invalid_token"),
    ("wrong-type", NURSE, 401, "token_type", "invalid_token"),
    ("no-scope", NURSE, 403, "token_scope", "insufficient_scope"),
    ("no-client", NURSE, 401, "token_client", "invalid_token"),
    ("no-cnf", NURSE, 401, "token_not_bound", "invalid_token"),
    ("wrong-jkt", NURSE, 401, "proof_key_mismatch", "invalid_dpop_proof"),
    ("no-pid", NURSE, 401, "user_without_pid", "invalid_token"),
    ("level-3", NURSE, 403, "level_too_low", NOTHING),
    ("no-level", NURSE, 403, "level_too_low", NOTHING),
    ("no-hpr", NURSE, 403, "attestation_authorization_mismatch", NOTHING),
    ("no-hpr-details", NURSE, 403, "attestation_authorization_mismatch", NOTHING),
    ("no-organisation", NURSE, 403, "other_organisation", NOTHING),
    ("other-organisation", NURSE, 403, "other_organisation", NOTHING),
    ("other-client", "epj-nordvik", 403, "client_not_registered", NOTHING),
    ("other-organisation", "epj-nordvik", 403, "client_not_registered", NOTHING),
    ("no-attestation", NURSE, 403, "attestation_missing", NOTHING),
    ("attestation-expired", NURSE, 403, "attestation_has_expired", NOTHING),
    ("attestation-future", NURSE, 403, "attestation_in_future", NOTHING),
    ("attestation-no-time", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-other-person", NURSE, 403, "attestation_other_practitioner", NOTHING),
    ("attestation-other-patient", NURSE, 403, "attestation_other_patient", NOTHING),
    ("attestation-no-patient", NURSE, 403, "attestation_without_patient", NOTHING),
    ("attestation-two-patients", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-no-service", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-other-details", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-repeated", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-wrong-purpose", NURSE, 403, "attestation_incomplete", NOTHING),
    ("attestation-wrong-role", NURSE, 403, "attestation_authorization_mismatch", NOTHING),
    (
        "attestation-other-organisation",
        NURSE,
        403,
        "attestation_other_organisation",
        NOTHING,
    ),
    // Nothing is wrong with the token: it is at the wrong door.
    ("valid", "innbygger-19779998080", 403, "other_citizen", NOTHING),
    ("valid", "sykepleier-dalfjord", 403, "other_organisation", NOTHING),
    ("valid", "drift", 403, "operator_sees_no_content", NOTHING),
];

/// Name and rule; all of them are 401 with `invalid_dpop_proof` but for one.
const PROOFS: &[(&str, &str)] = &[
    ("wrong-method", "proof_method"),
    ("wrong-url", "proof_url"),
    ("wrong-type", "proof_type"),
    ("old", "proof_too_old"),
    ("future", "proof_in_future"),
    ("wrong-token-hash", "proof_token_hash"),
    ("no-token-hash", "proof_token_hash"),
    ("no-id", "proof_malformed"),
    ("private-key", "proof_key_private"),
    ("wrong-signature", "proof_signature"),
    ("other-key", "proof_key_mismatch"),
    ("too-long", "token_too_long"),
    ("alg-none", "proof_algorithm"),
];

/// The error of the challenge; empty without one.
fn error(answer: &Answer) -> String {
    let challenge = answer.header("www-authenticate");
    assert!(challenge.is_empty() || challenge.starts_with("DPoP "), "{challenge}");
    let error = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
    error.unwrap_or_default().to_owned()
}

/// Nothing of the token, of its holder or of the patient is in the answer.
fn tells_nothing(answer: &Answer, client: &Client) -> bool {
    let text = answer.text() + answer.header("www-authenticate");
    let secrets = ["Havnes", "Solveig", "Berg", "legevaktjournal", "999000", client.token()];
    eleven_digits(&text).is_empty() && !secrets.iter().any(|secret| text.contains(secret))
}

#[test]
fn every_wrong_token_is_refused_for_its_own_reason() {
    let mut wrong = Vec::new();
    let (mut turned_away, mut refused) = (Vec::new(), Vec::new());
    for (name, persona, status, rule, challenge) in TOKENS {
        let client = shared().who(persona).attested(SOLVEIG).variant(name);
        let answer = client.post(PATH, &parameters(SOLVEIG, None));
        if answer.status == 200 {
            wrong.push(format!("{name} by {persona}: 200"));
            continue;
        }
        let told = (answer.status, answer.rule(), error(&answer));
        if told != (*status, (*rule).to_owned(), (*challenge).to_owned()) {
            wrong.push(format!("{name} by {persona}: {told:?}, not {:?}", (status, rule, challenge)));
        }
        if !tells_nothing(&answer, &client) {
            wrong.push(format!("{name} by {persona} tells of somebody: {}", answer.start()));
        }
        match rule.starts_with("token_") || rule.starts_with("proof_") || rule.starts_with("user_") {
            true => turned_away.push(*rule),
            false => refused.push(answer.json()["issue"][0]["details"]["text"].as_str().unwrap_or_default().to_owned()),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for variant in Variant::WRONG {
        assert!(TOKENS.iter().any(|row| row.0 == variant.name()), "{} is in no row", variant.name());
    }
    // Who was known and refused is in Solveig's own log, with the reason; who was not known is a line in the technical log.
    let log = shared()
        .who(&format!("innbygger-{SOLVEIG}"))
        .get("/9901/innbygger/tilgangslogg?limit=500")
        .expect(200)
        .json();
    let told: Vec<&str> = log["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["permitted"] == false)
        .filter_map(|entry| entry["why"].as_str())
        .collect();
    for text in refused {
        assert!(told.contains(&text.as_str()), "not in the citizen's log: {text}");
    }
    let technical = std::fs::read_to_string(&shared().stderr).expect("stderr");
    for rule in turned_away {
        let line = technical.lines().find(|line| line.contains("turned away") && line.contains(rule));
        assert!(
            line.is_some_and(|line| line.contains("9901") && eleven_digits(line).is_empty()),
            "no line for {rule}"
        );
    }
}

#[test]
fn every_wrong_proof_is_refused_for_its_own_reason() {
    assert_eq!(PROOFS.map_names(), ProofVariant::WRONG.map(|(name, _)| name).to_vec());
    for ((name, variant), (_, rule)) in ProofVariant::WRONG.into_iter().zip(PROOFS) {
        let nurse = shared().who(NURSE).attested(SOLVEIG);
        let proof = nurse
            .key
            .wrong_proof(variant, "POST", &nurse.url(PATH), Some(nurse.token()), now_ms())
            .expect("a proof");
        let answer = overview(&nurse, &format!("DPoP {}", nurse.token()), &[&proof]).expect(401);
        assert_eq!(answer.rule(), *rule, "{name}");
        let expected = if *rule == "token_too_long" {
            "invalid_token"
        } else {
            "invalid_dpop_proof"
        };
        assert_eq!(error(&answer), expected, "{name}");
        assert!(tells_nothing(&answer, &nurse), "{name}");
        assert!(answer.header("www-authenticate").contains("algs=\"ES256"), "{name}");
    }
}

#[test]
fn a_replayed_proof_and_a_missing_token_have_their_own_challenge() {
    let nurse = shared().who(NURSE).attested(SOLVEIG);
    let (authorization, proof) = (format!("DPoP {}", nurse.token()), nurse.proof("POST", PATH));
    overview(&nurse, &authorization, &[&proof]).expect(200);
    let replayed = overview(&nurse, &authorization, &[&proof]).expect(401);
    assert_eq!(
        (replayed.rule().as_str(), error(&replayed).as_str()),
        ("proof_replayed", "invalid_dpop_proof")
    );
    let none = crate::client::Ask::new("GET", &nurse.url("/9901/fhir/r4/Patient/x"))
        .send()
        .expect(401);
    // RFC 6750 section 3.1: no error is told to who brings no token.
    assert_eq!((none.rule().as_str(), error(&none).as_str()), ("token_missing", ""));
}

/// HelseID: a client of several organisations acts for the one that the token names, and is known at the municipality for that one only.
#[test]
fn a_multi_tenant_client_counts_for_the_organisation_of_its_token() {
    let own = shared().who("epj-nordvik").get("/9901/fhir/r4/Patient?_count=1");
    own.expect(200);
    let other = shared()
        .who("epj-nordvik")
        .variant("other-organisation")
        .get("/9901/fhir/r4/Patient?_count=1");
    assert_eq!((other.status, other.rule().as_str()), (403, "client_not_registered"));
    let away = shared().who("epj-nordvik").get("/9902/fhir/r4/Patient?_count=1");
    assert_eq!((away.status, away.rule().as_str()), (403, "client_not_registered"));
}

#[test]
fn a_scope_that_is_missing_is_told_by_the_challenge() {
    let answer = shared()
        .who("sykepleier-legevakt-nordvik")
        .attested(SOLVEIG)
        .get("/9901/innbygger/tilgangslogg")
        .expect(403);
    assert_eq!(
        (answer.rule().as_str(), error(&answer).as_str()),
        ("scope_missing", "insufficient_scope")
    );
}

trait Names {
    fn map_names(&self) -> Vec<&'static str>;
}

impl Names for [(&'static str, &'static str)] {
    fn map_names(&self) -> Vec<&'static str> {
        self.iter().map(|(name, _)| *name).collect()
    }
}

mod login;

use super::*;
use crate::client_key::ClientKey;
use crate::dpop::{DpopKey, ProofVariant};
use crate::jose::{Jws, SigningAlgorithm};
use crate::persona::Purpose;
use serde_json::Map;

const NOW: i64 = 1_795_000_000_000;
const PATIENT: &str = "11833810555";

fn issuer() -> Issuer {
    Issuer::new("http://127.0.0.1:8080/", Arc::new(People::fixed())).expect("keys")
}

fn keys(issuer: &Issuer) -> Vec<Map<String, Value>> {
    let set: Value = serde_json::from_str(&issuer.jwks()).expect("json");
    set["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .filter_map(|k| k.as_object().cloned())
        .collect()
}

/// Whether a published key with the token's `kid` and `alg` verifies it.
fn verifies(issuer: &Issuer, token: &str) -> bool {
    let Some(jws) = Jws::parse(token) else { return false };
    let keys = keys(issuer);
    let key = keys.iter().find(|k| k["kid"].as_str() == jws.header_text("kid"));
    key.is_some_and(|k| k["alg"].as_str() == jws.header_text("alg") && jws.verified_by(k))
}

fn claims(token: &str) -> Value {
    Value::Object(Jws::parse(token).expect("three parts").claims)
}

#[test]
fn discovery_names_what_is_served() {
    let issuer = issuer();
    let d: Value = serde_json::from_str(&issuer.discovery()).expect("json");
    assert_eq!(d["issuer"], "http://127.0.0.1:8080/sandbox/helseid");
    for member in ["jwks_uri", "token_endpoint"] {
        assert!(d[member].as_str().is_some_and(|u| u.starts_with(issuer.url())));
    }
    let path = d["jwks_uri"]
        .as_str()
        .expect("uri")
        .strip_prefix("http://127.0.0.1:8080")
        .expect("base");
    let request = Request {
        method: "GET",
        path,
        query: "",
        content_type: "",
        dpop: &[],
        body: b"",
        now_ms: NOW,
    };
    assert_eq!(issuer.handle(&request).body, issuer.jwks());
}

#[test]
fn every_personas_token_is_verified_by_the_published_keys() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    for p in crate::persona::personas() {
        for alg in ["ES256", "PS256"] {
            let mut request = PersonaRequest::new(&p.name, key.thumbprint()).patient(PATIENT);
            request.alg = Some(alg.to_owned());
            let token = issuer.persona_token(&request, NOW).expect("token");
            assert!(verifies(&issuer, &token.access_token), "{} {alg}", p.name);
            let c = claims(&token.access_token);
            assert_eq!(c["iss"], issuer.url());
            assert_eq!(c["aud"], AUDIENCE);
            assert_eq!(c["cnf"]["jkt"], key.thumbprint());
            assert_eq!(c["exp"].as_i64(), Some(NOW / 1000 + LIFETIME));
            assert_eq!(c["client_id"], p.client.id);
            assert_eq!(c[claims::PID].as_str(), p.person.as_ref().map(|person| person.pid.as_ref()));
        }
    }
}

#[test]
fn tokens_of_before_a_rotation_hold_until_the_next() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    let token = issuer
        .persona_token(&PersonaRequest::new("vkp", key.thumbprint()), NOW)
        .expect("token")
        .access_token;
    issuer.rotate().expect("rotated");
    assert!(verifies(&issuer, &token));
    let next = issuer
        .persona_token(&PersonaRequest::new("vkp", key.thumbprint()), NOW)
        .expect("token")
        .access_token;
    assert_ne!(
        Jws::parse(&token).expect("jws").header["kid"],
        Jws::parse(&next).expect("jws").header["kid"]
    );
    issuer.rotate().expect("rotated");
    assert!(!verifies(&issuer, &token));
    assert!(verifies(&issuer, &next));
}

#[test]
fn the_attestation_has_the_trust_frameworks_shape() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    let request = PersonaRequest::new("lege-legevakt-nordvik", key.thumbprint())
        .patient(PATIENT)
        .purpose(Purpose::Btg)
        .reason("bevisstløs, ukjent for oss");
    let c = claims(&issuer.persona_token(&request, NOW).expect("token").access_token);
    let details = c["authorization_details"].as_array().expect("array");
    assert_eq!(details.len(), 1);
    let a = &details[0];
    assert_eq!(a["type"], "nhn:tillitsrammeverk:parameters");
    assert_eq!(a["practitioner"]["identifier"]["id"], c[claims::PID]);
    assert_eq!(a["practitioner"]["authorization"]["code"], "LE");
    assert_eq!(a["practitioner"]["legal_entity"]["id"], "399901006");
    assert_eq!(a["practitioner"]["point_of_care"]["id"], "399901014");
    assert_eq!(a["care_relationship"]["purpose_of_use"]["code"], "BTG");
    assert_eq!(a["care_relationship"]["healthcare_service"]["code"], "KA02");
    assert_eq!(a["care_relationship"]["decision_ref"]["description"], "bevisstløs, ukjent for oss");
    assert_eq!(a["patients"][0]["identifier"]["id"], PATIENT);
    assert_eq!(a["patients"][0]["identifier"]["system"], "2.16.578.1.12.4.1.4.1");
    assert_eq!(a["toa"].as_i64(), Some(NOW / 1000));
    for without in ["drift", "personvernombud-nordvik", "epj-nordvik", "innbygger-11833810555"] {
        let c = claims(
            &issuer
                .persona_token(&PersonaRequest::new(without, key.thumbprint()), NOW)
                .expect("token")
                .access_token,
        );
        assert!(c.get("authorization_details").is_none(), "{without}");
    }
}

#[test]
fn citizens_have_their_number_and_only_the_scope_for_insight() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    let c = claims(
        &issuer
            .persona_token(&PersonaRequest::new("innbygger-11833810555", key.thumbprint()), NOW)
            .expect("token")
            .access_token,
    );
    assert_eq!(c[claims::PID], PATIENT);
    assert_eq!(c["scope"], json!(["nhn:kilde/innsyn"]));
    assert_eq!(
        (&c["client_id"], &c["idp"], &c[claims::SECURITY_LEVEL]),
        (&json!("innbygger-portal"), &json!("idporten"), &json!("4"))
    );
    let proxy = claims(
        &issuer
            .persona_token(&PersonaRequest::new("verge-11833810555", key.thumbprint()), NOW)
            .expect("token")
            .access_token,
    );
    assert_ne!(proxy[claims::PID], PATIENT);
    assert_eq!(proxy["authorization_details"][0]["represented"]["id"], PATIENT);
}

/// A token without what differs from one made to the next.
fn comparable(token: &str) -> (Map<String, Value>, Value) {
    let jws = Jws::parse(token).expect("three parts");
    let mut c = Value::Object(jws.claims);
    c["jti"] = Value::Null;
    (jws.header, c)
}

#[test]
fn every_wrong_token_is_wrong_and_only_as_named() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    let request = PersonaRequest::new("sykepleier-kad-nordvik", key.thumbprint()).patient(PATIENT);
    let right = issuer.persona_token(&request, NOW).expect("token").access_token;
    let (header, valid) = comparable(&right);
    let mut names = std::collections::HashSet::new();
    for variant in Variant::WRONG.iter().copied() {
        assert!(names.insert(variant.name()) && Variant::from_name(variant.name()) == Some(variant));
        let token = issuer
            .persona_token(&request.clone().variant(variant), NOW)
            .expect("token")
            .access_token;
        if variant == Variant::TooLong {
            // Longer than what is read at all.
            assert!(token.len() > 16 << 10 && Jws::parse(&token).is_none());
            continue;
        }
        let (h, c) = comparable(&token);
        let signed = matches!(
            variant,
            Variant::AlgNone
                | Variant::Hs256
                | Variant::UnknownKid
                | Variant::NoKid
                | Variant::ForeignKey
                | Variant::EmbeddedKey
                | Variant::Tampered
        );
        assert_eq!(!verifies(&issuer, &token), signed, "{}", variant.name());
        let changed: Vec<&String> = keys_of(&valid, &c);
        match variant {
            Variant::AlgNone | Variant::Hs256 | Variant::UnknownKid | Variant::EmbeddedKey | Variant::WrongType => {
                assert_ne!(h, header, "{}", variant.name());
                assert!(changed.is_empty());
            }
            Variant::NoKid | Variant::CriticalHeader => {
                assert_ne!(h, header, "{}", variant.name());
                assert!(changed.is_empty());
            }
            // Who takes the last of two finds nothing wrong.
            Variant::DuplicatedClaim => assert!(changed.is_empty()),
            Variant::NoExpiry => assert_eq!(changed, ["exp"]),
            Variant::IdPorten => assert_eq!(changed, ["iss"]),
            Variant::OtherClient => assert_eq!(changed, ["client_id"]),
            Variant::ForeignKey => assert!(changed.is_empty() && h == header),
            Variant::Tampered => assert_eq!(changed, ["exp"]),
            Variant::Expired => assert_eq!(changed, ["iat", "nbf", "exp"]),
            Variant::NotYetValid => assert_eq!(changed, ["nbf", "exp"]),
            Variant::WrongAudience | Variant::TwoAudiences | Variant::NoAudience => assert_eq!(changed, ["aud"]),
            Variant::WrongIssuer => assert_eq!(changed, ["iss"]),
            Variant::NoCnf | Variant::WrongJkt => assert_eq!(changed, ["cnf"]),
            Variant::NoScope => assert_eq!(changed, ["scope"]),
            Variant::NoClient => assert_eq!(changed, ["client_id"]),
            Variant::NoPid => assert_eq!(changed, [claims::PID]),
            Variant::Level3 | Variant::NoLevel => assert_eq!(changed, [claims::SECURITY_LEVEL, claims::ASSURANCE_LEVEL]),
            Variant::NoHpr => assert_eq!(changed, [claims::HPR_NUMBER, claims::HPR_DETAILS]),
            Variant::NoHprDetails => assert_eq!(changed, [claims::HPR_DETAILS]),
            Variant::NoOrganisation | Variant::OtherOrganisation => assert_eq!(changed.len(), 2),
            _ => assert_eq!(changed, ["authorization_details"], "{}", variant.name()),
        }
    }
}

fn keys_of<'a>(before: &'a Value, after: &'a Value) -> Vec<&'a String> {
    let before = before.as_object().expect("object");
    before
        .iter()
        .filter(|(k, v)| after.get(k.as_str()) != Some(*v))
        .map(|(k, _)| k)
        .collect()
}

#[test]
fn bad_persona_requests_are_told_what_is_wrong() {
    let issuer = issuer();
    let key = DpopKey::generate().expect("key");
    let good = PersonaRequest::new("vkp", key.thumbprint());
    let with = |change: &dyn Fn(&mut PersonaRequest)| {
        let mut request = good.clone();
        change(&mut request);
        issuer.persona_token(&request, NOW).map(|_| ()).expect_err("refused")
    };
    assert_eq!(with(&|r| r.persona = "ukjent".into()).status, 400);
    assert_eq!(with(&|r| r.jkt = "kort".into()).error, "invalid_request");
    assert!(with(&|r| r.patient = Some("11833810556".into())).description.contains("synthetic"));
    assert!(with(&|r| r.purpose = Some("FORSKNING".into())).description.contains("TREAT"));
    assert!(with(&|r| r.variant = Some("rar".into())).description.contains("variant"));
    assert_eq!(with(&|r| r.scope = Some("nhn:kilde/admin".into())).error, "invalid_scope");
    assert!(!with(&|r| r.persona = "<script>".into()).body().contains("<script>"));
}

struct Shop {
    issuer: Issuer,
    client: ClientKey,
    dpop: DpopKey,
}

impl Shop {
    fn new(algorithm: SigningAlgorithm) -> Shop {
        let shop = Shop {
            issuer: issuer(),
            client: ClientKey::generate(algorithm).expect("key"),
            dpop: DpopKey::generate().expect("key"),
        };
        shop.issuer
            .register_client("epj-nordvik", &Value::Object(shop.client.public_jwk()))
            .expect("registered");
        shop
    }

    fn form(&self, assertion: String) -> Vec<(String, String)> {
        [
            ("grant_type", "client_credentials".to_owned()),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            ),
            ("client_assertion", assertion),
        ]
        .map(|(n, v)| (n.to_owned(), v))
        .to_vec()
    }

    fn assertion(&self, change: impl FnOnce(&mut Value)) -> String {
        let now = NOW / 1000;
        let mut claims = json!({"iss": "epj-nordvik", "sub": "epj-nordvik", "aud": self.issuer.url(), "iat": now, "exp": now + 30,
            "jti": crate::jose::random_text().expect("random")});
        change(&mut claims);
        self.client.sign(&claims).expect("signed")
    }

    fn ask(&self, assertion: String) -> Result<TokenResponse, OAuthError> {
        let proof = self.dpop.proof("POST", &self.issuer.token_endpoint(), None, NOW).expect("proof");
        self.issuer.token(&self.form(assertion), &[&proof], NOW)
    }
}

#[test]
fn a_registered_client_gets_a_token_bound_to_its_key() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Ps256] {
        let shop = Shop::new(algorithm);
        let assertion = shop
            .client
            .assertion("epj-nordvik", shop.issuer.url(), Some(("399901006", Some("399901057"))), NOW);
        let token = shop.ask(assertion.expect("signed")).expect("token");
        assert!(verifies(&shop.issuer, &token.access_token));
        let c = claims(&token.access_token);
        assert_eq!(c["cnf"]["jkt"], shop.dpop.thumbprint());
        assert_eq!(c["helseid://claims/client/claims/orgnr_child"], "399901057");
        assert!(c.get(claims::PID).is_none());
        assert_eq!(token.scope, "nhn:kilde/les nhn:kilde/skriv");
    }
}

#[test]
fn assertions_that_break_a_rule_are_refused() {
    let shop = Shop::new(SigningAlgorithm::Es256);
    let now = NOW / 1000;
    type Change = Box<dyn FnOnce(&mut Value)>;
    let cases: Vec<(&str, Change)> = vec![
        ("another client", Box::new(|c| c["sub"] = json!("vkp"))),
        ("unregistered", Box::new(|c| (c["iss"], c["sub"]) = (json!("vkp"), json!("vkp")))),
        ("audience", Box::new(|c| c["aud"] = json!("https://annen.example"))),
        ("two audiences", Box::new(|c| c["aud"] = json!([c["aud"], "x"]))),
        ("too long", Box::new(move |c| c["exp"] = json!(now + 61))),
        ("too short", Box::new(move |c| c["exp"] = json!(now + 9))),
        ("past", Box::new(move |c| (c["iat"], c["exp"]) = (json!(now - 60), json!(now - 30)))),
        (
            "future",
            Box::new(move |c| (c["iat"], c["exp"]) = (json!(now + 60), json!(now + 90))),
        ),
        (
            "overflow",
            Box::new(move |c| (c["iat"], c["exp"]) = (json!(i64::MIN), json!(i64::MAX))),
        ),
        ("no jti", Box::new(|c| c["jti"] = Value::Null)),
    ];
    for (name, change) in cases {
        let refused = shop.ask(shop.assertion(change)).expect_err(name);
        assert_eq!((refused.status, refused.error), (401, "invalid_client"), "{name}");
    }
    let other = ClientKey::generate(SigningAlgorithm::Es256).expect("key");
    let forged = other.assertion("epj-nordvik", shop.issuer.url(), None, NOW).expect("signed");
    assert!(shop.ask(forged).is_err());
    let once = shop.assertion(|_| ());
    assert!(shop.ask(once.clone()).is_ok());
    assert!(shop.ask(once).is_err(), "an assertion counts once");
    let elsewhere = shop
        .client
        .assertion("epj-nordvik", shop.issuer.url(), Some(("399902002", None)), NOW)
        .expect("signed");
    assert_eq!(shop.ask(elsewhere).expect_err("another municipality").error, "invalid_request");
    let no_unit = shop
        .client
        .assertion("epj-nordvik", shop.issuer.url(), Some(("399901006", Some("399902010"))), NOW)
        .expect("signed");
    assert!(shop.ask(no_unit).is_err(), "a unit of another municipality");
}

#[test]
fn proofs_that_break_a_rule_are_refused() {
    let shop = Shop::new(SigningAlgorithm::Es256);
    let endpoint = shop.issuer.token_endpoint();
    for (name, variant) in ProofVariant::WRONG {
        if matches!(
            variant,
            ProofVariant::WrongTokenHash | ProofVariant::NoTokenHash | ProofVariant::OtherKey
        ) {
            continue; // No token yet, so no hash of it, and no key that it is bound to.
        }
        let proof = shop.dpop.wrong_proof(variant, "POST", &endpoint, None, NOW).expect("proof");
        let refused = shop
            .issuer
            .token(&shop.form(shop.assertion(|_| ())), &[&proof], NOW)
            .expect_err(name);
        assert_eq!((refused.status, refused.error), (400, "invalid_dpop_proof"), "{name}");
    }
    let proof = shop.dpop.proof("POST", &endpoint, None, NOW).expect("proof");
    let ask = |dpop: &[&str]| shop.issuer.token(&shop.form(shop.assertion(|_| ())), dpop, NOW);
    assert!(ask(&[]).is_err());
    assert!(ask(&[&proof, &proof]).is_err());
    assert!(ask(&[&proof]).is_ok());
    assert!(ask(&[&proof]).is_err(), "a proof counts once");
}

#[test]
fn requests_over_http() {
    let shop = Shop::new(SigningAlgorithm::Es256);
    let post = |path: &str, content_type: &str, body: &[u8], dpop: &[&str]| {
        shop.issuer.handle(&Request {
            method: "POST",
            path,
            query: "",
            content_type,
            dpop,
            body,
            now_ms: NOW,
        })
    };
    let body = json!({"persona": "drift", "jkt": shop.dpop.thumbprint()}).to_string();
    let reply = post("/sandbox/helseid/persona", "application/json", body.as_bytes(), &[]);
    assert_eq!((reply.status, reply.cache_control), (200, "no-store"));
    assert!(reply.body.contains("\"sandbox_only\":true"));
    assert_eq!(post("/sandbox/helseid/persona", "application/json", b"{", &[]).status, 400);
    assert_eq!(
        post("/sandbox/helseid/persona", "application/json", &vec![b' '; 70_000], &[]).status,
        413
    );
    let proof = shop.dpop.proof("POST", &shop.issuer.token_endpoint(), None, NOW).expect("proof");
    let form = format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={}",
        shop.assertion(|_| ())
    );
    let reply = post(
        "/sandbox/helseid/connect/token",
        "application/x-www-form-urlencoded; charset=utf-8",
        form.as_bytes(),
        &[&proof],
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
    let register = json!({"client_id": "tavle-nordvik", "jwk": shop.client.public_jwk()}).to_string();
    assert_eq!(
        post("/sandbox/helseid/clients", "application/json", register.as_bytes(), &[]).status,
        200
    );
    let unknown = json!({"client_id": "ukjent", "jwk": shop.client.public_jwk()}).to_string();
    assert_eq!(
        post("/sandbox/helseid/clients", "application/json", unknown.as_bytes(), &[]).status,
        400
    );
    assert_eq!(post("/sandbox/helseid/rotate", "", b"", &[]).status, 200);
    let get = |path: &str| {
        shop.issuer
            .handle(&Request {
                method: "GET",
                path,
                query: "",
                content_type: "",
                dpop: &[],
                body: b"",
                now_ms: NOW,
            })
            .status
    };
    assert_eq!(get("/sandbox/helseid/connect/token"), 405);
    assert_eq!(get("/sandbox/helseid/annet"), 404);
    assert_eq!(get("/sandbox/helseid/.well-known/openid-configuration"), 200);
}

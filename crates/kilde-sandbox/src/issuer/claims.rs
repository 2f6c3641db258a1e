//! What stands in an access token: HelseID's claims and the trust framework's attestation.

use crate::jose::{KeyError, random_text, sha256};
use crate::persona::{Code, Kind, Person, Persona, Purpose};
use kilde_fhir::national_id;
use serde_json::{Value, json};

/// Type of the trust framework's attestation.
pub(super) const ATTESTATION: &str = "nhn:tillitsrammeverk:parameters";
/// Type of the detail that says a citizen's token is used for somebody else.
pub(super) const REPRESENTATION: &str = "kilde:representasjon";

pub(super) const PID: &str = "helseid://claims/identity/pid";
pub(super) const SECURITY_LEVEL: &str = "helseid://claims/identity/security_level";
pub(super) const ASSURANCE_LEVEL: &str = "helseid://claims/identity/assurance_level";
pub(super) const HPR_NUMBER: &str = "helseid://claims/hpr/hpr_number";
pub(super) const HPR_DETAILS: &str = "helseid://claims/hpr/hpr_details";
pub(super) const ORGNR_PARENT: &str = "helseid://claims/client/claims/orgnr_parent";

/// Claims that the discovery document tells of.
pub(super) const SUPPORTED: [&str; 13] = [
    "name",
    PID,
    "helseid://claims/identity/pid_pseudonym",
    SECURITY_LEVEL,
    ASSURANCE_LEVEL,
    "helseid://claims/identity/network",
    HPR_NUMBER,
    HPR_DETAILS,
    ORGNR_PARENT,
    "helseid://claims/client/claims/orgnr_child",
    "helseid://claims/client/claims/orgnr_supplier",
    "helseid://claims/client/client_tenancy",
    "helseid://claims/client/client_name",
];

const ACT_REASON: &str = "urn:oid:2.16.840.1.113883.1.11.20448";
const AUTHORISATION: &str = "urn:oid:2.16.578.1.12.4.1.1.9060";
const MUNICIPAL_SERVICE: &str = "urn:oid:2.16.578.1.12.4.1.1.8663";

/// The claims of an access token for a persona, without attestation.
pub(super) fn access_token(issuer: &str, persona: &Persona, scopes: &[&str], jkt: &str, now: i64) -> Result<Value, KeyError> {
    let mut claims = json!({
        "iss": issuer,
        "aud": super::AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + super::LIFETIME,
        "jti": random_text()?,
        "client_id": persona.client.id,
        "client_amr": "private_key_jwt",
        "scope": scopes,
        "cnf": {"jkt": jkt},
        "sandbox": true,
        "helseid://claims/client/client_name": persona.client.name,
        "helseid://claims/client/client_tenancy": if persona.client.supplier.is_some() { "multi-tenant" } else { "single-tenant" },
    });
    if let Some(organisation) = persona.organisation {
        claims[ORGNR_PARENT] = json!(organisation.number);
    }
    if let Some(unit) = persona.unit {
        claims["helseid://claims/client/claims/orgnr_child"] = json!(unit.number);
    }
    if let Some(supplier) = persona.client.supplier {
        claims["helseid://claims/client/claims/orgnr_supplier"] = json!(supplier.number);
    }
    match &persona.person {
        Some(person) => add_person(&mut claims, persona, person, now),
        None => claims["sub"] = json!(persona.client.id),
    }
    Ok(claims)
}

fn add_person(claims: &mut Value, persona: &Persona, person: &Person, now: i64) {
    // The same person is the same subject at every client, and nobody can tell the number from it.
    let pseudonym = sha256(format!("kilde sandbox subject {}", person.pid).as_bytes());
    claims["sub"] = json!(pseudonym);
    claims["auth_time"] = json!(now - 60);
    claims["idp"] = json!("idporten");
    claims["name"] = json!(person.name());
    claims["given_name"] = json!(person.given);
    claims["family_name"] = json!(person.family);
    claims[PID] = json!(person.pid);
    claims["helseid://claims/identity/pid_pseudonym"] = json!(pseudonym);
    claims[SECURITY_LEVEL] = json!(person.security_level.to_string());
    claims[ASSURANCE_LEVEL] = json!(if person.security_level >= 4 { "high" } else { "substantial" });
    claims["helseid://claims/identity/network"] = json!("internett");
    if let Some(hpr) = person.hpr {
        claims[HPR_NUMBER] = json!(hpr);
    }
    if let Some(authorisation) = person.authorisation {
        claims[HPR_DETAILS] = json!({"approvals": [{"profession": authorisation.code}]});
    }
    if let (Kind::Proxy, Some(represented)) = (persona.kind, &persona.represents) {
        claims["authorization_details"] = json!([{
            "type": REPRESENTATION,
            "role": "verge",
            "represented": {"id": represented, "system": oid(national_id::FNR)},
        }]);
    }
}

/// What an attestation is made for.
pub(super) struct Attested<'a> {
    pub(super) purpose: Purpose,
    pub(super) patient: Option<&'a str>,
    /// Reason in words; stands in `decision_ref.description`, which otherwise says that there is an official need.
    pub(super) reason: Option<&'a str>,
    pub(super) self_declared: bool,
    pub(super) now: i64,
}

/// The trust framework's attestation of a persona; `None` for who has no person or no organisation.
pub(super) fn attestation(persona: &Persona, about: &Attested<'_>) -> Option<Value> {
    let (person, organisation) = (persona.person.as_ref()?, persona.organisation?);
    let place = persona.unit.unwrap_or(organisation);
    let mut practitioner = json!({
        "identifier": {"id": person.pid, "system": oid(national_id::FNR)},
        "legal_entity": {"id": organisation.number, "system": oid(national_id::ORGNR)},
        "point_of_care": {"id": place.number, "system": oid(national_id::ORGNR)},
    });
    if let Some(hpr) = person.hpr {
        practitioner["hpr_nr"] = json!({"id": hpr, "system": oid(national_id::HPR)});
    }
    if let Some(authorisation) = person.authorisation {
        practitioner["authorization"] = coded(authorisation, AUTHORISATION);
    }
    let mut relation = json!({
        "purpose_of_use": {"code": about.purpose.code(), "system": ACT_REASON},
        "decision_ref": {
            "id": sha256(format!("{} {} {}", persona.name, about.patient.unwrap_or_default(), about.now / 3600).as_bytes()),
            "description": about.reason.unwrap_or("Tjenstlig behov"),
            "user_selected": about.self_declared,
        },
    });
    if let Some(service) = persona.healthcare_service {
        relation["healthcare_service"] = coded(service, MUNICIPAL_SERVICE);
    }
    if let Some(details) = persona.purpose_details {
        relation["purpose_of_use_details"] = coded(details, national_id::IPLOS_SERVICE);
    }
    let mut attestation = json!({
        "type": ATTESTATION,
        "practitioner": practitioner,
        "care_relationship": relation,
        "toa": about.now,
    });
    if let Some(patient) = about.patient {
        let system = if patient.starts_with(['4', '5', '6', '7']) {
            national_id::DNR
        } else {
            national_id::FNR
        };
        attestation["patients"] = json!([{
            "identifier": {"id": patient, "system": oid(system)},
            "point_of_care": {"id": place.number, "system": oid(national_id::ORGNR)},
        }]);
    }
    Some(attestation)
}

fn coded(code: Code, system: &str) -> Value {
    json!({"code": code.code, "system": system, "text": code.display})
}

/// The bare OID of a FHIR system.
fn oid(system: &str) -> &str {
    system.strip_prefix("urn:oid:").unwrap_or(system)
}

//! Clients of the sandbox and their assertions (RFC 7523 as HelseID narrows it).

use super::{Issuer, OAuthError};
use crate::jose::{self, Jws};
use crate::organisations::{Organisation, organisation};
use crate::persona::{Kind, Persona, personas};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Keys a client may have registered at a time; the oldest goes first.
const KEYS_PER_CLIENT: usize = 8;

/// Registered clients by client id.
#[derive(Debug, Default)]
pub(super) struct Clients {
    keys: HashMap<&'static str, Vec<Map<String, Value>>>,
}

/// The persona that a client is when it acts without a user; for one that never does, the first who uses it.
fn of_client(client_id: &str) -> Option<&'static Persona> {
    let own = || personas().iter().filter(|p| p.client.id == client_id);
    own().find(|p| p.kind == Kind::System).or_else(|| own().next())
}

impl Clients {
    pub(super) fn register(&mut self, client_id: &str, jwk: &Value) -> Result<(), OAuthError> {
        let wrong = |why: &str| OAuthError::new(400, "invalid_client_metadata", why);
        let persona = of_client(client_id).ok_or_else(|| wrong("client_id is none of the sandbox's systems"))?;
        let jwk = jwk.as_object().ok_or_else(|| wrong("jwk must be an object"))?;
        if jose::has_private_member(jwk) {
            return Err(wrong("jwk must hold a public key only"));
        }
        if jose::thumbprint(jwk).is_none() {
            return Err(wrong("jwk is of no accepted kind"));
        }
        let keys = self.keys.entry(persona.client.id).or_default();
        if keys.len() >= KEYS_PER_CLIENT {
            keys.remove(0);
        }
        keys.push(jwk.clone());
        Ok(())
    }

    fn verifies(&self, client_id: &str, jws: &Jws<'_>) -> bool {
        self.keys
            .get(client_id)
            .is_some_and(|keys| keys.iter().any(|jwk| jws.verified_by(jwk)))
    }
}

impl Issuer {
    /// Verifies a client assertion; gives the client as a persona, with the organisation it acts for.
    pub(super) fn authenticated(&self, text: &str, endpoint: &str, now: i64) -> Result<Persona, OAuthError> {
        let wrong = |why: &str| OAuthError::new(401, "invalid_client", why);
        let jws = Jws::parse(text).ok_or_else(|| wrong("the assertion is no JWS"))?;
        if !matches!(jws.header_text("typ"), Some("client-authentication+jwt" | "JWT")) {
            return Err(wrong("typ must be client-authentication+jwt"));
        }
        let client_id = jws.text("iss").ok_or_else(|| wrong("iss is missing"))?;
        if jws.text("sub") != Some(client_id) {
            return Err(wrong("iss and sub must both be the client id"));
        }
        let audience = match jws.claims.get("aud") {
            Some(Value::Array(items)) if items.len() == 1 => items[0].as_str(),
            other => other.and_then(Value::as_str),
        };
        // HelseID wants the issuer; SMART Backend Services the token endpoint, and allows five minutes.
        let smart = endpoint != self.token_endpoint();
        if audience != Some(self.url.as_str()) && !(smart && audience == Some(endpoint)) {
            return Err(wrong("aud must be the issuer, and nothing else"));
        }
        let (Some(issued), Some(expires)) = (jws.seconds("iat"), jws.seconds("exp")) else {
            return Err(wrong("iat and exp must be there"));
        };
        let longest = if smart { 300 } else { 60 };
        if !(10..=longest).contains(&(expires.saturating_sub(issued))) {
            return Err(wrong("an assertion must live from 10 to 60 seconds, for SMART to 300"));
        }
        if expires <= now || issued > now + 10 || jws.seconds("nbf").is_some_and(|from| from > now + 10) {
            return Err(wrong("the assertion is not valid now"));
        }
        let jti = jws
            .text("jti")
            .filter(|t| (1..=256).contains(&t.len()))
            .ok_or_else(|| wrong("jti is missing or too long"))?;
        if !self.clients.read().verifies(client_id, &jws) {
            return Err(wrong("the client is not registered, or the signature is not made with its key"));
        }
        if !self.replay.lock().first(format!("a {client_id} {jti}"), now, expires) {
            return Err(wrong("the assertion has been used before"));
        }
        let mut persona = of_client(client_id).ok_or_else(|| wrong("the client is not registered"))?.clone();
        if let Some(details) = jws.claims.get("assertion_details") {
            acts_for(&mut persona, details)?;
        }
        Ok(persona)
    }
}

/// Reads `assertion_details` and sets the organisation, which must be the client's own legal entity and
/// one of its units.
fn acts_for(persona: &mut Persona, details: &Value) -> Result<(), OAuthError> {
    let wrong = |why: &str| OAuthError::new(400, "invalid_request", why);
    let items = details.as_array().map_or(std::slice::from_ref(details), Vec::as_slice);
    let detail = items
        .iter()
        .find(|d| d["type"] == "helseid_authorization")
        .ok_or_else(|| wrong("assertion_details must be of the type helseid_authorization"))?;
    let identifier = &detail["practitioner_role"]["organization"]["identifier"];
    if identifier["system"] != "urn:oid:1.0.6523" {
        return Err(wrong("the organisation's system must be urn:oid:1.0.6523"));
    }
    let value = identifier["value"].as_str().and_then(|v| v.strip_prefix("NO:ORGNR:"));
    let (parent, child) = value
        .map(|v| v.split_once(':').unwrap_or((v, "")))
        .ok_or_else(|| wrong("value must be NO:ORGNR:<parent>:<child>"))?;
    if persona.organisation.is_none_or(|own| own.number != parent) {
        return Err(wrong("the client may not act for that legal entity"));
    }
    let unit: Option<&'static Organisation> = if child.is_empty() {
        None
    } else {
        let unit = organisation(child).filter(|u| u.parent == Some(parent));
        Some(unit.ok_or_else(|| wrong("the unit does not belong to the legal entity"))?)
    };
    persona.unit = unit;
    Ok(())
}

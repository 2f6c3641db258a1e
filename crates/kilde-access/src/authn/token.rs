//! The access token: its form, its claims, and the identity they prove.

use super::attestation;
use super::jose::{Header, Parts};
use super::key::Algorithm;
use super::reason::Reason;
use super::unique::Unique;
use crate::identity::{Actor, Identity};
use crate::smart::SmartScopes;
use serde_json::{Map, Value};
use std::sync::Arc;

const PID: &str = "helseid://claims/identity/pid";
const SECURITY_LEVEL: &str = "helseid://claims/identity/security_level";
const ASSURANCE_LEVEL: &str = "helseid://claims/identity/assurance_level";
const PSEUDONYM: &str = "helseid://claims/identity/pid_pseudonym";
const HPR_NUMBER: &str = "helseid://claims/hpr/hpr_number";
const HPR_DETAILS: &str = "helseid://claims/hpr/hpr_details";
const ORGNR_PARENT: &str = "helseid://claims/client/claims/orgnr_parent";
const ORGNR_CHILD: &str = "helseid://claims/client/claims/orgnr_child";
const ORGNR_SUPPLIER: &str = "helseid://claims/client/claims/orgnr_supplier";
const CLIENT_NAME: &str = "helseid://claims/client/client_name";
/// `authorization_details` type by which a citizen's token says that she acts for another.
const REPRESENTATION: &str = "kilde:representasjon";

/// Claims of a token whose signature has been verified, or is about to be.
pub struct Claims(Map<String, Value>);

impl Claims {
    /// From the payload; `None` if a name stands twice in it.
    pub fn of(jws: &Parts<'_>) -> Option<Claims> {
        jws.claims::<Unique>().map(|unique| Claims(unique.0))
    }

    /// The issuer.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|t| !t.is_empty())
    }

    /// A time in seconds.
    pub fn seconds(&self, name: &str) -> Result<Option<i64>, Reason> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .or_else(|| value.as_f64().map(|f| f as i64))
                .map(Some)
                .ok_or(Reason::TokenMalformed),
        }
    }

    /// Whether the token is issued to this audience, and to no other.
    pub fn audience_is(&self, audience: &str) -> bool {
        audience_is(self, audience)
    }

    /// Whether it tells of that event (RFC 8417).
    pub fn has_event(&self, name: &str) -> bool {
        self.0
            .get("events")
            .and_then(Value::as_object)
            .is_some_and(|events| events.contains_key(name))
    }

    /// The thumbprint of the key that the token is bound to.
    pub fn bound_to(&self) -> Option<&str> {
        self.0.get("cnf")?.get("jkt")?.as_str().filter(|t| !t.is_empty())
    }
}

/// Checks header fields that need no key.
pub fn algorithm(header: &Header) -> Result<Algorithm, Reason> {
    let kind = header.typ.as_deref().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("at+jwt") && !kind.eq_ignore_ascii_case("jwt") {
        return Err(Reason::TokenType);
    }
    Algorithm::from_name(&header.alg).ok_or(Reason::TokenAlgorithm)
}

/// Checks time and audience, and makes the identity.
pub fn identity(claims: &Claims, audience: &str, now_s: i64, leeway_s: i64) -> Result<Identity, Reason> {
    let expires = claims.seconds("exp")?.ok_or(Reason::TokenMalformed)?;
    if expires.saturating_add(leeway_s) <= now_s {
        return Err(Reason::TokenExpired);
    }
    if claims.seconds("nbf")?.is_some_and(|from| from.saturating_sub(leeway_s) > now_s) {
        return Err(Reason::TokenNotYetValid);
    }
    if !audience_is(claims, audience) {
        return Err(Reason::TokenAudience);
    }
    let smart = SmartScopes::of(words(claims).into_iter()).map(Arc::new);
    let scopes = match &smart {
        Some(smart) => narrowed(scopes(claims, audience), smart, claims),
        None => scopes(claims, audience),
    };
    if scopes.is_empty() {
        return Err(Reason::TokenScope);
    }
    let client = claims.text("client_id").ok_or(Reason::TokenClient)?;
    Ok(Identity {
        actor: actor(claims, &scopes)?,
        legal_entity: claims.text(ORGNR_PARENT).map(str::to_owned),
        unit: claims.text(ORGNR_CHILD).map(str::to_owned),
        supplier: claims.text(ORGNR_SUPPLIER).map(str::to_owned),
        client: client.to_owned(),
        client_name: claims.text(CLIENT_NAME).map(str::to_owned),
        smart,
        attestation: attestation::read(&claims.0),
        claims_proxy: representation(claims).is_some(),
        represents: represented(claims),
        expires_ms: expires.saturating_mul(1000),
        scopes,
    })
}

/// Exactly ours: the one string, or an array of just that.
fn audience_is(claims: &Claims, audience: &str) -> bool {
    match claims.0.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(items)) => matches!(&items[..], [Value::String(one)] if one == audience),
        _ => false,
    }
}

/// Our own scopes of a token that has SMART scopes: those that they ask for, and that it has, if it has any of ours. To hold one's own access to a
/// citizen's information is no resource of FHIR, and stays.
fn narrowed(own: Vec<String>, smart: &SmartScopes, claims: &Claims) -> Vec<String> {
    let user = claims.text(PID).or_else(|| claims.text("pid")).is_some();
    let asked = smart.ours(user);
    match own.is_empty() {
        true => asked.into_iter().map(str::to_owned).collect(),
        false => own
            .into_iter()
            .filter(|name| name == "innsyn" || asked.contains(&name.as_str()))
            .collect(),
    }
}

/// The words of `scope`.
fn words(claims: &Claims) -> Vec<&str> {
    match claims.0.get("scope") {
        Some(Value::String(list)) => list.split(' ').collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Scopes of our audience, without its name.
fn scopes(claims: &Claims, audience: &str) -> Vec<String> {
    let ours = words(claims)
        .into_iter()
        .filter_map(|word| word.strip_prefix(audience)?.strip_prefix('/'));
    ours.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A token of a user holds `pid`; a citizen's is known by its only scope, `innsyn`.
fn actor(claims: &Claims, scopes: &[String]) -> Result<Actor, Reason> {
    let citizen = scopes.iter().all(|s| s == "innsyn");
    let Some(pid) = claims.text(PID).or_else(|| claims.text("pid")) else {
        let user = citizen
            || [SECURITY_LEVEL, ASSURANCE_LEVEL, PSEUDONYM, HPR_NUMBER]
                .iter()
                .any(|name| claims.0.contains_key(*name));
        return if user { Err(Reason::UserWithoutPid) } else { Ok(Actor::System) };
    };
    if !attestation::is_national_id(pid) {
        return Err(Reason::UserWithoutPid);
    }
    let (pid, name, level) = (pid.to_owned(), name(claims), level(claims));
    if citizen {
        return Ok(Actor::Citizen { pid, name, level });
    }
    let hpr = claims
        .0
        .get(HPR_NUMBER)
        .and_then(|v| v.as_str().map(str::to_owned).or_else(|| v.as_u64().map(|n| n.to_string())));
    let hpr = hpr.filter(|number| !number.is_empty());
    let professions = if hpr.is_some() {
        professions(claims.0.get(HPR_DETAILS))
    } else {
        Vec::new()
    };
    Ok(Actor::Personnel {
        pid,
        name,
        hpr,
        professions,
        level,
    })
}

fn name(claims: &Claims) -> Option<String> {
    let get = |name: &str| {
        claims
            .text(name)
            .or_else(|| claims.text(&format!("helseid://claims/identity/{name}")))
    };
    get("name")
        .map(str::to_owned)
        .or_else(|| match (get("given_name"), get("family_name")) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (one, other) => one.or(other).map(str::to_owned),
        })
}

/// Level of assurance 1-4, 0 if untold: HelseID's number, else its word, else ID-porten's `acr`.
fn level(claims: &Claims) -> u8 {
    if let Some(value) = claims.0.get(SECURITY_LEVEL) {
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        return number.and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 4).unwrap_or(0);
    }
    match claims.text(ASSURANCE_LEVEL).or_else(|| claims.text("acr")) {
        Some("high" | "idporten-loa-high" | "Level4" | "level4" | "4") => 4,
        Some("substantial" | "idporten-loa-substantial" | "Level3" | "level3" | "3") => 3,
        _ => 0,
    }
}

/// Authorisation categories in `hpr_details`: `{"approvals":[{"profession":"SP"}]}`, as an object
/// or as JSON in a string.
fn professions(details: Option<&Value>) -> Vec<String> {
    let parsed = details
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    let approvals = parsed
        .as_ref()
        .or(details)
        .and_then(|d| d.get("approvals"))
        .and_then(Value::as_array);
    let codes = approvals.into_iter().flatten().filter_map(|a| a.get("profession")?.as_str());
    codes.filter(|code| !code.is_empty() && *code != "-").map(str::to_owned).collect()
}

/// What the token says of whom a citizen acts for.
fn representation(claims: &Claims) -> Option<&Value> {
    let details = claims.0.get("authorization_details").and_then(Value::as_array);
    details
        .into_iter()
        .flatten()
        .find(|d| d.get("type").and_then(Value::as_str) == Some(REPRESENTATION))
}

/// The national id of whom she acts for. One that is none leaves her acting for somebody who is not there.
fn represented(claims: &Claims) -> Option<String> {
    let represented = representation(claims)?.get("represented");
    let id = represented.and_then(|r| r.get("id")).and_then(Value::as_str).unwrap_or_default();
    Some(id.to_owned())
}

//! SMART App Launch 2: `/.well-known/smart-configuration`, made from what is there
//! (<https://hl7.org/fhir/smart-app-launch/conformance.html>), and the sandbox's journal. What the scopes do stands in `kilde_access::smart`.

use crate::answer::Answer;
use crate::sandbox::{PAGE_POLICY, SMALL, Sandbox};
use crate::server::{Server, now_ms};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use kilde_sandbox::ehr::{self, Reply};
use kilde_sandbox::{DpopKey, PersonaRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Where apps get their tokens. `{instance}` in an address stands for the municipality's number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Where users authorize apps; without it there are systems only.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where tokens are given.
    pub token_endpoint: String,
    /// What the server behind these addresses can, as SMART names it (`launch-ehr`, `client-public` ...). What the scopes of its tokens do here
    /// is ours to tell, and is added.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// JWS algorithms of the assertions that it takes, if it takes them.
    #[serde(default)]
    pub signing_algorithms: Vec<String>,
}

impl Endpoints {
    /// Those of the sandbox's journal.
    pub fn of_the_sandbox(base: &str) -> Endpoints {
        let (authorization_endpoint, token_endpoint) = ehr::Ehr::endpoints(base, "{instance}");
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        Endpoints {
            authorization_endpoint: Some(authorization_endpoint),
            token_endpoint,
            capabilities: texts(&[
                "launch-ehr",
                "launch-standalone",
                "client-public",
                "client-confidential-asymmetric",
                "context-banner",
                "context-ehr-patient",
                "context-standalone-patient",
            ]),
            signing_algorithms: texts(ehr::Ehr::algorithms()),
        }
    }
}

/// `GET /{instance}/fhir/r4/.well-known/smart-configuration`. Open to everybody: it holds nothing about persons.
pub async fn configuration(State(server): State<Arc<Server>>, Path(instance): Path<String>) -> Response {
    let found = server.municipalities.get(&instance).and(server.smart.as_ref());
    match found {
        Some(endpoints) => Answer::json(StatusCode::OK, told(endpoints, &instance).to_string()).release(),
        None => Answer::not_found().release(),
    }
}

fn told(endpoints: &Endpoints, instance: &str) -> Value {
    let here = |address: &str| address.replace("{instance}", instance);
    let (mut scopes, mut grants, mut own) = (vec![], vec!["client_credentials"], vec!["permission-v2"]);
    let mut told = json!({
        "token_endpoint": here(&endpoints.token_endpoint),
        // Demanded by the specification of whoever has no authorization endpoint, too.
        "code_challenge_methods_supported": ["S256"],
    });
    if let Some(authorize) = &endpoints.authorization_endpoint {
        told["authorization_endpoint"] = json!(here(authorize));
        told["response_types_supported"] = json!(["code"]);
        grants.insert(0, "authorization_code");
        own.extend(["permission-patient", "permission-user"]);
        scopes.extend([
            "launch",
            "launch/patient",
            "patient/*.cruds",
            "patient/*.rs",
            "user/*.cruds",
            "user/*.rs",
        ]);
    }
    scopes.extend(["system/*.cruds", "system/*.rs"]);
    told["grant_types_supported"] = json!(grants);
    told["scopes_supported"] = json!(scopes);
    let capabilities: Vec<&str> = endpoints.capabilities.iter().map(String::as_str).chain(own).collect();
    told["capabilities"] = json!(capabilities);
    if !endpoints.signing_algorithms.is_empty() {
        told["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"]);
        told["token_endpoint_auth_signing_alg_values_supported"] = json!(endpoints.signing_algorithms);
    }
    told
}

/// The same for `CapabilityStatement.rest.security`, where clients of SMART's first version look.
pub(crate) fn tell(endpoints: &Endpoints, instance: &str, security: &mut Value) {
    let named = [
        ("authorize", endpoints.authorization_endpoint.as_ref()),
        ("token", Some(&endpoints.token_endpoint)),
    ];
    let uris = named.iter().filter_map(|(name, address)| {
        let address = address.as_ref()?.replace("{instance}", instance);
        Some(json!({ "url": name, "valueUri": address }))
    });
    security["extension"] = json!([{
        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": uris.collect::<Vec<_>>()
    }]);
    security["service"] = json!([{
        "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR" }],
        "text": "See .well-known/smart-configuration; scopes only take away."
    }]);
}

/// The sandbox's journal.
pub(crate) async fn ehr(State(sandbox): State<Arc<Sandbox>>, Path((instance, path)): Path<(String, String)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !sandbox.server.municipalities.contains_key(&instance) {
        return Answer::not_found().release();
    }
    let body = match crate::body::read_body(body, &SMALL).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let dpop: Vec<&str> = parts.headers.get_all("dpop").iter().map(|v| v.to_str().unwrap_or("")).collect();
    let reply = sandbox.ehr.handle(&ehr::Request {
        method: parts.method.as_str(),
        instance: &instance,
        path: &path,
        query: parts.uri.query().unwrap_or(""),
        dpop: &dpop,
        body: &body,
        now_ms: now_ms(),
    });
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = match reply {
        Reply::Json(code, body) => Answer::json(status(code), body.to_string()),
        Reply::Token(mut token, persona, patient) => {
            match patient_of(&sandbox, &instance, &persona, &patient).await {
                Some(id) => token["patient"] = json!(id),
                None => tracing::debug!(instance, "the journal did not find the patient of a launch"),
            }
            Answer::json(StatusCode::OK, token.to_string())
        }
        Reply::Page(body) => Answer::json(StatusCode::OK, body).header(header::CONTENT_TYPE, "text/html; charset=utf-8"),
        Reply::To(location) => Answer::json(StatusCode::SEE_OTHER, "").header(header::LOCATION, location),
    };
    answer
        .header(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .release()
}

/// The id of the patient's resource, as the journal finds it: by a search through the published interface, with a token of its user. The search is
/// in the access log as any other.
async fn patient_of(sandbox: &Sandbox, instance: &str, persona: &str, nin: &str) -> Option<String> {
    let key = DpopKey::generate().ok()?;
    let wanted = PersonaRequest::new(persona, key.thumbprint()).patient(nin);
    let token = sandbox.issuer.persona_token(&wanted, now_ms()).ok()?.access_token;
    let path = format!("/{instance}/fhir/r4/Patient/_search");
    let proof = key
        .proof("POST", &format!("{}{path}", sandbox.server.public_url), Some(&token), now_ms())
        .ok()?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(&path)
        .header(header::AUTHORIZATION, format!("DPoP {token}"))
        .header("dpop", proof)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("identifier={nin}&_elements=id&_count=1")))
        .ok()?;
    let path = Path((instance.to_owned(), "Patient/_search".to_owned()));
    let answer = crate::fhir::below(State(sandbox.server.clone()), path, request).await;
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.ok()?;
    let bundle: Value = serde_json::from_slice(&body).ok()?;
    bundle["entry"][0]["resource"]["id"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_server_that_is_not_ours_nothing_is_told_but_what_is_configured() {
        let mut endpoints = Endpoints {
            authorization_endpoint: None,
            token_endpoint: "https://journal.example/{instance}/token".to_owned(),
            capabilities: Vec::new(),
            signing_algorithms: Vec::new(),
        };
        let alone = told(&endpoints, "4601");
        assert_eq!(alone["token_endpoint"], "https://journal.example/4601/token");
        assert_eq!(alone["capabilities"], json!(["permission-v2"]));
        assert_eq!(alone["grant_types_supported"], json!(["client_credentials"]));
        assert_eq!(alone["scopes_supported"], json!(["system/*.cruds", "system/*.rs"]));
        assert!(alone["authorization_endpoint"].is_null() && alone["token_endpoint_auth_methods_supported"].is_null());
        endpoints.authorization_endpoint = Some("https://journal.example/authorize".to_owned());
        endpoints.capabilities = vec!["launch-ehr".to_owned()];
        let with_users = told(&endpoints, "4601");
        assert_eq!(
            with_users["capabilities"],
            json!(["launch-ehr", "permission-v2", "permission-patient", "permission-user"])
        );
    }
}

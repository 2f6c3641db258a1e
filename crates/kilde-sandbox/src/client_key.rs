//! The client's side of `private_key_jwt`: a key and assertions, as HelseID asks for them.

use crate::jose::{KeyError, SigningAlgorithm, SigningKey, random_text};
use serde_json::{Map, Value, json};

/// A client's key at the issuer.
pub struct ClientKey {
    key: SigningKey,
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientKey").finish_non_exhaustive()
    }
}

impl ClientKey {
    /// A new key.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<ClientKey, KeyError> {
        SigningKey::generate(algorithm).map(|key| ClientKey { key })
    }

    /// The public key to register, with `kid` and `alg`.
    pub fn public_jwk(&self) -> Map<String, Value> {
        let mut jwk = self.key.public_jwk().clone();
        jwk.insert("kid".into(), json!(self.key.thumbprint()));
        jwk.insert("alg".into(), json!(self.key.algorithm().name()));
        jwk.insert("use".into(), json!("sig"));
        jwk
    }

    /// An assertion for the token endpoint, good for 30 seconds. `organisation` is legal entity and, where
    /// there is one, unit, by organisation number.
    pub fn assertion(
        &self,
        client_id: &str,
        issuer: &str,
        organisation: Option<(&str, Option<&str>)>,
        now_ms: i64,
    ) -> Result<String, KeyError> {
        let now = now_ms.div_euclid(1000);
        let mut claims = json!({
            "iss": client_id, "sub": client_id, "aud": issuer,
            "iat": now, "nbf": now, "exp": now + 30, "jti": random_text()?,
        });
        if let Some((parent, child)) = organisation {
            claims["assertion_details"] = json!([assertion_details(parent, child)]);
        }
        self.sign(&claims)
    }

    /// An assertion with any claims, for trying the token endpoint.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let header = json!({"typ": "client-authentication+jwt", "alg": self.key.algorithm().name(), "kid": self.key.thumbprint()});
        self.key.sign(&header, claims)
    }
}

/// Which organisation the client acts for, as HelseID's `assertion_details`.
pub fn assertion_details(parent: &str, child: Option<&str>) -> Value {
    json!({
        "type": "helseid_authorization",
        "practitioner_role": {"organization": {"identifier": {
            "system": "urn:oid:1.0.6523", "type": "ENH", "value": format!("NO:ORGNR:{parent}:{}", child.unwrap_or_default()),
        }}},
    })
}

//! Tokens for personas: a shortcut of the sandbox past the login, and the maker of wrong tokens.

use super::claims::{self, Attested};
use super::{Issuer, LIFETIME, OAuthError, TokenResponse, Variant, token};
use crate::jose::{KeyError, SigningAlgorithm, SigningKey, encode, random_text, signing_input};
use crate::persona::{Kind, Purpose, persona};
use aws_lc_rs::hmac;
use kilde_fhir::national_id::{Nin, World};
use serde::Deserialize;
use serde_json::{Value, json};

/// What `POST /sandbox/helseid/persona` takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaRequest {
    /// Name of the persona.
    pub persona: String,
    /// Thumbprint of the DPoP key the token is to be bound to.
    pub jkt: String,
    /// The patient the attestation is for: a synthetic number. Without one the attestation has no patient.
    #[serde(default)]
    pub patient: Option<String>,
    /// Purpose of use; the persona's own unless given.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Reason in words, for ETREAT and BTG.
    #[serde(default)]
    pub reason: Option<String>,
    /// The need is declared by the user herself.
    #[serde(default)]
    pub self_declared: bool,
    /// Scopes, with a space between; all of the persona's unless given.
    #[serde(default)]
    pub scope: Option<String>,
    /// `ES256` (as if not given) or `PS256`.
    #[serde(default)]
    pub alg: Option<String>,
    /// How the token is to be wrong: a name of [`Variant`].
    #[serde(default)]
    pub variant: Option<String>,
}

impl PersonaRequest {
    /// A request for a persona and a DPoP key; set the rest as needed.
    pub fn new(persona: &str, jkt: &str) -> PersonaRequest {
        PersonaRequest {
            persona: persona.to_owned(),
            jkt: jkt.to_owned(),
            ..PersonaRequest::default()
        }
    }

    /// With a patient.
    pub fn patient(mut self, nin: &str) -> PersonaRequest {
        self.patient = Some(nin.to_owned());
        self
    }

    /// With a purpose.
    pub fn purpose(mut self, purpose: Purpose) -> PersonaRequest {
        self.purpose = Some(purpose.code().to_owned());
        self
    }

    /// With a reason in words.
    pub fn reason(mut self, reason: &str) -> PersonaRequest {
        self.reason = Some(reason.to_owned());
        self
    }

    /// Wrong in that way.
    pub fn variant(mut self, variant: Variant) -> PersonaRequest {
        self.variant = Some(variant.name().to_owned());
        self
    }
}

impl Issuer {
    /// A token for a persona. No login, no proof: for the sandbox only.
    pub fn persona_token(&self, request: &PersonaRequest, now_ms: i64) -> Result<TokenResponse, OAuthError> {
        let invalid = |why: &str| OAuthError::new(400, "invalid_request", why);
        let now = now_ms.div_euclid(1000);
        let people = self.people();
        let persona = persona(&request.persona, &people)
            .ok_or_else(|| invalid("persona is unknown; GET /sandbox/personas lists them, and innbygger-<nin> takes a synthetic number"))?;
        if request.jkt.len() != 43 || !request.jkt.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(invalid(
                "jkt must be the SHA-256 thumbprint of the DPoP key in base64url, 43 characters",
            ));
        }
        if let Some(patient) = &request.patient {
            let nin = Nin::parse(patient).ok().filter(|nin| nin.accepted_in(World::Sandbox).is_ok());
            nin.ok_or_else(|| invalid("patient must be a synthetic national identity number with valid control digits"))?;
        }
        if request.reason.as_ref().is_some_and(|r| r.chars().count() > 500) {
            return Err(invalid("reason may have at most 500 characters"));
        }
        let purpose = match &request.purpose {
            Some(code) => Some(Purpose::from_code(code).ok_or_else(|| invalid("purpose must be TREAT, ETREAT, COC or BTG"))?),
            None => persona.purpose,
        };
        let variant = match &request.variant {
            Some(name) => Variant::from_name(name).ok_or_else(|| invalid("variant is unknown; GET /sandbox/personas lists them"))?,
            None => Variant::Valid,
        };
        let algorithm = match request.alg.as_deref() {
            None | Some("ES256") => SigningAlgorithm::Es256,
            Some("PS256") => SigningAlgorithm::Ps256,
            Some(_) => return Err(invalid("alg must be ES256 or PS256")),
        };
        // SMART scopes are taken as they are, wrong ones too: who reads the token is what is tried.
        let asked = request.scope.as_deref().unwrap_or_default();
        let (smart, own): (Vec<&str>, Vec<&str>) = asked.split_ascii_whitespace().partition(|word| token::is_smart(word));
        let own = token::scopes(persona.scopes, Some(&own.join(" ")))?;
        let granted: Vec<&str> = own.into_iter().chain(smart).collect();
        let mut claims = claims::access_token(&self.url, &persona, &granted, &request.jkt, now)?;
        let attests = matches!(persona.kind, Kind::HealthPersonnel | Kind::CaseWorker);
        if let (true, Some(purpose)) = (attests, purpose) {
            let about = Attested {
                purpose,
                patient: request.patient.as_deref(),
                reason: request.reason.as_deref(),
                self_declared: request.self_declared,
                now,
            };
            if let Some(attestation) = claims::attestation(&persona, &about) {
                claims["authorization_details"] = json!([attestation]);
            }
        }
        let access_token = self.signed(variant, algorithm, &changed(claims, variant, now))?;
        let sandbox = json!({"persona": persona.name, "variant": variant.name(), "sandbox_only": true});
        Ok(TokenResponse {
            access_token,
            token_type: "DPoP",
            expires_in: LIFETIME,
            scope: granted.join(" "),
            refresh_token: None,
            sandbox: Some(sandbox),
        })
    }

    /// Whether a name is seen for the first time.
    pub(crate) fn is_first(&self, name: String, now: i64, until: i64) -> bool {
        self.replay.lock().first(name, now, until)
    }

    /// Signs the claims, with what is wrong about signature and header.
    pub(super) fn signed(&self, variant: Variant, algorithm: SigningAlgorithm, claims: &Value) -> Result<String, KeyError> {
        let keys = self.keys.read();
        let named = keys.current(algorithm);
        let mut header = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": named.kid});
        match variant {
            Variant::AlgNone => {
                header["alg"] = json!("none");
                Ok(signing_input(&header, claims) + ".")
            }
            Variant::Hs256 => {
                header["alg"] = json!("HS256");
                let input = signing_input(&header, claims);
                let public = Value::Object(named.key.public_jwk().clone()).to_string();
                let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), input.as_bytes());
                Ok(format!("{input}.{}", encode(tag.as_ref())))
            }
            Variant::UnknownKid => {
                header["kid"] = json!(format!("ukjent-{}", random_text()?));
                SigningKey::generate(algorithm)?.sign(&header, claims)
            }
            Variant::NoKid => {
                header = json!({"alg": algorithm.name(), "typ": "at+jwt"});
                named.key.sign(&header, claims)
            }
            Variant::CriticalHeader => {
                header["crit"] = json!(["exp"]);
                named.key.sign(&header, claims)
            }
            Variant::DuplicatedClaim => {
                let text = claims.to_string().replacen('{', "{\"aud\":\"nhn:annet-api\",", 1);
                named.key.sign_text(&header, &text)
            }
            Variant::ForeignKey => SigningKey::generate(algorithm)?.sign(&header, claims),
            Variant::EmbeddedKey => {
                let own = SigningKey::generate(algorithm)?;
                header["jwk"] = Value::Object(own.public_jwk().clone());
                own.sign(&header, claims)
            }
            Variant::WrongType => {
                header["typ"] = json!("id_token+jwt");
                named.key.sign(&header, claims)
            }
            Variant::Tampered => {
                let signed = named.key.sign(&header, claims)?;
                let mut other = claims.clone();
                other["exp"] = json!(claims["exp"].as_i64().unwrap_or_default() + 86_400);
                let signature = signed.rsplit_once('.').map_or("", |(_, s)| s);
                Ok(format!("{}.{signature}", signing_input(&header, &other)))
            }
            _ => named.key.sign(&header, claims),
        }
    }
}

fn changed(mut claims: Value, variant: Variant, now: i64) -> Value {
    variant.change(&mut claims, now);
    claims
}

//! Every way an ID token can be wrong, by name.

use crate::jose::{KeyError, SigningAlgorithm, SigningKey, signing_input};
use serde_json::{Value, json};

/// How an ID token is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// Nothing.
    Nothing,
    /// Logged in at a lower level than was asked for.
    LowerLevel,
    /// Without the level.
    NoLevel,
    /// The nonce of another login.
    Nonce,
    /// Without nonce.
    NoNonce,
    /// Issued to another client.
    Audience,
    /// Issued to us and to another client.
    TwoAudiences,
    /// From another issuer.
    Issuer,
    /// Expired ten minutes ago.
    Expired,
    /// Made ten minutes from now.
    Future,
    /// Without national id.
    NoPid,
    /// A national id that is none.
    BadPid,
    /// Signed with another key.
    ForeignKey,
    /// Without signature.
    AlgNone,
    /// An access token, by its type.
    AccessToken,
}

impl Wrong {
    /// All of them, by the name they are asked for by.
    pub const EVERY: [(&'static str, Wrong); 14] = [
        ("lower-level", Wrong::LowerLevel),
        ("no-level", Wrong::NoLevel),
        ("nonce", Wrong::Nonce),
        ("no-nonce", Wrong::NoNonce),
        ("audience", Wrong::Audience),
        ("two-audiences", Wrong::TwoAudiences),
        ("issuer", Wrong::Issuer),
        ("expired", Wrong::Expired),
        ("future", Wrong::Future),
        ("no-pid", Wrong::NoPid),
        ("bad-pid", Wrong::BadPid),
        ("foreign-key", Wrong::ForeignKey),
        ("alg-none", Wrong::AlgNone),
        ("access-token", Wrong::AccessToken),
    ];

    /// From its name.
    pub fn from_name(name: &str) -> Option<Wrong> {
        Wrong::EVERY.into_iter().find(|(n, _)| *n == name).map(|(_, wrong)| wrong)
    }

    pub(super) fn change(self, claims: &mut Value, now: i64) {
        let mut remove = |name: &str| drop(claims.as_object_mut().map(|c| c.shift_remove(name)));
        match self {
            Wrong::NoLevel => remove("acr"),
            Wrong::NoNonce => remove("nonce"),
            Wrong::NoPid => remove("pid"),
            Wrong::LowerLevel => claims["acr"] = json!(super::LEVELS[0]),
            Wrong::Nonce => claims["nonce"] = json!("another"),
            Wrong::Audience => claims["aud"] = json!("another"),
            Wrong::TwoAudiences => claims["aud"] = json!([claims["aud"], "another"]),
            Wrong::Issuer => claims["iss"] = json!("https://idporten.example"),
            Wrong::Expired => {
                claims["iat"] = json!(now - 720);
                claims["exp"] = json!(now - 600);
            }
            Wrong::Future => {
                claims["iat"] = json!(now + 600);
                claims["exp"] = json!(now + 720);
            }
            Wrong::BadPid => claims["pid"] = json!("11833810556"),
            Wrong::Nothing | Wrong::ForeignKey | Wrong::AlgNone | Wrong::AccessToken => {}
        }
    }

    pub(super) fn signed(self, key: &SigningKey, header: &Value, claims: &Value) -> Result<String, KeyError> {
        let mut header = header.clone();
        match self {
            Wrong::ForeignKey => SigningKey::generate(SigningAlgorithm::Rs256)?.sign(&header, claims),
            Wrong::AlgNone => {
                header["alg"] = json!("none");
                Ok(signing_input(&header, claims) + ".")
            }
            Wrong::AccessToken => {
                header["typ"] = json!("at+jwt");
                key.sign(&header, claims)
            }
            _ => key.sign(&header, claims),
        }
    }
}

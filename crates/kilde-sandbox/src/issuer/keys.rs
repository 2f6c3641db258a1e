//! The issuer's keys: one pair of each algorithm in use, and the pairs before them.

use crate::jose::{KeyError, SigningAlgorithm, SigningKey, random_text};
use serde_json::{Value, json};

/// A key with the name it is published under.
pub(super) struct Named {
    pub(super) kid: String,
    pub(super) key: SigningKey,
}

impl Named {
    fn generate(algorithm: SigningAlgorithm) -> Result<Named, KeyError> {
        Ok(Named {
            kid: format!("sandkasse-{}", random_text()?),
            key: SigningKey::generate(algorithm)?,
        })
    }

    fn public(&self) -> Value {
        let mut jwk = self.key.public_jwk().clone();
        jwk.insert("kid".into(), json!(self.kid));
        jwk.insert("use".into(), json!("sig"));
        jwk.insert("alg".into(), json!(self.key.algorithm().name()));
        Value::Object(jwk)
    }
}

/// The keys in use.
pub(super) struct KeyRing {
    es256: Named,
    ps256: Named,
    previous: Vec<Value>,
}

impl KeyRing {
    pub(super) fn generate() -> Result<KeyRing, KeyError> {
        Ok(KeyRing {
            es256: Named::generate(SigningAlgorithm::Es256)?,
            ps256: Named::generate(SigningAlgorithm::Ps256)?,
            previous: Vec::new(),
        })
    }

    pub(super) fn replace(&mut self, mut next: KeyRing) {
        next.previous = vec![self.es256.public(), self.ps256.public()];
        *self = next;
    }

    pub(super) fn public(&self) -> Vec<Value> {
        [self.es256.public(), self.ps256.public()]
            .into_iter()
            .chain(self.previous.iter().cloned())
            .collect()
    }

    pub(super) fn current(&self, algorithm: SigningAlgorithm) -> &Named {
        match algorithm {
            SigningAlgorithm::Es256 | SigningAlgorithm::Es384 => &self.es256,
            // It has none for RS256; who signs takes the name from the key.
            SigningAlgorithm::Ps256 | SigningAlgorithm::Rs256 => &self.ps256,
        }
    }
}

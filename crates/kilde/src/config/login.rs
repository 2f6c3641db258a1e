//! `[id_porten]`: who we are at ID-porten.

use crate::assembly::guard;
use anyhow::Context;
use kilde_access::authn::login::{Login, LoginConfig, LoginKey};
use kilde_http::innbygger::login::Logins;
use kilde_sandbox::idporten;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// The section of the configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdPorten {
    /// Its identifier: `https://idporten.no`, or `https://test.idporten.no`.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// File with our private key: RSA, PKCS #8, PEM.
    pub key: PathBuf,
    /// The name that the public half is registered under.
    pub kid: String,
}

impl IdPorten {
    /// Reads the key.
    pub fn logins(&self) -> anyhow::Result<Logins> {
        guard::secret(&self.key)?;
        let pem = std::fs::read_to_string(&self.key).with_context(|| format!("cannot read {}", self.key.display()))?;
        let key = LoginKey::from_pem(&pem, &self.kid).with_context(|| format!("{} is no RSA key as PKCS #8 in PEM", self.key.display()))?;
        Ok(Logins::new(Login::new(LoginConfig {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            key,
        })?))
    }
}

/// The login of a sandbox: a new key, registered at the sandbox's own ID-porten for its instances.
pub fn of_sandbox(id_porten: &idporten::IdPorten, public_url: &str, instances: &[String]) -> anyhow::Result<Arc<Logins>> {
    let key = LoginKey::generate("kilde-sandkasse")?;
    let client_id = "innbygger-portal".to_owned();
    let base = public_url.trim_end_matches('/');
    let at = |path: &str| instances.iter().map(|number| format!("{base}/{number}/innbygger{path}")).collect();
    id_porten.register(&client_id, &key.public_jwk(), at("/callback"), at(""))?;
    let issuer = id_porten.url().to_owned();
    Ok(Arc::new(Logins::new(Login::new(LoginConfig { issuer, client_id, key })?)))
}

//! `kilde.toml`: what one process serves. Everything has a safe default or must be said.

mod exposure;
mod library;
pub mod login;
mod record;
mod review;
mod seal;

pub use library::{Packages, Switches, Terminology, Validation, sources};
pub use record::Record;
pub use review::Review;
pub use seal::Seal;

use crate::rebuild::hex;
use anyhow::Context;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address to listen on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address clients use; proofs (`htu`) are held against it.
    pub public_url: String,
    /// Address of the admin listener with `/metrics`; loopback by default.
    #[serde(default = "default_admin")]
    pub admin_listen: SocketAddr,
    /// Data directory.
    pub data: PathBuf,
    /// File with the outside key: 32 bytes as 64 hexadecimal digits.
    pub master_key: PathBuf,
    /// `dpop`, or `none` behind a gateway on this machine that has verified the proof.
    #[serde(default)]
    pub proof: Proof,
    /// Who issues tokens.
    #[serde(default)]
    pub issuer: Vec<Issuer>,
    /// The sandbox's own issuer, personas and organisations (instances 9901 and 9902).
    #[serde(default)]
    pub sandbox: bool,
    /// How citizens log in with a browser; without it there is no page for them. The sandbox has its own.
    #[serde(default)]
    pub id_porten: Option<login::IdPorten>,
    /// Where apps get their tokens (SMART App Launch). The sandbox has a journal of its own.
    #[serde(default)]
    pub smart: Option<kilde_http::smart::Endpoints>,
    /// Bounds.
    #[serde(default)]
    pub limits: Limits,
    /// FHIR packages.
    #[serde(default)]
    pub packages: Packages,
    /// Code systems that are in no package.
    #[serde(default)]
    pub terminology: Terminology,
    /// What the validator examines and how strictly.
    #[serde(default)]
    pub validator: Switches,
    /// The municipalities.
    #[serde(default)]
    pub instance: Vec<Instance>,
    /// The file as it was read.
    #[serde(skip)]
    pub text: Option<String>,
}

/// Bounds of the listener.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest body, in MiB.
    pub body_mib: usize,
    /// How long a body may take to arrive, in seconds.
    pub body_seconds: u64,
    /// Requests under way at once.
    pub requests: usize,
}

impl Default for Limits {
    /// 64 MiB, 60 s, 1,024 requests.
    fn default() -> Self {
        Limits {
            body_mib: 64,
            body_seconds: 60,
            requests: 1024,
        }
    }
}

/// Proof of possession.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// RFC 9449.
    #[default]
    Dpop,
    /// None; refused unless the listener is on loopback.
    None,
}

/// An issuer of access tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its URL, exactly as `iss` has it.
    pub url: String,
    /// The audience that is us.
    pub audience: String,
}

/// One municipality.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Its number.
    pub number: String,
    /// File with its policy (see the municipality's guide); not needed in the sandbox.
    pub policy: Option<PathBuf>,
    /// Activated information services.
    #[serde(default)]
    pub services: Vec<String>,
    /// How far resources are examined at intake.
    #[serde(default)]
    pub validation: Validation,
    /// Whether sources may choose the ids of new resources (`updateCreate` of the CapabilityStatement).
    #[serde(default = "yes")]
    pub update_create: bool,
    /// The seal of its access log.
    #[serde(default)]
    pub seal: Seal,
    /// The review of unusual access.
    #[serde(default)]
    pub review: Review,
    /// What only the municipality can say in its record of processing.
    #[serde(default)]
    pub record: Record,
}

fn yes() -> bool {
    true
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_admin() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8081))
}

impl Config {
    /// Reads and checks the file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut config: Config = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        config.check()?;
        config.text = Some(text);
        Ok(config)
    }

    /// The first half of the SHA-256 of the file and of an instance's policy file behind it, as `cat kilde.toml policy.toml | sha256sum` begins;
    /// in groups of eight, so that no run of digits in it can be taken for a national id; `None` for what comes from no file.
    ///
    /// # Errors
    /// A policy file that cannot be read.
    pub fn digest(&self, instance: &str) -> anyhow::Result<Option<String>> {
        let Some(text) = &self.text else { return Ok(None) };
        let mut whole = Sha256::new();
        whole.update(text);
        let file = self
            .instance
            .iter()
            .find(|one| one.number == instance)
            .and_then(|one| one.policy.as_ref());
        if let Some(file) = file {
            whole.update(std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
        }
        let groups: Vec<String> = whole.finalize()[..16].chunks(4).map(hex).collect();
        Ok(Some(groups.join("_")))
    }

    /// Refuses what cannot be, or must not be.
    ///
    /// # Errors
    /// The first such thing.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.proof == Proof::None && !self.listen.ip().is_loopback() {
            anyhow::bail!(
                "proof = \"none\" is for a loopback listener behind a gateway; {} is not loopback",
                self.listen
            );
        }
        if self.issuer.is_empty() && !self.sandbox {
            anyhow::bail!("no [[issuer]]: nobody could be let in");
        }
        if self.issuer.windows(2).any(|two| two[0].audience != two[1].audience) {
            anyhow::bail!("the [[issuer]]s must agree on the audience: one listener is one audience");
        }
        if let Some(one) = self.instance.iter().find(|i| i.validation.is_inconsistent()) {
            anyhow::bail!(
                "instance {} has required_profiles, which count only with level = \"profiles\"",
                one.number
            );
        }
        if self.instance.is_empty() {
            anyhow::bail!("no [[instance]]: nothing to serve");
        }
        self.exposure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "public_url = \"https://kilde.example\"\ndata = \"d\"\nmaster_key = \"k\"\n[[issuer]]\nurl = \"https://i\"\naudience = \"a\"\n[[instance]]\nnumber = \"1234\"\npolicy = \"p.toml\"\n";

    #[test]
    fn a_digest_is_never_taken_for_a_national_id() {
        let mut config: Config = toml::from_str(TEXT).unwrap();
        for n in 0..2_000 {
            config.text = Some(n.to_string());
            let digest = config.digest("9999").unwrap().unwrap();
            let groups: Vec<&str> = digest.split('_').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 8), "{digest}");
        }
    }

    #[test]
    fn a_small_file_is_enough() {
        let config: Config = toml::from_str(TEXT).unwrap();
        config.check().unwrap();
        assert_eq!(config.proof, Proof::Dpop);
    }

    #[test]
    fn no_proof_only_on_loopback() {
        let config: Config = toml::from_str(&format!("proof = \"none\"\nlisten = \"0.0.0.0:80\"\n{TEXT}")).unwrap();
        assert!(config.check().unwrap_err().to_string().contains("loopback"));
    }

    #[test]
    fn a_misspelt_key_is_named() {
        assert!(
            toml::from_str::<Config>(&format!("profo = \"none\"\n{TEXT}"))
                .unwrap_err()
                .to_string()
                .contains("profo")
        );
    }
}

//! `[instance.seal]`: the name of the log, how often it is signed, who witnesses whom.

use anyhow::{Context, ensure};
use kilde_http::seal::{Sealing, Witness as Asked};
use kilde_log::note::{Kind, VerifyKey};
use serde::Deserialize;
use std::time::Duration;

/// Seconds between checkpoints, if nothing is said; never more than a minute.
const EVERY: u64 = 30;
const LONGEST: u64 = 60;

/// The seal of an instance's access log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seal {
    /// The name on its checkpoints, the same for ever: an address without scheme. `kilde/<number>` if none is said.
    pub origin: Option<String>,
    /// Seconds between checkpoints, 1 to 60.
    pub every_seconds: Option<u64>,
    /// Who cosigns its checkpoints.
    pub witnesses: Vec<Witness>,
    /// Keys of the logs that it cosigns for (the first line of their `seal/keys`).
    pub cosigns: Vec<String>,
}

/// A witness.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Its address: `https://kilde.dalfjord.example/9902/seal`.
    pub url: String,
    /// The second line of its `seal/keys`, from a source that is trusted.
    pub key: String,
}

impl Seal {
    /// How long it is between checkpoints.
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds.unwrap_or(EVERY))
    }

    /// Whether nothing is said of witnesses.
    pub fn is_alone(&self) -> bool {
        self.witnesses.is_empty() && self.cosigns.is_empty()
    }

    /// With the keys read.
    ///
    /// # Errors
    /// The first thing that cannot be right.
    pub fn sealing(&self) -> anyhow::Result<Sealing> {
        let every = self.every().as_secs();
        ensure!(
            (1..=LONGEST).contains(&every),
            "seal.every_seconds is {every}; 1 to {LONGEST} is possible"
        );
        let key = |text: &str, kind: Kind| {
            let key = VerifyKey::parse(text).with_context(|| format!("in the key {text}"))?;
            ensure!(key.kind() == kind, "{text} is the wrong one of the two keys of that instance");
            Ok(key)
        };
        let mut sealing = Sealing::default();
        for one in &self.witnesses {
            ensure!(
                one.url.starts_with("https://") || one.url.starts_with("http://"),
                "the address of a witness begins with https://, not as {} does",
                one.url
            );
            sealing.witnesses.push(Asked {
                url: one.url.trim_end_matches('/').to_owned(),
                key: key(&one.key, Kind::Cosignature)?,
            });
        }
        for one in &self.cosigns {
            sealing.cosigns.push(key(one, Kind::Note)?);
        }
        Ok(sealing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn wrong_keys_addresses_and_intervals_are_named() {
        let seal = |text: &str| toml::from_str::<Seal>(text).unwrap().sealing();
        assert_eq!(seal(&format!("cosigns = [\"{LOG}\"]")).unwrap().cosigns[0].name(), "PeterNeumann");
        for (text, told) in [
            ("every_seconds = 61".to_owned(), "every_seconds"),
            ("cosigns = [\"x\"]".to_owned(), "key x"),
            (format!("witnesses = [{{ url = \"https://a\", key = \"{LOG}\" }}]"), "wrong one"),
            (format!("witnesses = [{{ url = \"a\", key = \"{LOG}\" }}]"), "https://"),
        ] {
            let error = seal(&text).map(|_| ()).unwrap_err();
            assert!(format!("{error:#}").contains(told), "{error:#}");
        }
    }
}

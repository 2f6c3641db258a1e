//! What a configuration opens to the world: what is refused, and what is told of at start.

use super::Config;
use anyhow::ensure;

impl Config {
    /// What is refused: clear text between machines, outside a sandbox.
    ///
    /// # Errors
    /// The address that is neither https nor this machine.
    pub(super) fn exposure(&self) -> anyhow::Result<()> {
        if self.sandbox {
            return Ok(());
        }
        let issuers = self.issuer.iter().map(|one| ("an [[issuer]]'s url", &one.url));
        let id_porten = self.id_porten.iter().map(|one| ("[id_porten]'s issuer", &one.issuer));
        for (what, url) in std::iter::once(("public_url", &self.public_url)).chain(issuers).chain(id_porten) {
            ensure!(is_protected(url), "{what} is {url}: outside a sandbox it is https, or this machine");
        }
        Ok(())
    }

    /// What may be right, and should be known: one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.sandbox && !self.listen.ip().is_loopback() {
            out.push(format!(
                "this is a SANDBOX on {}: whoever reaches it can be anybody in it. Never with real people.",
                self.listen
            ));
        }
        if !self.sandbox && !self.listen.ip().is_loopback() {
            out.push(format!(
                "listening on {} without TLS: a gateway must stand before it, and nothing else may reach it",
                self.listen
            ));
        }
        if !self.admin_listen.ip().is_loopback() {
            out.push(format!(
                "/metrics on {} asks nobody who they are: only the network keeps others out",
                self.admin_listen
            ));
        }
        if self.master_key.starts_with(&self.data) && !self.sandbox {
            out.push(format!(
                "the outside key {} lies among the data: a copy of the data is a copy of the key",
                self.master_key.display()
            ));
        }
        out
    }
}

/// Whether an address is https, or http on this machine.
fn is_protected(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    url.scheme() == "https" || url.scheme() == "http" && here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str, public_url: &str, issuer: &str) -> Config {
        let text = format!(
            "{more}\npublic_url = \"{public_url}\"\ndata = \"/d\"\nmaster_key = \"/k\"\n[[issuer]]\nurl = \"{issuer}\"\naudience = \"a\"\n\
             [[instance]]\nnumber = \"1234\"\npolicy = \"p.toml\"\n"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn clear_text_between_machines_is_refused_outside_a_sandbox() {
        let https = "https://kilde.example";
        for (url, issuer, fine) in [
            (https, "https://i", true),
            ("http://127.0.0.1:8080", "http://localhost:1", true),
            ("http://[::1]:8080", https, true),
            ("http://kilde.example", "https://i", false),
            (https, "http://i.example", false),
            ("http://127.0.0.1.example", "https://i", false),
            ("http://localhost@kilde.example", "https://i", false),
            ("kilde.example", "https://i", false),
        ] {
            assert_eq!(config("", url, issuer).check().is_ok(), fine, "{url} {issuer}");
        }
        assert!(config("sandbox = true", "http://test.example", https).check().is_ok());
    }

    #[test]
    fn what_is_open_is_told_of() {
        let https = "https://kilde.example";
        assert_eq!(config("", https, https).warnings(), Vec::<String>::new());
        let open = "listen = \"0.0.0.0:80\"\nadmin_listen = \"0.0.0.0:81\"\n";
        assert_eq!(config(open, https, https).warnings().len(), 2);
        let sandbox = config(&format!("sandbox = true\n{open}"), https, https).warnings();
        assert!(sandbox[0].contains("SANDBOX"), "{sandbox:?}");
        let mut beside = config("", https, https);
        beside.master_key = "/d/master.key".into();
        assert_eq!(beside.warnings().len(), 1);
    }
}

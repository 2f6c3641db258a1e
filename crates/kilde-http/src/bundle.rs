//! Bundles put together from stored bytes, without parsing them.

use crate::answer::{Answer, Seen, etag};
use crate::look::Look;
use axum::http::StatusCode;
use kilde_access::AccessScope;
use kilde_fhir::date::format_instant;
use kilde_fhir::json::escape_into;
use kilde_index::Version;

/// A bundle in the making.
pub struct Bundle {
    kind: &'static str,
    base: String,
    entries: String,
    links: String,
    seen: Vec<Seen>,
    withheld: u32,
    look: Look,
}

impl Bundle {
    /// An empty bundle of a `Bundle.type`; `base` is the FHIR base for `fullUrl`, `look` how its resources are to look.
    pub fn new(kind: &'static str, base: String, look: Look) -> Self {
        Bundle {
            kind,
            base,
            look,
            entries: String::new(),
            links: String::new(),
            seen: Vec::new(),
            withheld: 0,
        }
    }

    /// Adds a link (`self`, `next`).
    pub fn link(&mut self, relation: &str, url: &str) {
        let comma = if self.links.is_empty() { "" } else { "," };
        self.links.push_str(&format!("{comma}{{\"relation\":\"{relation}\",\"url\":"));
        escape_into(url, &mut self.links);
        self.links.push('}');
    }

    /// Adds a match of a search.
    pub fn match_entry(&mut self, scope: &AccessScope, version: Version) {
        let Some((opening, resource)) = self.resource(scope, version) else {
            return;
        };
        self.entries
            .push_str(&format!("{opening}{resource},\"search\":{{\"mode\":\"match\"}}}}"));
    }

    /// Adds what a match refers to, or what refers to it (`_include`, `_revinclude`).
    pub fn include_entry(&mut self, scope: &AccessScope, version: Version) {
        let Some((opening, resource)) = self.resource(scope, version) else {
            return;
        };
        self.entries
            .push_str(&format!("{opening}{resource},\"search\":{{\"mode\":\"include\"}}}}"));
    }

    /// Adds an OperationOutcome to a search's answer.
    pub fn outcome_entry(&mut self, outcome: &str) {
        self.comma();
        self.entries.push_str("{\"resource\":");
        self.entries.push_str(outcome);
        self.entries.push_str(",\"search\":{\"mode\":\"outcome\"}}");
    }

    /// Adds a version of a history.
    pub fn history_entry(&mut self, scope: &AccessScope, version: Version) {
        let (method, status) = match (version.deleted, version.version) {
            (true, _) => ("DELETE", "204"),
            (false, 1) => ("POST", "201"),
            (false, _) => ("PUT", "200"),
        };
        let url = if method == "POST" {
            version.rtype.name().to_owned()
        } else {
            format!("{}/{}", version.rtype.name(), version.id)
        };
        let response = format!(
            ",\"request\":{{\"method\":\"{method}\",\"url\":\"{url}\"}},\"response\":{{\"status\":\"{status}\",\"etag\":\"{}\",\"lastModified\":\"{}\"}}}}",
            etag(version.version).replace('"', "\\\""),
            format_instant(version.last_updated_ms)
        );
        let (opening, resource) = if version.deleted {
            (self.opening(&version), String::new())
        } else {
            match self.resource(scope, version) {
                Some(parts) => parts,
                None => return,
            }
        };
        self.entries.push_str(&format!("{opening}{resource}{response}"));
    }

    fn comma(&mut self) {
        if !self.entries.is_empty() {
            self.entries.push(',');
        }
    }

    fn opening(&self, version: &Version) -> String {
        let comma = if self.entries.is_empty() { "" } else { "," };
        format!("{comma}{{\"fullUrl\":\"{}/{}/{}\"", self.base, version.rtype.name(), version.id)
    }

    /// Opening and resource of an entry; `None` if it must not be shown.
    fn resource(&mut self, scope: &AccessScope, version: Version) -> Option<(String, String)> {
        let opening = self.opening(&version);
        // Of a contained resource what is seen is part of what contains it.
        let seen = Seen {
            id: version.id.split('#').next().unwrap_or_default().to_owned(),
            ..Seen::from(&version)
        };
        let (body, withheld) = crate::minimise::body(scope, version)?;
        self.seen.push(seen);
        self.withheld += withheld;
        let body = if self.look.is_whole() { body } else { self.look.of_resource(body) };
        Some((opening, format!(",\"resource\":{}", String::from_utf8_lossy(&body))))
    }

    /// The bundle as an answer, with the versions in it and the number of elements withheld.
    pub fn finish(self, total: Option<u64>) -> Answer {
        let mut out = format!("{{\"resourceType\":\"Bundle\",\"type\":\"{}\"", self.kind);
        if let Some(total) = total {
            out.push_str(&format!(",\"total\":{total}"));
        }
        if !self.links.is_empty() {
            out.push_str(&format!(",\"link\":[{}]", self.links));
        }
        if !self.entries.is_empty() {
            out.push_str(&format!(",\"entry\":[{}]", self.entries));
        }
        out.push('}');
        let mut answer = Answer::fhir(StatusCode::OK, self.look.of_answer(out.into())).seen(self.seen);
        answer.withheld = self.withheld;
        answer
    }
}

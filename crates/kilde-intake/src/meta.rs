//! `id` and `meta` as they are stored.

use crate::template::Hole;
use kilde_access::AccessScope;
use kilde_fhir::date::format_instant;
use kilde_fhir::json::{Value, escape_into, write_compact};
use kilde_fhir::national_id::ORGNR;

/// Extension in `meta` that keeps the producer's own `meta.source`.
pub const PRODUCER_SOURCE: &str = "https://kilde.example/fhir/StructureDefinition/producer-source";

/// What is the same for every resource of a delivery.
pub(crate) struct Stamp {
    /// `2026-11-22T19:36:05.123Z`
    pub(crate) last_updated: String,
    /// `meta.source`, a JSON string.
    source_json: String,
}

impl Stamp {
    pub(crate) fn new(scope: &AccessScope, received_ms: i64) -> Stamp {
        let source = format!("{ORGNR}.{}#{}", scope.organisation().unwrap_or(""), scope.client());
        let mut source_json = String::new();
        escape_into(&source, &mut source_json);
        Stamp {
            last_updated: format_instant(received_ms),
            source_json,
        }
    }

    /// What is written instead of the value of `resourceType`: the type, `id` and `meta`.
    pub(crate) fn head(&self, rtype: &str, id: &str, version: &str, meta: Option<Value<'_>>) -> String {
        let mut out = format!(
            "\"{rtype}\",\"id\":\"{id}\",\"meta\":{{\"versionId\":\"{version}\",\"lastUpdated\":\"{}\",\"source\":{}",
            self.last_updated, self.source_json
        );
        if let Some(meta) = meta {
            self.producers(meta, &mut out);
        }
        out.push('}');
        out
    }

    /// What the producer's `meta` holds besides.
    fn producers(&self, meta: Value<'_>, out: &mut String) {
        let own = meta.get("source").filter(|s| s.as_str().is_some_and(|s| !s.starts_with(ORGNR)));
        for child in meta.children() {
            let key = child.key().unwrap_or_default();
            if matches!(
                key.as_ref(),
                "versionId" | "lastUpdated" | "source" | "_versionId" | "_lastUpdated" | "_source" | "extension"
            ) {
                continue;
            }
            out.push(',');
            escape_into(&key, out);
            out.push(':');
            write_compact(child, out);
        }
        let kept = meta
            .items("extension")
            .filter(|e| own.is_none() || e.str("url").as_deref() != Some(PRODUCER_SOURCE));
        let mut extensions = String::new();
        for e in kept {
            if !extensions.is_empty() {
                extensions.push(',');
            }
            write_compact(e, &mut extensions);
        }
        if let Some(source) = own {
            if !extensions.is_empty() {
                extensions.push(',');
            }
            extensions.push_str(&format!("{{\"url\":\"{PRODUCER_SOURCE}\",\"valueUri\":{}}}", source.raw()));
        }
        if !extensions.is_empty() {
            out.push_str(",\"extension\":[");
            out.push_str(&extensions);
            out.push(']');
        }
    }
}

/// The version as it stands in the text before commit.
pub(crate) fn version_mark(new: bool) -> String {
    if new { "1".to_owned() } else { Hole::Version.mark() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};

    fn stamp() -> Stamp {
        Stamp {
            last_updated: format_instant(1_795_376_165_123),
            source_json: "\"urn:oid:2.16.578.1.12.4.1.4.101.1#c\"".into(),
        }
    }

    #[test]
    fn the_producers_source_moves_and_the_rest_stays() {
        let doc = parse(
            r#"{"versionId":"0","source":"Thomas","profile":["p"],"extension":[{"url":"u","valueCode":"x"}],"tag":[]}"#,
            Limits::default(),
        )
        .unwrap();
        let text = stamp().head("Patient", "a", "1", Some(doc.root()));
        insta::assert_snapshot!(text, @r#""Patient","id":"a","meta":{"versionId":"1","lastUpdated":"2026-11-22T19:36:05.123Z","source":"urn:oid:2.16.578.1.12.4.1.4.101.1#c","profile":["p"],"tag":[],"extension":[{"url":"u","valueCode":"x"},{"url":"https://kilde.example/fhir/StructureDefinition/producer-source","valueUri":"Thomas"}]}"#);
    }

    #[test]
    fn our_own_source_read_back_does_not_move_and_the_kept_one_stays() {
        let meta = format!(r#"{{"source":"{ORGNR}:1#c","extension":[{{"url":"{PRODUCER_SOURCE}","valueUri":"Thomas"}}]}}"#);
        let doc = parse(meta, Limits::default()).unwrap();
        let text = stamp().head("Patient", "a", "1", Some(doc.root()));
        assert_eq!(text.matches(PRODUCER_SOURCE).count(), 1);
        assert!(text.contains("Thomas"));
    }
}

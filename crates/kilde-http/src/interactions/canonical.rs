//! Definitions of the loaded packages by their canonical url:
//! `GET [base]/StructureDefinition?url=...`, and the same for value sets, code systems and their like.

use crate::answer::Answer;
use crate::entrance::{Left, Subject, Visit};
use crate::fhir::Asked;
use crate::look::Look;
use crate::query;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use kilde_access::Action;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{escape_into, write_compact};
use kilde_fhir::library::Library;
use kilde_fhir::package::Version;

/// The answer, if the search names the url of a definition that a package has, and perhaps its version, and
/// nothing else. Every other search is one in what is stored.
pub fn search(visit: &Visit, asked: &Asked, rtype: ResourceType) -> Option<Left> {
    if asked.method == Method::POST {
        return None;
    }
    let library = visit.place.library.shelf.get()?;
    let mut params = query::pairs(&asked.query)?;
    let look = Look::take(&mut params).ok()?;
    let one = |wanted: &'static str| {
        let mut values = params.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        (values.next(), values.next().is_none())
    };
    let ((Some(url), true), (version, true)) = (one("url"), one("version")) else {
        return None;
    };
    let others = |name: &str| !matches!(name, "url" | "version" | "_format" | "_count" | "_total");
    if params.iter().any(|(name, _)| others(name)) {
        return None;
    }
    let found = resources(&library, rtype, url, version);
    if found.is_empty() {
        return None;
    }
    Some(match visit.decide(Action::Conformance, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => {
            let base = visit.server.fhir_base(&visit.place);
            let link = format!("{base}/{}?{}", rtype.name(), self_query(url, version, &look));
            Left::permitted(permitted, Answer::fhir(StatusCode::OK, bundle(&found, &link, &look)))
        }
    })
}

/// Canonical url and JSON of each version that is loaded, the highest first.
fn resources(library: &Library, rtype: ResourceType, url: &str, version: Option<&str>) -> Vec<(String, String)> {
    let packages = library.packages();
    let mut found: Vec<_> = packages
        .versions(url)
        .iter()
        .map(|id| packages.resource(*id))
        .filter(|r| r.resource_type() == rtype.name() && version.is_none_or(|v| r.version() == v))
        .collect();
    found.sort_by(|a, b| Version(b.version()).cmp(&Version(a.version())));
    let text = |root| {
        let mut out = String::new();
        write_compact(root, &mut out);
        out
    };
    found.iter().filter_map(|r| Some((r.url().to_owned(), text(r.root()?)))).collect()
}

fn self_query(url: &str, version: Option<&str>, look: &Look) -> String {
    let version = version.map_or_else(String::new, |v| format!("&version={}", query::encode(v)));
    format!("url={}{version}{}", query::encode(url), look.link())
}

fn bundle(found: &[(String, String)], link: &str, look: &Look) -> Bytes {
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":{},\"link\":[{{\"relation\":\"self\",\"url\":",
        found.len()
    );
    escape_into(link, &mut out);
    out.push_str("}],\"entry\":[");
    for (i, (url, resource)) in found.iter().enumerate() {
        out.push_str(if i == 0 { "{\"fullUrl\":" } else { ",{\"fullUrl\":" });
        escape_into(url, &mut out);
        out.push_str(",\"resource\":");
        let seen = look.of_resource(Bytes::from(resource.clone()));
        out.push_str(&String::from_utf8_lossy(&seen));
        out.push_str(",\"search\":{\"mode\":\"match\"}}");
    }
    out.push_str("]}");
    look.of_answer(out.into())
}

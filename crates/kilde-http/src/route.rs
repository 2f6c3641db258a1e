//! From method and path below `/{instance}/fhir/r4` to an interaction of the FHIR specification
//! (<https://hl7.org/fhir/R4/http.html>).

use axum::http::Method;
use kilde_fhir::definitions::ResourceType;

/// An interaction with what the path says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interaction {
    /// `GET /metadata`
    Capabilities,
    /// `GET /[type]/[id]`
    Read(ResourceType, String),
    /// `GET /[type]/[id]/_history/[vid]`
    Vread(ResourceType, String, String),
    /// `GET /[type]/[id]/_history`
    History(ResourceType, String),
    /// `GET /[type]` and `POST /[type]/_search`
    Search(ResourceType),
    /// `GET /?...` and `POST /_search`: over types
    SearchSystem,
    /// `GET /Patient/[id]/[type]`, `/Patient/[id]/*` and `POST` of the same with `/_search`
    SearchCompartment(String, Option<ResourceType>),
    /// `POST /[type]`
    Create(ResourceType),
    /// `PUT /[type]/[id]`
    Update(ResourceType, String),
    /// `PUT /[type]?query`
    ConditionalUpdate(ResourceType),
    /// `DELETE /[type]/[id]`
    Delete(ResourceType, String),
    /// `POST /` with a transaction or batch
    Bundle,
    /// `POST /$process-message`
    ProcessMessage,
    /// `POST /$overview`
    Overview,
    /// `POST /$status`
    Status,
}

impl Interaction {
    /// Stable name, for the access log and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Interaction::Capabilities => "capabilities",
            Interaction::Read(..) => "read",
            Interaction::Vread(..) => "vread",
            Interaction::History(..) => "history-instance",
            Interaction::Search(..) => "search-type",
            Interaction::SearchSystem => "search-system",
            Interaction::SearchCompartment(..) => "search-compartment",
            Interaction::Create(..) => "create",
            Interaction::Update(..) | Interaction::ConditionalUpdate(..) => "update",
            Interaction::Delete(..) => "delete",
            Interaction::Bundle => "bundle",
            Interaction::ProcessMessage => "process-message",
            Interaction::Overview => "overview",
            Interaction::Status => "status",
        }
    }
}

/// Why there is no interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// The path names no resource type of R4.
    UnknownType,
    /// The path is known, the method not.
    Method,
    /// The path is none of ours.
    Path,
}

/// Finds the interaction. `rest` is the path below the FHIR base, without the slash before it.
pub fn route(method: &Method, rest: &str) -> Result<Interaction, NoRoute> {
    let rest = rest.trim_matches('/');
    let segments: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split('/').collect() };
    let rtype = |name: &str| ResourceType::from_name(name).ok_or(NoRoute::UnknownType);
    let get = method == Method::GET || method == Method::HEAD;
    let post = method == Method::POST;
    match segments.as_slice() {
        [] if post => Ok(Interaction::Bundle),
        [] if get => Ok(Interaction::SearchSystem),
        ["_search"] if post => Ok(Interaction::SearchSystem),
        ["_search"] => Err(NoRoute::Method),
        [] => Err(NoRoute::Method),
        ["metadata"] if get => Ok(Interaction::Capabilities),
        ["$process-message"] if post => Ok(Interaction::ProcessMessage),
        ["$overview"] if post => Ok(Interaction::Overview),
        ["$status"] if post => Ok(Interaction::Status),
        ["metadata" | "$process-message" | "$overview" | "$status"] => Err(NoRoute::Method),
        [t] if get => Ok(Interaction::Search(rtype(t)?)),
        [t] if post => Ok(Interaction::Create(rtype(t)?)),
        [t] if method == Method::PUT => Ok(Interaction::ConditionalUpdate(rtype(t)?)),
        [t] => rtype(t).and(Err(NoRoute::Method)),
        [t, "_search"] if post => Ok(Interaction::Search(rtype(t)?)),
        [t, "_search"] => rtype(t).and(Err(NoRoute::Method)),
        [t, id] if get => Ok(Interaction::Read(rtype(t)?, (*id).to_owned())),
        [t, id] if method == Method::PUT => Ok(Interaction::Update(rtype(t)?, (*id).to_owned())),
        [t, id] if method == Method::DELETE => Ok(Interaction::Delete(rtype(t)?, (*id).to_owned())),
        [t, _] => rtype(t).and(Err(NoRoute::Method)),
        [t, id, "_history"] if get => Ok(Interaction::History(rtype(t)?, (*id).to_owned())),
        [t, id, "_history", vid] if get => Ok(Interaction::Vread(rtype(t)?, (*id).to_owned(), (*vid).to_owned())),
        ["Patient", id, of] | ["Patient", id, of, "_search"]
            if (if segments.len() == 3 { get } else { post }) && (*of == "*" || of.starts_with(|c: char| c.is_ascii_uppercase())) =>
        {
            let of = if *of == "*" { None } else { Some(rtype(of)?) };
            Ok(Interaction::SearchCompartment((*id).to_owned(), of))
        }
        [t, _, "_history"] | [t, _, "_history", _] => rtype(t).and(Err(NoRoute::Method)),
        _ => Err(NoRoute::Path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interaction_has_its_path() {
        let patient = ResourceType::from_name("Patient").unwrap();
        for (method, path, expected) in [
            (Method::GET, "metadata", Interaction::Capabilities),
            (Method::GET, "Patient/1", Interaction::Read(patient, "1".into())),
            (Method::HEAD, "Patient/1", Interaction::Read(patient, "1".into())),
            (
                Method::GET,
                "Patient/1/_history/2",
                Interaction::Vread(patient, "1".into(), "2".into()),
            ),
            (Method::GET, "Patient/1/_history", Interaction::History(patient, "1".into())),
            (Method::GET, "Patient", Interaction::Search(patient)),
            (Method::POST, "Patient/_search", Interaction::Search(patient)),
            (Method::GET, "", Interaction::SearchSystem),
            (Method::POST, "_search", Interaction::SearchSystem),
            (Method::GET, "Patient/1/*", Interaction::SearchCompartment("1".into(), None)),
            (
                Method::GET,
                "Patient/1/Patient",
                Interaction::SearchCompartment("1".into(), Some(patient)),
            ),
            (
                Method::POST,
                "Patient/1/Patient/_search",
                Interaction::SearchCompartment("1".into(), Some(patient)),
            ),
            (Method::POST, "Patient", Interaction::Create(patient)),
            (Method::PUT, "Patient/1", Interaction::Update(patient, "1".into())),
            (Method::PUT, "Patient", Interaction::ConditionalUpdate(patient)),
            (Method::DELETE, "Patient/1", Interaction::Delete(patient, "1".into())),
            (Method::POST, "", Interaction::Bundle),
            (Method::POST, "$overview", Interaction::Overview),
        ] {
            assert_eq!(route(&method, path), Ok(expected), "{method} {path}");
        }
    }

    #[test]
    fn what_is_no_interaction_says_why() {
        assert_eq!(route(&Method::GET, "Pasient/1"), Err(NoRoute::UnknownType));
        assert_eq!(route(&Method::DELETE, "Patient"), Err(NoRoute::Method));
        assert_eq!(route(&Method::GET, "Patient/1/a/b/c"), Err(NoRoute::Path));
        assert_eq!(route(&Method::PUT, ""), Err(NoRoute::Method));
        assert_eq!(route(&Method::GET, "_search"), Err(NoRoute::Method));
    }
}

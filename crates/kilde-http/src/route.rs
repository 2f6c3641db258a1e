//! From method and path below `/{instance}/fhir/r4` to an interaction of the FHIR specification
//! (<https://hl7.org/fhir/R4/http.html>).

use crate::interactions::export::Of;
use crate::interactions::terminology::Operation;
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
    /// `GET /[type]/_history`
    HistoryType(ResourceType),
    /// `GET /_history`
    HistorySystem,
    /// `GET /$versions`
    Versions,
    /// `GET /[type]` and `POST /[type]/_search`
    Search(ResourceType),
    /// `GET /?...` and `POST /_search`: over types
    SearchSystem,
    /// `GET /[focus]/[id]/[type]`, `/[focus]/[id]/*` and `POST` of the same with `/_search`: the type and id of the resource whose
    /// compartment it is, the type that is searched
    SearchCompartment(ResourceType, String, Option<ResourceType>),
    /// `POST /[type]`
    Create(ResourceType),
    /// `PUT /[type]/[id]`
    Update(ResourceType, String),
    /// `PUT /[type]?query`
    ConditionalUpdate(ResourceType),
    /// `PATCH /[type]/[id]`
    Patch(ResourceType, String),
    /// `PATCH /[type]?query`
    ConditionalPatch(ResourceType),
    /// `DELETE /[type]?query`
    ConditionalDelete(ResourceType),
    /// `DELETE /[type]/[id]`
    Delete(ResourceType, String),
    /// `GET /[type]/[id]/$meta`
    Meta(ResourceType, String),
    /// `GET /$meta` and `GET /[type]/$meta`
    MetaOfAll(Option<ResourceType>),
    /// `POST /[type]/[id]/$meta-add`, or with `false` `$meta-delete`
    MetaChange(ResourceType, String, bool),
    /// `GET` and `POST /Patient/[id]/$everything` and `/Encounter/[id]/$everything`
    Everything(ResourceType, String),
    /// `/Patient/$everything`, `/Encounter/$everything`: of all of them
    EverythingOfAll,
    /// `GET` and `POST /Composition/[id]/$document` and `/Composition/$document`
    Document(Option<String>),
    /// `GET` and `POST /Patient/[id]/$summary` and `/Patient/$summary`
    Summary,
    /// `GET` and `POST /$export`, `/Patient/$export`, `/Group/[id]/$export`
    Export(Of),
    /// `GET /$export/[job]`
    ExportStatus(String),
    /// `DELETE /$export/[job]`
    ExportCancel(String),
    /// `GET /$export/[job]/[file]`
    ExportFile(String, String),
    /// `POST /$import`
    Import,
    /// `GET /$import/[job]`
    ImportStatus(String),
    /// `DELETE /$import/[job]`
    ImportCancel(String),
    /// `GET /$import/[job]/outcomes`
    ImportOutcomes(String),
    /// `POST /` with a transaction or batch
    Bundle,
    /// `POST /$process-message`
    ProcessMessage,
    /// `POST /$overview`
    Overview,
    /// `POST /$status`
    Status,
    /// `POST /[type]/$validate`, `GET` and `POST /[type]/[id]/$validate`
    Validate(ResourceType, Option<String>),
    /// `$lookup`, `$expand` and their like, `GET` and `POST`, on the type or on `[type]/[id]`
    Terminology(Operation, Option<String>),
}

impl Interaction {
    /// Stable name, for the access log and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Interaction::Capabilities => "capabilities",
            Interaction::Read(..) => "read",
            Interaction::Vread(..) => "vread",
            Interaction::History(..) => "history-instance",
            Interaction::HistoryType(..) => "history-type",
            Interaction::HistorySystem => "history-system",
            Interaction::Versions => "versions",
            Interaction::Search(..) => "search-type",
            Interaction::SearchSystem => "search-system",
            Interaction::SearchCompartment(..) => "search-compartment",
            Interaction::Create(..) => "create",
            Interaction::Update(..) | Interaction::ConditionalUpdate(..) => "update",
            Interaction::Patch(..) | Interaction::ConditionalPatch(..) => "patch",
            Interaction::Delete(..) | Interaction::ConditionalDelete(..) => "delete",
            Interaction::Meta(..) | Interaction::MetaOfAll(_) => "meta",
            Interaction::MetaChange(_, _, true) => "meta-add",
            Interaction::MetaChange(_, _, false) => "meta-delete",
            Interaction::Everything(..) | Interaction::EverythingOfAll => "everything",
            Interaction::Document(_) => "document",
            Interaction::Summary => "summary",
            Interaction::Export(_) => "export",
            Interaction::ExportStatus(_) => "export-status",
            Interaction::ExportCancel(_) => "export-cancel",
            Interaction::ExportFile(..) => "export-file",
            Interaction::Import => "import",
            Interaction::ImportStatus(_) | Interaction::ImportOutcomes(_) => "import-status",
            Interaction::ImportCancel(_) => "import-cancel",
            Interaction::Bundle => "bundle",
            Interaction::ProcessMessage => "process-message",
            Interaction::Overview => "overview",
            Interaction::Status => "status",
            Interaction::Validate(..) => "validate",
            Interaction::Terminology(operation, _) => operation.name(),
        }
    }

    /// Whether it takes its body as it came: what the log keeps, and what looks for itself for places in XML.
    pub fn takes_xml(&self) -> bool {
        matches!(
            self,
            Interaction::Create(..)
                | Interaction::Update(..)
                | Interaction::ConditionalUpdate(..)
                | Interaction::Patch(..)
                | Interaction::ConditionalPatch(..)
                | Interaction::MetaChange(..)
                | Interaction::Bundle
                | Interaction::ProcessMessage
                | Interaction::Validate(..)
                | Interaction::Terminology(..)
        )
    }
}

/// The interactions on a resource type by their codes in a CapabilityStatement, each with a request that it answers: what
/// is claimed is what is routed (a test holds them together).
pub const OF_TYPE: [(&str, Method, &str); 9] = [
    ("read", Method::GET, "Patient/1"),
    ("vread", Method::GET, "Patient/1/_history/1"),
    ("update", Method::PUT, "Patient/1"),
    ("patch", Method::PATCH, "Patient/1"),
    ("delete", Method::DELETE, "Patient/1"),
    ("history-instance", Method::GET, "Patient/1/_history"),
    ("history-type", Method::GET, "Patient/_history"),
    ("create", Method::POST, "Patient"),
    ("search-type", Method::GET, "Patient"),
];

/// The same for interactions on everything; transaction and batch are one request.
pub const OF_SYSTEM: [(&str, Method, &str); 4] = [
    ("transaction", Method::POST, ""),
    ("batch", Method::POST, ""),
    ("history-system", Method::GET, "_history"),
    ("search-system", Method::GET, ""),
];

/// The code of an interaction in `http://hl7.org/fhir/restful-interaction`, by its [name](Interaction::name); `None` for what is none of FHIR's,
/// and for a bundle, which may be a transaction or a batch.
pub fn restful_code(name: &str) -> Option<&'static str> {
    let listed = OF_TYPE.iter().chain(&OF_SYSTEM).map(|(code, ..)| *code).find(|code| *code == name);
    listed.or(match name {
        "search-compartment" => Some("search"),
        "capabilities" => Some("capabilities"),
        "versions" | "meta" | "meta-add" | "meta-delete" | "everything" | "document" | "summary" | "process-message" | "overview"
        | "status" | "validate" => Some("operation"),
        _ if name.starts_with("export") || name.starts_with("import") => Some("operation"),
        _ => Operation::has_name(name).then_some("operation"),
    })
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

/// The methods that a path below the FHIR base has beside the one that was refused, as `Allow` lists them.
pub fn allowed(refused: &Method, rest: &str) -> String {
    let all = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let there = all.iter().filter(|m| *m != refused && route(m, rest).is_ok());
    let names: Vec<&str> = there.map(Method::as_str).collect();
    names.join(", ")
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
        ["$meta"] if get => Ok(Interaction::MetaOfAll(None)),
        [t, "$meta"] if get => Ok(Interaction::MetaOfAll(Some(rtype(t)?))),
        [t, id, "$meta"] if get => Ok(Interaction::Meta(rtype(t)?, (*id).to_owned())),
        [t, id, "$meta-add"] if post => Ok(Interaction::MetaChange(rtype(t)?, (*id).to_owned(), true)),
        [t, id, "$meta-delete"] if post => Ok(Interaction::MetaChange(rtype(t)?, (*id).to_owned(), false)),
        ["$meta"] => Err(NoRoute::Method),
        [t, "$meta"] | [t, _, "$meta" | "$meta-add" | "$meta-delete"] => rtype(t).and(Err(NoRoute::Method)),
        [t @ ("Patient" | "Encounter"), id, "$everything"] if get || post => Ok(Interaction::Everything(rtype(t)?, (*id).to_owned())),
        ["Patient" | "Encounter", "$everything"] if get || post => Ok(Interaction::EverythingOfAll),
        ["Composition", id, "$document"] if get || post => Ok(Interaction::Document(Some((*id).to_owned()))),
        ["Composition", "$document"] if get || post => Ok(Interaction::Document(None)),
        ["Patient", _, "$summary"] | ["Patient", "$summary"] if get || post => Ok(Interaction::Summary),
        ["Patient" | "Encounter", "$everything"]
        | ["Patient" | "Encounter", _, "$everything"]
        | ["Composition", "$document"]
        | ["Composition", _, "$document"]
        | ["Patient", "$summary"]
        | ["Patient", _, "$summary"] => Err(NoRoute::Method),
        ["$export"] if get || post => Ok(Interaction::Export(Of::System)),
        ["Patient", "$export"] if get || post => Ok(Interaction::Export(Of::Patient)),
        ["Group", id, "$export"] if get || post => Ok(Interaction::Export(Of::Group((*id).to_owned()))),
        ["$export", job] if get => Ok(Interaction::ExportStatus((*job).to_owned())),
        ["$export", job] if method == Method::DELETE => Ok(Interaction::ExportCancel((*job).to_owned())),
        ["$export", job, file] if get => Ok(Interaction::ExportFile((*job).to_owned(), (*file).to_owned())),
        ["$import"] if post => Ok(Interaction::Import),
        ["$import", job] if get => Ok(Interaction::ImportStatus((*job).to_owned())),
        ["$import", job] if method == Method::DELETE => Ok(Interaction::ImportCancel((*job).to_owned())),
        ["$import", job, "outcomes"] if get => Ok(Interaction::ImportOutcomes((*job).to_owned())),
        ["$export" | "$import"]
        | ["Patient", "$export"]
        | ["Group", _, "$export"]
        | ["$export" | "$import", _]
        | ["$export", _, _]
        | ["$import", _, "outcomes"] => Err(NoRoute::Method),
        ["$versions"] if get => Ok(Interaction::Versions),
        ["_history"] if get => Ok(Interaction::HistorySystem),
        ["$versions" | "_history"] => Err(NoRoute::Method),
        [t, "$validate"] if post => Ok(Interaction::Validate(rtype(t)?, None)),
        [t, id, "$validate"] if get || post => Ok(Interaction::Validate(rtype(t)?, Some((*id).to_owned()))),
        [t, "$validate"] | [t, _, "$validate"] => rtype(t).and(Err(NoRoute::Method)),
        [t, name] if Operation::of(t, name).is_some() => match Operation::of(t, name) {
            Some(operation) if get || post => Ok(Interaction::Terminology(operation, None)),
            _ => Err(NoRoute::Method),
        },
        ["$closure"] if get || post => Ok(Interaction::Terminology(Operation::Closure, None)),
        ["$closure"] => Err(NoRoute::Method),
        [t, id, name] if Operation::of(t, name).is_some() => match Operation::of(t, name) {
            Some(operation) if get || post => Ok(Interaction::Terminology(operation, Some((*id).to_owned()))),
            _ => Err(NoRoute::Method),
        },
        [t] if get => Ok(Interaction::Search(rtype(t)?)),
        [t] if post => Ok(Interaction::Create(rtype(t)?)),
        [t] if method == Method::PUT => Ok(Interaction::ConditionalUpdate(rtype(t)?)),
        [t] if method == Method::PATCH => Ok(Interaction::ConditionalPatch(rtype(t)?)),
        [t] if method == Method::DELETE => Ok(Interaction::ConditionalDelete(rtype(t)?)),
        [t] => rtype(t).and(Err(NoRoute::Method)),
        [t, "_history"] if get => Ok(Interaction::HistoryType(rtype(t)?)),
        [t, "_history"] => rtype(t).and(Err(NoRoute::Method)),
        [t, "_search"] if post => Ok(Interaction::Search(rtype(t)?)),
        [t, "_search"] => rtype(t).and(Err(NoRoute::Method)),
        [t, id] if get => Ok(Interaction::Read(rtype(t)?, (*id).to_owned())),
        [t, id] if method == Method::PUT => Ok(Interaction::Update(rtype(t)?, (*id).to_owned())),
        [t, id] if method == Method::PATCH => Ok(Interaction::Patch(rtype(t)?, (*id).to_owned())),
        [t, id] if method == Method::DELETE => Ok(Interaction::Delete(rtype(t)?, (*id).to_owned())),
        [t, _] => rtype(t).and(Err(NoRoute::Method)),
        [t, id, "_history"] if get => Ok(Interaction::History(rtype(t)?, (*id).to_owned())),
        [t, id, "_history", vid] if get => Ok(Interaction::Vread(rtype(t)?, (*id).to_owned(), (*vid).to_owned())),
        [focus, id, of] | [focus, id, of, "_search"]
            if compartment(focus)
                && (if segments.len() == 3 { get } else { post })
                && (*of == "*" || of.starts_with(|c: char| c.is_ascii_uppercase())) =>
        {
            let of = if *of == "*" { None } else { Some(rtype(of)?) };
            Ok(Interaction::SearchCompartment(rtype(focus)?, (*id).to_owned(), of))
        }
        [t, _, "_history"] | [t, _, "_history", _] => rtype(t).and(Err(NoRoute::Method)),
        [focus, _, of] | [focus, _, of, "_search"] if compartment(focus) && (*of == "*" || ResourceType::from_name(of).is_some()) => {
            Err(NoRoute::Method)
        }
        _ => Err(NoRoute::Path),
    }
}

/// Whether a name is that of a type whose resources have compartments.
fn compartment(name: &str) -> bool {
    ResourceType::from_name(name).is_some_and(kilde_fhir::search::has_compartment)
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
            (Method::GET, "Patient/_history", Interaction::HistoryType(patient)),
            (Method::GET, "_history", Interaction::HistorySystem),
            (Method::GET, "Patient/1/$meta", Interaction::Meta(patient, "1".into())),
            (
                Method::POST,
                "Patient/1/$meta-add",
                Interaction::MetaChange(patient, "1".into(), true),
            ),
            (Method::GET, "$versions", Interaction::Versions),
            (Method::GET, "Patient", Interaction::Search(patient)),
            (Method::POST, "Patient/_search", Interaction::Search(patient)),
            (Method::GET, "", Interaction::SearchSystem),
            (Method::POST, "_search", Interaction::SearchSystem),
            (
                Method::GET,
                "Patient/1/*",
                Interaction::SearchCompartment(patient, "1".into(), None),
            ),
            (
                Method::GET,
                "Patient/1/Patient",
                Interaction::SearchCompartment(patient, "1".into(), Some(patient)),
            ),
            (
                Method::GET,
                "Encounter/1/Patient",
                Interaction::SearchCompartment(ResourceType::from_name("Encounter").unwrap(), "1".into(), Some(patient)),
            ),
            (
                Method::POST,
                "Patient/1/Patient/_search",
                Interaction::SearchCompartment(patient, "1".into(), Some(patient)),
            ),
            (Method::POST, "Patient", Interaction::Create(patient)),
            (Method::PUT, "Patient/1", Interaction::Update(patient, "1".into())),
            (Method::PUT, "Patient", Interaction::ConditionalUpdate(patient)),
            (Method::PATCH, "Patient/1", Interaction::Patch(patient, "1".into())),
            (Method::PATCH, "Patient", Interaction::ConditionalPatch(patient)),
            (Method::DELETE, "Patient", Interaction::ConditionalDelete(patient)),
            (Method::DELETE, "Patient/1", Interaction::Delete(patient, "1".into())),
            (Method::POST, "", Interaction::Bundle),
            (Method::POST, "$overview", Interaction::Overview),
            (
                Method::GET,
                "Encounter/1/$everything",
                Interaction::Everything(ResourceType::from_name("Encounter").unwrap(), "1".into()),
            ),
            (Method::GET, "$export", Interaction::Export(Of::System)),
            (Method::POST, "Patient/$export", Interaction::Export(Of::Patient)),
            (Method::GET, "Group/1/$export", Interaction::Export(Of::Group("1".into()))),
            (Method::GET, "$export/a", Interaction::ExportStatus("a".into())),
            (Method::DELETE, "$export/a", Interaction::ExportCancel("a".into())),
            (Method::GET, "$export/a/0", Interaction::ExportFile("a".into(), "0".into())),
            (Method::POST, "$import", Interaction::Import),
            (Method::GET, "$import/a", Interaction::ImportStatus("a".into())),
            (Method::DELETE, "$import/a", Interaction::ImportCancel("a".into())),
            (Method::GET, "$import/a/outcomes", Interaction::ImportOutcomes("a".into())),
            (Method::POST, "Patient/$everything", Interaction::EverythingOfAll),
            (Method::GET, "Composition/1/$document", Interaction::Document(Some("1".into()))),
            (Method::GET, "Patient/1/$summary", Interaction::Summary),
            (Method::POST, "Patient/$validate", Interaction::Validate(patient, None)),
            (Method::GET, "Patient/1/$validate", Interaction::Validate(patient, Some("1".into()))),
            (Method::GET, "ValueSet/$expand", Interaction::Terminology(Operation::Expand, None)),
        ] {
            assert_eq!(restful_code(expected.name()).is_none(), expected == Interaction::Bundle, "{path}");
            assert_eq!(route(&method, path), Ok(expected), "{method} {path}");
        }
    }

    #[test]
    fn what_is_claimed_is_routed() {
        for (code, method, path) in OF_TYPE.iter().chain(&OF_SYSTEM) {
            let name = route(method, path).map(|interaction| interaction.name());
            let code = if matches!(*code, "transaction" | "batch") {
                "bundle"
            } else {
                *code
            };
            assert_eq!(name, Ok(code));
        }
    }

    #[test]
    fn what_is_no_interaction_says_why() {
        assert_eq!(route(&Method::GET, "Pasient/1"), Err(NoRoute::UnknownType));
        assert_eq!(route(&Method::TRACE, "Patient"), Err(NoRoute::Method));
        assert_eq!(route(&Method::GET, "Patient/1/a/b/c"), Err(NoRoute::Path));
        assert_eq!(route(&Method::GET, "Organization/1/Patient"), Err(NoRoute::Path));
        assert_eq!(route(&Method::GET, "Patient/$validate"), Err(NoRoute::Method));
        assert_eq!(route(&Method::PUT, "CodeSystem/$lookup"), Err(NoRoute::Method));
        assert_eq!(route(&Method::PUT, ""), Err(NoRoute::Method));
        assert_eq!(route(&Method::GET, "_search"), Err(NoRoute::Method));
        assert_eq!(route(&Method::POST, "Patient/1/Observation"), Err(NoRoute::Method));
    }

    #[test]
    fn the_other_methods_of_a_path_are_told() {
        for (refused, path, others) in [
            (Method::TRACE, "Patient", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            (Method::POST, "Patient/1", "GET, HEAD, PUT, PATCH, DELETE"),
            (Method::GET, "Patient/_search", "POST"),
            (Method::GET, "$overview", "POST"),
            (Method::DELETE, "Patient/1/_history/1", "GET, HEAD"),
            (Method::POST, "Patient/1/Observation", "GET, HEAD"),
            (Method::PUT, "metadata", "GET, HEAD"),
        ] {
            assert_eq!(allowed(&refused, path), others, "{refused} {path}");
        }
    }
}

//! `$overview`: a Bundle of type `collection` that starts with a Composition.
//!
//! Why no `document`: a document is attested and stays; an overview is put together for one
//! reader at one moment.
//!
//! ## Which kind of nothing
//!
//! A section without content has an `emptyReason`:
//!
//! | code | when |
//! |---|---|
//! | `unavailable` | a source of the service does not answer, or the records cannot be read |
//! | `withheld` | there is something, and nothing of it is shown to this reader |
//! | `nilknown` | the person is registered here (there is a Patient, or the service holds something that is over), and nothing stands now |
//! | `notstarted` | neither: nobody here knows the person, or only for other services |
//!
//! What the citizen has blocked from this reader is counted once, for the whole overview, and never told of by section: where anything is blocked, *every*
//! section without content is `withheld`, so that none of them tells what it was.
//!
//! The first that applies counts. Beside content, what is withheld and which source is down stand
//! in sections of their own inside it, so that nothing is missing silently.

mod composition;
mod provenance;
#[cfg(test)]
pub(crate) mod tests;

use crate::lang::Lang;
use crate::record::{ReadError, Record, Records, rtype};
use crate::service::{Content, Context, EmptyReason, Entry, Part, Service, SourceStatus, derived_url};
use crate::services::Services;
use crate::texts::COMMON;
use kilde_access::{Categories, Category};
use kilde_fhir::date::format_instant;
use kilde_fhir::definitions::ResourceType;
use rustc_hash::FxHashSet;

/// StructureDefinitions that belong to the overview, or to a citizen's insight, and to no single service.
pub const PROFILES: [&str; 2] = [
    include_str!("overview/profiles/withheld-count.json"),
    include_str!("overview/profiles/own-contribution.json"),
];

/// What an overview is asked with.
pub struct Request<'a> {
    /// The person's records within the access decision; `None` if nobody here knows the person.
    pub records: Option<&'a dyn Records>,
    /// The identifier that the person was asked for by: system and value. It goes back in `subject`.
    pub patient: (&'a str, &'a str),
    /// Services by id; empty for all that are active.
    pub services: &'a [String],
    /// Now (Unix ms).
    pub now_ms: i64,
    /// The language of texts.
    pub lang: Lang,
    /// Base of references, without a slash at the end: `https://host/9901/fhir/r4`.
    pub base: &'a str,
    /// Which sources answer.
    pub sources: &'a dyn SourceStatus,
}

/// The answer, and what the access log must say about it.
#[derive(Debug)]
pub struct OverviewBundle {
    /// The Bundle.
    pub body: Vec<u8>,
    /// Stored versions in it.
    pub resources: Vec<(ResourceType, String, u32)>,
    /// Elements kept back: resources, and parts taken out of resources.
    pub withheld: u32,
}

/// A service's section, with which kind of nothing it is if it is nothing.
struct Section {
    service: &'static dyn Service,
    content: Content,
    empty: Option<EmptyReason>,
    down: Vec<String>,
}

impl Services {
    /// Puts the overview together. It always answers: what cannot be read is named in its section.
    pub fn overview(&self, request: &Request<'_>) -> OverviewBundle {
        let context = Context {
            records: request.records,
            now_ms: request.now_ms,
            lang: request.lang,
            base: request.base,
            sources: request.sources,
        };
        let patient = request.records.and_then(registered);
        // What cannot be counted is taken for something.
        let closed = request.records.map_or(0, |records| records.closed().unwrap_or(1));
        let sections: Vec<Section> = self
            .chosen(request.services)
            .map(|service| section(service, &context, patient.is_some(), closed > 0))
            .collect();
        let withheld = closed + sections.iter().map(|s| s.content.withheld + s.content.masked).sum::<u32>();
        let patient_url = patient.flatten().map(|record| context.url(&record));
        bundle(&context, request, sections, patient_url, (withheld, closed))
    }
}

/// Whether there is a Patient for the person, and the newest that may be shown.
fn registered(records: &dyn Records) -> Option<Option<Record>> {
    let found = records.of_person(&[rtype("Patient")], Categories::of(&[Category::Person])).ok()?;
    let any = found.withheld > 0 || !found.records.is_empty();
    any.then(|| found.records.into_iter().next())
}

fn section(service: &'static dyn Service, context: &Context<'_>, registered: bool, closed: bool) -> Section {
    let mut down = context.sources.down(service.id());
    let content = match context.records.map(|records| service.overview(context, records)) {
        None => Content::default(),
        Some(Ok(content)) => content,
        Some(Err(ReadError(_))) => {
            if down.is_empty() {
                down.push(COMMON.get(context.lang, "a-source").to_owned());
            }
            Content::default()
        }
    };
    let empty = if !content.focus.is_empty() {
        None
    } else if !down.is_empty() {
        Some(EmptyReason::Unavailable)
    } else if content.withheld > 0 || closed {
        Some(EmptyReason::Withheld)
    } else if registered || !content.parts.is_empty() {
        Some(EmptyReason::NilKnown)
    } else {
        Some(EmptyReason::NotStarted)
    };
    let mut section = Section {
        service,
        content,
        empty,
        down,
    };
    notices(&mut section, context.lang);
    section
}

/// What is missing beside content, as parts of their own.
fn notices(section: &mut Section, lang: Lang) {
    let mut notice = |code, title: &str, text: String, reason| {
        let mut html = crate::html::Html::new();
        html.p(&text);
        let title = COMMON.get(lang, title).to_owned();
        section.content.parts.push(Part {
            code,
            title,
            html,
            entries: Vec::new(),
            empty: Some(reason),
        });
    };
    if section.content.withheld > 0 && section.empty != Some(EmptyReason::Withheld) {
        let text = COMMON.count(lang, "withheld", section.content.withheld as usize);
        notice("withheld", "withheld-title", text, EmptyReason::Withheld);
    }
    if !section.down.is_empty() && section.empty != Some(EmptyReason::Unavailable) {
        let text = COMMON.fill(lang, "unavailable", &[("sources", &section.down.join(", "))]);
        notice("unavailable", "unavailable-title", text, EmptyReason::Unavailable);
    }
}

fn bundle(
    context: &Context<'_>,
    request: &Request<'_>,
    sections: Vec<Section>,
    patient: Option<String>,
    (withheld, closed): (u32, u32),
) -> OverviewBundle {
    let composition = composition::composition(context, request, &sections, patient.as_deref(), closed);
    let mut entries: Vec<Entry> = Vec::new();
    let mut support: Vec<Entry> = Vec::new();
    for section in sections {
        entries.extend(section.content.focus);
        entries.extend(section.content.parts.into_iter().flat_map(|p| p.entries));
        support.extend(section.content.support);
    }
    entries.extend(support);
    let mut seen = FxHashSet::default();
    entries.retain(|entry| seen.insert(entry.full_url(context)));

    let size: usize = entries
        .iter()
        .map(|e| if let Entry::Stored(r) = e { r.text().len() + 120 } else { 2000 })
        .sum();
    let mut out = String::with_capacity(size + 8192);
    let now = format_instant(context.now_ms);
    let names: Vec<String> = entries.iter().map(|e| e.full_url(context)).collect();
    let mut parts: Vec<&str> = vec!["overview", &now, context.base, request.patient.1];
    parts.extend(names.iter().map(String::as_str));
    let own = derived_url(&parts);
    out.push_str("{\"resourceType\":\"Bundle\",\"identifier\":{\"system\":\"urn:ietf:rfc:3986\",\"value\":\"");
    out.push_str(&own);
    out.push_str("\"},\"type\":\"collection\",\"timestamp\":\"");
    out.push_str(&now);
    out.push_str("\",\"entry\":[");
    push(&mut out, &derived_url(&["composition", &own]), &composition.to_string());
    for (entry, url) in entries.iter().zip(&names) {
        out.push(',');
        match entry {
            Entry::Stored(record) => push(&mut out, url, record.text()),
            Entry::Derived { resource, .. } => push(&mut out, url, &resource.to_string()),
        }
    }
    for (url, provenance) in provenance::of(context, &entries) {
        out.push(',');
        push(&mut out, &url, &provenance.to_string());
    }
    out.push_str("]}");
    let resources = entries
        .into_iter()
        .filter_map(|e| {
            if let Entry::Stored(r) = e {
                Some((r.rtype, r.id, r.version))
            } else {
                None
            }
        })
        .collect();
    OverviewBundle {
        body: out.into_bytes(),
        resources,
        withheld,
    }
}

fn push(out: &mut String, full_url: &str, resource: &str) {
    out.push_str("{\"fullUrl\":");
    kilde_fhir::json::escape_into(full_url, out);
    out.push_str(",\"resource\":");
    out.push_str(resource);
    out.push('}');
}

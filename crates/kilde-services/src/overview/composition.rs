//! The Composition: a section per service.

use super::{Request, Section};
use crate::html::Html;
use crate::lang::Lang;
use crate::service::{Context, EmptyReason, Entry, Part};
use crate::texts::COMMON;
use kilde_fhir::date::format_instant;
use serde_json::{Value, json};

const WITHHELD_COUNT: &str = "https://kilde.example/fhir/StructureDefinition/withheld-count";

pub(super) fn composition(context: &Context<'_>, request: &Request<'_>, sections: &[Section], patient: Option<&str>, closed: u32) -> Value {
    let lang = context.lang;
    let title = COMMON.get(lang, "title");
    let mut summary = Html::new();
    summary.p(&COMMON.fill(lang, "summary", &[("time", &crate::clock::time_text(lang, context.now_ms))]));
    if closed > 0 {
        summary.p(&COMMON.count(lang, "closed", closed as usize));
    }
    let mut subject = json!({ "type": "Patient", "identifier": { "system": request.patient.0, "value": request.patient.1 } });
    if let Some(reference) = patient {
        subject["reference"] = reference.into();
    }
    let mut composition = json!({
        "resourceType": "Composition",
        "language": lang.tag(),
        "text": narrative(&summary, lang),
        "status": "final",
        "type": { "coding": [{ "system": "https://kilde.example/fhir/CodeSystem/composition", "code": "overview" }], "text": title },
        "subject": subject,
        "date": format_instant(context.now_ms),
        "author": [{ "display": "Kilde" }],
        "title": title,
    });
    if closed > 0 {
        composition["extension"] = json!([{ "url": WITHHELD_COUNT, "valueUnsignedInt": closed }]);
    }
    if !sections.is_empty() {
        composition["section"] = sections.iter().map(|s| section(context, s)).collect();
    }
    composition
}

fn section(context: &Context<'_>, section: &Section) -> Value {
    let lang = context.lang;
    let mut out = json!({});
    if section.content.withheld > 0 {
        out["extension"] = json!([{ "url": WITHHELD_COUNT, "valueUnsignedInt": section.content.withheld }]);
    }
    out["title"] = section.service.manifest().title(lang).into();
    out["code"] = json!({ "coding": [{ "system": "https://kilde.example/fhir/CodeSystem/service", "code": section.service.id() }] });
    let empty = section.empty.map(|reason| {
        let closed = reason == EmptyReason::Withheld && section.content.withheld == 0;
        let key = if closed { "closed" } else { reason.code() };
        (reason, empty_text(lang, key, &section.down))
    });
    out["text"] = match &empty {
        Some((_, text)) if section.content.html.is_empty() => {
            let mut html = Html::new();
            html.p(text);
            narrative(&html, lang)
        }
        _ => narrative(&section.content.html, lang),
    };
    entries(context, &section.content.focus, empty, &mut out);
    if !section.content.parts.is_empty() {
        out["section"] = section.content.parts.iter().map(|p| part(context, p)).collect();
    }
    out
}

fn part(context: &Context<'_>, part: &Part) -> Value {
    let mut out = json!({
        "title": part.title,
        "code": { "coding": [{ "system": "https://kilde.example/fhir/CodeSystem/section", "code": part.code }] },
        "text": narrative(&part.html, context.lang),
    });
    entries(context, &part.entries, part.empty.map(|reason| (reason, String::new())), &mut out);
    out
}

/// `entry`, or `emptyReason` if there is none (constraint cmp-2).
fn entries(context: &Context<'_>, entries: &[Entry], empty: Option<(EmptyReason, String)>, out: &mut Value) {
    if !entries.is_empty() {
        out["entry"] = entries.iter().map(|e| json!({ "reference": e.full_url(context) })).collect();
    } else if let Some((reason, text)) = empty {
        let coding = json!([{ "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": reason.code() }]);
        out["emptyReason"] = if text.is_empty() {
            json!({ "coding": coding })
        } else {
            json!({ "coding": coding, "text": text })
        };
    }
}

fn empty_text(lang: Lang, key: &str, down: &[String]) -> String {
    COMMON.fill(lang, &format!("empty-{key}"), &[("sources", &down.join(", "))])
}

fn narrative(html: &Html, lang: Lang) -> Value {
    json!({ "status": "generated", "div": html.div(lang) })
}

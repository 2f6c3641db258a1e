//! Insight as a page of its own: no script, nothing fetched from elsewhere; reads on a phone and prints. Everything from outside is escaped.

use super::super::own::Own;
use super::super::words;
use super::is_own;
use crate::answer::Answer;
use axum::http::{HeaderName, StatusCode, header};
use kilde_access::log::{Lang, Names, kind, when};
use kilde_access::{Category, Declaration};
use kilde_fhir::json::{self, Value};
use kilde_index::Version;
use kilde_services::html::escape_into as escape;

const STYLE: &str = "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.6rem}h2{font-size:1.25rem;border-bottom:2px solid #1a1a1a;margin-top:2rem}ul{list-style:none;padding:0}\
li{border-bottom:1px solid #bbb;padding:.6rem 0;overflow-wrap:anywhere}.m{color:#444;font-size:.95rem}\
.o{border:1px solid #1a1a1a;border-radius:.3rem;padding:0 .4rem;font-size:.9rem}@media print{li{break-inside:avoid}body{max-width:none}}";
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Dates that say when something was, the better ones first.
const DATES: [&str; 9] = [
    "effectiveDateTime",
    "occurrenceDateTime",
    "performedDateTime",
    "onsetDateTime",
    "recordedDate",
    "authoredOn",
    "date",
    "issued",
    "authored",
];
/// Elements whose text says what it is.
const SUBJECTS: [&str; 6] = ["code", "type", "medicationCodeableConcept", "vaccineCode", "class", "category"];

/// The page.
pub(super) fn answer(own: &Own, bodies: &[(Version, bytes::Bytes)]) -> Answer {
    let lang = own.lang();
    let mut out = String::from("<!DOCTYPE html><html lang=\"");
    out.push_str(lang.pick("nb", "nn", "en"));
    out.push_str("\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    let title = lang.pick(
        "Alt som er registrert om deg",
        "Alt som er registrert om deg",
        "Everything that is registered about you",
    );
    escape(title, &mut out);
    out.push_str(&format!("</title><style>{STYLE}</style></head><body><main><h1>"));
    escape(title, &mut out);
    out.push_str("</h1>");
    let of = lang.pick("Hentet fra", "Henta frå", "Fetched from");
    paragraph(
        &format!("{of} {}, {}.", own.visit.place.name, when(own.visit.now_ms, lang)),
        &mut out,
    );
    if bodies.is_empty() {
        let nothing = lang.pick(
            "Ingenting er registrert om deg her.",
            "Ingenting er registrert om deg her.",
            "Nothing is registered about you here.",
        );
        paragraph(nothing, &mut out);
    }
    for category in [
        Category::Person,
        Category::Tjenester,
        Category::Tvang,
        Category::Maaledata,
        Category::Journal,
    ] {
        let of_it: Vec<_> = bodies.iter().filter(|(version, _)| version.category == category).collect();
        if !of_it.is_empty() {
            heading(words::category(category.name(), lang), of_it.len(), &mut out);
            out.push_str("<ul>");
            for (version, body) in of_it {
                item(own, version, body, lang, &mut out);
            }
            out.push_str("</ul>");
        }
    }
    choices(own, lang, &mut out);
    let wrong = lang.pick(
        "Er noe feil, kan den som skrev det, rette det. Hvem som har sett opplysningene, står i tilgangsloggen din.",
        "Er noko feil, kan den som skreiv det, rette det. Kven som har sett opplysningane, står i tilgangsloggen din.",
        "If something is wrong, the one who wrote it can correct it. Who has seen the information stands in your access log.",
    );
    paragraph(wrong, &mut out);
    out.push_str("</main></body></html>");
    Answer::json(StatusCode::OK, out)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(HeaderName::from_static("content-security-policy"), POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CONTENT_LANGUAGE, lang.pick("nb", "nn", "en"))
}

/// What she has chosen herself.
fn choices(own: &Own, lang: Lang, out: &mut String) {
    if own.visit.identity.claims_proxy {
        // Who acts for her sees what she lets her see; what she has chosen is her own.
        return;
    }
    let Ok(all) = own.declarations() else { return };
    let told: Vec<String> = all
        .iter()
        .filter_map(|one| match &one.declaration {
            Some(Declaration::Block(block)) => Some(words::block(block, &own.visit.place, lang)),
            Some(Declaration::Proxy(proxy)) => Some(super::super::proxies::words(proxy, lang)),
            _ => None,
        })
        .collect();
    if told.is_empty() {
        return;
    }
    heading(
        lang.pick("sperringer og fullmakter", "sperringar og fullmakter", "blocks and proxies"),
        told.len(),
        out,
    );
    out.push_str("<ul>");
    for one in told {
        out.push_str("<li>");
        escape(&one, out);
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}

fn item(own: &Own, version: &Version, body: &[u8], lang: Lang, out: &mut String) {
    let document = json::parse(body, json::Limits::default());
    let root = document.as_ref().ok().map(json::Document::root);
    out.push_str("<li><strong>");
    let kind = kind(version.rtype.name(), lang).unwrap_or_else(|| version.rtype.name());
    escape(&root.and_then(subject).unwrap_or_else(|| kind.to_owned()), out);
    out.push_str("</strong>");
    if is_own(own, body) {
        out.push_str(" <span class=\"o\">");
        escape(lang.pick("fra deg selv", "frå deg sjølv", "from yourself"), out);
        out.push_str("</span>");
    }
    if let Some(value) = root.and_then(value) {
        out.push_str("<br>");
        escape(&value, out);
    }
    let mut about: Vec<String> = vec![kind.to_owned()];
    about.extend(root.and_then(date));
    if !version.secret {
        let organisation: &str = &version.organisation;
        let source = Names::organisation(&*own.visit.place, organisation).unwrap_or_else(|| organisation.to_owned());
        about.push(format!("{} {source}", lang.pick("kilde:", "kjelde:", "source:")));
    }
    about.push(format!(
        "{} {}",
        lang.pick("mottatt", "motteken", "received"),
        when(version.last_updated_ms, lang)
    ));
    out.push_str("<br><span class=\"m\">");
    escape(&about.join(" · "), out);
    out.push_str("</span></li>");
}

/// What it is, in the source's words: a name, or the text or display of its code.
fn subject(root: Value<'_>) -> Option<String> {
    if let Some(name) = root.items("name").next() {
        let given: Vec<String> = name.items("given").filter_map(|g| g.as_str().map(|g| g.into_owned())).collect();
        let whole = format!("{} {}", given.join(" "), name.str("family").unwrap_or_default());
        return Some(whole.trim().to_owned()).filter(|name| !name.is_empty());
    }
    SUBJECTS.iter().find_map(|element| root.items(element).find_map(concept))
}

fn concept(concept: Value<'_>) -> Option<String> {
    let display = || {
        concept
            .items("coding")
            .find_map(|coding| coding.str("display").or_else(|| coding.str("code")))
    };
    concept.str("text").or_else(display).map(|text| text.into_owned())
}

fn value(root: Value<'_>) -> Option<String> {
    if let Some(text) = root.str("valueString") {
        return Some(text.into_owned());
    }
    if let Some(quantity) = root.get("valueQuantity") {
        let number = quantity.get("value").map(|v| v.raw().to_owned())?;
        return Some(format!("{number} {}", quantity.str("unit").unwrap_or_default()).trim().to_owned());
    }
    root.get("valueCodeableConcept").and_then(concept)
}

/// When it was: a date as the source wrote it, or a period.
fn date(root: Value<'_>) -> Option<String> {
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    if let Some(found) = DATES.iter().find_map(|name| root.str(name)) {
        return Some(day(&found));
    }
    let period = root.get("period").or_else(|| root.get("effectivePeriod"))?;
    let (start, end) = (period.str("start"), period.str("end"));
    Some(format!(
        "{} – {}",
        start.as_deref().map(day).unwrap_or_default(),
        end.as_deref().map(day).unwrap_or_default()
    ))
}

fn heading(text: &str, count: usize, out: &mut String) {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    out.push_str("<h2>");
    escape(&format!("{first}{} ({count})", letters.as_str()), out);
    out.push_str("</h2>");
}

fn paragraph(text: &str, out: &mut String) {
    out.push_str("<p>");
    escape(text, out);
    out.push_str("</p>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_resource_is_about() {
        let of = |text: &str| {
            let document = json::parse(text.as_bytes(), json::Limits::default()).expect("JSON");
            (subject(document.root()), value(document.root()), date(document.root()))
        };
        let told = |a: &str| Some(a.to_owned());
        let observation = r#"{"code":{"coding":[{"code":"8867-4","display":"Puls"}]},"valueQuantity":{"value":70.0,"unit":"/min"},"effectiveDateTime":"2026-11-20T10:00:00Z"}"#;
        assert_eq!(of(observation), (told("Puls"), told("70.0 /min"), told("2026-11-20")));
        let patient = r#"{"name":[{"given":["Siv","Anna"],"family":"Berg"}]}"#;
        assert_eq!(of(patient), (told("Siv Anna Berg"), None, None));
        assert_eq!(of(r#"{"period":{"start":"2024-01-10"}}"#), (None, None, told("2024-01-10 – ")));
        assert_eq!(of("{}"), (None, None, None));
    }
}

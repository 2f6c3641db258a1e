//! The section of the overview: what a nurse at the emergency clinic needs to see first.

use super::episode::{Episode, Extent, State};
use super::unit::{Unit, Units};
use super::{MANIFEST, TEXTS};
use crate::clock::fhir_date_text;
use crate::html::Html;
use crate::lang::Lang;
use crate::record::{ReadError, Record, Records, rtype};
use crate::service::{Content, Context, EmptyReason, Entry, Part};
use kilde_access::mask::{is_masked, without_descriptions};

/// A service that ended longer ago is only counted.
const RECENT_MS: i64 = 366 * 24 * 3600 * 1000;

type Item = (String, Vec<String>);

pub(super) fn content(context: &Context<'_>, records: &dyn Records) -> Result<Content, ReadError> {
    let lang = context.lang;
    let found = records.of_person(&[rtype("EpisodeOfCare")], MANIFEST.categories())?;
    let (episodes, masked, elements) = minimised(found.records, records.may_see_descriptions());
    let mut units = Units::default();
    let mut shown: Vec<(usize, (State, i64), Item)> = Vec::new();
    let mut ended_earlier = 0;
    for (i, record) in episodes.iter().enumerate() {
        let Some(episode) = Episode::read(record.resource(), context.now_ms) else {
            continue;
        };
        if episode.state == State::Ended && episode.ended_ms().unwrap_or(record.last_updated_ms) < context.now_ms - RECENT_MS {
            ended_earlier += 1;
            continue;
        }
        let unit = units.of(episode.resource, records)?;
        shown.push((i, episode.order(), item(lang, &episode, unit.as_ref(), context.now_ms)));
    }
    shown.sort_by_key(|(i, order, _)| (*order, *i));

    let mut content = Content {
        withheld: found.withheld,
        masked: elements.saturating_add(found.masked),
        ..Content::default()
    };
    let of = |state: State| {
        shown
            .iter()
            .filter(move |(_, (s, _), _)| *s == state)
            .map(|(_, _, item)| item.clone())
            .collect::<Vec<Item>>()
    };
    let mut summary: Vec<String> = Vec::new();
    for (state, key) in [
        (State::Active, "summary-active"),
        (State::OnHold, "summary-onhold"),
        (State::Planned, "summary-planned"),
    ] {
        match of(state).len() {
            0 => {}
            n => summary.push(TEXTS.count(lang, key, n)),
        }
    }
    if summary.is_empty() {
        if !shown.is_empty() || ended_earlier > 0 {
            content.html.strong(TEXTS.get(lang, "none-now"));
        }
    } else {
        content.html.strong(&format!("{}.", summary.join(", ")));
    }
    for (state, key) in [(State::Active, "active"), (State::OnHold, "onhold"), (State::Planned, "planned")] {
        let items = of(state);
        if !items.is_empty() {
            content.html.p(&format!("{}:", TEXTS.get(lang, key))).list(&items);
        }
    }
    if masked > 0 {
        content.html.p(&TEXTS.count(lang, "no-descriptions", masked));
    }
    let ended = of(State::Ended);
    let mut past = Html::new();
    past.list(&ended);
    if ended_earlier > 0 {
        past.p(&TEXTS.count(lang, "ended-earlier", ended_earlier));
    }

    let mut slots: Vec<_> = episodes.into_iter().map(Some).collect();
    let mut take = |i: usize| slots[i].take().map(Entry::Stored);
    let mut ended_entries = Vec::new();
    for (i, (state, _), _) in shown {
        let Some(entry) = take(i) else { continue };
        if state == State::Ended {
            ended_entries.push(entry)
        } else {
            content.focus.push(entry)
        }
    }
    if !past.is_empty() {
        let empty = ended_entries.is_empty().then_some(EmptyReason::NilKnown);
        content.parts.push(Part {
            code: "ended",
            title: TEXTS.get(lang, "ended").to_owned(),
            html: past,
            entries: ended_entries,
            empty,
        });
    }
    content.support.extend(units.into_records().map(Entry::Stored));
    Ok(content)
}

/// Data minimisation: where descriptions may not be shown, they leave the resource before anything reads it.
/// Gives also how many resources lost something, and how many elements.
fn minimised(records: Vec<Record>, descriptions: bool) -> (Vec<Record>, usize, u32) {
    if descriptions {
        return (records, 0, 0);
    }
    let (mut resources, mut elements) = (0, 0);
    let kept = records
        .into_iter()
        .filter_map(|record| match without_descriptions(record.text().as_bytes()) {
            None => Some(record),
            Some((body, taken)) => {
                resources += 1;
                elements += taken;
                record.with_body(body)
            }
        })
        .collect();
    (kept, resources, elements)
}

fn item(lang: Lang, episode: &Episode<'_>, unit: Option<&Unit>, now_ms: i64) -> Item {
    let fill = |key: &str, values: &[(&str, &str)]| TEXTS.fill(lang, key, values);
    let date = |text: &str| fhir_date_text(lang, text);
    let mut head = match (&episode.name, &episode.code) {
        (Some(name), _) => name.clone(),
        (None, Some(code)) => fill("unnamed-code", &[("code", code)]),
        (None, None) => fill("unnamed", &[]),
    };
    match &episode.extent {
        Some(Extent::Hours(hundredths @ 1..100)) => {
            head.push_str(" – ");
            head.push_str(&fill("extent-minutes", &[("minutes", &((hundredths * 60 + 50) / 100).to_string())]));
        }
        Some(Extent::Hours(hundredths)) => {
            head.push_str(" – ");
            head.push_str(&fill("extent-hours", &[("hours", &decimal(lang, *hundredths))]));
        }
        _ => {}
    }
    let mut lines = Vec::new();
    if let Some(Extent::Text(text)) = &episode.extent {
        lines.push(fill("extent-text", &[("text", text)]));
    }
    match unit {
        None => {
            let hidden = episode.resource.get("managingOrganization").is_some_and(is_masked);
            lines.push(fill(if hidden { "unit-hidden" } else { "unit-unknown" }, &[]));
        }
        Some(Unit { name, phone, chain }) => {
            lines.push(match phone {
                None => fill("unit", &[("unit", name)]),
                Some((phone, None)) => fill("unit-phone", &[("unit", name), ("phone", phone)]),
                Some((phone, Some(via))) => fill("unit-phone-via", &[("unit", name), ("phone", phone), ("via", via)]),
            });
            if !chain.is_empty() {
                lines.push(fill("part-of", &[("chain", &chain.join(", "))]));
            }
        }
    }
    let ended = episode.state == State::Ended;
    match (&episode.start, &episode.end) {
        (Some(from), Some(to)) => lines.push(fill("from-to", &[("from", &date(from)), ("to", &date(to))])),
        (Some(from), None) => lines.push(fill("from", &[("from", &date(from))])),
        (None, Some(to)) => lines.push(fill(if ended { "ended-at" } else { "to" }, &[("to", &date(to))])),
        (None, None) => {}
    }
    if let Some(review) = episode.review.as_ref().filter(|_| !ended) {
        let passed = kilde_fhir::date::parse(review).is_some_and(|r| r.to_ms <= now_ms);
        lines.push(fill(if passed { "review-passed" } else { "review" }, &[("date", &date(review))]));
    }
    if let Some(stay) = &episode.stay {
        lines.push(fill("stay", &[("stay", stay)]));
    }
    if let (Some(code), Some(_)) = (&episode.code, &episode.name) {
        lines.push(fill("code", &[("code", code)]));
    }
    if let Some(text) = &episode.description {
        lines.push(fill("description", &[("text", text)]));
    }
    (head, lines)
}

/// Hundredths as people write them: `7,5`, `15`.
fn decimal(lang: Lang, hundredths: i64) -> String {
    let mut text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    while text.ends_with('0') {
        text.pop();
    }
    let text = text.trim_end_matches('.');
    if lang == Lang::En {
        text.to_owned()
    } else {
        text.replace('.', ",")
    }
}

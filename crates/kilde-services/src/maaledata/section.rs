//! The section of the overview: the last NEWS2 first, then what is usual, the trend, and the rest.

use super::circumstances::Circumstances;
use super::derived;
use super::history::{self, DAYS, Habitual, MIN_DAYS, MIN_TOTALS, Point};
use super::lines::{concept_text, element_value, name, names, table, value};
use super::reading::Reading;
use super::scored::{Scored, Standing, score};
use super::sets::sets;
use super::{MANIFEST, TEXTS};
use crate::clock::{date_text, time_text};
use crate::html::Html;
use crate::lang::Lang;
use crate::news2::{NotApplicable, Scale};
use crate::record::{ReadError, Record, Records, rtype};
use crate::service::{Content, Context, Entry};
use kilde_fhir::date::local_date;

/// Sets whose measurements go along in the answer.
const SETS: usize = 10;
/// Totals of the trend.
const TREND: usize = 6;
const DAY_MS: i64 = 24 * 3600 * 1000;

pub(super) fn content(context: &Context<'_>, records: &dyn Records) -> Result<Content, ReadError> {
    let found = records.of_person(&[rtype("Observation")], MANIFEST.categories())?;
    let mut content = Content {
        withheld: found.withheld,
        masked: found.masked,
        ..Content::default()
    };
    if found.records.is_empty() {
        return Ok(content);
    }
    let circumstances = Circumstances::read(records, context.now_ms)?;
    let readings: Vec<Reading<'_>> = found.records.iter().enumerate().filter_map(|(i, r)| Reading::read(i, r)).collect();
    let all: Vec<Scored<'_>> = sets(&readings).iter().map(|set| score(set, &readings, &circumstances)).collect();
    // The newest whole NEWS2 heads the section; newer partial sets stand under it.
    let head = all.iter().position(Scored::whole).or_else(|| (!all.is_empty()).then_some(0));

    let lang = context.lang;
    let html = &mut content.html;
    let mut derived_entries = Vec::new();
    let mut wanted: Vec<usize> = Vec::new();
    if let Some(at) = head {
        let newest = &all[at];
        headline(context, html, newest, &readings, &circumstances);
        derived_entries.push(derived::news2(context, newest, &readings));
        history(context, html, &all[at..], &readings, &mut derived_entries);
        newer(lang, html, &all[..at]);
        wanted.extend(
            all.iter()
                .take(at + SETS)
                .flat_map(|s| s.members.iter().map(|m| readings[*m].index)),
        );
    }
    let left = all.len().saturating_sub(head.map_or(0, |at| at + SETS));
    let older_members: usize = all.iter().rev().take(left).map(|s| s.members.len()).sum();
    let older_others = others(lang, html, &readings, &mut wanted);
    if older_members + older_others > 0 {
        html.p(&TEXTS.count(lang, "older", older_members + older_others));
    }
    if head.is_some() {
        html.p(TEXTS.get(lang, "disclaimer"));
    }

    drop(all);
    drop(readings);
    content.focus = derived_entries;
    let mut slots: Vec<Option<Record>> = found.records.into_iter().map(Some).collect();
    content
        .focus
        .extend(wanted.into_iter().filter_map(|i| slots[i].take()).map(Entry::Stored));
    Ok(content)
}

fn headline(context: &Context<'_>, html: &mut Html, scored: &Scored<'_>, readings: &[Reading<'_>], circumstances: &Circumstances) {
    let lang = context.lang;
    let get = |key| TEXTS.get(lang, key);
    let missing = || TEXTS.fill(lang, "missing", &[("names", &names(lang, scored.parts.missing()))]);
    let mut notes: Vec<String> = Vec::new();
    match scored.standing {
        Standing::Trusted { total, .. } => {
            let band = scored.band().map_or("", |b| TEXTS.get(lang, band_key(b.code())));
            html.strong(&TEXTS.fill(lang, "total", &[("total", &total.to_string()), ("band", band)]));
            if scored.parts.is_empty() {
                notes.push(get("delivered-alone").to_owned());
            }
        }
        Standing::Unchecked { delivered } => {
            html.strong(&TEXTS.fill(lang, "total-unchecked", &[("total", &delivered.to_string())]));
            notes.push(missing());
        }
        Standing::Partial => {
            html.strong(get("total-partial"));
            notes.push(missing());
        }
        Standing::Conflict { delivered, sum } => {
            html.strong(get("total-conflict"));
            let differs: Vec<_> = scored.rows.iter().filter(|r| r.differs).map(|r| r.parameter).collect();
            if !differs.is_empty() {
                notes.push(TEXTS.fill(lang, "conflict-part", &[("names", &names(lang, differs.into_iter()))]));
            }
            match (delivered, sum) {
                (Some(delivered), Some(sum)) if delivered != i64::from(sum) => {
                    notes.push(TEXTS.fill(
                        lang,
                        "conflict-both",
                        &[("delivered", &delivered.to_string()), ("sum", &sum.to_string())],
                    ));
                }
                (Some(delivered), None) => notes.push(TEXTS.fill(lang, "conflict-delivered", &[("delivered", &delivered.to_string())])),
                _ => {}
            }
        }
        Standing::NotApplicable { why, delivered } => {
            html.strong(get("total-not-applicable"));
            notes.push(get(if why == NotApplicable::Under16 { "under16" } else { "pregnancy" }).to_owned());
            if delivered {
                notes.push(get("not-applicable-delivered").to_owned());
            }
        }
    }
    let time = time_text(lang, scored.at_ms);
    notes.push(match scored.members.iter().find_map(|m| performing_unit(&readings[*m])) {
        Some(unit) => TEXTS.fill(lang, "measured-by", &[("time", &time), ("unit", &unit)]),
        None => TEXTS.fill(lang, "measured", &[("time", &time)]),
    });
    if context.now_ms - scored.at_ms > DAY_MS {
        notes.push(get("old").to_owned());
    }
    if scored.scale == Scale::Two {
        notes.push(get("scale-two").to_owned());
    }
    if !matches!(scored.standing, Standing::NotApplicable { .. }) && !circumstances.age_known(scored.at_ms) {
        notes.push(get("age-unknown").to_owned());
    }
    if !matches!(scored.standing, Standing::NotApplicable { .. }) && circumstances.pregnancy_hidden() {
        notes.push(get("pregnancy-unknown").to_owned());
    }
    html.p(&notes.join(" "));
    let mut rows = table(lang, scored);
    let mut heads = vec![get("head-parameter"), get("head-value"), get("head-points")];
    if matches!(scored.standing, Standing::NotApplicable { .. }) {
        heads.pop();
        rows.iter_mut().for_each(|row| row.truncate(2));
    }
    if !rows.is_empty() {
        html.table(&heads, &rows);
    }
}

/// The name of the unit that measured, as it was delivered.
fn performing_unit(reading: &Reading<'_>) -> Option<String> {
    reading.record.resource().items("performer").find_map(|performer| {
        let named = performer.str("type").is_some_and(|t| t == "Organization");
        let unit = named || performer.str("reference").is_some_and(|r| r.starts_with("Organization/"));
        performer
            .str("display")
            .filter(|d| unit && !d.trim().is_empty())
            .map(|d| d.trim().to_owned())
    })
}

fn band_key(code: &str) -> &'static str {
    match code {
        "zero" => "band-zero",
        "low" => "band-low",
        "single-three" => "band-single-three",
        "medium" => "band-medium",
        _ => "band-high",
    }
}

/// The habitual score and the trend, where the newest has a total. `sets` newest first.
fn history(context: &Context<'_>, html: &mut Html, sets: &[Scored<'_>], readings: &[Reading<'_>], entries: &mut Vec<Entry>) {
    let lang = context.lang;
    let Some((newest, newest_total)) = sets.first().and_then(|s| Some((s, s.total()?))) else {
        return;
    };
    let trusted: Vec<(&Scored<'_>, Point)> = sets
        .iter()
        .filter_map(|s| {
            Some((
                s,
                Point {
                    at_ms: s.at_ms,
                    total: s.total()?,
                },
            ))
        })
        .collect();
    let points: Vec<Point> = trusted.iter().map(|(_, p)| *p).collect();
    let subject = newest.members.first().map(|m| readings[*m].record);
    match history::habitual(
        &points,
        Point {
            at_ms: newest.at_ms,
            total: newest_total,
        },
    ) {
        Some(found) => {
            html.p(&habitual_text(lang, &found, newest_total));
            entries.push(derived::habitual(context, &found, newest_total, subject));
        }
        None => {
            let numbers = [
                ("totals", MIN_TOTALS.to_string()),
                ("days", MIN_DAYS.to_string()),
                ("period", DAYS.to_string()),
            ];
            let values = numbers.each_ref().map(|(name, n)| (*name, n.as_str()));
            html.p(&TEXTS.fill(lang, "habitual-none", &values));
        }
    }
    let Some(direction) = history::direction(&points) else { return };
    let last = &trusted[..trusted.len().min(TREND)];
    let list: Vec<String> = last
        .iter()
        .rev()
        .map(|(_, p)| format!("{} ({})", p.total, time_text(lang, p.at_ms)))
        .collect();
    let word = TEXTS.get(lang, direction_key(direction.code()));
    html.p(&format!("{} {word}", TEXTS.fill(lang, "trend", &[("list", &list.join(", "))])));
    let mut members: Vec<String> = Vec::new();
    for (i, (scored, _)) in last.iter().enumerate() {
        let delivered = scored
            .members
            .iter()
            .map(|m| &readings[*m])
            .find(|r| r.seen.is_total && r.seen.total.is_some());
        match delivered {
            Some(reading) => members.push(context.url(reading.record)),
            None if i == 0 => members.extend(entries.first().map(|e| e.full_url(context))),
            None => {
                let entry = derived::news2(context, scored, readings);
                members.push(entry.full_url(context));
                entries.push(entry);
            }
        }
    }
    members.reverse();
    let from_to = (last.last().map_or(newest.at_ms, |(_, p)| p.at_ms), newest.at_ms);
    entries.insert(1.min(entries.len()), derived::trend(context, direction, &members, subject, from_to));
}

fn direction_key(code: &str) -> &'static str {
    match code {
        "rising" => "direction-rising",
        "falling" => "direction-falling",
        _ => "direction-steady",
    }
}

fn habitual_text(lang: Lang, found: &Habitual, newest: u8) -> String {
    let half = |doubled: u32| {
        let point = if lang == Lang::En { "." } else { "," };
        if doubled.is_multiple_of(2) {
            (doubled / 2).to_string()
        } else {
            format!("{}{point}5", doubled / 2)
        }
    };
    let date = |ms| date_text(lang, local_date(ms));
    let values = [
        ("median", half(found.median_doubled)),
        ("low", found.low.to_string()),
        ("high", found.high.to_string()),
        ("n", found.count.to_string()),
        ("from", date(found.from_ms)),
        ("to", date(found.to_ms)),
    ];
    let usual = TEXTS.fill(lang, "habitual", &values.each_ref().map(|(name, v)| (*name, v.as_str())));
    let above = found.above_doubled(newest);
    let key = match above {
        0 => "habitual-same",
        1.. => "habitual-above",
        _ => "habitual-below",
    };
    format!("{usual} {}", TEXTS.fill(lang, key, &[("n", &half(above.unsigned_abs()))]))
}

/// Single measurements that came after the set that heads the section.
fn newer(lang: Lang, html: &mut Html, sets: &[Scored<'_>]) {
    let mut lines = Vec::new();
    for scored in sets.iter().take(SETS) {
        for row in scored.rows.iter().filter(|r| r.raw.is_some() || r.delivered.is_some()) {
            let values = [
                ("name", name(lang, row.parameter)),
                ("value", &*value(lang, row)),
                ("time", &*time_text(lang, scored.at_ms)),
            ];
            lines.push(TEXTS.fill(lang, "line", &values));
        }
    }
    if !lines.is_empty() {
        html.list(&[(TEXTS.get(lang, "newer").to_owned(), lines)]);
    }
}

/// The newest of each other kind of measurement. Gives how many older ones there are.
fn others(lang: Lang, html: &mut Html, readings: &[Reading<'_>], wanted: &mut Vec<usize>) -> usize {
    let mut others: Vec<&Reading<'_>> = readings.iter().filter(|r| r.seen.is_empty()).collect();
    others.sort_by_key(|r| (std::cmp::Reverse(r.at_ms), r.index));
    let mut kinds: Vec<String> = Vec::new();
    let mut lines = Vec::new();
    let mut older = 0;
    for reading in others {
        let resource = reading.record.resource();
        let code = resource.get("code");
        let kind = code.and_then(|c| c.items("coding").find_map(|c| c.str("code").map(|c| c.into_owned())));
        let name = code.and_then(concept_text).unwrap_or_else(|| TEXTS.get(lang, "unnamed").to_owned());
        let kind = kind.unwrap_or_else(|| name.clone());
        if kinds.contains(&kind) {
            older += 1;
            continue;
        }
        kinds.push(kind);
        wanted.push(reading.index);
        let value = element_value(lang, resource);
        let values = [
            ("name", name.as_str()),
            ("value", if value.is_empty() { "–" } else { &value }),
            ("time", &*time_text(lang, reading.at_ms)),
        ];
        lines.push(TEXTS.fill(lang, "line", &values));
    }
    if !lines.is_empty() {
        html.list(&[(TEXTS.get(lang, "others").to_owned(), lines)]);
    }
    older
}

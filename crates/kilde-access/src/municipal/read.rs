//! From TOML to what it means, with the place of everything that means nothing.

use super::Municipal;
use crate::agreement::{Agreement, MOST_WINDING_UP_DAYS};
use crate::category::{Categories, Category};
use crate::identity::Purpose;
use crate::instance::UnitKind;
use crate::place;
use crate::policy::check;
use crate::roles::{Row, wrong_cell};
use jiff::{civil::Date, tz::TimeZone};
use kilde_fhir::finding::Finding;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;

/// Bytes of a municipality's text at most.
pub const LONGEST: usize = 64 << 10;

/// A text and where its findings belong.
pub struct Source<'a> {
    text: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Source {
            text,
            findings: Vec::new(),
        }
    }

    fn wrong(&mut self, span: Range<usize>, rule: &'static str, nb: &str, en: &str) {
        let finding = Finding::error("value", rule, "", nb, en);
        self.findings.push(finding.at(place::of(self.text, span.start)));
    }

    fn cell(&mut self, span: Range<usize>, rule: &'static str) {
        self.findings.push(wrong_cell(rule).at(place::of(self.text, span.start)));
    }

    /// What is wrong, if anything is.
    pub(crate) fn end<T>(self, value: T) -> Result<T, Vec<Finding>> {
        if self.findings.is_empty() { Ok(value) } else { Err(self.findings) }
    }
}

/// Reads TOML of some shape.
pub(crate) fn toml<T: DeserializeOwned>(text: &str) -> Result<T, Vec<Finding>> {
    if text.len() > LONGEST {
        return Err(vec![Finding::error(
            "too-long",
            "policy-too-long",
            "",
            format!(
                "Teksten er lengre enn {} KiB. Del opp, eller ta bort det som ikke trengs.",
                LONGEST >> 10
            ),
            format!(
                "The text is longer than {} KiB. Split it, or take away what is not needed.",
                LONGEST >> 10
            ),
        )]);
    }
    toml::from_str(text).map_err(|error| vec![toml_error(text, &error)])
}

pub(crate) fn toml_error(text: &str, error: &toml::de::Error) -> Finding {
    let finding = Finding::error(
        "structure",
        "policy-toml",
        "",
        format!("Dette er ikke TOML av riktig form: {}", error.message()),
        format!("This is not TOML of the right shape: {}", error.message()),
    );
    match error.span() {
        Some(span) => finding.at(place::of(text, span.start)),
        None => finding,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    #[serde(default)]
    pub self_declared: bool,
    pub policies: Option<Spanned<String>>,
    #[serde(default)]
    pub agreement: Vec<RawAgreement>,
    #[serde(default)]
    pub minimisation: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAgreement {
    id: Option<Spanned<String>>,
    legal_entity: Spanned<String>,
    unit: Spanned<String>,
    #[serde(default)]
    services: Vec<String>,
    categories: Vec<Spanned<String>>,
    purposes: Vec<Spanned<String>>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    winding_up_days: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRow {
    profession: Spanned<Vec<Spanned<String>>>,
    unit: Spanned<Vec<Spanned<String>>>,
    purpose: Spanned<Vec<Spanned<String>>>,
    categories: Spanned<Vec<Spanned<String>>>,
}

impl Raw {
    /// What it means, or everything that means nothing.
    pub(crate) fn build(self, text: &str) -> Result<Municipal, Vec<Finding>> {
        let mut source = Source::new(text);
        let municipal = Municipal {
            agreements: self
                .agreement
                .into_iter()
                .enumerate()
                .filter_map(|(number, raw)| raw.build(number, &mut source))
                .collect(),
            rows: self.minimisation.into_iter().filter_map(|raw| raw.build(&mut source)).collect(),
            self_declared: self.self_declared,
            policies: match self.policies {
                Some(policies) => cedar(policies, &mut source),
                None => String::new(),
            },
        };
        let mut ids: Vec<&str> = municipal.agreements.iter().map(|a| a.id.as_str()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|two| two[0] == two[1]) {
            let span = text.rfind(&format!("\"{}\"", twice[0])).unwrap_or(0);
            source.wrong(
                span..span,
                "policy-agreement-id",
                "To avtaler har samme `id`. Gi hver sin.",
                "Two agreements have the same `id`. Give each its own.",
            );
        }
        source.end(municipal)
    }
}

/// Checks policies within a TOML string, and moves the places of what is wrong to the file.
fn cedar(policies: Spanned<String>, source: &mut Source<'_>) -> String {
    let span = policies.span();
    let policies = policies.into_inner();
    let whole = source.text.get(span.clone()).unwrap_or_default();
    // What stands between three quotation marks stands there as it is written; otherwise only the beginning of the string is known.
    let begin = whole
        .find(policies.get(..policies.len().min(1)).unwrap_or_default())
        .filter(|_| whole.starts_with("'''") || whole.starts_with("\"\"\""))
        .and_then(|_| whole.find(policies.as_str()));
    for finding in check::municipal(&policies) {
        let place = match (begin, finding.position) {
            (Some(begin), Some(within)) => {
                let first = place::of(source.text, span.start + begin);
                let column = if within.line == 1 {
                    first.column + within.column - 1
                } else {
                    within.column
                };
                kilde_fhir::json::Position {
                    line: first.line + within.line - 1,
                    column,
                }
            }
            _ => place::of(source.text, span.start),
        };
        source.findings.push(finding.at(place));
    }
    policies
}

impl RawAgreement {
    fn build(self, number: usize, source: &mut Source<'_>) -> Option<Agreement> {
        let before = source.findings.len();
        if self.legal_entity.get_ref().len() != 9 || !self.legal_entity.get_ref().bytes().all(|b| b.is_ascii_digit()) {
            source.wrong(
                self.legal_entity.span(),
                "policy-organisation",
                "Et organisasjonsnummer har ni siffer.",
                "An organisation number has nine digits.",
            );
        }
        let unit = UnitKind::from_name(self.unit.get_ref());
        if unit.is_none() {
            source.cell(self.unit.span(), "policy-unit");
        }
        let mut categories = Categories::NONE;
        for name in &self.categories {
            match Category::from_name(name.get_ref()) {
                Some(category) => categories = categories.with(category),
                None => source.cell(name.span(), "policy-category"),
            }
        }
        let mut purposes = Vec::new();
        for code in &self.purposes {
            match Purpose::from_code(code.get_ref()) {
                Some(purpose) => purposes.push(purpose),
                None => source.cell(code.span(), "policy-purpose"),
            }
        }
        let mut moment = |date: &Option<Spanned<String>>| {
            let date = date.as_ref()?;
            let at = midnight(date.get_ref());
            if at.is_none() {
                source.wrong(
                    date.span(),
                    "policy-date",
                    "En dato skrives som 2026-12-31. Avtalen gjelder fra midnatt (norsk tid) ved begynnelsen av `from`, og til midnatt ved begynnelsen av `to`.",
                    "A date is written as 2026-12-31. The agreement holds from midnight (Norwegian time) at the beginning of `from`, until midnight at the beginning of `to`.",
                );
            }
            at
        };
        let (from_ms, to_ms) = (moment(&self.from), moment(&self.to));
        if let (Some(from), Some(to), Some(span)) = (from_ms, to_ms, &self.to)
            && to <= from
        {
            source.wrong(
                span.span(),
                "policy-period",
                "Avtalen slutter før den begynner.",
                "The agreement ends before it begins.",
            );
        }
        let winding_up_days = self.winding_up_days.as_ref().map_or(0, |days| *days.get_ref());
        if winding_up_days > MOST_WINDING_UP_DAYS
            && let Some(days) = &self.winding_up_days
        {
            source.wrong(
                days.span(),
                "policy-winding-up",
                &format!("En avtale kan avvikles over høyst {MOST_WINDING_UP_DAYS} dager."),
                &format!("An agreement may be wound up over {MOST_WINDING_UP_DAYS} days at most."),
            );
        }
        if source.findings.len() > before {
            return None;
        }
        let legal_entity = self.legal_entity.into_inner();
        Some(Agreement {
            id: self
                .id
                .map_or_else(|| format!("{legal_entity}-{}", number + 1), Spanned::into_inner),
            legal_entity,
            unit: unit?,
            services: self.services,
            categories,
            purposes,
            from_ms,
            to_ms,
            winding_up_days,
        })
    }
}

impl RawRow {
    fn build(self, source: &mut Source<'_>) -> Option<Row> {
        let columns = [self.profession, self.unit, self.purpose, self.categories];
        let values = columns.each_ref().map(|column| {
            let column: &Vec<Spanned<String>> = column.get_ref();
            column.iter().map(|value| value.get_ref().as_str()).collect::<Vec<_>>()
        });
        match Row::new(values.each_ref().map(Vec::as_slice)) {
            Ok(row) => Some(row),
            Err(wrong) => {
                for (column, value, rule) in wrong {
                    let span = columns[column].get_ref().get(value).map_or(columns[column].span(), Spanned::span);
                    source.cell(span, rule);
                }
                None
            }
        }
    }
}

/// Midnight in Oslo at the start of a date, in Unix ms.
fn midnight(date: &str) -> Option<i64> {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    let zoned = date.parse::<Date>().ok()?.to_zoned(zone).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

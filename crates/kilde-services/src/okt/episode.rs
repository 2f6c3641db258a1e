//! One service, read from its EpisodeOfCare.

use kilde_fhir::date::{Range, parse};
use kilde_fhir::json::Value;
use kilde_fhir::national_id::IPLOS_SERVICE;

const STAY_TYPE: &str = "http://hl7.no/fhir/ig/okt/CodeSystem/OktStayTypeCs";

/// Where a service stands, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Active,
    OnHold,
    Planned,
    Ended,
}

/// Weekly extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Extent {
    /// Hundredths of an hour.
    Hours(i64),
    /// As it was written.
    Text(String),
}

#[derive(Debug)]
pub(super) struct Episode<'a> {
    pub resource: Value<'a>,
    pub state: State,
    pub name: Option<String>,
    pub code: Option<String>,
    pub stay: Option<String>,
    pub extent: Option<Extent>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub review: Option<String>,
    pub description: Option<String>,
}

impl<'a> Episode<'a> {
    /// Reads an EpisodeOfCare; `None` if it was entered in error or is no municipal service.
    pub fn read(resource: Value<'a>, now_ms: i64) -> Option<Episode<'a>> {
        let (start, end) = (date(resource, "start"), date(resource, "end"));
        let state = state(&resource.str("status")?, range(start.as_deref()), range(end.as_deref()), now_ms)?;
        let (mut name, mut code, mut stay) = (None, None, None);
        for concept in resource.items("type") {
            let text = filled(concept.str("text"));
            let mut codings = concept.items("coding");
            let of = |system: &str| codings.clone().find(|c| c.str("system").as_deref() == Some(system));
            let (iplos, kind) = (of(IPLOS_SERVICE), of(STAY_TYPE));
            if let Some(coding) = iplos {
                code = code.or_else(|| filled(coding.str("code")).map(|c| c.trim_start_matches('0').to_owned()));
                name = name.or(text).or_else(|| filled(coding.str("display")));
            } else if let Some(coding) = kind {
                stay = stay
                    .or(text)
                    .or_else(|| filled(coding.str("display")))
                    .or_else(|| filled(coding.str("code")));
            } else {
                name = name.or(text).or_else(|| codings.find_map(|c| filled(c.str("display"))));
            }
        }
        let has_profile = resource
            .get("meta")
            .is_some_and(|m| m.items("profile").any(|p| p.as_str().is_some_and(|p| p.contains("/okt"))));
        if code.is_none() && !has_profile {
            return None;
        }
        let (mut extent, mut review, mut description) = (None, None, None);
        for extension in resource.items("extension") {
            let Some(url) = extension.str("url") else { continue };
            match url.rsplit('/').next().unwrap_or_default() {
                "WeeklyExtentRatio" => extent = extension.get("valueRatio").and_then(hours).map(Extent::Hours).or(extent),
                "okt-weekly-extent-text" => extent = extent.or_else(|| filled(extension.str("valueString")).map(Extent::Text)),
                "okt-review-date" => review = filled(extension.str("valueDate")).or_else(|| filled(extension.str("valueDateTime"))),
                "ServiceDescriptionMarkdown" => {
                    description = filled(extension.str("valueMarkdown")).or_else(|| filled(extension.str("valueString")));
                }
                _ => {}
            }
        }
        Some(Episode {
            resource,
            state,
            name,
            code,
            stay,
            extent,
            start,
            end,
            review,
            description,
        })
    }

    /// When it ended, or began; for the order of what is shown.
    pub fn order(&self) -> (State, i64) {
        let at = match self.state {
            State::Ended => range(self.end.as_deref()).map(|r| r.to_ms),
            _ => range(self.start.as_deref()).map(|r| r.from_ms),
        };
        (self.state, -at.unwrap_or(0))
    }

    /// The last moment of the service, if it is known.
    pub fn ended_ms(&self) -> Option<i64> {
        range(self.end.as_deref()).map(|r| r.to_ms)
    }
}

fn state(status: &str, start: Option<Range>, end: Option<Range>, now_ms: i64) -> Option<State> {
    if status == "entered-in-error" {
        return None;
    }
    // The range of a day ends at midnight in Norway.
    if end.is_some_and(|end| end.to_ms <= now_ms) || matches!(status, "finished" | "cancelled") {
        return Some(State::Ended);
    }
    Some(match status {
        "planned" | "waitlist" => State::Planned,
        "onhold" => State::OnHold,
        _ if start.is_some_and(|start| start.from_ms > now_ms) => State::Planned,
        _ => State::Active,
    })
}

fn date(resource: Value<'_>, which: &str) -> Option<String> {
    filled(resource.get("period")?.str(which))
}

fn range(text: Option<&str>) -> Option<Range> {
    parse(text?)
}

fn filled(text: Option<std::borrow::Cow<'_, str>>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

/// Hundredths of an hour a week, from hours or minutes per whole weeks.
fn hours(ratio: Value<'_>) -> Option<i64> {
    let amount = |side: &str| {
        let quantity = ratio.get(side)?;
        let value = crate::news2::decimal::scaled(quantity.get("value")?.as_number()?, 4)?;
        let unit = quantity.str("code").or_else(|| quantity.str("unit"))?;
        Some((value, unit.into_owned()))
    };
    let (value, unit) = amount("numerator")?;
    let (weeks, week) = amount("denominator").unwrap_or((10_000, "wk".to_owned()));
    if week != "wk" || weeks <= 0 {
        return None;
    }
    let ten_thousandths = match unit.as_str() {
        "h" => value,
        "min" => value / 60,
        _ => return None,
    };
    let hundredths = i128::from(ten_thousandths) * 100 / i128::from(weeks);
    i64::try_from(hundredths).ok().filter(|h| (0..=16_800).contains(h))
}

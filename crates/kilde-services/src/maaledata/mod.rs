//! *Måledata og NEWS2* (S2): the last NEWS2 with its parts, what is usual for the person, the
//! trend, and single measurements.
//!
//! | question | rule |
//! |---|---|
//! | which measurements belong together | `sets`: explicit links, else same source and minute |
//! | implausible value, wrong unit, unclear code | shown and marked, never scored; so the set has no total |
//! | which points count | raw values first, delivered part scores where there is no raw value |
//! | delivered numbers that contradict each other | shown as delivered, named, no band, left out of trend and habitual score |
//! | a total delivered without any part | taken as it is |
//! | a total with some parts missing | shown as not checked; no band, not in trend and habitual score |
//! | under 16, pregnant | named; nothing is scored |
//! | saturation scale | scale 2 only where a delivered part score says so |
//! | habitual score and trend | `history` |
//!
//! The service tells what was measured and what the chart says. It gives no advice about treatment
//! and is no medical device.

pub mod codes;

mod circumstances;
mod derived;
mod history;
mod lines;
mod reading;
mod scored;
mod section;
mod sets;
#[cfg(test)]
mod tests;

use crate::lang::Texts;
use crate::manifest::Manifest;
use crate::record::{ReadError, Records};
use crate::service::{Content, Context, Service};
use std::sync::LazyLock;

/// Texts of the service.
pub static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::load(
        include_str!("texts/nb.toml"),
        include_str!("texts/nn.toml"),
        include_str!("texts/en.toml"),
    )
});

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| Manifest::load(include_str!("manifest.toml")));

/// The service.
#[derive(Debug)]
pub struct Maaledata;

impl Service for Maaledata {
    fn id(&self) -> &'static str {
        "maaledata"
    }

    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn profiles(&self) -> &'static [&'static str] {
        &[
            include_str!("profiles/news2-derived.json"),
            include_str!("profiles/news2-habitual.json"),
            include_str!("profiles/news2-trend.json"),
        ]
    }

    fn overview(&self, context: &Context<'_>, records: &dyn Records) -> Result<Content, ReadError> {
        section::content(context, records)
    }
}

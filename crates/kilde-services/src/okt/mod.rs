//! *Oversikt over kommunale tjenester* (S1): which municipal services a person has now, how much,
//! and whom to call.
//!
//! Shown first what is active, then what is on hold, then what has not started; what ended in the
//! last year stands in a part of its own. A service has ended when its status says so, or when the
//! last day of its period has passed in Norway, whatever its status says.
//!
//! Free-text descriptions are shown only where the access decision allows; else they are taken out
//! of the resource, which then carries the tag `SUBSETTED`.

mod episode;
mod section;
#[cfg(test)]
mod tests;
mod unit;

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
pub struct Okt;

impl Service for Okt {
    fn id(&self) -> &'static str {
        "okt"
    }

    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn profiles(&self) -> &'static [&'static str] {
        &[
            include_str!("profiles/okt-episode.json"),
            include_str!("profiles/okt-review-date.json"),
            include_str!("profiles/okt-weekly-extent-text.json"),
        ]
    }

    fn overview(&self, context: &Context<'_>, records: &dyn Records) -> Result<Content, ReadError> {
        section::content(context, records)
    }
}

//! Texts that belong to no single service.

use crate::lang::Texts;
use std::sync::LazyLock;

/// Titles, empty reasons, notices.
pub static COMMON: LazyLock<Texts> = LazyLock::new(|| {
    Texts::load(
        include_str!("texts/nb.toml"),
        include_str!("texts/nn.toml"),
        include_str!("texts/en.toml"),
    )
});

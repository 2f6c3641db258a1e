//! What a policy says about itself, and the refusals that no policy stands behind.

use super::PolicyError;
use crate::question::Ground;
use cedar_policy::{Effect, Policy};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// Texts of policies that have been in force since the program began.
static TEXTS: LazyLock<Mutex<FxHashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// The same text, for as long as the program lives. Each is kept once, so it grows only with changes of policy that came into force.
fn kept(text: &str) -> &'static str {
    let mut texts = TEXTS.lock();
    match texts.get(text) {
        Some(kept) => kept,
        None => {
            let kept: &'static str = text.to_owned().leak();
            texts.insert(kept);
            kept
        }
    }
}

/// What the annotations of a policy say. The texts live as long as the program: a few kilobytes, and a few more for each change of a
/// municipality's own policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// `@id`
    pub id: &'static str,
    /// `@order`: of several policies that decide, the lowest is told.
    pub order: u16,
    /// `@code` of a refusal; empty for a permit.
    pub code: &'static str,
    /// `@status` of a refusal.
    pub status: u16,
    /// `@ground` of a permit: what forbids has none.
    pub ground: Option<Ground>,
    /// `@review`: the permit goes to the review queue.
    pub review: bool,
    /// `@reason_nb`
    pub nb: &'static str,
    /// `@reason_nn`
    pub nn: &'static str,
    /// `@reason_en`
    pub en: &'static str,
}

impl Note {
    /// Whether it permits.
    pub fn permits(&self) -> bool {
        self.ground.is_some()
    }
}

/// Refusal when no policy says anything: deny is the default.
pub const DEFAULT_DENY: Note = refusal(
    "default-deny",
    "no_ground",
    403,
    "Det finnes ikke grunnlag for tilgang.",
    "Det finst ikkje grunnlag for tilgang.",
    "There is no ground for access.",
);

/// Refusal when policies cannot be asked.
pub const UNAVAILABLE: Note = refusal(
    "policy-unavailable",
    "policy_unavailable",
    503,
    "Tilgangen kan ikke vurderes nå.",
    "Tilgangen kan ikkje vurderast no.",
    "Access cannot be judged now.",
);

const fn refusal(id: &'static str, code: &'static str, status: u16, nb: &'static str, nn: &'static str, en: &'static str) -> Note {
    Note {
        id,
        order: u16::MAX,
        code,
        status,
        ground: None,
        review: false,
        nb,
        nn,
        en,
    }
}

/// Reads the annotations of a policy.
pub(super) fn read(policy: &Policy) -> Result<Note, PolicyError> {
    let name = policy.annotation("id").unwrap_or("(without @id)").to_owned();
    let get = |annotation: &'static str| {
        policy
            .annotation(annotation)
            .filter(|text| !text.trim().is_empty())
            .map(kept)
            .ok_or_else(|| PolicyError::Annotation {
                policy: name.clone(),
                annotation,
            })
    };
    let number = |annotation: &'static str| {
        get(annotation)?.parse::<u16>().map_err(|_| PolicyError::Annotation {
            policy: name.clone(),
            annotation,
        })
    };
    let (code, status, ground) = if policy.effect() == Effect::Permit {
        let ground = Ground::from_name(get("ground")?).ok_or_else(|| PolicyError::Annotation {
            policy: name.clone(),
            annotation: "ground",
        })?;
        ("", 200, Some(ground))
    } else {
        let status = number("status")?;
        if !(400..600).contains(&status) {
            return Err(PolicyError::Annotation {
                policy: name.clone(),
                annotation: "status",
            });
        }
        (get("code")?, status, None)
    };
    Ok(Note {
        id: get("id")?,
        order: number("order")?,
        code,
        status,
        ground,
        review: policy.annotation("review") == Some("true"),
        nb: get("reason_nb")?,
        nn: get("reason_nn")?,
        en: get("reason_en")?,
    })
}

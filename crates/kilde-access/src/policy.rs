//! The Cedar policies: loaded once, strictly validated against the schema, asked once a question.

mod ages;
pub mod check;
mod heads;
mod note;

pub use note::{DEFAULT_DENY, Note, UNAVAILABLE};

use crate::decide::facts::Facts;
use crate::question::Action;
use ages::Ages;
use cedar_policy::{
    ActionConstraint, Authorizer, Entities, Policy, PolicyId, PolicySet, PrincipalConstraint, Request, Schema, ValidationMode, Validator,
};
use kilde_fhir::finding::Finding;
use rustc_hash::{FxHashMap, FxHashSet};
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

/// The files of policies that are part of the program.
const NATIONAL: [(&str, &str); 6] = [
    ("everyone.cedar", include_str!("../policies/everyone.cedar")),
    ("personnel.cedar", include_str!("../policies/personnel.cedar")),
    ("attestation.cedar", include_str!("../policies/attestation.cedar")),
    ("citizen.cedar", include_str!("../policies/citizen.cedar")),
    ("system.cedar", include_str!("../policies/system.cedar")),
    ("oversight.cedar", include_str!("../policies/oversight.cedar")),
];

const SCHEMA: &str = include_str!("../policies/kilde.cedarschema");

/// Why policies cannot be used. Without policies every question is refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PolicyError {
    /// The schema cannot be read.
    #[error("policy schema: {0}")]
    Schema(String),
    /// A file cannot be read.
    #[error("policies in {file}: {what}")]
    Syntax {
        /// File.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// A policy does not follow the schema.
    #[error("policies do not follow the schema: {0}")]
    Invalid(String),
    /// An annotation is missing or means nothing.
    #[error("policy {policy}: annotation @{annotation} is missing or not understood")]
    Annotation {
        /// The policy.
        policy: String,
        /// The annotation.
        annotation: &'static str,
    },
    /// An instance's own policies are not acceptable; each finding says where and how to mend it.
    #[error("the instance's own policies: {}", .0.iter().map(|f| format!("{} {}", f.diagnostics(), f.en)).collect::<Vec<_>>().join("; "))]
    Own(Vec<Finding>),
    /// What is in force cannot be understood by this program.
    #[error("the policy in force was made by a newer program")]
    Newer,
    /// An instance's own policy permits something.
    #[error("policy {0}: an instance's own policies may only forbid")]
    Widens(String),
    /// Two policies have the same id.
    #[error("policy {0}: the id is used twice")]
    Twice(String),
}

/// Kinds of principals in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Personnel,
    Citizen,
    System,
}

impl Kind {
    const EVERY: [Kind; 3] = [Kind::Personnel, Kind::Citizen, Kind::System];

    fn name(self) -> &'static str {
        match self {
            Kind::Personnel => "Kilde::Personnel",
            Kind::Citizen => "Kilde::Citizen",
            Kind::System => "Kilde::System",
        }
    }
}

/// A set of policies that is ready to be asked.
pub struct Policies {
    set: PolicySet,
    /// The policies that can apply to a kind of principal and an action: asking the others as well
    /// gives the same answer in twice the time.
    applicable: FxHashMap<(Kind, Action), PolicySet>,
    notes: FxHashMap<PolicyId, Note>,
    /// Those that are an instance's own.
    own: FxHashSet<PolicyId>,
    authorizer: Authorizer,
    /// At which ages of an attestation they can answer differently.
    ages: Ages,
    /// What was answered about facts. Policies see nothing but facts and never change, so the same facts always get
    /// the same answer.
    answered: quick_cache::sync::Cache<Facts, Note>,
}

/// So many answers are remembered.
const ANSWERS: usize = 10_000;

static NATIONAL_SET: LazyLock<Result<Arc<Policies>, PolicyError>> = LazyLock::new(|| Policies::load(&NATIONAL).map(Arc::new));

static SCHEMA_PARSED: LazyLock<Result<Schema, PolicyError>> =
    LazyLock::new(|| Schema::from_str(SCHEMA).map_err(|error| PolicyError::Schema(error.to_string())));

/// The schema of facts.
pub(crate) fn schema() -> Result<&'static Schema, PolicyError> {
    SCHEMA_PARSED.as_ref().map_err(Clone::clone)
}

impl Policies {
    /// The policies that are part of the program. Call it at start: an error then is better than
    /// refusals later.
    pub fn national() -> Result<Arc<Policies>, PolicyError> {
        NATIONAL_SET.as_ref().map(Arc::clone).map_err(Clone::clone)
    }

    fn new(set: PolicySet, notes: FxHashMap<PolicyId, Note>) -> Policies {
        Policies {
            set,
            applicable: FxHashMap::default(),
            ages: Ages::of(std::iter::empty()),
            notes,
            own: FxHashSet::default(),
            authorizer: Authorizer::new(),
            answered: quick_cache::sync::Cache::new(ANSWERS),
        }
    }

    /// The answer about these facts, from memory or by asking. That they could not be asked is not remembered.
    pub(crate) fn remembered(&self, facts: &Facts, ask: impl FnOnce() -> Result<Note, PolicyError>) -> Result<Note, PolicyError> {
        if let Some(note) = self.answered.get(facts) {
            return Ok(note);
        }
        metrics::counter!("kilde_policies_asked_total").increment(1);
        let note = ask()?;
        if note != UNAVAILABLE {
            self.answered.insert(facts.clone(), note);
        }
        Ok(note)
    }

    /// An age of an attestation that the policies cannot tell from this one: the same for as many as can be.
    pub(crate) fn age_told(&self, seconds: i64) -> i64 {
        self.ages.told(seconds)
    }

    /// Whether the answer about these facts is remembered, for measuring.
    #[cfg(test)]
    pub(crate) fn knows(&self, facts: &Facts) -> bool {
        self.answered.get(facts).is_some()
    }

    /// Loads and validates files of policies.
    fn load(files: &[(&str, &str)]) -> Result<Policies, PolicyError> {
        let mut policies = Policies::new(PolicySet::new(), FxHashMap::default());
        for (file, text) in files {
            policies.add(file, text, true)?;
        }
        policies.validate()?;
        policies.divide()?;
        Ok(policies)
    }

    /// These policies and an instance's own, which may only forbid.
    pub fn narrowed_by(&self, text: &str) -> Result<Policies, PolicyError> {
        let findings = check::municipal(text);
        if !findings.is_empty() {
            return Err(PolicyError::Own(findings));
        }
        let mut policies = Policies::new(self.set.clone(), self.notes.clone());
        policies.add("the instance's own", text, false)?;
        policies.validate()?;
        policies.divide()?;
        Ok(policies)
    }

    /// Each policy that can apply to a kind of principal and an action, and whether it holds here. For explanations: slower than to ask.
    pub(crate) fn each(&self, kind: Kind, action: Action, request: &Request, entities: &Entities) -> Vec<(Note, bool)> {
        let applicable = self.applicable.get(&(kind, action)).unwrap_or(&self.set);
        let mut out: Vec<(Note, bool)> = Vec::new();
        for policy in applicable.policies() {
            let Some(note) = self.notes.get(policy.id()) else { continue };
            let alone = PolicySet::from_policies([policy.clone()]);
            let response = alone.map(|alone| self.authorizer.is_authorized(request, &alone, entities));
            out.push((
                *note,
                response.is_ok_and(|response| response.diagnostics().reason().next().is_some()),
            ));
        }
        out.sort_by_key(|(note, _)| (note.order, note.id));
        out
    }

    fn add(&mut self, file: &str, text: &str, may_permit: bool) -> Result<(), PolicyError> {
        let syntax = |what: String| PolicyError::Syntax {
            file: file.to_owned(),
            what,
        };
        let parsed = PolicySet::from_str(text).map_err(|error| syntax(error.to_string()))?;
        if parsed.templates().next().is_some() {
            return Err(syntax("templates are not used here".to_owned()));
        }
        for policy in parsed.policies() {
            let note = note::read(policy)?;
            if note.permits() && !may_permit {
                return Err(PolicyError::Widens(note.id.to_owned()));
            }
            let id = PolicyId::new(note.id);
            if !may_permit {
                self.own.insert(id.clone());
            }
            if self.notes.insert(id.clone(), note).is_some() {
                return Err(PolicyError::Twice(note.id.to_owned()));
            }
            self.set.add(policy.new_id(id)).map_err(|error| syntax(error.to_string()))?;
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), PolicyError> {
        let result = Validator::new(schema()?.clone()).validate(&self.set, ValidationMode::Strict);
        if result.validation_passed_without_warnings() {
            return Ok(());
        }
        let mut all: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        all.extend(result.validation_warnings().map(ToString::to_string));
        Err(PolicyError::Invalid(all.join("; ")))
    }

    /// Sorts the policies by what they can apply to.
    fn divide(&mut self) -> Result<(), PolicyError> {
        self.ages = Ages::of(self.set.policies());
        for kind in Kind::EVERY {
            for action in Action::EVERY {
                let own = |policy: &Policy| self.own.contains(policy.id());
                let applies = |policy: &&Policy| can_apply(policy, kind, action) && !(own(policy) && check::beyond_municipalities(action));
                let policies = self.set.policies().filter(applies).cloned();
                let part = PolicySet::from_policies(policies).map_err(|error| PolicyError::Invalid(error.to_string()))?;
                self.applicable.insert((kind, action), part);
            }
        }
        Ok(())
    }

    /// Asks. A policy that cannot be evaluated counts as no answer, for it may have been one that
    /// forbids.
    pub(crate) fn ask(&self, kind: Kind, action: Action, request: &Request, entities: &Entities) -> Note {
        self.ask_in(self.applicable.get(&(kind, action)).unwrap_or(&self.set), request, entities)
    }

    /// Asks every policy there is, for tests.
    #[cfg(test)]
    pub(crate) fn ask_all(&self, request: &Request, entities: &Entities) -> Note {
        self.ask_in(&self.set, request, entities)
    }

    fn ask_in(&self, set: &PolicySet, request: &Request, entities: &Entities) -> Note {
        let response = self.authorizer.is_authorized(request, set, entities);
        if response.diagnostics().errors().next().is_some() {
            tracing::error!("a policy could not be evaluated");
            return UNAVAILABLE;
        }
        let allowed = response.decision() == cedar_policy::Decision::Allow;
        let deciding = response
            .diagnostics()
            .reason()
            .filter_map(|id| self.notes.get(id))
            .filter(|note| note.permits() == allowed);
        match deciding.min_by_key(|note| (note.order, note.id)) {
            Some(note) => *note,
            None if allowed => UNAVAILABLE,
            None => DEFAULT_DENY,
        }
    }

    /// What a policy says about itself, also the built-in refusals.
    pub(crate) fn note(&self, id: &str) -> Option<Note> {
        let own = self.notes.get(&PolicyId::new(id)).copied();
        own.or_else(|| [DEFAULT_DENY, UNAVAILABLE].into_iter().find(|note| note.id == id))
    }

    /// The notes of all policies, for documentation and tests.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.values()
    }
}

/// The text of a policy's reason by its id, for the citizen's log; also for the built-in refusals.
pub fn note_of(id: &str) -> Option<Note> {
    let national = NATIONAL_SET.as_ref().ok();
    national
        .and_then(|p| p.notes.get(&PolicyId::new(id)).copied())
        .or_else(|| [DEFAULT_DENY, UNAVAILABLE].into_iter().find(|n| n.id == id))
}

/// Ids of the policies that hold everywhere.
fn national_ids() -> FxHashSet<&'static str> {
    let national = NATIONAL_SET.as_ref().ok();
    let ids = national
        .into_iter()
        .flat_map(|policies| policies.notes.values().map(|note| note.id));
    ids.chain([DEFAULT_DENY.id, UNAVAILABLE.id]).collect()
}

/// The texts of policies, for comparing two sets: id, and the policy as Cedar prints it.
pub(crate) fn printed(text: &str) -> Vec<(String, String)> {
    let Ok(parsed) = PolicySet::from_str(text) else {
        return Vec::new();
    };
    let id = |policy: &Policy| policy.annotation("id").unwrap_or_default().to_owned();
    parsed.policies().map(|policy| (id(policy), policy.to_string())).collect()
}

/// Whether a policy's head leaves it possible that it applies. What is not understood stays possible.
fn can_apply(policy: &Policy, kind: Kind, action: Action) -> bool {
    let principal = match policy.principal_constraint() {
        PrincipalConstraint::Is(name) => name.to_string() == kind.name(),
        _ => true,
    };
    // There are no groups of actions in the schema: only the very action fits.
    let named = |uid: &cedar_policy::EntityUid| AsRef::<str>::as_ref(uid.id()) == action.name();
    principal
        && match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(uid) => named(&uid),
            ActionConstraint::In(uids) => uids.iter().any(named),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::Ground;

    #[test]
    fn national_policies_are_strictly_valid_and_told_in_three_languages() {
        let policies = match Policies::national() {
            Ok(policies) => policies,
            Err(error) => panic!("{error}"),
        };
        assert!(policies.notes().count() >= 30);
        for note in policies.notes() {
            assert!(!note.nb.is_empty() && !note.nn.is_empty() && !note.en.is_empty());
            assert!(note.nb != note.en, "{}", note.id);
        }
        for ground in Ground::EVERY {
            assert!(
                policies.notes().any(|n| n.ground == Some(ground)),
                "no policy gives {}",
                ground.name()
            );
        }
    }

    const OWN: &str = r#"@id("own-rule") @code("own_rule") @status("403") @order("1")
        @reason_nb("a") @reason_nn("b") @reason_en("c")"#;

    #[test]
    fn an_instance_may_narrow_only() {
        let national = Policies::national().expect("national policies");
        let forbid = format!("{OWN} forbid (principal is Kilde::Citizen, action, resource) when {{ principal.level < 5 }};");
        assert!(national.narrowed_by(&forbid).is_ok());
        let permit = format!(
            "{} permit (principal, action, resource);",
            OWN.replace("@code", "@ground(\"self\") @code")
        );
        let rule = |text: &str| match national.narrowed_by(text) {
            Err(PolicyError::Own(findings)) => findings.first().map(|finding| finding.rule),
            _ => None,
        };
        assert_eq!(rule(&permit), Some("policy-permits"));
        let wrong = format!("{OWN} forbid (principal is Kilde::Citizen, action, resource) when {{ principal.age < 5 }};");
        assert_eq!(rule(&wrong), Some("policy-type"));
        let nameless = "forbid (principal, action, resource);";
        assert_eq!(rule(nameless), Some("policy-annotation"));
        let taken = forbid.replace("own-rule", "scope-missing");
        assert_eq!(rule(&taken), Some("policy-id"));
    }
}

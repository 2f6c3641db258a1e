//! SMART App Launch scopes (version 2, <https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html>) as a thin translation: what
//! they name is taken away from what the policies give, never added to it. A token without them is judged as it always was.

use crate::identity::{Actor, Identity};
use crate::question::{Action, Question};
use std::sync::Arc;

/// Scopes of one token that count; what comes after them grants nothing.
const MOST: usize = 200;

/// Whose data a scope is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// `patient/`: the patient of the launch.
    Patient,
    /// `user/`: what the user may see.
    User,
    /// `system/`: a system without a user.
    System,
}

/// What may be done, as a set: create, read, update, delete, search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Permissions(u8);

impl Permissions {
    /// Create.
    pub const CREATE: Permissions = Permissions(1);
    /// Read, earlier versions, history of one.
    pub const READ: Permissions = Permissions(2);
    /// Update and patch.
    pub const UPDATE: Permissions = Permissions(4);
    /// Delete.
    pub const DELETE: Permissions = Permissions(8);
    /// Search, and everything that answers with several.
    pub const SEARCH: Permissions = Permissions(16);
    /// In the order in which a scope writes them.
    const LETTERS: [(char, Permissions); 5] = [
        ('c', Permissions::CREATE),
        ('r', Permissions::READ),
        ('u', Permissions::UPDATE),
        ('d', Permissions::DELETE),
        ('s', Permissions::SEARCH),
    ];

    /// Those of either.
    pub const fn or(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }

    /// Whether they have any of the others.
    pub fn any(self, others: Permissions) -> bool {
        self.0 & others.0 != 0
    }

    /// `rs`: some of the letters of `cruds`, in that order.
    fn parse(text: &str) -> Option<Permissions> {
        let mut rest = text.chars().peekable();
        let mut all = Permissions::default();
        for (letter, permission) in Permissions::LETTERS {
            if rest.next_if_eq(&letter).is_some() {
                all = all.or(permission);
            }
        }
        (rest.next().is_none() && all.0 != 0).then_some(all)
    }
}

/// One scope: `patient/Observation.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SmartScope {
    /// Whose data.
    pub context: Context,
    /// The resource type; `None` for `*`.
    pub rtype: Option<String>,
    /// What may be done.
    pub permissions: Permissions,
}

/// What a word in a token's `scope` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A scope about resources that is understood.
    Scope(SmartScope),
    /// One that is about resources, and grants nothing: narrowed by a query, of version 1, or malformed. Taking it without its end would widen it.
    NotTaken,
    /// Something else.
    Other,
}

/// Reads one word.
pub fn word(text: &str) -> Word {
    let Some((context, rest)) = text.split_once('/') else {
        return Word::Other;
    };
    let context = match context {
        "patient" => Context::Patient,
        "user" => Context::User,
        "system" => Context::System,
        _ => return Word::Other,
    };
    let read = || {
        let (rtype, permissions) = rest.split_once('.')?;
        let named =
            rtype.len() <= 64 && rtype.starts_with(|c: char| c.is_ascii_uppercase()) && rtype.bytes().all(|b| b.is_ascii_alphabetic());
        (rtype == "*" || named).then_some(())?;
        Some(SmartScope {
            context,
            rtype: (rtype != "*").then(|| rtype.to_owned()),
            permissions: Permissions::parse(permissions)?,
        })
    };
    read().map_or(Word::NotTaken, Word::Scope)
}

/// The scopes of a token that has any: it reaches these and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SmartScopes(Vec<SmartScope>);

impl SmartScopes {
    /// From the words of a token's `scope`; `None` if none of them is about resources.
    pub fn of<'a>(words: impl Iterator<Item = &'a str>) -> Option<SmartScopes> {
        let mut any = false;
        let mut all = Vec::new();
        // Every word is looked at: one of these at the very end narrows the token as well.
        for text in words {
            match word(text) {
                Word::Scope(scope) => {
                    any = true;
                    if all.len() < MOST {
                        all.push(scope);
                    }
                }
                Word::NotTaken => any = true,
                Word::Other => {}
            }
        }
        any.then_some(SmartScopes(all))
    }

    /// Which of our own scopes they ask for: `les`, `skriv`. A system's are those of systems, a user's those of users.
    pub fn ours(&self, user: bool) -> Vec<&'static str> {
        let asked = |permissions| self.of_kind(user).any(|scope| scope.permissions.any(permissions));
        let reads = Permissions::READ.or(Permissions::SEARCH);
        let writes = Permissions::CREATE.or(Permissions::UPDATE).or(Permissions::DELETE);
        let both = [("les", asked(reads)), ("skriv", asked(writes))];
        both.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
    }

    fn of_kind(&self, user: bool) -> impl Iterator<Item = &SmartScope> {
        self.0.iter().filter(move |scope| user == (scope.context != Context::System))
    }
}

/// What is left of a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowing {
    scopes: Arc<SmartScopes>,
    user: bool,
    /// The question is about the patient of the launch, or about nobody.
    in_context: bool,
    /// What reading needs here.
    reading: Permissions,
}

impl Narrowing {
    /// What the token's scopes leave for this question; `None` if it has none.
    pub(crate) fn of(question: &Question<'_>) -> Option<Narrowing> {
        let identity = question.identity;
        let scopes = identity.smart.clone()?;
        Some(Narrowing {
            scopes,
            user: !matches!(identity.actor, Actor::System),
            in_context: in_context(question, identity),
            reading: match question.action {
                Action::Read => Permissions::READ,
                Action::Search | Action::Export | Action::Exists => Permissions::SEARCH,
                // To write is also to look what is there already; what the answer shows is asked of `permits`.
                Action::Write => Permissions(31),
                _ => Permissions::READ.or(Permissions::SEARCH),
            },
        })
    }

    /// Whether anything is left of what is asked, of whatever type. A question about another than the patient of the launch is not even asked of the
    /// policies where nothing but `patient/` is granted: their answer would tell of her.
    pub(crate) fn leaves_anything(question: &Question<'_>) -> bool {
        let wanted = match question.action {
            Action::Write => Permissions::CREATE.or(Permissions::UPDATE).or(Permissions::DELETE),
            Action::Conformance => Permissions(31),
            _ => Permissions::READ.or(Permissions::SEARCH),
        };
        Narrowing::of(question)
            .is_none_or(|left| question.action.is_about_resources() && left.counting().any(|scope| scope.permissions.any(wanted)))
    }

    /// The scopes that count for who asks, about whom.
    fn counting(&self) -> impl Iterator<Item = &SmartScope> {
        let in_context = self.in_context;
        let counts = move |scope: &&SmartScope| scope.context != Context::Patient || in_context;
        self.scopes.of_kind(self.user).filter(counts)
    }

    /// Whether resources of that type may be shown or counted.
    pub fn reads(&self, rtype: &str) -> bool {
        self.permits(rtype, self.reading)
    }

    /// Whether one of the permissions is granted for that type.
    pub fn permits(&self, rtype: &str, wanted: Permissions) -> bool {
        let fits = |scope: &SmartScope| scope.rtype.as_deref().is_none_or(|named| named == rtype) && scope.permissions.any(wanted);
        self.counting().any(fits)
    }

    /// All of it in bytes, for what ties a cursor to who asks.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = vec![u8::from(self.user) | u8::from(self.in_context) << 1, self.reading.0];
        for scope in &self.scopes.0 {
            out.push(scope.context as u8);
            out.push(scope.permissions.0);
            out.extend_from_slice(scope.rtype.as_deref().unwrap_or("*").as_bytes());
            out.push(0);
        }
        out
    }
}

/// `patient/` is about the patient of the launch: whom the token's attestation names.
fn in_context(question: &Question<'_>, identity: &Identity) -> bool {
    let named = identity.default_subject();
    match (question.person, question.nin) {
        (None, None) => true,
        (_, Some(nin)) if named == Some(nin.as_str()) => true,
        (Some(person), _) => question
            .own_person
            .is_some_and(|own| own == person || question.relations.same_person(person).contains(&own)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scopes_are_read_as_version_two_writes_them() {
        let scope = |text| match word(text) {
            Word::Scope(scope) => Some((scope.context, scope.rtype, scope.permissions)),
            _ => None,
        };
        let rs = Permissions::READ.or(Permissions::SEARCH);
        assert_eq!(
            scope("patient/Observation.rs"),
            Some((Context::Patient, Some("Observation".to_owned()), rs))
        );
        assert_eq!(scope("system/*.cruds"), Some((Context::System, None, Permissions(31))));
        for not_taken in [
            "patient/Observation.read",
            "patient/Observation.sr",
            "patient/Observation.",
            "patient/Observation",
            "patient/observation.r",
            "patient/Obs*.r",
            "patient/Observation.rs?category=laboratory",
            "user/*.rr",
            "system/",
            "patient/*.x",
        ] {
            assert_eq!(word(not_taken), Word::NotTaken, "{not_taken}");
        }
        for other in ["openid", "launch/patient", "nhn:kilde/les", "Patient/Observation.rs", ""] {
            assert_eq!(word(other), Word::Other, "{other}");
        }
    }

    fn narrowing(words: &str, user: bool, in_context: bool) -> Narrowing {
        Narrowing {
            scopes: Arc::new(SmartScopes::of(words.split(' ')).expect("scopes")),
            user,
            in_context,
            reading: Permissions::READ,
        }
    }

    #[test]
    fn a_scope_counts_for_its_own_type_context_and_permission() {
        let nurse = narrowing("patient/Observation.r user/Patient.r system/*.cruds", true, true);
        assert!(nurse.reads("Observation") && nurse.reads("Patient") && !nurse.reads("Condition"));
        assert!(!nurse.permits("Observation", Permissions::CREATE));
        let elsewhere = narrowing("patient/Observation.r user/Patient.r", true, false);
        assert!(!elsewhere.reads("Observation") && elsewhere.reads("Patient"));
        let system = narrowing("patient/*.cruds user/*.cruds system/Observation.c", false, true);
        assert!(!system.reads("Observation") && system.permits("Observation", Permissions::CREATE));
        let nothing = narrowing("patient/Observation.rs?code=x", true, true);
        assert!(!nothing.reads("Observation"));
    }

    #[test]
    fn what_of_our_own_scopes_they_ask_for() {
        let ours = |words: &str, user| SmartScopes::of(words.split(' ')).expect("scopes").ours(user);
        assert_eq!(ours("patient/*.rs launch", true), ["les"]);
        assert_eq!(ours("user/*.cruds", true), ["les", "skriv"]);
        assert_eq!(ours("system/*.cud", false), ["skriv"]);
        assert_eq!(ours("system/*.cruds", true), Vec::<&str>::new());
        assert_eq!(SmartScopes::of("openid nhn:kilde/les".split(' ')), None);
    }

    #[test]
    fn a_scope_behind_many_other_words_narrows_as_well() {
        let words: Vec<String> = (0..1000).map(|n| format!("other-{n}")).collect();
        let all = words.iter().map(String::as_str).chain(["patient/Observation.read"]);
        assert_eq!(SmartScopes::of(all), Some(SmartScopes::default()));
        let many = std::iter::repeat_n("patient/Observation.r", 10 * MOST);
        assert_eq!(SmartScopes::of(many).map(|scopes| scopes.0.len()), Some(MOST));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(patient|user|system)?/?[A-Za-z*.?=/]{0,40}") {
            let _ = word(&text);
        }

        /// More scopes give never less, and no scope gives what it does not name.
        #[test]
        fn a_scope_gives_what_it_names(kinds in proptest::collection::vec((0usize..3, 0usize..3, 1u8..32), 0..6), wanted in 1u8..32, user in any::<bool>(), in_context in any::<bool>()) {
            let types = ["*", "Observation", "Patient"];
            let contexts = ["patient", "user", "system"];
            let words: Vec<String> = kinds.iter().map(|(c, t, p)| {
                let letters: String = Permissions::LETTERS.iter().filter(|(_, x)| x.0 & p != 0).map(|(l, _)| *l).collect();
                format!("{}/{}.{letters}", contexts[*c], types[*t])
            }).collect();
            let Some(scopes) = SmartScopes::of(words.iter().map(String::as_str)) else { return Ok(()) };
            let left = Narrowing { scopes: Arc::new(scopes), user, in_context, reading: Permissions(wanted) };
            let expected = kinds.iter().any(|(c, t, p)| {
                let context = match c { 0 => user && in_context, 1 => user, _ => !user };
                context && *t < 2 && p & wanted != 0
            });
            prop_assert_eq!(left.reads("Observation"), expected);
        }
    }
}

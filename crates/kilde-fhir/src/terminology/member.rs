//! Is a code in a value set, or below another? Yes, no, or not known.

use super::code_system::{CodeSystem, INACTIVE};
use super::grammar::Grammar;
use super::prepare::{Codes, Part, Prepared};
use super::sctid::{SNOMED, SctId};
use super::store::Terminology;

/// An answer that may be wanting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// What would be needed to know is not loaded.
    Unknown,
}

impl Answer {
    /// Yes if both are, no if one is not.
    pub fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::No, _) | (_, Answer::No) => Answer::No,
            (Answer::Yes, Answer::Yes) => Answer::Yes,
            _ => Answer::Unknown,
        }
    }

    /// Yes if one is, no if both are not.
    pub fn or(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (Answer::No, Answer::No) => Answer::No,
            _ => Answer::Unknown,
        }
    }
}

impl std::ops::Not for Answer {
    type Output = Answer;

    fn not(self) -> Answer {
        match self {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            Answer::Unknown => Answer::Unknown,
        }
    }
}

impl From<bool> for Answer {
    fn from(truth: bool) -> Answer {
        if truth { Answer::Yes } else { Answer::No }
    }
}

/// Parts of value sets that one question looks at, at most. Sensible ones have some hundreds.
const PARTS: u32 = 20_000;

impl Terminology {
    /// Whether the code is in the value set (`url`, `url|version`, or implicit). Without a system
    /// (the datatype `code`), whether the value set has the code from any system.
    pub fn in_value_set(&self, url: &str, system: Option<&str>, code: &str) -> Answer {
        match self.prepared(url) {
            Some(prepared) => prepared.member(system.map(|s| self.canonical_system(s)), code),
            None => Answer::Unknown,
        }
    }

    /// Whether the code is `ancestor` or below it, in the same system: `:below`, and `:above` the
    /// other way round.
    pub fn is_a(&self, system: &str, code: &str, ancestor: &str) -> Answer {
        let Some(loaded) = self.system(system, None) else {
            return Answer::Unknown;
        };
        match (loaded.find(code), loaded.find(ancestor)) {
            (Some(code), Some(ancestor)) => loaded.is_a(code, ancestor).into(),
            _ if loaded.is_complete() => Answer::No,
            _ => Answer::Unknown,
        }
    }

    /// Whether the system has the code.
    pub fn has_code(&self, system: &str, code: &str) -> Answer {
        let url = self.canonical_system(system);
        if let Some(grammar) = Grammar::of(url) {
            return grammar.allows(code).into();
        }
        match self.system(url, None) {
            Some(loaded) if loaded.contains(code) => Answer::Yes,
            Some(loaded) if loaded.is_complete() && !is_expression(url, code) => Answer::No,
            _ if url == SNOMED && !is_expression(url, code) && SctId::concept(code).is_err() => Answer::No,
            _ => Answer::Unknown,
        }
    }

    /// The codes below a code and itself, for search by `:below`. `None` if the system or the code
    /// is not loaded.
    pub fn below<'a>(&'a self, system: &str, code: &str) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        let loaded = self.system(system, None)?;
        let found = loaded.descendants_or_self(loaded.find(code)?);
        Some(all_of(loaded, found))
    }

    /// The codes above a code and itself, for search by `:above`.
    pub fn above<'a>(&'a self, system: &str, code: &str) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        let loaded = self.system(system, None)?;
        let found = loaded.ancestors_or_self(loaded.find(code)?);
        Some(all_of(loaded, found))
    }
}

fn all_of(system: &CodeSystem, found: super::concept_set::ConceptSet) -> impl Iterator<Item = &str> {
    (0..system.len() as u32).filter(move |c| found.contains(*c)).map(|c| system.code(c))
}

/// A post-coordinated expression of SNOMED CT: it is not evaluated.
fn is_expression(system: &str, code: &str) -> bool {
    system == SNOMED && code.contains([':', '=', '+'])
}

impl Prepared {
    /// Whether the code is in the value set.
    pub fn member(&self, system: Option<&str>, code: &str) -> Answer {
        self.ask(system, code, &mut { PARTS })
    }

    /// As [`Prepared::member`]; unknown once `parts` is spent.
    pub fn ask(&self, system: Option<&str>, code: &str, parts: &mut u32) -> Answer {
        if self.unknown.is_some() {
            return Answer::Unknown;
        }
        let mut answer = Answer::No;
        for part in &self.include {
            answer = answer.or(part.ask(system, code, self.active_only, parts));
            if answer == Answer::Yes {
                break;
            }
        }
        for part in &self.exclude {
            if answer == Answer::No {
                break;
            }
            answer = answer.and(!part.ask(system, code, false, parts));
        }
        answer
    }
}

impl Part {
    /// Whether the code is in this part; unknown once `parts` is spent.
    pub fn ask(&self, system: Option<&str>, code: &str, active_only: bool, parts: &mut u32) -> Answer {
        match parts.checked_sub(1) {
            Some(left) => *parts = left,
            None => return Answer::Unknown,
        }
        if let (Some(own), Some(asked)) = (&self.system, system)
            && own != asked
        {
            return Answer::No;
        }
        let mut answer = self.own(system, code);
        for set in &self.value_sets {
            if answer == Answer::No {
                return answer;
            }
            answer = answer.and(set.ask(system, code, parts));
        }
        if active_only && answer != Answer::No && self.is_inactive(code) {
            return Answer::No;
        }
        answer
    }

    fn is_inactive(&self, code: &str) -> bool {
        let of = |s: &CodeSystem| s.find(code).is_some_and(|c| s.has(c, INACTIVE));
        self.loaded.as_deref().is_some_and(of)
    }

    fn own(&self, system: Option<&str>, code: &str) -> Answer {
        let url = self.system.as_deref().or(system).unwrap_or_default();
        let found = self.loaded.as_deref().and_then(|s| s.find(code));
        // A code that the system, as far as it is loaded, does not have.
        let absent = || {
            let whole = self.loaded.as_deref().is_some_and(CodeSystem::is_complete);
            let wrong = url == SNOMED && SctId::concept(code).is_err();
            if (whole || wrong) && !is_expression(url, code) {
                Answer::No
            } else {
                Answer::Unknown
            }
        };
        match &self.codes {
            Codes::Any => Answer::Yes,
            Codes::All => found.map_or_else(absent, |_| Answer::Yes),
            Codes::Set(set) => found.map_or_else(absent, |c| set.contains(c).into()),
            Codes::Listed(_, places) => {
                if places.contains_key(code) {
                    return Answer::Yes;
                }
                // The same code, written in another case.
                let same = |c| self.loaded.as_deref().is_some_and(|s| places.contains_key(s.code(c)));
                found.is_some_and(same).into()
            }
            Codes::Rules(grammar, filters) => {
                if !grammar.allows(code) {
                    return Answer::No;
                }
                grammar.filtered(filters, code).map_or(Answer::Unknown, Answer::from)
            }
            Codes::Unknown if found.is_none() => absent(),
            Codes::Unknown => Answer::Unknown,
        }
    }
}

//! `$validate-code`: is a code in a code system or value set, and is its text right?

use super::code_system::{ABSTRACT, CodeSystem, INACTIVE};
use super::error::{Missing, OperationError, short};
use super::grammar::Grammar;
use super::language;
use super::member::Answer;
use super::parameters::{Coding, Inputs, Output, parameters};
use super::prepare::{Codes, Prepared};
use super::store::Terminology;
use super::value_set::ValueSet;
use crate::finding::{Finding, Severity};
use std::sync::Arc;

/// The question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidateCodeRequest {
    /// The value set's url, implicit ones too.
    pub value_set_url: Option<String>,
    /// Or the value set itself.
    pub value_set: Option<ValueSet>,
    /// One coding, or those of a CodeableConcept: one of them has to do.
    pub codings: Vec<Coding>,
    /// The language of the texts, as in `Accept-Language`.
    pub display_language: Option<String>,
    /// Whether a code that only groups others will do; yes if not said.
    pub allow_abstract: Option<bool>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// Whether all is well. `false` too when it is not known.
    pub result: bool,
    /// Whether the code is in the value set (or the code system), whatever its text.
    pub member: Answer,
    /// The coding that did, or the first; its display is the one to show.
    pub coding: Option<Coding>,
    /// What is wrong, and what is worth knowing.
    pub findings: Vec<Finding>,
}

impl ValidateCodeRequest {
    /// Reads the parameters of `ValueSet/$validate-code`.
    ///
    /// # Errors
    /// When neither value set nor code is given.
    pub fn read_for_value_set(inputs: &Inputs) -> Result<Self, OperationError> {
        let mut request = ValidateCodeRequest::common(inputs, inputs.text("system"), inputs.text("systemVersion"))?;
        request.value_set_url = inputs.text("url").map(|url| match inputs.text("valueSetVersion") {
            Some(version) => format!("{url}|{version}"),
            None => url,
        });
        request.value_set = inputs.value_set("valueSet");
        if request.value_set_url.is_none() && request.value_set.is_none() {
            return Err(OperationError::Required("url"));
        }
        Ok(request)
    }

    /// Reads the parameters of `CodeSystem/$validate-code`.
    ///
    /// # Errors
    /// When the code or the system is missing.
    pub fn read_for_code_system(inputs: &Inputs) -> Result<Self, OperationError> {
        let request = ValidateCodeRequest::common(inputs, inputs.text("url"), inputs.text("version"))?;
        if request.codings.iter().any(|c| c.system.is_none()) {
            return Err(OperationError::Required("url"));
        }
        Ok(request)
    }

    fn common(inputs: &Inputs, system: Option<String>, version: Option<String>) -> Result<Self, OperationError> {
        let codings = match (inputs.coding("coding"), inputs.concept("codeableConcept"), inputs.text("code")) {
            (Some(coding), ..) => vec![coding],
            (_, Some(codings), _) => codings,
            (.., Some(code)) => vec![Coding {
                system,
                version,
                code,
                display: inputs.text("display"),
            }],
            _ => return Err(OperationError::Required("code")),
        };
        Ok(ValidateCodeRequest {
            codings,
            display_language: inputs.text("displayLanguage"),
            allow_abstract: inputs.flag("abstract")?,
            ..ValidateCodeRequest::default()
        })
    }
}

impl Terminology {
    /// `$validate-code`, for value sets and for code systems (then each coding has its system and
    /// no value set is given).
    ///
    /// # Errors
    /// When the value set is not known. A code system that is not loaded is an answer, not an
    /// error: the code is then not known to be valid.
    pub fn validate_code(&self, request: &ValidateCodeRequest) -> Result<Validation, OperationError> {
        let set = match (&request.value_set_url, &request.value_set) {
            (None, None) => None,
            (url, set) => Some(self.asked_for(url.as_deref(), set.as_ref())?),
        };
        let mut best: Option<Validation> = None;
        let mut others = Vec::new();
        for coding in request.codings.iter().take(100) {
            let one = self.one(coding, set.as_ref(), request);
            let rank = |v: &Validation| (v.member == Answer::Yes, v.result, v.member == Answer::Unknown);
            match &mut best {
                Some(best) if rank(best) >= rank(&one) => others.push(one),
                best => others.extend(best.replace(one)),
            }
        }
        let Some(mut best) = best else {
            return Ok(Validation {
                result: false,
                member: Answer::No,
                coding: None,
                findings: vec![no_coding()],
            });
        };
        if best.member != Answer::Yes {
            best.findings.extend(others.into_iter().flat_map(|o| o.findings));
        }
        Ok(best)
    }

    fn one(&self, coding: &Coding, set: Option<&Arc<Prepared>>, request: &ValidateCodeRequest) -> Validation {
        let mut findings = Vec::new();
        let system = coding.system.as_deref().map(|s| self.canonical_system(s).to_owned());
        let url = system.or_else(|| set.and_then(|s| self.system_in(s, &coding.code)));
        let loaded = url.as_deref().and_then(|u| self.system(u, coding.version.as_deref()));
        let in_system = match &url {
            Some(url) if coding.version.is_none() || loaded.is_some() => self.has_code(url, &coding.code),
            _ => Answer::Unknown,
        };
        let in_set = set.map(|s| s.member(url.as_deref(), &coding.code));
        let code = short(&coding.code);
        let shown = short(url.as_deref().unwrap_or("?"));
        if in_system == Answer::No {
            findings.push(unknown_code(&code, &shown));
        }
        match (set, in_set) {
            (Some(set), Some(Answer::No)) => findings.push(not_in_set(&code, &shown, &set.url)),
            (Some(set), Some(Answer::Unknown)) => findings.extend(set.missing().iter().map(not_known)),
            (None, _) if in_system == Answer::Unknown => findings.push(not_known(&Missing::CodeSystem(shown.clone()))),
            _ => {}
        }
        let member = in_set.map_or(in_system, |s| if in_system == Answer::No { Answer::No } else { s });
        let concept = loaded.and_then(|s| Some((&**s, s.find(&coding.code)?)));
        let mut shows = concept
            .map(|(s, _)| s.info.version.clone())
            .unwrap_or_default()
            .map_or(Coding::default(), |v| Coding {
                version: Some(v),
                ..Coding::default()
            });
        shows.system = url;
        shows.code.clone_from(&coding.code);
        let languages = language::asked(request.display_language.as_deref());
        let listed = set.and_then(|s| listed_display(s, shows.system.as_deref(), &coding.code));
        shows.display = concept
            .and_then(|(s, c)| language::display(s, c, &languages))
            .filter(|_| listed.is_none() || !languages.is_empty())
            .map(str::to_owned)
            .or_else(|| listed.clone());
        let mut wrong_display = false;
        if let (Some(given), Answer::Yes) = (&coding.display, member) {
            let right = match concept {
                Some((s, c)) => is_a_term(s, c, given) || listed.as_deref().is_some_and(|l| same_text(l, given)),
                None => listed.as_deref().is_none_or(|l| same_text(l, given)),
            };
            if !right {
                wrong_display = true;
                findings.push(wrong_text(&code, shows.display.as_deref().unwrap_or_default()));
            }
        }
        let is = |flag: u8| concept.is_some_and(|(s, c)| s.has(c, flag));
        let too_abstract = request.allow_abstract == Some(false) && is(ABSTRACT);
        if too_abstract {
            findings.push(groups_only(&code));
        }
        if is(INACTIVE) && member == Answer::Yes {
            findings.push(inactive(&code));
        }
        Validation {
            result: member == Answer::Yes && !wrong_display && !too_abstract,
            member,
            coding: Some(shows),
            findings,
        }
    }

    /// Whether a text is one of the terms of a code, in any language, whatever its case and spaces:
    /// one of its code system, or one that a loaded value set gives it.
    /// `Unknown` where the code system (in that version) is not loaded or gives the code no term.
    pub fn is_term(&self, system: &str, version: Option<&str>, code: &str, text: &str) -> Answer {
        let loaded = self.system(self.canonical_system(system), version);
        match loaded.and_then(|s| Some((s, s.find(code)?))) {
            Some((s, _)) if Grammar::of(&s.info.url).is_some() => Answer::Unknown,
            Some((s, concept)) if is_a_term(s, concept, text) => Answer::Yes,
            Some((s, _)) if self.is_listed_term(&s.info.url, code, |t| same_text(t, text)) => Answer::Yes,
            Some(_) => Answer::No,
            None => Answer::Unknown,
        }
    }

    /// The one system from which a value set has the code.
    fn system_in(&self, set: &Prepared, code: &str) -> Option<String> {
        let mut systems: Vec<&str> = Vec::new();
        let mut waiting = vec![set];
        let mut visits = 1000;
        while let Some(set) = waiting.pop() {
            visits -= 1;
            if visits == 0 {
                return None;
            }
            for part in &set.include {
                systems.extend(part.system.as_deref());
                waiting.extend(part.value_sets.iter().map(|s| &**s));
            }
        }
        systems.sort_unstable();
        systems.dedup();
        let mut having = systems.into_iter().filter(|s| set.member(Some(s), code) == Answer::Yes);
        let first = having.next()?;
        having.next().is_none().then(|| first.to_owned())
    }
}

/// The text that a value set gives to a code itself.
fn listed_display(set: &Prepared, system: Option<&str>, code: &str) -> Option<String> {
    set.include.iter().find_map(|part| match &part.codes {
        Codes::Listed(listed, places) if part.system.as_deref() == system => listed.get(*places.get(code)? as usize)?.display.clone(),
        _ => None,
    })
}

/// Whether the text is a term of the concept, whatever its case and spaces.
fn is_a_term(system: &CodeSystem, concept: u32, text: &str) -> bool {
    // A unit or language tag has no terms to compare with.
    let terms = system.designations.of(concept).iter().map(|d| system.strings.get(d.text));
    let mut all = system.display(concept).into_iter().chain(terms).peekable();
    all.peek().is_none() || Grammar::of(&system.info.url).is_some() || all.any(|t| same_text(t, text))
}

fn same_text(a: &str, b: &str) -> bool {
    let letters = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    a == b || letters(a) == letters(b)
}

fn no_coding() -> Finding {
    Finding::error(
        "required",
        "terminology-no-coding",
        "",
        "Det er ingen koder å kontrollere. Legg til coding.",
        "There are no codes to check. Add coding.",
    )
}

fn unknown_code(code: &str, system: &str) -> Finding {
    Finding::error(
        "code-invalid",
        "terminology-unknown-code",
        "",
        format!("Koden {code} finnes ikke i {system}. Rett koden eller kodeverket."),
        format!("The code {code} is not in {system}. Mend the code or the system."),
    )
}

fn not_in_set(code: &str, system: &str, set: &str) -> Finding {
    Finding::error(
        "code-invalid",
        "terminology-not-in-value-set",
        "",
        format!("Koden {code} ({system}) er ikke i verdisettet {set}. Velg en kode derfra."),
        format!("The code {code} ({system}) is not in the value set {set}. Choose a code from it."),
    )
}

fn not_known(missing: &Missing) -> Finding {
    Finding::error(
        "not-found",
        "terminology-not-known",
        "",
        format!("Koden kan ikke kontrolleres. {}", missing.nb()),
        format!("The code cannot be checked. {}", missing.en()),
    )
}

fn wrong_text(code: &str, right: &str) -> Finding {
    Finding::error(
        "invalid",
        "terminology-display-wrong",
        "",
        format!("Teksten (display) hører ikke til koden {code}. Riktig er for eksempel «{right}»."),
        format!("The text (display) does not belong to the code {code}. Right is for example \"{right}\"."),
    )
}

fn groups_only(code: &str) -> Finding {
    Finding::error(
        "business-rule",
        "terminology-abstract",
        "",
        format!("Koden {code} samler bare andre koder og skal ikke velges. Velg en under den."),
        format!("The code {code} only groups others and is not to be chosen. Choose one below it."),
    )
}

fn inactive(code: &str) -> Finding {
    Finding::error(
        "business-rule",
        "terminology-inactive",
        "",
        format!("Koden {code} er utgått og skal ikke brukes i nye opplysninger."),
        format!("The code {code} is inactive and is not to be used in new information."),
    )
    .severity(Severity::Warning)
}

impl Validation {
    /// As `Parameters`; the message in bokmål or, if `english`, in English.
    pub fn to_parameters(&self, english: bool) -> String {
        let mut out = vec![Output::boolean("result", self.result)];
        let texts = self.findings.iter().map(|f| if english { f.en.as_str() } else { f.nb.as_str() });
        let message = texts.collect::<Vec<_>>().join(" ");
        if !message.is_empty() {
            out.push(Output::string("message", message));
        }
        if let Some(coding) = &self.coding {
            out.extend(coding.display.iter().map(|d| Output::string("display", d)));
            out.push(Output::code("code", &coding.code));
            out.extend(coding.system.iter().map(|s| Output::Text("system", "valueUri", s.clone())));
            out.extend(coding.version.iter().map(|v| Output::string("version", v)));
        }
        parameters(out)
    }
}

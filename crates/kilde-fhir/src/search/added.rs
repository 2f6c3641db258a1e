//! Search parameters of packages: SearchParameter resources that are compiled as R4's own are, and searched by like them.
//!
//! They are the same for the whole process: [`Additions::install`] comes before anything asks for the table. What was built
//! with another set is known by [`table_digest`](super::table_digest).

use super::table::{Component, Param, ParamId, ParamType, Row, concrete, own_rows};
use super::{compile, composite};
use crate::definitions::ResourceType;
use crate::finding::Finding;
use crate::json::Value;
use rustc_hash::{FxHashMap, FxHashSet};

/// Longer expressions are not read.
const EXPRESSION: usize = 1_000;
/// Longer codes are not taken.
const CODE: usize = 64;
/// Parameters of all types together, R4's own included: their numbers have 16 bits.
const PARAMETERS: usize = 60_000;
/// Where R4's own are defined.
const OWN: &str = "http://hl7.org/fhir/SearchParameter/";

/// Search parameters to be added to R4's.
pub struct Additions {
    rows: Vec<Row>,
    /// Every parameter there is: base type and code.
    taken: FxHashSet<(ResourceType, String)>,
    /// R4's own, by id, and what was added, by url.
    known: FxHashMap<String, Row>,
    own: FxHashSet<&'static str>,
}

/// The table of parameters is in use already, so that nothing can be added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("search parameters were asked for before those of packages were added")]
pub struct TooLate;

impl Default for Additions {
    fn default() -> Self {
        let rows = own_rows();
        let mut taken = FxHashSet::default();
        for row in &rows {
            for base in row.bases.split(',').flat_map(concrete) {
                taken.insert((base, row.code.to_owned()));
            }
        }
        Additions {
            own: rows.iter().map(|row| row.definition).collect(),
            known: rows.into_iter().map(|row| (row.definition.to_owned(), row)).collect(),
            rows: Vec::new(),
            taken,
        }
    }
}

impl std::fmt::Debug for Additions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Additions").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Additions {
    /// How many are to be added.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a canonical url is that of one of R4's own, which needs no adding.
    pub fn is_own(&self, url: &str) -> bool {
        url.strip_prefix(OWN).is_some_and(|id| self.own.contains(id))
    }

    /// Adds a SearchParameter; `file` is told in findings. R4's own, and one that was added before, are passed over. The
    /// parameters that a composite one names come before it.
    ///
    /// # Errors
    /// Why it is not taken; nothing of it is then.
    pub fn add(&mut self, file: &str, resource: Value<'_>) -> Result<(), Finding> {
        let text = |name: &str| resource.str(name).unwrap_or_default().into_owned();
        let url = text("url");
        if self.is_own(&url) || self.known.contains_key(&url) {
            return Ok(());
        }
        let refused = |nb: String, en: String| {
            Err(Finding::error(
                "not-supported",
                "search-parameter-not-compiled",
                "",
                format!("Søkeparameteren i {file} kan ikke brukes: {nb}."),
                format!("The search parameter in {file} cannot be used: {en}."),
            ))
        };
        if url.is_empty() {
            return refused("den har ingen url".into(), "it has no url".into());
        }
        let code = text("code");
        if !is_code(&code) {
            return refused(
                "koden er ikke bokstaver, tall, «-» og «_», med en bokstav først".into(),
                "its code is not letters, digits, '-' and '_', beginning with a letter".into(),
            );
        }
        let kind = match ParamType::from_code(&text("type")) {
            Some(ParamType::Special) => {
                return refused(
                    "den har regler som bare står i tekst (typen «special»)".into(),
                    "its rules stand in words only (type 'special')".into(),
                );
            }
            Some(kind) => kind,
            None => return refused("typen er ikke kjent".into(), "its type is not known".into()),
        };
        let names: Vec<String> = resource.items("base").filter_map(|b| Some(b.as_str()?.into_owned())).collect();
        let bases: Vec<ResourceType> = names.iter().flat_map(|name| concrete(name)).collect();
        if bases.is_empty() || names.iter().any(|name| concrete(name).is_empty()) {
            return refused("en av typene i «base» er ikke R4".into(), "a type of its base is none of R4".into());
        }
        if let Some(base) = bases.iter().find(|base| self.taken.contains(&(**base, code.clone()))) {
            return refused(
                format!("{base} har allerede en parameter «{code}»"),
                format!("{base} has a parameter '{code}' already"),
            );
        }
        if self.taken.len() + bases.len() > PARAMETERS {
            return refused(
                format!("det er flere enn {PARAMETERS} parametre"),
                format!("there are more than {PARAMETERS} parameters"),
            );
        }
        let expression = text("expression");
        if expression.len() > EXPRESSION {
            return refused(
                format!("uttrykket er lengre enn {EXPRESSION} tegn"),
                format!("its expression is longer than {EXPRESSION} bytes"),
            );
        }
        let mut targets: Vec<ResourceType> = resource
            .items("target")
            .filter_map(|t| ResourceType::from_name(&t.as_str()?))
            .collect();
        if targets.is_empty() && kind == ParamType::Reference {
            targets = ResourceType::all().collect();
        }
        targets.sort_unstable();
        targets.dedup();
        // What is added lives as long as the program; what is refused here too, which is bounded by the packages.
        let (expression, code): (&'static str, &'static str) = (expression.leak(), code.leak());
        let components = match kind {
            ParamType::Composite => match self.components(resource) {
                Ok(components) => components,
                Err(url) => {
                    return refused(
                        format!("den viser til en parameter som ikke er lest ({url})"),
                        format!("it names a parameter that has not been read ({url})"),
                    );
                }
            },
            _ => String::new(),
        };
        let row = Row {
            definition: url.clone().leak(),
            code,
            kind,
            bases: names.join(",").leak(),
            targets: targets.leak(),
            components: components.leak(),
            expression,
        };
        for base in &bases {
            if let Err(why) = self.compiles(&row, *base) {
                return refused(
                    format!("uttrykket kan ikke leses for {base} ({why})"),
                    format!("its expression cannot be read for {base} ({why})"),
                );
            }
        }
        self.taken.extend(bases.iter().map(|base| (*base, code.to_owned())));
        self.rows.push(row.clone());
        self.known.insert(url, row);
        Ok(())
    }

    /// The components of a composite parameter as the table writes them.
    ///
    /// # Errors
    /// The url of a parameter that is not there.
    fn components(&self, resource: Value<'_>) -> Result<String, String> {
        let mut parts = Vec::new();
        for component in resource.items("component") {
            let url = component.str("definition").unwrap_or_default();
            let (url, _) = url.split_once('|').unwrap_or((&url, ""));
            let key = url.strip_prefix(OWN).unwrap_or(url);
            let expression = component.str("expression").unwrap_or_default();
            if !self.known.contains_key(key) || expression.contains(';') {
                return Err(url.chars().take(200).collect());
            }
            parts.push(format!("{key}|{expression}"));
        }
        Ok(parts.join(";"))
    }

    /// Whether a parameter can be read from resources of a type; why not.
    fn compiles(&self, row: &Row, base: ResourceType) -> Result<(), String> {
        let param = |row: &Row, components| Param {
            id: ParamId(u16::MAX),
            base,
            code: row.code,
            kind: row.kind,
            targets: row.targets,
            definition: row.definition,
            expression: row.expression,
            components,
        };
        if row.kind != ParamType::Composite {
            return compile::compiles(&param(row, Vec::new()));
        }
        let (mut components, mut targets) = (Vec::new(), Vec::new());
        for (key, expression) in row.components.split(';').filter_map(|part| part.split_once('|')) {
            let target = self.known.get(key).filter(|target| target.kind != ParamType::Composite);
            let target = target.filter(|target| self.taken.contains(&(base, target.code.to_owned())));
            targets.push(param(target.ok_or_else(|| format!("no component {key} for it"))?, Vec::new()));
            components.push(Component { param: None, expression });
        }
        match composite::compiles(&param(row, components), &targets.iter().collect::<Vec<_>>()) {
            true => Ok(()),
            false => Err("no element with components that read what the parameters they name read".to_owned()),
        }
    }

    /// Adds them to the table of this process, once.
    ///
    /// # Errors
    /// The table is in use, with other parameters than these.
    pub fn install(self) -> Result<(), TooLate> {
        super::table::install(self.rows)
    }
}

fn is_code(code: &str) -> bool {
    code.len() <= CODE
        && code.starts_with(|c: char| c.is_ascii_alphabetic())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};
    use proptest::prelude::*;

    fn add(additions: &mut Additions, text: &str) -> Result<(), Finding> {
        let document = parse(text, Limits::default()).unwrap();
        additions.add("package/x.json", document.root())
    }

    fn parameter(code: &str, kind: &str, base: &str, expression: &str) -> String {
        format!(
            r#"{{"resourceType":"SearchParameter","url":"http://example.org/{code}","code":"{code}","type":"{kind}","base":["{base}"],"expression":"{expression}"}}"#
        )
    }

    #[test]
    fn what_r4_could_have_said_is_taken() {
        let mut additions = Additions::default();
        for (kind, base, expression) in [
            ("token", "Patient", "Patient.extension('http://example.org/x').value.as(Coding)"),
            (
                "token",
                "Patient",
                "Patient.extension.where(url='http://example.org/x').value.ofType(code)",
            ),
            ("string", "Patient", "(Patient.contact.name | Patient.name).text"),
            ("string", "Patient", "Patient.contact.name.family | Patient.contact.name.given"),
            ("date", "Observation", "(Observation.value as dateTime) | Observation.issued"),
            (
                "reference",
                "Observation",
                "Observation.extension('http://example.org/r').value as Reference",
            ),
            ("number", "Observation", "Observation.component.value.ofType(integer)"),
            ("quantity", "Observation", "Observation.referenceRange.low"),
            ("uri", "DomainResource", "DomainResource.extension.url"),
        ] {
            let code = format!("p{}", additions.len());
            let text = parameter(&code, kind, base, expression);
            let outcome = add(&mut additions, &text);
            assert_eq!(outcome, Ok(()), "{expression}");
        }
        assert_eq!(additions.len(), 9);
        // The same again is not taken twice.
        let before = additions.len();
        assert_eq!(add(&mut additions, &parameter("p0", "token", "Patient", "Patient.active")), Ok(()));
        assert_eq!(additions.len(), before);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let mut additions = Additions::default();
        for (text, why) in [
            (parameter("x", "token", "Patient", "Patient.nothing"), "cannot be read for Patient"),
            (parameter("x", "date", "Patient", "Patient.active"), "cannot be read for Patient"),
            (
                parameter("x", "token", "Patient", "Patient.name.first()"),
                "cannot be read for Patient",
            ),
            (parameter("x", "token", "Patient", ""), "cannot be read for Patient"),
            (parameter("x", "token", "Patient", "Observation.code"), "cannot be read for Patient"),
            (parameter("x", "token", "Nothing", "Nothing.code"), "none of R4"),
            (parameter("x", "composite", "Patient", "Patient"), "no element"),
            (parameter("x", "special", "Patient", "Patient"), "words only"),
            (
                parameter("x", "date", "Patient", "Patient.birthDate.where($this < today())"),
                "tomorrow",
            ),
            (parameter("x", "what", "Patient", "Patient.active"), "type"),
            (parameter("a:b", "token", "Patient", "Patient.active"), "code"),
            (parameter("_x", "token", "Patient", "Patient.active"), "code"),
            (parameter("gender", "token", "Patient", "Patient.active"), "already"),
            (parameter("x", "token", "Patient", &"Patient.active | ".repeat(100)), "longer"),
            ("{}".to_owned(), "url"),
        ] {
            let finding = add(&mut additions, &text).unwrap_err();
            assert!(
                finding.en.contains(why) && finding.en.contains("package/x.json"),
                "{why}: {}",
                finding.en
            );
        }
        assert!(additions.is_empty());
        let own = parameter("gender", "token", "Patient", "Patient.gender")
            .replace("http://example.org/gender", "http://hl7.org/fhir/SearchParameter/individual-gender");
        assert_eq!(add(&mut additions, &own), Ok(()), "R4's own is there already");
        assert!(additions.is_empty());
    }

    #[test]
    fn a_composite_needs_its_components_first() {
        let composite = |component: &str| {
            format!(
                r#"{{"resourceType":"SearchParameter","url":"http://example.org/both","code":"both","type":"composite","base":["Observation"],
                "expression":"Observation.component","component":[
                {{"definition":"http://hl7.org/fhir/SearchParameter/Observation-component-code","expression":"code"}},
                {{"definition":"{component}","expression":"value.as(Quantity)"}}]}}"#
            )
        };
        let mut additions = Additions::default();
        let error = add(&mut additions, &composite("http://example.org/of")).unwrap_err();
        assert!(error.en.contains("has not been read (http://example.org/of)"), "{}", error.en);
        let of = parameter("of", "quantity", "Observation", "Observation.component.value.as(Quantity)");
        assert_eq!(add(&mut additions, &of), Ok(()));
        assert_eq!(add(&mut additions, &composite("http://example.org/of|1.0")), Ok(()));
        let elsewhere = composite("http://hl7.org/fhir/SearchParameter/individual-birthdate")
            .replace("/both", "/elsewhere")
            .replace("\"both", "\"elsewhere");
        assert!(add(&mut additions, &elsewhere).unwrap_err().en.contains("for Observation"));
        let other = composite("http://example.org/of")
            .replace("Observation-component-code", "clinical-code")
            .replace("/both", "/other")
            .replace("\"both", "\"other");
        let error = add(&mut additions, &other).unwrap_err();
        assert!(
            error.en.contains("read what the parameters they name read"),
            "the code of the whole: {}",
            error.en
        );
        assert_eq!(additions.len(), 2);
    }

    #[test]
    fn what_multiplies_is_refused() {
        let many = format!("Patient{}", ".extension.value".repeat(12));
        assert!(add(&mut Additions::default(), &parameter("x", "token", "Patient", &many)).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(expression in "[A-Za-z.()'| =\\[\\]0-9]{0,60}", code in "\\PC{0,8}", kind in "(token|date|string|reference|uri)") {
            let expression = expression.replace('\\', "");
            let text = parameter(&code.replace(['"', '\\'], ""), &kind, "Patient", &format!("Patient.{expression}"));
            if let Ok(document) = parse(text, Limits::default()) {
                let _ = Additions::default().add("x", document.root());
            }
        }
    }
}

//! The parameters of `$validate`.

use super::say;
use crate::interactions::named::national_id_in;
use crate::query;
use kilde_fhir::finding::Finding;
use kilde_fhir::json::Value;

/// Profiles that one question may name.
const PROFILES: usize = 20;

/// What the content is to be examined for (value set `resource-validation-mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// Not said: the content alone.
    #[default]
    Content,
    /// Could it be created?
    Create,
    /// Could it be the next version of the instance?
    Update,
    /// Could the instance be deleted?
    Delete,
    /// Does it conform to the profile?
    Profile,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    pub mode: Mode,
    pub profiles: Vec<String>,
    /// Whether what is only worth knowing is told, too.
    pub verbose: bool,
}

impl Wanted {
    /// From `?mode=&profile=`.
    ///
    /// # Errors
    /// A parameter that `$validate` does not have, or a value that cannot be.
    pub(super) fn of_query(text: &str) -> Result<Self, Finding> {
        let mut wanted = Wanted::default();
        for (name, value) in query::pairs(text).ok_or_else(|| say::parameter("?"))? {
            if national_id_in(&value) {
                return Err(say::national_id());
            }
            match name.as_str() {
                "_format" | "_pretty" => {}
                _ => wanted.take(&name, &value)?,
            }
        }
        Ok(wanted)
    }

    /// The same with what a `Parameters` resource says; gives the resource in it.
    pub(super) fn with_parameters<'a>(mut self, parameters: Value<'a>) -> Result<(Self, Option<Value<'a>>), Finding> {
        let mut resource = None;
        for parameter in parameters.items("parameter").take(1000) {
            let name = parameter.str("name").unwrap_or_default();
            if name == "resource" {
                resource = parameter.get("resource").filter(|r| r.is_object());
                continue;
            }
            let value = parameter.children().find(|v| v.key().is_some_and(|k| k.starts_with("value")));
            let value = value
                .and_then(|v| v.as_str().or_else(|| v.as_bool().map(|_| v.raw().into())))
                .unwrap_or_default();
            self.take(&name, &value).map_err(|f| f.at(parameter.position()))?;
        }
        Ok((self, resource))
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Finding> {
        match (name, value) {
            ("mode", "create") => self.mode = Mode::Create,
            ("mode", "update") => self.mode = Mode::Update,
            ("mode", "delete") => self.mode = Mode::Delete,
            ("mode", "profile") => self.mode = Mode::Profile,
            ("mode", _) => return Err(say::mode()),
            ("profile", "") => return Err(say::profile_missing()),
            ("profile", url) if self.profiles.len() < PROFILES => self.profiles.push(url.to_owned()),
            ("profile", _) => return Err(say::too_many_profiles(PROFILES)),
            ("verbose", "true" | "false") => self.verbose = value == "true",
            _ => return Err(say::parameter(name)),
        }
        Ok(())
    }

    /// What is wrong with the question as a whole.
    pub(super) fn check(&self, instance: bool) -> Result<(), Finding> {
        match self.mode {
            Mode::Profile if self.profiles.is_empty() => Err(say::profile_missing()),
            Mode::Update | Mode::Delete if !instance => Err(say::mode_needs_instance()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilde_fhir::json::{Limits, parse};

    #[test]
    fn query_and_parameters_say_the_same() {
        let of_query = Wanted::of_query("mode=profile&profile=http%3A%2F%2Fexample.org%2Fp&_format=json").unwrap();
        let text = r#"{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"profile"},
            {"name":"profile","valueUri":"http://example.org/p"},{"name":"resource","resource":{"resourceType":"Patient"}}]}"#;
        let document = parse(text, Limits::default()).unwrap();
        let (of_parameters, resource) = Wanted::default().with_parameters(document.root()).unwrap();
        assert_eq!(of_query, of_parameters);
        assert_eq!(resource.and_then(|r| r.str("resourceType")).as_deref(), Some("Patient"));
        assert!(of_query.check(false).is_ok());
    }

    #[test]
    fn what_cannot_be_is_named() {
        let rule = |query: &str| Wanted::of_query(query).and_then(|w| w.check(false)).unwrap_err().rule;
        assert_eq!(rule("mode=all"), "validate-mode");
        assert_eq!(rule("mode=update"), "validate-mode-instance");
        assert_eq!(rule("mode=profile"), "validate-profile-missing");
        assert_eq!(rule("profile="), "validate-profile-missing");
        assert_eq!(rule("resource=x"), "validate-parameter");
        assert_eq!(rule("profile=x%ff"), "validate-parameter");
        assert_eq!(rule("profile=urn:19779998080"), "no-nin-in-url");
        assert_eq!(rule(&"profile=a&".repeat(21)), "validate-profiles");
    }
}

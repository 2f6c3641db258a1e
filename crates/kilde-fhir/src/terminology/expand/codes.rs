//! Codes for a search: `:in` and `:not-in` a value set, `:below` and `:above` a code.

use super::{Collection, ExpandRequest};
use crate::terminology::error::{OperationError, short};
use crate::terminology::store::Terminology;

impl Terminology {
    /// All codes of a value set as pairs of system and code, inactive ones too, since they stand in
    /// older resources. A system that goes by several names (its url, an OID) is given by each.
    ///
    /// # Errors
    /// As [`Terminology::expand`]; [`OperationError::TooCostly`] if there are more than `most` pairs.
    pub fn codes_in(&self, value_set: &str, most: usize) -> Result<Vec<(String, String)>, OperationError> {
        let set = self.asked_for(Some(value_set), None)?;
        let missing = set.missing();
        if !missing.is_empty() {
            return Err(OperationError::Incomplete(missing));
        }
        let request = ExpandRequest::default();
        let mut collection = Collection::new(&request);
        collection.set(&set, set.active_only)?;
        let found = collection.found.iter().map(|f| (f.url(), f.code()));
        self.under_all_names(found, most)
    }

    /// A code and all below it, as [`Terminology::codes_in`] gives them.
    ///
    /// # Errors
    /// The system is not loaded, does not have the code, or there are more than `most` pairs.
    pub fn codes_below(&self, system: &str, code: &str, most: usize) -> Result<Vec<(String, String)>, OperationError> {
        self.known(system, code)?;
        let found = self.below(system, code).into_iter().flatten();
        let url = self.canonical_system(system);
        self.under_all_names(found.map(|code| (url, code)), most)
    }

    /// A code and all above it, as [`Terminology::codes_in`] gives them.
    ///
    /// # Errors
    /// As [`Terminology::codes_below`].
    pub fn codes_above(&self, system: &str, code: &str, most: usize) -> Result<Vec<(String, String)>, OperationError> {
        self.known(system, code)?;
        let found = self.above(system, code).into_iter().flatten();
        let url = self.canonical_system(system);
        self.under_all_names(found.map(|code| (url, code)), most)
    }

    fn known(&self, system: &str, code: &str) -> Result<(), OperationError> {
        let loaded = self
            .code_system(system)
            .ok_or_else(|| OperationError::UnknownSystem(short(system)))?;
        match loaded.contains(code) {
            true => Ok(()),
            false => Err(OperationError::UnknownCode(short(system), short(code))),
        }
    }

    fn under_all_names<'a>(
        &self,
        found: impl Iterator<Item = (&'a str, &'a str)>,
        most: usize,
    ) -> Result<Vec<(String, String)>, OperationError> {
        let mut all: Vec<(String, String)> = Vec::new();
        let mut names: (&str, Vec<&str>) = ("", Vec::new());
        for (url, code) in found {
            if names.0 != url || names.1.is_empty() {
                names = (url, self.names_of(url));
            }
            if all.len() + names.1.len() > most {
                // How many there are is not worked out: it is enough that there are too many.
                return Err(OperationError::TooCostly {
                    total: most + 1,
                    limit: most,
                });
            }
            all.extend(names.1.iter().map(|name| ((*name).to_owned(), code.to_owned())));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{Limits, parse};
    use crate::terminology::{OperationError, Terminology, TerminologyBuilder};

    fn terminology() -> Terminology {
        let mut builder = TerminologyBuilder::new();
        for text in [
            r#"{"resourceType":"CodeSystem","url":"http://example.org/c","content":"complete","concept":[
                {"code":"a","concept":[{"code":"b","property":[{"code":"inactive","valueBoolean":true}],"concept":[{"code":"c"}]}]},{"code":"z"}]}"#,
            r#"{"resourceType":"ValueSet","url":"http://example.org/v","compose":{"include":[{"system":"http://example.org/c",
                "filter":[{"property":"concept","op":"is-a","value":"a"}]},{"system":"urn:other","concept":[{"code":"x"}]}]}}"#,
            r#"{"resourceType":"ValueSet","url":"http://example.org/lost","compose":{"include":[{"system":"urn:absent"}]}}"#,
        ] {
            builder.resource(parse(text, Limits::default()).unwrap().root());
        }
        builder.alias("urn:oid:1.2.3", "http://example.org/c");
        builder.build().0
    }

    fn written(pairs: Result<Vec<(String, String)>, OperationError>) -> Vec<String> {
        let mut all: Vec<String> = pairs.unwrap().into_iter().map(|(s, c)| format!("{s}|{c}")).collect();
        all.sort();
        all
    }

    #[test]
    fn every_code_under_every_name_of_its_system() {
        let t = terminology();
        let wanted = [
            "http://example.org/c|a",
            "http://example.org/c|b",
            "http://example.org/c|c",
            "urn:oid:1.2.3|a",
            "urn:oid:1.2.3|b",
            "urn:oid:1.2.3|c",
            "urn:other|x",
        ];
        assert_eq!(written(t.codes_in("http://example.org/v", 100)), wanted);
        let below = [
            "http://example.org/c|b",
            "http://example.org/c|c",
            "urn:oid:1.2.3|b",
            "urn:oid:1.2.3|c",
        ];
        assert_eq!(written(t.codes_below("urn:oid:1.2.3", "b", 100)), below);
        assert_eq!(written(t.codes_above("http://example.org/c", "a", 100)).len(), 2);
    }

    #[test]
    fn what_cannot_be_listed_is_an_error() {
        let t = terminology();
        assert!(matches!(
            t.codes_in("http://example.org/v", 6),
            Err(OperationError::TooCostly { limit: 6, .. })
        ));
        assert!(matches!(
            t.codes_in("http://example.org/lost", 6),
            Err(OperationError::Incomplete(_))
        ));
        assert!(matches!(
            t.codes_in("http://example.org/none", 6),
            Err(OperationError::UnknownValueSet(_))
        ));
        assert!(matches!(t.codes_below("urn:none", "a", 6), Err(OperationError::UnknownSystem(_))));
        assert!(matches!(
            t.codes_above("http://example.org/c", "q", 6),
            Err(OperationError::UnknownCode(..))
        ));
    }
}

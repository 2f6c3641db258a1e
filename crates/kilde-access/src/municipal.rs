//! What a municipality decides itself: policies of its own (they only forbid), agreements, rows of minimisation, whether need may be
//! self-declared. One text in TOML, in the instance's file at first and in the log after every change.

mod read;
mod write;

pub use read::{LONGEST, Source};
pub(crate) use read::{Raw, RawAgreement, RawRow, toml_error};

use crate::agreement::Agreement;
use crate::roles::Row;
use kilde_fhir::finding::Finding;

/// The municipality's part of a policy, read and understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Municipal {
    /// Its own Cedar policies, as they were written.
    pub policies: String,
    /// Its agreements.
    pub agreements: Vec<Agreement>,
    /// Its rows of minimisation, which stand before those that hold everywhere.
    pub rows: Vec<Row>,
    /// Whether health personnel may declare their own need.
    pub self_declared: bool,
}

impl Municipal {
    /// Reads and strictly checks the TOML form. Nothing of it is kept beyond what is returned.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line and column.
    pub fn from_toml(text: &str) -> Result<Municipal, Vec<Finding>> {
        let raw: Raw = read::toml(text)?;
        raw.build(text)
    }

    /// The TOML form, where nobody has written one yet.
    pub fn to_toml(&self) -> String {
        write::toml(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"
self_declared = true
policies = '''
@id("own-level") @code("own_level") @status("403") @order("21")
@reason_nb("a") @reason_nn("b") @reason_en("c")
forbid (principal is Kilde::Personnel, action, resource) when { principal.level < 4 };
'''
[[agreement]]
id = "fastleger"
legal_entity = "399903009"
unit = "fastlege"
services = ["okt"]
categories = ["tjenester"]
purposes = ["TREAT"]
from = "2026-01-01"
to = "2027-01-01"
winding_up_days = 14
[[minimisation]]
profession = ["FT"]
unit = ["fysioterapi"]
purpose = ["TREAT"]
categories = ["tjenester", "person"]
"#;

    #[test]
    fn what_is_written_is_read() {
        let municipal = Municipal::from_toml(GOOD).expect("good");
        assert_eq!(Municipal::from_toml(&municipal.to_toml()), Ok(municipal));
    }

    fn places(text: &str) -> Vec<(String, &'static str)> {
        let findings = Municipal::from_toml(text).expect_err(text);
        findings
            .iter()
            .map(|f| (f.position.map_or_else(String::new, |p| p.to_string()), f.rule))
            .collect()
    }

    #[test]
    fn all_of_it_is_read() {
        let municipal = Municipal::from_toml(GOOD).expect("good");
        assert!(municipal.self_declared && municipal.policies.contains("own-level"));
        assert_eq!((municipal.agreements.len(), municipal.rows.len()), (1, 1));
        assert_eq!(municipal.agreements[0].winding_up_days, 14);
        assert!(Municipal::from_toml("").is_ok());
    }

    #[test]
    fn every_error_says_where() {
        for (from, to, place, rule) in [
            ("self_declared = true", "selfdeclared = true", "2:1", "policy-toml"),
            ("principal.level < 4", "principal.age < 4", "6:65", "policy-type"),
            ("forbid (", "permit (", "6:1", "policy-permits"),
            ("forbid (", "forbid ((", "6:9", "policy-syntax"),
            ("@code(\"own_level\")", "", "6:1", "policy-annotation"),
            ("@id(\"own-level\")", "@id(\"scope-missing\")", "6:1", "policy-id"),
            ("\"399903009\"", "\"39990300\"", "10:16", "policy-organisation"),
            ("unit = \"fastlege\"", "unit = \"mars\"", "11:8", "policy-unit"),
            ("categories = [\"tjenester\"]", "categories = [\"alt\"]", "13:15", "policy-category"),
            ("\"2026-01-01\"", "\"i fjor\"", "15:8", "policy-date"),
            ("\"2027-01-01\"", "\"2026-01-01\"", "16:6", "policy-period"),
            ("winding_up_days = 14", "winding_up_days = 91", "17:19", "policy-winding-up"),
            ("\"FT\"", "\"FT\", \"fysio\"", "19:21", "policy-profession"),
            ("[[agreement]]", "[[agreement]", "8:13", "policy-toml"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert!(text != GOOD, "{from}");
            assert_eq!(places(&text), [(place.to_owned(), rule)], "{to}");
        }
    }

    #[test]
    fn several_errors_are_told_at_once() {
        let text = GOOD.replace("\"fastlege\"", "\"mars\"").replace("principal.level", "principal.age");
        assert_eq!(places(&text).len(), 2);
    }

    #[test]
    fn a_text_without_end_is_refused() {
        assert_eq!(places(&"#".repeat(LONGEST + 1))[0].1, "policy-too-long");
        for depth in ["(", "[", "{", "!", "-", "if true then "] {
            let policy = format!("policies = '''{}'''", depth.repeat(20_000 / depth.len()));
            assert!(Municipal::from_toml(&policy).is_err(), "{depth}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
            let _ = Municipal::from_toml(&text);
            let _ = Municipal::from_toml(&format!("policies = '''{text}'''"));
        }

        #[test]
        fn any_change_of_a_good_one_is_read_without_panic(at in 0usize..700, put in "\\PC{0,4}") {
            let at = (0..=at.min(GOOD.len())).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap_or(0);
            let _ = Municipal::from_toml(&format!("{}{put}{}", &GOOD[..at], &GOOD[at..]));
        }
    }
}

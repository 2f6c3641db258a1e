//! A search in a form for the access log: what kind of thing was asked for, nothing about whom.

use super::Search;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{ParamType, param};

impl Search {
    /// The search with the values taken out that can say something about a person: references, identifiers,
    /// names, ids, and anything with a long row of digits. Codes, dates and numbers stay.
    pub fn described(&self) -> String {
        let mut out = self.over.described();
        for (at, (name, value)) in self.params.iter().enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            out.push_str(name);
            out.push('=');
            out.push_str(if self.harmless(name, value) { value } else { "*" });
        }
        out
    }

    fn harmless(&self, name: &str, value: &str) -> bool {
        let mut longest = 0;
        let mut run = 0;
        for c in value.chars() {
            run = if c.is_ascii_digit() { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        if longest > 8 || name.contains('.') || name.ends_with(":identifier") || name.ends_with(":text") {
            return false;
        }
        let base = name.split(':').next().unwrap_or(name);
        self.parts.iter().all(|part| harmless(part.rtype, name, base))
    }
}

/// Whether the values of a parameter of a type tell nothing about a person.
fn harmless(rtype: ResourceType, name: &str, base: &str) -> bool {
    match param(rtype, base) {
        // What a package asks for, only it knows.
        Some(p) if p.is_added() => name.ends_with(":missing"),
        Some(p) => match p.kind {
            ParamType::Token => !matches!(base, "identifier" | "_id" | "email" | "phone" | "telecom"),
            ParamType::Date => base != "birthdate",
            ParamType::Number | ParamType::Quantity | ParamType::Uri => true,
            _ => name.ends_with(":missing"),
        },
        None => matches!(
            base,
            "_count"
                | "_sort"
                | "_summary"
                | "_total"
                | "_type"
                | "_include"
                | "_revinclude"
                | "_format"
                | "_pretty"
                | "_contained"
                | "_containedType"
        ),
    }
}

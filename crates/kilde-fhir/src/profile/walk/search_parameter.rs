//! A SearchParameter against the one that it is derived from.

use super::Run;
use crate::json::Value;
use crate::profile::say;
use std::borrow::Cow;

impl<'a> Run<'_, 'a> {
    /// "The details must be consistent with the definition from which it is derived": the same type, and
    /// no other resources (SearchParameter.derivedFrom).
    pub(super) fn search_parameter(&mut self, parameter: Value<'a>) {
        let Some(place) = parameter.get("derivedFrom") else { return };
        let Some(canonical) = place.as_str() else { return };
        let packages = self.v.packages().clone();
        let found = packages.resolve("SearchParameter", &canonical, None);
        let Some(origin) = found.and_then(|id| packages.resource(id).root()) else {
            return;
        };
        if let (Some(own), Some(derived)) = (parameter.get("type"), origin.str("type"))
            && own.as_str().is_some_and(|t| t != derived)
        {
            self.note(own, false, || say::search_parameter_type(&derived));
        }
        let bases: Vec<Cow<'_, str>> = origin.items("base").filter_map(Value::as_str).collect();
        if bases.is_empty() || bases.iter().any(|b| matches!(&**b, "Resource" | "DomainResource")) {
            return;
        }
        for base in parameter.items("base") {
            if base.as_str().is_some_and(|b| !bases.contains(&b)) {
                self.note(base, false, say::search_parameter_base);
            }
        }
    }
}

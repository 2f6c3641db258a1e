//! A StructureDefinition that takes obligations from others, or is one for others to take from.

use super::Run;
use crate::json::Value;
use crate::profile::obligations::{inherited, is_flagged};
use crate::profile::say;

impl<'a> Run<'_, 'a> {
    pub(super) fn obligations(&mut self, definition: Value<'a>) {
        let base = definition.str("baseDefinition").unwrap_or_default();
        for place in inherited(definition) {
            let Some(canonical) = place.as_str().filter(|_| self.step()) else {
                return;
            };
            let packages = self.v.packages().clone();
            let found = packages.resolve("StructureDefinition", &canonical, None);
            let Some(source) = found.and_then(|id| packages.resource(id).root()) else {
                self.note(place, false, || say::obligation_profile_unknown(&canonical));
                continue;
            };
            let of_source = source.str("baseDefinition").unwrap_or_default();
            if !is_flagged(source) {
                self.note(place, false, || say::obligation_profile_flag(&canonical));
            } else if of_source != base {
                self.note(place, false, || say::obligation_profile_base(&canonical, &of_source, &base));
            }
        }
        if is_flagged(definition) {
            self.only_obligations(definition, &base);
        }
    }

    /// An obligation profile introduces no slicing and no slices.
    fn only_obligations(&mut self, definition: Value<'a>, base: &str) {
        let known = self.v.snapshot(base);
        let elements = definition.get("differential").into_iter().flat_map(|d| d.items("element"));
        for element in elements {
            if !self.step() {
                return;
            }
            let id = element.str("id").unwrap_or_default();
            let of_base = known.as_ref().map(|s| s.by_id(&id).is_some());
            if let Some(slicing) = element.get("slicing") {
                self.note(slicing, false, say::obligation_profile_content);
            } else if let Some(name) = element.get("sliceName").filter(|_| of_base == Some(false)) {
                self.note(name, false, say::obligation_profile_content);
            }
        }
    }
}

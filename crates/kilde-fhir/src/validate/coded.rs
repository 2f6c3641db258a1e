//! CodeableConcepts with required binding.

use super::{Walk, say};
use crate::definitions::ValueSet;
use crate::json::Value;

impl<'a> Walk<'a> {
    /// At least one coding must be of the set. A concept that has an extension and no coding is
    /// left alone: the extension may say why there is none.
    pub(super) fn codeable_concept(&mut self, value: Value<'a>, set: &'static ValueSet) {
        let mut any = false;
        for coding in value.items("coding") {
            any = true;
            if let (Some(system), Some(code)) = (coding.str("system"), coding.str("code"))
                && set.has_coding(&system, &code)
            {
                return;
            }
        }
        if any || value.get("extension").is_none() {
            self.report(value, || say::coding_missing(set));
        }
    }
}

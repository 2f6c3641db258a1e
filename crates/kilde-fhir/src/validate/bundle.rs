//! What a Bundle's type asks of its entries (invariants bdl-1 to bdl-12, as far as structure goes).

use super::{Walk, reference, resource::name_of, say};
use crate::json::Value;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Whether references in the Bundle may be conditional (`Patient?identifier=..`).
pub(super) fn takes_conditional_references(bundle: Value<'_>) -> bool {
    matches!(bundle.str("type").as_deref(), Some("transaction" | "batch"))
}

impl<'a> Walk<'a> {
    /// The rules of the Bundle as a whole; its elements have been examined.
    pub(super) fn bundle(&mut self, bundle: Value<'a>) {
        let kind = bundle.str("type").unwrap_or_default();
        let requests = matches!(&*kind, "transaction" | "batch" | "history");
        let responses = matches!(&*kind, "transaction-response" | "batch-response" | "history");
        if let Some(total) = bundle.get("total")
            && !matches!(&*kind, "searchset" | "history")
        {
            self.report_key(total, say::bundle_total);
        }
        let mut urls: FxHashSet<(Cow<'a, str>, Cow<'a, str>)> = FxHashSet::default();
        for (index, entry) in bundle.items("entry").filter(|e| e.is_object()).enumerate() {
            let (resource, request, response) = (entry.get("resource"), entry.get("request"), entry.get("response"));
            match request {
                None if requests => self.report(entry, say::bundle_request_missing),
                Some(request) if !requests => self.report_key(request, say::bundle_request_unexpected),
                _ => {}
            }
            match response {
                None if responses => self.report(entry, say::bundle_response_missing),
                Some(response) if !responses => self.report_key(response, say::bundle_response_unexpected),
                _ => {}
            }
            if let Some(search) = entry.get("search")
                && kind != "searchset"
            {
                self.report_key(search, say::bundle_search_unexpected);
            }
            if resource.is_none() && request.is_none() && response.is_none() {
                self.report(entry, say::bundle_entry_empty);
            }
            self.full_url(entry, &kind, &mut urls);
            if index == 0 {
                self.first_entry(entry, &kind);
            }
        }
    }

    fn full_url(&mut self, entry: Value<'a>, kind: &str, urls: &mut FxHashSet<(Cow<'a, str>, Cow<'a, str>)>) {
        let Some(place) = entry.get("fullUrl") else { return };
        let Some(url) = place.as_str() else { return };
        if !reference::is_absolute(&url) || url.contains("/_history/") {
            self.report(place, say::full_url);
        }
        let version = entry
            .path(&["resource", "meta", "versionId"])
            .and_then(Value::as_str)
            .unwrap_or_default();
        if kind != "history" && !urls.insert((url, version)) {
            self.report(place, say::full_url_twice);
        }
    }

    /// A document begins with its Composition, a message with its MessageHeader.
    fn first_entry(&mut self, entry: Value<'a>, kind: &str) {
        let first = match kind {
            "document" => "Composition",
            "message" => "MessageHeader",
            _ => return,
        };
        if entry.get("resource").and_then(name_of) != Some(first) {
            self.report(entry, || say::bundle_first(first));
        }
    }
}

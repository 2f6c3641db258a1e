//! Extensions: known, allowed where they stand, and as they are defined.

use super::Run;
use super::extension_context::Host;
use super::node::Node;
use crate::finding::Severity;
use crate::package::Canonical;
use crate::profile::say;

/// The version of FHIR that is validated, as versions are compared.
const OURS: &str = "4.0";

impl<'a> Run<'_, 'a> {
    /// One extension; `host` is the element that has it.
    pub(super) fn extension(&mut self, node: Node<'a>, modifier: bool, host: &Host<'_, 'a>) {
        let Some(value) = node.value else { return };
        let Some(place) = value.get("url") else { return };
        let Some(url) = place.as_str().filter(|u| !u.is_empty()) else {
            return;
        };
        let canonical = Canonical::new(&url);
        let Some(profile) = self.v.profile(canonical.url, None) else {
            self.unknown_extension(node, &url, modifier, host);
            return;
        };
        let Some(rule) = profile.extension.as_ref() else {
            self.note(place, false, || say::not_an_extension(canonical.url));
            return;
        };
        if canonical.version.is_some() {
            self.note(place, false, || say::extension_version(canonical.url));
        }
        if let Some((first, last)) = &rule.versions
            && (before(OURS, first) || before(last, OURS))
        {
            self.report(node, || say::extension_of_version(canonical.url, first, last));
        }
        if rule.modifier != modifier {
            self.report(node, || say::extension_modifier(canonical.url, rule.modifier));
        }
        if !rule.contexts.is_empty() && !self.allowed_here(rule, host) {
            self.report(node, || say::extension_context(canonical.url, &rule.contexts));
        }
        if let Some(max) = rule.max {
            let before = self.same_before(node, &url, modifier, host);
            if before >= max as usize {
                self.report(node, || say::extension_max(canonical.url, max));
            }
        }
        for part in value.items("extension") {
            let Some(name) = part.str("url") else { continue };
            if !name.contains(':') && !rule.parts.iter().any(|p| **p == *name) {
                self.note(part, false, || say::extension_part(canonical.url, &rule.parts));
            }
        }
        self.apply(&profile, node);
    }

    /// How many extensions with that url stand before this one on the same element.
    fn same_before(&mut self, node: Node<'a>, url: &str, modifier: bool, host: &Host<'_, 'a>) -> usize {
        let name = if modifier { "modifierExtension" } else { "extension" };
        let siblings = host.node.object().into_iter().flat_map(|o| o.items(name));
        let mut count = 0;
        for sibling in siblings.take_while(|s| s.place() < node.anchor().place()) {
            if !self.step() {
                break;
            }
            count += usize::from(sibling.str("url").as_deref() == Some(url));
        }
        count
    }

    /// An extension without definition at hand. A relative url is a part of another extension,
    /// which knows its parts.
    fn unknown_extension(&mut self, node: Node<'a>, url: &str, modifier: bool, host: &Host<'_, 'a>) {
        let inside = host.node.type_name == "Extension";
        if !url.contains(':') {
            if !inside {
                self.report(node, || say::extension_url_relative(modifier));
            }
            return;
        }
        if self.v.options.allowed_extensions.iter().any(|a| url.starts_with(a.as_str())) {
            return;
        }
        let severity = if modifier {
            Severity::Error
        } else {
            self.v.options.unknown_extension
        };
        self.report(node, || say::extension_unknown(url, modifier, severity));
    }
}

/// Whether a version of FHIR is before another by major and minor number; what is not given or no number is not.
fn before(version: &str, other: &str) -> bool {
    let numbers = |v: &str| {
        let mut parts = v.split('.').map(str::parse::<u32>);
        Some((parts.next()?.ok()?, parts.next().and_then(Result::ok).unwrap_or(0)))
    };
    matches!((numbers(version), numbers(other)), (Some(a), Some(b)) if a < b)
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn versions() {
        assert!(before("3.0", "4.0") && before("4.0.1", "4.3") && before("4", "5.0.0"));
        assert!(!before("4.0.1", "4.0") && !before("", "4.0") && !before("4.0", "") && !before("R4", "5"));
    }
}

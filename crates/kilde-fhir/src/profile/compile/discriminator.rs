//! How the items of a slice are known: what the slice's definition says at each discriminator.

use super::Compiler;
use super::element::extension_url;
use crate::json::Value;
use crate::package::Canonical;
use crate::profile::rule::{Binding, Check, Step, Strength, Test};
use crate::profile::snapshot::{ElementId, Snapshot, profile_part};
use crate::profile::source::Source;
use std::sync::Arc;

/// Paths longer than this are not followed.
const MAX_STEPS: usize = 16;

/// A discriminator's path taken apart; `None` if it is not of the restricted form.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let mut found = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        let end = end_of_step(rest)?;
        let step = rest[..end].trim();
        rest = rest[end..].strip_prefix('.').unwrap_or("").trim_start();
        let call = |name: &str| {
            step.strip_prefix(name)?
                .trim_start()
                .strip_prefix('(')?
                .strip_suffix(')')
                .map(str::trim)
        };
        if step == "$this" {
            continue;
        }
        if let Some(url) = call("extension") {
            found.push(Step::Extension(url.trim_matches(|c| c == '\'' || c == '"').into()));
        } else if call("resolve").is_some() {
            found.push(Step::Resolve);
        } else if let Some(name) = call("ofType").or_else(|| call("as")) {
            found.push(Step::OfType(name.strip_prefix("FHIR.").unwrap_or(name).into()));
        } else if step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !step.is_empty() {
            found.push(Step::Child(step.into()));
        } else if let Some(name) = step.strip_suffix("[x]") {
            found.push(Step::Child(name.into()));
        } else {
            return None;
        }
        if found.len() > MAX_STEPS {
            return None;
        }
    }
    Some(found)
}

/// The end of the first step: the full stop outside quotes and parentheses.
fn end_of_step(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0usize, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.checked_sub(1)?,
            (None, '.') if depth == 0 => return Some(i),
            _ => {}
        }
    }
    (depth == 0 && quote.is_none()).then_some(text.len())
}

impl Compiler<'_> {
    /// One test for each discriminator of a slice.
    pub(super) fn tests(&mut self, snapshot: &Arc<Snapshot>, sliced: ElementId, slice: ElementId, slicing: Option<Value<'_>>) -> Vec<Test> {
        let mut tests = Vec::new();
        for discriminator in slicing.into_iter().flat_map(|s| s.items("discriminator")) {
            let (kind, path) = (
                discriminator.str("type").unwrap_or_default(),
                discriminator.str("path").unwrap_or_default(),
            );
            let shown: Box<str> = format!("{kind}:{path}").into();
            let (path, check) = match steps(&path) {
                Some(steps) => {
                    let check = self.check(snapshot, slice, &steps, &kind, 0);
                    (steps, check)
                }
                None => (Vec::new(), Check::Nothing),
            };
            tests.push(Test { path, check, shown });
        }
        if tests.is_empty() {
            let extension = matches!(&*snapshot.element(sliced).name, "extension" | "modifierExtension");
            if extension && let Some(url) = extension_url(snapshot, slice) {
                tests.push(Test {
                    path: vec![Step::Child("url".into())],
                    check: Check::Text(url),
                    shown: "value:url".into(),
                });
            } else if snapshot.element(slice).narrowed.is_some() {
                tests.push(Test {
                    path: Vec::new(),
                    check: types(snapshot, slice),
                    shown: "type:$this".into(),
                });
            }
        }
        tests
    }

    /// What the definition says at the end of the path.
    fn check(&self, snapshot: &Arc<Snapshot>, at: ElementId, steps: &[Step], kind: &str, depth: usize) -> Check {
        if depth > MAX_STEPS {
            return Check::Nothing;
        }
        let element = snapshot.element(at);
        let Some((step, rest)) = steps.split_first() else {
            return self.end(snapshot, at, kind, depth);
        };
        if matches!(kind, "value" | "pattern")
            && let Some(check) = from_value(snapshot, at, steps)
        {
            return check;
        }
        match step {
            Step::Child(name) => {
                let extension_url_of = &**name == "url" && rest.is_empty();
                if extension_url_of
                    && matches!(&*element.name, "extension" | "modifierExtension")
                    && let Some(url) = extension_url(snapshot, at)
                {
                    return Check::Text(url);
                }
                let choice = format!("{name}[x]");
                if let Some(child) = snapshot.child(at, name).or_else(|| snapshot.child(at, &choice)) {
                    let check = self.check(snapshot, child, rest, kind, depth + 1);
                    if !matches!(check, Check::Nothing) {
                        return check;
                    }
                    let required = snapshot.element(child).slices().iter().filter(|s| snapshot.element(**s).min() > 0);
                    for slice in required {
                        let check = self.check(snapshot, *slice, rest, kind, depth + 1);
                        if !matches!(check, Check::Nothing) {
                            return check;
                        }
                    }
                }
                let profiles: Vec<String> = element.types().into_iter().flat_map(|t| t.profiles).collect();
                match profiles.as_slice() {
                    [one] => self.elsewhere(snapshot, one, steps, kind, depth),
                    _ => Check::Nothing,
                }
            }
            Step::Extension(url) => {
                let extensions = snapshot.child(at, "extension");
                let slice = extensions.and_then(|e| {
                    let slices = snapshot.element(e).slices().iter().copied();
                    slices
                        .into_iter()
                        .find(|s| extension_url(snapshot, *s).as_deref() == Some(Canonical::new(url).url))
                });
                match slice {
                    Some(slice) => self.check(snapshot, slice, rest, kind, depth + 1),
                    None => Check::Nothing,
                }
            }
            Step::Resolve => {
                let targets: Vec<String> = element.types().into_iter().flat_map(|t| t.targets).collect();
                match (kind, rest, targets.as_slice()) {
                    (_, _, []) => Check::Nothing,
                    ("profile", [], _) => Check::Profiles(targets.iter().map(|t| t.as_str().into()).collect()),
                    ("type", [], _) => Check::Types(
                        targets
                            .iter()
                            .filter_map(|t| self.snapshots.of(t, Some(snapshot.package)))
                            .map(|s| s.type_name.clone())
                            .collect(),
                    ),
                    (_, _, [one, ..]) => self.elsewhere(snapshot, one, rest, kind, depth),
                }
            }
            Step::OfType(name) => {
                let typed = element
                    .slices()
                    .iter()
                    .copied()
                    .find(|s| snapshot.element(*s).narrowed.as_deref() == Some(name));
                self.check(snapshot, typed.unwrap_or(at), rest, kind, depth + 1)
            }
        }
    }

    /// Goes on at the root of another profile.
    fn elsewhere(&self, snapshot: &Snapshot, profile: &str, steps: &[Step], kind: &str, depth: usize) -> Check {
        match self.part(snapshot, profile) {
            Some((other, at)) => self.check(&other, at, steps, kind, depth + 1),
            None => Check::Nothing,
        }
    }

    /// A profile's snapshot and its root, or the element of it that is meant.
    fn part(&self, snapshot: &Snapshot, profile: &str) -> Option<(Arc<Snapshot>, ElementId)> {
        let (url, element) = profile_part(profile);
        let other = self.snapshots.of(url, Some(snapshot.package))?;
        let at = element.map_or(Some(other.root()), |e| other.by_id(e))?;
        Some((other, at))
    }

    fn end(&self, snapshot: &Arc<Snapshot>, at: ElementId, kind: &str, depth: usize) -> Check {
        let element = snapshot.element(at);
        match kind {
            "exists" if element.max() == Some(0) => Check::Exists(false),
            "exists" if element.min() > 0 => Check::Exists(true),
            "exists" => Check::Nothing,
            "type" => types(snapshot, at),
            "profile" => {
                let profiles: Vec<Box<str>> = element.types().into_iter().flat_map(|t| t.profiles).map(Into::into).collect();
                if profiles.is_empty() {
                    Check::Nothing
                } else {
                    Check::Profiles(profiles)
                }
            }
            _ => self.value(snapshot, at, depth),
        }
    }

    /// By value: fixed, pattern or required binding; else what holds for the elements below.
    fn value(&self, snapshot: &Arc<Snapshot>, at: ElementId, depth: usize) -> Check {
        let element = snapshot.element(at);
        if element.max() == Some(0) {
            return Check::Exists(false);
        }
        if let Some((layer, value)) = element.property_of_type("fixed") {
            return Check::Fixed(layer.within(value));
        }
        if let Some((layer, value)) = element.property_of_type("pattern") {
            return Check::Pattern(layer.within(value));
        }
        let bound = element
            .property("binding")
            .map(|(_, b)| b)
            .filter(|b| b.str("strength").as_deref() == Some("required"));
        if let Some(value_set) = bound.and_then(|b| b.str("valueSet")) {
            return Check::Binding(Binding {
                value_set: value_set.as_ref().into(),
                strength: Strength::Required,
                max: None,
            });
        }
        if depth <= MAX_STEPS {
            let mut below = Vec::new();
            for child in element.children() {
                let mut check = self.value(snapshot, *child, depth + 4);
                for slice in snapshot.element(*child).slices().iter().filter(|s| snapshot.element(**s).min() > 0) {
                    if matches!(check, Check::Nothing | Check::Binding(_)) {
                        check = self.value(snapshot, *slice, depth + 4);
                    }
                }
                // Required bindings of R4 itself say nothing of the slice.
                if !matches!(check, Check::Nothing | Check::Binding(_)) {
                    let name = &snapshot.element(*child).name;
                    below.push(Test {
                        path: vec![Step::Child(name.strip_suffix("[x]").unwrap_or(name).into())],
                        check,
                        shown: name.clone(),
                    });
                }
            }
            if !below.is_empty() {
                return Check::All(below);
            }
            let profiles: Vec<String> = element.types().into_iter().flat_map(|t| t.profiles).collect();
            if let [one] = profiles.as_slice()
                && let Some((other, at)) = self.part(snapshot, one)
            {
                return self.value(&other, at, depth + 4);
            }
        }
        Check::Nothing
    }
}

/// The types of an element; if it is sliced by type and closed, those of the slices.
fn types(snapshot: &Snapshot, at: ElementId) -> Check {
    let element = snapshot.element(at);
    let closed = element.slicing().is_none_or(|s| s.str("rules").as_deref() == Some("closed"));
    let typed: Vec<Box<str>> = element
        .slices()
        .iter()
        .filter_map(|s| snapshot.element(*s).narrowed.clone())
        .collect();
    let types = if closed && !typed.is_empty() && typed.len() == element.slices().len() {
        typed
    } else {
        element.types().into_iter().map(|t| t.code.into()).collect()
    };
    if types.is_empty() { Check::Nothing } else { Check::Types(types) }
}

/// A fixed or pattern value on the way: what it has at the rest of the path.
fn from_value(snapshot: &Snapshot, at: ElementId, steps: &[Step]) -> Option<Check> {
    let element = snapshot.element(at);
    let fixed = element.property_of_type("fixed");
    let (layer, value) = fixed.or_else(|| element.property_of_type("pattern"))?;
    let mut values = vec![value];
    for step in steps {
        let Step::Child(name) = step else { return None };
        values = values.into_iter().flat_map(|v| v.items(name)).collect();
    }
    let sources: Vec<Source> = values.into_iter().map(|v| layer.within(v)).collect();
    let check = |source: Source| {
        if fixed.is_some() {
            Check::Fixed(source)
        } else {
            Check::Pattern(source)
        }
    };
    match <[Source; 1]>::try_from(sources) {
        Ok([one]) => Some(check(one)),
        Err(many) if many.is_empty() => None,
        Err(many) => Some(Check::All(
            many.into_iter()
                .map(|source| Test {
                    path: Vec::new(),
                    check: check(source),
                    shown: Box::default(),
                })
                .collect(),
        )),
    }
}

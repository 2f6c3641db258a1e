//! Composite parameters: what each element has for each component, so that the parts of a value are met by one
//! element together (R4, Search, 3.1.1.5.3).

use super::compile::{follow, of_type};
use super::expression::{self, Alternative, Path, Step};
use super::extract::Indexed;
use super::table::{Param, ParamId, ParamType, get, params_of};
use super::tree::Tree;
use super::value::Reading;
use crate::definitions::ResourceType;
use crate::json::Value;
use std::sync::LazyLock;

/// What a composite parameter finds in a resource in which more than one element could meet it.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<'a> {
    /// Said first: the resource has several such elements. Of one element, the component's own parameters say the same,
    /// and nothing is given.
    Several,
    /// A value of one component of one element. Elements that lack a component are left out.
    Of {
        /// Which element, from 0.
        element: u16,
        /// Which component, from 0.
        component: u8,
        /// Its value.
        value: Indexed<'a>,
    },
}

/// One composite parameter of one resource type.
struct Composite {
    param: ParamId,
    /// The properties of the resource that are its elements; empty for the resource itself.
    elements: Vec<Option<String>>,
    components: Vec<Component>,
}

struct Component {
    tree: Tree,
    /// Whether the expression begins at the resource, not at the element.
    from_resource: bool,
}

static COMPOSITES: LazyLock<Vec<Vec<Composite>>> = LazyLock::new(|| {
    ResourceType::all()
        .map(|base| params_of(base).iter().filter_map(of_table).collect())
        .collect()
});

/// Whether the components of a composite parameter are known, so that it can be searched by.
pub(super) fn known(param: &Param) -> bool {
    param.kind == ParamType::Composite && !param.components.is_empty() && param.components.iter().all(|c| c.param.is_some())
}

/// Gives, for each composite parameter that several elements of a resource could meet, what they have.
pub fn composites<'a>(resource: Value<'a>, out: &mut dyn FnMut(ParamId, Part<'a>)) {
    let Some(rtype) = of_type(resource) else { return };
    for composite in COMPOSITES.get(usize::from(rtype.0)).into_iter().flatten() {
        composite.walk(resource, out);
    }
}

impl Composite {
    fn walk<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(ParamId, Part<'a>)) {
        let mut elements: Vec<Value<'a>> = Vec::new();
        for property in &self.elements {
            match property {
                None => elements.push(resource),
                Some(name) => elements.extend(resource.items(name)),
            }
        }
        if elements.len() < 2 {
            return;
        }
        out(self.param, Part::Several);
        for (element, value) in (0..u16::MAX).zip(elements) {
            let mut found: Vec<(u8, Indexed<'a>)> = Vec::new();
            let mut missing = false;
            for (number, component) in (0..u8::MAX).zip(&self.components) {
                let before = found.len();
                let from = if component.from_resource { resource } else { value };
                component
                    .tree
                    .walk_element(from, resource, &mut |_, indexed| found.push((number, indexed)));
                missing |= found.len() == before;
            }
            if !missing {
                for (component, value) in found {
                    out(self.param, Part::Of { element, component, value });
                }
            }
        }
    }
}

/// A composite of the table whose elements are not only the resource itself.
fn of_table(param: &Param) -> Option<Composite> {
    if !known(param) {
        return None;
    }
    let targets: Option<Vec<&Param>> = param.components.iter().map(|c| get(c.param?)).collect();
    composite(param, &targets?)?
}

/// Whether a composite can be searched by, with these parameters for its components.
pub(super) fn compiles(param: &Param, targets: &[&Param]) -> bool {
    param.components.len() == targets.len()
        && !targets.is_empty()
        && composite(param, targets).is_some()
        && param
            .components
            .iter()
            .zip(targets)
            .all(|(component, target)| reads_the_same(param, component.expression, target) == Some(true))
}

/// Whether a component reads nothing but what the parameter that it names reads: its list is where candidates lie.
fn reads_the_same(param: &Param, component: &str, target: &Param) -> Option<bool> {
    let (from_resource, component) = match component.strip_prefix("%resource.") {
        Some(text) => (true, text),
        None => (false, component),
    };
    let mut own = Tree::default();
    for element in expression::parse(param.expression).ok()? {
        let Alternative::Path(element) = element else { return None };
        if element.root != param.base.name() {
            continue;
        }
        for part in expression::parse(component).ok()? {
            let Alternative::Path(part) = part else { return None };
            let element = if from_resource { &[][..] } else { &element.steps[..] };
            let path = Path {
                root: "",
                steps: element.iter().copied().chain(part.steps.into_iter().map(plain_type)).collect(),
            };
            for (node, found) in follow(&path, param.base.name(), &mut own) {
                if let Some(reading) = Reading::of(target.kind, found) {
                    own.read(node, target.id, reading);
                }
            }
        }
    }
    let mut theirs = Tree::default();
    if super::compile::add(target, &mut theirs).is_some() {
        return Some(false);
    }
    let theirs = theirs.places();
    Some(own.reads_any() && own.places().iter().all(|place| theirs.contains(place)))
}

/// `None` if it cannot be read, `Some(None)` if the resource itself is the one element.
#[expect(clippy::option_option, reason = "the two kinds of nothing differ")]
fn composite(param: &Param, targets: &[&Param]) -> Option<Option<Composite>> {
    let base = param.base;
    let mut elements = Vec::new();
    let mut of = base.name();
    for alternative in expression::parse(param.expression).ok()? {
        let Alternative::Path(path) = alternative else { return None };
        if path.root != base.name() {
            continue;
        }
        match path.steps[..] {
            [] => elements.push(None),
            [Step::Child(name)] => elements.push(Some(name.to_owned())),
            _ => return None,
        }
    }
    if elements == [None] {
        // The resource itself is one element.
        return Some(None);
    }
    // The elements share the component's names; where the resource is one of them, the others have the same types.
    if let Some(Some(name)) = elements.iter().find(|e| e.is_some()) {
        of = super::compile::element_type(base.name(), name)?;
    }
    // The resource and its elements may both be roots: the paths of either are followed in one tree.
    let mut roots = vec![of];
    if elements.contains(&None) {
        roots.push(base.name());
    }
    let mut components = Vec::new();
    for (component, target) in param.components.iter().zip(targets) {
        // R4 has the expressions of DocumentReference-relationship in each other's place: where a component's own
        // leads to nothing that its parameter can read, that of the other is taken.
        let own = std::iter::once(component.expression);
        let others = param.components.iter().map(|c| c.expression);
        components.push(own.chain(others).find_map(|text| read_by(target, text, &roots, base))?);
    }
    (!elements.is_empty()).then_some(Some(Composite {
        param: param.id,
        elements,
        components,
    }))
}

/// What a parameter reads at an expression of a component; `None` if nothing.
fn read_by(target: &Param, text: &str, roots: &[&'static str], base: ResourceType) -> Option<Component> {
    let (from_resource, text) = match text.strip_prefix("%resource.") {
        Some(text) => (true, text),
        None => (false, text),
    };
    let roots = if from_resource { &[base.name()] } else { roots };
    let mut tree = Tree::default();
    for alternative in expression::parse(text).ok()? {
        let Alternative::Path(path) = alternative else { return None };
        let path = Path {
            root: "",
            steps: path.steps.into_iter().map(plain_type).collect(),
        };
        for root in roots {
            for (node, found) in follow(&path, root, &mut tree) {
                if let Some(reading) = Reading::of(target.kind, found) {
                    tree.read(node, target.id, reading);
                }
            }
        }
    }
    tree.reads_any().then_some(Component { tree, from_resource })
}

/// R4 writes `DateTime` where it means the type `dateTime`.
fn plain_type(step: Step<'_>) -> Step<'_> {
    match step {
        Step::OfType("DateTime") => Step::OfType("dateTime"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, parse};

    fn parts(text: &str) -> Vec<(&'static str, String)> {
        let document = parse(text, Limits::default()).unwrap();
        let mut out = Vec::new();
        composites(document.root(), &mut |param, part| {
            let told = match part {
                Part::Several => "several".to_owned(),
                Part::Of { element, component, value } => {
                    let value = match value {
                        Indexed::Token { code, .. } => code.unwrap_or_default().into_owned(),
                        Indexed::Quantity { value, .. } => value.to_string(),
                        Indexed::Reference(_) => "reference".to_owned(),
                        other => format!("{other:?}"),
                    };
                    format!("{element} {component} {value}")
                }
            };
            out.push((get(param).unwrap().code, told));
        });
        out
    }

    #[test]
    fn every_composite_compiles() {
        for base in ResourceType::all() {
            for param in params_of(base).iter().filter(|p| p.kind == ParamType::Composite) {
                assert!(known(param), "{base} {}", param.code);
                let only_the_resource = param.expression == base.name();
                match of_table(param) {
                    None => assert!(only_the_resource, "{base} {}", param.code),
                    Some(composite) => assert_eq!(composite.components.len(), param.components.len()),
                }
            }
        }
    }

    #[test]
    fn components_stay_with_their_element() {
        let pressure = r#"{"resourceType":"Observation","code":{"coding":[{"code":"bp"}]},"component":[
            {"code":{"coding":[{"code":"sys"},{"code":"s"}]},"valueQuantity":{"value":120}},
            {"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}},
            {"code":{"coding":[{"code":"none"}]}}]}"#;
        let found: Vec<String> = parts(pressure)
            .into_iter()
            .filter(|(code, _)| *code == "component-code-value-quantity")
            .map(|(_, told)| told)
            .collect();
        assert_eq!(found, ["several", "0 0 sys", "0 0 s", "0 1 120", "1 0 dia", "1 1 80"]);
        let combined: Vec<String> = parts(pressure)
            .into_iter()
            .filter(|(code, told)| *code == "combo-code-value-quantity" && told.starts_with(['0', '1']))
            .map(|(_, told)| told)
            .collect();
        assert_eq!(combined, ["1 0 sys", "1 0 s", "1 1 120"], "the code of the whole has no value");
    }

    #[test]
    fn components_whose_expressions_are_exchanged_are_read_by_type() {
        let document = r#"{"resourceType":"DocumentReference","relatesTo":[
            {"code":"replaces","target":{"reference":"DocumentReference/a"}},
            {"code":"appends","target":{"reference":"DocumentReference/b"}}]}"#;
        let found: Vec<String> = parts(document).into_iter().map(|(_, told)| told).collect();
        assert_eq!(found, ["several", "0 0 reference", "0 1 replaces", "1 0 reference", "1 1 appends"]);
    }

    #[test]
    fn of_one_element_nothing_is_said() {
        assert!(parts(r#"{"resourceType":"Observation","code":{"coding":[{"code":"a"}]},"valueQuantity":{"value":1}}"#).is_empty());
        assert!(parts(r#"{"resourceType":"Observation","component":[]}"#).is_empty());
        assert!(parts(r#"{"resourceType":"Nothing"}"#).is_empty());
    }

    #[test]
    fn a_component_may_be_read_from_the_resource() {
        let sequence = r#"{"resourceType":"MolecularSequence","referenceSeq":{"chromosome":{"coding":[{"code":"1"}]},"windowStart":5,"windowEnd":9},"variant":[{"start":1,"end":2},{"start":3,"end":4}]}"#;
        let found: Vec<String> = parts(sequence)
            .into_iter()
            .filter(|(code, _)| *code == "chromosome-variant-coordinate")
            .map(|(_, told)| told)
            .collect();
        assert_eq!(found.len(), 7);
        assert_eq!((found[1].as_str(), found[4].as_str()), ("0 0 1", "1 0 1"));
    }
}

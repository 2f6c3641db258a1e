//! From the table's expressions to the trees that extraction walks, once, at the first use.

use super::evaluated::Evaluated;
use super::expression::{self, Alternative, Path, Step};
use super::extract::Indexed;
use super::table::{Param, ParamId, ParamType, params_of};
use super::tree::{Guard, Tree, Truth};
use super::value::Reading;
use crate::definitions::{Element, ResourceType, type_of};
use crate::json::Value;
use std::sync::LazyLock;

/// What is extracted from one resource type.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// All parameters but those that are evaluated.
    pub all: Tree,
    /// Parameters of packages that are more than paths.
    pub evaluated: Vec<Evaluated>,
    /// The parameters that place a resource in patients' compartments.
    pub compartment: Tree,
    /// The same parameters, the most telling first.
    pub compartment_order: Vec<ParamId>,
}

static TREES: LazyLock<Vec<Trees>> = LazyLock::new(|| ResourceType::all().map(trees).collect());

static PATIENT: LazyLock<ResourceType> = LazyLock::new(|| ResourceType::from_name("Patient").unwrap_or(ResourceType(u8::MAX)));

/// The type `Patient`.
pub(super) fn patient() -> ResourceType {
    *PATIENT
}

/// A resource's type.
pub(super) fn of_type(resource: Value<'_>) -> Option<ResourceType> {
    ResourceType::from_name(&resource.str("resourceType")?)
}

/// The trees for a resource's type.
pub(super) fn of(resource: Value<'_>) -> Option<&'static Trees> {
    TREES.get(usize::from(of_type(resource)?.0))
}

fn trees(base: ResourceType) -> Trees {
    let mut trees = Trees::default();
    let compartment = compartment(base);
    for param in params_of(base).iter().filter(|p| p.extracted()) {
        trees.evaluated.extend(add(param, &mut trees.all));
        if compartment.contains(&param.code) {
            add(param, &mut trees.compartment);
        }
    }
    let id = |code: &&str| params_of(base).iter().find(|p| p.code == *code).map(|p| p.id);
    trees.compartment_order = compartment.iter().filter_map(id).collect();
    trees
}

/// Codes of the parameters that point to the patient a type is about: `subject`, `patient`, then
/// the rest as in R4's compartment. Types that R4 leaves out: `subject` and `patient`.
fn compartment(base: ResourceType) -> Vec<&'static str> {
    const FIRST: [&str; 2] = ["subject", "patient"];
    if base == patient() {
        return Vec::new();
    }
    let Some(codes) = super::compartment::codes(patient(), base) else {
        return FIRST.to_vec();
    };
    let codes: Vec<&str> = codes.split(',').collect();
    let first = FIRST.into_iter().filter(|code| codes.contains(code));
    let rest = codes.iter().copied().filter(|code| !FIRST.contains(code));
    first.chain(rest).collect()
}

/// Where the elements of one parameter stand, for what is not extracted.
pub struct Elements {
    tree: Tree,
    evaluated: Option<Evaluated>,
}

impl Elements {
    /// The elements of a parameter; none of one that is not [extracted](Param::extracted).
    pub fn of(param: &Param) -> Elements {
        let mut tree = Tree::default();
        let evaluated = match param.extracted() {
            true => add(param, &mut tree),
            false => None,
        };
        Elements { tree, evaluated }
    }

    /// Gives each element of a resource of the parameter's type.
    pub fn each<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(Value<'a>)) {
        self.tree.read_from(resource, out);
        if let Some(evaluated) = &self.evaluated {
            evaluated.elements(resource, out);
        }
    }

    /// Gives what [`extract`](super::extract) gives for the parameter.
    pub fn values<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(Indexed<'a>)) {
        self.tree.walk(resource, &mut |_, indexed| out(indexed));
        if let Some(evaluated) = &self.evaluated {
            evaluated.values(resource, &mut |_, indexed| out(indexed));
        }
    }
}

impl std::fmt::Debug for Elements {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Elements")
    }
}

/// Adds a parameter to the tree of its base, or gives what is to be evaluated for it. What can be neither is left out; a test
/// holds that nothing in the table is.
pub(super) fn add(param: &Param, tree: &mut Tree) -> Option<Evaluated> {
    let Ok(alternatives) = expression::parse(param.expression) else {
        return Evaluated::of(param).ok();
    };
    for alternative in alternatives {
        match alternative {
            Alternative::Path(path) if applies(path.root, param.base) => {
                for (node, of) in follow(&path, param.base.name(), tree) {
                    if let Some(reading) = Reading::of(param.kind, of) {
                        tree.read(node, param.id, reading);
                    }
                }
            }
            Alternative::Truth(path) if applies(path.root, param.base) => {
                if let [Step::Child(element)] = path.steps[..] {
                    let properties = properties(param.base.name(), element).map(|e| e.name()).collect();
                    tree.truth(Truth {
                        param: param.id,
                        properties,
                    });
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether something can be read at every alternative of a parameter's expression that is about its base; why not.
pub(super) fn compiles(param: &Param) -> Result<(), String> {
    let Ok(alternatives) = expression::parse(param.expression) else {
        return Evaluated::of(param).map(|_| ());
    };
    let mut any = false;
    for alternative in alternatives {
        let (Alternative::Path(path) | Alternative::Truth(path)) = &alternative;
        if !applies(path.root, param.base) {
            continue;
        }
        any = true;
        let readable = match &alternative {
            Alternative::Truth(_) => param.kind == ParamType::Token,
            Alternative::Path(path) => {
                let ends = follow(path, param.base.name(), &mut Tree::default());
                ends.iter().any(|(_, of)| Reading::of(param.kind, of).is_some())
            }
        };
        if !readable {
            return Err(format!("nothing that a {} parameter reads", param.kind.code()));
        }
    }
    any.then_some(()).ok_or_else(|| "no path of this type".to_owned())
}

/// A path that leads to more elements than this is not followed.
const ENDS: usize = 2_000;

/// The JSON properties in which an element of a type may stand: one for each type of a choice.
fn properties(of: &str, element: &str) -> impl Iterator<Item = &'static Element> {
    type_of(of)
        .into_iter()
        .flat_map(|t| t.elements())
        .filter(move |e| e.stem() == element)
}

/// The type of an element of a type.
pub(super) fn element_type(of: &str, element: &str) -> Option<&'static str> {
    properties(of, element).next().map(Element::type_name)
}

/// Whether a path from that root is one of the base type's.
fn applies(root: &str, base: ResourceType) -> bool {
    matches!(root, "" | "Resource" | "DomainResource") || root == base.name()
}

/// The nodes at which a path ends, with the element's type there: several for a choice. None if
/// the path does not exist.
pub(super) fn follow(path: &Path<'_>, base: &'static str, tree: &mut Tree) -> Vec<(usize, &'static str)> {
    let mut ends = vec![(Tree::ROOT, base)];
    for step in &path.steps {
        let mut guard = |guard: Guard| ends.iter().map(|(node, of)| (tree.guarded(*node, guard.clone()), *of)).collect();
        ends = match step {
            Step::Child(element) => {
                let mut next = Vec::new();
                for (node, of) in ends {
                    for element in properties(of, element) {
                        next.push((tree.child(node, element.name()), element.type_name()));
                    }
                    if next.len() > ENDS {
                        return Vec::new();
                    }
                }
                next
            }
            Step::OfType(name) => ends.into_iter().filter(|(_, of)| of == name).collect(),
            Step::WhereEquals(property, text) => guard(Guard::Equals((*property).to_owned(), (*text).to_owned())),
            Step::WhereResolves(name) => match ResourceType::from_name(name) {
                Some(rtype) => guard(Guard::Resolves(rtype)),
                None => Vec::new(),
            },
            Step::Index(n) => guard(Guard::Index(*n)),
        };
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_compiles() {
        let mut not_read = Vec::new();
        for base in ResourceType::all() {
            let trees = trees(base);
            for param in params_of(base) {
                if let Err(error) = expression::parse(param.expression)
                    && !param.expression.is_empty()
                {
                    panic!("{} {}: {error}", base.name(), param.code);
                }
                if param.extracted() != trees.all.reads(param.id) {
                    not_read.push(format!("{} {} {}", base.name(), param.code, param.expression));
                }
            }
        }
        assert_eq!(not_read, Vec::<String>::new());
    }

    #[test]
    fn the_whole_compartment_is_read() {
        for base in ResourceType::all().filter(|t| *t != patient()) {
            let Some(codes) = crate::search::compartment::codes(patient(), base) else {
                continue;
            };
            let trees = trees(base);
            assert_eq!(trees.compartment_order.len(), codes.split(',').count(), "{base}");
            assert!(trees.compartment_order.iter().all(|p| trees.compartment.reads(*p)), "{base}");
        }
    }

    #[test]
    fn what_tells_most_comes_first() {
        let order = |name: &str| compartment(ResourceType::from_name(name).unwrap());
        assert_eq!(order("MedicationAdministration"), ["subject", "patient", "performer"]);
        assert_eq!(order("AllergyIntolerance"), ["patient", "recorder", "asserter"]);
        assert_eq!(order("Task"), ["subject", "patient"]);
        assert_eq!(order("Patient"), [""; 0]);
    }
}

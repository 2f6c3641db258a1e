//! The tree that extraction walks: all paths of a resource type's parameters, merged by property
//! name, so that a resource is walked once.

use super::extract::Indexed;
use super::reference;
use super::table::ParamId;
use super::value::Reading;
use crate::definitions::ResourceType;
use crate::json::Value;

/// What has to hold for an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    /// A property has that text.
    Equals(String, String),
    /// The reference points to that type, as far as it says.
    Resolves(ResourceType),
    /// It is the item of that number.
    Index(usize),
}

/// An element of interest.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Properties of interest, by name.
    children: Vec<(&'static str, usize)>,
    /// The same element again, if something holds for it.
    guarded: Vec<(Guard, usize)>,
    /// What to give for the element.
    readings: Vec<(ParamId, Reading)>,
}

/// A parameter that says whether any of some properties of the resource is there and not `false`.
#[derive(Debug)]
pub(super) struct Truth {
    pub param: ParamId,
    pub properties: Vec<&'static str>,
}

/// The paths of a set of parameters of one resource type.
#[derive(Debug)]
pub(super) struct Tree {
    /// The first is the resource.
    nodes: Vec<Node>,
    truths: Vec<Truth>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree {
            nodes: vec![Node::default()],
            truths: Vec::new(),
        }
    }
}

impl Tree {
    /// The node of the resource.
    pub const ROOT: usize = 0;

    /// The node of a property, made if it is not there.
    pub fn child(&mut self, node: usize, property: &'static str) -> usize {
        match self.nodes[node].children.binary_search_by(|(name, _)| name.cmp(&property)) {
            Ok(at) => self.nodes[node].children[at].1,
            Err(at) => {
                let new = self.add();
                self.nodes[node].children.insert(at, (property, new));
                new
            }
        }
    }

    /// The node of the same element under a condition, made if it is not there.
    pub fn guarded(&mut self, node: usize, guard: Guard) -> usize {
        if let Some((_, there)) = self.nodes[node].guarded.iter().find(|(g, _)| *g == guard) {
            return *there;
        }
        let new = self.add();
        self.nodes[node].guarded.push((guard, new));
        new
    }

    fn add(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    /// Has the element read for a parameter.
    pub fn read(&mut self, node: usize, param: ParamId, reading: Reading) {
        let readings = &mut self.nodes[node].readings;
        if !readings.contains(&(param, reading)) {
            readings.push((param, reading));
        }
    }

    /// Adds a parameter that is true or false for each resource.
    pub fn truth(&mut self, truth: Truth) {
        self.truths.push(truth);
    }

    /// Whether anything is read for a parameter.
    #[cfg(test)]
    pub fn reads(&self, param: ParamId) -> bool {
        self.truths.iter().any(|t| t.param == param) || self.nodes.iter().any(|n| n.readings.iter().any(|(p, _)| *p == param))
    }

    /// Whether anything is read at all.
    pub fn reads_any(&self) -> bool {
        self.nodes.iter().any(|n| !n.readings.is_empty())
    }

    /// Where anything is read, from the root on, conditions told too.
    pub fn places(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut ahead = vec![(Tree::ROOT, String::new())];
        while let Some((number, at)) = ahead.pop() {
            let node = &self.nodes[number];
            ahead.extend(node.children.iter().map(|(name, next)| (*next, format!("{at}.{name}"))));
            ahead.extend(node.guarded.iter().map(|(guard, next)| (*next, format!("{at}[{guard:?}]"))));
            if !node.readings.is_empty() {
                out.push(at);
            }
        }
        out
    }

    /// Walks an element of a resource as if it were the root.
    pub fn walk_element<'a>(&self, element: Value<'a>, resource: Value<'a>, out: &mut dyn FnMut(ParamId, Indexed<'a>)) {
        self.elements(element, resource, &mut |element, node| {
            for (param, reading) in &node.readings {
                reading.read(element, *param, out);
            }
        });
    }

    /// Gives each element below `element` that something is read from, undigested.
    pub fn read_from<'a>(&self, element: Value<'a>, out: &mut dyn FnMut(Value<'a>)) {
        self.elements(element, element, &mut |element, node| {
            if !node.readings.is_empty() {
                out(element);
            }
        });
    }

    fn elements<'t, 'a>(&'t self, element: Value<'a>, resource: Value<'a>, visit: &mut dyn FnMut(Value<'a>, &'t Node)) {
        Walk { tree: self, resource }.object(element, &self.nodes[Tree::ROOT], visit);
    }

    /// Walks a resource, giving what its parameters find.
    pub fn walk<'a>(&self, resource: Value<'a>, out: &mut dyn FnMut(ParamId, Indexed<'a>)) {
        self.walk_element(resource, resource, out);
        for truth in &self.truths {
            let is_true = |v: Value<'_>| v.as_bool() != Some(false);
            let found = truth.properties.iter().any(|p| resource.get(p).is_some_and(is_true));
            let code = if found { "true" } else { "false" };
            out(
                truth.param,
                Indexed::Token {
                    system: None,
                    code: Some(code.into()),
                },
            );
        }
    }
}

struct Walk<'t, 'a> {
    tree: &'t Tree,
    resource: Value<'a>,
}

impl<'t, 'a> Walk<'t, 'a> {
    fn object(&self, object: Value<'a>, node: &'t Node, visit: &mut dyn FnMut(Value<'a>, &'t Node)) {
        if node.children.is_empty() || !object.is_object() {
            return;
        }
        for property in object.children() {
            let Some(key) = property.key() else { continue };
            let Ok(at) = node.children.binary_search_by(|(name, _)| (*name).cmp(&key)) else {
                continue;
            };
            let child = &self.tree.nodes[node.children[at].1];
            if property.is_array() {
                for (index, item) in property.children().enumerate() {
                    self.element(item, index, child, visit);
                }
            } else {
                self.element(property, 0, child, visit);
            }
        }
    }

    fn element(&self, element: Value<'a>, index: usize, node: &'t Node, visit: &mut dyn FnMut(Value<'a>, &'t Node)) {
        visit(element, node);
        self.object(element, node, visit);
        for (guard, next) in &node.guarded {
            let holds = match guard {
                Guard::Equals(property, text) => element.str(property).is_some_and(|t| t == *text),
                Guard::Resolves(rtype) => reference::may_be(element, *rtype, self.resource),
                Guard::Index(n) => *n == index,
            };
            if holds {
                self.element(element, index, &self.tree.nodes[*next], visit);
            }
        }
    }
}

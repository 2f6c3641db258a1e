//! What an XML text says, as a flat tree over it: elements that are known, in the order of the text.

use crate::definitions::{Element, TypeDef};

/// A stretch of the text; empty when there is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The stretch where `part` stands, given its offset.
    pub(super) fn new(at: usize, part: &str) -> Self {
        Span {
            start: u32::try_from(at).unwrap_or(u32::MAX),
            end: u32::try_from(at + part.len()).unwrap_or(u32::MAX),
        }
    }

    /// Where it begins; for a narrative its number.
    pub(super) fn number(self) -> usize {
        self.start as usize
    }

    /// Its characters.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// An element of a type.
    Element(&'static Element),
    /// A resource: the root, or inside `contained` and the like.
    Resource(&'static TypeDef),
}

/// One element of the text. Links are indexes; 0, the root, is nobody's child and stands for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) of: Of,
    pub(super) at: u32,
    /// The attribute `value`; for a narrative, which of [`Tree::narratives`] it is.
    pub(super) value: Option<Span>,
    pub(super) id: Option<Span>,
    pub(super) url: Option<Span>,
    first: u32,
    last: u32,
    next: u32,
}

/// The nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The narratives, as JSON will have them.
    pub(super) narratives: Vec<String>,
}

impl Tree {
    /// Adds a node as the last child of another.
    pub(super) fn add(&mut self, parent: Option<u32>, of: Of, at: usize) -> u32 {
        let me = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node {
            of,
            at: u32::try_from(at).unwrap_or(u32::MAX),
            value: None,
            id: None,
            url: None,
            first: 0,
            last: 0,
            next: 0,
        });
        if let Some(parent) = parent.and_then(|p| self.nodes.get_mut(p as usize)) {
            let before = std::mem::replace(&mut parent.last, me);
            if before == 0 {
                parent.first = me;
            } else if let Some(before) = self.nodes.get_mut(before as usize) {
                before.next = me;
            }
        }
        me
    }

    /// The node of that number.
    pub(super) fn get(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.nodes.get_mut(node as usize)
    }

    /// The children of a node, in order.
    pub(super) fn children(&self, of: &Node) -> impl Iterator<Item = &Node> {
        let link = |at: u32| if at == 0 { None } else { self.get(at) };
        std::iter::successors(link(of.first), move |n| link(n.next))
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }
}

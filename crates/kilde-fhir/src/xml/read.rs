//! From text to tree: every element looked up in the definitions, every fault noted with its place.

use super::attributes::{Attribute, split};
use super::frame::{Frame, Inside, is_attribute, path, step};
use super::namespaces::{FHIR, Namespace, Namespaces, XHTML};
use super::text::is_space;
use super::tokens::{Broken, Tag, Token, Tokens};
use super::tree::{Of, Span, Tree};
use super::{MAX_DEPTH, narrative, say};
use crate::definitions::{Element, ElementType, Primitive, ResourceType, TypeDef, type_of_resource};
use crate::finding::{Finding, Severity};
use crate::validate::MAX_FINDINGS;

/// What was found, each with its offset.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) findings: Vec<(usize, Finding)>,
    pub(super) dropped: usize,
    pub(super) dropped_severity: Option<Severity>,
}

impl Noted {
    #[cold]
    fn add(&mut self, at: usize, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push((at, finding));
        } else {
            self.dropped += 1;
            self.dropped_severity = self.dropped_severity.max(Some(finding.severity));
        }
    }
}

/// Reads a whole text.
pub(super) fn read(text: &str, depth: usize) -> (Tree, Noted) {
    let mut reader = Reader {
        tokens: Tokens::new(text),
        namespaces: Namespaces::default(),
        tree: Tree::default(),
        open: Vec::new(),
        skipping: 0,
        noted: Noted::default(),
        most: depth.min(MAX_DEPTH),
        left_out: None,
    };
    if let Err((at, finding)) = reader.document() {
        reader.note(at, finding);
    }
    if let Some((at, comments, instructions)) = reader.left_out {
        reader.noted.add(at, say::left_out(comments, instructions));
    }
    (reader.tree, reader.noted)
}

struct Reader<'t> {
    tokens: Tokens<'t>,
    namespaces: Namespaces<'t>,
    tree: Tree,
    open: Vec<Frame>,
    /// Elements open inside one that is not known.
    skipping: usize,
    noted: Noted,
    most: usize,
    /// Where the first comment or instruction was, and how many of each.
    left_out: Option<(usize, usize, usize)>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<(), Broken> {
        loop {
            match self.tokens.next()? {
                Token::EndOfText => return Ok(()),
                Token::Comment => self.left_out.get_or_insert((self.tokens.start, 0, 0)).1 += 1,
                Token::Instruction => self.left_out.get_or_insert((self.tokens.start, 0, 0)).2 += 1,
                Token::Start(tag) if self.skipping > 0 => self.skipping += usize::from(!tag.empty),
                Token::Start(tag) => {
                    let known = self.start(&tag)?;
                    let narrative = known && self.is_narrative();
                    if narrative {
                        self.narrative(&tag)?;
                    }
                    if !known {
                        self.skipping = usize::from(!tag.empty);
                    }
                    if known && (tag.empty || narrative) {
                        self.end();
                    }
                    if tag.empty || narrative {
                        self.namespaces.leave(self.tokens.depth());
                    }
                }
                Token::End(_) => {
                    if self.skipping > 0 {
                        self.skipping -= 1;
                    } else {
                        self.end();
                    }
                    self.namespaces.leave(self.tokens.depth());
                }
                _ if self.skipping > 0 => {}
                Token::Text(text) if text.bytes().all(is_space) => {}
                Token::Text(_) | Token::Reference | Token::CData(_) => self.note(self.tokens.start, say::text()),
            }
        }
    }

    /// Notes a finding at the innermost open element, or below it.
    #[cold]
    fn note(&mut self, at: usize, mut finding: Finding) {
        finding.expression.insert_str(0, &path(&self.open));
        self.noted.add(at, finding);
    }

    /// A start tag. `false` if what it stands for is not known.
    fn start(&mut self, tag: &Tag<'t>) -> Result<bool, Broken> {
        let at = self.tokens.start;
        let depth = self.tokens.depth() + usize::from(tag.empty);
        for attribute in &tag.attributes {
            self.namespaces.declare(depth, *attribute).map_err(|f| (attribute.at, f))?;
        }
        let (local, prefix) = split(tag.name);
        let namespace = self.namespaces.of(prefix.unwrap_or(""));
        match self.open.last().map(|f| f.inside) {
            None => self.resource(local, namespace, tag),
            Some(Inside::Resource) => {
                if let Some(frame) = self.open.last_mut()
                    && std::mem::replace(&mut frame.filled, true)
                {
                    self.note(at, say::one_resource());
                    return Ok(false);
                }
                self.resource(local, namespace, tag)
            }
            Some(Inside::Type(def)) => match def.element(local).filter(|e| !is_attribute(def, e)) {
                Some(element) => self.element(element, namespace, tag),
                None => {
                    let mut finding = if is_attribute_name(def, local) {
                        say::element_is_attribute(local)
                    } else {
                        crate::validate::say::unknown(local, def)
                    };
                    if let Some(name) = crate::validate::place::printable(local) {
                        finding.expression = format!(".{name}");
                    }
                    self.note(at, finding);
                    Ok(false)
                }
            },
        }
    }

    fn resource(&mut self, local: &str, namespace: Option<Namespace>, tag: &Tag<'t>) -> Result<bool, Broken> {
        let at = self.tokens.start;
        if namespace != Some(Namespace::Fhir) {
            self.note(at, say::namespace(FHIR));
        }
        let Some(def) = ResourceType::from_name(local).and_then(type_of_resource) else {
            self.note(at, crate::validate::say::resource_type_unknown(local));
            return Ok(false);
        };
        let (depth, parent) = self.open.last().map_or((0, None), |f| (f.depth, Some(f.node)));
        self.push(parent, Of::Resource(def), 0, depth + usize::from(parent.is_none()), at)?;
        self.attributes(tag, None);
        Ok(true)
    }

    fn element(&mut self, element: &'static Element, namespace: Option<Namespace>, tag: &Tag<'t>) -> Result<bool, Broken> {
        let at = self.tokens.start;
        let Some(frame) = self.open.last_mut() else { return Ok(false) };
        let (before, late) = frame.count(element);
        let told = late && std::mem::replace(&mut frame.disorder, true);
        let (node, depth) = (frame.node, frame.depth);
        let below = |mut finding: Finding| {
            step(element, before, &mut finding.expression);
            finding
        };
        let xhtml = element.ty() == ElementType::Primitive(Primitive::Xhtml);
        let expected = if xhtml { Namespace::Xhtml } else { Namespace::Fhir };
        if namespace != Some(expected) {
            self.note(at, below(say::namespace(if xhtml { XHTML } else { FHIR })));
        }
        if before > 0 && !element.is_list() {
            self.note(at, below(say::repeated(element)));
            return Ok(false);
        }
        if late && !told {
            self.note(at, below(say::order(element)));
        }
        self.push(
            Some(node),
            Of::Element(element),
            before,
            depth + usize::from(element.is_list()) + 1,
            at,
        )?;
        if !xhtml {
            self.attributes(tag, Some(element));
        }
        Ok(true)
    }

    /// Opens what was found, in the tree and on the stack.
    fn push(&mut self, parent: Option<u32>, of: Of, index: u32, depth: usize, at: usize) -> Result<(), Broken> {
        let node = self.tree.add(parent, of, at);
        self.open.push(Frame::new(node, of, index, depth));
        // A primitive is an object only with id or extensions: see `end`.
        let primitive = matches!(of, Of::Element(e) if matches!(e.ty(), ElementType::Primitive(_)));
        if depth - usize::from(primitive) > self.most {
            return Err((at, say::too_deep()));
        }
        Ok(())
    }

    /// The attributes of the element just opened; `element` is `None` for a resource.
    fn attributes(&mut self, tag: &Tag<'t>, element: Option<&'static Element>) {
        let Some(node) = self.open.last().map(|f| f.node) else { return };
        for attribute in &tag.attributes {
            if attribute.name == "xmlns" || attribute.name.starts_with("xmlns:") {
                continue;
            }
            if let Err(finding) = self.attribute(*attribute, element, node) {
                self.note(attribute.at, finding);
            }
        }
    }

    fn attribute(&mut self, attribute: Attribute<'t>, element: Option<&'static Element>, node: u32) -> Result<(), Finding> {
        let (local, prefix) = attribute.split();
        if let Some(prefix) = prefix {
            let schema = self.namespaces.of(prefix) == Some(Namespace::Xsi) && local == "schemaLocation";
            return Err(if schema {
                say::schema_location()
            } else {
                say::attribute_unknown(local)
            });
        }
        let allowed = match (local, element.map(Element::ty)) {
            (_, None | Some(ElementType::Resource)) => false,
            ("id", Some(_)) => true,
            ("value", Some(ElementType::Primitive(_))) => true,
            ("url", Some(ElementType::Complex(_))) => element.is_some_and(|e| e.type_name() == "Extension"),
            _ => false,
        };
        let Some(node) = self.tree.get_mut(node).filter(|_| allowed) else {
            return Err(say::attribute_unknown(local));
        };
        let span = Some(Span::new(attribute.value_at, attribute.raw));
        match local {
            "id" => node.id = span,
            "url" => node.url = span,
            _ => node.value = span,
        }
        match element.map(Element::ty) {
            Some(ElementType::Primitive(primitive)) if local == "value" => super::json::check(primitive, attribute.raw),
            _ => Ok(()),
        }
    }

    fn is_narrative(&self) -> bool {
        matches!(self.open.last().map(|f| f.of), Some(Of::Element(e)) if e.ty() == ElementType::Primitive(Primitive::Xhtml))
    }

    fn narrative(&mut self, tag: &Tag<'t>) -> Result<(), Broken> {
        let here = path(&self.open);
        let noted = &mut self.noted;
        let text = narrative::read(&mut self.tokens, &mut self.namespaces, tag, &mut |at, mut finding| {
            finding.expression.clone_from(&here);
            noted.add(at, finding);
        })?;
        let number = self.tree.narratives.len();
        self.tree.narratives.push(text);
        if let Some(node) = self.open.last().and_then(|f| self.tree.get_mut(f.node)) {
            node.value = Some(Span::new(number, ""));
        }
        Ok(())
    }

    /// The innermost open element ends: it must have held something that JSON can hold.
    fn end(&mut self) {
        let Some(frame) = self.open.last() else { return };
        let (filled, inside, depth) = (frame.filled, frame.inside, frame.depth);
        let Some(node) = self.tree.get(frame.node).copied() else { return };
        match (node.of, inside) {
            (Of::Element(_), Inside::Resource) if !filled => self.note(node.at as usize, say::no_resource()),
            (Of::Element(e), _) if matches!(e.ty(), ElementType::Primitive(_)) => {
                let companion = node.id.is_some() || self.tree.children(&node).next().is_some();
                if node.value.is_none() && !companion {
                    self.note(node.at as usize, say::empty());
                }
                if companion && depth > self.most {
                    self.note(node.at as usize, say::too_deep());
                }
            }
            _ => {}
        }
        self.open.pop();
    }
}

fn is_attribute_name(def: &TypeDef, local: &str) -> bool {
    def.element(local).is_some_and(|e| is_attribute(def, e))
}

//! Just enough XML to read the inputs of HL7's suites: no DTD, no namespaces beyond their prefixes.

use kilde_fhir::definitions::{Element, ElementType, Primitive, TypeDef, type_by_id, type_of};
use kilde_fhir::json::{Kind, escape_into};

/// An element.
#[derive(Debug, Default)]
pub struct Xml {
    /// Its name.
    pub name: String,
    /// Its attributes, in order.
    pub attributes: Vec<(String, String)>,
    /// The elements in it.
    pub children: Vec<Xml>,
    /// The text in it, without that of elements in it.
    pub text: String,
    /// The element as it was written.
    pub raw: String,
}

impl Xml {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The children of that name.
    pub fn named<'x>(&'x self, name: &'x str) -> impl Iterator<Item = &'x Xml> {
        self.children.iter().filter(move |c| c.name == name)
    }
}

/// Reads a document; panics on what is no XML: the inputs are known.
pub fn parse(text: &str) -> Xml {
    let mut at = 0;
    let mut root = Xml::default();
    content(text, &mut at, &mut root);
    root.children.pop().expect("a root element")
}

fn content(text: &str, at: &mut usize, parent: &mut Xml) {
    while *at < text.len() {
        let rest = &text[*at..];
        if rest.starts_with("</") {
            return;
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            *at += 4 + comment.find("-->").expect("the end of a comment") + 3;
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            *at += rest.find('>').expect("the end of an instruction") + 1;
        } else if rest.starts_with('<') {
            parent.children.push(element(text, at));
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            parent.text.push_str(&unescape(&rest[..end]));
            *at += end;
        }
    }
}

fn element(text: &str, at: &mut usize) -> Xml {
    let start = *at;
    *at += 1;
    let mut found = Xml {
        name: word(text, at),
        ..Xml::default()
    };
    loop {
        space(text, at);
        let rest = &text[*at..];
        if rest.starts_with("/>") {
            *at += 2;
            break;
        } else if rest.starts_with('>') {
            *at += 1;
            content(text, at, &mut found);
            *at += text[*at..].find('>').expect("the end of an element") + 1;
            break;
        }
        let name = word(text, at);
        space(text, at);
        *at += 1; // =
        space(text, at);
        let quote = &text[*at..*at + 1];
        let value = text[*at + 1..].split(quote).next().expect("the end of an attribute");
        found.attributes.push((name, unescape(value)));
        *at += value.len() + 2;
    }
    found.raw = text[start..*at].to_owned();
    found
}

fn word(text: &str, at: &mut usize) -> String {
    let rest = &text[*at..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
        .unwrap_or(rest.len());
    *at += end;
    rest[..end].to_owned()
}

fn space(text: &str, at: &mut usize) {
    *at += text[*at..].len() - text[*at..].trim_start().len();
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let (name, after) = rest[at + 1..].split_once(';').expect("the end of an entity");
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let digits = name.trim_start_matches('#');
                let code = match digits.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                code.ok().and_then(char::from_u32).expect("a character")
            }
        });
        rest = after;
    }
    out + rest
}

/// A resource in XML as JSON.
pub fn resource_to_json(xml: &Xml) -> String {
    let def = type_of(&xml.name).expect("a resource type");
    format!("{{\"resourceType\":\"{}\"{}}}", xml.name, properties(xml, def, ","))
}

fn properties(xml: &Xml, def: &'static TypeDef, first: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (name, value) in &xml.attributes {
        if def.element(name).is_some() && name != "value" {
            parts.push(format!("\"{name}\":{}", quoted(value)));
        }
    }
    let mut done: Vec<&str> = Vec::new();
    for child in &xml.children {
        if done.contains(&child.name.as_str()) {
            continue;
        }
        done.push(&child.name);
        let Some(element) = def.element(&child.name) else { continue };
        let all: Vec<&Xml> = xml.named(&child.name).collect();
        parts.extend(property(element, &all));
    }
    match parts.is_empty() {
        true => String::new(),
        false => first.to_owned() + &parts.join(","),
    }
}

fn property(element: &Element, all: &[&Xml]) -> Vec<String> {
    let name = element.name();
    let list = |items: Vec<String>| match element.is_list() {
        true => format!("[{}]", items.join(",")),
        false => items.into_iter().next().unwrap_or_default(),
    };
    match element.ty() {
        ElementType::Complex(id) => {
            let items = all.iter().map(|x| format!("{{{}}}", properties(x, type_by_id(id), "")));
            vec![format!("\"{name}\":{}", list(items.collect()))]
        }
        ElementType::Resource => {
            let items = all.iter().flat_map(|x| &x.children).map(resource_to_json);
            vec![format!("\"{name}\":{}", list(items.collect()))]
        }
        ElementType::Primitive(Primitive::Xhtml) => vec![format!("\"{name}\":{}", quoted(&all[0].raw))],
        ElementType::Primitive(p) => {
            let value = |x: &&Xml| match x.attribute("value") {
                None => "null".to_owned(),
                Some(value) if p.json_kind() == Kind::String => quoted(value),
                Some(value) => value.to_owned(),
            };
            let base = type_of("Element").expect("Element");
            let companion = |x: &&Xml| match properties(x, base, "") {
                inside if inside.is_empty() => "null".to_owned(),
                inside => format!("{{{inside}}}"),
            };
            let values: Vec<String> = all.iter().map(value).collect();
            let companions: Vec<String> = all.iter().map(companion).collect();
            let mut parts = Vec::new();
            if values.iter().any(|v| v != "null") {
                parts.push(format!("\"{name}\":{}", list(values)));
            }
            if companions.iter().any(|c| c != "null") {
                parts.push(format!("\"_{name}\":{}", list(companions)));
            }
            parts
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    escape_into(text, &mut out);
    out
}

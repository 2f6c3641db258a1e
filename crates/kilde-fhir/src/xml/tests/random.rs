//! Random resources and random texts.

use super::*;
use crate::definitions::{Element, ElementType, Primitive, TypeDef, TypeKind, type_of};

/// Reads a random sequence of numbers as decisions.
struct Dice<'a> {
    throws: &'a [u32],
    at: usize,
}

impl Dice<'_> {
    fn throw(&mut self, sides: usize) -> usize {
        let n = self.throws.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        n as usize % sides.max(1)
    }
}

/// A random object of a type, elements in the order of the definition.
fn object(def: &'static TypeDef, dice: &mut Dice<'_>, depth: usize) -> String {
    let mut members = Vec::new();
    if let TypeKind::Resource(resource) = def.kind() {
        members.push(format!("\"resourceType\":\"{resource}\""));
    }
    let mut slot = None;
    for element in def.elements() {
        if dice.throw(4) > 0 || slot == Some(element.slot()) || depth > 4 && !matches!(element.ty(), ElementType::Primitive(_)) {
            continue;
        }
        slot = Some(element.slot());
        property(def, element, dice, depth, &mut members);
    }
    format!("{{{}}}", members.join(","))
}

fn property(def: &TypeDef, element: &'static Element, dice: &mut Dice<'_>, depth: usize, members: &mut Vec<String>) {
    let name = element.name();
    let count = if element.is_list() { 1 + dice.throw(3) } else { 1 };
    let ElementType::Primitive(primitive) = element.ty() else {
        let items: Vec<String> = (0..count)
            .map(|_| {
                let def = element.complex().or_else(|| type_of(["Patient", "Basic", "Bundle"][dice.throw(3)]));
                def.map_or("{}".into(), |d| object(d, dice, depth + 1))
            })
            .collect();
        return members.push(format!(
            "\"{name}\":{}",
            if element.is_list() {
                format!("[{}]", items.join(","))
            } else {
                items.concat()
            }
        ));
    };
    let bare = name == "div" || crate::xml::frame::is_attribute(def, element);
    let (mut values, mut companions) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let which = if bare { 0 } else { dice.throw(5) };
        values.push(if which == 1 { "null".into() } else { value(primitive, dice) });
        companions.push(match which {
            1 | 2 => r#"{"id":"i","extension":[{"url":"u","valueDecimal":0.10}]}"#.to_owned(),
            _ => "null".into(),
        });
    }
    for (prefix, items) in [("", values), ("_", companions)] {
        if items.iter().any(|i| i != "null") {
            let items = items.join(",");
            members.push(if element.is_list() {
                format!("\"{prefix}{name}\":[{items}]")
            } else {
                format!("\"{prefix}{name}\":{items}")
            });
        }
    }
}

fn value(primitive: Primitive, dice: &mut Dice<'_>) -> String {
    const TEXTS: [&str; 6] = ["a", "", " æ<&>\"' ", "\n\r\t", "😀]]>", "\u{a0}\u{85}"];
    match primitive {
        Primitive::Boolean => ["true", "false"][dice.throw(2)].into(),
        Primitive::Xhtml => {
            let mut out = String::new();
            let div = format!(
                "<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>",
                ["", " a\r\n<b x='\"'>&amp;</b >", "<!--a-->"][dice.throw(3)]
            );
            crate::json::escape_into(&div, &mut out);
            out
        }
        p if p.json_kind() == crate::json::Kind::Number => {
            ["0", "-1.50", "1e-10", "123456789012345678901234567890.0"][dice.throw(4)].into()
        }
        _ => {
            let mut out = String::new();
            crate::json::escape_into(TEXTS[dice.throw(TEXTS.len())], &mut out);
            out
        }
    }
}

proptest! {
    #[test]
    fn random_resources_go_round(resource in 0usize..146, throws in proptest::collection::vec(any::<u32>(), 0..400)) {
        let def = crate::definitions::types().filter(|t| matches!(t.kind(), TypeKind::Resource(_))).nth(resource).unwrap();
        let before = object(def, &mut Dice { throws: &throws, at: 0 }, 0);
        let document = parse(before.as_str(), Limits::default()).unwrap();
        for layout in [Layout::Compact, Layout::Pretty] {
            let xml = from_json(document.root(), layout).map_err(|f| TestCaseError::fail(told(&f)))?;
            let after = json(&xml).map_err(|f| TestCaseError::fail(format!("{} {xml}", told(&f))))?;
            prop_assert!(after.notes.is_empty(), "{}", told(&after.notes));
            prop_assert_eq!(&after.json, &before);
        }
    }

    #[test]
    fn random_texts_never_panic(text in "(<|>|/|Patient|name|given|text|div|contained| |xmlns=|'http://hl7.org/fhir'|'http://www.w3.org/1999/xhtml'|value='|id='|'|\"|&|;|amp|#x0|!--|-->|--|!\\[CDATA\\[|\\]\\]>|\\?|!DOCTYPE|a|æ|\\x00){0,60}") {
        let _ = json(&text);
        let _ = json(&patient(&text));
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = to_json(&bytes, Limits::default());
    }

    #[test]
    fn damaged_texts_never_panic_and_what_is_read_goes_round(cut in 0usize..700, with in "[<>/&;'\"= a-c-]{0,3}", length in 0usize..8) {
        let x = patient("<id value='1'/><text><status value='generated'/><div xmlns='http://www.w3.org/1999/xhtml'>a<b>c</b></div></text>\
            <contained><Patient><id value='a'/></Patient></contained><extension url='x'><valueCode value='a'/></extension>\
            <active value='true'/><name id='n'><given value='a'/><given><extension url='b'><valueDecimal value='1.0'/></extension></given></name>");
        let cut = cut.min(x.len());
        let damaged = format!("{}{with}{}", &x[..cut], &x[(cut + length).min(x.len())..]);
        if let Ok(converted) = json(&damaged) {
            let document = parse(converted.json.as_str(), Limits::default()).unwrap();
            let again = from_json(document.root(), Layout::Compact).map_err(|f| TestCaseError::fail(told(&f)))?;
            prop_assert_eq!(json(&again).unwrap().json, converted.json, "{}", damaged);
        }
    }
}

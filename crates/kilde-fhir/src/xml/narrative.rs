//! The narrative: XHTML in XML, a string in JSON. It is kept character by character; changed is
//! only what would not stand on its own: namespaces declared outside the `div`, CDATA sections.

use super::attributes::split;
use super::namespaces::{Namespace, Namespaces, XHTML};
use super::say;
use super::text::is_char;
use super::tokens::{Broken, Tag, Token, Tokens};
use crate::finding::Finding;

/// Elements nested deeper than this in a narrative are refused.
const MAX_DEPTH: usize = 100;

/// Reads from the `div` whose start tag was read last to its end, into a string that stands on
/// its own. What can be passed over is noted, what cannot ends the reading.
pub(super) fn read<'t>(
    tokens: &mut Tokens<'t>,
    namespaces: &mut Namespaces<'t>,
    tag: &Tag<'t>,
    note: &mut dyn FnMut(usize, Finding),
) -> Result<String, Broken> {
    let mut out = String::new();
    let mut open = 0usize;
    let outer = tokens.depth() - usize::from(!tag.empty);
    start(tokens, namespaces, tag, true, &mut out, note)?;
    if tag.empty {
        return Ok(out);
    }
    open += 1;
    while open > 0 {
        match tokens.next()? {
            Token::Start(tag) => {
                start(tokens, namespaces, &tag, false, &mut out, note)?;
                if tag.empty {
                    namespaces.leave(outer + open);
                } else {
                    open += 1;
                }
                if open > MAX_DEPTH {
                    return Err((tokens.start, say::too_deep()));
                }
            }
            Token::End(name) => {
                open -= 1;
                namespaces.leave(outer + open);
                match split(name) {
                    (_, None) => out.push_str(tokens.raw()),
                    (local, Some(_)) => {
                        out.push_str("</");
                        out.push_str(local);
                        out.push('>');
                    }
                }
            }
            Token::CData(inside) => text_into(inside, &mut out),
            Token::Text(_) | Token::Reference | Token::Comment => out.push_str(tokens.raw()),
            Token::Instruction => {}
            Token::EndOfText => break,
        }
    }
    Ok(out)
}

/// A start tag, as it is if it can be.
fn start<'t>(
    tokens: &Tokens<'t>,
    namespaces: &mut Namespaces<'t>,
    tag: &Tag<'t>,
    first: bool,
    out: &mut String,
    note: &mut dyn FnMut(usize, Finding),
) -> Result<(), Broken> {
    let depth = tokens.depth() + usize::from(tag.empty);
    let mut declares = false;
    for attribute in &tag.attributes {
        let declared = namespaces.declare(depth, *attribute).map_err(|f| (attribute.at, f))?;
        declares |= declared && attribute.name == "xmlns";
    }
    let (local, prefix) = split(tag.name);
    if namespaces.of(prefix.unwrap_or("")) != Some(Namespace::Xhtml) {
        note(tokens.start, say::namespace(XHTML));
    }
    for attribute in &tag.attributes {
        if !matches!(attribute.split().1, None | Some("xml" | "xmlns")) {
            note(attribute.at, say::narrative_attribute());
        }
    }
    let foreign = tag.attributes.iter().any(|a| a.name.starts_with("xmlns:"));
    if prefix.is_none() && (declares || !first) && !foreign {
        out.push_str(tokens.raw());
        return Ok(());
    }
    out.push('<');
    out.push_str(local);
    if first {
        out.push_str(" xmlns=\"");
        out.push_str(XHTML);
        out.push('"');
    }
    for attribute in tag.attributes.iter().filter(|a| a.name != "xmlns" && !a.name.starts_with("xmlns:")) {
        out.push(' ');
        out.push_str(attribute.name);
        out.push_str("=\"");
        out.push_str(&attribute.raw.replace('"', "&quot;"));
        out.push('"');
    }
    out.push_str(if tag.empty { "/>" } else { ">" });
    Ok(())
}

fn text_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

/// What JSON has as narrative, as it can stand in XML. A `div` without namespace gets one.
pub(super) fn to_xml(text: &str) -> Result<String, Finding> {
    let text = text.trim();
    if text.contains(|c| !is_char(c)) {
        return Err(say::character());
    }
    let mut tokens = Tokens::new(text);
    let mut namespaces = Namespaces::xhtml();
    let Token::Start(tag) = tokens.next().map_err(|(_, f)| f)? else {
        return Err(say::no_div());
    };
    if tokens.start > 0 || split(tag.name).0 != "div" {
        return Err(say::no_div());
    }
    let mut wrong = None;
    let div = read(&mut tokens, &mut namespaces, &tag, &mut |_, f| wrong = wrong.take().or(Some(f))).map_err(|(_, f)| f)?;
    match (wrong, tokens.next().map_err(|(_, f)| f)?) {
        (Some(finding), _) => Err(finding),
        (None, Token::EndOfText) => Ok(div),
        _ => Err(say::no_div()),
    }
}

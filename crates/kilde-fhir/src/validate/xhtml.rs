//! The narrative: XHTML within one `div`, tags in balance, only the elements that R4 allows, and
//! nothing that runs.

use smallvec::SmallVec;

/// What is wrong with a narrative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is not one `div` from beginning to end.
    NoDiv,
    /// Tags, attributes or comments are not well-formed.
    Form,
    /// An element that a narrative must not have.
    Element,
    /// An event handler or a script address.
    Active,
    /// An entity that only HTML knows, such as `&nbsp;`.
    Entity,
    /// Nothing that can be read or seen (txt-2).
    Empty,
}

/// Elements of XHTML that R4 allows in a narrative.
const ALLOWED: [&str; 57] = [
    "a",
    "abbr",
    "acronym",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "bdo",
    "address",
    "area",
    "del",
    "ins",
    "map",
];

/// Examines the text of `Narrative.div`.
pub(super) fn check(text: &str) -> Result<(), Wrong> {
    let text = text.trim();
    if !text
        .strip_prefix("<div")
        .is_some_and(|rest| rest.starts_with(['>', '/', ' ', '\t', '\n', '\r']))
    {
        return Err(Wrong::NoDiv);
    }
    entities(text)?;
    let mut open: SmallVec<[&str; 32]> = SmallVec::new();
    let mut rest = text;
    let mut content = false;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        content |= !rest[..at].trim().is_empty() || tag.starts_with("<img");
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").ok_or(Wrong::Form)?.1;
        } else if let Some(closing) = tag.strip_prefix("</") {
            let (name, after) = closing.split_once('>').ok_or(Wrong::Form)?;
            if open.pop() != Some(name.trim_end()) {
                return Err(Wrong::Form);
            }
            rest = after;
        } else {
            rest = opening(&tag[1..], &mut open)?;
        }
        if open.is_empty() {
            return match (rest.is_empty(), content) {
                (true, true) => Ok(()),
                (true, false) => Err(Wrong::Empty),
                (false, _) => Err(Wrong::NoDiv),
            };
        }
    }
    Err(Wrong::Form)
}

/// The languages of the sections in a narrative: the `div` elements directly in its outermost one
/// that say their language. For a narrative that [`check`] takes.
pub(super) fn sections(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((inside, after)) = tag.split_once('>') else { break };
        rest = after;
        if inside.starts_with('/') {
            depth = depth.saturating_sub(1);
            continue;
        }
        if depth == 1 && inside.strip_prefix("div").is_some_and(|r| r.starts_with(char::is_whitespace)) {
            found.extend(language(inside));
        }
        depth += usize::from(!inside.ends_with('/'));
    }
    found
}

/// `lang`, or else `xml:lang`, of a tag.
fn language(tag: &str) -> Option<&str> {
    [" lang=", " xml:lang="].into_iter().find_map(|name| {
        let value = tag.split_once(name)?.1;
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value[1..].split_once(quote).map(|(language, _)| language)
    })
}

/// Only the five entities of XML and character numbers; no bare `&`.
fn entities(text: &str) -> Result<(), Wrong> {
    for (at, _) in text.match_indices('&') {
        let name = text[at + 1..].split_once(';').map_or("", |(name, _)| name);
        let number = |digits: &str| match digits.strip_prefix('x') {
            Some(hex) => !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit()),
            None => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
        };
        if !matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") && !name.strip_prefix('#').is_some_and(number) {
            return Err(Wrong::Entity);
        }
    }
    Ok(())
}

/// An opening or empty tag, after its `<`. Gives what follows it.
fn opening<'t>(tag: &'t str, open: &mut SmallVec<[&'t str; 32]>) -> Result<&'t str, Wrong> {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).ok_or(Wrong::Form)?;
    let (name, mut rest) = tag.split_at(end);
    if name.is_empty() {
        return Err(Wrong::Form);
    }
    if !ALLOWED.contains(&name) {
        return Err(Wrong::Element);
    }
    loop {
        let trimmed = rest.trim_start();
        if let Some(after) = trimmed.strip_prefix("/>") {
            return Ok(after);
        }
        if let Some(after) = trimmed.strip_prefix('>') {
            open.push(name);
            return Ok(after);
        }
        if trimmed.len() == rest.len() {
            return Err(Wrong::Form); // no space before the attribute
        }
        rest = attribute(trimmed)?;
    }
}

/// One attribute. Gives what follows it.
fn attribute(text: &str) -> Result<&str, Wrong> {
    let (name, after) = text.split_once('=').ok_or(Wrong::Form)?;
    let name = name.trim_end();
    if name.is_empty()
        || !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'_' | b'.'))
    {
        return Err(Wrong::Form);
    }
    let after = after.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(Wrong::Form)?;
    let (value, rest) = after[1..].split_once(quote).ok_or(Wrong::Form)?;
    if value.contains('<') {
        return Err(Wrong::Form);
    }
    if name.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("on")) || runs(value) {
        return Err(Wrong::Active);
    }
    Ok(rest)
}

/// Whether an address would run a script. White space and character references hide nothing.
fn runs(value: &str) -> bool {
    let shown = value.chars().filter(|c| !c.is_whitespace() && !c.is_control());
    let scheme = shown.take(11).collect::<String>().to_ascii_lowercase();
    scheme.starts_with("javascript:") || scheme.starts_with("vbscript:") || (scheme.starts_with("&#") && value.contains("script"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_by_language() {
        let text = "<div lang='nb'><div lang=\"nb\" xml:lang=\"nb\">a <div lang='x'>b</div></div><!-- <div lang='y'> --><br/><div xml:lang='en'>c</div><div>d</div></div>";
        assert_eq!(sections(text), ["nb", "en"]);
        assert_eq!(sections("<div>a</div>"), [""; 0]);
        assert_eq!(sections("<div lang='a"), [""; 0]);
    }

    #[test]
    fn narratives() {
        for (text, expected) in [
            (r#"<div xmlns="http://www.w3.org/1999/xhtml">Hei <b>du</b><br/></div>"#, Ok(())),
            ("<div/>", Err(Wrong::Empty)),
            ("<div> <p>\n</p><!-- a --></div>", Err(Wrong::Empty)),
            ("<div><img src='a.png' alt=''/></div>", Ok(())),
            ("<div><!-- <script> --><p class='a'>a &lt; b</p></div> ", Ok(())),
            ("Hei", Err(Wrong::NoDiv)),
            ("<divx></divx>", Err(Wrong::NoDiv)),
            ("<div></div><div></div>", Err(Wrong::NoDiv)),
            ("<div><p></div>", Err(Wrong::Form)),
            ("<div>", Err(Wrong::Form)),
            ("<div>a < b</div>", Err(Wrong::Form)),
            ("<div class=a></div>", Err(Wrong::Form)),
            ("<div><!-- </div>", Err(Wrong::Form)),
            ("<div><script>x</script></div>", Err(Wrong::Element)),
            ("<div><p onclick='x()'>a</p></div>", Err(Wrong::Active)),
            ("<div><p oNclick='x()'>a</p></div>", Err(Wrong::Active)),
            ("<div><a href=' java\nscript:x'>a</a></div>", Err(Wrong::Active)),
            ("<div><a href='&#106;avascript:x'>a</a></div>", Err(Wrong::Active)),
            ("<div>&#229; &#xE5; &amp;</div>", Ok(())),
            ("<div>&nbsp;</div>", Err(Wrong::Entity)),
            ("<div>a & b; c</div>", Err(Wrong::Entity)),
            ("<div", Err(Wrong::NoDiv)),
        ] {
            assert_eq!(check(text), expected, "{text}");
        }
    }
}

//! Just enough XML to read the list of HL7's FHIRPath suite: no DTD, no namespaces beyond their prefixes.

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

//! JSON Pointer (RFC 6901): a way to a place in a tree.

use super::tree::Tree;

/// The names and indexes of a way, unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer(pub(super) Vec<String>);

/// Why a way leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Astray {
    /// No property of that name, or no item of that number.
    Missing,
    /// Something without properties or items stands in the way.
    NoContainer,
    /// Not an index: digits without superfluous zeros.
    NoIndex,
    /// A property would get no name, which no resource can have.
    NoName,
}

impl Pointer {
    /// Reads a pointer; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Pointer(Vec::new()));
        }
        let tokens = text.strip_prefix('/')?.split('/');
        tokens.map(unescape).collect::<Option<_>>().map(Pointer)
    }

    /// Whether the other is a place below this one.
    pub(super) fn is_above(&self, other: &Pointer) -> bool {
        other.0.len() > self.0.len() && other.0.starts_with(&self.0)
    }

    /// The place above, and the last name.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        self.0.split_last().map(|(last, above)| (above, last.as_str()))
    }

    /// The pointer as text if it looks like names and indexes of FHIR, not like data.
    pub(super) fn printable(&self) -> Option<String> {
        let good = |t: &String| {
            t == "-" || (t.len() < 6 && t.bytes().all(|b| b.is_ascii_digit())) || crate::validate::place::printable(t).is_some()
        };
        self.0.iter().all(good).then(|| self.0.iter().map(|t| format!("/{t}")).collect())
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut out = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            c => c,
        });
    }
    Some(out)
}

/// An array index as RFC 6901 writes it.
pub(super) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    let digits = !token.is_empty() && token.bytes().all(|b| b.is_ascii_digit());
    (plain && digits).then(|| token.parse().unwrap_or(usize::MAX))
}

/// The value at a place.
pub(super) fn at<'a, 't>(tree: &'a Tree<'t>, way: &[String]) -> Result<&'a Tree<'t>, Astray> {
    way.iter().try_fold(tree, |tree, token| match tree {
        Tree::Object(_) => tree.get(token).ok_or(Astray::Missing),
        Tree::Array(items) => items.get(index(token).ok_or(Astray::NoIndex)?).ok_or(Astray::Missing),
        Tree::Leaf(_) => Err(Astray::NoContainer),
    })
}

/// The value at a place, to be changed.
pub(super) fn at_mut<'a, 't>(tree: &'a mut Tree<'t>, way: &[String]) -> Result<&'a mut Tree<'t>, Astray> {
    way.iter().try_fold(tree, |tree, token| match tree {
        Tree::Object(members) => members.iter_mut().find(|(k, _)| k == token).map(|(_, v)| v).ok_or(Astray::Missing),
        Tree::Array(items) => items.get_mut(index(token).ok_or(Astray::NoIndex)?).ok_or(Astray::Missing),
        Tree::Leaf(_) => Err(Astray::NoContainer),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers() {
        let read = |t: &str| Pointer::parse(t).map(|p| p.0);
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("/"), Some(vec![String::new()]));
        assert_eq!(read("/a~1b/~01"), Some(vec!["a/b".into(), "~1".into()]));
        for bad in ["a", "/~", "/~2", "#/a"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        for (token, expected) in [
            ("0", Some(0)),
            ("10", Some(10)),
            ("01", None),
            ("-1", None),
            ("", None),
            ("1e1", None),
        ] {
            assert_eq!(index(token), expected, "{token}");
        }
        assert_eq!(index(&"9".repeat(50)), Some(usize::MAX));
        let pointer = |t| Pointer::parse(t).unwrap();
        assert!(pointer("/a").is_above(&pointer("/a/b")));
        assert!(!pointer("/a").is_above(&pointer("/a")) && !pointer("/a").is_above(&pointer("/ab")));
        assert_eq!(pointer("/name/0/given/-").printable().unwrap(), "/name/0/given/-");
        assert_eq!(pointer("/Ola Nordmann").printable(), None);
    }
}

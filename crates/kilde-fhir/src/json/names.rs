//! Finds a property that is repeated in an object.

use super::parse::unescape;
use std::borrow::Cow;
use std::collections::HashSet;

/// Objects with more names than this are looked up by hash.
const FEW: usize = 16;

/// The names in the objects that are being read, those of inner objects last.
#[derive(Default)]
pub(super) struct Names<'t> {
    seen: Vec<Name<'t>>,
}

/// A name as it stands in the text, and whether it has escapes.
#[derive(Clone, Copy)]
struct Name<'t> {
    raw: &'t [u8],
    escaped: bool,
}

impl<'t> Name<'t> {
    fn meaning(self) -> Cow<'t, [u8]> {
        match std::str::from_utf8(self.raw) {
            Ok(raw) if self.escaped => Cow::Owned(unescape(raw).into_bytes()),
            _ => Cow::Borrowed(self.raw),
        }
    }
}

/// One object's share of [`Names`]; the set is made when it has many names. It hashes with a
/// secret, so that no text can be made whose names all fall on the same place.
pub(super) struct Object<'t> {
    first: usize,
    many: Option<HashSet<Cow<'t, [u8]>>>,
}

impl<'t> Names<'t> {
    /// Begins an object.
    pub(super) fn begin(&self) -> Object<'t> {
        Object {
            first: self.seen.len(),
            many: None,
        }
    }

    /// Ends the object that was begun last.
    pub(super) fn end(&mut self, object: &Object<'t>) {
        self.seen.truncate(object.first);
    }

    /// Notes a name; `false` if the object has it already.
    pub(super) fn note(&mut self, object: &mut Object<'t>, raw: &'t [u8], escaped: bool) -> bool {
        let name = Name { raw, escaped };
        if let Some(many) = &mut object.many {
            return many.insert(name.meaning());
        }
        let names = &self.seen[object.first..];
        let repeated = names.iter().any(|n| {
            if n.escaped || escaped {
                n.meaning() == name.meaning()
            } else {
                n.raw == raw
            }
        });
        self.seen.push(name);
        if self.seen.len() - object.first > FEW {
            object.many = Some(self.seen[object.first..].iter().map(|n| n.meaning()).collect());
        }
        !repeated
    }
}

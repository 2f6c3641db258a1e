//! Canonical urls and versions.

use std::cmp::Ordering;

/// A reference to a conformance resource: `url|version#fragment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical<'a> {
    /// The url without version and fragment.
    pub url: &'a str,
    /// What follows `|`.
    pub version: Option<&'a str>,
    /// What follows `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    /// Takes a canonical apart.
    pub fn new(text: &'a str) -> Self {
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (text, None),
        };
        let (url, version) = match rest.split_once('|') {
            Some((url, version)) => (url, Some(version)),
            None => (rest, None),
        };
        Canonical {
            url,
            version: version.filter(|v| !v.is_empty()),
            fragment: fragment.filter(|f| !f.is_empty()),
        }
    }
}

/// A version for comparing: numbers between full stops compare as numbers, all else as text; a
/// release stands after its prereleases (`1.0.0-beta` before `1.0.0`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version<'a>(pub &'a str);

impl Version<'_> {
    /// Whether a resource of this version is meant by what was asked for: the same, or more
    /// precise (`4.0.1` for `4.0`; `2.2.2` for `2.2.x`).
    pub fn satisfies(self, asked: &str) -> bool {
        let asked = asked.trim_end_matches(".x");
        self.0 == asked || self.0.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, a_label) = self.0.split_once('-').map_or((self.0, None), |(v, l)| (v, Some(l)));
        let (b, b_label) = other.0.split_once('-').map_or((other.0, None), |(v, l)| (v, Some(l)));
        parts(a, b)
            .then_with(|| match (a_label, b_label) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => parts(a, b),
            })
            .then_with(|| self.0.cmp(other.0))
    }
}

fn parts(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => {
                let order = if x.is_empty() || y.is_empty() {
                    x.is_empty().cmp(&y.is_empty()).reverse()
                } else {
                    number_or_text(x, y)
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

fn number_or_text(x: &str, y: &str) -> Ordering {
    match (x.parse::<u64>(), y.parse::<u64>()) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => x.cmp(y),
    }
}

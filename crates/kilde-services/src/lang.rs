//! Languages and texts: one TOML file per language, the same keys in each.

use rustc_hash::FxHashMap;

/// The languages that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Bokmål.
    #[default]
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
}

impl Lang {
    /// All of them.
    pub const ALL: [Lang; 3] = [Lang::Nb, Lang::Nn, Lang::En];

    /// The language tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Nb => "nb",
            Lang::Nn => "nn",
            Lang::En => "en",
        }
    }

    /// From a language tag (`nb-NO`, `nn`, `en-GB`); `no` is bokmål.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let tag = tag.trim();
        match tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase().as_str() {
            "nb" | "no" => Some(Lang::Nb),
            "nn" => Some(Lang::Nn),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The wanted language of an `Accept-Language` header: the known one with the highest weight
    /// (the first of equals), bokmål if none is known.
    pub fn from_accept(header: &str) -> Lang {
        let mut best: Option<(u32, Lang)> = None;
        for item in header.split(',') {
            let mut halves = item.split(';');
            let Some(lang) = halves.next().and_then(Lang::from_tag) else {
                continue;
            };
            let weight = halves.find_map(|p| p.trim().strip_prefix("q=")).map_or(Some(1000), |q| {
                q.trim().parse::<f32>().ok().map(|q| (q.clamp(0.0, 1.0) * 1000.0) as u32)
            });
            if let Some(weight) = weight.filter(|w| *w > 0)
                && best.is_none_or(|(b, _)| weight > b)
            {
                best = Some((weight, lang));
            }
        }
        best.map_or(Lang::Nb, |(_, lang)| lang)
    }
}

/// Texts by key in every language.
#[derive(Debug)]
pub struct Texts([FxHashMap<String, String>; 3]);

impl Texts {
    /// From the three TOML files, which are part of the program.
    ///
    /// # Panics
    /// If one is not a flat table of strings; a test loads them all.
    pub fn load(nb: &str, nn: &str, en: &str) -> Texts {
        Texts([nb, nn, en].map(|text| toml::from_str(text).expect("the texts in the program are flat tables")))
    }

    /// The text of that key; the key itself if there is none (a test sees to it that there is).
    pub fn get<'a>(&'a self, lang: Lang, key: &'a str) -> &'a str {
        self.0[lang as usize].get(key).map_or(key, String::as_str)
    }

    /// The text with `{name}` filled in.
    pub fn fill(&self, lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.get(lang, key);
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|c| open + c) else {
                break;
            };
            out.push_str(&rest[..open]);
            match values.iter().find(|(name, _)| *name == &rest[open + 1..close]) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&rest[open..=close]),
            }
            rest = &rest[close + 1..];
        }
        out.push_str(rest);
        out
    }

    /// The text `key-one` or `key-many`, with `{n}` filled in.
    pub fn count(&self, lang: Lang, key: &str, n: usize) -> String {
        let key = format!("{key}-{}", if n == 1 { "one" } else { "many" });
        self.fill(lang, &key, &[("n", &n.to_string())])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|t| t.split('}').next()).collect()
    }

    /// Fails unless the three languages say the same things.
    pub fn alike(texts: &Texts) {
        let keys = |lang: Lang| texts.0[lang as usize].keys().map(String::as_str).collect::<BTreeSet<_>>();
        for lang in Lang::ALL {
            assert_eq!(keys(Lang::Nb), keys(lang), "keys of {lang:?}");
            for (key, text) in &texts.0[lang as usize] {
                assert!(!text.trim().is_empty(), "{lang:?} {key} is empty");
                assert_eq!(placeholders(text), placeholders(texts.get(Lang::Nb, key)), "{lang:?} {key}");
                assert!(!text.contains('<') && !text.contains('&'), "{lang:?} {key}: texts hold no markup");
            }
        }
    }

    #[test]
    fn languages_are_alike() {
        alike(&crate::texts::COMMON);
        alike(&crate::okt::TEXTS);
        alike(&crate::maaledata::TEXTS);
    }

    #[test]
    fn filling() {
        let texts = Texts::load("a = \"{x} og {y}\"", "a = \"{x} og {y}\"", "a = \"{x} and {y}\"");
        assert_eq!(
            texts.fill(Lang::En, "a", &[("x", "{y}"), ("y", "2")]),
            "{y} and 2",
            "a value is not filled again"
        );
        assert_eq!(texts.fill(Lang::Nb, "a", &[("x", "1")]), "1 og {y}");
        assert_eq!(texts.get(Lang::Nb, "b"), "b");
    }

    #[test]
    fn accept_language() {
        assert_eq!(Lang::from_accept("nn-NO, nb;q=0.9"), Lang::Nn);
        assert_eq!(Lang::from_accept("de, en;q=0.4, nb;q=0.6"), Lang::Nb);
        assert_eq!(Lang::from_accept("en;q=0, fr"), Lang::Nb);
        assert_eq!(Lang::from_accept("en;q=x, nn;q=0.1"), Lang::Nn);
        assert_eq!(Lang::from_accept(""), Lang::Nb);
    }
}

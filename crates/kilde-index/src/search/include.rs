//! `_include` and `_revinclude` as they are asked for (R4, Search, 3.1.1.6.4).

use super::conditions::Fault;
use super::findings;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{Param, ParamType, param, params_of};

/// One `_include` or `_revinclude`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Include {
    /// `_revinclude`: what refers to the matches, not what they refer to.
    pub reverse: bool,
    /// `:iterate`: also for what was included.
    pub iterate: bool,
    /// The type that refers; `None` for all.
    pub source: Option<ResourceType>,
    /// Code of the reference parameter; `None` for all.
    pub code: Option<&'static str>,
    /// Only resources of that type are referred to.
    pub target: Option<ResourceType>,
}

impl Include {
    /// `Type:parameter`, `Type:parameter:Target`, `Type:*`, `*`.
    pub fn parse(name: &str, value: &str) -> Result<Include, Fault> {
        let (base, modifier) = name.split_once(':').map_or((name, None), |(base, modifier)| (base, Some(modifier)));
        let reverse = match base {
            "_include" => false,
            "_revinclude" => true,
            _ => return Err(Fault::Unknown(findings::unsupported(name))),
        };
        let iterate = match modifier {
            None => false,
            Some("iterate" | "recurse") => true,
            Some(_) => return Err(Fault::Wrong(findings::modifier(name))),
        };
        let mut include = Include {
            reverse,
            iterate,
            source: None,
            code: None,
            target: None,
        };
        let wrong = || Fault::Wrong(findings::include(name));
        let pieces: Vec<&str> = value.split(':').collect();
        let (source, code, target) = match pieces[..] {
            ["*"] => return Ok(include),
            [source, code] => (source, code, None),
            [source, code, target] => (source, code, Some(target)),
            _ => return Err(wrong()),
        };
        let source = ResourceType::from_name(source).ok_or_else(wrong)?;
        include.source = Some(source);
        if let Some(target) = target.filter(|t| !t.is_empty()) {
            include.target = Some(ResourceType::from_name(target).ok_or_else(wrong)?);
        }
        if code != "*" {
            let found = param(source, code).filter(|p| p.kind == ParamType::Reference && p.extracted());
            include.code = Some(found.ok_or_else(|| Fault::Unknown(findings::include_unknown(name)))?.code);
        }
        Ok(include)
    }

    /// The reference parameters of a type that it follows.
    pub fn params(&self, source: ResourceType) -> impl Iterator<Item = &'static Param> {
        let of_type = self.source.is_none_or(|s| s == source);
        params_of(source)
            .iter()
            .filter(move |p| of_type && p.kind == ParamType::Reference && p.extracted() && self.code.is_none_or(|code| code == p.code))
    }

    /// Whether resources of a type may be what is referred to.
    pub fn to(&self, target: ResourceType) -> bool {
        self.target.is_none_or(|t| t == target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let parse = |value: &str| Include::parse("_include", value);
        let named = |include: Include| (include.source.map(|s| s.name()), include.code, include.target.map(|t| t.name()));
        for (value, expected) in [
            ("*", (None, None, None)),
            ("Observation:*", (Some("Observation"), None, None)),
            ("Observation:subject", (Some("Observation"), Some("subject"), None)),
            ("Observation:subject:", (Some("Observation"), Some("subject"), None)),
            (
                "Observation:subject:Patient",
                (Some("Observation"), Some("subject"), Some("Patient")),
            ),
        ] {
            assert_eq!(parse(value).map(named).ok(), Some(expected), "{value}");
        }
        for value in [
            "",
            "Observation",
            "x:subject",
            "Observation:code",
            "Observation:nothing",
            "Observation:subject:x",
            "a:b:c:d",
        ] {
            assert!(parse(value).is_err(), "{value}");
        }
        assert!(Include::parse("_include:iterate", "*").is_ok_and(|i| i.iterate && !i.reverse));
        assert!(Include::parse("_revinclude", "*").is_ok_and(|i| i.reverse));
        assert!(Include::parse("_include:all", "*").is_err() && Include::parse("_includes", "*").is_err());
    }
}

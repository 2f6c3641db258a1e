//! Codes of the value sets that elements are bound to with strength `required`.

use crate::package::{items, text};
use anyhow::ensure;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const VALUE_SET: &str = "http://hl7.org/fhir/ValueSet/";

/// The value sets that were asked for: enumerated, or why not.
pub struct Codes<'a> {
    by_url: BTreeMap<(&'a str, &'a str), &'a Value>,
    sets: BTreeMap<&'a str, Systems<'a>>,
    unchecked: BTreeMap<String, (String, BTreeSet<String>)>,
}

/// Codes of a value set by code system.
type Systems<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

impl<'a> Codes<'a> {
    /// Over the value sets and code systems of the package.
    pub fn new(resources: &'a [Value]) -> Self {
        let by_url = resources.iter().map(|r| ((text(r, "resourceType"), text(r, "url")), r)).collect();
        Codes {
            by_url,
            sets: BTreeMap::new(),
            unchecked: BTreeMap::new(),
        }
    }

    /// Notes a value set of HL7 by name.
    pub fn note(&mut self, name: &str, path: &str) -> anyhow::Result<()> {
        self.required(&format!("{VALUE_SET}{name}"), path)?;
        Ok(())
    }

    /// Notes that the element at `path` is bound to a value set. Its name if it can be enumerated.
    pub fn required(&mut self, url: &str, path: &str) -> anyhow::Result<Option<&'a str>> {
        let outcome = match self.by_url.get(&("ValueSet", url)) {
            Some(set) => self.expand(set).map(|systems| (text(set, "url"), systems)),
            None => Err("the value set is not in the package".to_owned()),
        };
        match outcome {
            Ok((url, systems)) => {
                let name = url.rsplit('/').next().unwrap_or(url);
                let before = self.sets.insert(name, systems.clone());
                ensure!(before.is_none_or(|b| b == systems), "two value sets end with {name}");
                Ok(Some(name))
            }
            Err(why) => {
                let entry = self.unchecked.entry(url.to_owned()).or_insert_with(|| (why, BTreeSet::new()));
                entry.1.insert(path.to_owned());
                Ok(None)
            }
        }
    }

    /// All codes of a value set, or why they cannot be listed.
    fn expand(&self, set: &'a Value) -> Result<Systems<'a>, String> {
        let compose = &set["compose"];
        if !items(compose, "exclude").is_empty() {
            return Err("the value set excludes codes".to_owned());
        }
        let mut systems = Systems::new();
        for include in items(compose, "include") {
            if !items(include, "filter").is_empty() || !items(include, "valueSet").is_empty() {
                return Err("the value set is defined by a filter or another value set".to_owned());
            }
            let system = text(include, "system");
            let codes = systems.entry(system).or_default();
            if include["concept"].is_array() {
                codes.extend(items(include, "concept").iter().map(|c| text(c, "code")));
                continue;
            }
            let code_system = self
                .by_url
                .get(&("CodeSystem", system))
                .filter(|c| text(c, "content") == "complete");
            collect(
                items(code_system.ok_or(format!("{system} is not listed in the package"))?, "concept"),
                codes,
            );
        }
        if systems.is_empty() {
            Err("the value set lists nothing".to_owned())
        } else {
            Ok(systems)
        }
    }

    /// The enumerated sets: name, code system, codes separated by `|`.
    pub fn table(&self) -> anyhow::Result<String> {
        let mut out = String::from("#value set\tcode system\tcodes\n");
        for (name, systems) in &self.sets {
            for (system, codes) in systems {
                ensure!(
                    codes.iter().all(|c| !c.contains(['|', '\t', '\n'])),
                    "{name}: a separator inside a code"
                );
                writeln!(out, "{name}\t{system}\t{}", codes.iter().copied().collect::<Vec<_>>().join("|"))?;
            }
        }
        Ok(out)
    }

    /// The required bindings that are not checked: value set, why, elements.
    pub fn unchecked_table(&self) -> String {
        let mut out = String::from("#value set\twhy its codes are not checked\telements\n");
        for (url, (why, paths)) in &self.unchecked {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            out.push_str(&format!("{url}\t{why}\t{}\n", paths.join(",")));
        }
        out
    }
}

fn collect<'a>(concepts: &'a [Value], codes: &mut BTreeSet<&'a str>) {
    for concept in concepts {
        codes.insert(text(concept, "code"));
        collect(items(concept, "concept"), codes);
    }
}

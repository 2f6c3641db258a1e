//! Systems for tests, and tests of the whole.

mod behaviour;
mod operations;
mod properties;

use super::*;
use crate::json::{Document, parse};

#[test]
fn it_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Terminology>();
}

pub(super) fn json(text: &str) -> Document {
    parse(text.as_bytes().to_vec(), crate::json::Limits::default()).unwrap()
}

/// A store of the resources.
pub(super) fn store(resources: &[&str]) -> Terminology {
    let mut builder = TerminologyBuilder::new();
    for text in resources {
        assert!(builder.resource(json(text).root()), "{text}");
    }
    let (store, findings) = builder.build();
    assert_eq!(findings, []);
    store
}

/// The identifier of a concept (partition 00) with that number in it.
pub(super) fn sctid(number: u32) -> String {
    with_check(&format!("{}00", number + 100))
}

/// The identifier of a description.
pub(super) fn description_id(number: u32) -> String {
    with_check(&format!("{}01", number + 100))
}

fn with_check(digits: &str) -> String {
    (0..10).map(|d| format!("{digits}{d}")).find(|t| verhoeff(t)).unwrap()
}

/// A small SNOMED CT: concepts `0..n`, links child to parent, attributes (source, kind, target,
/// group), members (refset, concept).
#[derive(Debug, Clone, Default)]
pub(super) struct Snomed {
    pub concepts: u32,
    pub links: Vec<(u32, u32)>,
    pub attributes: Vec<(u32, u32, u32, u32)>,
    pub members: Vec<(u32, u32)>,
}

impl Snomed {
    pub fn load(&self) -> Terminology {
        let mut files = Rf2::new(Some("http://snomed.info/sct/51000202101/version/20990101"));
        let mut concepts = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\r\n".to_owned();
        for c in 0..self.concepts {
            concepts += &format!("{}\t20990101\t1\t900000000000207008\t900000000000074008\r\n", sctid(c));
        }
        let mut relationships =
            "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId\n"
                .to_owned();
        let mut relate = |source: &str, target: &str, group: u32, kind: &str| {
            relationships += &format!("1\t20990101\t1\t1\t{source}\t{target}\t{group}\t{kind}\t900000000000011006\t900000000000451002\n");
        };
        for (child, parent) in &self.links {
            relate(&sctid(*child), &sctid(*parent), 0, "116680003");
        }
        for (source, kind, target, group) in &self.attributes {
            relate(&sctid(*source), &sctid(*target), *group, &sctid(*kind));
        }
        let mut members = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\n".to_owned();
        for (refset, member) in &self.members {
            members += &format!("x\t20990101\t1\t1\t{}\t{}\n", sctid(*refset), sctid(*member));
        }
        // In an order that makes no sense, on purpose.
        assert_eq!(files.file("members", members.as_bytes()).unwrap(), FileKind::Refset);
        assert_eq!(
            files.file("relationships", relationships.as_bytes()).unwrap(),
            FileKind::Relationships
        );
        assert_eq!(files.file("concepts", concepts.as_bytes()).unwrap(), FileKind::Concepts);
        let mut builder = TerminologyBuilder::new();
        builder.snomed(files);
        let (store, findings) = builder.build();
        assert_eq!(findings, []);
        store
    }
}

/// A system with a hierarchy, other languages and properties.
pub(super) const ANIMALS: &str = r#"{"resourceType":"CodeSystem","url":"urn:animals","version":"2","name":"Animals","status":"active",
"content":"complete","caseSensitive":true,"language":"en","valueSet":"urn:all-animals",
"identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.3"}],
"property":[{"code":"legs","type":"integer"}],
"concept":[{"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],"concept":[
 {"code":"bird","display":"Bird","designation":[{"language":"nb","value":"Fugl"}],"property":[{"code":"legs","valueInteger":2}],
  "concept":[{"code":"gull","display":"Gull","definition":"Loud","designation":[{"language":"nb","value":"Måke"}]}]},
 {"code":"fish","display":"Fish","designation":[{"language":"nn","value":"Fisk"}],"property":[{"code":"legs","valueInteger":0}]},
 {"code":"dodo","display":"Dodo","property":[{"code":"inactive","valueBoolean":true},{"code":"parent","valueCode":"bird"}]}]}]}"#;

pub(super) fn codes(store: &Terminology, set: &str) -> Result<Vec<String>, OperationError> {
    let value_set = ValueSet::read(json(set).root(), &mut Vec::new());
    let request = ExpandRequest {
        value_set: Some(value_set),
        ..ExpandRequest::default()
    };
    Ok(store.expand(&request)?.contains.into_iter().map(|c| c.coding.code).collect())
}

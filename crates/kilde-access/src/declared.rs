//! What citizens have declared: the form it has in the log, and the table that every decision looks into.

use crate::block::{Block, Element, Reader};
use crate::hold::Hold;
use crate::proxy::Proxy;
use crate::request::OwnRequest;
use kilde_log::PersonNo;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The type number under which declarations stand in the log, beside the resources: none of FHIR's.
pub const DECLARATION: u8 = 255;

/// First byte of a stored declaration. Those of every earlier version stay readable.
const VERSION: u8 = 1;

/// Something that a citizen has declared about herself. It is one entry in the log, under an id of its own and in versions;
/// what is lifted is deleted there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declaration {
    /// A block.
    Block(Block),
    /// A proxy for somebody else.
    Proxy(Proxy),
    /// A request to the controller.
    Request(OwnRequest),
    /// A legal hold. The controller declares it, about the person.
    Hold(Hold),
}

impl Declaration {
    /// What kind it is: also the beginning of the id of a new one.
    pub fn kind(&self) -> &'static str {
        match self {
            Declaration::Block(_) => "block",
            Declaration::Proxy(_) => "proxy",
            Declaration::Request(_) => "request",
            Declaration::Hold(_) => "hold",
        }
    }

    /// The stored bytes.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut out = vec![VERSION];
        serde_json::to_writer(&mut out, self)?;
        Ok(out)
    }

    /// From stored bytes; `None` if they are of a version that is not known, or damaged.
    pub fn decode(bytes: &[u8]) -> Option<Declaration> {
        match bytes.split_first()? {
            (&VERSION, json) => serde_json::from_slice(json).ok(),
            _ => None,
        }
    }
}

/// The declarations of one person, by id.
type Own = Vec<(Box<str>, Declaration)>;

/// The declarations in force, by person. A snapshot: what is declared later makes another.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    of: FxHashMap<PersonNo, Arc<Own>>,
}

impl Declared {
    /// Puts the newest version of a declaration there, or takes it away.
    pub fn put(&mut self, person: PersonNo, id: &str, declaration: Option<Declaration>) {
        let all = Arc::make_mut(self.of.entry(person).or_default());
        all.retain(|(known, _)| &**known != id);
        all.extend(declaration.map(|declaration| (id.into(), declaration)));
        if all.is_empty() {
            self.of.remove(&person);
        }
    }

    /// Whether nobody has declared anything.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The blocks of a person.
    pub fn blocks(&self, person: PersonNo) -> impl Iterator<Item = &Block> {
        self.all(person).filter_map(|declaration| match declaration {
            Declaration::Block(block) => Some(block),
            _ => None,
        })
    }

    /// The proxies that a person has given.
    pub fn proxies(&self, person: PersonNo) -> impl Iterator<Item = &Proxy> {
        self.all(person).filter_map(|declaration| match declaration {
            Declaration::Proxy(proxy) => Some(proxy),
            _ => None,
        })
    }

    /// Every request that is not withdrawn: whose, its id, and what it says.
    pub fn requests(&self) -> impl Iterator<Item = (PersonNo, &str, &OwnRequest)> {
        self.of.iter().flat_map(|(person, all)| {
            all.iter().filter_map(|(id, one)| match one {
                Declaration::Request(request) => Some((*person, &**id, request)),
                _ => None,
            })
        })
    }

    /// The legal holds on a person, with their ids.
    pub fn holds(&self, person: PersonNo) -> impl Iterator<Item = (&str, &Hold)> {
        let own = self.of.get(&person).into_iter().flat_map(|all| all.iter());
        own.filter_map(|(id, declaration)| match declaration {
            Declaration::Hold(hold) => Some((&**id, hold)),
            _ => None,
        })
    }

    /// Every legal hold that is not lifted: on whom, its id, and what it says.
    pub fn every_hold(&self) -> impl Iterator<Item = (PersonNo, &str, &Hold)> {
        let persons = self.of.keys().copied();
        persons.flat_map(move |person| self.holds(person).map(move |(id, hold)| (person, id, hold)))
    }

    fn all(&self, person: PersonNo) -> impl Iterator<Item = &Declaration> {
        self.of.get(&person).into_iter().flat_map(|all| all.iter().map(|(_, one)| one))
    }
}

/// The blocks that a scope stands under: everybody's, and who reads.
#[derive(Debug, Clone)]
pub(crate) struct Closing {
    pub declared: Arc<Declared>,
    pub reader: Reader,
}

impl Closing {
    /// Whether a block of its person closes the element.
    pub fn closes(&self, element: &Element<'_>) -> bool {
        self.declared
            .blocks(element.person)
            .any(|block| block.closes(element, &self.reader))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Against, Covers};
    use crate::days::Days;
    use proptest::prelude::*;

    fn any_block() -> impl Strategy<Value = Block> {
        let against = prop_oneof![
            Just(Against::Everyone),
            Just(Against::OthersThanSource),
            "[0-9]{9}".prop_map(|number| Against::Organisation { number }),
            ("[0-9]{11}", proptest::option::of("[0-9]{9}"), proptest::option::of("\\PC{0,20}")).prop_map(|(pid, hpr, name)| {
                Against::Reader {
                    pid,
                    hpr,
                    workplace: name.clone(),
                    name,
                }
            }),
        ];
        let covers = prop_oneof![
            Just(Covers::Everything),
            "[a-z]{1,9}".prop_map(|name| Covers::Category { name }),
            ("[A-Za-z]{1,9}", "[a-z0-9-]{1,9}").prop_map(|(rtype, id)| Covers::Element { rtype, id }),
            any::<(u16, u16)>().prop_map(|(from, to)| Covers::Period { days: Days { from, to } }),
        ];
        (against, covers, any::<bool>()).prop_map(|(against, covers, emergency_opens)| Block {
            against,
            covers,
            emergency_opens,
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(block in any_block()) {
            let declaration = Declaration::Block(block);
            let bytes = declaration.encode().map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(Declaration::decode(&bytes), Some(declaration));
        }

        #[test]
        fn any_bytes_are_decoded_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Declaration::decode(&bytes);
        }
    }

    #[test]
    fn newest_versions_count_and_what_is_lifted_is_gone() {
        let mut declared = Declared::default();
        let (a, b) = (PersonNo(1), PersonNo(2));
        declared.put(a, "1", Some(Declaration::Block(Block::UNREADABLE)));
        let earlier = declared.clone();
        declared.put(
            a,
            "1",
            Some(Declaration::Block(Block {
                emergency_opens: true,
                ..Block::UNREADABLE
            })),
        );
        assert_eq!(declared.blocks(a).map(|block| block.emergency_opens).collect::<Vec<_>>(), [true]);
        assert_eq!(declared.blocks(b).count(), 0);
        declared.put(a, "1", None);
        assert!(declared.is_empty());
        // A snapshot stays as it was.
        assert_eq!(earlier.blocks(a).map(|block| block.emergency_opens).collect::<Vec<_>>(), [false]);
    }
}

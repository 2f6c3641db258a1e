//! The head of an event: envelope, links, entry heads, and the names it introduced. Sealed as one block.

use crate::codec::{Reader, put_bytes, put_u64};
use crate::{Change, EntryHead, Envelope, PersonNo};

const VERSION: u8 = 1;

/// A keyed hash of an identity or a message key.
pub(super) type NameHash = [u8; 16];

/// Everything about an event but its contents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Head {
    pub envelope: Envelope,
    pub links: Vec<(PersonNo, PersonNo)>,
    pub entries: Vec<EntryHead>,
    /// Identities first seen with this event, and whom they name: the persons table follows from the log.
    pub identities: Vec<(NameHash, PersonNo)>,
    pub message: Option<NameHash>,
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128 + 48 * self.entries.len());
        out.push(VERSION);
        self.envelope.encode(&mut out);
        out.push(u8::from(self.message.is_some()));
        if let Some(message) = &self.message {
            out.extend_from_slice(message);
        }
        put_u64(&mut out, self.links.len() as u64);
        for (one, other) in &self.links {
            put_u64(&mut out, u64::from(one.0));
            put_u64(&mut out, u64::from(other.0));
        }
        put_u64(&mut out, self.identities.len() as u64);
        for (name, person) in &self.identities {
            out.extend_from_slice(name);
            put_u64(&mut out, u64::from(person.0));
        }
        put_u64(&mut out, self.entries.len() as u64);
        for entry in &self.entries {
            put_u64(&mut out, u64::from(entry.person.0));
            out.push(entry.rtype);
            put_bytes(&mut out, entry.id.as_bytes());
            put_u64(&mut out, u64::from(entry.version));
            entry.change.encode(&mut out);
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.u8()? != VERSION {
            return None;
        }
        let envelope = Envelope::decode(&mut from)?;
        let message = match from.u8()? {
            0 => None,
            1 => Some(from.array()?),
            _ => return None,
        };
        let links = list(&mut from, |from| Some((person(from)?, person(from)?)))?;
        let identities = list(&mut from, |from| Some((from.array()?, person(from)?)))?;
        let entries = list(&mut from, |from| {
            Some(EntryHead {
                person: person(from)?,
                rtype: from.u8()?,
                id: from.text()?,
                version: from.u32()?,
                change: Change::decode(from)?,
            })
        })?;
        from.is_empty().then_some(Self {
            envelope,
            links,
            entries,
            identities,
            message,
        })
    }
}

fn person(from: &mut Reader<'_>) -> Option<PersonNo> {
    from.u32().map(PersonNo)
}

fn list<T>(from: &mut Reader<'_>, mut item: impl FnMut(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    let count = from.count()?;
    (0..count).map(|_| item(from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn envelope() -> impl Strategy<Value = Envelope> {
        let texts = (".{0,8}", ".{0,8}", ".{0,8}", ".{0,8}", ".{0,8}");
        let persons = proptest::collection::vec(any::<u32>().prop_map(PersonNo), 0..4);
        (texts, any::<i64>(), any::<Option<i64>>(), any::<Option<String>>(), persons).prop_map(
            |((kind, source, organisation, client, format), received_ms, occurred_ms, message_id, persons)| Envelope {
                kind,
                source,
                organisation,
                client,
                received_ms,
                occurred_ms,
                message_id,
                format,
                persons,
            },
        )
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            Just(Change::Created),
            Just(Change::Updated),
            Just(Change::Deleted),
            any::<[u8; 6]>().prop_map(Change::Destroyed),
        ]
    }

    fn head() -> impl Strategy<Value = Head> {
        let entry =
            (any::<u32>(), any::<u8>(), ".{0,12}", any::<u32>(), change()).prop_map(|(person, rtype, id, version, change)| EntryHead {
                person: PersonNo(person),
                rtype,
                id,
                version,
                change,
            });
        let links = proptest::collection::vec(any::<(u32, u32)>().prop_map(|(a, b)| (PersonNo(a), PersonNo(b))), 0..3);
        let names = proptest::collection::vec(any::<([u8; 16], u32)>().prop_map(|(a, b)| (a, PersonNo(b))), 0..3);
        (
            envelope(),
            links,
            proptest::collection::vec(entry, 0..5),
            names,
            any::<Option<[u8; 16]>>(),
        )
            .prop_map(|(envelope, links, entries, identities, message)| Head {
                envelope,
                links,
                entries,
                identities,
                message,
            })
    }

    proptest! {
        #[test]
        fn a_head_comes_back_and_no_part_of_it_does(head in head(), cut in any::<prop::sample::Index>()) {
            let bytes = head.encode();
            prop_assert_eq!(Head::decode(&bytes), Some(head));
            prop_assert_eq!(Head::decode(&bytes[..cut.index(bytes.len())]), None);
        }

        #[test]
        fn any_bytes_are_read_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            bytes[0] = VERSION;
            if let Some(head) = Head::decode(&bytes) {
                prop_assert_eq!(head.encode(), bytes);
            }
        }
    }
}

//! A person's key, and what is left of it when something of hers was destroyed.
//!
//! As long as nothing is, it is 32 random bytes, from which a key for each event follows, and from that one for each sealed block. When an
//! element is destroyed, those bytes are: what takes their place are the keys of everything else that she has, one by one, and new
//! bytes for what is still to come, which follow from the earlier ones but do not lead back. So nobody pays for being able to lose a single
//! element but those who did, and who destroys the same again of an earlier copy comes to the same keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::codec::{Reader, put_u64};
use crate::keys::DataKey;
use crate::{EventNo, LogError};

/// A sealed block of a person: the number of its family, event, entry.
pub(crate) type BlockPlace = (u8, EventNo, u32);

/// First byte of the stored form of [`Rest`]; whole keys are 32 bytes without one.
const REST: u8 = 1;

/// A person's key.
#[derive(Clone)]
pub(crate) enum PersonKey {
    /// Nothing of hers is destroyed.
    Whole(DataKey),
    /// What is left.
    Rest(Arc<Rest>),
}

/// The keys that are left when something was destroyed.
#[derive(Clone)]
pub(crate) struct Rest {
    /// Events after this one stand under `new`.
    pub after: EventNo,
    pub new: DataKey,
    /// Keys of events of which nothing of hers is destroyed.
    pub events: BTreeMap<EventNo, DataKey>,
    /// Keys of single blocks, ready for use: of events of which something is, and of those from before events had keys.
    pub blocks: BTreeMap<BlockPlace, DataKey>,
}

impl PersonKey {
    /// A new one.
    pub(crate) fn random() -> Result<Self, LogError> {
        DataKey::random().map(Self::Whole)
    }

    /// The key of an event; `None` when something of it is destroyed, or it is from before events had keys.
    pub(crate) fn event(&self, no: EventNo) -> Option<DataKey> {
        match self {
            Self::Whole(root) => Some(event_key(root, no)),
            Self::Rest(rest) if no > rest.after => Some(event_key(&rest.new, no)),
            Self::Rest(rest) => rest.events.get(&no).cloned(),
        }
    }

    /// The key of a single block, where it is kept by itself.
    pub(crate) fn block(&self, place: BlockPlace) -> Option<&DataKey> {
        match self {
            Self::Whole(_) => None,
            Self::Rest(rest) => rest.blocks.get(&place),
        }
    }

    /// The bytes that everything follows from, as long as nothing is destroyed.
    pub(crate) fn whole(&self) -> Option<&DataKey> {
        match self {
            Self::Whole(root) => Some(root),
            Self::Rest(_) => None,
        }
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let rest = match self {
            Self::Whole(root) => return Zeroizing::new(root.bytes().to_vec()),
            Self::Rest(rest) => rest,
        };
        // Room for all of it, so that no half of it is left behind in memory.
        let mut out = Zeroizing::new(Vec::with_capacity(70 + rest.events.len() * 48 + rest.blocks.len() * 56));
        out.push(REST);
        put_u64(&mut out, rest.after.0);
        out.extend_from_slice(rest.new.bytes());
        put_u64(&mut out, rest.events.len() as u64);
        let mut before = 0;
        for (event, key) in &rest.events {
            put_u64(&mut out, event.0 - before);
            before = event.0;
            out.extend_from_slice(key.bytes());
        }
        put_u64(&mut out, rest.blocks.len() as u64);
        for ((family, event, entry), key) in &rest.blocks {
            out.push(*family);
            put_u64(&mut out, event.0);
            put_u64(&mut out, u64::from(*entry));
            out.extend_from_slice(key.bytes());
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        if let Ok(root) = <[u8; 32]>::try_from(bytes) {
            return Some(Self::Whole(DataKey::from_bytes(root)));
        }
        let mut from = Reader::new(bytes);
        if from.u8()? != REST {
            return None;
        }
        let after = EventNo(from.u64()?);
        let new = DataKey::from_bytes(from.array()?);
        let (mut events, mut blocks) = (BTreeMap::new(), BTreeMap::new());
        let mut before = 0u64;
        for _ in 0..from.count()? {
            before = before.checked_add(from.u64()?)?;
            events.insert(EventNo(before), DataKey::from_bytes(from.array()?));
        }
        for _ in 0..from.count()? {
            let place = (from.u8()?, EventNo(from.u64()?), from.u32()?);
            blocks.insert(place, DataKey::from_bytes(from.array()?));
        }
        from.is_empty().then(|| {
            Self::Rest(Arc::new(Rest {
                after,
                new,
                events,
                blocks,
            }))
        })
    }
}

impl Rest {
    /// What a key leaves for the events after one: nothing of before yet.
    pub(crate) fn of(key: &PersonKey, after: EventNo) -> Self {
        let before = match key {
            PersonKey::Whole(root) => root,
            PersonKey::Rest(rest) => &rest.new,
        };
        Self {
            after,
            new: follow(before, b"kilde key after ........", after),
            events: BTreeMap::new(),
            blocks: BTreeMap::new(),
        }
    }

    /// The same for a log that ends with an earlier event.
    pub(super) fn cut_after(&self, last: EventNo) -> Self {
        let mut cut = self.clone();
        cut.after = last;
        cut.events.retain(|event, _| *event <= last);
        cut.blocks.retain(|(_, event, _), _| *event <= last);
        cut
    }
}

/// The key of an event under a person's bytes.
fn event_key(root: &DataKey, no: EventNo) -> DataKey {
    follow(root, b"kilde event key ........", no)
}

fn follow(root: &DataKey, purpose: &[u8; 24], no: EventNo) -> DataKey {
    let mut input = *purpose;
    input[16..].copy_from_slice(&no.0.to_be_bytes());
    DataKey::from_bytes(*blake3::keyed_hash(root.bytes(), &input).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> impl Strategy<Value = DataKey> {
        any::<[u8; 32]>().prop_map(DataKey::from_bytes)
    }

    proptest! {
        #[test]
        fn what_is_left_comes_back_and_no_part_of_it_does(
            after: u64,
            new in key(),
            events in proptest::collection::btree_map(any::<u64>().prop_map(EventNo), key(), 0..5),
            blocks in proptest::collection::btree_map((0u8..3, any::<u64>().prop_map(EventNo), any::<u32>()), key(), 0..5),
            cut in any::<prop::sample::Index>(),
        ) {
            let stored = PersonKey::Rest(Arc::new(Rest { after: EventNo(after), new, events, blocks })).encode();
            prop_assert_eq!(&PersonKey::decode(&stored).unwrap().encode()[..], &stored[..]);
            let cut = cut.index(stored.len());
            if cut != 32 {
                prop_assert!(PersonKey::decode(&stored[..cut]).is_none());
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = PersonKey::decode(&bytes);
        }
    }
}

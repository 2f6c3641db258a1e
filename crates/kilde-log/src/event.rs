//! What is put into the log, and what comes out of it.

use crate::codec::{Reader, put_bytes, put_i64, put_u64};
use crate::{EventNo, PersonNo};

/// The particulars of an event: who sent what, when, about whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Envelope {
    /// The kind of request: "transaction", "create", "update", "message", "okt", ...
    pub kind: String,
    /// The source system.
    pub source: String,
    /// The organisation the write is made for.
    pub organisation: String,
    /// The client (software) that sent it.
    pub client: String,
    /// When it was received, ms since the Unix epoch.
    pub received_ms: i64,
    /// When it happened, according to the source, ms since the Unix epoch.
    pub occurred_ms: Option<i64>,
    /// The source's own id of the message.
    pub message_id: Option<String>,
    /// Media type or name of the format of the original.
    pub format: String,
    /// The persons the event concerns.
    pub persons: Vec<PersonNo>,
}

impl Envelope {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let Self {
            kind,
            source,
            organisation,
            client,
            received_ms,
            occurred_ms,
            message_id,
            format,
            persons,
        } = self;
        for text in [kind, source, organisation, client, format] {
            put_bytes(out, text.as_bytes());
        }
        put_i64(out, *received_ms);
        out.push(u8::from(occurred_ms.is_some()) | u8::from(message_id.is_some()) << 1);
        if let Some(occurred) = occurred_ms {
            put_i64(out, *occurred);
        }
        if let Some(id) = message_id {
            put_bytes(out, id.as_bytes());
        }
        put_u64(out, persons.len() as u64);
        for person in persons {
            put_u64(out, u64::from(person.0));
        }
    }

    pub(crate) fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let [kind, source, organisation, client, format] = [from.text()?, from.text()?, from.text()?, from.text()?, from.text()?];
        let received_ms = from.i64()?;
        let flags = from.u8()?;
        if flags > 3 {
            return None;
        }
        let occurred_ms = if flags & 1 != 0 { Some(from.i64()?) } else { None };
        let message_id = if flags & 2 != 0 { Some(from.text()?) } else { None };
        let count = from.count()?;
        let persons = (0..count).map(|_| from.u32().map(PersonNo)).collect::<Option<_>>()?;
        Some(Self {
            kind,
            source,
            organisation,
            client,
            received_ms,
            occurred_ms,
            message_id,
            format,
            persons,
        })
    }
}

/// What an entry did to its resource.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// The first version.
    Created,
    /// A later version.
    Updated,
    /// The resource is gone from the current state; the payload is empty.
    Deleted,
    /// As deleted, and the keys of all its versions are destroyed with the event; the payload is empty. What an index must know of what it
    /// can no longer read stands in these bytes; they mean nothing to the log.
    Destroyed([u8; 6]),
}

impl Change {
    /// Whether the resource is gone with it.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Deleted | Self::Destroyed(_))
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        match self {
            Self::Created => out.push(1),
            Self::Updated => out.push(2),
            Self::Deleted => out.push(3),
            Self::Destroyed(standing) => {
                out.push(4);
                out.extend_from_slice(&standing);
            }
        }
    }

    pub(crate) fn decode(from: &mut Reader<'_>) -> Option<Self> {
        match from.u8()? {
            1 => Some(Self::Created),
            2 => Some(Self::Updated),
            3 => Some(Self::Deleted),
            4 => from.array().map(Self::Destroyed),
            _ => None,
        }
    }
}

/// One resource version in an event, with its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whose it is; its data key seals the payload.
    pub person: PersonNo,
    /// The resource type's number.
    pub rtype: u8,
    /// The resource's id.
    pub id: String,
    /// The resource's version, from 1.
    pub version: u32,
    /// What happened to it.
    pub change: Change,
    /// The exact bytes that will be sent on read; empty when deleted.
    pub payload: Vec<u8>,
}

/// One resource version in an event, without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntryHead {
    /// Whose it is.
    pub person: PersonNo,
    /// The resource type's number.
    pub rtype: u8,
    /// The resource's id.
    pub id: String,
    /// The resource's version, from 1.
    pub version: u32,
    /// What happened to it.
    pub change: Change,
}

impl From<&Entry> for EntryHead {
    fn from(entry: &Entry) -> Self {
        Self {
            person: entry.person,
            rtype: entry.rtype,
            id: entry.id.clone(),
            version: entry.version,
            change: entry.change,
        }
    }
}

/// An event on its way into the log.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewEvent {
    /// The particulars.
    pub envelope: Envelope,
    /// The message as it was received.
    pub original: Vec<u8>,
    /// The first answer, kept for repeats of the same message.
    pub answer: Vec<u8>,
    /// What makes a repeat recognisable. The log refuses a second event with the same key.
    pub message_key: Option<Vec<u8>>,
    /// Pairs of person numbers that were found to be the same human being.
    pub links: Vec<(PersonNo, PersonNo)>,
    /// The resources it created, changed or deleted.
    pub entries: Vec<Entry>,
}

impl NewEvent {
    /// Everyone the event concerns, sorted, each once: the envelope's persons and the entries'.
    pub fn concerned(&self) -> Vec<PersonNo> {
        concerned(&self.envelope.persons, self.entries.iter().map(|entry| entry.person))
    }
}

/// An event as the log holds it, without the sealed contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredEvent {
    /// Its number.
    pub no: EventNo,
    /// The particulars.
    pub envelope: Envelope,
    /// Pairs of person numbers that were found to be the same human being.
    pub links: Vec<(PersonNo, PersonNo)>,
    /// The resources it created, changed or deleted.
    pub entries: Vec<EntryHead>,
    /// The chain hash: covers this event and, through it, every earlier one.
    pub hash: [u8; 32],
}

impl StoredEvent {
    /// Everyone the event concerns, sorted, each once: the envelope's persons and the entries'.
    pub fn concerned(&self) -> Vec<PersonNo> {
        concerned(&self.envelope.persons, self.entries.iter().map(|entry| entry.person))
    }
}

fn concerned(envelope: &[PersonNo], entries: impl Iterator<Item = PersonNo>) -> Vec<PersonNo> {
    let mut persons: Vec<PersonNo> = envelope.iter().copied().chain(entries).filter(|person| person.is_some()).collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

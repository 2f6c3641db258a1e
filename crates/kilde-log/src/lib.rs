#![doc = include_str!("../README.md")]

mod codec;
mod error;
mod event;
mod group;
mod ident;
mod keys;
mod lately;
mod log;
mod lookup;
pub mod merkle;
pub mod note;
mod quarantine;
mod records;
mod ring;
mod seal;
mod seals;
mod store;
#[cfg(test)]
mod testing;

pub use error::LogError;
pub use event::{Change, Entry, EntryHead, Envelope, NewEvent, StoredEvent};
pub use group::{Full, GroupCommit, GroupStats, Stopped, Ticket};
pub use ident::{EventNo, Instance, PersonNo};
pub use keys::{InstanceKeys, MasterKey, Subkey};
pub use log::{Appender, Destruction, EventLog, Events, Verified};
pub use lookup::{Findable, Lookup, Numbers, Term};
pub use merkle::TilePath;
pub use quarantine::{Quarantine, QuarantineItem, Resolution};
pub use records::{Record, RecordLog, RecordTiles, RecordTree, SALT, StoredRecord, VerifiedRecords, commitment, leaf};
pub use seals::{Bound, Receipt, Request, Seals, Signed, Turned};

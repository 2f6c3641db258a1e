//! What can go wrong. No error holds personal data: only places, numbers and causes.

use std::path::{Path, PathBuf};

use crate::{EventNo, Instance, PersonNo};

/// An error of the log, the record log, the quarantine or the keys.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The operating system refused.
    #[error("{action} {path}: {cause}", path = path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// The storage engine refused; the text names the file and the cause.
    #[error("storage engine in {path}: {cause}", path = path.display())]
    Engine {
        /// The directory of the store.
        path: PathBuf,
        /// The engine's words.
        cause: String,
    },
    /// Another process (or another part of this one) has the store open.
    #[error("{path} is already open; only one process can use it at a time", path = path.display())]
    InUse {
        /// The directory of the store.
        path: PathBuf,
    },
    /// The data belongs to another instance.
    #[error("{path} belongs to another instance than {instance}", path = path.display())]
    OtherInstance {
        /// The file or directory.
        path: PathBuf,
        /// The instance that was asked for.
        instance: Instance,
    },
    /// The format on disk is newer than this program, or not ours.
    #[error("{path} has data format {found}, this program knows {known}", path = path.display())]
    Format {
        /// The file or directory.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The format known.
        known: u32,
    },
    /// The master key is not the one this instance's key was wrapped with.
    #[error("the master key does not open {path}: it is not the key this instance was created with", path = path.display())]
    WrongMasterKey {
        /// The wrapped key's file.
        path: PathBuf,
    },
    /// The instance key is not the one the data was sealed with.
    #[error("the instance key does not fit the data in {path}", path = path.display())]
    WrongInstanceKey {
        /// The directory of the store.
        path: PathBuf,
    },
    /// A key file is not what it should be.
    #[error("key file {path}: {what}", path = path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A record cannot be right.
    #[error("damaged record in {family}, key {key}: {what}")]
    Damaged {
        /// The column family.
        family: &'static str,
        /// The number of the record (event, person, ...).
        key: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A record that must exist is not there.
    #[error("missing record in {family}, key {key}")]
    Missing {
        /// The column family.
        family: &'static str,
        /// The number of the record.
        key: u64,
    },
    /// The log ends before an event that was acknowledged.
    #[error("the log in {path} ends at {found}, but {acknowledged} was acknowledged: later records are lost", path = path.display())]
    Lost {
        /// The directory of the store.
        path: PathBuf,
        /// The last number found.
        found: u64,
        /// The last number known to have been durable.
        acknowledged: u64,
    },
    /// The key ring lacks keys of persons whom the log knows: it is older than the log, or not there.
    #[error("{path} holds keys of {found} persons, the log knows {given}: restore the newest copy of the key ring", path = path.display())]
    NoKeys {
        /// The directory of the key ring.
        path: PathBuf,
        /// The highest number with a key.
        found: u32,
        /// The highest number that the log gave.
        given: u32,
    },
    /// There is no such entry in the event.
    #[error("event {event} has no entry {entry}")]
    NoSuchEntry {
        /// The event.
        event: EventNo,
        /// The entry asked for, from 0.
        entry: u32,
    },
    /// An event with this message key is in the log already.
    #[error("the message is event {event} already")]
    Repeated {
        /// The first event with the key.
        event: EventNo,
    },
    /// The number was never given to a person, or cannot be used here.
    #[error("person {person} is not known to the log")]
    UnknownPerson {
        /// The number.
        person: PersonNo,
    },
    /// The person's data key is destroyed: nothing more can be sealed for this number.
    #[error("the data key of person {person} is destroyed")]
    Destroyed {
        /// The number.
        person: PersonNo,
    },
    /// A write failed earlier: nothing is accepted until the store is opened again.
    #[error("{path} takes no more writes after a failed one; it must be opened again", path = path.display())]
    Poisoned {
        /// The directory of the store.
        path: PathBuf,
    },
    /// More than the format has room for.
    #[error("{what} is larger than the log can hold")]
    TooLarge {
        /// What.
        what: &'static str,
    },
    /// A log's name must be one word without a plus sign.
    #[error("the name of the log must have no spaces and no plus sign")]
    Origin,
    /// A note, a checkpoint or a key is none, or is signed by nobody who is trusted.
    #[error("{path}: {cause}", path = path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: crate::note::NoteError,
    },
    /// Sealing failed in the cryptographic library.
    #[error("sealing failed")]
    Sealing,
    /// A quarantined item that is settled already, or was never there.
    #[error("quarantine has no open item {0}")]
    NotInQuarantine(u64),
}

impl LogError {
    pub(crate) fn io(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_owned(),
            cause,
        }
    }

    pub(crate) fn damaged(family: &'static str, key: u64, what: &'static str) -> Self {
        Self::Damaged { family, key, what }
    }
}

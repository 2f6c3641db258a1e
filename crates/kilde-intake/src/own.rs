//! Events that no source delivers: what citizens declare, what the municipality decides, what the controller destroys.

use crate::intake::Intake;
use kilde_index::{Applied, IndexError};
use kilde_log::{Appender, Destruction, Entry, Envelope, EventNo, LogError, NewEvent, PersonNo};

/// Stands for source and organisation of what the controller decides.
pub(crate) const CONTROLLER: &str = "controller";

/// One such event in the making.
pub(crate) struct Own<'a> {
    /// Kind of the event in the log.
    pub kind: &'static str,
    /// Who stands for source and organisation.
    pub by: &'static str,
    /// The client that it comes through.
    pub client: &'a str,
    /// The message as it came.
    pub original: Vec<u8>,
    /// What it says.
    pub entries: Vec<Entry>,
    /// What it destroys.
    pub destroys: Option<Destruction>,
    /// When, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl Intake {
    /// One append, one fsync, the index. When it returns, the event is durable and the next question sees it.
    ///
    /// # Errors
    /// The log refused it, and nothing is stored; or the index did, and it is in the log.
    pub(crate) fn record_own<E: From<LogError> + From<IndexError>>(&self, mut appender: Appender<'_>, own: Own<'_>) -> Result<EventNo, E> {
        let mut persons: Vec<PersonNo> = own.entries.iter().map(|entry| entry.person).filter(|p| p.is_some()).collect();
        persons.sort_unstable();
        persons.dedup();
        let event = NewEvent {
            envelope: Envelope {
                kind: own.kind.to_owned(),
                source: format!("{}/{}", own.by, own.client),
                organisation: own.by.to_owned(),
                client: own.client.to_owned(),
                received_ms: own.now_ms,
                format: "application/json".to_owned(),
                persons,
                ..Envelope::default()
            },
            original: own.original,
            entries: own.entries,
            ..NewEvent::default()
        };
        let no = match own.destroys {
            Some(what) => appender.push_destroying(event.clone(), what)?,
            None => appender.push(event.clone())?,
        };
        appender.commit()?;
        self.index.apply(&[Applied::of(no, &event)])?;
        Ok(no)
    }
}

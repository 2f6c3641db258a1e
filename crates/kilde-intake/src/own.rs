//! Events that no source delivers: what citizens declare, and what the municipality decides.

use crate::intake::Intake;
use kilde_index::{Applied, IndexError};
use kilde_log::{Appender, Entry, Envelope, EventNo, LogError, NewEvent};

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
    pub entry: Entry,
    /// When, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl Intake {
    /// One append, one fsync, the index. When it returns, the event is durable and the next question sees it.
    ///
    /// # Errors
    /// The log refused it, and nothing is stored; or the index did, and it is in the log.
    pub(crate) fn record_own<E: From<LogError> + From<IndexError>>(&self, mut appender: Appender<'_>, own: Own<'_>) -> Result<EventNo, E> {
        let event = NewEvent {
            envelope: Envelope {
                kind: own.kind.to_owned(),
                source: format!("{}/{}", own.by, own.client),
                organisation: own.by.to_owned(),
                client: own.client.to_owned(),
                received_ms: own.now_ms,
                format: "application/json".to_owned(),
                persons: Some(own.entry.person).filter(|person| person.is_some()).into_iter().collect(),
                ..Envelope::default()
            },
            original: own.original,
            entries: vec![own.entry],
            ..NewEvent::default()
        };
        let no = appender.push(event.clone())?;
        appender.commit()?;
        self.index.apply(&[Applied::of(no, &event)])?;
        Ok(no)
    }
}

//! What a citizen declares goes into the log as any event does: one append, one fsync, the index, and only then the answer. So it holds from
//! the next question on, and survives whatever the log survives.

use crate::intake::Intake;
use crate::own::{CONTROLLER, Own};
use kilde_access::Declaration;
use kilde_access::declared::DECLARATION;
use kilde_fhir::national_id::Nin;
use kilde_index::{IndexError, OwnDeclaration};
use kilde_log::{Change, Entry, LogError, PersonNo};

/// Kind of the event in the log.
const KIND: &str = "declaration";
/// Stands for the source and organisation of what citizens declare.
const CITIZEN: &str = "citizen";

/// Whose a declaration is.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Whoever has this national id; somebody whom the log does not know yet comes to be.
    Nin(&'a Nin),
    /// Somebody whom the log knows.
    Person(PersonNo),
}

/// Which declaration.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// A new one, under a new id.
    New,
    /// The one with this id, which must be there and not lifted; with the version that is taken for granted, if one is.
    There(&'a str, Option<u32>),
    /// The one with this id, there or not.
    Any(&'a str),
}

/// Something to be declared.
#[derive(Debug)]
pub struct Declare<'a> {
    /// Whose.
    pub whose: Whose<'a>,
    /// Which.
    pub which: Which<'a>,
    /// What it says from now on; `None` lifts it.
    pub declaration: Option<Declaration>,
    /// The client that it comes through.
    pub client: &'a str,
    /// The message as it came.
    pub original: Vec<u8>,
    /// When, milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// So many may a person have in force.
    pub most: usize,
}

/// Why something could not be declared. Nothing of it was stored, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum DeclareError {
    /// There is none with that id (any more).
    #[error("no such declaration")]
    Absent,
    /// Another version is the newest.
    #[error("version {0} is the newest")]
    Version(u32),
    /// The person has as many as she may.
    #[error("too many declarations")]
    TooMany,
    /// It cannot be put into bytes.
    #[error("declaration: {0}")]
    Form(#[from] serde_json::Error),
    /// The log refused it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It is in the log, and the index did not take it.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Intake {
    /// Puts a declaration into the log and the index. When it returns, the declaration is durable and holds for every question that is
    /// decided from then on. Waits for the disk.
    ///
    /// # Errors
    /// See [`DeclareError`].
    pub fn declare(&self, asked: Declare<'_>) -> Result<OwnDeclaration, DeclareError> {
        let mut appender = self.log.appender();
        // Nobody else writes now, so what the index has is all there is.
        self.index.catch_up(&mut |_| ())?;
        let person = match asked.whose {
            Whose::Nin(nin) => appender.person_or_new(&format!("nin|{}", nin.as_str()))?,
            Whose::Person(person) => person,
        };
        let (person, id, version) = self.place(person, &asked)?;
        let (change, payload) = match &asked.declaration {
            Some(declaration) if version == 1 => (Change::Created, declaration.encode()?),
            Some(declaration) => (Change::Updated, declaration.encode()?),
            None => (Change::Deleted, Vec::new()),
        };
        let by = if is_hold(&id) { CONTROLLER } else { CITIZEN };
        let entry = Entry {
            person,
            rtype: DECLARATION,
            id: id.clone(),
            version,
            change,
            payload,
        };
        let own = Own {
            kind: KIND,
            by,
            client: asked.client,
            original: asked.original,
            entries: vec![entry],
            destroys: None,
            now_ms: asked.now_ms,
        };
        let no = self.record_own::<DeclareError>(appender, own)?;
        metrics::counter!("kilde_declarations_total").increment(1);
        Ok(OwnDeclaration {
            person,
            id,
            version,
            event: no,
            declared_ms: asked.now_ms,
            declaration: asked.declaration,
        })
    }

    /// Under which number, id and version.
    fn place(&self, person: PersonNo, asked: &Declare<'_>) -> Result<(PersonNo, String, u32), DeclareError> {
        let lifting = asked.declaration.is_none();
        let (id, expected, must) = match asked.which {
            Which::New => {
                let kind = asked.declaration.as_ref().map_or(KIND, Declaration::kind);
                (new_id(kind), None, false)
            }
            Which::There(id, expected) => (id.to_owned(), expected, true),
            Which::Any(id) => (id.to_owned(), None, lifting),
        };
        let newest = self.index.declaration_versions(person, &id)?.into_iter().next();
        let in_force = newest.as_ref().is_some_and(|newest| newest.declaration.is_some());
        if must && !in_force {
            return Err(DeclareError::Absent);
        }
        if !in_force && !lifting {
            let all = self.index.declarations(person)?;
            if all.iter().filter(|one| one.declaration.is_some()).count() >= asked.most {
                return Err(DeclareError::TooMany);
            }
        }
        match newest {
            None => Ok((person, id, 1)),
            Some(newest) if expected.is_some_and(|expected| expected != newest.version) => Err(DeclareError::Version(newest.version)),
            Some(newest) => Ok((newest.person, id, newest.version.saturating_add(1))),
        }
    }
}

fn new_id(kind: &str) -> String {
    format!("{kind}-{}", uuid::Uuid::new_v4())
}

/// Whether an id is that of a legal hold: what the controller declares, and the citizen does not lift.
pub(crate) fn is_hold(id: &str) -> bool {
    id.starts_with("hold-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_known_by_its_id() {
        let hold = Declaration::Hold(kilde_access::hold::Hold {
            element: None,
            reason: String::new(),
        });
        assert!(is_hold(&new_id(hold.kind())) && !is_hold(&new_id("block")));
    }
}

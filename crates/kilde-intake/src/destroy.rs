//! Destroying content for good: an event says so, the keys go, and then what the index and the quarantine still hold of it. What was begun is
//! carried through: here, or when the instance is opened again.

mod traces;

use crate::declare::{Declare, DeclareError, Which, Whose};
use crate::intake::Intake;
use crate::own::{CONTROLLER, Own};
use kilde_access::declared::DECLARATION;
use kilde_access::request::{Status, Wish};
use kilde_access::{Declaration, Relations};
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Doomed, IndexError};
use kilde_log::{Change, Destruction, Entry, EventNo, LogError, PersonNo};
use std::collections::BTreeSet;

/// Kind of the event in the log.
pub const DESTRUCTION: &str = "destruction";
/// What the citizen is told when what she asked for is done.
const DONE: &str = "Slettet for godt. / Deleted for good.";

/// What is to be destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A resource, in all its versions.
    Element(ResourceType, String),
    /// Everything that is sealed for a person, under all of her numbers.
    Person(PersonNo),
}

/// A destruction that somebody has decided.
#[derive(Debug)]
pub struct Destroy<'a> {
    /// What.
    pub targets: Vec<Target>,
    /// The client that it comes through.
    pub client: &'a str,
    /// When, milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// What was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destroyed {
    /// The event that says so.
    pub event: EventNo,
    /// Resources that are gone: whose, type, id, and the version that says so.
    pub elements: Vec<(PersonNo, ResourceType, String, u32)>,
    /// Whose they were.
    pub persons: Vec<PersonNo>,
    /// Requests for deletion that are answered by it, by id.
    pub requests: Vec<String>,
    /// Whether nothing of it is in any file any more. If not, the event stands all the same: the rest is done with the next destruction, or when
    /// the instance is opened again.
    pub complete: bool,
}

/// Why something was not destroyed. Nothing was, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// There is nothing (any more).
    #[error("nothing to destroy")]
    Absent,
    /// It belongs to no person: there is no key of its own to destroy.
    #[error("what belongs to no person has no key of its own")]
    Nobody,
    /// A legal hold keeps it; these.
    #[error("kept by a legal hold: {}", .0.join(", "))]
    Held(Vec<String>),
    /// The log refused it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The index refused it.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// It is gone, but the requests could not be answered.
    #[error(transparent)]
    Requests(#[from] DeclareError),
}

/// What an event says of it, and what the log is to do.
#[derive(Default)]
struct Decided {
    entries: Vec<Entry>,
    what: Destruction,
    persons: BTreeSet<PersonNo>,
    named: BTreeSet<(u8, String)>,
}

impl Intake {
    /// Destroys for good. When it returns, the event is durable; and if it is complete, the keys are gone, and no file of the instance holds anything of it in clear. Waits
    /// for the disk; reads the log once and rewrites the index, so several targets at once are cheaper than one by one.
    ///
    /// # Errors
    /// See [`DestroyError`].
    pub fn destroy(&self, asked: &Destroy<'_>) -> Result<Destroyed, DestroyError> {
        let one_at_a_time = self.destroying.lock();
        let appender = self.log.appender();
        // Nobody else writes now, so what the index has is all there is.
        self.index.catch_up(&mut |_| ())?;
        let mut decided = Decided::default();
        for target in &asked.targets {
            let found = match target {
                Target::Element(rtype, id) => self.decide_element(*rtype, id, &mut decided),
                Target::Person(person) => self.decide_person(*person, &mut decided),
            };
            match found {
                // Of several, some may be gone already.
                Err(DestroyError::Absent) if asked.targets.len() > 1 => {}
                other => other?,
            }
        }
        if decided.what == Destruction::default() {
            return Err(DestroyError::Absent);
        }
        let wishes = self.wishes(&decided);
        let gone = decided.entries.iter().filter(|entry| entry.rtype != DECLARATION);
        let elements = gone.map(|entry| (entry.person, ResourceType(entry.rtype), entry.id.clone(), entry.version));
        let (elements, persons) = (elements.collect(), decided.persons.iter().copied().collect());
        let own = Own {
            kind: DESTRUCTION,
            by: CONTROLLER,
            client: asked.client,
            original: Vec::new(),
            entries: decided.entries,
            destroys: Some(decided.what),
            now_ms: asked.now_ms,
        };
        let no = self.record_own::<DestroyError>(appender, own)?;
        metrics::counter!("kilde_destructions_total").increment(1);
        let carried = self.carry_through();
        if let Err(error) = &carried {
            tracing::error!(%error, event = no.0, "a destruction is not carried through yet");
        }
        drop(one_at_a_time);
        let requests = self.answer_wishes(wishes, asked)?;
        Ok(Destroyed {
            event: no,
            elements,
            persons,
            requests,
            complete: carried.is_ok(),
        })
    }

    /// Carries through what was begun: keys, index, quarantine. Does nothing if nothing was. To be called when an instance is opened.
    ///
    /// # Errors
    /// The log or the index refused; what is left is left for the next time.
    pub fn finish_destructions(&self) -> Result<(), DestroyError> {
        let _one_at_a_time = self.destroying.lock();
        self.carry_through()
    }

    fn carry_through(&self) -> Result<(), DestroyError> {
        let open = self.log.destructions()?;
        if open.is_empty() {
            return Ok(());
        }
        self.log.destroy_keys()?;
        self.index.catch_up(&mut |_| ())?;
        self.index.scour()?;
        for (no, what) in open {
            self.erase_traces(no, &what)?;
            self.log.destruction_done(no)?;
        }
        Ok(())
    }

    fn decide_element(&self, rtype: ResourceType, id: &str, decided: &mut Decided) -> Result<(), DestroyError> {
        let doomed = self.index.doomed(rtype, id)?.ok_or(DestroyError::Absent)?;
        if doomed.places.iter().any(|(person, ..)| !person.is_some()) {
            return Err(DestroyError::Nobody);
        }
        let held = self.held(
            doomed.places.iter().map(|(person, ..)| *person).chain([doomed.person]),
            &format!("{}/{id}", rtype.name()),
        );
        if !held.is_empty() {
            return Err(DestroyError::Held(held));
        }
        let mut there = false;
        for (_, event, entry) in &doomed.places {
            there |= self.log.payload(*event, *entry)?.is_some();
        }
        if !there {
            return Err(DestroyError::Absent);
        }
        if !decided.names(&doomed) {
            decided.what.entries.extend_from_slice(&doomed.places);
            decided.gone(doomed);
        }
        Ok(())
    }

    fn decide_person(&self, person: PersonNo, decided: &mut Decided) -> Result<(), DestroyError> {
        if !person.is_some() {
            return Err(DestroyError::Absent);
        }
        let holds = self.index.declared().map(|declared| {
            let all = self
                .index
                .same_person(person)
                .into_iter()
                .flat_map(|number| declared.holds(number).map(|(id, _)| id.to_owned()).collect::<Vec<_>>());
            all.collect::<Vec<String>>()
        });
        if let Some(holds) = holds.filter(|holds| !holds.is_empty()) {
            return Err(DestroyError::Held(holds));
        }
        let mut numbers = Vec::new();
        for number in self.index.same_person(person) {
            if !self.log.destroyed(number)? {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            return Err(DestroyError::Absent);
        }
        for doomed in self.index.doomed_of(person)? {
            if !decided.names(&doomed) {
                decided.gone(doomed);
            }
        }
        for one in self.index.declarations(person)? {
            if one.declaration.is_some() {
                decided.entries.push(Entry {
                    person: one.person,
                    rtype: DECLARATION,
                    id: one.id,
                    version: one.version.saturating_add(1),
                    change: Change::Deleted,
                    payload: Vec::new(),
                });
            }
        }
        decided.persons.extend(&numbers);
        decided.what.persons.extend(numbers);
        Ok(())
    }

    /// The ids of the legal holds that keep an element of these persons.
    pub fn held(&self, persons: impl IntoIterator<Item = PersonNo>, element: &str) -> Vec<String> {
        let Some(declared) = self.index.declared() else { return Vec::new() };
        let mut out = Vec::new();
        for number in persons.into_iter().flat_map(|person| self.index.same_person(person)) {
            let keeping = declared.holds(number).filter(|(_, hold)| hold.keeps(element));
            out.extend(keeping.map(|(id, _)| id.to_owned()));
        }
        out.sort();
        out.dedup();
        out
    }

    /// Requests of citizens that are answered by it.
    fn wishes(&self, decided: &Decided) -> Vec<(PersonNo, String)> {
        let Some(declared) = self.index.declared() else { return Vec::new() };
        let gone: BTreeSet<String> = decided
            .entries
            .iter()
            .filter(|entry| entry.rtype != DECLARATION)
            .map(|entry| format!("{}/{}", ResourceType(entry.rtype).name(), entry.id))
            .collect();
        let answered = declared.requests().filter(|(person, _, request)| {
            let about = request.element.as_ref().is_some_and(|element| gone.contains(element));
            about && request.wish == Wish::Deletion && request.status.is_open() && !decided.what.persons.contains(person)
        });
        answered.map(|(person, id, _)| (person, id.to_owned())).collect()
    }

    fn answer_wishes(&self, wishes: Vec<(PersonNo, String)>, asked: &Destroy<'_>) -> Result<Vec<String>, DestroyError> {
        let mut out = Vec::new();
        for (person, id) in wishes {
            let newest = self.index.declaration_versions(person, &id)?.into_iter().next();
            let Some(Declaration::Request(mut request)) = newest.and_then(|one| one.declaration) else {
                continue;
            };
            request.status = Status::Done;
            request.answer = Some(DONE.to_owned());
            self.declare(Declare {
                whose: Whose::Person(person),
                which: Which::There(&id, None),
                declaration: Some(Declaration::Request(request)),
                client: asked.client,
                original: Vec::new(),
                now_ms: asked.now_ms,
                most: usize::MAX,
            })?;
            out.push(id);
        }
        Ok(out)
    }
}

impl Decided {
    /// Whether it is decided already.
    fn names(&self, doomed: &Doomed) -> bool {
        self.named.contains(&(doomed.rtype.0, doomed.id.clone()))
    }

    /// A resource that is gone with the event.
    fn gone(&mut self, doomed: Doomed) {
        self.persons.insert(doomed.person);
        self.named.insert((doomed.rtype.0, doomed.id.clone()));
        self.entries.push(Entry {
            person: doomed.person,
            rtype: doomed.rtype.0,
            id: doomed.id,
            version: doomed.version.saturating_add(1),
            change: Change::Destroyed(doomed.standing),
            payload: Vec::new(),
        });
    }
}

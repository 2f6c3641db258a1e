//! A bulk export: what was asked, by whom, up to which event, and how it is cut into files. Nothing of what is exported: a
//! file is made when it is fetched (`docs/adr/0030-an-export-is-a-promise.md`).

use super::{Job, Ticket, Worker};
use crate::server::{Municipality, now_ms};
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, operation_outcome};
use kilde_fhir::json::{Limits, parse};
use kilde_index::search::{Bulk, Place, Whose};
use kilde_index::{IndexError, Limits as SearchLimits, Read, Search, SearchError};
use kilde_log::{EventNo, PersonNo};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Resources of a file at most.
pub const FILE: usize = 10_000;
/// Files of an export at most.
const FILES: usize = 100_000;
/// Members of a group at most.
const MEMBERS: usize = 100_000;

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// `[base]/$export`: everything.
    System,
    /// `[base]/Patient/$export`: what belongs to persons.
    Patient,
    /// `[base]/Group/[id]/$export`: what belongs to the members of this version of a group.
    Group(String, u32),
}

/// How far the cutting is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The types from this one on are to be cut.
    Cutting(usize),
    /// The files can be fetched.
    Ready,
    /// It came to nothing: the OperationOutcome that says why.
    Failed(String),
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Type of the resources.
    pub rtype: String,
    /// Number of the first one, as the index counts.
    pub from: u32,
    /// A number that is behind the last one; `None` for the rest of the type.
    pub before: Option<u32>,
    /// How many there were when it was cut.
    pub count: u64,
    /// Whether it tells of deleted resources.
    pub deleted: bool,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Whose it is.
    pub ticket: Ticket,
    /// The request, as the manifest tells it.
    pub request: String,
    /// `transactionTime`, Unix ms.
    pub transaction_ms: i64,
    /// The last event that is in it.
    pub until: u64,
    /// What it is of.
    pub level: Level,
    /// Ids of the patients it is restricted to.
    pub patients: Option<Vec<String>>,
    /// Types, in the order of the files.
    pub types: Vec<String>,
    /// Type and query.
    pub filters: Vec<(String, String)>,
    /// `_since`, Unix ms.
    pub since_ms: Option<i64>,
    /// `_elements`
    pub elements: Option<String>,
    /// What was asked for and passed over: OperationOutcomes, one a line.
    pub warnings: Vec<String>,
    /// How far it is.
    pub state: State,
    /// The files.
    pub parts: Vec<Part>,
}

impl Export {
    /// Of everything that there is, not begun.
    pub fn new(ticket: Ticket, request: String, level: Level) -> Export {
        Export {
            ticket,
            request,
            transaction_ms: 0,
            until: 0,
            level,
            patients: None,
            types: Vec::new(),
            filters: Vec::new(),
            since_ms: None,
            elements: None,
            warnings: Vec::new(),
            state: State::Cutting(0),
            parts: Vec::new(),
        }
    }
}

impl Job for Export {
    const KIND: &'static str = "export";

    fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}

/// Why an export, or a file of it, comes to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A filter, or the index.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The group is gone, or out of reach.
    #[error("the group is not there")]
    NoGroup,
    /// More than is taken.
    #[error("too much for one export")]
    TooMuch,
}

impl From<IndexError> for ExportError {
    fn from(error: IndexError) -> Self {
        ExportError::Search(SearchError::Index(error))
    }
}

impl ExportError {
    /// What is told of it; `None` for a fault of ours.
    pub fn finding(&self) -> Option<Finding> {
        match self {
            ExportError::Search(error) => error.finding(),
            ExportError::NoGroup => Some(Finding::error(
                "not-found",
                "export-group",
                "",
                "Gruppen finnes ikke (lenger), eller er ikke tilgjengelig for deg.",
                "The group is not there (any more), or not available to you.",
            )),
            ExportError::TooMuch => Some(Finding::error(
                "too-costly",
                "export-too-large",
                "",
                "Uttrekket er for stort: høyst 100 000 filer og 100 000 medlemmer i en gruppe. Del det med _type eller _since.",
                "The export is too large: 100,000 files and 100,000 members of a group at most. Split it with _type or _since.",
            )),
        }
    }
}

/// The filters of one type, understood.
///
/// # Errors
/// All that is wrong with them.
pub fn filters(export: &Export, rtype: ResourceType) -> Result<Vec<Search>, Vec<Finding>> {
    let mut out = Vec::new();
    for (_, query) in export.filters.iter().filter(|(of, _)| of == rtype.name()) {
        let params = crate::query::pairs(query).unwrap_or_default();
        out.push(Search::parse(rtype, &params, false, SearchLimits::default())?.0);
    }
    Ok(out)
}

/// Whose resources an export holds, as far as the asker may still know.
pub enum Persons {
    /// Everybody's and nobody's.
    Any,
    /// What belongs to persons.
    Persons,
    /// What belongs to these.
    These(Vec<PersonNo>),
}

impl Persons {
    /// By level and restriction.
    ///
    /// # Errors
    /// The group is gone.
    pub fn of(place: &Municipality, scope: &AccessScope, export: &Export) -> Result<Persons, ExportError> {
        let named = |ids: &[String]| -> Result<Vec<PersonNo>, ExportError> {
            let mut persons = Vec::new();
            for id in ids {
                let person = place.log.person(&format!("Patient/{id}")).map_err(IndexError::from)?;
                persons.extend(person.filter(|p| p.is_some()));
            }
            Ok(persons)
        };
        let restricted = export.patients.as_deref().map(named).transpose()?;
        match &export.level {
            Level::System => Ok(restricted.map_or(Persons::Any, Persons::These)),
            Level::Patient => Ok(restricted.map_or(Persons::Persons, Persons::These)),
            Level::Group(id, version) => {
                let mut members = named(&members(place, scope, id, Some(*version))?.1)?;
                if let Some(restricted) = restricted {
                    members.retain(|p| restricted.contains(p));
                }
                Ok(Persons::These(members))
            }
        }
    }

    fn whose(&self) -> Whose<'_> {
        match self {
            Persons::Any => Whose::Any,
            Persons::Persons => Whose::Persons,
            Persons::These(persons) => Whose::These(persons),
        }
    }
}

/// Version of a group, ids of the patients in it, and how many members are none. The group must be readable now.
///
/// # Errors
/// It is not; or it has too many members.
pub fn members(
    place: &Municipality,
    scope: &AccessScope,
    id: &str,
    version: Option<u32>,
) -> Result<(u32, Vec<String>, usize), ExportError> {
    let group = ResourceType::from_name("Group").ok_or(ExportError::NoGroup)?;
    let Read::Found(newest) = place.index.read(scope, group, id)? else {
        return Err(ExportError::NoGroup);
    };
    let found = match version {
        Some(version) if version != newest.version => match place.index.vread(scope, group, id, version)? {
            Read::Found(found) => found,
            _ => return Err(ExportError::NoGroup),
        },
        _ => newest,
    };
    let document = parse(found.body, Limits::default()).map_err(|_| ExportError::NoGroup)?;
    let (mut patients, mut others) = (Vec::new(), 0);
    for member in document.root().items("member") {
        if member.get("inactive").and_then(|v| v.as_bool()) == Some(true) {
            continue;
        }
        let reference = member.get("entity").and_then(|e| e.str("reference")).unwrap_or_default();
        match reference
            .strip_prefix("Patient/")
            .map(|rest| rest.split('/').next().unwrap_or(rest))
        {
            Some(id) => patients.push(id.to_owned()),
            None => others += 1,
        }
    }
    if patients.len() > MEMBERS {
        return Err(ExportError::TooMuch);
    }
    Ok((found.version, patients, others))
}

/// The resources of a file as they are now, without their content.
///
/// # Errors
/// A filter is too costly, the group is gone, or the index failed.
pub fn places(place: &Municipality, scope: &AccessScope, export: &Export, part: &Part) -> Result<Vec<Place>, ExportError> {
    let persons = Persons::of(place, scope, export)?;
    let rtype = ResourceType::from_name(&part.rtype).ok_or(ExportError::NoGroup)?;
    // What was understood when it was asked for is understood again, if the program is the same.
    let filters = filters(export, rtype).map_err(|_| ExportError::Search(kilde_index::CursorError::Invalid.into()))?;
    let bulk = bulk(export, rtype, &filters, &persons, part.deleted);
    let (mut all, mut from) = (Vec::new(), Some(part.from));
    while let Some(at) = from {
        let stretch = place.index.bulk(scope, &bulk, at, FILE)?;
        let within = |p: &Place| part.before.is_none_or(|before| p.number < before);
        all.extend(stretch.places.into_iter().filter(within));
        from = stretch.next.filter(|next| part.before.is_none_or(|before| *next < before));
        if all.len() > 2 * FILE {
            // Cannot be: there are no more than when it was cut.
            break;
        }
    }
    Ok(all)
}

fn bulk<'a>(export: &Export, rtype: ResourceType, filters: &'a [Search], persons: &'a Persons, deleted: bool) -> Bulk<'a> {
    Bulk {
        rtype,
        filters,
        whose: persons.whose(),
        until: EventNo(export.until),
        since_ms: export.since_ms,
        deleted,
    }
}

/// Cuts an export into files, type by type. What is cut is saved, so that it can go on after an interruption. The work stops
/// when the asker's token ends, and goes on when she asks again.
pub fn cut(place: &Arc<Municipality>, scope: &AccessScope, worker: &Worker<Export>) {
    if let Err(error) = cutting(place, scope, worker) {
        let finding = error.finding().unwrap_or_else(|| {
            tracing::error!(cause = %error, "an export failed");
            Finding::error(
                "exception",
                "internal",
                "",
                "Noe gikk galt hos oss. Be om uttrekket på nytt.",
                "Something went wrong on our side. Ask for the export again.",
            )
        });
        worker.save(|export| {
            export.parts.clear();
            export.state = State::Failed(operation_outcome(&[finding]));
        });
    }
}

fn cutting(place: &Arc<Municipality>, scope: &AccessScope, worker: &Worker<Export>) -> Result<(), ExportError> {
    let export = worker.job();
    let State::Cutting(begin) = export.state else { return Ok(()) };
    let mut found: u64 = export.parts.iter().map(|p| p.count).sum();
    let mut files = export.parts.len();
    for (number, name) in export.types.iter().enumerate().skip(begin) {
        let Some(rtype) = ResourceType::from_name(name) else { continue };
        let filters = filters(&export, rtype).map_err(|_| ExportError::Search(kilde_index::CursorError::Invalid.into()))?;
        let mut parts = Vec::new();
        for deleted in [false, true] {
            if deleted && export.since_ms.is_none() {
                continue;
            }
            let persons = Persons::of(place, scope, &export)?;
            let bulk = bulk(&export, rtype, &filters, &persons, deleted);
            let mut part = new_part(name, 0, deleted);
            let mut from = Some(0);
            while let Some(at) = from {
                if worker.is_stopped() || now_ms() >= scope.valid_until_ms() {
                    return Ok(());
                }
                worker.progress(format!("type {} of {}, {found} resources", number + 1, export.types.len()));
                let room = FILE.saturating_sub(part.count as usize).max(1);
                let turn = worker.jobs().turn_to_cut();
                let stretch = place.index.bulk(scope, &bulk, at, room)?;
                drop(turn);
                part.count += stretch.places.len() as u64;
                found += stretch.places.len() as u64;
                from = stretch.next;
                if let Some(next) = from
                    && part.count as usize >= FILE
                {
                    part.before = Some(next);
                    parts.push(std::mem::replace(&mut part, new_part(name, next, deleted)));
                    files += 1;
                    if files > FILES {
                        return Err(ExportError::TooMuch);
                    }
                }
            }
            if part.count > 0 {
                parts.push(part);
                files += 1;
            }
        }
        // Types without anything need no sync of their own.
        let last = number + 1 == export.types.len();
        if (last || !parts.is_empty())
            && !worker.save(|export| {
                export.parts.extend(parts);
                export.state = if last { State::Ready } else { State::Cutting(number + 1) };
            })
        {
            return Ok(());
        }
    }
    Ok(())
}

fn new_part(rtype: &str, from: u32, deleted: bool) -> Part {
    Part {
        rtype: rtype.to_owned(),
        from,
        before: None,
        count: 0,
        deleted,
    }
}

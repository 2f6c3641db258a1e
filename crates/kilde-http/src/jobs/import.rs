//! An import of NDJSON: the spool is fed to intake line by line, patients first, in windows that are answered together. What has
//! been done is saved after each window, and a line's message id is that of job and line, so that a line that is fed again after
//! an interruption is known again.

use super::spool::{self, Reader};
use super::{Job, Jobs, Ticket, Worker};
use crate::server::{Municipality, now_ms};
use kilde_access::{AccessEntry, AccessScope};
use kilde_fhir::finding::{Finding, operation_outcome};
use kilde_fhir::json::{Limits, parse};
use kilde_intake::{Accepted, Rejected, Submission, line};
use kilde_log::PersonNo;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Lines that are under way at once, and their bytes.
const WINDOW: usize = 64;
const WINDOW_BYTES: usize = 16 << 20;
/// Outcomes that are kept; beyond that they are counted.
pub const OUTCOMES: u64 = 10_000;
/// How long what is left of a job is kept when it has ended.
pub const KEPT_MS: i64 = 7 * 24 * 3_600_000;
/// The kind of file with the outcomes.
pub const OUTCOMES_KIND: &str = "outcomes";

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The lines after this one of this turn are to be fed; the first turn is for patients, the second for the rest.
    Running {
        /// 0 or 1.
        turn: u8,
        /// Lines of the turn that are done.
        line: u64,
    },
    /// All lines are done.
    Done,
    /// It cannot go on: the client may not deliver any more, or the spool is damaged.
    Failed,
}

/// What came of the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Lines done.
    pub lines: u64,
    /// Of them taken in.
    pub accepted: u64,
    /// Of them taken in before.
    pub repeated: u64,
    /// Of them refused, wholly or in part.
    pub refused: u64,
    /// Versions of resources made.
    pub resources: u64,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Whose it is.
    pub ticket: Ticket,
    /// The request, as the manifest tells it.
    pub request: String,
    /// Our base, for references.
    pub base_url: String,
    /// When it was asked for, Unix ms.
    pub asked_ms: i64,
    /// Bytes of what was sent.
    pub bytes: u64,
    /// The access-log entry of the request: those of its lines are made from it.
    pub entry: Vec<u8>,
    /// How far it is.
    pub state: State,
    /// What came of it so far.
    pub counts: Counts,
    /// Bytes of the file with the outcomes, and their number.
    pub outcomes: (u64, u64),
}

impl Job for Import {
    const KIND: &'static str = "import";

    fn ticket(&self) -> &Ticket {
        &self.ticket
    }
}

/// Goes on with the imports that a stop of the program interrupted, and removes spools that were never promised.
///
/// # Errors
/// The disk refused.
pub fn resume(place: &Arc<Municipality>, handle: &Handle) -> io::Result<()> {
    let jobs = &place.jobs;
    // A spool with a record, even one that cannot be read, was promised.
    let promised = jobs.files.ids(Import::KIND)?;
    for id in jobs.files.ids(spool::KIND)? {
        if !promised.contains(&id) {
            jobs.files.remove(spool::KIND, &id)?;
        }
    }
    for job in jobs.all::<Import>()? {
        if matches!(job.state, State::Running { .. }) {
            begin(place, handle, &job.ticket.id);
        }
    }
    Ok(())
}

/// Begins the work of an import, or goes on with it.
pub fn begin(place: &Arc<Municipality>, handle: &Handle, id: &str) {
    let (place, handle) = (place.clone(), handle.clone());
    place.jobs.clone().start(id, move |worker: &Worker<Import>| {
        let mut feeding = Feeding {
            place: &place,
            worker,
            handle: &handle,
        };
        let ended = match feeding.run() {
            Ok(ended) => ended,
            Err(cause) => {
                tracing::error!(%cause, "an import cannot go on");
                // What was promised is not given up for a disk that refuses now: it goes on when it is asked about, or at
                // the next start.
                (cause.kind() == io::ErrorKind::InvalidData).then_some(State::Failed)
            }
        };
        if let Some(state) = ended {
            let done = matches!(state, State::Done);
            let saved = worker.save(|job| {
                job.state = state;
                job.ticket.expires_ms = now_ms().saturating_add(KEPT_MS);
            });
            // What is not done is kept as long as the job, so that it can still be seen to.
            if saved
                && done
                && let Err(cause) = place.jobs.files.remove(spool::KIND, &worker.job().ticket.id)
            {
                tracing::error!(%cause, "the spool of an import cannot be removed");
            }
        }
    });
}

struct Feeding<'a> {
    place: &'a Arc<Municipality>,
    worker: &'a Worker<Import>,
    handle: &'a Handle,
}

/// A line that is to be fed, or is refused already, with its number.
type Waiting = (u64, Result<Submission, Rejected>);

/// What came of a line.
struct Fed {
    number: u64,
    outcome: Result<Accepted, Rejected>,
}

impl Feeding<'_> {
    /// Feeds what is left; `None` if it is to stop before the end, and go on another time.
    fn run(&mut self) -> io::Result<Option<State>> {
        loop {
            let job = self.worker.job();
            let State::Running { turn, line } = job.state else {
                return Ok(None);
            };
            let Some(scope) = AccessScope::job(&self.place.policy.current(), &job.ticket.organisation, &job.ticket.client) else {
                return Ok(Some(State::Failed));
            };
            if !self.turn(&job, Arc::new(scope), turn, line)? {
                return Ok(None);
            }
            if turn == 1 {
                return Ok(Some(State::Done));
            }
            if !self.worker.save(|job| job.state = State::Running { turn: 1, line: 0 }) {
                return Ok(None);
            }
        }
    }

    /// One turn through the spool, from the line after `done`; whether it came to its end.
    fn turn(&mut self, job: &Import, scope: Arc<AccessScope>, turn: u8, done: u64) -> io::Result<bool> {
        let mut reader = Reader::new(&self.worker.jobs().files, &job.ticket.id)?;
        let mut window: Vec<Waiting> = Vec::new();
        let (mut ids, mut bytes): (Vec<String>, usize) = (Vec::new(), 0);
        let mut last = done;
        while let Some(found) = reader.next_line()? {
            if found.number <= done {
                continue;
            }
            if self.worker.is_stopped() {
                return Ok(false);
            }
            self.worker.progress(format!(
                "{} of 2, {} of {} MiB",
                turn + 1,
                reader.bytes >> 20,
                job.bytes.div_ceil(1 << 20)
            ));
            last = found.number;
            let Some(text) = found.text else {
                if turn == 1 {
                    window.push((found.number, Err(Rejected::one(413, too_long()))));
                }
                continue;
            };
            let told = line::read(&text);
            if told.is_patient != (turn == 0) {
                continue;
            }
            // What is named twice comes one after the other.
            let again = told.name.as_ref().is_some_and(|name| ids.contains(name));
            if again || window.len() >= WINDOW || bytes + text.len() > WINDOW_BYTES {
                if !self.window(turn, found.number - 1, std::mem::take(&mut window))? {
                    return Ok(false);
                }
                ids.clear();
                bytes = 0;
            }
            bytes += text.len();
            ids.extend(told.name);
            let mut submission = Submission::new(scope.clone(), told.kind, text, now_ms());
            submission.message_id = Some(format!("import:{}:{}", job.ticket.id, found.number));
            submission.base_url = Some(job.base_url.clone());
            window.push((found.number, Ok(submission)));
        }
        if reader.bytes != job.bytes {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a spool is shorter than what was promised",
            ));
        }
        if last == done && window.is_empty() {
            return Ok(true);
        }
        self.window(turn, last, window)
    }

    /// Feeds a window, writes the access log, saves what came of it. `false` if it is to stop.
    fn window(&mut self, turn: u8, last: u64, window: Vec<Waiting>) -> io::Result<bool> {
        let Some(fed) = self.feed(window) else {
            return Ok(false);
        };
        self.log(&fed)?;
        let mut counts = Counts::default();
        let mut outcomes = Vec::new();
        for one in &fed {
            counts.lines += 1;
            match &one.outcome {
                Ok(accepted) => {
                    let partly = accepted.findings.iter().any(Finding::is_error);
                    counts.refused += u64::from(partly);
                    counts.repeated += u64::from(accepted.repeated && !partly);
                    counts.accepted += u64::from(!accepted.repeated && !partly);
                    counts.resources += accepted.entries.len() as u64;
                    if partly {
                        outcomes.push(outcome(one.number, &accepted.findings, None));
                    }
                }
                Err(rejected) => {
                    counts.refused += 1;
                    outcomes.push(outcome(one.number, &rejected.findings, rejected.quarantine));
                }
            }
        }
        let job = self.worker.job();
        let room = OUTCOMES.saturating_sub(job.outcomes.1);
        let kept: Vec<String> = outcomes.into_iter().take(usize::try_from(room).unwrap_or(0)).collect();
        let written = self.keep(&job, &kept)?;
        Ok(self.worker.save(|job| {
            job.state = State::Running { turn, line: last };
            job.outcomes = (written, job.outcomes.1 + kept.len() as u64);
            let all = &mut job.counts;
            all.lines += counts.lines;
            all.accepted += counts.accepted;
            all.repeated += counts.repeated;
            all.refused += counts.refused;
            all.resources += counts.resources;
        }))
    }

    /// All lines of a window at once; those that intake has no room for now are tried again, half a second
    /// later at first. `None` if it is to stop.
    fn feed(&self, window: Vec<Waiting>) -> Option<Vec<Fed>> {
        let (mut done, mut waiting) = (Vec::new(), window);
        let mut pause = Duration::from_millis(500);
        loop {
            let turn = self.worker.jobs().turn_to_feed();
            let mut set = tokio::task::JoinSet::new();
            for (number, submission) in waiting.drain(..) {
                let intake = self.place.intake.clone();
                let task = async move {
                    match submission {
                        Ok(submission) => (number, intake.submit(submission.clone()).await, Some(submission)),
                        Err(rejected) => (number, Err(rejected), None),
                    }
                };
                set.spawn_on(task, self.handle);
            }
            for (number, outcome, submission) in self.handle.block_on(set.join_all()) {
                match (outcome, submission) {
                    (Err(rejected), Some(mut submission)) if rejected.status >= 500 => {
                        // What is taken in late has come late: exports count on it.
                        submission.received_ms = now_ms();
                        waiting.push((number, Ok(submission)));
                    }
                    (outcome, _) => done.push(Fed { number, outcome }),
                }
            }
            drop(turn);
            if waiting.is_empty() {
                done.sort_by_key(|fed| fed.number);
                return Some(done);
            }
            tracing::warn!(lines = waiting.len(), "an import waits: intake has no room, or does not answer");
            let until = Instant::now() + pause;
            while Instant::now() < until {
                if self.worker.is_stopped() {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }

    /// One entry for each person whom a line concerns.
    fn log(&self, fed: &[Fed]) -> io::Result<()> {
        let Some(entry) = AccessEntry::decode(&self.worker.job().entry) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let mut entries = Vec::new();
        for accepted in fed.iter().filter_map(|one| one.outcome.as_ref().ok()) {
            let mut entry = entry.clone();
            entry.time_ms = now_ms();
            let entry = entry.resources(accepted.entries.iter().map(|e| (e.rtype.name(), e.id.as_str(), e.version)));
            let persons: &[PersonNo] = if accepted.persons.is_empty() {
                &[PersonNo::NONE]
            } else {
                &accepted.persons
            };
            entries.extend(persons.iter().map(|person| entry.clone().about(*person)));
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.place.access_log.write_blocking(&entries).map(|_| ()).map_err(io::Error::other)
    }

    /// Appends outcomes behind those that the job knows of; gives the new length of the file.
    fn keep(&self, job: &Import, outcomes: &[String]) -> io::Result<u64> {
        let (length, number) = job.outcomes;
        if outcomes.is_empty() {
            return Ok(length);
        }
        let files = &self.worker.jobs().files;
        let sealed = files.seal(&format!("outcomes {} {number}", job.ticket.id), outcomes.concat().as_bytes())?;
        let path = files.path(OUTCOMES_KIND, &job.ticket.id).ok_or(io::ErrorKind::InvalidInput)?;
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        // What an interruption left behind the end is written over.
        file.set_len(length)?;
        file.seek(io::SeekFrom::Start(length))?;
        file.write_all(&(sealed.len() as u32).to_be_bytes())?;
        file.write_all(&(outcomes.len() as u32).to_be_bytes())?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        Ok(length + 8 + sealed.len() as u64)
    }
}

/// The outcomes of an import, one a line.
///
/// # Errors
/// The disk refused, or the file is damaged.
pub fn outcomes(jobs: &Jobs, job: &Import) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let Some(path) = jobs.files.path(OUTCOMES_KIND, &job.ticket.id).filter(|_| job.outcomes.0 > 0) else {
        return Ok(out);
    };
    let mut file = std::fs::File::open(path)?.take(job.outcomes.0);
    let mut number = 0;
    while number < job.outcomes.1 {
        let (mut length, mut count) = ([0; 4], [0; 4]);
        file.read_exact(&mut length)?;
        file.read_exact(&mut count)?;
        let length = u64::from(u32::from_be_bytes(length));
        if length > job.outcomes.0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut sealed = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact(&mut sealed)?;
        out.extend(jobs.files.open_sealed(&format!("outcomes {} {number}", job.ticket.id), &sealed)?);
        number += u64::from(u32::from_be_bytes(count)).max(1);
    }
    Ok(out)
}

/// What came of a line, as a line.
fn outcome(number: u64, findings: &[Finding], quarantine: Option<u64>) -> String {
    let findings: Vec<Finding> = findings
        .iter()
        .map(|finding| {
            let mut finding = finding.clone();
            let kept = |nb: bool| match quarantine {
                Some(no) if nb => format!(" (karantene {no})"),
                Some(no) => format!(" (quarantine {no})"),
                None => String::new(),
            };
            finding.nb = format!("Linje {number}{}: {}", kept(true), finding.nb);
            finding.en = format!("Line {number}{}: {}", kept(false), finding.en);
            finding
        })
        .collect();
    let text = operation_outcome(&findings);
    // It must stay on one line, whatever a text holds.
    match parse(text.as_bytes(), Limits::default()) {
        Ok(document) => {
            let mut out = String::new();
            kilde_fhir::json::write_compact(document.root(), &mut out);
            out + "\n"
        }
        Err(_) => String::new(),
    }
}

fn too_long() -> Finding {
    Finding::error(
        "too-long",
        "limit-bytes",
        "",
        format!("Linjen er lengre enn {} MiB.", spool::LINE >> 20),
        format!("The line is longer than {} MiB.", spool::LINE >> 20),
    )
}

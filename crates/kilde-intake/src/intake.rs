//! The entrance: prepare, commit, answer.

use crate::answer::render;
use crate::commit::Committer;
use crate::config::IntakeConfig;
use crate::done::{Failed, UnitReply};
use crate::prepare;
use crate::quarantine::Keeper;
use crate::rules;
use crate::submission::{Accepted, Rejected, Submission};
use crate::unit::{Prepared, Shape};
use kilde_index::Index;
use kilde_log::{EventLog, Full, GroupCommit, Quarantine, Subkey, Ticket};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bodies up to this size are prepared on the thread that brings them, also an asynchronous one.
const SMALL: usize = 32 << 10;
/// While many deliver, each waits this long at most for others to share its sync.
const GATHER: Duration = Duration::from_millis(1);

/// How often a patch is applied anew when others write in between.
const PATCH_TRIES: usize = 16;

/// Intake of one instance.
pub struct Intake {
    pub(crate) config: IntakeConfig,
    pub(crate) log: Arc<EventLog>,
    pub(crate) index: Arc<Index>,
    pub(crate) keeper: Keeper,
    naming: Subkey,
    commit: GroupCommit<Prepared, Vec<UnitReply>>,
    /// Held while something is destroyed: one after the other.
    pub(crate) destroying: Mutex<()>,
}

/// What is needed to answer once the commit thread has replied.
struct Asked {
    shape: Arc<Shape>,
    ticket: Ticket<Vec<UnitReply>>,
}

impl Intake {
    /// Starts intake, with its commit thread. The index must follow the log.
    pub fn new(log: Arc<EventLog>, index: Arc<Index>, quarantine: Arc<Quarantine>, config: IntakeConfig) -> Arc<Intake> {
        let mut committer = Committer {
            log: log.clone(),
            index: index.clone(),
            most_findings: config.limits.findings,
            update_create: config.update_create,
        };
        let name = format!("intake-{}", log.instance().as_str());
        let commit = GroupCommit::spawn(&name, config.queue, config.group, GATHER, move |group| committer.group(group));
        let keeper = Keeper::new(quarantine, &config.limits);
        Arc::new(Intake {
            config,
            naming: log.subkey("okt decision identifier"),
            log,
            index,
            keeper,
            commit,
            destroying: Mutex::default(),
        })
    }

    /// Whether deliveries can be taken in at all.
    pub fn takes_deliveries(&self) -> bool {
        self.log.takes_events() && !self.commit.is_stopped()
    }

    /// Whether a source may choose the id of a new resource.
    pub fn update_create(&self) -> bool {
        self.config.update_create
    }

    /// Takes in a delivery; the reply comes when it is durable and can be searched.
    ///
    /// # Errors
    /// Everything that is wrong with it; nothing of it was stored.
    pub async fn submit(self: &Arc<Self>, submission: Submission) -> Result<Accepted, Rejected> {
        let (submission, prepared) = if submission.body.len() <= SMALL {
            let prepared = self.prepare(&submission);
            (submission, prepared)
        } else {
            let this = self.clone();
            let work = move || {
                let prepared = this.prepare(&submission);
                (submission, prepared)
            };
            tokio::task::spawn_blocking(work)
                .await
                .map_err(|_| Rejected::one(503, rules::unavailable()))?
        };
        let (shape, replies) = match prepared.and_then(|p| self.ask(p)) {
            Ok(Asked { shape, ticket }) => (shape, ticket.await.map_err(|_| Rejected::one(503, rules::unavailable()))?),
            Err(rejected) => (Arc::new(Shape::Single), vec![Err(failed(rejected))]),
        };
        if replies.iter().any(raced) {
            let this = self.clone();
            let work = move || {
                let replies = this.again(&submission, &shape, replies);
                this.finish(&submission, &shape, replies, true)
            };
            return tokio::task::spawn_blocking(work)
                .await
                .map_err(|_| Rejected::one(503, rules::unavailable()))?;
        }
        if replies.iter().all(Result::is_ok) {
            return render(&shape, submission.base_url.as_deref(), replies);
        }
        // Keeping something in quarantine waits for the disk.
        let this = self.clone();
        tokio::task::spawn_blocking(move || this.finish(&submission, &shape, replies, true))
            .await
            .map_err(|_| Rejected::one(503, rules::unavailable()))?
    }

    /// Like [`submit`](Self::submit) on a thread of its own: for imports. Many threads may do it at once.
    ///
    /// # Errors
    /// As `submit`.
    pub fn submit_blocking(&self, submission: Submission) -> Result<Accepted, Rejected> {
        self.submit_keeping(submission, true)
    }

    pub(crate) fn submit_keeping(&self, submission: Submission, keep: bool) -> Result<Accepted, Rejected> {
        let (shape, replies) = match self.prepare(&submission).and_then(|p| self.ask(p)) {
            Ok(Asked { shape, ticket }) => (shape, ticket.wait().map_err(|_| Rejected::one(503, rules::unavailable()))?),
            Err(rejected) => (Arc::new(Shape::Single), vec![Err(failed(rejected))]),
        };
        let replies = self.again(&submission, &shape, replies);
        self.finish(&submission, &shape, replies, keep)
    }

    /// Applies patches anew where others wrote in between. Blocks.
    fn again(&self, submission: &Submission, shape: &Shape, mut replies: Vec<UnitReply>) -> Vec<UnitReply> {
        let whole = !matches!(shape, Shape::Batch);
        for (number, reply) in replies.iter_mut().enumerate() {
            for _ in 0..PATCH_TRIES {
                if !raced(reply) {
                    break;
                }
                let asked = self.prepare_part(submission, (!whole).then_some(number)).and_then(|p| self.ask(p));
                *reply = match asked.map(|asked| asked.ticket.wait()) {
                    Ok(Ok(mut once)) if once.len() == 1 => once.remove(0),
                    Ok(_) => Err(failed(Rejected::one(503, rules::unavailable()))),
                    Err(rejected) => Err(failed(rejected)),
                };
            }
        }
        replies
    }

    /// The prepare stage alone: what can be told without the state of the store.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn prepare(&self, submission: &Submission) -> Result<Prepared, Rejected> {
        self.prepare_part(submission, None)
    }

    fn prepare_part(&self, submission: &Submission, only: Option<usize>) -> Result<Prepared, Rejected> {
        let started = Instant::now();
        if submission.scope.instance() != self.log.instance() || !submission.scope.may_write() {
            return Err(Rejected::one(403, rules::write_forbidden("")));
        }
        let prepared = prepare::prepare(submission, &self.config, &self.naming, &self.index, only);
        metrics::histogram!("kilde_intake_prepare_seconds").record(started.elapsed().as_secs_f64());
        prepared
    }

    fn ask(&self, prepared: Prepared) -> Result<Asked, Rejected> {
        let shape = prepared.shape.clone();
        match self.commit.submit(prepared) {
            Ok(ticket) => Ok(Asked { shape, ticket }),
            Err(Full::Queue { .. }) => Err(Rejected::one(503, rules::busy())),
            Err(Full::Stopped) => Err(Rejected::one(503, rules::unavailable())),
        }
    }

    /// Renders the answer; what was refused goes to quarantine.
    fn finish(&self, submission: &Submission, shape: &Shape, mut replies: Vec<UnitReply>, keep: bool) -> Result<Accepted, Rejected> {
        for reply in &mut replies {
            let label = match reply {
                Ok(done) if done.repeated => "repeated",
                Ok(_) => "accepted",
                Err(_) => "rejected",
            };
            metrics::counter!("kilde_intake_units_total", "outcome" => label, "kind" => submission.kind.name()).increment(1);
            if let Err(failed) = reply
                && keep
            {
                let part = matches!(shape, Shape::Batch);
                failed.rejected.quarantine = self.keeper.keep(submission, failed, part);
            }
        }
        render(shape, submission.base_url.as_deref(), replies)
    }
}

/// Whether a patch was applied to a version that is no longer the current one.
fn raced(reply: &UnitReply) -> bool {
    matches!(reply, Err(failed) if failed.rejected.findings.iter().any(|f| f.rule == rules::PATCH_RACED))
}

fn failed(rejected: Rejected) -> Failed {
    Failed {
        rejected,
        original: Vec::new(),
        full_url: None,
    }
}

//! Work that goes on after its answer: bulk export and import. A job is a small sealed record in the instance's directory,
//! durable before it is promised; its work is done by a thread of its own, which a restart only interrupts.

pub mod export;
pub mod files;
pub mod import;
pub mod spool;

use files::Files;
use kilde_access::AccessScope;
use parking_lot::{Mutex, MutexGuard};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What every kind of job remembers.
pub trait Job: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// What its files are called.
    const KIND: &'static str;

    /// Whose it is.
    fn ticket(&self) -> &Ticket;
}

/// Whose a job is, and how long it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The job's id.
    pub id: String,
    /// Organisation that asked.
    pub organisation: String,
    /// Client that asked.
    pub client: String,
    /// When it is forgotten, Unix ms.
    pub expires_ms: i64,
}

impl Ticket {
    /// With a new id, of whoever asks.
    pub fn new(scope: &AccessScope, expires_ms: i64) -> Ticket {
        Ticket {
            id: new_id(),
            organisation: scope.organisation().unwrap_or_default().to_owned(),
            client: scope.client().to_owned(),
            expires_ms,
        }
    }

    /// Whether this asker has it, and its time is not over.
    fn is_good(&self, scope: &AccessScope, now_ms: i64) -> bool {
        self.organisation == scope.organisation().unwrap_or_default() && self.client == scope.client() && self.expires_ms > now_ms
    }
}

/// The jobs of an instance.
pub struct Jobs {
    /// Their files.
    pub files: Files,
    running: Mutex<HashMap<String, Arc<dyn Any + Send + Sync>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
    /// Held while a stretch is cut or a window fed: jobs take turns, and leave the processors and the intake to others.
    turn: Turn,
}

/// One lock for each kind of work.
#[derive(Default)]
struct Turn {
    cutting: Mutex<()>,
    feeding: Mutex<()>,
}

/// A job whose work is under way.
pub struct Running<J> {
    record: Mutex<J>,
    stop: AtomicBool,
    progress: Mutex<String>,
}

/// The hand that a thread has on its job.
pub struct Worker<J> {
    jobs: Arc<Jobs>,
    running: Arc<Running<J>>,
}

impl Jobs {
    /// Opens the jobs in a directory. What was half written is removed.
    ///
    /// # Errors
    /// The directory cannot be made or read.
    pub fn open(dir: &Path, key: kilde_log::Subkey) -> io::Result<Jobs> {
        Ok(Jobs {
            files: Files::open(dir, key)?,
            running: Mutex::default(),
            threads: Mutex::default(),
            stopping: AtomicBool::new(false),
            turn: Turn::default(),
        })
    }

    /// Waits for the turn to cut exports.
    pub fn turn_to_cut(&self) -> MutexGuard<'_, ()> {
        self.turn.cutting.lock()
    }

    /// Waits for the turn to feed the intake.
    pub fn turn_to_feed(&self) -> MutexGuard<'_, ()> {
        self.turn.feeding.lock()
    }

    /// A job of that id that this asker asked for, if there is one and its time is not over; and how far its work is, if
    /// it is under way.
    ///
    /// # Errors
    /// The disk refused.
    pub fn find<J: Job>(&self, id: &str, scope: &AccessScope, now_ms: i64) -> io::Result<Option<(J, Option<String>)>> {
        let found = match self.under_way::<J>(id) {
            Some(running) => Some((running.record.lock().clone(), Some(running.progress.lock().clone()))),
            None => self.files.get::<J>(J::KIND, id)?.map(|job| (job, None)),
        };
        Ok(found.filter(|(job, _)| job.ticket().is_good(scope, now_ms)))
    }

    /// Writes a job's record; it is durable then.
    ///
    /// # Errors
    /// The disk refused.
    pub fn keep<J: Job>(&self, job: &J) -> io::Result<()> {
        self.files.put(J::KIND, &job.ticket().id, job)
    }

    fn under_way<J: Job>(&self, id: &str) -> Option<Arc<Running<J>>> {
        self.running.lock().get(id).cloned()?.downcast().ok()
    }

    /// All jobs of a kind.
    ///
    /// # Errors
    /// The disk refused.
    pub fn all<J: Job>(&self) -> io::Result<Vec<J>> {
        let mut all = Vec::new();
        for id in self.files.ids(J::KIND)? {
            match self.files.get::<J>(J::KIND, &id) {
                Ok(job) => all.extend(job),
                Err(cause) => tracing::error!(%cause, kind = J::KIND, "a job cannot be read"),
            }
        }
        Ok(all)
    }

    /// Removes what has had its time, and gives the jobs of that kind that an asker has.
    ///
    /// # Errors
    /// The disk refused.
    pub fn of<J: Job>(&self, scope: &AccessScope, now_ms: i64) -> io::Result<Vec<J>> {
        let mut all = self.all::<J>()?;
        for ticket in all.iter().map(Job::ticket).filter(|ticket| ticket.expires_ms <= now_ms) {
            self.remove::<J>(&ticket.id)?;
        }
        all.retain(|job| job.ticket().is_good(scope, now_ms));
        Ok(all)
    }

    /// Stops the work of a job and removes all that is left of it.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove<J: Job>(&self, id: &str) -> io::Result<()> {
        let running = self.under_way::<J>(id);
        // While this is held, the work can save nothing; afterwards it sees that it is to stop.
        let held = running.as_ref().map(|r| {
            r.stop.store(true, Ordering::Release);
            r.record.lock()
        });
        let removed = self.files.remove_all(id);
        drop(held);
        removed
    }

    /// Begins (or goes on with) the work of a job on a thread of its own, from what was saved last; nothing if it is under
    /// way, or gone.
    pub fn start<J: Job>(self: &Arc<Self>, id: &str, work: impl FnOnce(&Worker<J>) + Send + 'static) {
        let id = id.to_owned();
        let running = {
            let mut all = self.running.lock();
            if self.stopping.load(Ordering::Acquire) || all.contains_key(&id) {
                return;
            }
            let job = match self.files.get::<J>(J::KIND, &id) {
                Ok(Some(job)) => job,
                Ok(None) => return,
                Err(cause) => return tracing::error!(%cause, kind = J::KIND, "a job cannot be read"),
            };
            let running = Arc::new(Running {
                record: Mutex::new(job),
                stop: AtomicBool::new(false),
                progress: Mutex::default(),
            });
            all.insert(id.clone(), running.clone());
            running
        };
        let (jobs, name) = (self.clone(), id.clone());
        let worker = Worker {
            jobs: self.clone(),
            running,
        };
        let thread = std::thread::Builder::new().name(format!("{}-job", J::KIND)).spawn(move || {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&worker)));
            jobs.running.lock().remove(&name);
            if ended.is_err() {
                tracing::error!(kind = J::KIND, "the work of a job ended by a panic");
            }
        });
        let mut threads = self.threads.lock();
        threads.retain(|t| !t.is_finished());
        match thread {
            Ok(thread) => threads.push(thread),
            Err(cause) => {
                tracing::error!(%cause, "a job cannot be started");
                self.running.lock().remove(&id);
            }
        }
    }

    /// Stops all work, so that the stores can be closed. What is not done goes on after the next start.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("the thread of a job ended by a panic");
            }
        }
    }
}

impl<J: Job> Worker<J> {
    /// The job as it is now.
    pub fn job(&self) -> J {
        self.running.record.lock().clone()
    }

    /// Whether the work is to stop.
    pub fn is_stopped(&self) -> bool {
        self.running.stop.load(Ordering::Acquire) || self.jobs.stopping.load(Ordering::Acquire)
    }

    /// Says how far it is, in less than 100 characters.
    pub fn progress(&self, text: String) {
        *self.running.progress.lock() = text;
    }

    /// Changes the job, durably. `false` if it is not there any more, or the disk refused; then the work is to stop.
    pub fn save(&self, change: impl FnOnce(&mut J)) -> bool {
        let mut record = self.running.record.lock();
        if self.running.stop.load(Ordering::Acquire) {
            return false;
        }
        change(&mut record);
        match self.jobs.keep(&*record) {
            Ok(()) => true,
            Err(cause) => {
                tracing::error!(%cause, kind = J::KIND, "a job cannot be saved");
                false
            }
        }
    }

    /// The jobs.
    pub fn jobs(&self) -> &Arc<Jobs> {
        &self.jobs
    }
}

/// An id for a job that nobody can guess.
pub fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[derive(Clone, Serialize, Deserialize, PartialEq, Debug)]
    struct Counting {
        ticket: Ticket,
        done: u32,
    }

    impl Job for Counting {
        const KIND: &'static str = "counting";

        fn ticket(&self) -> &Ticket {
            &self.ticket
        }
    }

    fn jobs(dir: &Path) -> (Arc<Jobs>, Counting) {
        drop(files::tests::files(dir));
        let jobs = Jobs {
            files: files::tests::files(dir),
            running: Mutex::default(),
            threads: Mutex::default(),
            stopping: AtomicBool::new(false),
            turn: Turn::default(),
        };
        let ticket = Ticket {
            id: new_id(),
            organisation: String::new(),
            client: String::new(),
            expires_ms: i64::MAX,
        };
        let job = Counting { ticket, done: 0 };
        jobs.keep(&job).expect("written");
        (Arc::new(jobs), job)
    }

    fn adds(number: u32) -> impl FnOnce(&Worker<Counting>) + Send + 'static {
        move |worker| {
            worker.save(|job| job.done += number);
        }
    }

    #[test]
    fn work_goes_on_from_what_was_saved_and_is_begun_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let (jobs, job) = jobs(dir.path());
        let (go, wait) = mpsc::channel::<()>();
        jobs.start(&job.ticket.id, move |worker: &Worker<Counting>| {
            let _ = wait.recv();
            assert!(worker.save(|job| job.done += 1));
        });
        // While it is under way, nobody else works on it.
        jobs.start(&job.ticket.id, adds(100));
        go.send(()).expect("it waits");
        while jobs.under_way::<Counting>(&job.ticket.id).is_some() {
            std::thread::yield_now();
        }
        jobs.start(&job.ticket.id, adds(10));
        jobs.stop();
        let saved = jobs.files.get::<Counting>(Counting::KIND, &job.ticket.id).expect("read");
        assert_eq!(saved.map(|j| j.done), Some(11));
        jobs.start(&job.ticket.id, adds(1000));
        assert_eq!(jobs.all::<Counting>().expect("read")[0].done, 11, "nothing is begun after the stop");
    }

    #[test]
    fn what_is_removed_is_not_saved_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let (jobs, job) = jobs(dir.path());
        let (go, wait) = mpsc::channel::<()>();
        let (told, tells) = mpsc::channel();
        jobs.start(&job.ticket.id, move |worker: &Worker<Counting>| {
            let _ = wait.recv();
            let _ = told.send((worker.is_stopped(), worker.save(|job| job.done += 1)));
        });
        jobs.remove::<Counting>(&job.ticket.id).expect("removed");
        go.send(()).expect("it waits");
        assert_eq!(tells.recv().ok(), Some((true, false)));
        jobs.stop();
        assert!(jobs.files.ids(Counting::KIND).expect("listed").is_empty());
        // And its end does not bring it back, nor does a new beginning.
        jobs.start(&job.ticket.id, adds(0));
        assert!(jobs.files.ids(Counting::KIND).expect("listed").is_empty());
    }
}

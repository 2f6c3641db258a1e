//! One thread that does waiting work in groups, so that many writers share one sync.

mod pace;
mod ticket;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pace::Pace;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

pub use ticket::{Stopped, Ticket};

/// A request was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Full {
    /// As many requests wait as may wait; try again later.
    #[error("{capacity} requests are waiting already")]
    Queue {
        /// How many may wait.
        capacity: usize,
    },
    /// The worker has stopped (it panicked, or is being closed) and takes nothing more.
    #[error("the worker has stopped")]
    Stopped,
}

/// What a [`GroupCommit`] has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupStats {
    /// Groups done.
    pub groups: u64,
    /// Requests done.
    pub requests: u64,
    /// The largest group.
    pub largest: usize,
    /// Requests waiting now.
    pub waiting: usize,
}

/// A thread, a bounded queue, and a function from a group of requests to their replies.
///
/// The thread takes whatever waits, at most `max_group`. Under light load a group is one request and waits for
/// nothing; under heavy load groups begin no closer to each other than `gather`, so that a sync, which costs the
/// processor as much as some requests do, serves several of them.
///
/// When the function panics, or gives another number of replies than it got requests, everyone waiting gets
/// [`Stopped`] and nothing more is taken: it cannot be known what was done (fail closed).
/// Dropping it finishes what waits and joins the thread.
pub struct GroupCommit<Req, Rep> {
    shared: Arc<Shared<Req, Rep>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared<Req, Rep> {
    state: Mutex<State<Req, Rep>>,
    wake: Condvar,
    capacity: usize,
}

struct State<Req, Rep> {
    queue: VecDeque<(Req, oneshot::Sender<Rep>)>,
    stopped: bool,
    stats: GroupStats,
}

impl<Req: Send + 'static, Rep: Send + 'static> GroupCommit<Req, Rep> {
    /// Starts the thread. `name` names it, and its metrics `kilde_group_size`, `kilde_group_seconds` and `kilde_group_waiting`.
    /// At most `capacity` requests wait; `work` gets at most `max_group` at a time and must give as many replies, in
    /// the same order. `gather` is the longest that anybody waits for company; with zero nobody does.
    pub fn spawn(
        name: &str,
        capacity: usize,
        max_group: usize,
        gather: Duration,
        work: impl FnMut(Vec<Req>) -> Vec<Rep> + Send + 'static,
    ) -> Self {
        let state = State {
            queue: VecDeque::new(),
            stopped: false,
            stats: GroupStats::default(),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            wake: Condvar::new(),
            capacity: capacity.max(1),
        });
        let worker = Worker {
            shared: shared.clone(),
            max_group: max_group.max(1),
            pace: Pace::new(gather, Instant::now()),
            size: metrics::histogram!("kilde_group_size", "worker" => name.to_owned()),
            took: metrics::histogram!("kilde_group_seconds", "worker" => name.to_owned()),
            waiting: metrics::gauge!("kilde_group_waiting", "worker" => name.to_owned()),
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || worker.run(work));
        if let Err(error) = &thread {
            tracing::error!(%error, "cannot start a worker thread");
            shared.stop();
        }
        Self {
            shared,
            thread: thread.ok(),
        }
    }

    /// Puts a request into the queue.
    pub fn submit(&self, request: Req) -> Result<Ticket<Rep>, Full> {
        let mut state = self.shared.state.lock();
        if state.stopped {
            return Err(Full::Stopped);
        }
        if state.queue.len() >= self.shared.capacity {
            return Err(Full::Queue {
                capacity: self.shared.capacity,
            });
        }
        let (sender, receiver) = oneshot::channel();
        state.queue.push_back((request, sender));
        let first = state.queue.len() == 1;
        drop(state);
        if first {
            self.shared.wake.notify_one();
        }
        Ok(Ticket::new(receiver))
    }

    /// Whether it takes nothing more, since a group failed or it is being closed.
    pub fn is_stopped(&self) -> bool {
        self.shared.state.lock().stopped
    }

    /// What it has done so far.
    pub fn stats(&self) -> GroupStats {
        let state = self.shared.state.lock();
        GroupStats {
            waiting: state.queue.len(),
            ..state.stats
        }
    }
}

impl<Req, Rep> Shared<Req, Rep> {
    /// Takes nothing more; dropping the queue's senders tells everyone who waits.
    fn stop(&self) {
        let mut state = self.state.lock();
        state.stopped = true;
        let waiting = std::mem::take(&mut state.queue);
        drop(state);
        drop(waiting);
    }
}

impl<Req, Rep> Drop for GroupCommit<Req, Rep> {
    fn drop(&mut self) {
        self.shared.state.lock().stopped = true;
        self.shared.wake.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("a worker thread ended by a panic");
        }
    }
}

struct Worker<Req, Rep> {
    shared: Arc<Shared<Req, Rep>>,
    max_group: usize,
    pace: Pace,
    size: metrics::Histogram,
    took: metrics::Histogram,
    waiting: metrics::Gauge,
}

impl<Req, Rep> Worker<Req, Rep> {
    fn run(mut self, mut work: impl FnMut(Vec<Req>) -> Vec<Rep>) {
        while let Some((requests, senders)) = self.next_group() {
            let (expected, begun) = (requests.len(), Instant::now());
            match catch_unwind(AssertUnwindSafe(|| work(requests))) {
                Ok(replies) if replies.len() == expected => {
                    self.took.record(begun.elapsed().as_secs_f64());
                    self.count(expected);
                    for (sender, reply) in senders.into_iter().zip(replies) {
                        // Whoever asked may have gone; the work is done all the same.
                        let _ = sender.send(reply);
                    }
                }
                outcome => {
                    tracing::error!(panicked = outcome.is_err(), "a group failed; the worker stops");
                    self.shared.stop();
                    return;
                }
            }
        }
    }

    /// Waits for requests; `None` when closed and nothing waits.
    #[allow(clippy::type_complexity)]
    fn next_group(&mut self) -> Option<(Vec<Req>, Vec<oneshot::Sender<Rep>>)> {
        let mut state = self.shared.state.lock();
        while state.queue.is_empty() {
            if state.stopped {
                return None;
            }
            self.shared.wake.wait(&mut state);
        }
        let begin = self.pace.not_before();
        while !state.stopped && state.queue.len() < self.max_group && !self.shared.wake.wait_until(&mut state, begin).timed_out() {}
        self.pace.begun(Instant::now(), state.queue.len());
        let take = state.queue.len().min(self.max_group);
        let group = state.queue.drain(..take).unzip();
        self.waiting.set(state.queue.len() as f64);
        Some(group)
    }

    fn count(&self, size: usize) {
        self.size.record(size as f64);
        let stats = &mut self.shared.state.lock().stats;
        stats.groups += 1;
        stats.requests += size as u64;
        stats.largest = stats.largest.max(size);
    }
}

#[cfg(test)]
mod tests;

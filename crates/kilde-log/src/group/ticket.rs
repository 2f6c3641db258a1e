//! The claim to a reply.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::sync::oneshot;

/// The worker stopped before it replied. Whether the request was done is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the worker stopped before it replied")]
pub struct Stopped;

/// The claim to a reply: await it, or [`Ticket::wait`]. Dropping it does not take the request back.
#[must_use = "without the reply it is not known whether the request was done"]
pub struct Ticket<Rep> {
    receiver: oneshot::Receiver<Rep>,
}

impl<Rep> Ticket<Rep> {
    pub(super) fn new(receiver: oneshot::Receiver<Rep>) -> Self {
        Self { receiver }
    }

    /// Blocks this thread until the reply is there. Inside an async task, await the ticket instead.
    pub fn wait(self) -> Result<Rep, Stopped> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut ticket = pin!(self);
        loop {
            match ticket.as_mut().poll(&mut context) {
                Poll::Ready(reply) => return reply,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

impl<Rep> Future for Ticket<Rep> {
    type Output = Result<Rep, Stopped>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.receiver).poll(context).map(|reply| reply.map_err(|_| Stopped))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

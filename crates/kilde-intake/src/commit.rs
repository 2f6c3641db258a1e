//! The commit stage: one thread, groups of deliveries, one fsync each.

mod batch;
mod persons;
mod repeat;
mod resolve;
mod store;

use crate::done::{Failed, UnitReply};
use crate::rules;
use crate::submission::Rejected;
use crate::unit::Prepared;
use batch::Batch;
use kilde_index::Index;
use kilde_log::EventLog;
use std::sync::Arc;

/// What the commit thread works on.
pub(crate) struct Committer {
    pub(crate) log: Arc<EventLog>,
    pub(crate) index: Arc<Index>,
    pub(crate) most_findings: usize,
    pub(crate) update_create: bool,
}

impl Committer {
    /// Commits a group. The replies of a delivery stand in the order of its units; each is given
    /// only after the event is durable and in the index.
    pub(crate) fn group(&mut self, requests: Vec<Prepared>) -> Vec<Vec<UnitReply>> {
        let mut replies: Vec<Vec<Option<UnitReply>>> = requests
            .iter()
            .map(|r| std::iter::repeat_with(|| None).take(r.units.len()).collect())
            .collect();
        if self.index.applied() != self.log.last()
            && let Err(error) = self.index.catch_up(&mut |_| ())
        {
            // An index that lags would give wrong versions: nothing is taken until it follows again.
            tracing::error!(%error, "the index does not follow the log");
        } else {
            self.take(requests, &mut replies);
        }
        let unanswered = || Failed {
            rejected: Rejected::one(503, rules::unavailable()),
            original: Vec::new(),
            full_url: None,
        };
        replies
            .into_iter()
            .map(|units| units.into_iter().map(|u| u.unwrap_or_else(|| Err(unanswered()))).collect())
            .collect()
    }

    fn take(&self, requests: Vec<Prepared>, replies: &mut [Vec<Option<UnitReply>>]) {
        let mut batch = Batch::new(self, replies);
        for (number, mut request) in requests.into_iter().enumerate() {
            let units = std::mem::take(&mut request.units);
            for (part, unit) in units.into_iter().enumerate() {
                match unit {
                    Ok(unit) => batch.take(&request, unit, (number, part)),
                    Err(refused) => {
                        let crate::unit::Refused {
                            rejected,
                            original,
                            full_url,
                        } = refused;
                        batch.reply(
                            (number, part),
                            Err(Failed {
                                rejected,
                                original,
                                full_url,
                            }),
                        );
                    }
                }
            }
        }
        batch.flush();
    }
}

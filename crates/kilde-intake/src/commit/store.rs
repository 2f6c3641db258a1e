//! What the commit stage asks of the index, in the writer's scope.

use super::batch::{Batch, Head};
use super::resolve::Deleted;
use crate::condition::Condition;
use crate::done::Refusal;
use crate::problems::Problems;
use crate::rules;
use crate::unit::Prepared;
use kilde_access::smart::Permissions;
use kilde_fhir::definitions::ResourceType;
use kilde_index::{Limits, Search, SearchError};

/// The newest version as the writer sees it.
pub(super) enum Current {
    /// Nothing has ever had the id.
    Absent,
    /// The id is in use, out of the writer's reach.
    Hidden,
    /// There.
    Known(Head),
}

impl Batch<'_> {
    pub(super) fn current(&mut self, request: &Prepared, rtype: ResourceType, id: &str) -> Result<Current, Refusal> {
        if request.scope.is_hindered() && self.pending_head(rtype, id).is_some() {
            // What blocks look at is known of what is in the index.
            self.flush();
            if self.broken() {
                return Err(Refusal::Storage);
            }
        }
        if let Some(head) = self.pending_head(rtype, id) {
            let scope = &request.scope;
            let reached = scope.covers(rtype.name())
                && (scope.permits_read(head.person, head.category, &head.source)
                    || scope.permits_write(head.person, head.category, &head.source));
            return Ok(if reached { Current::Known(head.clone()) } else { Current::Hidden });
        }
        let index = &self.committer.index;
        if let Some(head) = index.head(&request.scope, rtype, id)? {
            let kilde_index::Head {
                version,
                deleted,
                person,
                category,
                source,
                ..
            } = head;
            return Ok(Current::Known(Head {
                version,
                deleted,
                person,
                category,
                source,
            }));
        }
        Ok(if index.taken(&request.scope, rtype, id)? {
            Current::Hidden
        } else {
            Current::Absent
        })
    }

    /// The resources that meet a condition, but for those that the unit deletes: at most two are looked for.
    pub(super) fn matches(&mut self, request: &Prepared, condition: &Condition, deleted: &Deleted) -> Result<Vec<(String, u32)>, Refusal> {
        // Whether something meets a condition is an answer to a search. A source's own identifiers are no question of the writer's.
        if !condition.own_source && !request.scope.leaves(condition.rtype.name(), Permissions::SEARCH) {
            return Err(Refusal::one(403, placed(rules::write_forbidden(""), condition)));
        }
        self.settle(condition)?;
        let (search, _) = Search::parse(condition.rtype, &condition.params, false, Limits::default()).map_err(|findings| {
            let mut problems = Problems::default();
            for mut finding in findings {
                if !condition.expression.is_empty() {
                    finding.expression.clone_from(&condition.expression);
                }
                finding.position = finding.position.or(condition.position);
                problems.add(400, finding);
            }
            problems.add(400, placed(rules::condition_syntax(condition.expression.clone()), condition));
            Refusal::Input(problems)
        })?;
        // Of one source there are few under an identifier, but others may have used it too.
        let most = if condition.own_source { 64 } else { 2 } + deleted.len();
        let found = self
            .committer
            .index
            .matching(&request.scope, &search, most)
            .map_err(|e| refusal(e, condition))?;
        let mut out = Vec::with_capacity(found.len().min(2));
        for m in found {
            if condition.own_source {
                let head = self.committer.index.head(&request.scope, condition.rtype, &m.id)?;
                if head.is_none_or(|h| Some(h.source.as_ref()) != request.scope.source()) {
                    continue;
                }
            }
            if !deleted.contains(&(condition.rtype, m.id.clone())) {
                out.push((m.id, m.version));
            }
        }
        Ok(out)
    }
}

fn refusal(error: SearchError, condition: &Condition) -> Refusal {
    match (error.finding(), error) {
        (Some(finding), _) => Refusal::one(400, placed(finding, condition)),
        (None, SearchError::Index(error)) => error.into(),
        (None, _) => Refusal::Storage,
    }
}

/// The finding at the place of the condition.
pub(super) fn placed(mut finding: kilde_fhir::finding::Finding, condition: &Condition) -> kilde_fhir::finding::Finding {
    if finding.expression.is_empty() {
        finding.expression.clone_from(&condition.expression);
    }
    finding.position = finding.position.or(condition.position);
    finding
}

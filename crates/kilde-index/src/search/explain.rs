//! How a search was answered: for those who may see everything (ADR 0025). Values are never told.

use super::asking::Asking;
use super::check::Check;
use super::plan::{self, Source};
use super::{Limits, Search, SortBy};
use crate::error::SearchError;
use crate::index::Index;
use kilde_access::AccessScope;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::{ParamId, get};

/// Lists are counted so far.
const COUNTED: usize = 100_000;

/// How a search was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// One for each type that was searched.
    pub types: Vec<OfType>,
    /// Resources examined, those in chains and includes too.
    pub examined: u64,
    /// Contents read.
    pub contents: u64,
    /// The bounds that held.
    pub limits: Limits,
}

/// How the resources of one type were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfType {
    /// The type.
    pub rtype: ResourceType,
    /// Where the candidates came from.
    pub way: Way,
    /// How many met everything, as far as was looked.
    pub found: u64,
    /// The conditions, in the order in which they were asked; that of a compartment among them.
    pub conditions: Vec<Condition>,
    /// The keys of the order.
    pub order: Vec<String>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Its parameters.
    pub parameter: String,
    /// What decides it.
    pub decided_by: Decider,
    /// How long its list of candidates is; `None` if it has none.
    pub list: Option<Length>,
    /// Whether candidates were taken from its list; else it only tested them.
    pub drives: bool,
}

/// What decides a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    /// What stands beside the resource in the index.
    Index,
    /// Resources that it refers to.
    References,
    /// Resources that refer to it.
    Referring,
    /// Its content.
    Content,
}

/// The length of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many.
    Exactly(usize),
    /// More than that.
    MoreThan(usize),
}

/// Where candidates came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// One short list, of so many.
    Short(usize),
    /// Several lists in step with each other, or one.
    InStep,
    /// A list in the order asked for.
    InOrder,
    /// The list of updates, newest first.
    Updates,
    /// Everything of the type.
    #[default]
    Every,
}

impl Explanation {
    pub(super) fn of_type(
        &mut self,
        asking: &Asking<'_>,
        rtype: ResourceType,
        checks: &[Check],
        order: &[super::Sort],
        (way, found): (Way, u64),
    ) -> Result<(), SearchError> {
        let mut conditions = Vec::new();
        let mut driven = false;
        for check in checks {
            let source = plan::source(asking, rtype, check)?;
            let sorted = source.as_ref().is_some_and(Source::sorted);
            let list = source.map(|source| length(asking, &source)).transpose()?;
            let drives = match way {
                Way::Short(length) => !driven && list == Some(Length::Exactly(length)),
                Way::InStep => sorted,
                Way::InOrder | Way::Updates | Way::Every => false,
            };
            driven |= drives;
            conditions.push(Condition {
                parameter: named(check),
                decided_by: decider(check),
                list,
                drives,
            });
        }
        let key = |by: SortBy| match by {
            SortBy::Updated => "_lastUpdated".to_owned(),
            SortBy::Id => "_id".to_owned(),
            SortBy::Param(param) | SortBy::Text(param) => code(param),
        };
        let order = order
            .iter()
            .map(|sort| format!("{}{}", if sort.descending { "-" } else { "" }, key(sort.by)));
        self.types.push(OfType {
            rtype,
            way,
            found,
            conditions,
            order: order.collect(),
        });
        Ok(())
    }
}

fn length(asking: &Asking<'_>, source: &Source) -> Result<Length, SearchError> {
    let rids = source.collect(asking, COUNTED)?;
    Ok(rids.map_or(Length::MoreThan(COUNTED), |rids| Length::Exactly(rids.len())))
}

fn code(param: ParamId) -> String {
    get(param).map_or_else(String::new, |p| p.code.to_owned())
}

fn named(check: &Check) -> String {
    let several = |all: &[Check], word: &str| all.iter().map(named).collect::<Vec<_>>().join(word);
    match check {
        Check::Rids(_) => "_id, _list".to_owned(),
        Check::Updated(_) => "_lastUpdated".to_owned(),
        Check::Missing { param, .. } | Check::Any { param, .. } | Check::Other { param, .. } => code(*param),
        Check::Composite(composite) | Check::Complete(composite) => code(composite.param),
        Check::Chain(chain) => chain.code().to_owned(),
        Check::Has(has) => format!("_has:{}", has.code()),
        Check::Content(content) => content.what.to_owned(),
        Check::All(all) => several(all, " and "),
        Check::Either(all) => several(all, " or "),
        Check::Not(check) => format!("not({})", named(check)),
    }
}

fn decider(check: &Check) -> Decider {
    match check.cost() {
        0 => Decider::Index,
        1 => Decider::References,
        2 => Decider::Referring,
        _ => Decider::Content,
    }
}

impl Index {
    /// Answers a search and tells how, in place of what was found.
    ///
    /// # Errors
    /// As [`search`](Index::search); [`SearchError::NotExplained`] to a scope that does not reach everything: how long lists
    /// are and how much was examined would tell of what it may not see.
    pub fn explain_at(&self, scope: &AccessScope, search: &Search, now_ms: i64) -> Result<Explanation, SearchError> {
        if !scope.reaches_everything() {
            return Err(SearchError::NotExplained);
        }
        let mut explanation = Explanation::default();
        self.answer(scope, search, now_ms, Some(&mut explanation))?;
        Ok(explanation)
    }
}

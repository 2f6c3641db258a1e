//! Walking several lists that are sorted by resource number in step: what stands in all of them.

use super::asking::Asking;
use super::bounds::Bounds;
use super::plan::Source;
use crate::error::IndexError;
use crate::keys::{self, Key, Rid};
use crate::store::Pooled;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Resource numbers that stand in every one of the sources, ascending.
pub(super) struct Walk<'p, 'a> {
    unions: Vec<Union<'p, 'a>>,
    next: Option<Rid>,
}

/// What stands in any of some lists.
enum Union<'p, 'a> {
    Known(Arc<[Rid]>),
    Lists {
        lists: Vec<List<'p, 'a>>,
        /// Where each that is not at its end stands, the least first; `None` before the first step.
        order: Option<BinaryHeap<Reverse<(Rid, usize)>>>,
    },
}

/// One list of the store and where its walk stands.
struct List<'p, 'a> {
    prefix: Key,
    range: Pooled<'p, 'a>,
    at: Option<Rid>,
}

/// How many steps are tried before the list is searched anew.
const STEPS: usize = 4;

impl<'p, 'a> Walk<'p, 'a> {
    /// Over sources that are all sorted, from `first` on.
    pub fn new(asking: &'p Asking<'a>, sources: &[&Source], first: Rid) -> Self {
        let mut unions = Vec::new();
        for source in sources {
            unions.push(match source {
                Source::Known(rids) => Union::Known(rids.clone()),
                Source::Ranges(ranges) => {
                    let list = |bounds: &Bounds| List {
                        prefix: bounds.low.clone(),
                        range: asking.unplaced(bounds.high.as_deref()),
                        at: None,
                    };
                    Union::Lists {
                        lists: ranges.iter().map(list).collect(),
                        order: None,
                    }
                }
            });
        }
        Walk { unions, next: Some(first) }
    }

    /// The next resource number; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Rid>, IndexError> {
        let Some(mut wanted) = self.next else { return Ok(None) };
        'again: loop {
            for union in &mut self.unions {
                match union.from(wanted)? {
                    None => {
                        self.next = None;
                        return Ok(None);
                    }
                    Some(found) if found > wanted => {
                        wanted = found;
                        continue 'again;
                    }
                    Some(_) => {}
                }
            }
            self.next = wanted.checked_add(1);
            return Ok(Some(wanted));
        }
    }
}

impl Union<'_, '_> {
    /// The first number that is not before `wanted`.
    fn from(&mut self, wanted: Rid) -> Result<Option<Rid>, IndexError> {
        match self {
            Union::Known(rids) => Ok(rids.get(rids.partition_point(|r| *r < wanted)).copied()),
            Union::Lists { lists, order } => {
                let order = match order {
                    Some(order) => order,
                    None => {
                        let mut begun = BinaryHeap::with_capacity(lists.len());
                        for (number, list) in lists.iter_mut().enumerate() {
                            list.seek(wanted)?;
                            begun.extend(list.at.map(|at| Reverse((at, number))));
                        }
                        order.insert(begun)
                    }
                };
                while let Some(Reverse((at, number))) = order.peek().copied() {
                    if at >= wanted {
                        return Ok(Some(at));
                    }
                    order.pop();
                    if let Some(list) = lists.get_mut(number) {
                        order.extend(list.from(wanted)?.map(|at| Reverse((at, number))));
                    }
                }
                Ok(None)
            }
        }
    }
}

impl List<'_, '_> {
    fn look(&mut self) -> Result<(), IndexError> {
        self.at = self.range.item()?.and_then(|(key, _)| keys::rid_of(key));
        Ok(())
    }

    fn from(&mut self, wanted: Rid) -> Result<Option<Rid>, IndexError> {
        for _ in 0..STEPS {
            match self.at {
                Some(at) if at < wanted => {
                    self.range.next();
                    self.look()?;
                }
                at => return Ok(at),
            }
        }
        if self.at.is_some_and(|at| at < wanted) {
            self.seek(wanted)?;
        }
        Ok(self.at)
    }

    fn seek(&mut self, wanted: Rid) -> Result<(), IndexError> {
        let mut key = self.prefix.clone();
        key.extend_from_slice(&wanted.to_be_bytes());
        self.range.seek(&key);
        self.look()
    }
}

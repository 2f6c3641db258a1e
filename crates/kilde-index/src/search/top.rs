//! The first few in order, out of many that come in any order.

use crate::keys::Rid;
use std::collections::BinaryHeap;

/// Keeps the `most` smallest places after a certain one.
pub(super) struct Top {
    most: usize,
    after: Vec<u8>,
    heap: BinaryHeap<(Vec<u8>, Rid)>,
}

impl Top {
    pub fn new(most: usize, after: Vec<u8>) -> Top {
        Top {
            most,
            after,
            heap: BinaryHeap::new(),
        }
    }

    /// Takes it if it is among the first.
    pub fn offer(&mut self, place: Vec<u8>, rid: Rid) {
        if self.most == 0 || place <= self.after {
            return;
        }
        if self.heap.len() == self.most {
            if self.heap.peek().is_some_and(|last| *last <= (place.clone(), rid)) {
                return;
            }
            self.heap.pop();
        }
        self.heap.push((place, rid));
    }

    /// The place after which the page begins; empty for the first page.
    pub fn after(&self) -> &[u8] {
        &self.after
    }

    pub fn most(&self) -> usize {
        self.most
    }

    pub fn full(&self) -> bool {
        self.heap.len() == self.most
    }

    /// The last place kept, if no more than these are kept.
    pub fn last(&self) -> Option<&[u8]> {
        if self.full() {
            self.heap.peek().map(|(place, _)| place.as_slice())
        } else {
            None
        }
    }

    pub fn finish(self) -> Vec<(Vec<u8>, Rid)> {
        self.heap.into_sorted_vec()
    }
}

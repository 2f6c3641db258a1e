//! Lists of items for each of many numbers, in two pieces of memory.

/// For each row a list of items.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    /// Where the row's items end; empty when there are no items at all.
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows {
            ends: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<T: Copy> Rows<T> {
    /// Puts items in rows; within a row they keep their order. Items of rows that are not there
    /// are left out.
    pub fn new(rows: usize, mut pairs: Vec<(u32, T)>) -> Rows<T> {
        pairs.retain(|(row, _)| (*row as usize) < rows);
        if pairs.is_empty() {
            return Rows::default();
        }
        pairs.sort_by_key(|(row, _)| *row);
        let mut ends = vec![0u32; rows];
        for (row, _) in &pairs {
            ends[*row as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        Rows {
            ends,
            items: pairs.into_iter().map(|(_, item)| item).collect(),
        }
    }

    /// The items of a row.
    pub fn of(&self, row: u32) -> &[T] {
        let row = row as usize;
        let Some(end) = self.ends.get(row) else { return &[] };
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[start as usize..*end as usize]
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.ends.capacity() * 4 + self.items.capacity() * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_keep_their_items(pairs in prop::collection::vec((0u32..12, any::<u16>()), 0..60), rows in 0usize..12) {
            let built = Rows::new(rows, pairs.clone());
            for row in 0..14u32 {
                let expected: Vec<u16> = pairs.iter().filter(|(r, _)| *r == row && (row as usize) < rows).map(|(_, v)| *v).collect();
                prop_assert_eq!(built.of(row), expected.as_slice());
            }
        }
    }
}

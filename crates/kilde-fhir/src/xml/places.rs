//! Where in the XML a part of the converted JSON came from.

use crate::finding::Finding;
use crate::json::Position;
use crate::validate::place::Lines;

/// Offsets in the JSON, ascending, and the offsets of the XML elements that gave it.
#[derive(Debug, Default)]
pub(super) struct Places {
    pairs: Vec<(u32, u32)>,
}

impl Places {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Places {
            pairs: Vec::with_capacity(capacity),
        }
    }

    /// What is written from here on comes from there.
    pub(super) fn note(&mut self, json: usize, xml: u32) {
        let json = u32::try_from(json).unwrap_or(u32::MAX);
        match self.pairs.last_mut() {
            Some((j, x)) if *j == json => *x = xml,
            _ => self.pairs.push((json, xml)),
        }
    }

    /// The element that gave what stands at an offset of the JSON.
    pub(super) fn element(&self, json: usize) -> usize {
        let after = self.pairs.partition_point(|(j, _)| *j as usize <= json);
        after.checked_sub(1).and_then(|i| self.pairs.get(i)).map_or(0, |(_, x)| *x as usize)
    }

    /// Findings about the JSON (one line, as it was written) get their places in the XML.
    pub(super) fn relocate(&self, json: &str, xml: &str, findings: &mut [Finding]) {
        let mut offsets: Vec<(usize, &mut Position)> = Vec::new();
        for position in findings.iter_mut().filter_map(|f| f.position.as_mut()) {
            offsets.push((position.column.saturating_sub(1) as usize, position));
        }
        offsets.sort_by_key(|(column, _)| *column);
        // Columns count characters: to bytes, in one pass.
        let mut starts = json.char_indices().map(|(i, _)| i).enumerate();
        let (mut column, mut byte) = (0, 0);
        for (wanted, _) in &mut offsets {
            while column < *wanted {
                let Some((c, b)) = starts.next() else { break };
                (column, byte) = (c, b);
            }
            *wanted = self.element(byte);
        }
        offsets.sort_by_key(|(offset, _)| *offset);
        let mut lines = Lines::new(xml);
        for (offset, position) in offsets {
            *position = lines.position(offset);
        }
    }
}

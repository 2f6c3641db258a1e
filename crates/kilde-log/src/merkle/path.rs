//! The names of tiles in addresses: `tile/<level>/<number>[.p/<width>]`, the number in groups of three digits, all but
//! the last with an `x` before it (<https://c2sp.org/tlog-tiles>).

use std::fmt;

use super::{Edge, WIDTH};
use crate::note::decimal;

/// Which tile is meant, and how much of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TilePath {
    /// Level, 0 for hashes of leaves; at most 63.
    pub level: u8,
    /// Number of the tile on its level, from 0.
    pub index: u64,
    /// How many hashes: 1 to 256.
    pub width: usize,
}

impl TilePath {
    /// Whether a tree of that size has the tile, as wide as it is asked for.
    pub fn is_within(&self, size: u64) -> bool {
        let (width, growing) = Edge::growing(size, u32::from(self.level));
        self.index < growing || (self.index == growing && self.width <= width)
    }

    /// Reads what follows `tile/`. Only the one form that the specification allows is taken.
    pub fn parse(text: &str) -> Option<Self> {
        let (level, rest) = text.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, decimal(width).filter(|w| (1..WIDTH as u64).contains(w))? as usize),
            None => (rest, WIDTH),
        };
        let mut index = 0u64;
        let groups: Vec<&str> = number.split('/').collect();
        for (at, group) in groups.iter().enumerate() {
            let last = at + 1 == groups.len();
            let digits = if last { group } else { group.strip_prefix('x')? };
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) || (at == 0 && !last && digits == "000") {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let level = decimal(level).filter(|level| *level < 64)? as u8;
        Some(Self { level, index, width })
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.level)?;
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.width < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_specifications_example() {
        let path = TilePath {
            level: 0,
            index: 1_234_067,
            width: WIDTH,
        };
        assert_eq!(path.to_string(), "0/x001/x234/067");
        assert_eq!(
            TilePath::parse("1/x273/112.p/17").map(|p| (p.level, p.index, p.width)),
            Some((1, 273_112, 17))
        );
        for bad in [
            "",
            "0",
            "0/",
            "00/000",
            "64/000",
            "0/1",
            "0/x001",
            "0/001/002",
            "0/x000/001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/0a0",
            "-1/000",
            "0/x999/x999/x999/x999/x999/x999/999",
            "0/000/",
            "0/\u{661}\u{662}",
        ] {
            assert_eq!(TilePath::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn names_come_back(level in 0u8..64, index: u64, width in 1usize..=256) {
            let path = TilePath { level, index, width };
            prop_assert_eq!(TilePath::parse(&path.to_string()), Some(path));
        }

        #[test]
        fn any_text_is_read_without_panic_and_has_one_form(text in "[0-9xp./]{0,30}") {
            if let Some(path) = TilePath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}

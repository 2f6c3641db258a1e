//! The person's habitual score, and the direction of the last ones. Pure functions of totals and
//! times: the same history gives the same answer.

use kilde_fhir::date::local_date;

/// A total that counts: of a full set, or delivered alone; never one that is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    pub at_ms: i64,
    pub total: u8,
}

/// What is usual for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Habitual {
    /// The median, doubled (so that a half is a whole number).
    pub median_doubled: u32,
    /// First quartile, by nearest rank.
    pub low: u8,
    /// Third quartile, by nearest rank.
    pub high: u8,
    /// Number of totals that it is made from.
    pub count: usize,
    /// The first of them.
    pub from_ms: i64,
    /// The last of them.
    pub to_ms: i64,
}

impl Habitual {
    /// How much a total is above (positive) or below the median, doubled.
    pub fn above_doubled(&self, total: u8) -> i32 {
        i32::from(total) * 2 - self.median_doubled as i32
    }
}

/// Length of the period.
pub(super) const DAYS: i64 = 30;
/// Totals that it must hold.
pub(super) const MIN_TOTALS: usize = 5;
/// Different days (in Norway) on which they must lie.
pub(super) const MIN_DAYS: usize = 3;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// A period older than this says nothing about the person now.
const OLDEST_MS: i64 = 365 * DAY_MS;
/// The most totals looked at.
const MOST: usize = 400;

/// The habitual score before `newest`: median and quartiles of the last stable period.
///
/// - Only totals measured before `newest` and at most 365 days before count.
/// - An *acute* total is 5 or more and at least 3 above the median of them all; it and everything
///   within 24 hours of it is left out. (A person who is always at 5 is therefore not acute.)
/// - The period is the latest 30 days, ending with one of the totals that are left, that hold at
///   least 5 of them on at least 3 different days.
///
/// `points` in any order.
pub(super) fn habitual(points: &[Point], newest: Point) -> Option<Habitual> {
    let mut before: Vec<Point> = points
        .iter()
        .copied()
        .filter(|p| p.at_ms < newest.at_ms && p.at_ms >= newest.at_ms.saturating_sub(OLDEST_MS))
        .collect();
    before.sort_by_key(|p| std::cmp::Reverse((p.at_ms, p.total)));
    before.truncate(MOST);
    let all = median_doubled(before.iter().map(|p| p.total))?;
    let acute: Vec<i64> = before
        .iter()
        .filter(|p| p.total >= 5 && u32::from(p.total) * 2 >= all + 6)
        .map(|p| p.at_ms)
        .collect();
    before.retain(|p| acute.iter().all(|at| (p.at_ms - at).abs() > DAY_MS));
    for (i, last) in before.iter().enumerate() {
        let period: Vec<Point> = before[i..]
            .iter()
            .copied()
            .take_while(|p| p.at_ms > last.at_ms - DAYS * DAY_MS)
            .collect();
        if period.len() < MIN_TOTALS {
            continue;
        }
        let mut days: Vec<_> = period.iter().map(|p| local_date(p.at_ms)).collect();
        days.dedup();
        if days.len() < MIN_DAYS {
            continue;
        }
        let mut totals: Vec<u8> = period.iter().map(|p| p.total).collect();
        totals.sort_unstable();
        let n = totals.len();
        return Some(Habitual {
            median_doubled: median_doubled(totals.iter().copied())?,
            low: totals[n.div_ceil(4) - 1],
            high: totals[(3 * n).div_ceil(4) - 1],
            count: n,
            from_ms: period.last().map_or(last.at_ms, |p| p.at_ms),
            to_ms: last.at_ms,
        });
    }
    None
}

fn median_doubled(totals: impl Iterator<Item = u8>) -> Option<u32> {
    let mut sorted: Vec<u8> = totals.collect();
    sorted.sort_unstable();
    let n = sorted.len();
    let low = *sorted.get(n.checked_sub(1)? / 2)?;
    Some(u32::from(low) + u32::from(sorted[n / 2]))
}

/// Which way the totals go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Rising,
    Steady,
    Falling,
}

impl Direction {
    /// Code in our code system and key of its text.
    pub fn code(self) -> &'static str {
        match self {
            Direction::Rising => "rising",
            Direction::Steady => "steady",
            Direction::Falling => "falling",
        }
    }
}

/// The newest total against the median of up to three before it: 2 or more above is rising, 2 or
/// more below is falling. `points` newest first; fewer than two have no direction.
pub(super) fn direction(points: &[Point]) -> Option<Direction> {
    let (newest, before) = points.split_first()?;
    let median = median_doubled(before.iter().take(3).map(|p| p.total))? as i32;
    Some(match i32::from(newest.total) * 2 - median {
        4.. => Direction::Rising,
        ..=-4 => Direction::Falling,
        _ => Direction::Steady,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_000_000_000;

    fn point(days_ago: i64, total: u8) -> Point {
        Point {
            at_ms: NOW - days_ago * DAY_MS,
            total,
        }
    }

    fn newest(total: u8) -> Point {
        Point { at_ms: NOW, total }
    }

    #[test]
    fn median_and_quartiles() {
        let points: Vec<Point> = [2, 3, 3, 4, 2, 3]
            .iter()
            .enumerate()
            .map(|(i, t)| point(i as i64 + 1, *t))
            .collect();
        let found = habitual(&points, newest(8)).unwrap();
        assert_eq!((found.median_doubled, found.low, found.high, found.count), (6, 2, 3, 6));
        assert_eq!(found.above_doubled(8), 10);
        assert_eq!((found.from_ms, found.to_ms), (NOW - 6 * DAY_MS, NOW - DAY_MS));
        let even: Vec<Point> = [2, 3, 2, 3, 2, 3]
            .iter()
            .enumerate()
            .map(|(i, t)| point(i as i64 + 1, *t))
            .collect();
        assert_eq!(habitual(&even, newest(3)).unwrap().median_doubled, 5, "2.5");
    }

    #[test]
    fn too_few_or_on_too_few_days() {
        let four: Vec<Point> = (1..=4).map(|d| point(d, 2)).collect();
        assert_eq!(habitual(&four, newest(2)), None);
        let two_days: Vec<Point> = (0..8)
            .map(|i| Point {
                at_ms: NOW - DAY_MS * (1 + i / 4) - (i % 4) * 1000,
                total: 2,
            })
            .collect();
        assert_eq!(habitual(&two_days, newest(2)), None);
        assert_eq!(habitual(&[], newest(2)), None);
    }

    #[test]
    fn the_newest_and_the_future_do_not_count() {
        let mut points: Vec<Point> = (1..=5).map(|d| point(d, 1)).collect();
        points.push(newest(9));
        points.push(point(-1, 20));
        assert_eq!(habitual(&points, newest(9)).unwrap().count, 5);
    }

    #[test]
    fn acute_periods_are_left_out() {
        let mut points: Vec<Point> = (3..=12).map(|d| point(d, 2)).collect();
        points.extend([point(1, 9), point(2, 8)]);
        let found = habitual(&points, newest(9)).unwrap();
        assert_eq!((found.median_doubled, found.high), (4, 2));
        assert_eq!(found.to_ms, NOW - 4 * DAY_MS, "a day around the acute one is left out");
    }

    #[test]
    fn a_person_who_is_always_at_five_has_a_habitual_five() {
        let points: Vec<Point> = (1..=8).map(|d| point(d, 5 + (d % 2) as u8)).collect();
        assert_eq!(habitual(&points, newest(7)).unwrap().median_doubled, 11);
    }

    #[test]
    fn an_earlier_period_is_used_if_the_last_is_too_thin() {
        let mut points: Vec<Point> = (100..=106).map(|d| point(d, 1)).collect();
        points.push(point(2, 3));
        let found = habitual(&points, newest(3)).unwrap();
        assert_eq!((found.count, found.to_ms), (7, NOW - 100 * DAY_MS));
        let old: Vec<Point> = (400..=410).map(|d| point(d, 1)).collect();
        assert_eq!(habitual(&old, newest(3)), None);
    }

    #[test]
    fn directions() {
        let of = |totals: &[u8]| direction(&totals.iter().enumerate().map(|(i, t)| point(i as i64, *t)).collect::<Vec<_>>());
        assert_eq!(of(&[5, 3, 3, 3]), Some(Direction::Rising));
        assert_eq!(of(&[4, 3, 3]), Some(Direction::Steady));
        assert_eq!(of(&[1, 3]), Some(Direction::Falling));
        assert_eq!(of(&[1]), None);
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_bounds_hold(mut totals in prop::collection::vec((0i64..400, 0u8..=20), 0..60), turn in 0usize..60) {
            let points: Vec<Point> = totals.iter().map(|(d, t)| point(*d, *t)).collect();
            let found = habitual(&points, newest(4));
            if !totals.is_empty() {
                let by = turn % totals.len();
                totals.rotate_left(by);
            }
            let turned: Vec<Point> = totals.iter().map(|(d, t)| point(*d, *t)).collect();
            prop_assert_eq!(found, habitual(&turned, newest(4)));
            if let Some(h) = found {
                prop_assert!(u32::from(h.low) * 2 <= h.median_doubled && h.median_doubled <= u32::from(h.high) * 2);
                prop_assert!(h.count >= MIN_TOTALS && h.to_ms < NOW && h.from_ms > h.to_ms - DAYS * DAY_MS);
            }
        }
    }
}

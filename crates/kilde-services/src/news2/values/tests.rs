use super::Points::{One, Three, Two, Zero};
use super::*;
use proptest::prelude::*;

/// The chart once more, as printed: (lowest, highest, points), every cell of every row.
type Row = &'static [(i64, i64, u8)];
const MIN: i64 = i64::MIN;
const MAX: i64 = i64::MAX;
const RESPIRATION: Row = &[(MIN, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, MAX, 3)];
const SCALE_1: Row = &[(MIN, 91, 3), (92, 93, 2), (94, 95, 1), (96, MAX, 0)];
const SCALE_2_AIR: Row = &[(MIN, 83, 3), (84, 85, 2), (86, 87, 1), (88, 92, 0), (93, MAX, 0)];
const SCALE_2_OXYGEN: Row = &[
    (MIN, 83, 3),
    (84, 85, 2),
    (86, 87, 1),
    (88, 92, 0),
    (93, 94, 1),
    (95, 96, 2),
    (97, MAX, 3),
];
const SYSTOLIC: Row = &[(MIN, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, MAX, 3)];
const PULSE: Row = &[(MIN, 40, 3), (41, 50, 1), (51, 90, 0), (91, 110, 1), (111, 130, 2), (131, MAX, 3)];
const TEMPERATURE: Row = &[(MIN, 350, 3), (351, 360, 1), (361, 380, 0), (381, 390, 1), (391, MAX, 2)];

fn oracle(row: Row, value: i64) -> u8 {
    row.iter()
        .find(|(low, high, _)| *low <= value && value <= *high)
        .map(|c| c.2)
        .expect("the row covers every integer")
}

type Case = (Row, fn(i64) -> Option<Points>);

fn rows() -> Vec<Case> {
    vec![
        (RESPIRATION, |v| Some(chart::respiration(v))),
        (SCALE_1, |v| chart::saturation(v, Scale::One, None)),
        (SCALE_1, |v| chart::saturation(v, Scale::One, Some(Supply::Oxygen))),
        (SCALE_2_AIR, |v| chart::saturation(v, Scale::Two, Some(Supply::Air))),
        (SCALE_2_OXYGEN, |v| chart::saturation(v, Scale::Two, Some(Supply::Oxygen))),
        (SYSTOLIC, |v| Some(chart::systolic(v))),
        (PULSE, |v| Some(chart::pulse(v))),
        (TEMPERATURE, |v| Some(chart::temperature(v))),
    ]
}

#[test]
fn every_edge_of_every_cell() {
    for (row, points) in rows() {
        for (low, high, expected) in row {
            for (edge, outside) in [(*low, low.saturating_sub(1)), (*high, high.saturating_add(1))] {
                assert_eq!(points(edge).map(Points::value), Some(*expected), "at {edge}");
                assert_eq!(points(outside).map(Points::value), Some(oracle(row, outside)), "beside {edge}");
            }
        }
    }
}

#[test]
fn rows_without_gap_or_overlap() {
    for (row, _) in rows() {
        assert_eq!((row[0].0, row[row.len() - 1].1), (MIN, MAX));
        for pair in row.windows(2) {
            assert_eq!(pair[0].1 + 1, pair[1].0);
        }
    }
}

#[test]
fn scale_two_needs_the_supply_only_from_93() {
    assert_eq!(chart::saturation(92, Scale::Two, None), Some(Zero));
    assert_eq!(chart::saturation(93, Scale::Two, None), None);
    assert_eq!(chart::saturation(83, Scale::Two, None), Some(Three));
}

#[test]
fn supply_and_consciousness() {
    assert_eq!((Supply::Air.points(), Supply::Oxygen.points()), (Zero, Two));
    let all = [
        Consciousness::Alert,
        Consciousness::NewConfusion,
        Consciousness::Voice,
        Consciousness::Pain,
        Consciousness::Unresponsive,
    ];
    assert_eq!(all.map(Consciousness::points), [Zero, Three, Three, Three, Three]);
    assert_eq!(all.map(Consciousness::letter).iter().collect::<String>(), "ACVPU");
}

#[test]
fn delivered_points_that_the_chart_cannot_give() {
    assert_eq!(Points::delivered(Parameter::Supply, 1), None);
    assert_eq!(Points::delivered(Parameter::Consciousness, 2), None);
    assert_eq!(Points::delivered(Parameter::Pulse, 4), None);
    assert_eq!(Points::delivered(Parameter::Pulse, -1), None);
    assert_eq!(Points::delivered(Parameter::Pulse, 1), Some(One));
}

#[test]
fn implausible_values_cannot_be_made() {
    assert!(Saturation::new(24).is_err());
    assert!(Saturation::new(101).is_err());
    assert!(Temperature::new(37).is_err(), "37 tenths");
    assert!(Pulse::new(0).is_err());
    assert!(Respiration::new(-3).is_err());
    assert!(Systolic::new(i64::MAX).is_err());
}

proptest! {
    #[test]
    fn as_the_printed_chart(value in -1000i64..2000) {
        for (row, points) in rows() {
            prop_assert_eq!(points(value).map(Points::value), Some(oracle(row, value)));
        }
    }
}

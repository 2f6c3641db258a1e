//! From parts to total and band.

use super::values::{Parameter, Points, Raw, Scale, Supply};

/// Proof that NEWS2 may be used for this person at this time. Made only by [`applicability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicable(());

/// Why NEWS2 is not scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotApplicable {
    /// Under 16 years when measured.
    Under16,
    /// Registered as pregnant.
    Pregnancy,
}

/// Whether NEWS2 applies. `age` is the age in whole years when measured; if it is not known,
/// NEWS2 is taken to apply, and the one who shows it says that the age is not known here.
///
/// # Errors
/// Why it does not apply; then nothing is scored.
pub fn applicability(age: Option<u16>, pregnant: bool) -> Result<Applicable, NotApplicable> {
    match (age, pregnant) {
        (Some(..16), _) => Err(NotApplicable::Under16),
        (_, true) => Err(NotApplicable::Pregnancy),
        _ => Ok(Applicable(())),
    }
}

/// Points by parameter, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts([Option<Points>; 7]);

impl Parts {
    /// No part known.
    pub fn new() -> Self {
        Parts::default()
    }

    /// Scores raw values (the last of each parameter counts). Scale 2 looks at the supply among them.
    pub fn score(raw: &[Raw], scale: Scale) -> Self {
        let supply = raw.iter().rev().find_map(|r| if let Raw::Supply(s) = r { Some(*s) } else { None });
        let mut parts = Parts::new();
        for value in raw {
            parts.set(value.parameter(), value.points(scale, supply));
        }
        parts
    }

    /// Sets one part.
    pub fn set(&mut self, parameter: Parameter, points: Option<Points>) {
        self.0[parameter as usize] = points;
    }

    /// One part.
    pub fn get(&self, parameter: Parameter) -> Option<Points> {
        self.0[parameter as usize]
    }

    /// What the part about air or oxygen says about the supply.
    pub fn supply(&self) -> Option<Supply> {
        match self.get(Parameter::Supply)? {
            Points::Zero => Some(Supply::Air),
            _ => Some(Supply::Oxygen),
        }
    }

    /// Parameters without points, in the chart's order.
    pub fn missing(&self) -> impl Iterator<Item = Parameter> + '_ {
        Parameter::ALL.into_iter().filter(|p| self.get(*p).is_none())
    }

    /// Whether no part is known.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Whether any part has three points.
    pub fn single_three(&self) -> bool {
        self.0.contains(&Some(Points::Three))
    }

    /// The sum, if all seven parts are known; whether NEWS2 applies does not matter for sums that are checked.
    pub fn sum(&self) -> Option<u8> {
        self.0.iter().try_fold(0, |sum, p| p.map(|p| sum + p.value()))
    }

    /// Lowest and highest sum that the unknown parts leave open.
    pub fn bounds(&self) -> (u8, u8) {
        Parameter::ALL
            .into_iter()
            .fold((0, 0), |(low, high), parameter| match self.get(parameter) {
                Some(p) => (low + p.value(), high + p.value()),
                None => (low, high + parameter.possible().last().map_or(0, |p| p.value())),
            })
    }

    /// The total: only for a full set, and only where NEWS2 applies.
    pub fn total(&self, _: Applicable) -> Option<Total> {
        self.sum().map(|value| Total {
            value,
            single_three: self.single_three(),
        })
    }
}

/// A total, 0 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    value: u8,
    single_three: bool,
}

impl Total {
    /// The number.
    pub fn value(self) -> u8 {
        self.value
    }

    /// The chart's band.
    pub fn band(self) -> Band {
        Band::of(self.value, self.single_three)
    }
}

/// Bands of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// 0
    Zero,
    /// 1-4, no part with 3.
    Low,
    /// 3 in a single part, total under 5.
    SingleThree,
    /// 5-6
    Medium,
    /// 7 or more.
    High,
}

impl Band {
    /// The band of a total.
    pub fn of(total: u8, single_three: bool) -> Band {
        match (total, single_three) {
            (7.., _) => Band::High,
            (5..=6, _) => Band::Medium,
            (_, true) => Band::SingleThree,
            (1..=4, false) => Band::Low,
            (0, false) => Band::Zero,
        }
    }

    /// The code in our code system and the key of its text.
    pub fn code(self) -> &'static str {
        match self {
            Band::Zero => "zero",
            Band::Low => "low",
            Band::SingleThree => "single-three",
            Band::Medium => "medium",
            Band::High => "high",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::*;
    use super::*;
    use proptest::prelude::*;

    fn raw(respiration: i64, saturation: i64, supply: Supply, systolic: i64, pulse: i64, mind: Consciousness, tenths: i64) -> Vec<Raw> {
        vec![
            Raw::Respiration(Respiration::new(respiration).unwrap()),
            Raw::Saturation(Saturation::new(saturation).unwrap()),
            Raw::Supply(supply),
            Raw::Systolic(Systolic::new(systolic).unwrap()),
            Raw::Pulse(Pulse::new(pulse).unwrap()),
            Raw::Consciousness(mind),
            Raw::Temperature(Temperature::new(tenths).unwrap()),
        ]
    }

    fn adult() -> Applicable {
        applicability(Some(70), false).unwrap()
    }

    #[test]
    fn whole_sets() {
        let well = Parts::score(&raw(16, 98, Supply::Air, 130, 70, Consciousness::Alert, 370), Scale::One)
            .total(adult())
            .unwrap();
        assert_eq!((well.value(), well.band()), (0, Band::Zero));
        let worst = Parts::score(&raw(30, 80, Supply::Oxygen, 80, 140, Consciousness::Voice, 340), Scale::One)
            .total(adult())
            .unwrap();
        assert_eq!((worst.value(), worst.band()), (20, Band::High));
        let confused = Parts::score(&raw(16, 98, Supply::Air, 130, 70, Consciousness::NewConfusion, 370), Scale::One)
            .total(adult())
            .unwrap();
        assert_eq!((confused.value(), confused.band()), (3, Band::SingleThree));
        let scale_two = raw(16, 93, Supply::Oxygen, 130, 70, Consciousness::Alert, 370);
        assert_eq!(Parts::score(&scale_two, Scale::Two).sum(), Some(3));
        assert_eq!(Parts::score(&scale_two, Scale::One).sum(), Some(4));
    }

    #[test]
    fn a_partial_set_has_no_total() {
        let all = raw(16, 98, Supply::Air, 130, 70, Consciousness::Alert, 370);
        for leave_out in 0..7 {
            let mut some = all.clone();
            some.remove(leave_out);
            let parts = Parts::score(&some, Scale::One);
            assert_eq!(parts.total(adult()), None);
            assert_eq!(parts.missing().collect::<Vec<_>>(), vec![Parameter::ALL[leave_out]]);
        }
    }

    #[test]
    fn scale_two_without_supply_has_no_saturation_part() {
        let value = [Raw::Saturation(Saturation::new(95).unwrap())];
        assert_eq!(Parts::score(&value, Scale::Two).get(Parameter::Saturation), None);
        assert_eq!(Parts::score(&value, Scale::One).get(Parameter::Saturation), Some(Points::One));
    }

    #[test]
    fn does_not_apply() {
        assert_eq!(applicability(Some(15), false), Err(NotApplicable::Under16));
        assert_eq!(applicability(Some(0), true), Err(NotApplicable::Under16));
        assert_eq!(applicability(Some(30), true), Err(NotApplicable::Pregnancy));
        assert_eq!(applicability(None, true), Err(NotApplicable::Pregnancy));
        assert!(applicability(Some(16), false).is_ok());
        assert!(applicability(None, false).is_ok());
    }

    #[test]
    fn bands() {
        let expected = [
            (0, false, Band::Zero),
            (1, false, Band::Low),
            (4, false, Band::Low),
            (3, true, Band::SingleThree),
            (4, true, Band::SingleThree),
            (5, false, Band::Medium),
            (5, true, Band::Medium),
            (6, true, Band::Medium),
            (7, false, Band::High),
            (20, true, Band::High),
        ];
        for (total, three, band) in expected {
            assert_eq!(Band::of(total, three), band, "{total} {three}");
        }
    }

    proptest! {
        #[test]
        fn total_is_the_sum_and_bounds_hold(known in proptest::collection::vec(proptest::option::of(0usize..4), 7)) {
            let mut parts = Parts::new();
            let mut sum = Some(0u8);
            for (parameter, choice) in Parameter::ALL.into_iter().zip(known) {
                let points = choice.map(|c| parameter.possible()[c % parameter.possible().len()]);
                parts.set(parameter, points);
                sum = sum.zip(points).map(|(s, p)| s + p.value());
            }
            prop_assert_eq!(parts.total(adult()).map(Total::value), sum);
            let (low, high) = parts.bounds();
            prop_assert!(low <= high && high <= 20);
            if let Some(sum) = sum {
                prop_assert_eq!((low, high), (sum, sum));
            }
        }
    }
}

//! The seven parameters, their values, and the chart.

/// One row of the chart, in the chart's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Parameter {
    /// Respirations per minute.
    Respiration = 0,
    /// Oxygen saturation in percent, on scale 1 or 2.
    Saturation = 1,
    /// Air or supplemental oxygen.
    Supply = 2,
    /// Systolic blood pressure in mmHg.
    Systolic = 3,
    /// Pulse per minute.
    Pulse = 4,
    /// Level of consciousness, ACVPU.
    Consciousness = 5,
    /// Body temperature in tenths of a degree Celsius.
    Temperature = 6,
}

impl Parameter {
    /// All seven, in the chart's order.
    pub const ALL: [Parameter; 7] = [
        Parameter::Respiration,
        Parameter::Saturation,
        Parameter::Supply,
        Parameter::Systolic,
        Parameter::Pulse,
        Parameter::Consciousness,
        Parameter::Temperature,
    ];

    /// A short stable name, the same as the key of its text.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::Respiration => "respiration",
            Parameter::Saturation => "saturation",
            Parameter::Supply => "supply",
            Parameter::Systolic => "systolic",
            Parameter::Pulse => "pulse",
            Parameter::Consciousness => "consciousness",
            Parameter::Temperature => "temperature",
        }
    }

    /// The points that the chart's row can give.
    pub fn possible(self) -> &'static [Points] {
        use Points::{One, Three, Two, Zero};
        match self {
            Parameter::Supply => &[Zero, Two],
            Parameter::Consciousness => &[Zero, Three],
            _ => &[Zero, One, Two, Three],
        }
    }
}

/// Points of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Points {
    /// 0
    Zero = 0,
    /// 1
    One = 1,
    /// 2
    Two = 2,
    /// 3
    Three = 3,
}

impl Points {
    /// The number.
    pub fn value(self) -> u8 {
        self as u8
    }

    /// From a delivered number, if the chart can give it for that parameter.
    pub fn delivered(parameter: Parameter, number: i64) -> Option<Points> {
        parameter.possible().iter().copied().find(|p| i64::from(p.value()) == number)
    }
}

/// Which saturation scale: scale 2 only where a qualified clinician has prescribed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scale {
    /// The ordinary scale.
    One,
    /// For target saturation 88-92 % (hypercapnic respiratory failure).
    Two,
}

/// What the person breathes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Supply {
    /// Room air.
    Air,
    /// Supplemental oxygen.
    Oxygen,
}

/// ACVPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Consciousness {
    /// A: alert.
    Alert,
    /// C: new confusion.
    NewConfusion,
    /// V: responds to voice.
    Voice,
    /// P: responds to pain.
    Pain,
    /// U: unresponsive.
    Unresponsive,
}

impl Consciousness {
    /// The letter of ACVPU.
    pub fn letter(self) -> char {
        match self {
            Consciousness::Alert => 'A',
            Consciousness::NewConfusion => 'C',
            Consciousness::Voice => 'V',
            Consciousness::Pain => 'P',
            Consciousness::Unresponsive => 'U',
        }
    }

    /// Points of the chart.
    pub fn points(self) -> Points {
        match self {
            Consciousness::Alert => Points::Zero,
            _ => Points::Three,
        }
    }
}

impl Supply {
    /// Points of the chart.
    pub fn points(self) -> Points {
        match self {
            Supply::Air => Points::Zero,
            Supply::Oxygen => Points::Two,
        }
    }
}

/// A value outside what a measurement on a living person gives: it is shown and marked, never scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("value outside {low} to {high}")]
pub struct Implausible {
    /// Lowest value taken as a measurement.
    pub low: i64,
    /// Highest.
    pub high: i64,
}

macro_rules! value {
    ($(#[$doc:meta])* $name:ident, $low:literal, $high:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u16);

        impl $name {
            /// Lowest value taken as a measurement.
            pub const LOW: i64 = $low;
            /// Highest value taken as a measurement.
            pub const HIGH: i64 = $high;

            /// A plausible value.
            ///
            /// # Errors
            /// Outside [`Self::LOW`] to [`Self::HIGH`].
            pub fn new(value: i64) -> Result<Self, Implausible> {
                match u16::try_from(value) {
                    Ok(v) if (Self::LOW..=Self::HIGH).contains(&value) => Ok(Self(v)),
                    _ => Err(Implausible { low: Self::LOW, high: Self::HIGH }),
                }
            }

            /// The number.
            pub fn value(self) -> u16 {
                self.0
            }
        }
    };
}

value!(
    /// Respirations per minute, 1 to 80.
    Respiration,
    1,
    80
);
value!(
    /// Oxygen saturation in percent, 50 to 100: below, oximeters do not measure.
    Saturation,
    50,
    100
);
value!(
    /// Systolic pressure in mmHg, 40 to 300.
    Systolic,
    40,
    300
);
value!(
    /// Pulse per minute, 20 to 300.
    Pulse,
    20,
    300
);
value!(
    /// Temperature in tenths of a degree Celsius, 250 to 450.
    Temperature,
    250,
    450
);

/// The chart's rows of numbers, over any integer: also bounds of delivered intervals are looked up here.
pub mod chart {
    use super::{Points, Scale, Supply};

    /// Respirations per minute.
    pub fn respiration(value: i64) -> Points {
        match value {
            ..=8 => Points::Three,
            9..=11 => Points::One,
            12..=20 => Points::Zero,
            21..=24 => Points::Two,
            25.. => Points::Three,
        }
    }

    /// Saturation in percent. On scale 2 from 93 up, air or oxygen decides: `None` when unknown.
    pub fn saturation(value: i64, scale: Scale, supply: Option<Supply>) -> Option<Points> {
        Some(match (scale, value) {
            (Scale::One, ..=91) => Points::Three,
            (Scale::One, 92..=93) => Points::Two,
            (Scale::One, 94..=95) => Points::One,
            (Scale::One, 96..) => Points::Zero,
            (Scale::Two, ..=83) => Points::Three,
            (Scale::Two, 84..=85) => Points::Two,
            (Scale::Two, 86..=87) => Points::One,
            (Scale::Two, 88..=92) => Points::Zero,
            (Scale::Two, 93..) => match (supply?, value) {
                (Supply::Air, _) => Points::Zero,
                (Supply::Oxygen, ..=94) => Points::One,
                (Supply::Oxygen, 95..=96) => Points::Two,
                (Supply::Oxygen, 97..) => Points::Three,
            },
        })
    }

    /// Systolic pressure in mmHg.
    pub fn systolic(value: i64) -> Points {
        match value {
            ..=90 => Points::Three,
            91..=100 => Points::Two,
            101..=110 => Points::One,
            111..=219 => Points::Zero,
            220.. => Points::Three,
        }
    }

    /// Pulse per minute.
    pub fn pulse(value: i64) -> Points {
        match value {
            ..=40 => Points::Three,
            41..=50 => Points::One,
            51..=90 => Points::Zero,
            91..=110 => Points::One,
            111..=130 => Points::Two,
            131.. => Points::Three,
        }
    }

    /// Temperature in tenths of a degree.
    pub fn temperature(tenths: i64) -> Points {
        match tenths {
            ..=350 => Points::Three,
            351..=360 => Points::One,
            361..=380 => Points::Zero,
            381..=390 => Points::One,
            391.. => Points::Two,
        }
    }
}

/// A raw value that can be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Raw {
    /// Respirations per minute.
    Respiration(Respiration),
    /// Saturation in percent.
    Saturation(Saturation),
    /// Air or oxygen.
    Supply(Supply),
    /// Systolic pressure.
    Systolic(Systolic),
    /// Pulse.
    Pulse(Pulse),
    /// Consciousness.
    Consciousness(Consciousness),
    /// Temperature.
    Temperature(Temperature),
}

impl Raw {
    /// The row of the chart that it belongs to.
    pub fn parameter(self) -> Parameter {
        match self {
            Raw::Respiration(_) => Parameter::Respiration,
            Raw::Saturation(_) => Parameter::Saturation,
            Raw::Supply(_) => Parameter::Supply,
            Raw::Systolic(_) => Parameter::Systolic,
            Raw::Pulse(_) => Parameter::Pulse,
            Raw::Consciousness(_) => Parameter::Consciousness,
            Raw::Temperature(_) => Parameter::Temperature,
        }
    }

    /// Points of the chart; `None` where scale 2 needs to know about oxygen and it is not known.
    pub fn points(self, scale: Scale, supply: Option<Supply>) -> Option<Points> {
        match self {
            Raw::Respiration(v) => Some(chart::respiration(v.value().into())),
            Raw::Saturation(v) => chart::saturation(v.value().into(), scale, supply),
            Raw::Supply(v) => Some(v.points()),
            Raw::Systolic(v) => Some(chart::systolic(v.value().into())),
            Raw::Pulse(v) => Some(chart::pulse(v.value().into())),
            Raw::Consciousness(v) => Some(v.points()),
            Raw::Temperature(v) => Some(chart::temperature(v.value().into())),
        }
    }
}

#[cfg(test)]
mod tests;

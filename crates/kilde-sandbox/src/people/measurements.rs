//! Vital signs that make sense for a person: her own normal, some noise, and for some a decline.

use super::dice::Dice;
use super::{Citizen, Need, ServiceState};
use jiff::civil::Date;

/// Where and by whom measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// On the acute ward, registered on the ward board.
    Ward,
    /// In the nursing home, registered on its board.
    NursingHome,
    /// At home by home care.
    HomeCare,
    /// At home by the person, through the hub for home monitoring (VKP).
    Home,
    /// At the emergency clinic.
    EmergencyClinic,
}

/// Level of consciousness (ACVPU).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consciousness {
    /// Alert.
    Alert,
    /// New confusion.
    Confused,
    /// Reacts to voice.
    Voice,
    /// Reacts to pain.
    Pain,
    /// Unresponsive.
    Unresponsive,
}

/// One full set, as NEWS2 asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VitalSigns {
    /// When, seconds since the Unix epoch.
    pub at: i64,
    /// Where.
    pub setting: Setting,
    /// Breaths a minute.
    pub respiration: u8,
    /// SpO2 in per cent.
    pub saturation: u8,
    /// Whether scale 2 (hypercapnic respiratory failure) applies to this person.
    pub scale2: bool,
    /// Oxygen given, in tenths of a litre a minute; `None` on air.
    pub oxygen: Option<u8>,
    /// Systolic pressure in mmHg.
    pub systolic: u16,
    /// Diastolic pressure in mmHg.
    pub diastolic: u16,
    /// Heart beats a minute.
    pub pulse: u16,
    /// Consciousness.
    pub consciousness: Consciousness,
    /// Temperature in tenths of a degree Celsius.
    pub temperature: u16,
}

/// What a single measurement is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SingleKind {
    /// Body weight, tenths of a kilogram.
    Weight,
    /// SpO2, per cent.
    Saturation,
    /// Pulse, beats a minute.
    Pulse,
    /// Blood glucose, tenths of mmol/l.
    Glucose,
    /// Blood pressure, systolic with the diastolic beside it.
    BloodPressure {
        /// Diastolic, mmHg.
        diastolic: u16,
    },
}

/// A single measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Single {
    /// When, seconds since the Unix epoch.
    pub at: i64,
    /// Where.
    pub setting: Setting,
    /// Of what.
    pub kind: SingleKind,
    /// Value in the unit that the kind names.
    pub value: u16,
}

/// Something measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measurement {
    /// A full set.
    Set(VitalSigns),
    /// One value.
    Single(Single),
}

impl Measurement {
    /// When, seconds since the Unix epoch.
    pub fn at(&self) -> i64 {
        match self {
            Measurement::Set(s) => s.at,
            Measurement::Single(s) => s.at,
        }
    }
}

/// A person's own normal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Normal {
    pub(super) respiration: i32,
    pub(super) saturation: i32,
    pub(super) systolic: i32,
    pub(super) diastolic: i32,
    pub(super) pulse: i32,
    pub(super) temperature: i32,
    pub(super) scale2: bool,
    pub(super) oxygen: i32,
}

/// How a series develops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Course {
    /// Around the person's normal.
    Stable,
    /// Worse from set to set, as with an infection.
    Declining,
    /// Bad at first, then back to normal.
    Recovering,
}

pub(super) fn normal(dice: &mut Dice, age: i32) -> Normal {
    let lung_disease = age >= 55 && dice.chance(110);
    let (respiration, pulse, systolic) = match age {
        ..=2 => (30, 120, 92),
        3..=7 => (23, 100, 98),
        8..=12 => (20, 86, 106),
        13..=17 => (17, 78, 114),
        18..=49 => (15, 70, 122),
        50..=69 => (15, 70, 132),
        _ => (16, 72, 138),
    };
    Normal {
        respiration: respiration + dice.around(1) + if lung_disease { 4 } else { 0 },
        saturation: if lung_disease { 90 + dice.around(1) } else { 97 + dice.around(1) },
        systolic: systolic + dice.around(9),
        diastolic: systolic * 58 / 100 + dice.around(5),
        pulse: pulse + dice.around(7),
        temperature: 367 + dice.around(2),
        scale2: lung_disease,
        oxygen: if lung_disease && dice.chance(350) { 10 } else { 0 },
    }
}

/// One set near the normal; `bad` from 0 (well) to 100 (gravely ill).
pub(super) fn set(dice: &mut Dice, n: &Normal, at: i64, setting: Setting, bad: i32) -> VitalSigns {
    let temperature = n.temperature + dice.around(2) + 21 * bad / 100;
    let consciousness = match bad {
        92.. => Consciousness::Voice,
        74.. => Consciousness::Confused,
        _ => Consciousness::Alert,
    };
    let needs_oxygen = bad >= 55 && !n.scale2;
    let saturation = n.saturation + dice.around(1) - 9 * bad / 100 + if needs_oxygen { 2 } else { 0 };
    VitalSigns {
        at,
        setting,
        respiration: (n.respiration + dice.around(1) + 12 * bad / 100).clamp(6, 60) as u8,
        saturation: saturation.clamp(70, 100) as u8,
        scale2: n.scale2,
        oxygen: match (needs_oxygen, n.oxygen) {
            (true, _) => Some((10 + bad / 5) as u8),
            (false, flow) if flow > 0 => Some(flow as u8),
            _ => None,
        },
        systolic: (n.systolic + dice.around(6) - 42 * bad / 100).clamp(55, 240) as u16,
        diastolic: (n.diastolic + dice.around(4) - 20 * bad / 100).clamp(30, 130) as u16,
        pulse: (n.pulse + dice.around(4) + 44 * bad / 100).clamp(32, 200) as u16,
        consciousness,
        temperature: temperature.clamp(340, 415) as u16,
    }
}

/// Measures what is measured for somebody with this need and these services.
pub(super) fn take(dice: &mut Dice, citizen: &mut Citizen, today: Date) {
    let age = i32::from(citizen.age_on(super::REFERENCE));
    let running = |code: &str| {
        citizen
            .services
            .iter()
            .any(|s| s.kind.code == code && s.state == ServiceState::Active)
    };
    let (ward, home) = (running("25"), running("15"));
    let now = noon(today);
    let home_monitoring = age >= 45 && dice.chance(14);
    if !(ward || home || home_monitoring || citizen.need == Need::Institution) {
        return;
    }
    let n = normal(dice, age);
    let mut all = Vec::new();
    if citizen.need == Need::Institution {
        series(
            dice,
            &n,
            &mut all,
            Setting::NursingHome,
            now - 86_400 * 150,
            25 * 86_400,
            6,
            Course::Stable,
        );
    }
    if (home && dice.chance(250)) || ward {
        series(
            dice,
            &n,
            &mut all,
            Setting::HomeCare,
            now - 86_400 * 70,
            7 * 86_400,
            10,
            Course::Stable,
        );
    }
    if ward {
        let course = if dice.chance(350) { Course::Declining } else { Course::Recovering };
        let sets = dice.between(4, 9);
        series(
            dice,
            &n,
            &mut all,
            Setting::Ward,
            now - 14_400 * i64::from(sets),
            14_400,
            sets,
            course,
        );
    }
    if home_monitoring {
        monitor(dice, &n, &mut all, now, 21);
    }
    all.sort_by_key(Measurement::at);
    citizen.measurements = all;
}

#[allow(clippy::too_many_arguments)]
pub(super) fn series(
    dice: &mut Dice,
    n: &Normal,
    all: &mut Vec<Measurement>,
    setting: Setting,
    from: i64,
    step: i64,
    sets: i32,
    course: Course,
) {
    for i in 0..sets {
        let part = 100 * (i + 1) / sets.max(1);
        let bad = match course {
            Course::Stable => dice.between(0, 6),
            Course::Declining => part * 80 / 100,
            Course::Recovering => (100 - part) * 70 / 100,
        };
        let at = from + step * i64::from(i) + i64::from(dice.between(0, 1500));
        all.push(Measurement::Set(set(dice, n, at, setting, bad)));
    }
}

/// Home monitoring: a morning value each day.
pub(super) fn monitor(dice: &mut Dice, n: &Normal, all: &mut Vec<Measurement>, now: i64, days: i32) {
    let weight = 620 + dice.between(0, 380);
    let what = dice.below(3);
    for day in (0..days).rev() {
        let at = now - 86_400 * i64::from(day) - 4 * 3600 + i64::from(dice.between(0, 3600));
        let mut push = |kind, value: i32| {
            all.push(Measurement::Single(Single {
                at,
                setting: Setting::Home,
                kind,
                value: value.clamp(0, 2000) as u16,
            }));
        };
        match what {
            0 => {
                let diastolic = (n.diastolic + dice.around(4)).clamp(35, 130) as u16;
                push(
                    SingleKind::BloodPressure { diastolic },
                    (n.systolic + dice.around(7)).max(i32::from(diastolic) + 15),
                );
                push(SingleKind::Weight, weight + dice.around(4));
            }
            1 => {
                push(SingleKind::Saturation, (n.saturation + dice.around(1)).min(100));
                push(SingleKind::Pulse, n.pulse + dice.around(5));
            }
            _ => push(SingleKind::Glucose, 72 + dice.around(14)),
        }
    }
}

/// Noon (UTC) of a day in seconds since the Unix epoch.
pub(super) fn noon(day: Date) -> i64 {
    day.at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |z| z.timestamp().as_second())
}

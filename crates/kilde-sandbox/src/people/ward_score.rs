//! NEWS2 as the invented ward board reckons it (Royal College of Physicians 2017). The board is a
//! producer of its own: what it delivers is what the measurement service is to check, so it does
//! not share code with that service.

use super::{Consciousness, VitalSigns};

/// Points of each part and the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WardScore {
    /// Respiration.
    pub respiration: u8,
    /// Saturation, on the person's scale.
    pub saturation: u8,
    /// Air or oxygen.
    pub oxygen: u8,
    /// Systolic pressure.
    pub systolic: u8,
    /// Pulse.
    pub pulse: u8,
    /// Consciousness.
    pub consciousness: u8,
    /// Temperature.
    pub temperature: u8,
}

impl WardScore {
    /// The sum of the parts.
    pub fn total(&self) -> u8 {
        self.respiration + self.saturation + self.oxygen + self.systolic + self.pulse + self.consciousness + self.temperature
    }
}

/// Scores a set.
pub fn ward_score(v: &VitalSigns) -> WardScore {
    let saturation = match (v.scale2, v.saturation, v.oxygen.is_some()) {
        (false, ..=91, _) => 3,
        (false, 92..=93, _) => 2,
        (false, 94..=95, _) => 1,
        (false, _, _) => 0,
        (true, ..=83, _) => 3,
        (true, 84..=85, _) => 2,
        (true, 86..=87, _) => 1,
        (true, 88..=92, _) | (true, _, false) => 0,
        (true, 93..=94, true) => 1,
        (true, 95..=96, true) => 2,
        (true, _, true) => 3,
    };
    WardScore {
        respiration: match v.respiration {
            ..=8 => 3,
            9..=11 => 1,
            12..=20 => 0,
            21..=24 => 2,
            _ => 3,
        },
        saturation,
        oxygen: if v.oxygen.is_some() { 2 } else { 0 },
        systolic: match v.systolic {
            ..=90 => 3,
            91..=100 => 2,
            101..=110 => 1,
            111..=219 => 0,
            _ => 3,
        },
        pulse: match v.pulse {
            ..=40 => 3,
            41..=50 => 1,
            51..=90 => 0,
            91..=110 => 1,
            111..=130 => 2,
            _ => 3,
        },
        consciousness: if v.consciousness == Consciousness::Alert { 0 } else { 3 },
        temperature: match v.temperature {
            ..=350 => 3,
            351..=360 => 1,
            361..=380 => 0,
            381..=390 => 1,
            _ => 2,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Setting;

    const WELL: VitalSigns = VitalSigns {
        at: 0,
        setting: Setting::Ward,
        respiration: 16,
        saturation: 97,
        scale2: false,
        oxygen: None,
        systolic: 125,
        diastolic: 75,
        pulse: 70,
        consciousness: Consciousness::Alert,
        temperature: 370,
    };

    #[test]
    fn the_charts_edges() {
        assert_eq!(ward_score(&WELL).total(), 0);
        let points = |values: &[u16], part: &dyn Fn(u16) -> u8| values.iter().map(|v| part(*v)).collect::<Vec<_>>();
        let respiration = |v: u16| {
            ward_score(&VitalSigns {
                respiration: v as u8,
                ..WELL
            })
            .respiration
        };
        assert_eq!(points(&[8, 9, 11, 12, 20, 21, 24, 25], &respiration), [3, 1, 1, 0, 0, 2, 2, 3]);
        let saturation = |v: u16| {
            ward_score(&VitalSigns {
                saturation: v as u8,
                ..WELL
            })
            .saturation
        };
        assert_eq!(points(&[91, 92, 93, 94, 95, 96], &saturation), [3, 2, 2, 1, 1, 0]);
        let on_air = |v: u16| {
            ward_score(&VitalSigns {
                saturation: v as u8,
                scale2: true,
                ..WELL
            })
            .saturation
        };
        assert_eq!(points(&[83, 84, 85, 86, 87, 88, 92, 93, 100], &on_air), [3, 2, 2, 1, 1, 0, 0, 0, 0]);
        let on_oxygen = |v: u16| {
            ward_score(&VitalSigns {
                saturation: v as u8,
                scale2: true,
                oxygen: Some(10),
                ..WELL
            })
            .saturation
        };
        assert_eq!(points(&[92, 93, 94, 95, 96, 97], &on_oxygen), [0, 1, 1, 2, 2, 3]);
        let systolic = |v| ward_score(&VitalSigns { systolic: v, ..WELL }).systolic;
        assert_eq!(points(&[90, 91, 100, 101, 110, 111, 219, 220], &systolic), [3, 2, 2, 1, 1, 0, 0, 3]);
        let pulse = |v| ward_score(&VitalSigns { pulse: v, ..WELL }).pulse;
        assert_eq!(
            points(&[40, 41, 50, 51, 90, 91, 110, 111, 130, 131], &pulse),
            [3, 1, 1, 0, 0, 1, 1, 2, 2, 3]
        );
        let temperature = |v| ward_score(&VitalSigns { temperature: v, ..WELL }).temperature;
        assert_eq!(
            points(&[350, 351, 360, 361, 380, 381, 390, 391], &temperature),
            [3, 1, 1, 0, 0, 1, 1, 2]
        );
    }
}

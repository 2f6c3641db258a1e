//! Invented streets of the invented municipalities.

use super::dice::Dice;

/// Where a household lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Street and house number, with the flat's number where there is one.
    pub line: String,
    /// Post code, four digits above the highest that exists.
    pub post_code: &'static str,
    /// Post town.
    pub town: &'static str,
    /// Zone of home care: 0 north, 1 south.
    pub zone: usize,
}

const NORDVIK: &[(&str, &str, &str, usize)] = &[
    ("Kildeveien", "9993", "Nordvik", 0),
    ("Naustgata", "9993", "Nordvik", 0),
    ("Fyrlyktveien", "9993", "Nordvik", 0),
    ("Tiurstien", "9993", "Nordvik", 0),
    ("Gamle Bryggevei", "9994", "Nordvik", 1),
    ("Seljeflata", "9994", "Nordvik", 1),
    ("Rognebærlia", "9994", "Nordvik", 1),
    ("Sildesvingen", "9995", "Ytre Nordvik", 1),
    ("Tareveien", "9995", "Ytre Nordvik", 0),
    ("Multemyra", "9996", "Nordvikbotn", 0),
    ("Lyngrabben", "9996", "Nordvikbotn", 1),
    ("Guovssahasgeaidnu", "9996", "Nordvikbotn", 0),
];
const DALFJORD: &[(&str, &str, &str, usize)] = &[
    ("Fossegata", "9997", "Dalfjord", 0),
    ("Stabbursvegen", "9997", "Dalfjord", 0),
    ("Bjørkelia", "9997", "Dalfjord", 1),
    ("Kvernhusvegen", "9998", "Dalfjord", 1),
    ("Løestunet", "9998", "Indre Dalfjord", 0),
    ("Granskarvegen", "9998", "Indre Dalfjord", 1),
];

/// An address in the instance's municipality.
pub(crate) fn address(dice: &mut Dice, instance: &str) -> Address {
    let streets = if instance == "9902" { DALFJORD } else { NORDVIK };
    let (street, post_code, town, zone) = streets[dice.below(streets.len() as u32) as usize];
    let number = 1 + dice.below(118);
    let line = match dice.below(4) {
        0 => format!("{street} {number}{}", ['A', 'B', 'C', 'D'][dice.below(4) as usize]),
        _ => format!("{street} {number}"),
    };
    Address {
        line,
        post_code,
        town,
        zone,
    }
}

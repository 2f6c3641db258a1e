//! The chart's cells as text: what a part score's interpretation says that it was given for.
//!
//! `≥25`, `93–94 med oksygentilførsel`, `≤35.0`, `Oksygen`, `C, V, P eller U`. What is not
//! understood completely is not used.

use super::codes::consciousness_word;
use super::decimal::scaled;
use super::values::{Parameter, Points, Scale, Supply, chart};

/// Points that the chart can give for what a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Possible(u8);

impl Possible {
    /// One more possibility.
    pub fn add(&mut self, points: Points) {
        self.0 |= 1 << points.value();
    }

    /// Whether these points are possible.
    pub fn allows(self, points: i64) -> bool {
        (0..8).contains(&points) && self.0 & (1 << points) != 0
    }

    /// Whether nothing is possible.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Points that the chart can give for the cell that `text` describes; `None` if the text is not
/// understood. `supply` is what else is known about oxygen; the text itself goes before it.
pub fn possible(parameter: Parameter, scale: Scale, supply: Option<Supply>, text: &str) -> Option<Possible> {
    let mut possible = Possible::default();
    match parameter {
        Parameter::Consciousness => {
            for level in levels(text)? {
                possible.add(level);
            }
        }
        Parameter::Supply => possible.add(read(text, 1).filter(|c| c.range.is_none())?.supply?.points()),
        _ => {
            let places = u32::from(parameter == Parameter::Temperature);
            let cell = read(text, places)?;
            let (low, high) = cell.range?;
            let supplies: &[Option<Supply>] = match cell.supply.or(supply) {
                Some(Supply::Air) => &[Some(Supply::Air)],
                Some(Supply::Oxygen) => &[Some(Supply::Oxygen)],
                None => &[Some(Supply::Air), Some(Supply::Oxygen)],
            };
            for value in low.max(0)..=high.min(500) {
                for supply in supplies {
                    if let Some(points) = of_number(parameter, value, scale, *supply) {
                        possible.add(points);
                    }
                }
            }
        }
    }
    (!possible.is_empty()).then_some(possible)
}

fn of_number(parameter: Parameter, value: i64, scale: Scale, supply: Option<Supply>) -> Option<Points> {
    match parameter {
        Parameter::Respiration => Some(chart::respiration(value)),
        Parameter::Saturation => chart::saturation(value, scale, supply),
        Parameter::Systolic => Some(chart::systolic(value)),
        Parameter::Pulse => Some(chart::pulse(value)),
        Parameter::Temperature => Some(chart::temperature(value)),
        Parameter::Supply | Parameter::Consciousness => None,
    }
}

/// `A`, `Våken`, `C, V, P eller U`, `CVPU`.
fn levels(text: &str) -> Option<Vec<Points>> {
    if let Some(level) = consciousness_word(text) {
        return Some(vec![level.points()]);
    }
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split([' ', ',', '/', '|'])
        .filter(|w| !w.is_empty() && !matches!(*w, "eller" | "or" | "og"))
        .collect();
    let letters: Vec<String> = match words.as_slice() {
        [one] if one.chars().all(|c| "acvpu".contains(c)) => one.chars().map(String::from).collect(),
        many => many.iter().map(|w| (*w).to_owned()).collect(),
    };
    if letters.is_empty() {
        return None;
    }
    letters.iter().map(|w| consciousness_word(w).map(|l| l.points())).collect()
}

/// A cell: an inclusive range of scaled numbers, and what is said about oxygen.
#[derive(Debug, PartialEq, Eq)]
struct Cell {
    range: Option<(i64, i64)>,
    supply: Option<Supply>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number(i64),
    AtMost,
    AtLeast,
    Under,
    Over,
    To,
}

fn read(text: &str, places: u32) -> Option<Cell> {
    let text = text
        .to_lowercase()
        .replace(['–', '—', '−', '‑'], "-")
        .replace('≤', "<=")
        .replace('≥', ">=");
    let mut tokens: Vec<Token> = Vec::new();
    let (mut supply, mut without) = (None, false);
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
                .unwrap_or(rest.len());
            let number = rest[..length].trim_end_matches([',', '.']);
            tokens.push(Token::Number(scaled(&number.replace(',', "."), places)?));
            number.len()
        } else if first.is_alphabetic() {
            let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            match &rest[..length] {
                "oksygen" | "oksygentilførsel" | "oksygentilskudd" | "oksygentilskot" | "oxygen" | "o2" | "surstoff" => {
                    supply = Some(if without { Supply::Air } else { Supply::Oxygen });
                }
                "luft" | "romluft" | "air" => supply = Some(Supply::Air),
                "uten" | "utan" | "without" => without = true,
                "til" | "to" => tokens.push(Token::To),
                "med" | "på" | "on" | "with" | "room" | "supplemental" | "spo2" | "min" | "mmhg" | "mm" | "hg" | "c" | "cel"
                | "prosent" => {}
                _ => return None,
            }
            length
        } else {
            let two = rest.get(..2).unwrap_or_default();
            let (token, length) = match (two, first) {
                ("<=", _) => (Some(Token::AtMost), 2),
                (">=", _) => (Some(Token::AtLeast), 2),
                (_, '<') => (Some(Token::Under), 1),
                (_, '>') => (Some(Token::Over), 1),
                (_, '-') => (Some(Token::To), 1),
                (_, '%' | '/' | '°' | '[' | ']' | '(' | ')' | '.') => (None, first.len_utf8()),
                (_, c) if c.is_whitespace() => (None, c.len_utf8()),
                _ => return None,
            };
            tokens.extend(token);
            length
        };
        rest = &rest[length..];
    }
    let range = match tokens.as_slice() {
        [] => None,
        [Token::Number(n)] => Some((*n, *n)),
        [Token::Number(low), Token::To, Token::Number(high)] if low <= high => Some((*low, *high)),
        [Token::AtMost, Token::Number(n)] => Some((i64::MIN, *n)),
        [Token::AtLeast, Token::Number(n)] => Some((*n, i64::MAX)),
        [Token::Under, Token::Number(n)] => Some((i64::MIN, n.checked_sub(1)?)),
        [Token::Over, Token::Number(n)] => Some((n.checked_add(1)?, i64::MAX)),
        _ => return None,
    };
    Some(Cell { range, supply })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allowed(parameter: Parameter, scale: Scale, supply: Option<Supply>, text: &str) -> Option<Vec<i64>> {
        possible(parameter, scale, supply, text).map(|p| (0..4).filter(|n| p.allows(*n)).collect())
    }

    #[test]
    fn cells_as_producers_write_them() {
        use Parameter::*;
        let one = |parameter, text| allowed(parameter, Scale::One, None, text);
        assert_eq!(one(Respiration, "≥25"), Some(vec![3]));
        assert_eq!(one(Respiration, "9–11"), Some(vec![1]));
        assert_eq!(one(Respiration, "12 - 20 /min"), Some(vec![0]));
        assert_eq!(one(Respiration, "10–22"), Some(vec![0, 1, 2]));
        assert_eq!(one(Pulse, "≤40"), Some(vec![3]));
        assert_eq!(one(Pulse, "> 130"), Some(vec![3]));
        assert_eq!(one(Systolic, "≤90 mmHg"), Some(vec![3]));
        assert_eq!(one(Systolic, "111 til 219"), Some(vec![0]));
        assert_eq!(one(Temperature, "≤35.0"), Some(vec![3]));
        assert_eq!(one(Temperature, "35,1–36,0 °C"), Some(vec![1]));
        assert_eq!(one(Temperature, "≥39.1"), Some(vec![2]));
        assert_eq!(one(Supply, "Oksygen"), Some(vec![2]));
        assert_eq!(one(Supply, "Luft"), Some(vec![0]));
        assert_eq!(one(Supply, "uten oksygen"), Some(vec![0]));
        assert_eq!(one(Consciousness, "C, V, P eller U"), Some(vec![3]));
        assert_eq!(one(Consciousness, "CVPU"), Some(vec![3]));
        assert_eq!(one(Consciousness, "Våken"), Some(vec![0]));
    }

    #[test]
    fn scale_two_and_oxygen() {
        let two = |supply, text| allowed(Parameter::Saturation, Scale::Two, supply, text);
        assert_eq!(two(None, "93–94 med oksygentilførsel"), Some(vec![1]));
        assert_eq!(two(None, "93-94"), Some(vec![0, 1]));
        assert_eq!(two(Some(Supply::Oxygen), "93-94"), Some(vec![1]));
        assert_eq!(two(Some(Supply::Oxygen), "≥93 på luft"), Some(vec![0]));
        assert_eq!(two(None, "≥97 on O2"), Some(vec![3]));
        assert_eq!(two(None, "88-92"), Some(vec![0]));
    }

    #[test]
    fn not_understood_is_not_used() {
        for text in ["", "normal", "mye", "≥", "25-", "25 26", "3-2", "12–20 i hvile"] {
            assert_eq!(allowed(Parameter::Respiration, Scale::One, None, text), None, "{text}");
        }
        assert_eq!(allowed(Parameter::Consciousness, Scale::One, None, "forvirret"), None);
        assert_eq!(allowed(Parameter::Supply, Scale::One, None, "2"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "[<>=≤≥0-9 ,.–\\-a-zæøå/%°]{0,24}", which in 0usize..7) {
            let _ = possible(Parameter::ALL[which], Scale::Two, None, &text);
        }

        #[test]
        fn a_range_allows_the_points_of_its_values(low in 0i64..300, width in 0i64..60, inside in 0i64..60) {
            let value = low + inside.min(width);
            let text = format!("{low}–{}", low + width);
            let found = possible(Parameter::Pulse, Scale::One, None, &text).expect("understood");
            prop_assert!(found.allows(chart::pulse(value).value().into()));
        }
    }
}

//! `weeklyExtent`: free text that mostly is a number of hours.

/// Hours a week, or what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeeklyExtent {
    /// A decimal number of hours as FHIR writes it: `7.5`, `0.25`, `15`.
    Hours(String),
    /// Something else, kept as it came.
    Text(String),
}

/// Hours in a week: more is implausible.
const WEEK: u64 = 168;
/// Ten-thousandths: the finest part of an hour that is kept when minutes are made hours.
const PART: u64 = 10_000;

/// Reads `7.5`, `7,5`, `15 timer`, `5 t/uke`, `15 minutter`, `1 time 30 min`.
///
/// The digits of a plain number of hours are kept (`7.50` stays), minutes become hours. What is
/// negative, more than a week, or not understood is [`WeeklyExtent::Text`].
pub fn weekly_extent(text: &str) -> WeeklyExtent {
    let text = text.trim();
    hours(text).map_or_else(|| WeeklyExtent::Text(text.to_owned()), WeeklyExtent::Hours)
}

fn hours(text: &str) -> Option<String> {
    let lower = text.to_lowercase().replace(',', ".");
    let mut rest = without_week(lower.trim());
    let (number, unit, after) = amount(rest)?;
    rest = after;
    if rest.is_empty() && unit != Some(Unit::Minute) {
        let plain = plain_decimal(number)?;
        return (parts(&plain)? <= WEEK * PART).then_some(plain);
    }
    let mut total = in_hours(number, unit?)?;
    let mut last = unit?;
    while !rest.is_empty() {
        let (number, unit, after) = amount(rest)?;
        // "1 time 30" means minutes; two amounts of the same unit mean something else.
        let unit = unit.unwrap_or(Unit::Minute);
        if last != Unit::Hour || unit != Unit::Minute {
            return None;
        }
        total += in_hours(number, unit)?;
        last = unit;
        rest = after;
    }
    (total <= WEEK * PART).then(|| decimal(total))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hour,
    Minute,
}

/// Takes away a closing "per week".
fn without_week(text: &str) -> &str {
    for end in [
        "per uke", "pr. uke", "pr uke", "/ uke", "/uke", "i uken", "i uka", "ukentlig", "hver uke", "per week", "/week", "/wk",
    ] {
        if let Some(rest) = text.strip_suffix(end) {
            return rest.trim_end();
        }
    }
    text
}

/// A number, its unit if one follows, and what stands after.
fn amount(text: &str) -> Option<(&str, Option<Unit>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let unit = match word {
        "" => None,
        "t" | "time" | "timer" | "tim" | "timar" | "h" | "hour" | "hours" => Some(Unit::Hour),
        "m" | "min" | "minutt" | "minutter" | "minute" | "minutes" => Some(Unit::Minute),
        _ => return None,
    };
    let after = after.strip_prefix('.').unwrap_or(after).trim_start();
    let after = after.strip_prefix("og ").unwrap_or(after).trim_start();
    (!number.is_empty()).then_some((number, unit, after))
}

/// A decimal with one digit at least on each side of the point, no superfluous zeros in front.
fn plain_decimal(number: &str) -> Option<String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || whole.len() > 6 || fraction.len() > 4 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        w => w,
    };
    Some(if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    })
}

/// Ten-thousandths of a plain decimal.
fn parts(plain: &str) -> Option<u64> {
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let fraction: u64 = format!("{fraction:0<4}").parse().ok()?;
    Some(whole.parse::<u64>().ok()? * PART + fraction)
}

fn in_hours(number: &str, unit: Unit) -> Option<u64> {
    let parts = parts(&plain_decimal(number)?)?;
    Some(match unit {
        Unit::Hour => parts,
        Unit::Minute => (parts + 30) / 60,
    })
}

fn decimal(parts: u64) -> String {
    let (whole, fraction) = (parts / PART, parts % PART);
    if fraction == 0 {
        return whole.to_string();
    }
    format!("{whole}.{}", format!("{fraction:04}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_that_occur() {
        for (text, hours) in [
            ("7.5", "7.5"),
            ("7,5", "7.5"),
            ("7.50", "7.50"),
            ("15 timer", "15"),
            ("5 timer", "5"),
            ("5t", "5"),
            ("15 minutter", "0.25"),
            ("15 min.", "0.25"),
            ("90 minutter per uke", "1.5"),
            ("1 time 30 min", "1.5"),
            ("1 time og 30 minutter", "1.5"),
            ("1t 45m", "1.75"),
            ("5 t/uke", "5"),
            ("10 minutter", "0.1667"),
            ("0", "0"),
            ("08", "8"),
            ("168", "168"),
            (",5 timer", "0.5"),
        ] {
            assert_eq!(weekly_extent(text), WeeklyExtent::Hours(hours.into()), "{text}");
        }
    }

    #[test]
    fn the_rest_stays_text() {
        for text in [
            "etter behov",
            "-5",
            "169",
            "5 timer per dag",
            "2 x 3 timer",
            "1.2.3",
            "99999999",
            "timer",
            ".",
            "5 5",
            "1 time 2 timer",
            "24/7",
        ] {
            assert_eq!(weekly_extent(text), WeeklyExtent::Text(text.into()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_hours_are_normal(text in "\\PC{0,24}") {
            if let WeeklyExtent::Hours(h) = weekly_extent(&text) {
                prop_assert_eq!(weekly_extent(&h), WeeklyExtent::Hours(h.clone()));
                prop_assert!(h.parse::<f64>().unwrap() <= 168.0);
            }
        }

        #[test]
        fn numbers_with_units(n in 0u32..168, f in 0u32..100, unit in "( ?(t|timer|h))?") {
            let want = format!("{n}.{f:02}");
            let text = format!("{n},{f:02}{unit}");
            prop_assert_eq!(weekly_extent(&text), WeeklyExtent::Hours(want));
        }
    }
}

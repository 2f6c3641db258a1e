use super::*;
use proptest::prelude::*;

#[test]
fn units_and_what_is_none() {
    for unit in [
        "mmol/L",
        "mm[Hg]",
        "Cel",
        "%",
        "1",
        "/min",
        "{beats}/min",
        "10*9/L",
        "ug/kg/min",
        "[IU]/L",
        "kg/m2",
        "m[H2O]",
        "[pH]",
    ] {
        assert_eq!(validate(unit), Ok(()), "{unit}");
    }
    for unit in ["", "mmHg", "°C", "bpm", "mmol//L", "kg m", "(", "m^2", "slag/min", "mg/dl/"] {
        assert!(matches!(validate(unit), Err(UnitError::Invalid { .. })), "{unit}");
    }
    assert_eq!(validate(&"m.".repeat(200)), Err(UnitError::TooLong));
}

#[test]
fn equal_quantities_are_equal_in_base_units() {
    for (a, b) in [
        (("5.4", "mmol/L"), ("0.0054", "mol/L")),
        (("5.4", "mmol/L"), ("5.40", "mol/m3")),
        (("37.0", "Cel"), ("310.15", "K")),
        (("98.6", "[degF]"), ("37", "Cel")),
        (("1", "[in_i]"), ("2.54", "cm")),
        (("70", "/min"), ("70", "{beats}/min")),
        (("2.5", "g/dL"), ("25", "g/L")),
        (("94", "%"), ("0.94", "1")),
        (("1", "L"), ("1000", "mL")),
        (("60", "kg"), ("60000", "g")),
        (("24", "h"), ("1", "d")),
        (("133322", "mPa"), ("1", "mm[Hg]")),
    ] {
        assert_eq!(compare(a, b), Ok(Ordering::Equal), "{a:?} {b:?}");
        assert_eq!(canonical(a.0, a.1), canonical(b.0, b.1), "{a:?} {b:?}");
    }
}

#[test]
fn what_cannot_be_compared() {
    assert_eq!(compare(("1", "kg"), ("1", "m")), Err(UnitError::Incommensurable));
    assert_eq!(commensurable("[IU]", "[arb'U]"), Ok(false));
    assert_eq!(commensurable("mm[Hg]", "kPa"), Ok(true));
    assert_eq!(canonical("7.4", "[pH]"), None);
    assert_eq!(base_unit("[pH]"), Err(UnitError::NotLinear));
    assert_eq!(convert("1e300", "Ym", "fm"), Err(UnitError::Number));
    for value in ["", "-", "1,5", "NaN", "1e999999999", "+5", ".5"] {
        assert_eq!(canonical(value, "m"), None, "{value}");
    }
}

#[test]
fn conversion() {
    assert_eq!(convert("100.4", "[degF]", "Cel"), Ok(38.0));
    assert_eq!(convert("32", "[degF]", "Cel"), Ok(0.0));
    assert_eq!(convert("-40", "Cel", "[degF]"), Ok(-40.0));
    assert_eq!(convert("1", "h", "min"), Ok(60.0));
    assert_eq!(convert("5.4", "mmol/L", "umol/L"), Ok(5400.0));
}

proptest! {
    #[test]
    fn nothing_panics(unit in "\\PC{0,60}", value in "\\PC{0,30}") {
        let _ = (validate(&unit), canonical(&value, "mg/dL"), canonical("1.5", &unit));
    }

    #[test]
    fn nothing_panics_on_what_looks_like_units(
        unit in "(m|k|g|\\[IU\\]|10\\*|10\\^|/|\\.|\\(|\\)|\\{a\\}|-|[0-9]{1,10}|Cel|%|mol|u){0,24}",
        value in "-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][-+]?[0-9]{1,12})?",
    ) {
        let _ = (validate(&unit), canonical(&value, &unit), convert(&value, &unit, "g"), compare((&value, &unit), ("1", "m")));
    }

    #[test]
    fn prefixes_shift_the_point(value in -1_000_000i64..1_000_000, unit in prop::sample::select(vec!["g", "L", "mol", "m", "Pa", "J", "s"])) {
        let (milli, micro) = (format!("m{unit}"), format!("u{unit}"));
        prop_assert_eq!(compare((&value.to_string(), &milli), (&format!("{value}000"), &micro)), Ok(Ordering::Equal));
        prop_assert_eq!(canonical(&value.to_string(), &milli), canonical(&format!("{value}e-3"), unit));
    }

    #[test]
    fn order_is_that_of_the_numbers(a in -10_000i32..10_000, b in -10_000i32..10_000, unit in prop::sample::select(vec!["mg/dL", "Cel", "[degF]", "mm[Hg]", "%"])) {
        prop_assert_eq!(compare((&a.to_string(), unit), (&b.to_string(), unit)), Ok(a.cmp(&b)));
    }

    #[test]
    fn there_and_back(value in -100_000i32..100_000, pair in prop::sample::select(vec![("Cel", "[degF]"), ("kPa", "mm[Hg]"), ("kg", "[lb_av]"), ("mmol/L", "mol/m3")])) {
        let there = convert(&value.to_string(), pair.0, pair.1).unwrap();
        let back = convert(&there.to_string(), pair.1, pair.0).unwrap();
        prop_assert!((back - f64::from(value)).abs() <= 1e-9 * f64::from(value).abs().max(1.0));
    }
}

use super::*;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

fn utc(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn range(text: &str) -> (i64, i64) {
    let r = parse(text).unwrap_or_else(|| panic!("{text}"));
    (r.from_ms, r.to_ms)
}

#[test]
fn partial_dates_are_local_ranges() {
    for (text, from, to) in [
        ("2026", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
        ("2026-07", "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z"),
        ("2026-12", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"),
        ("2024-02-29", "2024-02-28T23:00:00Z", "2024-02-29T23:00:00Z"),
        ("2026-11-22T19:36", "2026-11-22T18:36:00Z", "2026-11-22T18:37:00Z"),
        ("2026-11-22T19:36:05", "2026-11-22T18:36:05Z", "2026-11-22T18:36:06Z"),
        ("2026-11-22T19:36:05Z", "2026-11-22T19:36:05Z", "2026-11-22T19:36:06Z"),
        ("2026-11-22T19:36:05.1Z", "2026-11-22T19:36:05.1Z", "2026-11-22T19:36:05.2Z"),
        (
            "2026-11-22T19:36:05.123456+01:00",
            "2026-11-22T18:36:05.123Z",
            "2026-11-22T18:36:05.124Z",
        ),
        ("2026-11-22T19:36:05-14:00", "2026-11-23T09:36:05Z", "2026-11-23T09:36:06Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z"),
    ] {
        assert_eq!(range(text), (utc(from), utc(to)), "{text}");
    }
}

#[test]
fn days_of_changing_clocks() {
    let hours = |text| (range(text).1 - range(text).0) / HOUR;
    assert_eq!(hours("2026-03-29"), 23);
    assert_eq!(hours("2026-10-25"), 25);
    assert_eq!(hours("2026-03-28"), 24);
    // Shown twice: covers both. Never shown: an hour later.
    assert_eq!(
        range("2026-10-25T02:30"),
        (utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:31:00Z"))
    );
    assert_eq!(
        range("2026-03-29T02:30"),
        (utc("2026-03-29T01:30:00Z"), utc("2026-03-29T01:31:00Z"))
    );
}

#[test]
fn the_ends_of_time() {
    assert_eq!(range("0001-01-01T00:00:00Z").0, utc("0001-01-01T00:00:00Z"));
    assert_eq!(range("9999-12-31T23:59:59.999Z").1, utc("9999-12-30T00:00:00Z") + 48 * HOUR);
    let (from, to) = range("9999");
    assert_eq!((to - from) / HOUR, 365 * 24);
    assert!(parse("0001").is_some());
    assert_eq!(format_instant(i64::MAX), "9999-12-30T00:00:00.000Z");
    assert_eq!(format_instant(i64::MIN), "0001-01-02T00:00:00.000Z");
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "26",
        "0000",
        "20261",
        "2026-",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-11-22T",
        "2026-11-22T19",
        "2026-11-22T24:00",
        "2026-11-22T19:60",
        "2026-11-22T19:36:61",
        "2026-11-22T19:36:05.",
        "2026-11-22T19:36:05z",
        "2026-11-22T19:36:05+1:00",
        "2026-11-22T19:36:05+14:01",
        "2026-11-22T19:36:05Z ",
        " 2026",
        "2026-11-22 19:36:05Z",
        "٢٠٢٦",
        "+2026",
        "æøå",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn periods_have_open_ends() {
    assert_eq!(period(Some("2026-11-22"), None).unwrap().to_ms, i64::MAX);
    assert_eq!(
        period(None, Some("2026-11-22")).unwrap(),
        Range {
            from_ms: i64::MIN,
            to_ms: utc("2026-11-22T23:00:00Z")
        }
    );
    assert_eq!(period(None, None), None);
    assert_eq!(period(Some("2026"), Some("2025")), None);
    assert_eq!(period(Some("2026"), Some("soon")), None);
    assert_eq!(period(Some("2026"), Some("2026")), parse("2026"));
}

#[test]
fn moments_are_written_and_dated() {
    let ms = utc("2026-11-22T19:36:05.123Z");
    assert_eq!(format_instant(ms), "2026-11-22T19:36:05.123Z");
    assert_eq!(format_instant(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(local_date(utc("2026-11-22T23:00:00Z")).to_string(), "2026-11-23");
    assert_eq!(local_date(utc("2026-11-22T22:59:59Z")).to_string(), "2026-11-22");
}

#[test]
fn history_of_norwegian_summer_time() {
    assert_eq!(range("1975-07-01").0, utc("1975-06-30T23:00:00Z"));
    assert_eq!(range("1990-07-01").0, utc("1990-06-30T22:00:00Z"));
}

/// The specification's examples (Search, 3.1.1.4.7): search, start and end of what is stored,
/// found or not.
#[test]
fn prefixes_of_dates() {
    for (search, start, end, found) in [
        ("eq2013-01-14", "2013-01-14T00:00", "2013-01-14T00:00", true),
        ("2013-01-14", "2013-01-14T10:00", "2013-01-14T10:00", true),
        ("eq2013-01-14", "2013-01-15T00:00", "2013-01-15T00:00", false),
        ("ne2013-01-14", "2013-01-15T00:00", "2013-01-15T00:00", true),
        ("ne2013-01-14", "2013-01-14T10:00", "2013-01-14T10:00", false),
        ("lt2013-01-14T10:00", "2013-01-14", "2013-01-14", true),
        ("gt2013-01-14T10:00", "2013-01-14", "2013-01-14", true),
        ("gt2013-01-14", "2013-01-14T10:00", "2013-01-14T10:00", false),
        ("ge2013-03-14", "2013-01-21", "", true),
        ("le2013-03-14", "2013-01-21", "", true),
        ("sa2013-03-14", "2013-03-15", "", true),
        ("sa2013-03-14", "2013-01-21", "", false),
        ("sa2013-03-14", "", "2013-01-21", false),
        ("eb2013-03-14", "2013-03-15", "", false),
        ("eb2013-03-14", "2013-01-21", "", false),
        ("eb2013-03-14", "", "2013-01-21", true),
        ("ge2013-03-14", "2013-03-14", "2013-03-14", true),
        ("le2013-03-14", "2013-03-14", "2013-03-14", true),
        ("gt2013-03-14", "2013-03-14", "2013-03-14", false),
        ("lt2013-03-14", "2013-03-14", "2013-03-14", false),
    ] {
        let (prefix, range) = Prefix::date(search).unwrap();
        let given = |s: &'static str| Some(s).filter(|s| !s.is_empty());
        let stored = period(given(start), given(end)).unwrap();
        assert_eq!(prefix.matches(range, stored), found, "{search} {start} {end}");
    }
}

#[test]
fn approximately_is_a_tenth_of_the_way_to_now() {
    let now = utc("2026-01-01T00:00:00Z");
    let (_, search) = Prefix::date("ap2016-01-01T00:00:00Z").unwrap();
    let wide = search.approximately(now);
    let stored = |t| parse(t).unwrap();
    assert!(Prefix::Ap.matches(wide, stored("2016-11")));
    assert!(Prefix::Ap.matches(wide, stored("2015-02")));
    assert!(!Prefix::Ap.matches(wide, stored("2017-02")));
    assert_eq!(search.approximately(search.from_ms), search);
    let open = Range {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
    };
    assert_eq!(open.approximately(now), open);
}

#[test]
fn a_plus_lost_on_the_way_is_found_again() {
    assert_eq!(
        Prefix::date("ge2026-11-22T19:36:05 01:00"),
        Prefix::date("ge2026-11-22T19:36:05+01:00")
    );
    assert_eq!(Prefix::date("xx2026"), None);
    assert_eq!(Prefix::date("ge"), None);
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = (parse(&text), Prefix::date(&text));
    }

    #[test]
    fn never_panics_on_what_looks_like_dates(text in "[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{0,5})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?") {
        if let Some(range) = parse(&text) {
            prop_assert!(range.from_ms < range.to_ms);
        }
    }

    #[test]
    fn instants_go_round(ms in utc("0001-01-03T00:00:00Z")..utc("9999-12-29T00:00:00Z")) {
        prop_assert_eq!(parse(&format_instant(ms)), Some(Range { from_ms: ms, to_ms: ms + 1 }));
    }

    #[test]
    fn agrees_with_the_library(ms in utc("0001-01-03T00:00:00Z")..utc("9999-12-29T00:00:00Z")) {
        let day = local_date(ms);
        let (from, to) = range(&format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()));
        prop_assert!(from <= ms && ms < to, "{} {} {}", from, ms, to);
        let month = range(&format!("{:04}-{:02}", day.year(), day.month()));
        prop_assert!(month.0 <= from && to <= month.1);
    }

    #[test]
    fn prefixes_are_coherent(a in -1000i64..1000, aw in 1i64..500, b in -1000i64..1000, bw in 1i64..500) {
        let (s, t) = (Range { from_ms: a, to_ms: a + aw }, Range { from_ms: b, to_ms: b + bw });
        let found = |p: Prefix| p.matches(s, t);
        prop_assert_eq!(found(Prefix::Eq), !found(Prefix::Ne));
        prop_assert_eq!(found(Prefix::Ge), found(Prefix::Gt) || found(Prefix::Eq));
        prop_assert_eq!(found(Prefix::Le), found(Prefix::Lt) || found(Prefix::Eq));
        prop_assert!(!found(Prefix::Sa) || found(Prefix::Gt));
        prop_assert!(!found(Prefix::Eb) || found(Prefix::Lt));
        prop_assert!([Prefix::Gt, Prefix::Lt, Prefix::Eq].into_iter().any(found));
        prop_assert_eq!(found(Prefix::Ap), !found(Prefix::Sa) && !found(Prefix::Eb));
    }
}

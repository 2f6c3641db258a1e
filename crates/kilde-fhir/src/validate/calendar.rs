//! `date`, `dateTime`, `instant` and `time`: the formats of R4, with days that exist.

/// How much of a date there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Precision {
    Year,
    Month,
    Day,
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    date(text.as_bytes()).is_some()
}

/// A date, or a day with time and time zone.
pub(super) fn is_date_time(text: &str) -> bool {
    match text.split_once('T') {
        None => is_date(text),
        Some((day, time)) => date(day.as_bytes()) == Some(Precision::Day) && is_zoned_time(time.as_bytes()),
    }
}

/// A day with time and time zone.
pub(super) fn is_instant(text: &str) -> bool {
    text.contains('T') && is_date_time(text)
}

/// `hh:mm:ss` with any fraction, no zone.
pub(super) fn is_time(text: &str) -> bool {
    time(text.as_bytes()).is_some_and(<[u8]>::is_empty)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
}

fn date(text: &[u8]) -> Option<Precision> {
    let year = number(text.get(..4)?).filter(|y| *y > 0)?;
    if text.len() == 4 {
        return Some(Precision::Year);
    }
    let month = number(text.get(5..7)?).filter(|m| text[4] == b'-' && (1..=12).contains(m))?;
    if text.len() == 7 {
        return Some(Precision::Month);
    }
    let day = number(text.get(8..10)?)?;
    let fits = text.len() == 10 && text[7] == b'-' && (1..=days(year, month)).contains(&day);
    fits.then_some(Precision::Day)
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads `hh:mm:ss[.fraction]`; gives what follows. A leap second is allowed.
fn time(text: &[u8]) -> Option<&[u8]> {
    let part = |from: usize, most: u32| number(text.get(from..from + 2)?).filter(|n| *n <= most);
    part(0, 23)?;
    part(3, 59)?;
    part(6, 60)?;
    if text[2] != b':' || text[5] != b':' {
        return None;
    }
    let rest = &text[8..];
    let Some(fraction) = rest.strip_prefix(b".") else {
        return Some(rest);
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

/// A time and `Z` or an offset of at most 14 hours.
fn is_zoned_time(text: &[u8]) -> bool {
    match time(text) {
        Some(b"Z") => true,
        Some([b'+' | b'-', hours @ .., b':', m1, m2]) if hours.len() == 2 => {
            let (hours, minutes) = (number(hours), number(&[*m1, *m2]));
            matches!((hours, minutes), (Some(0..=13), Some(0..=59)) | (Some(14), Some(0)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_exist() {
        for good in ["2024", "2024-02", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "24",
            "0000",
            "2023-02-29",
            "1900-02-29",
            "2024-13",
            "2024-00",
            "2024-04-31",
            "2024-1-1",
            "2024-01-01 ",
            "2024/01/01",
            "20240101",
            "2024-01-0x",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn times_have_seconds_and_date_times_a_zone() {
        for good in [
            "2024",
            "2024-02-29T23:59:60Z",
            "2024-01-01T00:00:00.123456+14:00",
            "2024-01-01T00:00:00-13:59",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "2024-01T00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+14:30",
            "2024-01-01T00:00:00+1:00",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
        assert!(!is_instant("2024-01-01") && is_instant("2024-01-01T00:00:00Z"));
        assert!(is_time("23:59:60.5") && !is_time("23:59") && !is_time("23:59:59Z") && !is_time("24:00:00"));
    }
}

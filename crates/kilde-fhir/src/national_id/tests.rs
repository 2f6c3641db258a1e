use super::*;
use crate::json::{Limits, parse};
use proptest::prelude::*;

#[test]
fn published_synthetic_numbers_are_valid() {
    for text in ["22750884907", "19779998080", "16758532406"] {
        let nin = Nin::parse(text).unwrap();
        assert!(nin.synthetic());
        assert_eq!(nin.kind(), NinKind::Fnr);
        assert_eq!(nin.accepted_in(World::Sandbox), Ok(()));
        assert_eq!(nin.accepted_in(World::Production), Err(NinError::Synthetic));
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, error) in [
        ("1000807", NinError::Format),
        ("2275088490 ", NinError::Format),
        ("２２７５０８８４９０７", NinError::Format),
        ("", NinError::Format),
        ("22750884908", NinError::ControlDigits),
        ("13057444850", NinError::ControlDigits),
        ("01017012345", NinError::ControlDigits),
        ("22500884907", NinError::Local),
        ("32010012345", NinError::Date),
        ("30020012345", NinError::Date),
        ("01130012345", NinError::Date),
        ("00010012345", NinError::Date),
        ("29029912345", NinError::Date),
    ] {
        assert_eq!(Nin::parse(text), Err(error), "{text}");
    }
}

#[test]
fn nothing_shows_the_digits() {
    let nin = Nin::parse("22750884907").unwrap();
    assert_eq!(format!("{nin:?} {nin}"), "Nin(***********) ***********");
    assert_eq!(nin.as_str(), "22750884907");
    assert_eq!(format!("{:?}", Duf::parse("201512345678").unwrap()), "Duf(************)");
}

#[test]
fn help_numbers_have_no_date_but_control_digits() {
    let digits = nin::complete(*b"800000000", 0).or_else(|| nin::complete(*b"800000001", 0)).unwrap();
    let nin = Nin::parse(std::str::from_utf8(&digits).unwrap()).unwrap();
    assert_eq!((nin.kind(), nin.synthetic()), (NinKind::Fh, false));
    assert_eq!(nin.accepted_in(World::Production), Ok(()));
    assert_eq!(nin.accepted_in(World::Sandbox), Err(NinError::NotSynthetic));
}

#[test]
fn organisation_numbers() {
    assert!(OrgNumber::parse("974760673").is_ok());
    assert_eq!(OrgNumber::parse("974760674"), Err(NumberError::ControlDigit));
    assert_eq!(OrgNumber::parse("103"), Err(NumberError::Format));
    assert_eq!(OrgNumber::parse("97476067x"), Err(NumberError::Format));
}

#[test]
fn the_system_decides() {
    assert!(nin_of(Some(FNR), "22750884907").is_some());
    assert!(nin_of(Some(DNR), "22750884907").is_some());
    assert!(nin_of(Some("2.16.578.1.12.4.1.4.1"), "22750884907").is_some());
    assert!(nin_of(Some(HPR), "22750884907").is_none());
    assert!(nin_of(Some("urn:x"), "22750884907").is_none());
    assert!(nin_of(None, "22750884907").is_none());
    assert!(nin_of(Some(FNR), "1000807").is_none());
}

#[test]
fn every_identifier_is_checked_wherever_it_stands() {
    let text = r#"{"resourceType":"Observation","id":"22750884907",
  "subject":{"reference":"Patient/19779998080","identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"1000807"}},
  "performer":[{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.101","value":"103"}}],
  "extension":[{"url":"http://x","valueIdentifier":{"system":"2.16.578.1.12.4.1.4.2","value":"22750884907"}},
    {"url":"http://y","valueIdentifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.1","id":"x"}}],
  "contained":[{"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"20086600138"}]}]}"#;
    let document = parse(text, Limits::default()).unwrap();
    let lines: Vec<String> = identifiers(document.root(), World::Sandbox)
        .iter()
        .map(|f| {
            format!(
                "{} {} {} {}",
                f.position.map(|p| p.to_string()).unwrap_or_default(),
                f.severity.code(),
                f.rule,
                f.expression
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Any first nine digits of a fødselsnummer or D-nummer, with what is added to the month.
fn nine() -> impl Strategy<Value = ([u8; 9], bool, bool)> {
    (
        1u32..=28,
        1u32..=12,
        0u32..=99,
        0u32..=999,
        any::<bool>(),
        prop_oneof![Just(0u32), Just(80), Just(65)],
    )
        .prop_map(|(day, month, year, individual, d_number, added)| {
            let day = if d_number { day + 40 } else { day };
            let text = format!("{day:02}{:02}{year:02}{individual:03}", month + added);
            (text.as_bytes().try_into().unwrap(), d_number, added > 0)
        })
}

proptest! {
    #[test]
    fn made_numbers_are_valid((nine, d_number, synthetic) in nine(), remainder in 0u32..=3) {
        if let Some(digits) = nin::complete(nine, remainder) {
            let nin = Nin::parse(std::str::from_utf8(&digits).unwrap()).unwrap();
            prop_assert_eq!(nin.kind(), if d_number { NinKind::Dnr } else { NinKind::Fnr });
            prop_assert_eq!(nin.synthetic(), synthetic);
            prop_assert_eq!(nin.accepted_in(World::Production).is_ok(), !synthetic);
            prop_assert_eq!(nin.accepted_in(World::Sandbox).is_ok(), synthetic);
        }
    }

    #[test]
    fn one_changed_digit_after_the_date_is_found((nine, ..) in nine(), at in 6usize..11, up in 1u8..=9) {
        // With the 2032 rule the first control digit alone lets some changes through; the second
        // covers all ten before it.
        if let Some(mut digits) = nin::complete(nine, 0) {
            digits[at] = b'0' + (digits[at] - b'0' + up) % 10;
            prop_assert_eq!(Nin::parse(std::str::from_utf8(&digits).unwrap()), Err(NinError::ControlDigits));
        }
    }

    #[test]
    fn synthetic_ones_are_for_the_sandbox(day in 0u8..=32, month in 0u8..=13, year in 0u8..=100, individual in 0u16..=1000, d in any::<bool>()) {
        let kind = if d { NinKind::Dnr } else { NinKind::Fnr };
        if let Some(nin) = make_synthetic(day, month, year, individual, kind) {
            prop_assert!(nin.synthetic() && nin.kind() == kind && nin.accepted_in(World::Sandbox).is_ok());
        } else if (1..=28).contains(&day) && (1..=12).contains(&month) && year <= 99 && individual <= 999 {
            let nine = format!("{:02}{:02}{year:02}{individual:03}", if d { day + 40 } else { day }, month + 80);
            prop_assert!(nin::complete(nine.as_bytes().try_into().unwrap(), 0).is_none());
        }
    }

    #[test]
    fn any_text_is_survived(text in ".*") {
        let _ = Nin::parse(&text);
        let _ = OrgNumber::parse(&text);
        let _ = Duf::parse(&text);
        let _ = nin_of(Some(&text), &text);
    }
}

use super::*;

#[test]
fn what_can_be_read() {
    for text in [
        "138875005",
        "<< 138875005 |SNOMED CT Concept (SNOMED RT+CTV3)|",
        "<138875005",
        "^ 900000000000455006",
        "*",
        "< (^ 900000000000455006)",
        "138875005 OR 404684003 OR < 71388002",
        "138875005 or 404684003",
        "(138875005 AND 404684003) MINUS 71388002",
        "<404684003:363698007=<<39057004",
        "<404684003 : 363698007 |Finding site| = << 39057004, 116676008 != 72704001",
        "< 404684003: { 363698007 = << 39057004, 116676008 = << 415582006 }, {363698007=*}",
        "< 404684003: (363698007 = *) OR (116676008 = *)",
        "< 404684003: (363698007 OR 116676008) = *",
        "< 404684003: [0..0] 363698007 = *",
        "< 404684003: [1..3] { [0..*] 363698007 = * }",
        "<  91723000 : R 363698007 = < 404684003",
        "< 404684003 . 363698007 . 116676008",
        "/* all */ << 138875005 /* of it */",
        "<404684003:363698007=(<39057004 OR <71388002)",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn what_cannot() {
    for (text, at) in [
        ("", 0),
        ("<<", 2),
        ("138875006", 0),
        ("138875005 138875005", 10),
        ("138875005 |open", 11),
        ("(138875005", 10),
        ("138875005 AND 404684003 OR 71388002", 24),
        ("138875005 MINUS 404684003 MINUS 71388002", 26),
        ("<404684003:", 11),
        ("<404684003:363698007", 20),
        ("<404684003:{363698007=*", 23),
        ("<404684003:[1.2]363698007=*", 13),
        ("æ", 0),
    ] {
        assert!(
            matches!(check(text), Err(EclError::Syntax { at: a, .. }) if a == at),
            "{text}: {:?}",
            check(text)
        );
    }
    assert_eq!(check(&"(".repeat(33)), Err(EclError::TooDeep));
    assert_eq!(check(&"(".repeat(19_000)), Err(EclError::TooDeep));
    assert_eq!(check(&" ".repeat(20_001)), Err(EclError::TooLong));
    for text in [
        "< 404684003: 363698007 = #5",
        "< 404684003: 363698007 >= #5",
        "<404684003 {{ term = \"x\" }}",
        "!!> 404684003",
    ] {
        assert!(matches!(check(text), Err(EclError::NotSupported(_))), "{text}: {:?}", check(text));
    }
}

#[test]
fn costs_are_bounded() {
    let snomed = crate::terminology::tests::Snomed {
        concepts: 50,
        links: (1..50).map(|c| (c, c - 1)).collect(),
        ..Default::default()
    };
    let store = snomed.load();
    let system = store.code_system(crate::terminology::SNOMED).unwrap();
    assert_eq!(evaluate("< *", system, 10), Err(EclError::TooCostly));
    assert_eq!(evaluate("< *", system, 1000).map(|s| s.len()), Ok(49));
    assert_eq!(
        evaluate("138875005", system, 1000),
        Err(EclError::UnknownConcept("138875005".to_owned()))
    );
}

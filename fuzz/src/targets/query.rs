//! Query strings: names and values of search parameters, chains, `_has`, `_filter`, includes, orders.

use kilde_fhir::definitions::ResourceType;
use kilde_index::{Limits, Over, Search};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pairs: Vec<(String, String)> = text
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let of = |name: &str| ResourceType::from_name(name).expect("a type of R4");
    let places = [
        Over::Type(of("Patient")),
        Over::Type(of("Observation")),
        Over::Type(of("Location")),
        Over::System,
        Over::Compartment {
            focus: of("Encounter"),
            id: "e".to_owned(),
            rtype: None,
        },
    ];
    for over in places {
        for lenient in [false, true] {
            match Search::parse_over(over.clone(), &pairs, lenient, Limits::default()) {
                Ok((search, ignored)) => {
                    assert!(lenient || ignored.is_empty());
                    // What was understood is understood again, and nothing of it is left out.
                    let again = Search::parse_over(over.clone(), search.params(), false, Limits::default());
                    assert!(again.is_ok_and(|(again, _)| again.params() == search.params()), "{text}");
                    assert!(
                        !search.described().split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > 10),
                        "{text}"
                    );
                }
                Err(findings) => assert!(!findings.is_empty()),
            }
        }
    }
}

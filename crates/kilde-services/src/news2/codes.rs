//! Codes of NEWS2: SNOMED CT for scores, LOINC for raw values.

use super::values::{Consciousness, Parameter, Scale};
use kilde_fhir::json::Value;

/// SNOMED CT's system.
pub const SNOMED: &str = "http://snomed.info/sct";
/// LOINC's system.
pub const LOINC: &str = "http://loinc.org";
/// UCUM's system.
pub const UCUM: &str = "http://unitsofmeasure.org";

/// NEWS2 total (SNOMED CT).
pub const TOTAL: &str = "1104051000000101";

/// What a code says that a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The total score.
    Total,
    /// The score of one part; for saturation, on which scale.
    Part(Parameter, Option<Scale>),
    /// A raw measurement.
    Raw(Measure),
    /// A panel whose components hold the values.
    Panel,
}

/// A raw measurement that NEWS2 uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Respirations per minute.
    Respiration,
    /// Saturation in percent.
    Saturation,
    /// Oxygen given, volume per time; 0 is air.
    OxygenFlow,
    /// Oxygen in what is breathed, in percent; 21 is air.
    InspiredOxygen,
    /// Systolic pressure.
    Systolic,
    /// Pulse.
    Pulse,
    /// ACVPU.
    Consciousness,
    /// Temperature.
    Temperature,
}

impl Measure {
    /// The row of the chart.
    pub fn parameter(self) -> Parameter {
        match self {
            Measure::Respiration => Parameter::Respiration,
            Measure::Saturation => Parameter::Saturation,
            Measure::OxygenFlow | Measure::InspiredOxygen => Parameter::Supply,
            Measure::Systolic => Parameter::Systolic,
            Measure::Pulse => Parameter::Pulse,
            Measure::Consciousness => Parameter::Consciousness,
            Measure::Temperature => Parameter::Temperature,
        }
    }
}

/// Every SNOMED CT code with a meaning here.
pub const SNOMED_CODES: [(&str, Meaning); 10] = [
    (TOTAL, Meaning::Total),
    ("1104301000000104", Meaning::Part(Parameter::Respiration, None)),
    ("1104311000000102", Meaning::Part(Parameter::Saturation, Some(Scale::One))),
    ("1104321000000108", Meaning::Part(Parameter::Saturation, Some(Scale::Two))),
    ("1104331000000105", Meaning::Part(Parameter::Supply, None)),
    ("1104341000000101", Meaning::Part(Parameter::Systolic, None)),
    ("1104351000000103", Meaning::Part(Parameter::Pulse, None)),
    ("1104361000000100", Meaning::Part(Parameter::Consciousness, None)),
    ("1104371000000107", Meaning::Part(Parameter::Temperature, None)),
    ("1104441000000107", Meaning::Raw(Measure::Consciousness)),
];

/// Every LOINC code with a meaning here.
pub const LOINC_CODES: [(&str, Meaning); 10] = [
    ("9279-1", Meaning::Raw(Measure::Respiration)),
    ("2708-6", Meaning::Raw(Measure::Saturation)),
    ("59408-5", Meaning::Raw(Measure::Saturation)),
    ("3151-8", Meaning::Raw(Measure::OxygenFlow)),
    ("3150-6", Meaning::Raw(Measure::InspiredOxygen)),
    ("85354-9", Meaning::Panel),
    ("8480-6", Meaning::Raw(Measure::Systolic)),
    ("8867-4", Meaning::Raw(Measure::Pulse)),
    ("67775-7", Meaning::Raw(Measure::Consciousness)),
    ("8310-5", Meaning::Raw(Measure::Temperature)),
];

/// ACVPU as a coded value: system, code, level.
pub const CONSCIOUSNESS_CODES: [(&str, &str, Consciousness); 10] = [
    (LOINC, "LA9340-6", Consciousness::Alert),
    (LOINC, "LA6560-2", Consciousness::NewConfusion),
    (LOINC, "LA17108-4", Consciousness::Voice),
    (LOINC, "LA17107-6", Consciousness::Pain),
    (LOINC, "LA9343-0", Consciousness::Unresponsive),
    (SNOMED, "248234008", Consciousness::Alert),
    (SNOMED, "130987000", Consciousness::NewConfusion),
    (SNOMED, "300202002", Consciousness::Voice),
    (SNOMED, "450847001", Consciousness::Pain),
    (SNOMED, "422768004", Consciousness::Unresponsive),
];

/// Words that mean one level without doubt, for systems that send local codes. "Confused" alone
/// is not among them: only new confusion counts in NEWS2.
const CONSCIOUSNESS_WORDS: [(&str, Consciousness); 22] = [
    ("a", Consciousness::Alert),
    ("alert", Consciousness::Alert),
    ("våken", Consciousness::Alert),
    ("vaken", Consciousness::Alert),
    ("c", Consciousness::NewConfusion),
    ("new confusion", Consciousness::NewConfusion),
    ("ny forvirring", Consciousness::NewConfusion),
    ("nyoppstått forvirring", Consciousness::NewConfusion),
    ("nyoppstådd forvirring", Consciousness::NewConfusion),
    ("v", Consciousness::Voice),
    ("voice", Consciousness::Voice),
    ("responds to voice", Consciousness::Voice),
    ("reagerer på tiltale", Consciousness::Voice),
    ("reagerer på stemme", Consciousness::Voice),
    ("p", Consciousness::Pain),
    ("pain", Consciousness::Pain),
    ("responds to pain", Consciousness::Pain),
    ("reagerer på smerte", Consciousness::Pain),
    ("u", Consciousness::Unresponsive),
    ("unresponsive", Consciousness::Unresponsive),
    ("reagerer ikke", Consciousness::Unresponsive),
    ("ingen reaksjon", Consciousness::Unresponsive),
];

/// What a coding means here.
pub fn meaning_of(system: &str, code: &str) -> Option<Meaning> {
    let table: &[(&str, Meaning)] = match system {
        SNOMED => &SNOMED_CODES,
        LOINC => &LOINC_CODES,
        _ => return None,
    };
    table.iter().find(|(c, _)| *c == code).map(|(_, meaning)| *meaning)
}

/// What a CodeableConcept means here: its first coding that means anything.
pub fn meaning(concept: Value<'_>) -> Option<Meaning> {
    concept
        .items("coding")
        .find_map(|coding| meaning_of(&coding.str("system")?, &coding.str("code")?))
}

/// ACVPU of a word, whatever its case.
pub fn consciousness_word(text: &str) -> Option<Consciousness> {
    let text = text.trim().to_lowercase();
    CONSCIOUSNESS_WORDS.iter().find(|(word, _)| *word == text).map(|(_, level)| *level)
}

/// ACVPU of a CodeableConcept: by code, else by display or text. Codings that disagree give `None`.
pub fn consciousness(concept: Value<'_>) -> Option<Consciousness> {
    let by_code = |coding: Value<'_>| {
        let (system, code) = (coding.str("system")?, coding.str("code")?);
        CONSCIOUSNESS_CODES
            .iter()
            .find(|(s, c, _)| *s == system && *c == code)
            .map(|(_, _, level)| *level)
    };
    let mut levels = concept.items("coding").filter_map(by_code);
    if let Some(level) = levels.next() {
        return levels.all(|other| other == level).then_some(level);
    }
    let mut words = concept
        .items("coding")
        .filter_map(|coding| coding.str("display"))
        .chain(concept.str("text"))
        .filter_map(|text| consciousness_word(&text));
    let level = words.next()?;
    words.all(|other| other == level).then_some(level)
}

/// SNOMED CT code of a part's score.
pub fn part_code(parameter: Parameter, scale: Scale) -> &'static str {
    SNOMED_CODES
        .iter()
        .find(|(_, meaning)| match meaning {
            Meaning::Part(p, s) => *p == parameter && s.is_none_or(|s| s == scale),
            _ => false,
        })
        .map_or(TOTAL, |(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::news2::values::Parameter;
    use kilde_fhir::terminology::verhoeff;

    #[test]
    fn every_snomed_id_shipped() {
        let ids = SNOMED_CODES
            .iter()
            .map(|(c, _)| *c)
            .chain(CONSCIOUSNESS_CODES.iter().filter(|c| c.0 == SNOMED).map(|c| c.1))
            .chain(crate::maaledata::codes::SNOMED_IDS.iter().copied());
        for id in ids {
            assert!(verhoeff(id), "{id}");
        }
    }

    #[test]
    fn codes_are_unique_and_parts_have_one_each() {
        for (i, (code, _)) in SNOMED_CODES.iter().enumerate() {
            assert!(SNOMED_CODES[i + 1..].iter().all(|(other, _)| other != code));
        }
        for parameter in Parameter::ALL {
            for scale in [Scale::One, Scale::Two] {
                let Some(Meaning::Part(found, s)) = meaning_of(SNOMED, part_code(parameter, scale)) else {
                    panic!("no part code")
                };
                assert_eq!(found, parameter);
                assert!(s.is_none_or(|s| s == scale));
            }
        }
    }

    #[test]
    fn consciousness_values() {
        let read = |text: &str| consciousness(kilde_fhir::json::parse(text, kilde_fhir::json::Limits::default()).unwrap().root());
        assert_eq!(
            read(r#"{"coding":[{"system":"http://loinc.org","code":"LA6560-2"}]}"#),
            Some(Consciousness::NewConfusion)
        );
        assert_eq!(
            read(r#"{"coding":[{"code":"5","system":"http://dips.no/fhir/code","display":"Våken"}]}"#),
            Some(Consciousness::Alert)
        );
        assert_eq!(
            read(r#"{"coding":[{"code":"6","system":"http://dips.no/fhir/code","display":"Forvirret"}]}"#),
            None
        );
        let both = r#"{"coding":[{"system":"http://loinc.org","code":"LA9340-6"},{"system":"http://snomed.info/sct","code":"422768004"}]}"#;
        assert_eq!(read(both), None, "two codings that disagree");
    }
}

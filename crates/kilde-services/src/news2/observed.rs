//! What one Observation says about NEWS2: a delivered total, delivered parts, raw values.

use super::codes::{Meaning, Measure, UCUM, consciousness, meaning};
use super::decimal::scaled;
use super::values::{Parameter, Pulse, Raw, Respiration, Saturation, Scale, Supply, Systolic, Temperature};
use kilde_fhir::json::Value;

/// Why a raw value cannot be scored. It is shown all the same, and marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unusable {
    /// There is no value.
    NoValue,
    /// The unit is missing or not the one that the chart uses.
    Unit,
    /// No living person has that value.
    Implausible,
    /// A code, a text or a comparator that does not give one value.
    NotUnderstood,
    /// The resource says both air and oxygen.
    Contradiction,
}

impl Unusable {
    /// A short stable name, the same as the key of its text.
    pub fn name(self) -> &'static str {
        match self {
            Unusable::NoValue => "no-value",
            Unusable::Unit => "unit",
            Unusable::Implausible => "implausible",
            Unusable::NotUnderstood => "not-understood",
            Unusable::Contradiction => "contradiction",
        }
    }
}

/// A raw measurement, usable or not.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// The row of the chart.
    pub parameter: Parameter,
    /// The value, or why there is none to score.
    pub raw: Result<Raw, Unusable>,
    /// The Observation or component that holds it.
    pub element: Value<'a>,
}

/// A part score as delivered.
#[derive(Debug, Clone, Copy)]
pub struct DeliveredPart<'a> {
    /// The row of the chart.
    pub parameter: Parameter,
    /// The scale that the code names, for saturation.
    pub scale: Option<Scale>,
    /// The number, if it is a whole one.
    pub number: Option<i64>,
    /// The Observation or component that holds it.
    pub element: Value<'a>,
    /// Which component it is; `None` for the Observation itself.
    pub component: Option<usize>,
}

/// What one Observation says.
#[derive(Debug, Default)]
pub struct Observed<'a> {
    /// It is a NEWS2 total.
    pub is_total: bool,
    /// The total's number, if there is a whole one.
    pub total: Option<i64>,
    /// Part scores in it.
    pub parts: Vec<DeliveredPart<'a>>,
    /// Raw measurements in it.
    pub raw: Vec<Measured<'a>>,
}

impl Observed<'_> {
    /// Whether nothing in it concerns NEWS2.
    pub fn is_empty(&self) -> bool {
        !self.is_total && self.parts.is_empty() && self.raw.is_empty()
    }
}

/// Reads an Observation; anything else, and anything not understood, gives less.
pub fn observe(observation: Value<'_>) -> Observed<'_> {
    let mut seen = Observed::default();
    element(observation, None, &mut seen);
    for (i, component) in observation.items("component").enumerate() {
        element(component, Some(i), &mut seen);
    }
    let breathes = seen
        .raw
        .iter()
        .any(|m| matches!(m.parameter, Parameter::Saturation | Parameter::Respiration));
    if breathes && let Some(supply) = inspired_oxygen(observation) {
        seen.raw.push(Measured {
            parameter: Parameter::Supply,
            raw: supply.map(Raw::Supply),
            element: observation,
        });
    }
    seen
}

/// Which row of the chart an element's own code puts it in, if it is a raw value.
pub fn row_of(element: Value<'_>) -> Option<Parameter> {
    match element.get("code").and_then(meaning)? {
        Meaning::Raw(measure) => Some(measure.parameter()),
        _ => None,
    }
}

fn element<'a>(element: Value<'a>, component: Option<usize>, seen: &mut Observed<'a>) {
    let Some(meaning) = element.get("code").and_then(meaning) else {
        return;
    };
    match meaning {
        Meaning::Total if component.is_none() => {
            seen.is_total = true;
            seen.total = whole_number(element);
        }
        Meaning::Total => {}
        Meaning::Part(parameter, scale) => {
            seen.parts.push(DeliveredPart {
                parameter,
                scale,
                number: whole_number(element),
                element,
                component,
            });
        }
        Meaning::Raw(measure) => seen.raw.push(Measured {
            parameter: measure.parameter(),
            raw: raw(measure, element),
            element,
        }),
        Meaning::Panel => {}
    }
}

/// `valueInteger` or the number of `valueQuantity`, if whole.
fn whole_number(element: Value<'_>) -> Option<i64> {
    let number = match element.get("valueInteger") {
        Some(v) => v,
        None => element.get("valueQuantity")?.get("value")?,
    };
    let thousandths = scaled(number.as_number()?, 3)?;
    (thousandths % 1000 == 0).then_some(thousandths / 1000)
}

fn raw(measure: Measure, element: Value<'_>) -> Result<Raw, Unusable> {
    if measure == Measure::Consciousness {
        let value = element.get("valueCodeableConcept").ok_or(Unusable::NoValue)?;
        return consciousness(value).map(Raw::Consciousness).ok_or(Unusable::NotUnderstood);
    }
    let quantity = element.get("valueQuantity").ok_or(Unusable::NoValue)?;
    let places = u32::from(matches!(
        measure,
        Measure::Temperature | Measure::OxygenFlow | Measure::InspiredOxygen
    ));
    let number = number(quantity, measure, places)?;
    let implausible = |_| Unusable::Implausible;
    match measure {
        Measure::Respiration => Respiration::new(number).map(Raw::Respiration).map_err(implausible),
        Measure::Saturation => Saturation::new(number).map(Raw::Saturation).map_err(implausible),
        Measure::Systolic => Systolic::new(number).map(Raw::Systolic).map_err(implausible),
        Measure::Pulse => Pulse::new(number).map(Raw::Pulse).map_err(implausible),
        Measure::Temperature => Temperature::new(number).map(Raw::Temperature).map_err(implausible),
        Measure::OxygenFlow if number < 0 => Err(Unusable::Implausible),
        Measure::OxygenFlow => Ok(Raw::Supply(if number == 0 { Supply::Air } else { Supply::Oxygen })),
        Measure::InspiredOxygen => match number {
            200..=215 => Ok(Raw::Supply(Supply::Air)),
            216..=1000 => Ok(Raw::Supply(Supply::Oxygen)),
            _ => Err(Unusable::Implausible),
        },
        Measure::Consciousness => Err(Unusable::NotUnderstood),
    }
}

fn number(quantity: Value<'_>, measure: Measure, places: u32) -> Result<i64, Unusable> {
    let value = quantity.get("value").and_then(Value::as_number).ok_or(Unusable::NoValue)?;
    if quantity.get("comparator").is_some() {
        return Err(Unusable::NotUnderstood);
    }
    if !has_unit(quantity, measure) {
        return Err(Unusable::Unit);
    }
    scaled(value, places).ok_or(Unusable::Implausible)
}

/// Whether the quantity is in the chart's unit: by UCUM code, or by the printed unit where no code is given.
fn has_unit(quantity: Value<'_>, measure: Measure) -> bool {
    let (codes, printed): (&[&str], &[&str]) = match measure {
        Measure::Respiration | Measure::Pulse => (&["/min", "1/min", "min-1"], &["/min", "slag/min", "per min", "bpm"]),
        Measure::Saturation | Measure::InspiredOxygen => (&["%"], &["%"]),
        Measure::Systolic => (&["mm[Hg]"], &["mmHg", "mm[Hg]", "mm Hg"]),
        Measure::Temperature => (&["Cel"], &["°C", "Cel", "C"]),
        Measure::OxygenFlow => (&["L/min", "l/min", "mL/min", "ml/min"], &["L/min", "l/min", "mL/min", "ml/min"]),
        Measure::Consciousness => (&[], &[]),
    };
    match (quantity.str("code"), quantity.str("unit")) {
        (Some(code), _) => {
            // UCUM annotations, `{beats}/min`, do not change the unit.
            let code = if code.starts_with('{') {
                code.split_once('}').map_or(&*code, |(_, rest)| rest)
            } else {
                &code
            };
            quantity.str("system").is_none_or(|system| system == UCUM) && codes.contains(&code)
        }
        (None, Some(unit)) => printed.contains(&unit.trim()),
        (None, None) => false,
    }
}

/// Air or oxygen from the national profile's inspired oxygen extension on saturation and respiration.
fn inspired_oxygen(observation: Value<'_>) -> Option<Result<Supply, Unusable>> {
    let extension = observation.items("extension").find(|e| {
        e.str("url")
            .is_some_and(|url| url.ends_with("InspiredOxygenExtension") || url.ends_with("inspiredoxygenextension"))
    })?;
    let (mut air, mut oxygen) = (false, false);
    for inner in extension.items("extension") {
        let Some(url) = inner.str("url") else { continue };
        if url.ends_with("OnAirExtension") {
            match inner.get("valueBoolean").and_then(Value::as_bool) {
                Some(true) => air = true,
                Some(false) => oxygen = true,
                None => {}
            }
        } else if url.ends_with("FlowExtension")
            && let Some(flow) = inner.get("valueQuantity").and_then(|q| q.get("value")).and_then(Value::as_number)
        {
            match scaled(flow, 3) {
                Some(1..) => oxygen = true,
                Some(0) => air = true,
                _ => {}
            }
        }
    }
    match (air, oxygen) {
        (true, true) => Some(Err(Unusable::Contradiction)),
        (true, false) => Some(Ok(Supply::Air)),
        (false, true) => Some(Ok(Supply::Oxygen)),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::news2::codes::LOINC;
    use kilde_fhir::json::{Limits, parse};

    fn quantity(code: &str, value: &str, unit: &str) -> String {
        format!(
            r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{LOINC}","code":"{code}"}}]}},"valueQuantity":{{"value":{value},{unit}}}}}"#
        )
    }

    fn first(text: &str) -> Result<Raw, Unusable> {
        let document = parse(text, Limits::default()).unwrap();
        observe(document.root()).raw[0].raw
    }

    #[test]
    fn units_are_checked() {
        let ucum = |code: &str| format!(r#""system":"{UCUM}","code":"{code}""#);
        assert_eq!(
            first(&quantity("8310-5", "38.1", &ucum("Cel"))),
            Ok(Raw::Temperature(Temperature::new(381).unwrap()))
        );
        assert_eq!(first(&quantity("8310-5", "100.4", &ucum("[degF]"))), Err(Unusable::Unit));
        assert_eq!(
            first(&quantity("8867-4", "70", &ucum("{beats}/min"))),
            Ok(Raw::Pulse(Pulse::new(70).unwrap()))
        );
        assert_eq!(
            first(&quantity("8867-4", "70", r#""unit":"slag/min""#)),
            Ok(Raw::Pulse(Pulse::new(70).unwrap()))
        );
        assert_eq!(first(&quantity("8867-4", "70", r#""id":"x""#)), Err(Unusable::Unit));
        assert_eq!(
            first(&quantity("8867-4", "70", r#""system":"http://other","code":"/min""#)),
            Err(Unusable::Unit)
        );
        assert_eq!(
            first(&quantity("8867-4", "70", &format!(r#""comparator":"<",{}"#, ucum("/min")))),
            Err(Unusable::NotUnderstood)
        );
    }

    #[test]
    fn implausible_is_not_scored() {
        assert_eq!(
            first(&quantity("2708-6", "24", &format!(r#""system":"{UCUM}","code":"%""#))),
            Err(Unusable::Implausible)
        );
        assert_eq!(
            first(&quantity("8310-5", "370", &format!(r#""system":"{UCUM}","code":"Cel""#))),
            Err(Unusable::Implausible)
        );
    }

    #[test]
    fn oxygen_flow() {
        let flow = |value| first(&quantity("3151-8", value, &format!(r#""system":"{UCUM}","code":"L/min""#)));
        assert_eq!(flow("0"), Ok(Raw::Supply(Supply::Air)));
        assert_eq!(flow("0.5"), Ok(Raw::Supply(Supply::Oxygen)));
        assert_eq!(flow("-1"), Err(Unusable::Implausible));
    }

    #[test]
    fn pressure_is_in_the_panel() {
        let text = format!(
            r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{LOINC}","code":"85354-9"}}]}},"component":[
            {{"code":{{"coding":[{{"system":"{LOINC}","code":"8462-4"}}]}},"valueQuantity":{{"value":78,"code":"mm[Hg]"}}}},
            {{"code":{{"coding":[{{"system":"{LOINC}","code":"8480-6"}}]}},"valueQuantity":{{"value":123,"code":"mm[Hg]"}}}}]}}"#
        );
        let document = parse(text, Limits::default()).unwrap();
        let seen = observe(document.root());
        assert_eq!(seen.raw.len(), 1);
        assert_eq!(seen.raw[0].raw, Ok(Raw::Systolic(Systolic::new(123).unwrap())));
    }

    #[test]
    fn air_and_oxygen_at_once_is_a_contradiction() {
        let base = "http://hl7.no/fhir/no-domain/vitalsigns/StructureDefinition/NoDomainVitalSigns";
        let with = |inner: &str| {
            format!(
                r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"{LOINC}","code":"2708-6"}}]}},"valueQuantity":{{"value":95,"code":"%"}},
                "extension":[{{"url":"{base}InspiredOxygenExtension","extension":[{inner}]}}]}}"#
            )
        };
        let flow = format!(r#"{{"url":"{base}FlowExtension","valueQuantity":{{"value":6100,"unit":"ml/min"}}}}"#);
        let air = format!(r#"{{"url":"{base}OnAirExtension","valueBoolean":true}}"#);
        let supply = |text: &str| {
            let document = parse(text, Limits::default()).unwrap();
            observe(document.root()).raw.get(1).map(|m| m.raw)
        };
        assert_eq!(supply(&with(&format!("{flow},{air}"))), Some(Err(Unusable::Contradiction)));
        assert_eq!(supply(&with(&flow)), Some(Ok(Raw::Supply(Supply::Oxygen))));
        assert_eq!(supply(&with(&air)), Some(Ok(Raw::Supply(Supply::Air))));
        assert_eq!(supply(&with("")), None);
    }
}

//! Measurements as Observations, shaped as the VKP and PMD profiles have them.

use super::{Ids, organisation};
use crate::fhir::quoted;
use crate::organisations::{Organisation, units};
use crate::people::measurements::noon;
use crate::people::{Citizen, Consciousness, Measurement, Setting, Single, SingleKind, VitalSigns, WardScore, ward_score};
use kilde_fhir::national_id;
use std::fmt::Write;

const VITAL_SIGNS: &str = "{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"vital-signs\",\"display\":\"Vital Signs\"}]}";
const SURVEY: &str =
    "{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"survey\",\"display\":\"Survey\"}]}";

/// Writes all of a citizen's observations, each after a comma.
pub(super) fn all(citizen: &Citizen, out: &mut String, ids: &mut Ids, patient: &str) {
    let mut w = Writer {
        citizen,
        out,
        ids,
        patient,
        number: 0,
    };
    if citizen.due.is_some() {
        w.pregnancy();
    }
    for measurement in &citizen.measurements {
        match measurement {
            Measurement::Set(set) => w.set(set),
            Measurement::Single(single) => w.single(single),
        }
    }
}

struct Writer<'a> {
    citizen: &'a Citizen,
    out: &'a mut String,
    ids: &'a mut Ids,
    patient: &'a str,
    number: u32,
}

impl Writer<'_> {
    /// Opens an Observation and writes what all have in common; gives the entry's UUID.
    fn open(&mut self, category: &str, code: &str, at: i64, setting: Setting) -> String {
        let id = self.ids.next();
        let _ = write!(
            self.out,
            ",{{\"fullUrl\":\"urn:uuid:{id}\",\"resource\":{{\"resourceType\":\"Observation\",\"identifier\":[{{\"system\":\"{}\",\"value\":\"{}-{}\"}}],\"status\":\"final\",\"category\":[{category}],\"code\":{code},\"subject\":",
            producer(setting),
            self.citizen.message_id(),
            self.number
        );
        self.number += 1;
        if setting == Setting::Home {
            // The hub knows the person by number only.
            let _ = write!(
                self.out,
                "{{\"type\":\"Patient\",\"identifier\":{{\"system\":\"{}\",\"value\":\"{}\"}}}}",
                self.citizen.nin_system(),
                self.citizen.nin()
            );
        } else {
            let _ = write!(self.out, "{{\"reference\":\"urn:uuid:{}\"}}", self.patient);
        }
        self.out.push_str(",\"effectiveDateTime\":\"");
        instant(self.out, at);
        self.out.push_str("\",\"performer\":[");
        if let Some((hpr, name)) = nurse(&self.citizen.instance, setting) {
            let _ = write!(
                self.out,
                "{{\"type\":\"Practitioner\",\"identifier\":{{\"system\":\"{}\",\"value\":\"{hpr}\"}},\"display\":",
                national_id::HPR
            );
            quoted(self.out, &name);
            self.out.push_str("},");
        }
        organisation(self.out, unit(self.citizen, setting));
        self.out.push(']');
        id
    }

    fn close(&mut self) {
        self.out.push_str("},\"request\":{\"method\":\"POST\",\"url\":\"Observation\"}}");
    }

    /// `text` is the value's digits, so that `36.8` is sent and nothing else.
    fn quantity(&mut self, text: &str, unit: &str, code: &str) {
        let _ = write!(
            self.out,
            ",\"valueQuantity\":{{\"value\":{text},\"unit\":\"{unit}\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"{code}\"}}"
        );
    }

    fn simple(&mut self, code: &str, at: i64, setting: Setting, value: &str, unit: &str, ucum: &str) -> String {
        let id = self.open(VITAL_SIGNS, code, at, setting);
        self.quantity(value, unit, ucum);
        self.close();
        id
    }

    fn pressure(&mut self, at: i64, setting: Setting, systolic: u16, diastolic: u16) -> String {
        let id = self.open(VITAL_SIGNS, PRESSURE, at, setting);
        let part = |code: &str, display: &str, value: u16| {
            format!(
                "{{\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"{code}\",\"display\":\"{display}\"}}]}},\"valueQuantity\":{{\"value\":{value},\"unit\":\"mmHg\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"mm[Hg]\"}}}}"
            )
        };
        let _ = write!(
            self.out,
            ",\"component\":[{},{}]",
            part("8480-6", "Systolic blood pressure", systolic),
            part("8462-4", "Diastolic blood pressure", diastolic)
        );
        self.close();
        id
    }

    fn single(&mut self, s: &Single) {
        match s.kind {
            SingleKind::Weight => self.simple(WEIGHT, s.at, s.setting, &tenths(s.value), "kg", "kg"),
            SingleKind::Saturation => self.simple(SATURATION, s.at, s.setting, &s.value.to_string(), "%", "%"),
            SingleKind::Pulse => self.simple(PULSE, s.at, s.setting, &s.value.to_string(), "slag/min", "/min"),
            SingleKind::Glucose => self.simple(GLUCOSE, s.at, s.setting, &tenths(s.value), "mmol/l", "mmol/L"),
            SingleKind::BloodPressure { diastolic } => self.pressure(s.at, s.setting, s.value, diastolic),
        };
    }

    /// The raw values of a set, all at the same moment. Boards deliver their score as well, derived from them.
    fn set(&mut self, v: &VitalSigns) {
        let (at, setting) = (v.at, v.setting);
        let flow = v.oxygen.map_or_else(|| "0".to_owned(), |o| tenths(u16::from(o)));
        let raw = [
            self.simple(RESPIRATION, at, setting, &v.respiration.to_string(), "/min", "/min"),
            self.simple(SATURATION, at, setting, &v.saturation.to_string(), "%", "%"),
            self.simple(OXYGEN_FLOW, at, setting, &flow, "l/min", "L/min"),
            self.pressure(at, setting, v.systolic, v.diastolic),
            self.simple(PULSE, at, setting, &v.pulse.to_string(), "slag/min", "/min"),
            self.consciousness(v),
            self.simple(TEMPERATURE, at, setting, &tenths(v.temperature), "°C", "Cel"),
        ];
        let scored = matches!(setting, Setting::Ward | Setting::NursingHome | Setting::HomeCare);
        if scored && self.citizen.due.is_none() && self.citizen.age_on(crate::people::REFERENCE) >= 16 {
            self.score(v, &ward_score(v), &raw);
        }
    }

    fn consciousness(&mut self, v: &VitalSigns) -> String {
        let id = self.open(VITAL_SIGNS, CONSCIOUSNESS, v.at, v.setting);
        let (code, display) = match v.consciousness {
            Consciousness::Alert => ("LA9340-6", "Alert"),
            Consciousness::Confused => ("LA6560-2", "Confused"),
            Consciousness::Voice => ("LA17108-4", "Responds to voice"),
            Consciousness::Pain => ("LA17107-6", "Responds to pain"),
            Consciousness::Unresponsive => ("LA9343-0", "Unresponsive"),
        };
        let _ = write!(
            self.out,
            ",\"valueCodeableConcept\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"{code}\",\"display\":\"{display}\"}}]}}"
        );
        self.close();
        id
    }

    fn score(&mut self, v: &VitalSigns, s: &WardScore, raw: &[String]) {
        self.open(SURVEY, SCORE, v.at, v.setting);
        let _ = write!(self.out, ",\"valueInteger\":{},\"derivedFrom\":[", s.total());
        for (i, id) in raw.iter().enumerate() {
            let _ = write!(self.out, "{}{{\"reference\":\"urn:uuid:{id}\"}}", if i > 0 { "," } else { "" });
        }
        self.out.push_str("],\"component\":[");
        let saturation = if v.scale2 {
            ("1104321000000108", "oxygen saturation scale 2")
        } else {
            ("1104311000000102", "oxygen saturation scale 1")
        };
        let parts = [
            (("1104301000000104", "respiration rate"), s.respiration),
            (saturation, s.saturation),
            (("1104331000000105", "air or oxygen"), s.oxygen),
            (("1104341000000101", "systolic blood pressure"), s.systolic),
            (("1104351000000103", "pulse"), s.pulse),
            (("1104361000000100", "consciousness"), s.consciousness),
            (("1104371000000107", "temperature"), s.temperature),
        ];
        for (i, ((code, what), points)) in parts.into_iter().enumerate() {
            let _ = write!(
                self.out,
                "{}{{\"code\":{{\"coding\":[{{\"system\":\"http://snomed.info/sct\",\"code\":\"{code}\",\"display\":\"NEWS2 (National Early Warning Score 2) - {what} score\"}}]}},\"valueInteger\":{points}}}",
                if i > 0 { "," } else { "" }
            );
        }
        self.out.push(']');
        self.close();
    }

    fn pregnancy(&mut self) {
        let Some(due) = self.citizen.due else { return };
        // Registered when about ten weeks along, or three days ago if that is yet to come.
        let tenth_week = noon(due) - 210 * 86_400;
        self.open(
            SURVEY,
            PREGNANCY,
            tenth_week.min(noon(self.citizen.as_of) - 3 * 86_400),
            Setting::EmergencyClinic,
        );
        self.out.push_str(
            ",\"valueCodeableConcept\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"LA15173-0\",\"display\":\"Pregnant\"}]}",
        );
        let _ = write!(
            self.out,
            ",\"component\":[{{\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"11778-8\",\"display\":\"Delivery date Estimated\"}}]}},\"valueDateTime\":\"{due}\"}}]"
        );
        self.close();
    }
}

macro_rules! loinc {
    ($code:literal, $display:literal) => {
        concat!(
            "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"",
            $code,
            "\",\"display\":\"",
            $display,
            "\"}]}"
        )
    };
}

const RESPIRATION: &str = loinc!("9279-1", "Respiratory rate");
const SATURATION: &str = "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2708-6\",\"display\":\"Oxygen saturation in Arterial blood\"},{\"system\":\"http://loinc.org\",\"code\":\"59408-5\",\"display\":\"Oxygen saturation in Arterial blood by Pulse oximetry\"}]}";
const OXYGEN_FLOW: &str = loinc!("3151-8", "Inhaled oxygen flow rate");
const PRESSURE: &str = loinc!("85354-9", "Blood pressure panel with all children optional");
const PULSE: &str = loinc!("8867-4", "Heart rate");
const CONSCIOUSNESS: &str = loinc!("67775-7", "Level of responsiveness");
const TEMPERATURE: &str = loinc!("8310-5", "Body temperature");
const WEIGHT: &str = loinc!("29463-7", "Body weight");
const GLUCOSE: &str = loinc!("14743-9", "Glucose [Moles/volume] in Capillary blood by Glucometer");
const PREGNANCY: &str = loinc!("82810-3", "Pregnancy status");
const SCORE: &str = "{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"1104051000000101\",\"display\":\"NEWS2 (National Early Warning Score 2) total score\"}]}";

fn producer(setting: Setting) -> &'static str {
    match setting {
        Setting::Ward | Setting::NursingHome => "https://tavle.sandbox.kilde.example/maaling",
        Setting::Home => "https://vkp.sandbox.kilde.example/maaling",
        Setting::HomeCare | Setting::EmergencyClinic => "https://epj.sandbox.kilde.example/maaling",
    }
}

fn unit(citizen: &Citizen, setting: Setting) -> &'static Organisation {
    let units = units(&citizen.instance);
    match setting {
        Setting::Ward => units.kad,
        Setting::NursingHome => units.nursing_home,
        Setting::Home => units.response_centre,
        Setting::HomeCare => units.home_care[citizen.address.zone.min(1)],
        Setting::EmergencyClinic => units.legevakt,
    }
}

/// Who registered: HPR number and name of the instance's persona for the setting.
fn nurse(instance: &str, setting: Setting) -> Option<(&'static str, String)> {
    let name = match (instance, setting) {
        (_, Setting::Home) => return None,
        ("9901", Setting::Ward) => "sykepleier-kad-nordvik",
        ("9901", Setting::EmergencyClinic) => "sykepleier-legevakt-nordvik",
        ("9901", _) => "hjemmesykepleier-nordvik",
        _ => "sykepleier-dalfjord",
    };
    let person = crate::persona::personas().iter().find(|p| p.name == name)?.person.as_ref()?;
    Some((person.hpr?, person.name()))
}

fn tenths(value: u16) -> String {
    format!("{}.{}", value / 10, value % 10)
}

/// Seconds since the Unix epoch as an instant in UTC.
fn instant(out: &mut String, at: i64) {
    match jiff::Timestamp::from_second(at) {
        Ok(t) => {
            let _ = write!(out, "{t}");
        }
        Err(_) => out.push_str("1970-01-01T00:00:00Z"),
    }
}

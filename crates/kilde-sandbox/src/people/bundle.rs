//! A citizen as a FHIR R4 transaction bundle, written directly: a hundred thousand take seconds.

mod observation;

use super::{Citizen, Service, ServiceState};
use crate::fhir::{hash, quoted, write_uuid};
use kilde_fhir::national_id;
use std::fmt::Write;

/// Which part of a citizen's information a bundle holds: sources deliver their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The person, services and measurements.
    All,
    /// The person and services, as the care journal delivers them.
    Services,
    /// The person and measurements, as boards and the hub deliver them.
    Measurements,
}

impl Citizen {
    /// Everything about the citizen as a transaction bundle.
    pub fn bundle(&self) -> String {
        self.bundle_of(Part::All)
    }

    /// A part as a transaction bundle. `Bundle.identifier` names the message; the person is created only
    /// where the number is not there already.
    pub fn bundle_of(&self, part: Part) -> String {
        let mut out = String::with_capacity(2048 + 900 * self.services.len() + 6000 * self.measurements.len());
        let suffix = match part {
            Part::All => "",
            Part::Services => "-tjenester",
            Part::Measurements => "-maalinger",
        };
        let _ = write!(
            out,
            "{{\"resourceType\":\"Bundle\",\"identifier\":{{\"system\":\"https://sandbox.kilde.example/bundle\",\"value\":\"{}{suffix}\"}},\"type\":\"transaction\",\"entry\":[",
            self.message_id()
        );
        let mut ids = Ids {
            seed: hash(&self.message_id(), "", 0),
            next: 0,
        };
        let patient = ids.next();
        self.patient(&mut out, &patient);
        if part != Part::Measurements {
            for (i, service) in self.services.iter().enumerate() {
                self.episode(&mut out, &mut ids, &patient, i, service);
            }
        }
        if part != Part::Services {
            observation::all(self, &mut out, &mut ids, &patient);
        }
        out.push_str("]}");
        out
    }

    fn patient(&self, out: &mut String, id: &str) {
        let _ = write!(out, "{{\"fullUrl\":\"urn:uuid:{id}\",\"resource\":{{\"resourceType\":\"Patient\"");
        if self.secret_address {
            out.push_str(",\"meta\":{\"security\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\",\"display\":\"restricted\"}]}");
        }
        let _ = write!(
            out,
            ",\"identifier\":[{{\"use\":\"official\",\"system\":\"{}\",\"value\":\"{}\"}}]",
            self.nin_system(),
            self.nin()
        );
        out.push_str(",\"active\":true,\"name\":[{\"use\":\"official\",\"family\":");
        quoted(out, self.family);
        out.push_str(",\"given\":[");
        for (i, name) in self.given.split(' ').enumerate() {
            if i > 0 {
                out.push(',');
            }
            quoted(out, name);
        }
        let _ = write!(
            out,
            "]}}],\"gender\":\"{}\",\"birthDate\":\"{}\"",
            if self.woman { "female" } else { "male" },
            self.birth
        );
        if !self.secret_address {
            let a = &self.address;
            out.push_str(",\"address\":[{\"use\":\"home\",\"type\":\"physical\",\"line\":[");
            quoted(out, &a.line);
            let _ = write!(
                out,
                "],\"city\":\"{}\",\"postalCode\":\"{}\",\"country\":\"NO\"}}]",
                a.town, a.post_code
            );
        }
        let gp = self.general_practitioner;
        let _ = write!(
            out,
            ",\"generalPractitioner\":[{{\"type\":\"Practitioner\",\"identifier\":{{\"system\":\"{}\",\"value\":\"{}\"}},\"display\":",
            national_id::HPR,
            gp.hpr
        );
        quoted(out, gp.name);
        out.push_str("}],\"managingOrganization\":");
        organisation(out, crate::organisations::units(&self.instance).municipality);
        let _ = write!(
            out,
            "}},\"request\":{{\"method\":\"POST\",\"url\":\"Patient\",\"ifNoneExist\":\"identifier={}|{}\"}}}}",
            self.nin_system(),
            self.nin()
        );
    }

    /// OID of the number: D-numbers have their own.
    pub fn nin_system(&self) -> &'static str {
        if self.nin().as_bytes().first().is_some_and(|b| *b >= b'4') {
            national_id::DNR
        } else {
            national_id::FNR
        }
    }

    fn episode(&self, out: &mut String, ids: &mut Ids, patient: &str, i: usize, s: &Service) {
        let _ = write!(
            out,
            ",{{\"fullUrl\":\"urn:uuid:{}\",\"resource\":{{\"resourceType\":\"EpisodeOfCare\",\"meta\":{{\"profile\":[\"http://hl7.no/fhir/ig/okt/StructureDefinition/OktEpisodeOfCare\"]}}",
            ids.next()
        );
        self.episode_extensions(out, s);
        let _ = write!(
            out,
            ",\"identifier\":[{{\"system\":\"https://epj.sandbox.kilde.example/tjeneste\",\"value\":\"{}-{i}\"}}],\"status\":\"{}\",\"type\":[{{\"coding\":[{{\"system\":\"{}\",\"code\":\"{}\",\"display\":",
            self.message_id(),
            match s.state {
                ServiceState::Active => "active",
                ServiceState::OnHold => "onhold",
                ServiceState::Ended => "finished",
            },
            national_id::IPLOS_SERVICE,
            s.kind.code
        );
        quoted(out, s.kind.name);
        out.push_str("}]}");
        let stay = match s.kind.code {
            "17" => Some(("dagopphold", "Dagopphold")),
            "18" | "19" | "20" => Some(("korttidsopphold", "Korttidsopphold")),
            _ => None,
        };
        if let Some((code, display)) = stay {
            let _ = write!(
                out,
                ",{{\"coding\":[{{\"system\":\"http://hl7.no/fhir/ig/okt/CodeSystem/OktStayTypeCs\",\"code\":\"{code}\",\"display\":\"{display}\"}}]}}"
            );
        }
        let _ = write!(
            out,
            "],\"patient\":{{\"reference\":\"urn:uuid:{patient}\"}},\"managingOrganization\":"
        );
        organisation(out, s.unit);
        let _ = write!(out, ",\"period\":{{\"start\":\"{}\"", s.start);
        if let Some(end) = s.end {
            let _ = write!(out, ",\"end\":\"{end}\"");
        }
        out.push_str("}},\"request\":{\"method\":\"POST\",\"url\":\"EpisodeOfCare\"}}");
    }

    fn episode_extensions(&self, out: &mut String, s: &Service) {
        if s.minutes_a_week.is_none() && s.description.is_none() && s.review.is_none() {
            return;
        }
        let mut comma = "";
        out.push_str(",\"extension\":[");
        if let Some(minutes) = s.minutes_a_week {
            out.push_str(
                "{\"url\":\"http://hl7.no/fhir/ig/okt/StructureDefinition/WeeklyExtentRatio\",\"valueRatio\":{\"numerator\":{\"value\":",
            );
            hours(out, minutes);
            out.push_str(",\"unit\":\"h\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"h\"},\"denominator\":{\"value\":1,\"unit\":\"wk\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"wk\"}}}");
            comma = ",";
        }
        if let Some(text) = s.description {
            let _ = write!(
                out,
                "{comma}{{\"url\":\"http://hl7.no/fhir/ig/okt/StructureDefinition/ServiceDescriptionMarkdown\",\"valueMarkdown\":"
            );
            quoted(out, text);
            out.push('}');
            comma = ",";
        }
        if let Some(review) = s.review {
            let _ = write!(out, "{comma}{{\"url\":\"{REVIEW_DATE}\",\"valueDate\":\"{review}\"}}");
        }
        out.push(']');
    }
}

/// Extension on EpisodeOfCare: the day the decision is to be reviewed.
pub const REVIEW_DATE: &str = "https://kilde.example/fhir/StructureDefinition/okt-review-date";

/// Minutes as hours with at most two decimals, without trailing zeros.
fn hours(out: &mut String, minutes: u32) {
    let hundredths = minutes * 100 / 60;
    let _ = match (hundredths / 100, hundredths % 100) {
        (h, 0) => write!(out, "{h}"),
        (h, f) if f % 10 == 0 => write!(out, "{h}.{}", f / 10),
        (h, f) => write!(out, "{h}.{f:02}"),
    };
}

/// A logical reference to an organisation by number.
fn organisation(out: &mut String, o: &crate::organisations::Organisation) {
    let _ = write!(
        out,
        "{{\"type\":\"Organization\",\"identifier\":{{\"system\":\"{}\",\"value\":\"{}\"}},\"display\":",
        o.system(),
        o.number
    );
    quoted(out, o.name);
    out.push('}');
}

/// UUIDs of one bundle's entries, the same each time.
struct Ids {
    seed: u64,
    next: u64,
}

impl Ids {
    fn next(&mut self) -> String {
        self.next += 1;
        let mut out = String::with_capacity(36);
        // Two rounds of splitmix, so that neighbours do not look alike.
        let mix = |mut z: u64| {
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let high = mix(self.seed.wrapping_add(self.next.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        write_uuid(&mut out, high, mix(high ^ self.seed));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::hours;

    #[test]
    fn hours_are_short_decimals() {
        let text = |m| {
            let mut out = String::new();
            hours(&mut out, m);
            out
        };
        assert_eq!(
            [text(450), text(900), text(15), text(45), text(0)],
            ["7.5", "15", "0.25", "0.75", "0"]
        );
    }
}

//! One synthetic citizen.

use super::{Address, Background, Measurement, Number, Service};
use crate::organisations::Organisation;
use jiff::civil::Date;

/// A text in the three languages of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Text {
    /// Bokmål.
    pub nb: &'static str,
    /// Nynorsk.
    pub nn: &'static str,
    /// English.
    pub en: &'static str,
}

/// What is told about a fixed citizen.
pub type Story = Text;

/// The person's place in the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Grown up.
    Adult,
    /// A child (or one up to 19) of an adult in the household.
    Child,
}

/// How much help a person needs; services and measurements follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// None from the municipality.
    None,
    /// A little, such as an alarm.
    Light,
    /// Visits some times a week.
    Some,
    /// Visits several times a day.
    Much,
    /// Lives in an institution.
    Institution,
}

/// A general practitioner of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GeneralPractitioner {
    /// Invented HPR number.
    pub hpr: &'static str,
    /// Name.
    pub name: &'static str,
    /// Where she works.
    pub office: &'static Organisation,
}

/// A synthetic citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct Citizen {
    /// Place in the order of the instance, from 0.
    pub index: u32,
    /// The instance (municipality).
    pub instance: String,
    /// The seed the citizen comes from.
    pub seed: u64,
    /// The day that services and measurements are placed by.
    pub as_of: Date,
    /// National identity number, synthetic.
    pub number: Number,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Background that the names come from.
    pub background: Background,
    /// Whether she is registered as a woman, else as a man.
    pub woman: bool,
    /// Date of birth.
    pub birth: Date,
    /// Household's number within the instance.
    pub household: u32,
    /// Place in it.
    pub role: Role,
    /// Where the household lives.
    pub address: Address,
    /// Whether the address is secret and so left out of what is sent.
    pub secret_address: bool,
    /// The person's general practitioner.
    pub general_practitioner: &'static GeneralPractitioner,
    /// How much help is needed.
    pub need: Need,
    /// Expected date of delivery, if she is pregnant.
    pub due: Option<Date>,
    /// Municipal services, oldest first.
    pub services: Vec<Service>,
    /// Measurements, oldest first.
    pub measurements: Vec<Measurement>,
    /// What is told about a fixed citizen.
    pub story: Option<&'static Story>,
}

impl Citizen {
    /// The national identity number's eleven digits.
    pub fn nin(&self) -> &str {
        self.number.as_str()
    }

    /// Given and family name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// Age in whole years on a day.
    pub fn age_on(&self, day: Date) -> i16 {
        let years = day.year() - self.birth.year();
        years - i16::from((day.month(), day.day()) < (self.birth.month(), self.birth.day()))
    }

    /// The name of the message that delivers this citizen: the same citizen sent twice is one event.
    pub fn message_id(&self) -> String {
        format!("sandkasse-{}-{}-{}", self.instance, self.seed, self.index)
    }
}

/// The practitioners of an instance.
pub(crate) fn practitioners(instance: &str) -> &'static [GeneralPractitioner] {
    use crate::organisations::{FASTLEGEKONTORET_DALFJORD, FASTLEGEKONTORET_NORDVIK};
    const NORDVIK: [GeneralPractitioner; 3] = [
        GeneralPractitioner {
            hpr: "999000006",
            name: "Gunn Fjeldheim",
            office: &FASTLEGEKONTORET_NORDVIK,
        },
        GeneralPractitioner {
            hpr: "999000021",
            name: "Aslak Rønnevik",
            office: &FASTLEGEKONTORET_NORDVIK,
        },
        GeneralPractitioner {
            hpr: "999000022",
            name: "Farah Qureshi",
            office: &FASTLEGEKONTORET_NORDVIK,
        },
    ];
    const DALFJORD: [GeneralPractitioner; 2] = [
        GeneralPractitioner {
            hpr: "999000023",
            name: "Torbjørn Dalsbotn",
            office: &FASTLEGEKONTORET_DALFJORD,
        },
        GeneralPractitioner {
            hpr: "999000024",
            name: "Ingvild Løkkebø",
            office: &FASTLEGEKONTORET_DALFJORD,
        },
    ];
    if instance == "9902" { &DALFJORD } else { &NORDVIK }
}

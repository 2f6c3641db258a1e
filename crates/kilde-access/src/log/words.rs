//! Words for the citizen's log: bokmål, nynorsk, English.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::LazyLock;

/// Language of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Lang {
    /// Bokmål.
    #[default]
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
}

impl Lang {
    /// From a language tag; bokmål for what is not known.
    pub fn from_tag(tag: &str) -> Lang {
        match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("nn") => Lang::Nn,
            Some("en") => Lang::En,
            _ => Lang::Nb,
        }
    }

    /// One of three.
    pub fn pick<T>(self, nb: T, nn: T, en: T) -> T {
        match self {
            Lang::Nb => nb,
            Lang::Nn => nn,
            Lang::En => en,
        }
    }
}

static OSLO: LazyLock<TimeZone> = LazyLock::new(|| {
    // The rule in force since 1996 stands in where the machine has no zone files.
    TimeZone::get("Europe/Oslo")
        .or_else(|_| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3"))
        .unwrap_or(TimeZone::UTC)
});

/// The beginning of a day in Oslo (Unix ms).
pub fn midnight(date: jiff::civil::Date) -> i64 {
    date.to_zoned(OSLO.clone()).map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

/// Local date and time in Oslo.
pub fn local(time_ms: i64) -> jiff::civil::DateTime {
    let stamp = Timestamp::from_millisecond(time_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    OSLO.to_datetime(stamp)
}

const MONTHS_NO: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// When, as people write it.
pub fn when(time_ms: i64, lang: Lang) -> String {
    let at = local(time_ms);
    let month = usize::try_from(at.month()).unwrap_or(1).clamp(1, 12) - 1;
    match lang {
        Lang::Nb | Lang::Nn => format!(
            "{}. {} {} kl. {:02}.{:02}",
            at.day(),
            MONTHS_NO[month],
            at.year(),
            at.hour(),
            at.minute()
        ),
        Lang::En => format!(
            "{} {} {}, {:02}:{:02}",
            at.day(),
            MONTHS_EN[month],
            at.year(),
            at.hour(),
            at.minute()
        ),
    }
}

/// A profession (Volven 9060) in words.
pub fn profession(code: &str, lang: Lang) -> Option<&'static str> {
    let (nb, nn, en) = match code {
        "AA" => ("ambulansearbeider", "ambulansearbeidar", "ambulance worker"),
        "AU" => ("audiograf", "audiograf", "audiologist"),
        "BI" => ("bioingeniør", "bioingeniør", "biomedical scientist"),
        "ET" => ("ergoterapeut", "ergoterapeut", "occupational therapist"),
        "FO" => ("fotterapeut", "fotterapeut", "podiatrist"),
        "FT" => ("fysioterapeut", "fysioterapeut", "physiotherapist"),
        "HE" => ("helsesekretær", "helsesekretær", "health secretary"),
        "HF" => ("helsefagarbeider", "helsefagarbeidar", "healthcare worker"),
        "HP" => ("hjelpepleier", "hjelpepleiar", "auxiliary nurse"),
        "JO" => ("jordmor", "jordmor", "midwife"),
        "KE" => ("klinisk ernæringsfysiolog", "klinisk ernæringsfysiolog", "clinical dietitian"),
        "KI" => ("kiropraktor", "kiropraktor", "chiropractor"),
        "LE" => ("lege", "lege", "physician"),
        "MT" => ("manuellterapeut", "manuellterapeut", "manual therapist"),
        "OA" => ("omsorgsarbeider", "omsorgsarbeidar", "care worker"),
        "PM" => ("paramedisiner", "paramedisinar", "paramedic"),
        "PS" => ("psykolog", "psykolog", "psychologist"),
        "RA" => ("radiograf", "radiograf", "radiographer"),
        "SP" => ("sykepleier", "sjukepleiar", "nurse"),
        "TL" => ("tannlege", "tannlege", "dentist"),
        "TP" => ("tannpleier", "tannpleiar", "dental hygienist"),
        "VP" => ("vernepleier", "vernepleiar", "social educator"),
        _ => return None,
    };
    Some(lang.pick(nb, nn, en))
}

/// What a resource type is about, in words; several types may share them. `None` for what tells
/// nothing about a person.
pub fn kind(resource_type: &str, lang: Lang) -> Option<&'static str> {
    let (nb, nn, en) = match resource_type {
        "EpisodeOfCare" => ("kommunale tjenester", "kommunale tenester", "municipal services"),
        "Observation" => (
            "målinger og observasjoner",
            "målingar og observasjonar",
            "measurements and observations",
        ),
        "Patient" | "RelatedPerson" | "Person" => ("personopplysninger", "personopplysningar", "personal details"),
        "Encounter" | "Appointment" => ("kontakter og avtaler", "kontaktar og avtalar", "contacts and appointments"),
        "Condition" => ("diagnoser", "diagnosar", "conditions"),
        "MedicationRequest" | "MedicationStatement" | "MedicationAdministration" | "MedicationDispense" => {
            ("legemidler", "legemiddel", "medication")
        }
        "AllergyIntolerance" => ("allergier", "allergiar", "allergies"),
        "Immunization" => ("vaksiner", "vaksinar", "vaccinations"),
        "Procedure" => ("behandling", "behandling", "procedures"),
        "DiagnosticReport" | "Specimen" => ("prøvesvar", "prøvesvar", "test results"),
        "ServiceRequest" => (
            "henvisninger og rekvisisjoner",
            "tilvisingar og rekvisisjonar",
            "referrals and requests",
        ),
        "CarePlan" | "CareTeam" | "Goal" => ("planer", "planar", "plans"),
        "DocumentReference" | "Composition" => ("dokumenter", "dokument", "documents"),
        "Consent" => ("samtykker og sperringer", "samtykke og sperringar", "consents and blocks"),
        "QuestionnaireResponse" => ("svar på skjema", "svar på skjema", "answers to forms"),
        "Organization" | "Practitioner" | "PractitionerRole" | "Location" | "HealthcareService" | "Provenance" => return None,
        _ => ("andre opplysninger", "andre opplysningar", "other information"),
    };
    Some(lang.pick(nb, nn, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_with_summer_and_winter() {
        assert_eq!(when(1_795_375_565_000, Lang::Nb), "22. november 2026 kl. 20.26");
        assert_eq!(when(1_782_158_400_000, Lang::Nn), "22. juni 2026 kl. 22.00");
        assert_eq!(when(1_782_158_400_000, Lang::En), "22 June 2026, 22:00");
        assert_eq!(when(i64::MAX, Lang::En), "1 January 1970, 01:00");
    }

    #[test]
    fn tags() {
        assert_eq!(Lang::from_tag("nn-NO"), Lang::Nn);
        assert_eq!(Lang::from_tag("EN"), Lang::En);
        assert_eq!(Lang::from_tag("å"), Lang::Nb);
        assert_eq!(Lang::from_tag(""), Lang::Nb);
    }
}

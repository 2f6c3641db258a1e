//! Findings about national identifiers anywhere in a resource.

use super::{Duf, NationalSystem, Nin, NinError, NinKind, NumberError, OrgNumber, World};
use crate::finding::{Finding, Severity};
use crate::json::{Kind, Value};
use crate::validate::place::{Found, locate};

/// Checks every Identifier anywhere in the resource whose system is a national OID, and every
/// element `id` and reference for a national number that would end up in URLs and logs. The
/// findings never hold a value.
pub fn identifiers(resource: Value<'_>, world: World) -> Vec<Finding> {
    let mut found = Vec::new();
    walk(resource, world, &mut found);
    locate(resource, found)
}

fn walk<'a>(value: Value<'a>, world: World, found: &mut Vec<Found<'a>>) {
    if value.is_object() {
        object(value, world, found);
    }
    for child in value.children() {
        if matches!(child.kind(), Kind::Object | Kind::Array) {
            walk(child, world, found);
        }
    }
}

fn object<'a>(value: Value<'a>, world: World, found: &mut Vec<Found<'a>>) {
    for name in ["id", "reference"] {
        if let Some(place) = value.get(name)
            && let Some(text) = place.as_str()
            && Nin::parse(text.rsplit('/').next().unwrap_or(&text)).is_ok()
        {
            found.push(Found {
                value: place,
                at_key: false,
                finding: in_id(),
            });
        }
    }
    let Some(system_place) = value.get("system") else { return };
    let Some(system) = system_place.as_str() else { return };
    let Some(national) = NationalSystem::of(&system) else { return };
    if value.get("code").is_some() {
        return; // a Coding, not an Identifier
    }
    if !system.starts_with("urn:oid:") {
        found.push(Found {
            value: system_place,
            at_key: false,
            finding: without_urn(),
        });
    }
    match value.get("value") {
        Some(place) => {
            if let Some(text) = place.as_str()
                && let Some(finding) = number(national, &text, world)
            {
                found.push(Found {
                    value: place,
                    at_key: false,
                    finding,
                });
            }
        }
        None if value.get("_value").is_none() => found.push(Found {
            value,
            at_key: false,
            finding: without_value(),
        }),
        None => {}
    }
}

fn number(national: NationalSystem, text: &str, world: World) -> Option<Finding> {
    let digits = |most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    match national {
        NationalSystem::Person(kind) => person(kind, text, world),
        NationalSystem::Duf => Duf::parse(text).is_err().then(|| {
            error(
                "no-duf-format",
                "DUF-nummeret har ikke 12 siffer med årstallet først.",
                "The DUF number does not have 12 digits with the year first.",
            )
        }),
        NationalSystem::Hpr => (!digits(9)).then(|| {
            error(
                "no-hpr-format",
                "HPR-nummeret skal bestå av 1 til 9 siffer og ikke noe annet.",
                "The HPR number must consist of 1 to 9 digits and nothing else.",
            )
        }),
        NationalSystem::Resh => (!digits(12)).then(|| {
            error(
                "no-resh-format",
                "RESH-id skal bestå av siffer og ikke noe annet.",
                "The RESH id must consist of digits and nothing else.",
            )
        }),
        NationalSystem::OrgNumber => match OrgNumber::parse(text) {
            Ok(_) => None,
            Err(NumberError::Format) => Some(error(
                "no-orgnr-format",
                "Verdien under OID-en for organisasjonsnummer har ikke 9 siffer. Send organisasjonsnummeret, eller bruk et annet system for en lokal kode.",
                "The value under the OID of organisation numbers does not have 9 digits. Send the organisation number, or use another system for a local code.",
            )),
            Err(NumberError::ControlDigit) => Some(error(
                "no-orgnr-control-digit",
                "Kontrollsifferet i organisasjonsnummeret stemmer ikke. Kontroller at nummeret er skrevet rett av.",
                "The control digit of the organisation number does not fit. Check that the number was copied correctly.",
            )),
        },
    }
}

fn person(kind: NinKind, text: &str, world: World) -> Option<Finding> {
    let nin = match Nin::parse(text) {
        Ok(nin) => nin,
        Err(e) => return Some(refused(e)),
    };
    if let Err(e) = nin.accepted_in(world) {
        return Some(refused(e));
    }
    (nin.kind() != kind).then(|| {
        let (name, oid) = (name_of(nin.kind()), nin.system());
        error(
            "no-nin-system",
            format!("Nummeret er et {name}, men står under OID-en for {}. Bruk {oid}.", name_of(kind)),
            format!("The number is a {name} but stands under the OID of {}. Use {oid}.", name_of(kind)),
        )
        .severity(Severity::Warning)
    })
}

fn name_of(kind: NinKind) -> &'static str {
    match kind {
        NinKind::Fnr => "fødselsnummer",
        NinKind::Dnr => "D-nummer",
        NinKind::Fh => "felles hjelpenummer",
    }
}

fn refused(e: NinError) -> Finding {
    let (rule, nb, en) = match e {
        NinError::Format => (
            "no-nin-format",
            "Verdien under OID-en for et nasjonalt personnummer har ikke 11 siffer. Send det nasjonale nummeret uten mellomrom, eller bruk et annet system for en lokal id.",
            "The value under the OID of a national person number does not have 11 digits. Send the national number without spaces, or use another system for a local id.",
        ),
        NinError::Local => (
            "no-nin-local",
            "Nummeret har form av et H-nummer (måned + 40). Det hører til virksomheten som ga det, og skal ikke stå under en nasjonal OID.",
            "The number has the form of an H-nummer (month + 40). It belongs to the organisation that assigned it and must not stand under a national OID.",
        ),
        NinError::Date => (
            "no-nin-date",
            "De seks første sifrene er ingen dato, heller ikke når tillegget i D-nummer eller syntetisk nummer er trukket fra.",
            "The first six digits are no date, not even after subtracting what D-nummer or synthetic numbers add.",
        ),
        NinError::ControlDigits => (
            "no-nin-control-digits",
            "Kontrollsifrene stemmer ikke, verken etter dagens regel eller regelen fra 2032. Kontroller at nummeret er skrevet rett av.",
            "The control digits do not fit, neither by today's rule nor by that of 2032. Check that the number was copied correctly.",
        ),
        NinError::Synthetic => (
            "no-nin-synthetic-in-production",
            "Nummeret er syntetisk (Tenor eller SyntPop), og tas ikke imot i produksjon.",
            "The number is synthetic (Tenor or SyntPop); production does not accept it.",
        ),
        NinError::NotSynthetic => (
            "no-nin-real-in-sandbox",
            "Nummeret er ikke merket som syntetisk, og tas ikke imot i sandkassen. Bruk et syntetisk nummer (måned + 80 eller + 65), og send aldri opplysninger om virkelige personer hit.",
            "The number is not marked as synthetic; the sandbox does not accept it. Use a synthetic number (month + 80 or + 65), and never send data about real people here.",
        ),
    };
    error(rule, nb, en)
}

fn in_id() -> Finding {
    error(
        "no-nin-in-id",
        "Et nasjonalt personnummer står som id eller i en referanse, og ville havne i adresser og logger. Bruk en id uten betydning, og legg nummeret i identifier.value.",
        "A national person number stands as an id or in a reference and would end up in URLs and logs. Use a meaningless id and put the number in identifier.value.",
    )
}

fn without_urn() -> Finding {
    error(
        "no-system-urn",
        "Systemet er en OID uten «urn:oid:» foran. Skriv urn:oid: foran OID-en.",
        "The system is an OID without `urn:oid:` before it. Write urn:oid: before the OID.",
    )
    .severity(Severity::Warning)
}

fn without_value() -> Finding {
    error(
        "no-identifier-value",
        "Identifikatoren har et nasjonalt system, men mangler value. Legg nummeret i value (ikke i id).",
        "The identifier has a national system but no value. Put the number in value (not in id).",
    )
}

fn error(rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error("value", rule, "", nb, en)
}

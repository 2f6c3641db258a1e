//! Personas made when asked for: any citizen of the sandbox, and somebody who represents her.

use super::{Client, Kind, Person, Persona, SCOPE_CITIZEN};
use crate::people::{Number, People, Text};
use kilde_fhir::national_id::{Nin, World};
use std::borrow::Cow;

/// The client that citizens come through.
pub(super) const PORTAL: Client = Client {
    id: "innbygger-portal",
    name: "Innbyggerportalen",
    supplier: None,
};

const CITIZEN: Text = Text {
    nb: "Innbygger, logget inn med ID-porten på nivå 4. Ser sitt eget og hvem som har sett.",
    nn: "Innbyggjar, logga inn med ID-porten på nivå 4. Ser sitt eige og kven som har sett.",
    en: "Citizen, logged in with ID-porten at level 4. Sees her own information and who has looked.",
};
const PROXY: Text = Text {
    nb: "Verge for innbyggeren, logget inn med ID-porten på nivå 4.",
    nn: "Verje for innbyggjaren, logga inn med ID-porten på nivå 4.",
    en: "Guardian of the citizen, logged in with ID-porten at level 4.",
};

pub(super) fn persona(name: &str, people: &People) -> Option<Persona> {
    let (kind, nin) = match name.split_once('-')? {
        ("innbygger", nin) => (Kind::Citizen, nin),
        ("verge", nin) => (Kind::Proxy, nin),
        _ => return None,
    };
    let nin = Nin::parse(nin).ok()?;
    nin.accepted_in(World::Sandbox).ok()?;
    let entry = people.get(nin.as_str());
    let (given, family) = entry.map_or(("Innbygger", "i sandkassen"), |e| (e.given, e.family));
    let person = match kind {
        Kind::Proxy => Person {
            pid: Cow::Owned(Number::for_name(name).as_str().to_owned()),
            given: Cow::Borrowed("Verge for"),
            family: Cow::Owned(format!("{given} {family}")),
            hpr: None,
            authorisation: None,
            security_level: 4,
        },
        _ => Person {
            pid: Cow::Owned(nin.as_str().to_owned()),
            given: Cow::Borrowed(given),
            family: Cow::Borrowed(family),
            hpr: None,
            authorisation: None,
            security_level: 4,
        },
    };
    Some(Persona {
        name: Cow::Owned(name.to_owned()),
        kind,
        person: Some(person),
        instance: entry.map(|e| Cow::Owned(e.instance.clone())),
        organisation: None,
        unit: None,
        client: PORTAL,
        scopes: &[SCOPE_CITIZEN],
        purpose: None,
        healthcare_service: None,
        purpose_details: None,
        represents: (kind == Kind::Proxy).then(|| nin.as_str().to_owned()),
        description: if kind == Kind::Proxy { PROXY } else { CITIZEN },
    })
}

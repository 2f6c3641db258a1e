//! Invented legal entities and units, with valid control digits and numbers no enterprise has.

mod bundle;

pub use bundle::organisations_bundle;

use kilde_fhir::national_id;

/// What an organisation is in the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganisationKind {
    /// A municipality: legal entity and controller.
    Municipality,
    /// Another legal entity that gives health care, such as a general practitioners' office.
    Provider,
    /// A unit (underenhet) of a legal entity.
    Unit,
    /// A company that delivers systems.
    Supplier,
}

/// An invented organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Organisation {
    /// Organisation number, nine digits, valid by mod 11.
    pub number: &'static str,
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub kind: OrganisationKind,
    /// Number of the legal entity that a unit belongs to.
    pub parent: Option<&'static str>,
    /// Telephone number in international form.
    pub phone: &'static str,
    /// Number of the municipality it lies in: the sandbox's instance. None for suppliers.
    pub municipality: Option<&'static str>,
}

impl Organisation {
    /// The legal entity it is or belongs to.
    pub fn legal_entity(&self) -> &'static Organisation {
        let number = self.parent.unwrap_or(self.number);
        organisation(number).unwrap_or(&NORDVIK)
    }

    /// The FHIR system of its number.
    pub fn system(&self) -> &'static str {
        national_id::ORGNR
    }
}

const fn municipality(number: &'static str, name: &'static str, phone: &'static str, instance: &'static str) -> Organisation {
    Organisation {
        number,
        name,
        kind: OrganisationKind::Municipality,
        parent: None,
        phone,
        municipality: Some(instance),
    }
}

const fn nordvik(number: &'static str, name: &'static str, phone: &'static str) -> Organisation {
    Organisation {
        number,
        name,
        kind: OrganisationKind::Unit,
        parent: Some("399901006"),
        phone,
        municipality: Some("9901"),
    }
}

const fn dalfjord(number: &'static str, name: &'static str, phone: &'static str) -> Organisation {
    Organisation {
        number,
        name,
        kind: OrganisationKind::Unit,
        parent: Some("399902002"),
        phone,
        municipality: Some("9902"),
    }
}

const fn supplier(number: &'static str, name: &'static str, phone: &'static str) -> Organisation {
    Organisation {
        number,
        name,
        kind: OrganisationKind::Supplier,
        parent: None,
        phone,
        municipality: None,
    }
}

/// Nordvik kommune, instance 9901.
pub const NORDVIK: Organisation = municipality("399901006", "Nordvik kommune", "+4700990100", "9901");
/// The emergency clinic in Nordvik.
pub const NORDVIK_LEGEVAKT: Organisation = nordvik("399901014", "Legevakten i Nordvik", "+4700990113");
/// The municipal acute ward (kommunal akutt døgnenhet) in Nordvik.
pub const NORDVIK_KAD: Organisation = nordvik("399901022", "Kommunal akutt døgnenhet i Nordvik", "+4700990122");
/// Home care, northern zone.
pub const NORDVIK_HJEMMETJENESTEN_NORD: Organisation = nordvik("399901030", "Hjemmetjenesten i Nordvik, sone Nord", "+4700990130");
/// Home care, southern zone.
pub const NORDVIK_HJEMMETJENESTEN_SOR: Organisation = nordvik("399901049", "Hjemmetjenesten i Nordvik, sone Sør", "+4700990149");
/// The office that decides on services (tildelingskontor).
pub const NORDVIK_HELSE_OG_VELFERD: Organisation = nordvik("399901057", "Helse- og velferdskontoret i Nordvik", "+4700990157");
/// Physiotherapy and rehabilitation.
pub const NORDVIK_FYSIOTERAPI: Organisation = nordvik("399901065", "Fysioterapi og rehabilitering i Nordvik", "+4700990165");
/// The nursing home in Nordvik.
pub const NORDVIK_SYKEHJEM: Organisation = nordvik("399901073", "Nordvik sykehjem", "+4700990173");
/// The response centre that receives alarms and home measurements.
pub const NORDVIK_RESPONSSENTER: Organisation = nordvik("399901081", "Responssenteret i Nordvik", "+4700990181");

/// Dalfjord kommune, instance 9902.
pub const DALFJORD: Organisation = municipality("399902002", "Dalfjord kommune", "+4700990200", "9902");
/// The emergency clinic in Dalfjord.
pub const DALFJORD_LEGEVAKT: Organisation = dalfjord("399902010", "Legevakta i Dalfjord", "+4700990210");
/// The municipal acute ward in Dalfjord.
pub const DALFJORD_KAD: Organisation = dalfjord("399902029", "Kommunal akutt døgneining i Dalfjord", "+4700990229");
/// Home care in Dalfjord, northern zone.
pub const DALFJORD_HEIMETENESTA_NORD: Organisation = dalfjord("399902037", "Heimetenesta i Dalfjord, sone Nord", "+4700990237");
/// Home care in Dalfjord, southern zone.
pub const DALFJORD_HEIMETENESTA_SOR: Organisation = dalfjord("399902045", "Heimetenesta i Dalfjord, sone Sør", "+4700990245");
/// The office that decides on services in Dalfjord.
pub const DALFJORD_TILDELING: Organisation = dalfjord("399902053", "Tildelingskontoret i Dalfjord", "+4700990253");
/// Physiotherapy in Dalfjord.
pub const DALFJORD_FYSIOTERAPI: Organisation = dalfjord("399902061", "Fysioterapitenesta i Dalfjord", "+4700990261");
/// The nursing home in Dalfjord.
pub const DALFJORD_SYKEHJEM: Organisation = dalfjord("399902088", "Dalfjord sjukeheim", "+4700990288");
/// The response centre of Dalfjord.
pub const DALFJORD_RESPONSSENTER: Organisation = dalfjord("399902096", "Responssenteret i Dalfjord", "+4700990296");

/// The general practitioners in Nordvik: a legal entity of their own.
pub const FASTLEGEKONTORET_NORDVIK: Organisation = Organisation {
    number: "399903009",
    name: "Fastlegekontoret i Nordvik",
    kind: OrganisationKind::Provider,
    parent: None,
    phone: "+4700990309",
    municipality: Some("9901"),
};
/// The general practitioners in Dalfjord: a legal entity of their own.
pub const FASTLEGEKONTORET_DALFJORD: Organisation = Organisation {
    number: "399903017",
    name: "Legekontoret i Dalfjord",
    kind: OrganisationKind::Provider,
    parent: None,
    phone: "+4700990317",
    municipality: Some("9902"),
};

/// Invented supplier of the care journal (EPJ).
pub const LEVERANDOR_EPJ: Organisation = supplier("399904005", "Fjordjournal AS", "+4700990405");
/// Invented supplier of ward boards.
pub const LEVERANDOR_TAVLE: Organisation = supplier("399904013", "Tavleverket AS", "+4700990413");
/// Invented supplier of the hub for home monitoring (VKP).
pub const LEVERANDOR_VKP: Organisation = supplier("399904021", "Knutepunkt for velferdsteknologi AS", "+4700990421");
/// Invented company that operates Kilde for the municipalities of the sandbox.
pub const DRIFTER: Organisation = supplier("399904048", "Kildedrift IKS", "+4700990448");

/// All organisations; a legal entity stands before its units.
pub static ALL: [Organisation; 24] = [
    NORDVIK,
    NORDVIK_LEGEVAKT,
    NORDVIK_KAD,
    NORDVIK_HJEMMETJENESTEN_NORD,
    NORDVIK_HJEMMETJENESTEN_SOR,
    NORDVIK_HELSE_OG_VELFERD,
    NORDVIK_FYSIOTERAPI,
    NORDVIK_SYKEHJEM,
    NORDVIK_RESPONSSENTER,
    DALFJORD,
    DALFJORD_LEGEVAKT,
    DALFJORD_KAD,
    DALFJORD_HEIMETENESTA_NORD,
    DALFJORD_HEIMETENESTA_SOR,
    DALFJORD_TILDELING,
    DALFJORD_FYSIOTERAPI,
    DALFJORD_SYKEHJEM,
    DALFJORD_RESPONSSENTER,
    FASTLEGEKONTORET_NORDVIK,
    FASTLEGEKONTORET_DALFJORD,
    LEVERANDOR_EPJ,
    LEVERANDOR_TAVLE,
    LEVERANDOR_VKP,
    DRIFTER,
];

/// The organisation with that number.
pub fn organisation(number: &str) -> Option<&'static Organisation> {
    ALL.iter().find(|o| o.number == number)
}

/// The units and legal entities of a municipality, the municipality itself first.
pub fn of_municipality(instance: &str) -> impl Iterator<Item = &'static Organisation> {
    ALL.iter().filter(move |o| o.municipality == Some(instance))
}

/// The units of a municipality by what they do.
#[derive(Debug, Clone, Copy)]
pub struct Units {
    /// The municipality.
    pub municipality: &'static Organisation,
    /// Emergency clinic.
    pub legevakt: &'static Organisation,
    /// Acute ward.
    pub kad: &'static Organisation,
    /// Home care, zones north and south.
    pub home_care: [&'static Organisation; 2],
    /// Office that decides on services.
    pub allocation: &'static Organisation,
    /// Physiotherapy and rehabilitation.
    pub physiotherapy: &'static Organisation,
    /// Nursing home.
    pub nursing_home: &'static Organisation,
    /// Response centre.
    pub response_centre: &'static Organisation,
    /// General practitioners.
    pub general_practice: &'static Organisation,
}

/// The units of the instance; Nordvik's for an instance the sandbox does not know.
pub fn units(instance: &str) -> Units {
    if instance == "9902" {
        Units {
            municipality: &DALFJORD,
            legevakt: &DALFJORD_LEGEVAKT,
            kad: &DALFJORD_KAD,
            home_care: [&DALFJORD_HEIMETENESTA_NORD, &DALFJORD_HEIMETENESTA_SOR],
            allocation: &DALFJORD_TILDELING,
            physiotherapy: &DALFJORD_FYSIOTERAPI,
            nursing_home: &DALFJORD_SYKEHJEM,
            response_centre: &DALFJORD_RESPONSSENTER,
            general_practice: &FASTLEGEKONTORET_DALFJORD,
        }
    } else {
        Units {
            municipality: &NORDVIK,
            legevakt: &NORDVIK_LEGEVAKT,
            kad: &NORDVIK_KAD,
            home_care: [&NORDVIK_HJEMMETJENESTEN_NORD, &NORDVIK_HJEMMETJENESTEN_SOR],
            allocation: &NORDVIK_HELSE_OG_VELFERD,
            physiotherapy: &NORDVIK_FYSIOTERAPI,
            nursing_home: &NORDVIK_SYKEHJEM,
            response_centre: &NORDVIK_RESPONSSENTER,
            general_practice: &FASTLEGEKONTORET_NORDVIK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mod11(number: &str) -> bool {
        let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
        let weights = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        digits.len() == 9 && digits.iter().zip(weights).map(|(d, w)| d * w).sum::<u32>() % 11 == 0
    }

    #[test]
    fn numbers_are_valid_invented_and_unique() {
        for (i, o) in ALL.iter().enumerate() {
            assert!(mod11(o.number), "{}", o.name);
            assert!(o.number.starts_with("3999"), "{}", o.name);
            assert!(o.phone.starts_with("+4700") && o.phone.len() == 11, "{}", o.name);
            assert!(ALL[..i].iter().all(|p| p.number != o.number && p.phone != o.phone), "{}", o.name);
        }
    }

    #[test]
    fn units_belong_to_their_municipality() {
        for o in &ALL {
            match o.kind {
                OrganisationKind::Unit => {
                    let parent = o.legal_entity();
                    assert_eq!(parent.kind, OrganisationKind::Municipality);
                    assert_eq!(parent.municipality, o.municipality);
                }
                _ => assert_eq!(o.legal_entity().number, o.number),
            }
        }
    }
}

//! The personas with fixed names.

use super::{Client, Code, Kind, Person, Persona, Purpose, SCOPE_ADMIN, SCOPE_READ, SCOPE_WRITE};
use crate::organisations as o;
use crate::people::Text;
use std::borrow::Cow;

const EPJ: Client = Client {
    id: "epj-nordvik",
    name: "Fjordjournal for Nordvik",
    supplier: Some(&o::LEVERANDOR_EPJ),
};
const LEGEVAKTJOURNAL: Client = Client {
    id: "legevaktjournal-nordvik",
    name: "Fjordjournal Legevakt",
    supplier: Some(&o::LEVERANDOR_EPJ),
};
const TAVLE: Client = Client {
    id: "tavle-nordvik",
    name: "Tavleverket for Nordvik",
    supplier: Some(&o::LEVERANDOR_TAVLE),
};
const VKP: Client = Client {
    id: "vkp",
    name: "Velferdsteknologisk knutepunkt",
    supplier: Some(&o::LEVERANDOR_VKP),
};
const FASTLEGE_EPJ: Client = Client {
    id: "epj-fastlege-nordvik",
    name: "Fjordjournal Fastlege",
    supplier: Some(&o::LEVERANDOR_EPJ),
};
const DALFJORD_EPJ: Client = Client {
    id: "epj-dalfjord",
    name: "Fjordjournal for Dalfjord",
    supplier: Some(&o::LEVERANDOR_EPJ),
};
const TEST: Client = Client {
    id: "system-test",
    name: "Testsystem i sandkassen",
    supplier: None,
};
const PERSONVERN: Client = Client {
    id: "personvern-nordvik",
    name: "Personvernportalen i Nordvik",
    supplier: None,
};
const LEDELSE: Client = Client {
    id: "ledelse-nordvik",
    name: "Lederportalen i Nordvik",
    supplier: None,
};
const PERSONVERN_DALFJORD: Client = Client {
    id: "personvern-dalfjord",
    name: "Personvernportalen i Dalfjord",
    supplier: None,
};
const TILGANGSFORVALTNING: Client = Client {
    id: "tilgangsforvaltning-nordvik",
    name: "Tilgangsforvaltningen i Nordvik",
    supplier: None,
};
const DRIFT: Client = Client {
    id: "drift",
    name: "Driftskonsollen",
    supplier: Some(&o::DRIFTER),
};

const READ: &[&str] = &[SCOPE_READ];
const READ_WRITE: &[&str] = &[SCOPE_READ, SCOPE_WRITE];
const READ_ADMIN: &[&str] = &[SCOPE_READ, SCOPE_ADMIN];

const LE: Code = Code {
    code: "LE",
    display: "Lege",
};
const SP: Code = Code {
    code: "SP",
    display: "Sykepleier",
};
const FT: Code = Code {
    code: "FT",
    display: "Fysioterapeut",
};

const HOME_NURSING: Code = Code {
    code: "15",
    display: "Helsetjenester i hjemmet",
};

const fn code(code: &'static str, display: &'static str) -> Option<Code> {
    Some(Code { code, display })
}

const fn person(
    pid: &'static str,
    given: &'static str,
    family: &'static str,
    hpr: Option<&'static str>,
    authorisation: Option<Code>,
) -> Option<Person> {
    Some(Person {
        pid: Cow::Borrowed(pid),
        given: Cow::Borrowed(given),
        family: Cow::Borrowed(family),
        hpr,
        authorisation,
        security_level: 4,
    })
}

const NOBODY: Persona = Persona {
    name: Cow::Borrowed(""),
    kind: Kind::System,
    person: None,
    instance: None,
    organisation: None,
    unit: None,
    client: TEST,
    scopes: READ,
    purpose: None,
    healthcare_service: None,
    purpose_details: None,
    represents: None,
    description: Text { nb: "", nn: "", en: "" },
};

const NORDVIK: Persona = Persona {
    kind: Kind::HealthPersonnel,
    instance: Some(Cow::Borrowed("9901")),
    organisation: Some(&o::NORDVIK),
    client: EPJ,
    purpose: Some(Purpose::Treat),
    ..NOBODY
};

pub(super) static TABLE: [Persona; 17] = [
    Persona {
        name: Cow::Borrowed("saksbehandler-nordvik"),
        kind: Kind::CaseWorker,
        person: person("14828020014", "Bjørg", "Lillevik", None, None),
        unit: Some(&o::NORDVIK_HELSE_OG_VELFERD),
        scopes: READ_WRITE,
        purpose: Some(Purpose::Coc),
        healthcare_service: code("KD0501", "Saksbehandler pleie, omsorg, rehab."),
        description: Text {
            nb: "Saksbehandler på helse- og velferdskontoret. Registrerer vedtak om tjenester.",
            nn: "Saksbehandlar på helse- og velferdskontoret. Registrerer vedtak om tenester.",
            en: "Case worker at the health and welfare office. Registers decisions on services.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("sykepleier-legevakt-nordvik"),
        person: person("03878620827", "Nina", "Havnes", Some("999000002"), Some(SP)),
        unit: Some(&o::NORDVIK_LEGEVAKT),
        client: LEGEVAKTJOURNAL,
        healthcare_service: code("KA02", "Legevakttjeneste"),
        description: Text {
            nb: "Sykepleier som vurderer hastegrad på legevakten.",
            nn: "Sjukepleiar som vurderer hastegrad på legevakta.",
            en: "Triage nurse at the emergency clinic.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("lege-legevakt-nordvik"),
        person: person("21917820136", "Eirik", "Storhaug", Some("999000003"), Some(LE)),
        unit: Some(&o::NORDVIK_LEGEVAKT),
        client: LEGEVAKTJOURNAL,
        healthcare_service: code("KA02", "Legevakttjeneste"),
        description: Text {
            nb: "Lege på legevakten.",
            nn: "Lege på legevakta.",
            en: "Physician at the emergency clinic.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("sykepleier-kad-nordvik"),
        person: person("08849120019", "Ida", "Myrvang", Some("999000004"), Some(SP)),
        unit: Some(&o::NORDVIK_KAD),
        client: TAVLE,
        scopes: READ_WRITE,
        healthcare_service: code("KX05", "Heldøgn medisinsk akuttberedskap"),
        purpose_details: code("25", "Kommunal øyeblikkelig hjelp - døgnopphold"),
        description: Text {
            nb: "Sykepleier på kommunal akutt døgnenhet. Registrerer målinger på tavlen.",
            nn: "Sjukepleiar på kommunal akutt døgneining. Registrerer målingar på tavla.",
            en: "Nurse on the municipal acute ward. Registers measurements on the ward board.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("hjemmesykepleier-nordvik"),
        person: person("19898420194", "Jon", "Elvestad", Some("999000005"), Some(SP)),
        unit: Some(&o::NORDVIK_HJEMMETJENESTEN_NORD),
        scopes: READ_WRITE,
        healthcare_service: code("KP02", "Sykepleietjeneste, pleie- og omsorg"),
        purpose_details: Some(HOME_NURSING),
        description: Text {
            nb: "Sykepleier i hjemmetjenesten, sone Nord.",
            nn: "Sjukepleiar i heimetenesta, sone Nord.",
            en: "Nurse in home care, northern zone.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("fysioterapeut-nordvik"),
        person: person("27818920070", "Hanne", "Fossheim", Some("999000007"), Some(FT)),
        unit: Some(&o::NORDVIK_FYSIOTERAPI),
        healthcare_service: code("KR01", "Fysioterapitjeneste"),
        description: Text {
            nb: "Fysioterapeut i kommunen. Trenger mindre enn en lege, og får mindre.",
            nn: "Fysioterapeut i kommunen. Treng mindre enn ein lege, og får mindre.",
            en: "Municipal physiotherapist. Needs less than a physician, and gets less.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("fastlege-nordvik"),
        person: person("06867120074", "Gunn", "Fjeldheim", Some("999000006"), Some(LE)),
        organisation: Some(&o::FASTLEGEKONTORET_NORDVIK),
        client: FASTLEGE_EPJ,
        healthcare_service: code("KA01", "Fastlegetjeneste"),
        description: Text {
            nb: "Fastlege med eget kontor: en annen virksomhet enn kommunen.",
            nn: "Fastlege med eige kontor: ei anna verksemd enn kommunen.",
            en: "General practitioner with her own office: another legal entity than the municipality.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("sykepleier-dalfjord"),
        person: person("13928220146", "Sjur", "Kvamsdal", Some("999000008"), Some(SP)),
        instance: Some(Cow::Borrowed("9902")),
        organisation: Some(&o::DALFJORD),
        unit: Some(&o::DALFJORD_LEGEVAKT),
        client: DALFJORD_EPJ,
        scopes: READ_WRITE,
        healthcare_service: code("KA02", "Legevakttjeneste"),
        description: Text {
            nb: "Sykepleier i nabokommunen Dalfjord. Ser ingenting i Nordvik uten avtale.",
            nn: "Sjukepleiar i nabokommunen Dalfjord. Ser ingenting i Nordvik utan avtale.",
            en: "Nurse in the neighbouring municipality of Dalfjord. Sees nothing in Nordvik without an agreement.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("epj-nordvik"),
        kind: Kind::System,
        scopes: READ_WRITE,
        purpose: None,
        description: Text {
            nb: "Kommunens journalsystem for pleie og omsorg, uten bruker.",
            nn: "Journalsystemet til kommunen for pleie og omsorg, utan brukar.",
            en: "The municipality's care journal, without a user.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("tavle-nordvik"),
        kind: Kind::System,
        unit: Some(&o::NORDVIK_KAD),
        client: TAVLE,
        scopes: READ_WRITE,
        purpose: None,
        description: Text {
            nb: "Den elektroniske tavlen på kommunal akutt døgnenhet, uten bruker.",
            nn: "Den elektroniske tavla på kommunal akutt døgneining, utan brukar.",
            en: "The ward board of the municipal acute ward, without a user.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("vkp"),
        kind: Kind::System,
        unit: Some(&o::NORDVIK_RESPONSSENTER),
        client: VKP,
        scopes: READ_WRITE,
        purpose: None,
        description: Text {
            nb: "Velferdsteknologisk knutepunkt: leverer målinger fra innbyggernes hjem.",
            nn: "Velferdsteknologisk knutepunkt: leverer målingar frå heimane til innbyggjarane.",
            en: "The hub for home monitoring: delivers measurements from citizens' homes.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("system-test"),
        kind: Kind::System,
        client: TEST,
        scopes: READ_WRITE,
        purpose: None,
        description: Text {
            nb: "Testsystem med alle ressurstyper. Finnes bare i sandkassen.",
            nn: "Testsystem med alle ressurstypar. Finst berre i sandkassen.",
            en: "Test system with all resource types. Exists in the sandbox only.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("personvernombud-nordvik"),
        kind: Kind::PrivacyOfficer,
        person: person("25837520080", "Marit", "Tverrå", None, None),
        client: PERSONVERN,
        scopes: READ_ADMIN,
        purpose: None,
        description: Text {
            nb: "Personvernombud i Nordvik. Ser tilgangsloggen, ikke journalen.",
            nn: "Personvernombod i Nordvik. Ser tilgangsloggen, ikkje journalen.",
            en: "Data protection officer in Nordvik. Sees the access log, not the record.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("leder-legevakt-nordvik"),
        kind: Kind::Manager,
        person: person("16887122974", "Gry", "Solbakken", None, None),
        unit: Some(&o::NORDVIK_LEGEVAKT),
        client: LEDELSE,
        scopes: READ_ADMIN,
        purpose: None,
        description: Text {
            nb: "Leder på legevakten. Ser funn av uvanlig tilgang i egen enhet, ikke journalen.",
            nn: "Leiar på legevakta. Ser funn av uvanleg tilgang i eiga eining, ikkje journalen.",
            en: "Leader of the emergency clinic. Sees findings of unusual access in her own unit, not the record.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("tilgangsforvalter-nordvik"),
        kind: Kind::Administrator,
        person: person("12847920066", "Per", "Sandnes", None, None),
        client: TILGANGSFORVALTNING,
        scopes: READ_ADMIN,
        purpose: None,
        description: Text {
            nb: "Forvalter regler og avtaler om tilgang i Nordvik. Ser verken journal eller tilgangslogg.",
            nn: "Forvaltar reglar og avtaler om tilgang i Nordvik. Ser korkje journal eller tilgangslogg.",
            en: "Administers rules and agreements on access in Nordvik. Sees neither record nor access log.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("personvernombud-dalfjord"),
        kind: Kind::PrivacyOfficer,
        person: person("03827120188", "Guro", "Ytrestøl", None, None),
        instance: Some(Cow::Borrowed("9902")),
        organisation: Some(&o::DALFJORD),
        client: PERSONVERN_DALFJORD,
        scopes: READ_ADMIN,
        purpose: None,
        description: Text {
            nb: "Personvernombud i Dalfjord. Ser hvor Dalfjords egne folk har lest i andre kommuner.",
            nn: "Personvernombod i Dalfjord. Ser kvar Dalfjords eigne folk har lese i andre kommunar.",
            en: "Data protection officer in Dalfjord. Sees where Dalfjord's own people have read in other municipalities.",
        },
        ..NORDVIK
    },
    Persona {
        name: Cow::Borrowed("drift"),
        kind: Kind::Operator,
        person: person("01908820122", "Ola", "Nettum", None, None),
        organisation: Some(&o::DRIFTER),
        client: DRIFT,
        scopes: READ_ADMIN,
        description: Text {
            nb: "Driftsansvarlig. Ser at alt virker, aldri innhold.",
            nn: "Driftsansvarleg. Ser at alt verkar, aldri innhald.",
            en: "Operator. Sees that everything works, never content.",
        },
        ..NOBODY
    },
];

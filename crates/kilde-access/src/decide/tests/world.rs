//! A small world: a municipality, actors like the sandbox's personas, and situations.

use crate::category::{Categories, Category};
use crate::identity::{Actor, Attestation, Coded, Identity, Purpose};
use crate::instance::{Agreement, ClientKind, InstancePolicy, RegisteredClient, Unit, UnitKind};
use crate::proxy::Family;
use crate::question::{Action, Relations};
use kilde_fhir::national_id::{Nin, World};
use kilde_log::{Instance, PersonNo};

pub const NORDVIK: &str = "399901006";
pub const LEGEVAKT: &str = "399901014";
pub const KAD: &str = "399901022";
pub const HJEMMETJENESTE: &str = "399901030";
pub const KONTOR: &str = "399901057";
pub const FYSIOTERAPI: &str = "399901065";
pub const DALFJORD: &str = "399902002";
pub const FASTLEGEKONTOR: &str = "399903009";
pub const DRIFTER: &str = "399904048";
pub const NOW: i64 = 1_795_000_000_000;
pub const PATIENT: PersonNo = PersonNo(7);
pub const OTHER: PersonNo = PersonNo(8);
pub const PATIENT_NIN: &str = "19779998080";
pub const OTHER_NIN: &str = "16758532406";
const READER_NIN: &str = "22750884907";

pub fn instance() -> Instance {
    Instance::parse("9901").expect("four digits")
}

pub fn nin(text: &str) -> Nin {
    Nin::parse(text).expect("a valid number")
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    pub recorded: bool,
    pub proxy: bool,
    /// The citizen who asks is a parent.
    pub parent: bool,
    /// The address of the person asked about is secret.
    pub secret: bool,
    /// When the person asked about was born.
    pub born: Option<jiff::civil::Date>,
}

impl Relations for Known {
    fn recorded(&self, _person: PersonNo, _organisation: &str, _unit: Option<&str>, _at_ms: i64) -> bool {
        self.recorded
    }
    fn birth_date(&self, _person: PersonNo) -> Option<jiff::civil::Date> {
        self.born
    }
    fn secret_address(&self, _person: PersonNo) -> bool {
        self.secret
    }
    fn family(&self, _holder: &str, _person: PersonNo, _at_ms: i64, _trusted: &[String]) -> Option<Family> {
        let guardian = self.proxy.then_some(Family::Guardian);
        guardian.or(self.parent.then_some(Family::Parent))
    }
}

pub fn policy() -> InstancePolicy {
    let mut policy = InstancePolicy::new(instance(), "Nordvik kommune", World::Sandbox);
    policy.organisations = vec![NORDVIK.to_owned()];
    policy.family_sources = vec!["epj-nordvik".to_owned()];
    let unit = |id: &str, kind: UnitKind| Unit {
        id: id.to_owned(),
        name: kind.name().to_owned(),
        kind,
        part_of: None,
    };
    policy.units = vec![
        unit(LEGEVAKT, UnitKind::Legevakt),
        unit(KAD, UnitKind::Kad),
        unit(HJEMMETJENESTE, UnitKind::Hjemmetjeneste),
        unit(KONTOR, UnitKind::Tjenestekontor),
        unit(FYSIOTERAPI, UnitKind::Fysioterapi),
    ];
    policy.services.insert("okt".to_owned(), Categories::of(&[Category::Tjenester]));
    policy
        .services
        .insert("maaledata".to_owned(), Categories::of(&[Category::Maaledata]));
    policy.agreements = vec![Agreement {
        id: "fastleger".to_owned(),
        legal_entity: FASTLEGEKONTOR.to_owned(),
        unit: UnitKind::Fastlege,
        services: vec!["okt".to_owned(), "maaledata".to_owned()],
        categories: Categories::of(&[Category::Tjenester, Category::Maaledata, Category::Person]),
        purposes: vec![Purpose::Treat, Purpose::Etreat],
        from_ms: Some(NOW - 1000),
        to_ms: None,
        winding_up_days: 0,
    }];
    let client = |id: &str, organisation: &str, kind: ClientKind, may_write: bool| RegisteredClient {
        client: id.to_owned(),
        organisation: organisation.to_owned(),
        name: id.to_owned(),
        kind,
        may_write,
        may_export: id == "epj-nordvik",
        categories: Categories::ALL,
    };
    policy.clients = vec![
        client("epj-nordvik", NORDVIK, ClientKind::Source, true),
        client("tavle-nordvik", NORDVIK, ClientKind::Source, true),
        client("leser-nordvik", NORDVIK, ClientKind::Source, false),
        client("system-test", NORDVIK, ClientKind::Test, true),
        client("personvern-nordvik", NORDVIK, ClientKind::PrivacyOfficer, false),
        client("tilgang-nordvik", NORDVIK, ClientKind::Administrator, false),
        client("drift", DRIFTER, ClientKind::Operator, false),
    ];
    policy
}

/// A question in the making.
pub struct Ask {
    pub identity: Identity,
    pub policy: InstancePolicy,
    pub action: Action,
    pub person: Option<PersonNo>,
    pub nin: Option<Nin>,
    pub own_person: Option<PersonNo>,
    pub service: Option<&'static str>,
    pub categories: Categories,
    pub descriptions: bool,
    pub reason: Option<&'static str>,
    pub relations: Known,
    pub now_ms: i64,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask")
            .field("identity", &self.identity)
            .field("scopes", &self.identity.scopes)
            .field("attestation", &self.identity.attestation)
            .field("action", &self.action)
            .field("reason", &self.reason)
            .field("relations", &self.relations)
            .field("self_declared", &self.policy.self_declared)
            .finish_non_exhaustive()
    }
}

/// Name, profession, legal entity, unit, client.
pub type Worker = (&'static str, Option<&'static str>, &'static str, &'static str, &'static str);

pub const PERSONNEL: [Worker; 8] = [
    ("sykepleier-legevakt", Some("SP"), NORDVIK, LEGEVAKT, "legevaktjournal-nordvik"),
    ("lege-legevakt", Some("LE"), NORDVIK, LEGEVAKT, "legevaktjournal-nordvik"),
    ("sykepleier-kad", Some("SP"), NORDVIK, KAD, "epj-nordvik"),
    ("hjemmesykepleier", Some("SP"), NORDVIK, HJEMMETJENESTE, "tavle-nordvik"),
    ("fysioterapeut", Some("FT"), NORDVIK, FYSIOTERAPI, "epj-nordvik"),
    ("fastlege", Some("LE"), FASTLEGEKONTOR, FASTLEGEKONTOR, "epj-fastlege"),
    ("saksbehandler", None, NORDVIK, KONTOR, "epj-nordvik"),
    ("sykepleier-dalfjord", Some("SP"), DALFJORD, DALFJORD, "epj-dalfjord"),
];

impl Ask {
    /// The worker asks for an overview of the patient, with a good attestation.
    pub fn of(worker: &Worker) -> Ask {
        let (_, profession, legal_entity, unit, client) = *worker;
        let hpr = profession.map(|_| "999000001".to_owned());
        let attestation = Attestation {
            practitioner: Some(READER_NIN.to_owned()),
            hpr: hpr.clone(),
            authorization: profession.map(str::to_owned),
            legal_entity: Some(legal_entity.to_owned()),
            point_of_care: Some(unit.to_owned()),
            healthcare_service: Some(Coded {
                code: "KA02".to_owned(),
                system: None,
            }),
            purpose: Some(if profession.is_some() { Purpose::Treat } else { Purpose::Coc }),
            patient: Some(PATIENT_NIN.to_owned()),
            time_ms: Some(NOW - 60_000),
            ..Attestation::default()
        };
        let actor = Actor::Personnel {
            pid: READER_NIN.to_owned(),
            name: Some("Navn".to_owned()),
            hpr,
            professions: profession.into_iter().map(str::to_owned).collect(),
            level: 4,
        };
        let mut ask = asked(actor, client, &["les", "skriv"]);
        ask.identity.legal_entity = Some(legal_entity.to_owned());
        ask.identity.unit = Some(unit.to_owned());
        ask.identity.attestation = Some(attestation);
        ask
    }

    /// Changes the attestation.
    pub fn attest(&mut self, change: impl FnOnce(&mut Attestation)) {
        if let Some(attestation) = &mut self.identity.attestation {
            change(attestation);
        }
    }
}

fn asked(actor: Actor, client: &str, scopes: &[&str]) -> Ask {
    Ask {
        identity: Identity {
            actor,
            legal_entity: None,
            unit: None,
            supplier: None,
            client: client.to_owned(),
            client_name: None,
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            smart: None,
            attestation: None,
            claims_proxy: false,
            represents: None,
            expires_ms: NOW + 600_000,
        },
        policy: policy(),
        action: Action::Overview,
        person: Some(PATIENT),
        nin: Some(nin(PATIENT_NIN)),
        own_person: None,
        service: Some("okt"),
        categories: Categories::ALL,
        descriptions: false,
        reason: None,
        relations: Known::default(),
        now_ms: NOW,
    }
}

pub fn system(client: &str, organisation: &str) -> Ask {
    let mut ask = asked(Actor::System, client, &["les", "skriv"]);
    ask.identity.legal_entity = Some(organisation.to_owned());
    ask.person = None;
    ask.nin = None;
    ask.service = None;
    ask
}

pub fn citizen(pid: &str, level: u8) -> Ask {
    asked(
        Actor::Citizen {
            pid: pid.to_owned(),
            name: None,
            level,
        },
        "innbygger-portal",
        &["innsyn"],
    )
}

fn office(client: &str, organisation: &str) -> Ask {
    let actor = Actor::Personnel {
        pid: READER_NIN.to_owned(),
        name: None,
        hpr: None,
        professions: vec![],
        level: 4,
    };
    let mut ask = asked(actor, client, &["les", "admin"]);
    ask.identity.legal_entity = Some(organisation.to_owned());
    ask
}

type Situation = (&'static str, fn(&mut Ask));

pub const SITUATIONS: [Situation; 30] = [
    ("attested", |_| ()),
    ("attested, person unknown here", |a| a.person = None),
    ("no attestation", |a| a.identity.attestation = None),
    ("no attestation, recorded relation", |a| {
        a.identity.attestation = None;
        a.relations.recorded = true;
    }),
    ("no attestation, profession in token", |a| {
        let worker = a.identity.attestation.take().and_then(|w| w.authorization);
        if let Actor::Personnel { professions, .. } = &mut a.identity.actor {
            professions.extend(worker);
        }
        a.relations.recorded = true;
    }),
    ("attestation 61 minutes old", |a| a.attest(|t| t.time_ms = Some(NOW - 61 * 60_000))),
    ("expired, with recorded relation", |a| {
        a.attest(|t| t.time_ms = Some(NOW - 61 * 60_000));
        a.relations.recorded = true;
    }),
    ("attestation from the future", |a| a.attest(|t| t.time_ms = Some(NOW + 60_000))),
    ("attestation for another patient", |a| {
        a.attest(|t| t.patient = Some(OTHER_NIN.to_owned()))
    }),
    ("patient not named by number", |a| a.nin = None),
    ("same patient named otherwise", |a| {
        a.nin = None;
        a.own_person = a.person;
    }),
    ("other patient named otherwise", |a| {
        a.nin = None;
        a.own_person = Some(OTHER);
    }),
    ("attestation without patient", |a| a.attest(|t| t.patient = None)),
    ("without patient, existence", |a| {
        a.attest(|t| t.patient = None);
        a.action = Action::Exists;
    }),
    ("attestation of a colleague", |a| {
        a.attest(|t| t.practitioner = Some(OTHER_NIN.to_owned()))
    }),
    ("attestation of another organisation", |a| {
        a.attest(|t| t.legal_entity = Some("999999990".to_owned()))
    }),
    ("attestation with a defect", |a| a.attest(|t| t.defects = vec!["toa"])),
    ("profession without HPR number", |a| {
        if let Actor::Personnel { hpr, .. } = &mut a.identity.actor {
            *hpr = None;
        }
    }),
    ("emergency without reason", |a| a.attest(|t| t.purpose = Some(Purpose::Etreat))),
    ("emergency with one word", |a| {
        a.attest(|t| t.purpose = Some(Purpose::Etreat));
        a.reason = Some("hastehastehaste");
    }),
    ("emergency with reason", |a| {
        a.attest(|t| t.purpose = Some(Purpose::Etreat));
        a.reason = Some("pasienten er bevisstløs");
    }),
    ("break the glass with reason", |a| {
        a.attest(|t| t.purpose = Some(Purpose::Btg));
        a.reason = Some("pasienten er bevisstløs");
    }),
    ("self-declared", |a| a.attest(|t| t.user_selected = true)),
    ("self-declared, municipality allows", |a| {
        a.attest(|t| t.user_selected = true);
        a.policy.self_declared = true;
    }),
    ("coordination", |a| a.attest(|t| t.purpose = Some(Purpose::Coc))),
    ("descriptions asked for", |a| a.descriptions = true),
    ("login at level 3", |a| {
        if let Actor::Personnel { level, .. } = &mut a.identity.actor {
            *level = 3;
        }
    }),
    ("token without the scope", |a| a.identity.scopes = vec!["skriv".to_owned()]),
    ("nobody asked about", |a| {
        a.person = None;
        a.nin = None;
        a.service = None;
        a.action = Action::Search;
    }),
    ("writes", |a| a.action = Action::Write),
];

type Maker = (&'static str, fn() -> Ask);

pub const OTHERS: [Maker; 18] = [
    ("epj (system)", || system("epj-nordvik", NORDVIK)),
    ("epj (system) about a person", || {
        let mut ask = system("epj-nordvik", NORDVIK);
        ask.person = Some(PATIENT);
        ask.nin = Some(nin(PATIENT_NIN));
        ask
    }),
    ("system that may not write", || system("leser-nordvik", NORDVIK)),
    ("epj (system) for another organisation", || system("epj-nordvik", DALFJORD)),
    ("unknown system", || system("unknown", NORDVIK)),
    ("system-test", || system("system-test", NORDVIK)),
    ("citizen about herself", || citizen(PATIENT_NIN, 4)),
    ("citizen about herself, unknown here", || {
        let mut ask = citizen(PATIENT_NIN, 4);
        ask.person = None;
        ask
    }),
    ("citizen about herself, level 3", || citizen(PATIENT_NIN, 3)),
    ("citizen about herself, named otherwise", || {
        let mut ask = citizen(PATIENT_NIN, 4);
        ask.nin = None;
        ask.own_person = ask.person;
        ask
    }),
    ("citizen about another", || citizen(OTHER_NIN, 4)),
    ("verge without registered proxy", || {
        let mut ask = citizen(OTHER_NIN, 4);
        ask.identity.claims_proxy = true;
        ask
    }),
    ("verge with registered proxy", || {
        let mut ask = citizen(OTHER_NIN, 4);
        ask.identity.claims_proxy = true;
        ask.relations.proxy = true;
        ask
    }),
    ("citizen about nobody", || {
        let mut ask = citizen(PATIENT_NIN, 4);
        ask.person = None;
        ask.nin = None;
        ask
    }),
    ("privacy officer", || office("personvern-nordvik", NORDVIK)),
    ("operator", || office("drift", DRIFTER)),
    ("administrator of access", || office("tilgang-nordvik", NORDVIK)),
    ("administrator of access about nobody", || {
        let mut ask = office("tilgang-nordvik", NORDVIK);
        ask.person = None;
        ask.nin = None;
        ask
    }),
];

//! Citizens of Nordvik who are always there, each for something that is to be shown.

use super::citizen::practitioners;
use super::dice::Dice;
use super::household::FIXED_BACKGROUND;
use super::measurements::{self, Course, Normal, Setting};
use super::services::Plan;
use super::{Address, Citizen, Generator, Need, Number, Role, Story, Text};
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A citizen who is always in the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct FixedCitizen {
    /// National identity number, synthetic.
    pub nin: &'static str,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Date of birth.
    pub birth: Date,
    /// Registered as a woman.
    pub woman: bool,
    /// What she is there to show.
    pub story: Story,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NoService,
    OktExample,
    HomeNursing,
    Dementia,
    Ward,
    LungDisease,
    Pregnant,
    Parent,
    Teenager,
    SecretAddress,
}

macro_rules! citizen {
    ($nin:literal, $given:literal, $family:literal, $birth:expr, $woman:literal, $kind:ident, $nb:literal, $nn:literal, $en:literal) => {
        FixedCitizen {
            nin: $nin,
            given: $given,
            family: $family,
            birth: $birth,
            woman: $woman,
            story: Text { nb: $nb, nn: $nn, en: $en },
            kind: Kind::$kind,
        }
    };
}

/// The fixed citizens of Nordvik, in order.
pub static FIXED: [FixedCitizen; 10] = [
    citizen!(
        "22750884907",
        "Sander",
        "Vik",
        date(2008, 10, 22),
        false,
        NoService,
        "Har ingen kommunale tjenester ennå: her kan det første vedtaket registreres.",
        "Har ingen kommunale tenester enno: her kan det første vedtaket registrerast.",
        "Has no municipal services yet: the first decision can be registered here."
    ),
    citizen!(
        "19779998080",
        "Marte",
        "Haugen",
        date(1999, 12, 19),
        true,
        OktExample,
        "Får opplæring i daglige gjøremål og helsetjenester hjemme; begge midlertidig opphørt under et opphold til utredning.",
        "Får opplæring i daglege gjeremål og helsetenester heime; begge mellombels stansa under eit opphald til utgreiing.",
        "Gets training in daily tasks and health care at home; both on hold during a stay for assessment."
    ),
    citizen!(
        "16758532406",
        "Hilde",
        "Moen",
        date(1985, 10, 16),
        true,
        HomeNursing,
        "Får helsetjenester i hjemmet og har støttekontakt; et rehabiliteringsopphold er avsluttet.",
        "Får helsetenester i heimen og har støttekontakt; eit rehabiliteringsopphald er avslutta.",
        "Gets health care at home and has a support contact; a rehabilitation stay has ended."
    ),
    citizen!(
        "11833810555",
        "Olav",
        "Nygård",
        date(1938, 3, 11),
        false,
        Dementia,
        "Gammel mann med demens som bor alene og har hjemmetjeneste fire ganger i døgnet.",
        "Gammal mann med demens som bur aleine og har heimeteneste fire gonger i døgnet.",
        "Old man with dementia who lives alone and has home care four times a day."
    ),
    citizen!(
        "04894610447",
        "Solveig",
        "Berg",
        date(1946, 9, 4),
        true,
        Ward,
        "Innlagt på kommunal akutt døgnenhet og blir dårligere; hennes vanlige NEWS2 er kjent fra hjemmetjenesten.",
        "Innlagd på kommunal akutt døgneining og blir dårlegare; hennar vanlege NEWS2 er kjend frå heimetenesta.",
        "Admitted to the municipal acute ward and getting worse; her usual NEWS2 is known from home care."
    ),
    citizen!(
        "22865110565",
        "Arne",
        "Strand",
        date(1951, 6, 22),
        false,
        LungDisease,
        "Har kols og måler oksygenmetning hjemme; skåres etter skala 2.",
        "Har kols og måler oksygenmetting heime; blir skåra etter skala 2.",
        "Has COPD and measures oxygen saturation at home; scored on scale 2."
    ),
    citizen!(
        "17819411298",
        "Silje",
        "Eide",
        date(1994, 1, 17),
        true,
        Pregnant,
        "Gravid og målt på legevakten: NEWS2 gjelder ikke, og det skal stå.",
        "Gravid og målt på legevakta: NEWS2 gjeld ikkje, og det skal stå.",
        "Pregnant and measured at the emergency clinic: NEWS2 does not apply, and the answer says so."
    ),
    citizen!(
        "02887910416",
        "Anita",
        "Dahl",
        date(1979, 8, 2),
        true,
        Parent,
        "Mor til Jakob. Har ingen tjenester selv.",
        "Mor til Jakob. Har ingen tenester sjølv.",
        "Mother of Jakob. Has no services herself."
    ),
    citizen!(
        "09851250546",
        "Jakob",
        "Dahl",
        date(2012, 5, 9),
        false,
        Teenager,
        "14 år, har støttekontakt og er målt på legevakten: NEWS2 gjelder ikke under 16 år.",
        "14 år, har støttekontakt og er målt på legevakta: NEWS2 gjeld ikkje under 16 år.",
        "14 years old, has a support contact and was measured at the emergency clinic: NEWS2 does not apply below 16."
    ),
    citizen!(
        "30909010477",
        "Camilla",
        "Lund",
        date(1990, 10, 30),
        true,
        SecretAddress,
        "Har sperret adresse: verken bosted eller enhetens sted skal vises.",
        "Har sperra adresse: korkje bustad eller staden til eininga skal visast.",
        "Has a secret address: neither home nor the unit's place may be shown."
    ),
];

/// Puts the fixed citizens in the generator's queue; only Nordvik has any.
pub(super) fn add(generator: &mut Generator) {
    if generator.instance != "9901" {
        return;
    }
    for fixed in &FIXED {
        // Own dice each: a change in one citizen leaves the others as they were.
        let mut dice = Dice::new(generator.seed, crate::fhir::hash("fixed", fixed.nin, 0));
        let Some(number) = Number::parse(fixed.nin) else { continue };
        generator.taken.insert(number);
        if fixed.kind != Kind::Teenager {
            generator.next_household += 1;
        }
        let doctors = practitioners(&generator.instance);
        let mut citizen = Citizen {
            index: generator.index(),
            instance: generator.instance.clone(),
            seed: generator.seed,
            as_of: generator.today,
            number,
            given: fixed.given,
            family: fixed.family,
            background: FIXED_BACKGROUND,
            woman: fixed.woman,
            birth: fixed.birth,
            household: generator.next_household - 1,
            role: if fixed.kind == Kind::Teenager { Role::Child } else { Role::Adult },
            address: Address {
                line: address_line(fixed.kind),
                post_code: "9993",
                town: "Nordvik",
                zone: 0,
            },
            secret_address: fixed.kind == Kind::SecretAddress,
            general_practitioner: &doctors[0],
            need: need(fixed.kind),
            due: None,
            services: Vec::new(),
            measurements: Vec::new(),
            story: Some(&fixed.story),
        };
        if fixed.kind == Kind::Pregnant {
            citizen.due = generator.today.checked_add(60.days()).ok();
        }
        services(&mut dice, &mut citizen, fixed.kind, generator.today);
        measure(&mut dice, &mut citizen, fixed.kind, generator.today);
        generator.waiting.push_back(citizen);
    }
}

fn address_line(kind: Kind) -> String {
    // Mother and son live together.
    let number = match kind {
        Kind::Teenager => Kind::Parent as u32,
        other => other as u32,
    };
    format!("Kildeveien {}", 2 * number + 1)
}

fn need(kind: Kind) -> Need {
    match kind {
        Kind::Dementia => Need::Much,
        Kind::OktExample | Kind::HomeNursing | Kind::Ward | Kind::LungDisease => Need::Some,
        Kind::Teenager | Kind::SecretAddress => Need::Light,
        Kind::NoService | Kind::Pregnant | Kind::Parent => Need::None,
    }
}

fn services(dice: &mut Dice, citizen: &mut Citizen, kind: Kind, today: Date) {
    let mut plan = Plan {
        dice,
        today,
        zone: 0,
        instance: &citizen.instance,
        services: Vec::new(),
    };
    match kind {
        Kind::NoService | Kind::Pregnant | Kind::Parent => {}
        Kind::OktExample => {
            plan.active("2", 15 * 60, 2344, None);
            plan.active("15", 6 * 60, 2343, Some("Hjemmesykepleie"));
            for service in &mut plan.services {
                service.state = super::ServiceState::OnHold;
            }
            plan.active("18", 0, 9, None);
        }
        Kind::HomeNursing => {
            plan.ended("19", 0, 420, 392);
            plan.active("15", 150, 380, Some("Oppfølging av legemidler hver mandag og torsdag."));
            plan.active("9", 240, 300, None);
        }
        Kind::Dementia => {
            plan.active("6", 0, 1460, None);
            plan.active(
                "15",
                14 * 60,
                610,
                Some("Fire besøk i døgnet: morgen, middag, kveld og natt. Har demens; gi én beskjed om gangen."),
            );
            plan.active("5", 0, 600, Some("Varm middag hver dag."));
            plan.active("4", 12 * 60, 240, Some("Dagsenter tirsdag og fredag."));
            plan.active("26", 0, 200, None);
        }
        Kind::Ward => {
            plan.active("6", 0, 500, None);
            plan.active("15", 180, 430, Some("Tilsyn, legemidler og stell etter behov."));
            plan.hold_all_at_home();
            plan.active("25", 0, 1, None);
        }
        Kind::LungDisease => {
            plan.active("15", 90, 700, Some("Oppfølging av kols, egenbehandlingsplan."));
            plan.active("28", 0, 350, None);
        }
        Kind::Teenager => plan.active("9", 180, 260, Some("Støttekontakt på fritiden, etter avtale med foresatte.")),
        Kind::SecretAddress => plan.active("15", 60, 130, None),
    }
    let mut services = plan.services;
    services.sort_by_key(|s| s.start);
    citizen.services = services;
}

fn measure(dice: &mut Dice, citizen: &mut Citizen, kind: Kind, today: Date) {
    let now = measurements::noon(today);
    let day = 86_400;
    let mut all = Vec::new();
    let n = |respiration, saturation, systolic, pulse, scale2| Normal {
        respiration,
        saturation,
        systolic,
        diastolic: systolic * 58 / 100,
        pulse,
        temperature: 368,
        scale2,
        oxygen: 0,
    };
    match kind {
        Kind::Dementia => {
            measurements::series(
                dice,
                &n(16, 96, 142, 68, false),
                &mut all,
                Setting::HomeCare,
                now - 84 * day,
                14 * day,
                6,
                Course::Stable,
            );
        }
        Kind::Ward => {
            let own = n(18, 95, 134, 84, false);
            measurements::series(dice, &own, &mut all, Setting::HomeCare, now - 91 * day, 7 * day, 12, Course::Stable);
            measurements::series(dice, &own, &mut all, Setting::Ward, now - 8 * 14_400, 14_400, 8, Course::Declining);
        }
        Kind::LungDisease => {
            let own = n(21, 90, 138, 88, true);
            measurements::series(
                dice,
                &own,
                &mut all,
                Setting::HomeCare,
                now - 120 * day,
                10 * day,
                10,
                Course::Stable,
            );
            for back in (0..30).rev() {
                let at = now - back * day - 4 * 3600;
                let value = (90 + dice.around(1)) as u16;
                all.push(super::Measurement::Single(super::Single {
                    at,
                    setting: Setting::Home,
                    kind: super::SingleKind::Saturation,
                    value,
                }));
            }
        }
        Kind::Pregnant => {
            all.push(super::Measurement::Set(measurements::set(
                dice,
                &n(18, 98, 118, 92, false),
                now - 20 * 3600,
                Setting::EmergencyClinic,
                10,
            )));
        }
        Kind::Teenager => {
            all.push(super::Measurement::Set(measurements::set(
                dice,
                &n(17, 98, 114, 80, false),
                now - 44 * 3600,
                Setting::EmergencyClinic,
                25,
            )));
        }
        _ => {}
    }
    all.sort_by_key(super::Measurement::at);
    citizen.measurements = all;
}

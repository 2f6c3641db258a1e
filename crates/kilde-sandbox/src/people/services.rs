//! Municipal services by need: the national service types (Volven 9151) and who gets which.

use super::dice::Dice;
use super::{Citizen, Need, Role};
use crate::organisations::{Organisation, units};
use jiff::ToSpan;
use jiff::civil::Date;

/// A national service type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServiceType {
    /// Code in Volven 9151.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether its extent is given in hours a week.
    pub hours: bool,
}

const fn t(code: &'static str, name: &'static str, hours: bool) -> ServiceType {
    ServiceType { code, name, hours }
}

/// Service types that the sandbox gives. Those that concern coercion (14, 23, 24) are left out on purpose.
pub const SERVICE_TYPES: [ServiceType; 22] = [
    t("1", "Praktisk bistand - daglige gjøremål", true),
    t("2", "Praktisk bistand - opplæring - daglige gjøremål", true),
    t("3", "Praktisk bistand - brukerstyrt - personlig assistanse", true),
    t("4", "Dagaktivitetstilbud", true),
    t("5", "Matombringing", false),
    t("6", "Trygghetsalarm", false),
    t("7", "Avlastning utenfor institusjon", true),
    t("8", "Avlastning i institusjon", false),
    t("9", "Støttekontakt", true),
    t("11", "Omsorgsstønad", true),
    t("15", "Helsetjenester i hjemmet", true),
    t("17", "Dagopphold i institusjon", true),
    t("18", "Tidsbegrenset opphold - utredning/behandling", false),
    t("19", "Tidsbegrenset opphold - habilitering/rehabilitering", false),
    t("20", "Tidsbegrenset opphold - annet", false),
    t("21", "Langtidsopphold i institusjon", false),
    t("22", "Nattopphold i institusjon", false),
    t("25", "Kommunal øyeblikkelig hjelp - døgnopphold", false),
    t("26", "Lokaliseringsteknologi (GPS)", false),
    t("27", "Elektronisk medisineringsstøtte", false),
    t("28", "Digitalt tilsyn", false),
    t("29", "Bolig som kommunen disponerer for helse- og omsorgsformål", false),
];

/// The service type with that code (a leading zero is read over).
pub fn service_type(code: &str) -> Option<ServiceType> {
    let code = code.strip_prefix('0').unwrap_or(code);
    SERVICE_TYPES.into_iter().find(|s| s.code == code)
}

/// Where a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceState {
    /// Running.
    Active,
    /// Ceased for a time (midlertidig opphør).
    OnHold,
    /// Ended.
    Ended,
}

/// A decided service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Type.
    pub kind: ServiceType,
    /// The unit that gives it.
    pub unit: &'static Organisation,
    /// First day.
    pub start: Date,
    /// Last day, if there is one.
    pub end: Option<Date>,
    /// Where it stands.
    pub state: ServiceState,
    /// Extent a week in minutes.
    pub minutes_a_week: Option<u32>,
    /// When the decision is to be reviewed.
    pub review: Option<Date>,
    /// The municipality's description.
    pub description: Option<&'static str>,
}

/// Decides services as the need says.
pub(super) fn give(dice: &mut Dice, citizen: &mut Citizen, today: Date) {
    let age = citizen.age_on(super::REFERENCE);
    let mut plan = Plan {
        dice,
        today,
        zone: citizen.address.zone,
        instance: &citizen.instance,
        services: Vec::new(),
    };
    match (citizen.need, citizen.role) {
        (Need::None, Role::Adult) => plan.maybe_ended(),
        (Need::None, Role::Child) => {}
        (_, _) if age < 18 || citizen.role == Role::Child => plan.child(citizen.need),
        (_, _) if age < 67 => plan.grown_up(citizen.need),
        (need, _) => plan.old(need),
    }
    let mut services = plan.services;
    services.sort_by_key(|s| s.start);
    citizen.services = services;
}

pub(super) struct Plan<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) today: Date,
    pub(super) zone: usize,
    pub(super) instance: &'a str,
    pub(super) services: Vec<Service>,
}

impl Plan<'_> {
    /// A running service that began `days` ago.
    pub(super) fn active(&mut self, code: &str, minutes: u32, days: i32, description: Option<&'static str>) {
        let Some(kind) = service_type(code) else { return };
        let start = self.ago(days);
        let age = days.max(0);
        // Reviewed each year; one in twenty is overdue.
        let next = 365 - age % 365 - if self.dice.chance(50) { 400 } else { 0 };
        let review = self.today.checked_add(next.days()).ok();
        let minutes_a_week = (kind.hours && minutes > 0).then_some(minutes);
        let unit = self.unit(code);
        self.services.push(Service {
            kind,
            unit,
            start,
            end: None,
            state: ServiceState::Active,
            minutes_a_week,
            review,
            description,
        });
    }

    pub(super) fn ended(&mut self, code: &str, minutes: u32, from_days: i32, to_days: i32) {
        self.active(code, minutes, from_days, None);
        let end = self.ago(to_days.max(1));
        if let Some(service) = self.services.last_mut() {
            service.end = Some(end);
            service.review = None;
            service.state = ServiceState::Ended;
        }
    }

    pub(super) fn hold_all_at_home(&mut self) {
        for service in &mut self.services {
            if matches!(service.kind.code, "1" | "4" | "5" | "15") && service.state == ServiceState::Active {
                service.state = ServiceState::OnHold;
            }
        }
    }

    fn ago(&self, days: i32) -> Date {
        self.today.checked_sub(days.days()).unwrap_or(self.today)
    }

    fn unit(&self, code: &str) -> &'static Organisation {
        let units = units(self.instance);
        match code {
            "8" | "17" | "18" | "20" | "21" | "22" => units.nursing_home,
            "19" => units.physiotherapy,
            "25" => units.kad,
            "6" | "26" | "27" | "28" => units.response_centre,
            "7" | "9" | "11" | "29" => units.allocation,
            _ => units.home_care[self.zone.min(1)],
        }
    }

    fn days(&mut self) -> i32 {
        let long = self.dice.chance(400);
        self.dice.between(20, if long { 2200 } else { 700 })
    }

    fn quarters(&mut self, low: i32, high: i32) -> u32 {
        15 * self.dice.between(low, high).max(0) as u32
    }

    fn maybe_ended(&mut self) {
        if self.dice.chance(18) {
            let from = self.dice.between(200, 1800);
            let to = self.dice.between(20, 180);
            let code = ["15", "1", "19", "25"][self.dice.below(4) as usize];
            let minutes = self.quarters(4, 16);
            self.ended(code, minutes, from, to);
        }
    }

    fn child(&mut self, need: Need) {
        let days = self.days();
        match self.dice.below(3) {
            0 => {
                let minutes = self.quarters(12, 20);
                self.active("9", minutes, days, Some("Støttekontakt på fritiden, etter avtale med foresatte."));
            }
            1 => {
                let minutes = self.quarters(16, 40);
                self.active("7", minutes, days, None);
            }
            _ => self.active("8", 0, days, Some("Avlastning en helg i måneden.")),
        }
        if need >= Need::Some {
            let minutes = self.quarters(20, 80);
            self.active("11", minutes, days, None);
        }
    }

    fn grown_up(&mut self, need: Need) {
        let days = self.days();
        match (need, self.dice.below(3)) {
            (Need::Light, _) => {
                let minutes = self.quarters(8, 16);
                self.active("9", minutes, days, None);
            }
            (Need::Some, 0) => {
                let minutes = self.quarters(2, 14);
                self.active("15", minutes, days, Some("Samtaler og oppfølging av legemidler."));
            }
            (Need::Some, 1) => {
                let (practical, nursing) = (self.quarters(16, 60), self.quarters(2, 12));
                self.active("2", practical, days, Some("Opplæring i husarbeid og økonomi."));
                self.active("15", nursing, days, None);
            }
            (Need::Some, _) => {
                self.active("19", 0, 12, Some("Rehabilitering etter sykehusopphold."));
            }
            (_, 0) => {
                let minutes = self.quarters(60, 160);
                self.active("3", minutes, days, None);
            }
            (_, _) => {
                let (practical, nursing) = (self.quarters(40, 80), self.quarters(12, 40));
                self.active("29", 0, days + 30, None);
                self.active("2", practical, days, None);
                self.active("15", nursing, days, None);
                if self.dice.chance(500) {
                    let activity = self.quarters(48, 100);
                    self.active("4", activity, days / 2 + 10, None);
                }
            }
        }
    }

    fn old(&mut self, need: Need) {
        let days = self.days();
        match need {
            Need::None => {}
            Need::Light => {
                self.active("6", 0, days, None);
                if self.dice.chance(400) {
                    let minutes = self.quarters(2, 6);
                    self.active("1", minutes, days, None);
                }
            }
            Need::Some => {
                let (nursing, practical) = (self.quarters(4, 14), self.quarters(2, 6));
                self.active("6", 0, days + 60, None);
                self.active("15", nursing, days, Some("Tilsyn, legemidler og stell etter behov."));
                self.active("1", practical, days, None);
                if self.dice.chance(250) {
                    self.active("5", 0, days / 2 + 5, None);
                }
                self.perhaps_away();
            }
            Need::Much => {
                let (nursing, practical) = (self.quarters(20, 64), self.quarters(4, 8));
                self.active("6", 0, days + 200, None);
                self.active("1", practical, days + 100, None);
                self.active("15", nursing, days, Some("Flere besøk i døgnet."));
                self.active("5", 0, days / 2 + 5, None);
                if self.dice.chance(300) {
                    let activity = self.quarters(20, 48);
                    self.active("4", activity, days / 2 + 5, None);
                }
                if self.dice.chance(350) {
                    self.active("27", 0, days / 3 + 5, None);
                }
                if self.dice.chance(150) {
                    self.active("26", 0, days / 3 + 5, None);
                }
                self.perhaps_away();
            }
            Need::Institution => {
                let nursing = self.quarters(28, 64);
                self.ended("15", nursing, days + 900, days);
                self.ended("6", 0, days + 1200, days);
                self.active("21", 0, days, None);
            }
        }
    }

    /// A stay for a time, with what is given at home on hold meanwhile.
    fn perhaps_away(&mut self) {
        if !self.dice.chance(100) {
            return;
        }
        let code = ["18", "19", "20", "25"][self.dice.weighted(&[30, 25, 25, 20])];
        let days = if code == "25" {
            self.dice.between(0, 2)
        } else {
            self.dice.between(2, 20)
        };
        self.hold_all_at_home();
        self.active(code, 0, days, None);
        let end = self.today.checked_add((if code == "25" { 2 } else { 14 }).days()).ok();
        if let Some(stay) = self.services.last_mut() {
            stay.end = end;
            stay.review = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_with_and_without_a_leading_zero() {
        assert_eq!(service_type("02").map(|s| s.code), Some("2"));
        assert_eq!(service_type("15").map(|s| s.code), Some("15"));
        assert_eq!(service_type("24"), None);
        assert_eq!(service_type(""), None);
    }
}

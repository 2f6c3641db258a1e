//! The rules: entries of the access log in their order, and what is unusual about them. Deterministic: the same entries, facts and
//! thresholds give the same findings.

use super::thresholds::Thresholds;
use super::{DAY_MS, Figure, Finding, Rule};
use crate::instance::UnitKind;
use crate::log::{AccessEntry, LoggedActor, local};
use kilde_log::PersonNo;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What reader and patient have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Near {
    /// A family name.
    pub name: bool,
    /// An address.
    pub address: bool,
}

/// What the rules need to know besides the log.
pub trait Facts {
    /// The handle of a reader.
    fn handle(&self, actor: &LoggedActor) -> String;
    /// The person with that national id, if the instance knows her.
    fn person(&self, pid: &str) -> Option<PersonNo>;
    /// One number for all numbers of the same human being.
    fn same(&self, person: PersonNo) -> PersonNo;
    /// What a reader and a person have in common, by the reader's login and by what is registered.
    fn near(&self, reader: &LoggedActor, person: PersonNo) -> Near;
    /// The kind of a unit.
    fn unit(&self, unit: &str) -> Option<UnitKind>;
}

/// A day of a reader.
#[derive(Default)]
struct Day {
    unit: Option<String>,
    patients: FxHashSet<PersonNo>,
    told: bool,
}

/// Something that is waited for: that somebody sees to the patient afterwards.
struct Waiting {
    finding: Finding,
    day: i64,
    until_ms: i64,
}

/// What is remembered of the log.
pub struct Rules {
    thresholds: Thresholds,
    days: BTreeMap<i64, FxHashMap<String, Day>>,
    /// Nights with access, by reader.
    nights: FxHashMap<String, BTreeMap<i64, bool>>,
    /// The last day on which somebody worked for an organisation.
    staff: FxHashMap<(PersonNo, String), i64>,
    waiting: FxHashMap<(String, PersonNo), Vec<Waiting>>,
    /// What has been found, so that it is found once, by the day.
    found: BTreeMap<i64, FxHashSet<String>>,
}

/// The local day of a time, as a number.
fn day_of(time_ms: i64) -> i64 {
    let date = local(time_ms).date();
    date.since(jiff::civil::Date::constant(1970, 1, 1))
        .map_or(0, |span| i64::from(span.get_days()))
}

impl Rules {
    /// Rules that have seen nothing yet.
    pub fn new(thresholds: Thresholds) -> Self {
        Rules {
            thresholds,
            days: BTreeMap::new(),
            nights: FxHashMap::default(),
            staff: FxHashMap::default(),
            waiting: FxHashMap::default(),
            found: BTreeMap::new(),
        }
    }

    /// The thresholds.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Takes the next entry of the log. Gives what is unusual about it.
    pub fn observe(&mut self, no: u64, entry: &AccessEntry, facts: &dyn Facts) -> Vec<Finding> {
        let permitted = entry.refused.is_none();
        let person = facts.same(PersonNo(entry.person));
        let day = day_of(entry.time_ms);
        if permitted && entry.person != 0 {
            self.followed_up(entry, person, day);
        }
        if entry.actor.kind != "personnel" {
            return Vec::new();
        }
        if let (Some(organisation), Some(pid)) = (&entry.actor.organisation, &entry.actor.pid)
            && let Some(who) = facts.person(pid)
        {
            let last = self.staff.entry((facts.same(who), organisation.clone())).or_insert(day);
            *last = (*last).max(day);
        }
        if !permitted || !looked(entry) || entry.automatic || entry.person == 0 {
            return Vec::new();
        }
        let found = self.unusual(no, entry, person, day, facts);
        self.forget(day);
        found
    }

    fn unusual(&mut self, no: u64, entry: &AccessEntry, person: PersonNo, day: i64, facts: &dyn Facts) -> Vec<Finding> {
        let reader = facts.handle(&entry.actor);
        let mut out = Vec::new();
        let mut add_on = |rule: Rule, person: u32, on: i64, figures: Vec<(Figure, i64)>| {
            let finding = Finding {
                id: id(rule, &reader, person, on),
                rule,
                reader: reader.clone(),
                name: None,
                role: None,
                organisation: None,
                unit: None,
                person,
                entry: no,
                time_ms: entry.time_ms,
                figures,
            };
            out.push(finding.by(&entry.actor));
        };
        let mut add = |rule: Rule, person: u32, figures: Vec<(Figure, i64)>| add_on(rule, person, day, figures);
        let ground = entry.ground.as_deref().unwrap_or_default();
        if ground == "emergency" {
            add(Rule::Emergency, person.0, Vec::new());
        }
        if ground == "self-declared" {
            add(Rule::SelfDeclared, person.0, Vec::new());
        }
        let own = entry
            .actor
            .pid
            .as_deref()
            .and_then(|pid| facts.person(pid))
            .map(|own| facts.same(own));
        if own == Some(person) {
            add(Rule::OwnRecord, person.0, Vec::new());
        } else {
            let near = facts.near(&entry.actor, person);
            if near.name {
                add(Rule::OwnName, person.0, Vec::new());
            }
            if near.address {
                add(Rule::OwnAddress, person.0, Vec::new());
            }
            let habit = i64::from(self.thresholds.habit_days);
            let works = entry.actor.organisation.clone().and_then(|o| self.staff.get(&(person, o)));
            if works.is_some_and(|last| *last >= day - habit) {
                add(Rule::Colleague, person.0, vec![(Figure::Days, habit)]);
            }
        }
        if let Some(figures) = self.volume(&reader, &entry.actor.unit, person, day) {
            add(Rule::Volume, 0, figures);
        }
        // Two nights can begin and end on one day: the night is what is found once.
        if let Some((night, figures)) = self.night(&reader, entry, facts) {
            add_on(Rule::Night, 0, night, figures);
        }
        out.retain(|finding| self.thresholds.has(finding.rule) && self.first(finding, day));
        if ["emergency", "self-declared", "attested"].contains(&ground) && self.thresholds.has(Rule::NoFollowUp) {
            self.wait(no, entry, &reader, person, day);
        }
        out
    }

    /// Whether a finding has not been made before.
    fn first(&mut self, finding: &Finding, day: i64) -> bool {
        self.found.entry(day).or_default().insert(finding.id.clone())
    }

    /// A finding that stands in the log already is not made again.
    pub fn known(&mut self, finding: &Finding) {
        let day = day_of(finding.time_ms);
        self.found.entry(day).or_default().insert(finding.id.clone());
    }

    fn volume(&mut self, reader: &str, unit: &Option<String>, person: PersonNo, day: i64) -> Option<Vec<(Figure, i64)>> {
        let today = self.days.entry(day).or_default().entry(reader.to_owned()).or_insert_with(|| Day {
            unit: unit.clone(),
            ..Day::default()
        });
        today.patients.insert(person);
        let patients = today.patients.len() as u64;
        if today.told || patients <= u64::from(self.thresholds.volume_patients) {
            return None;
        }
        let unit = today.unit.clone();
        let habit = i64::from(self.thresholds.habit_days);
        let (mut own, mut units) = (Vec::new(), Vec::new());
        for (name, one) in self.days.range(day - habit..day).flat_map(|(_, readers)| readers) {
            if name == reader {
                own.push(one.patients.len() as u64);
            }
            if unit.is_some() && one.unit == unit {
                units.push(one.patients.len() as u64);
            }
        }
        let (own, units) = (median(own), median(units));
        let limit = (own.max(units) * u64::from(self.thresholds.volume_percent) / 100).max(u64::from(self.thresholds.volume_patients));
        if patients <= limit {
            return None;
        }
        if let Some(today) = self.days.get_mut(&day).and_then(|readers| readers.get_mut(reader)) {
            today.told = true;
        }
        let figures = [
            (Figure::Patients, patients),
            (Figure::Limit, limit),
            (Figure::Own, own),
            (Figure::Unit, units),
        ];
        let mut figures: Vec<(Figure, i64)> = figures.map(|(kind, n)| (kind, i64::try_from(n).unwrap_or(i64::MAX))).to_vec();
        figures.push((Figure::Days, habit));
        Some(figures)
    }

    fn night(&mut self, reader: &str, entry: &AccessEntry, facts: &dyn Facts) -> Option<(i64, Vec<(Figure, i64)>)> {
        let hour = local(entry.time_ms).hour();
        if !self.thresholds.is_night(hour) {
            return None;
        }
        // A night belongs to the day on which it begins.
        let night = day_of(entry.time_ms) - i64::from(hour < self.thresholds.night_from);
        let habit = i64::from(self.thresholds.habit_days);
        let nights = self.nights.entry(reader.to_owned()).or_default();
        let before = nights.range(night - habit..night).count() as u64;
        let told = nights.entry(night).or_default();
        let kind = entry.actor.unit.as_deref().and_then(|unit| facts.unit(unit));
        let ordinary = kind.is_some_and(|kind| self.thresholds.night_units.contains(&kind));
        if ordinary || *told || before >= u64::from(self.thresholds.night_usual) {
            return None;
        }
        *told = true;
        let figures = vec![
            (Figure::Hour, i64::from(hour)),
            (Figure::Nights, i64::try_from(before).unwrap_or(i64::MAX)),
            (Figure::Limit, i64::from(self.thresholds.night_usual)),
            (Figure::Days, habit),
        ];
        Some((night, figures))
    }

    fn wait(&mut self, no: u64, entry: &AccessEntry, reader: &str, person: PersonNo, day: i64) {
        let Some(organisation) = entry.actor.organisation.clone() else {
            return;
        };
        let days = i64::from(self.thresholds.follow_up_days);
        let finding = Finding {
            id: id(Rule::NoFollowUp, reader, person.0, day),
            rule: Rule::NoFollowUp,
            reader: reader.to_owned(),
            name: None,
            role: None,
            organisation: None,
            unit: None,
            person: person.0,
            entry: no,
            time_ms: entry.time_ms,
            figures: vec![(Figure::Days, days)],
        };
        // The first access of the day is waited for, and no other.
        if self.first(&finding, day) {
            self.waiting.entry((organisation, person)).or_default().push(Waiting {
                finding: finding.by(&entry.actor),
                day,
                until_ms: entry.time_ms.saturating_add(days * DAY_MS),
            });
        }
    }

    /// Documentation by the organisation, or a look on another day, ends the waiting.
    fn followed_up(&mut self, entry: &AccessEntry, person: PersonNo, day: i64) {
        let written = entry.action == "write";
        if !written && (entry.automatic || !looked(entry)) {
            return;
        }
        let Some(organisation) = entry.actor.organisation.clone() else {
            return;
        };
        if let Some(waiting) = self.waiting.get_mut(&(organisation, person)) {
            waiting.retain(|one| entry.time_ms > one.until_ms || !(written || day > one.day));
        }
    }

    /// What was waited for in vain until now.
    pub fn due(&mut self, now_ms: i64) -> Vec<Finding> {
        let mut out: Vec<Finding> = Vec::new();
        for waiting in self.waiting.values_mut() {
            out.extend(waiting.extract_if(.., |one| one.until_ms < now_ms).map(|one| one.finding));
        }
        self.waiting.retain(|_, waiting| !waiting.is_empty());
        out.sort_by_key(|finding| finding.entry);
        out
    }

    /// Days that no habit is made of any more.
    fn forget(&mut self, today: i64) {
        let habit = i64::from(self.thresholds.habit_days);
        let longest = habit + i64::from(self.thresholds.follow_up_days) + 3;
        if self.days.first_key_value().is_some_and(|(first, _)| *first < today - habit - 1) {
            self.days = self.days.split_off(&(today - habit - 1));
            self.staff.retain(|_, last| *last >= today - habit - 1);
            self.nights.retain(|_, nights| {
                *nights = nights.split_off(&(today - habit - 2));
                !nights.is_empty()
            });
        }
        if self.found.first_key_value().is_some_and(|(first, _)| *first < today - longest) {
            self.found = self.found.split_off(&(today - longest));
        }
    }
}

/// Whether somebody asked for what is known of a person.
fn looked(entry: &AccessEntry) -> bool {
    matches!(entry.action.as_str(), "read" | "search" | "exists" | "overview")
}

/// The middle one of the sorted, the lower of two; 0 of none.
fn median(mut all: Vec<u64>) -> u64 {
    all.sort_unstable();
    match all.len() {
        0 => 0,
        n => all.get((n - 1) / 2).copied().unwrap_or(0),
    }
}

/// The same for the same rule, reader, patient and day.
fn id(rule: Rule, reader: &str, person: u32, day: i64) -> String {
    let mut hash = blake3::Hasher::new_derive_key("kilde review finding v1");
    hash.update(format!("{}|{reader}|{person}|{day}", rule.name()).as_bytes());
    hash.finalize().as_bytes()[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

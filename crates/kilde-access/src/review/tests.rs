//! The rules against a naive reading of the whole log, and the queue over restarts.

use super::*;
use crate::instance::UnitKind;
use crate::log::{AccessEntry, AccessLog, local};
use kilde_log::{Instance, InstanceKeys, MasterKey, PersonNo};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Readers `r0`.. are persons 100.. here, when even; person 7 is another number of person 5.
struct World;

impl Facts for World {
    fn handle(&self, actor: &LoggedActor) -> String {
        actor.pid.clone().unwrap_or_default()
    }
    fn person(&self, pid: &str) -> Option<PersonNo> {
        let n: u32 = pid.strip_prefix('r')?.parse().ok()?;
        (n.is_multiple_of(2)).then_some(PersonNo(4 + n))
    }
    fn same(&self, person: PersonNo) -> PersonNo {
        if person.0 == 7 { PersonNo(5) } else { person }
    }
    fn near(&self, reader: &LoggedActor, person: PersonNo) -> Near {
        Near {
            name: reader.pid.as_deref() == Some("r1") && person.0 == 1,
            address: reader.pid.as_deref() == Some("r2") && person.0 == 2,
        }
    }
    fn unit(&self, unit: &str) -> Option<UnitKind> {
        (unit == "u1").then_some(UnitKind::Legevakt)
    }
}

fn thresholds() -> Thresholds {
    Thresholds {
        habit_days: 5,
        volume_patients: 2,
        volume_percent: 150,
        night_usual: 2,
        follow_up_days: 2,
        ..Thresholds::default()
    }
}

fn day(time_ms: i64) -> i64 {
    let date = local(time_ms).date();
    i64::from(date.since(jiff::civil::Date::constant(1970, 1, 1)).expect("a span").get_days())
}

fn looked(entry: &AccessEntry) -> bool {
    entry.actor.kind == "personnel"
        && entry.refused.is_none()
        && ["read", "search", "overview"].contains(&entry.action.as_str())
        && !entry.automatic
        && entry.person != 0
}

fn asked(entry: &AccessEntry) -> bool {
    ["read", "search", "overview"].contains(&entry.action.as_str())
}

/// Rule, reader, person and number of the first entry, by looking at everything again for each entry.
fn naive(log: &[AccessEntry], now_ms: i64) -> BTreeSet<(Rule, String, u32, u64)> {
    let (limits, world) = (thresholds(), World);
    let mut found: BTreeMap<(Rule, String, u32, i64), u64> = BTreeMap::new();
    let reader = |e: &AccessEntry| e.actor.pid.clone().expect("a reader");
    let person = |e: &AccessEntry| world.same(PersonNo(e.person)).0;
    let habit = i64::from(limits.habit_days);
    let median = |mut all: Vec<usize>| {
        all.sort_unstable();
        if all.is_empty() { 0 } else { all[(all.len() - 1) / 2] }
    };
    for (i, e) in log.iter().enumerate().filter(|(_, e)| looked(e)) {
        let (who, whom, today) = (reader(e), person(e), day(e.time_ms));
        let mut add = |rule, whom, on| {
            found.entry((rule, who.clone(), whom, on)).or_insert(i as u64 + 1);
        };
        let ground = e.ground.as_deref().unwrap_or_default();
        if ground == "emergency" {
            add(Rule::Emergency, whom, today);
        }
        if ground == "self-declared" {
            add(Rule::SelfDeclared, whom, today);
        }
        if world.person(&who).map(|p| world.same(p).0) == Some(whom) {
            add(Rule::OwnRecord, whom, today);
        } else {
            let near = world.near(&e.actor, PersonNo(whom));
            if near.name {
                add(Rule::OwnName, whom, today);
            }
            if near.address {
                add(Rule::OwnAddress, whom, today);
            }
            let colleague = log[..=i].iter().filter(|f| f.actor.kind == "personnel").any(|f| {
                let is = f.actor.pid.as_deref().and_then(|p| world.person(p)).map(|p| world.same(p).0) == Some(whom);
                is && f.actor.organisation == e.actor.organisation && day(f.time_ms) >= today - habit
            });
            if colleague {
                add(Rule::Colleague, whom, today);
            }
        }
        // Volume.
        let of_day = |who: &str, on: i64| -> BTreeSet<u32> {
            log[..=i]
                .iter()
                .filter(|f| looked(f) && reader(f) == who && day(f.time_ms) == on)
                .map(person)
                .collect()
        };
        let unit_of = |who: &str, on: i64| {
            log[..=i]
                .iter()
                .find(|f| looked(f) && reader(f) == who && day(f.time_ms) == on)
                .and_then(|f| f.actor.unit.clone())
        };
        let readers: BTreeSet<String> = log[..=i].iter().filter(|f| looked(f)).map(reader).collect();
        let own = median((today - habit..today).map(|on| of_day(&who, on).len()).filter(|n| *n > 0).collect());
        let unit = unit_of(&who, today);
        let units = (today - habit..today)
            .flat_map(|on| readers.iter().map(move |r| (r, on)))
            .filter(|(r, on)| unit.is_some() && unit_of(r, *on) == unit)
            .map(|(r, on)| of_day(r, on).len())
            .filter(|n| *n > 0)
            .collect();
        let limit = (own.max(median(units)) * limits.volume_percent as usize / 100).max(limits.volume_patients as usize);
        if of_day(&who, today).len() > limit {
            add(Rule::Volume, 0, today);
        }
        // Night.
        let night = |f: &AccessEntry| {
            let hour = local(f.time_ms).hour();
            (!(6..23).contains(&hour)).then(|| day(f.time_ms) - i64::from(hour < 23))
        };
        if let Some(tonight) = night(e).filter(|_| e.actor.unit.as_deref() != Some("u1")) {
            let before: BTreeSet<i64> = log[..=i]
                .iter()
                .filter(|f| looked(f) && reader(f) == who)
                .filter_map(night)
                .filter(|n| (tonight - habit..tonight).contains(n))
                .collect();
            if before.len() < limits.night_usual as usize {
                add(Rule::Night, 0, tonight);
            }
        }
        // No follow-up.
        let until = e.time_ms + i64::from(limits.follow_up_days) * DAY_MS;
        if ["emergency", "self-declared", "attested"].contains(&ground) && until < now_ms {
            let first = log[..i].iter().all(|f| {
                !(looked(f)
                    && reader(f) == who
                    && person(f) == whom
                    && day(f.time_ms) == today
                    && ["emergency", "self-declared", "attested"].contains(&f.ground.as_deref().unwrap_or_default()))
            });
            let seen_to = log[i + 1..].iter().any(|f| {
                f.refused.is_none()
                    && f.person != 0
                    && person(f) == whom
                    && f.actor.organisation == e.actor.organisation
                    && f.time_ms <= until
                    && (f.action == "write" || (asked(f) && !f.automatic && day(f.time_ms) > today))
            });
            if first && !seen_to {
                add(Rule::NoFollowUp, whom, today);
            }
        }
    }
    found.into_iter().map(|((rule, who, whom, _), no)| (rule, who, whom, no)).collect()
}

fn entry() -> impl Strategy<Value = AccessEntry> {
    let grounds = prop_oneof![3 => Just("recorded"), 2 => Just("attested"), 1 => Just("emergency"), 1 => Just("self-declared")];
    let actions = prop_oneof![4 => Just("read"), 2 => Just("overview"), 1 => Just("write"), 1 => Just("tilgangslogg-search")];
    (
        0u8..4,
        0u32..9,
        0u8..3,
        grounds,
        actions,
        0i64..30,
        proptest::bool::weighted(0.15),
        proptest::bool::weighted(0.1),
        0u8..10,
    )
        .prop_map(
            |(who, person, unit, ground, action, hours, refused, automatic, system)| AccessEntry {
                // The gap to the entry before; made into a time later.
                time_ms: hours * 1_200_000,
                actor: LoggedActor {
                    kind: if system == 0 { "system" } else { "personnel" }.to_owned(),
                    pid: (system != 0).then(|| format!("r{who}")),
                    organisation: (unit != 2).then(|| "o".to_owned()).or(Some("p".to_owned())),
                    unit: (unit > 0).then(|| format!("u{unit}")),
                    ..LoggedActor::default()
                },
                person,
                action: action.to_owned(),
                ground: (!refused).then(|| ground.to_owned()),
                refused: refused.then(|| "no_ground".to_owned()),
                automatic: automatic || system == 0,
                ..AccessEntry::default()
            },
        )
}

/// Entries one after the other, from an autumn day on.
fn logs() -> impl Strategy<Value = Vec<AccessEntry>> {
    proptest::collection::vec(entry(), 1..120).prop_map(|mut all| {
        let mut at = 1_790_000_000_000;
        for entry in &mut all {
            at += entry.time_ms;
            entry.time_ms = at;
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_rules_find_what_a_naive_reading_finds(log in logs(), turns in 1usize..20) {
        let now = log.last().map_or(0, |e| e.time_ms) + 5 * DAY_MS;
        let mut rules = Rules::new(thresholds());
        let mut found = Vec::new();
        for (no, entry) in (1..).zip(&log) {
            found.extend(rules.observe(no, entry, &World));
            if (no as usize).is_multiple_of(turns) {
                found.extend(rules.due(entry.time_ms));
            }
        }
        found.extend(rules.due(now));
        let ids: BTreeSet<&str> = found.iter().map(|f| f.id.as_str()).collect();
        prop_assert_eq!(ids.len(), found.len(), "none is found twice");
        let found: BTreeSet<_> = found.iter().map(|f| (f.rule, f.reader.clone(), f.person, f.entry)).collect();
        prop_assert_eq!(found, naive(&log, now));
    }
}

fn open(dir: &Path) -> AccessLog {
    let instance = Instance::parse("9901").expect("four digits");
    let keys = InstanceKeys::open_or_create(&dir.join("instance.key"), &instance, &MasterKey::from_bytes([7; 32])).expect("keys");
    AccessLog::open(&dir.join("access"), &instance, Arc::new(keys)).expect("a log")
}

fn emergency(time_ms: i64, person: u32) -> AccessEntry {
    AccessEntry {
        time_ms,
        actor: LoggedActor {
            kind: "personnel".to_owned(),
            pid: Some("r3".to_owned()),
            name: Some("Eirik Storhaug".to_owned()),
            organisation: Some("o".to_owned()),
            unit: Some("u1".to_owned()),
            ..LoggedActor::default()
        },
        person,
        action: "overview".to_owned(),
        ground: Some("emergency".to_owned()),
        reason: Some("Funnet bevisstløs".to_owned()),
        ..AccessEntry::default()
    }
}

#[test]
fn findings_and_outcomes_survive_restarts_and_the_loss_of_everything_derived() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = 1_790_000_000_000;
    let ids = |queue: &Queue| -> Vec<(String, bool)> { queue.items().map(|i| (i.finding.id.clone(), i.is_open())).collect() };
    let first = {
        let log = open(dir.path());
        log.write_blocking(&[emergency(at, 1), emergency(at + 1, 1), emergency(at + 2, 3)])
            .expect("durable");
        let mut queue = Queue::new(thresholds());
        assert_eq!(queue.turn(&log, &World, at + 10).expect("readable"), 2, "two patients on one day");
        assert_eq!(queue.turn(&log, &World, at + 20).expect("readable"), 0);
        let id = queue.items().next().expect("a finding").finding.id.clone();
        let outcome = AccessEntry {
            time_ms: at + 30,
            reason: Some("Snakket med legen; journalen bekrefter det".to_owned()),
            review: Some(Box::new(ReviewNote::Outcome {
                finding: id,
                outcome: Outcome::Justified,
            })),
            ..AccessEntry::default()
        };
        log.write_blocking(&[outcome]).expect("durable");
        queue.turn(&log, &World, at + 40).expect("readable");
        assert_eq!(ids(&queue).iter().filter(|(_, open)| *open).count(), 1);
        ids(&queue)
    };
    std::fs::remove_dir_all(dir.path().join("access-index")).expect("removed");
    let log = open(dir.path());
    let mut queue = Queue::new(thresholds());
    assert_eq!(queue.turn(&log, &World, at + 50).expect("readable"), 0, "nothing is found again");
    assert_eq!(ids(&queue), first);
    let closed = queue.items().find(|item| !item.is_open()).expect("the closed one");
    assert_eq!(closed.outcomes[0].words, "Snakket med legen; journalen bekrefter det");
    // Two days later nobody has seen to either of them.
    assert_eq!(queue.turn(&log, &World, at + 3 * DAY_MS).expect("readable"), 2);
    assert!(log.records().last() > 6);
    for item in queue.items() {
        let text = serde_json::to_string(&item.finding).expect("JSON");
        assert!(!text.contains("bevisstl") && !text.contains("\"r3x"), "no content: {text}");
        for lang in [crate::log::Lang::Nb, crate::log::Lang::Nn, crate::log::Lang::En] {
            assert!(!item.finding.explained(lang).is_empty() && !item.finding.rule.title(lang).is_empty());
        }
    }
}

#[test]
fn a_night_may_begin_after_midnight() {
    let early = Thresholds {
        night_from: 0,
        night_to: 5,
        ..Thresholds::default()
    };
    assert!(early.is_night(0) && early.is_night(4) && !early.is_night(5) && !early.is_night(23));
    let late = Thresholds::default();
    assert!(late.is_night(23) && late.is_night(5) && !late.is_night(6) && !late.is_night(22));
}

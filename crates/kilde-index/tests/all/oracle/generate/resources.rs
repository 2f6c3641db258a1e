//! Random resources, each with what the model knows of it.

use super::super::model::{
    CODES, Coded, Fields, KINDS, NAMES, NINS, ORGANISATIONS, RECORDS, SIZE, STATUSES, SYSTEMS, TEXTS, UNITS, When, Who,
};
use super::Random;
use kilde_fhir::national_id::{DNR, FNR, ORGNR};

fn maybe<T>(random: &mut Random, n: usize, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
    if random.chance(n) { None } else { Some(make(random)) }
}

/// A moment in UTC of 2023 to 2025 as text to the given precision, with the range that it means.
pub fn moment(random: &mut Random) -> When {
    let (year, month, day) = (
        2023 + random.below(3) as i64,
        1 + random.below(3) as i64,
        1 + random.below(3) as i64,
    );
    let hour = random.below(3) as i64;
    let start = days(year, month, day) * 86_400_000 + hour * 3_600_000;
    let text = format!("{year}-{month:02}-{day:02}T{hour:02}:00:00Z");
    When {
        json: text,
        from: start,
        to: start + 1000,
    }
}

/// Days since 1970 of a date after 2000, counted.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let before: i64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let months = [31, if leap(year) { 29 } else { 28 }, 31];
    before + months.iter().take(month as usize - 1).sum::<i64>() + day - 1
}

/// A moment or a period, as the JSON property that it is.
fn when(random: &mut Random, moment_name: Option<&str>, period_name: &str) -> When {
    let a = moment(random);
    if let Some(name) = moment_name
        && random.chance(2)
    {
        return When {
            json: format!(r#","{name}":"{}""#, a.json),
            ..a
        };
    }
    let b = moment(random);
    let (a, b) = if a.from <= b.from { (a, b) } else { (b, a) };
    if random.chance(3) {
        return When {
            json: format!(r#","{period_name}":{{"start":"{}"}}"#, a.json),
            from: a.from,
            to: i64::MAX,
        };
    }
    When {
        json: format!(r#","{period_name}":{{"start":"{}","end":"{}"}}"#, a.json, b.json),
        from: a.from,
        to: b.to,
    }
}

fn who(random: &mut Random, needed: bool) -> Who {
    match random.below(if needed { 4 } else { 5 }) {
        0..3 => Who::Patient(format!("p{}", random.below(4))),
        3 => Who::Nin(random.below(NINS.len())),
        _ => Who::Nobody,
    }
}

fn subject(random: &mut Random, name: &str, who: &Who) -> String {
    match who {
        Who::Nobody => String::new(),
        Who::Patient(id) => format!(r#","{name}":{{"reference":"Patient/{id}"}}"#),
        Who::Nin(n) => format!(
            r#","{name}":{{"identifier":{{"system":"{}","value":"{}"}}}}"#,
            random.pick(&[FNR, DNR]),
            NINS[*n]
        ),
    }
}

pub fn resource(random: &mut Random) -> (String, Fields, String) {
    match random.below(15) {
        0 | 1 => patient(random),
        2..6 => observation(random),
        6 => episode(random),
        7 => list(random),
        8..11 => encounter(random),
        11 | 12 => location(random),
        13 => risk(random),
        _ => organization(random),
    }
}

fn patient(random: &mut Random) -> (String, Fields, String) {
    let id = format!("p{}", random.below(4));
    let family = maybe(random, 5, |r| r.below(NAMES.len()));
    let born = maybe(random, 4, moment).map(|m| When {
        json: m.json[..10].to_owned(),
        ..m
    });
    // A date is a local one: from midnight in Oslo, an hour before midnight UTC in winter.
    let born = born.map(|m| {
        let day = (m.from.div_euclid(86_400_000)) * 86_400_000;
        When {
            json: m.json,
            from: day - 3_600_000,
            to: day + 82_800_000,
        }
    });
    let nin = maybe(random, 3, |r| r.below(NINS.len()));
    let gender = maybe(random, 3, |r| r.pick(&["female", "male"]));
    let record = maybe(random, 2, |r| (maybe(r, 3, |r| r.below(KINDS.len())), r.below(RECORDS.len())));
    let mut text = format!(r#"{{"resourceType":"Patient","id":"{id}""#);
    let mut identifiers: Vec<String> = nin
        .iter()
        .map(|n| format!(r#"{{"system":"{FNR}","value":"{}"}}"#, NINS[*n]))
        .collect();
    if let Some((kind, n)) = record {
        let of_kind = |k: usize| format!(r#""type":{{"coding":[{{"system":"urn:kinds","code":"{}"}}]}},"#, KINDS[k]);
        let kind = kind.map(of_kind).unwrap_or_default();
        identifiers.push(format!(r#"{{{kind}"system":"urn:records","value":"{}"}}"#, RECORDS[n]));
    }
    if !identifiers.is_empty() {
        text += &format!(r#","identifier":[{}]"#, identifiers.join(","));
    }
    if let Some(f) = family {
        text += &format!(r#","name":[{{"family":"{}"}}]"#, NAMES[f]);
    }
    if let Some(g) = gender {
        text += &format!(r#","gender":"{g}""#);
    }
    if let Some(b) = &born {
        text += &format!(r#","birthDate":"{}""#, b.json);
    }
    let fields = Fields::Patient {
        family,
        born,
        nin,
        gender,
        record,
    };
    (id, fields, text + "}")
}

fn observation(random: &mut Random) -> (String, Fields, String) {
    let id = format!("o{}", random.below(14));
    let patient = who(random, false);
    let code: Vec<Coded> = (0..1 + random.below(2))
        .map(|_| Coded {
            system: maybe(random, 3, |r| r.below(SYSTEMS.len())),
            code: random.below(CODES.len()),
        })
        .collect();
    let said = maybe(random, 2, |r| r.below(TEXTS.len()));
    let status = random.below(STATUSES.len());
    let time = maybe(random, 4, |r| when(r, Some("effectiveDateTime"), "effectivePeriod"));
    let value = maybe(random, 3, |r| {
        let (halves, unit) = ((r.below(7) as f64) / 2.0, r.below(UNITS.len()));
        (if UNITS[unit] == "mg" { halves * 1000.0 } else { halves }, unit)
    });
    let parts: Vec<(usize, Option<f64>)> = (0..random.below(4))
        .map(|_| (random.below(CODES.len()), maybe(random, 4, |r| r.below(5) as f64 / 2.0)))
        .collect();
    let vital = random.chance(2);
    let inside = if random.chance(3) { Some(random.below(NAMES.len())) } else { None };
    let focus = if random.chance(5) {
        Some(format!("p{}", random.below(4)))
    } else {
        None
    };
    let member = if random.chance(4) {
        Some(format!("o{}", random.below(14)))
    } else {
        None
    };
    let codings: Vec<String> = code
        .iter()
        .map(|c| {
            let system = c.system.map(|s| format!(r#""system":"{}","#, SYSTEMS[s])).unwrap_or_default();
            format!(r#"{{{system}"code":"{}"}}"#, CODES[c.code])
        })
        .collect();
    let mut text = format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"{}","code":{{"coding":[{}]{}}}"#,
        STATUSES[status],
        codings.join(","),
        said.map(|t| format!(r#","text":"{}""#, TEXTS[t])).unwrap_or_default()
    );
    text += &subject(random, "subject", &patient);
    if let Some(w) = &time {
        text += &w.json;
    }
    if let Some((v, unit)) = value {
        let system = if SIZE[unit].is_some() {
            "http://unitsofmeasure.org"
        } else {
            "urn:units"
        };
        let code = UNITS[unit];
        text += &format!(r#","valueQuantity":{{"value":{v},"unit":"{code}","system":"{system}","code":"{code}"}}"#);
    }
    let components: Vec<String> = parts
        .iter()
        .map(|(code, value)| {
            let value = value.map(|v| format!(r#","valueQuantity":{{"value":{v}}}"#)).unwrap_or_default();
            format!(r#"{{"code":{{"coding":[{{"code":"{}"}}]}}{value}}}"#, CODES[*code])
        })
        .collect();
    if !components.is_empty() {
        text += &format!(r#","component":[{}]"#, components.join(","));
    }
    if let Some(n) = inside {
        text += &format!(
            r##","performer":[{{"reference":"#c"}}],"contained":[{{"resourceType":"Organization","id":"c","name":"{}"}}]"##,
            NAMES[n]
        );
    }
    if let Some(id) = &focus {
        text += &format!(r#","focus":[{{"reference":"Patient/{id}"}}]"#);
    }
    if let Some(id) = &member {
        text += &format!(r#","hasMember":[{{"reference":"Observation/{id}"}}]"#);
    }
    if vital {
        text += r#","category":[{"coding":[{"code":"vital-signs"}]}]"#;
    }
    (
        id,
        Fields::Observation {
            subject: patient,
            code,
            said,
            status,
            when: time,
            value,
            parts,
            vital,
            inside,
            focus,
            member,
        },
        text + "}",
    )
}

fn episode(random: &mut Random) -> (String, Fields, String) {
    let id = format!("e{}", random.below(4));
    let patient = who(random, true);
    let active = random.chance(2);
    let organisation = maybe(random, 3, |r| r.below(ORGANISATIONS.len()));
    let time = maybe(random, 4, |r| when(r, None, "period"));
    let mut text = format!(
        r#"{{"resourceType":"EpisodeOfCare","id":"{id}","status":"{}""#,
        if active { "active" } else { "finished" }
    );
    text += &subject(random, "patient", &patient);
    if let Some(o) = organisation {
        text += &format!(
            r#","managingOrganization":{{"identifier":{{"system":"{ORGNR}","value":"{}"}}}}"#,
            ORGANISATIONS[o]
        );
    }
    if let Some(w) = &time {
        text += &w.json;
    }
    (
        id,
        Fields::Episode {
            patient,
            active,
            organisation,
            when: time,
        },
        text + "}",
    )
}

fn organization(random: &mut Random) -> (String, Fields, String) {
    let id = format!("g{}", random.below(3));
    let name = random.below(NAMES.len());
    let number = maybe(random, 3, |r| r.below(ORGANISATIONS.len()));
    let mut text = format!(r#"{{"resourceType":"Organization","id":"{id}","name":"{}""#, NAMES[name]);
    if let Some(n) = number {
        text += &format!(r#","identifier":[{{"system":"{ORGNR}","value":"{}"}}]"#, ORGANISATIONS[n]);
    }
    (id, Fields::Organization { name, number }, text + "}")
}

fn list(random: &mut Random) -> (String, Fields, String) {
    let id = format!("l{}", random.below(3));
    let subject_of = who(random, false);
    let items: Vec<String> = (0..1 + random.below(4)).map(|_| format!("o{}", random.below(14))).collect();
    let entries: Vec<String> = items
        .iter()
        .map(|id| format!(r#"{{"item":{{"reference":"Observation/{id}"}}}}"#))
        .collect();
    let mut text = format!(r#"{{"resourceType":"List","id":"{id}","status":"current","mode":"working""#);
    text += &subject(random, "subject", &subject_of);
    text += &format!(r#","entry":[{}]"#, entries.join(","));
    let fields = Fields::List {
        subject: subject_of,
        items,
    };
    (id, fields, text + "}")
}

/// What a resource is part of, as the JSON property.
fn part_of(name: &str, id: Option<&String>) -> String {
    id.map(|id| format!(r#","partOf":{{"reference":"{name}/{id}"}}"#))
        .unwrap_or_default()
}

fn encounter(random: &mut Random) -> (String, Fields, String) {
    let id = format!("v{}", random.below(4));
    let patient = who(random, false);
    let place = maybe(random, 3, |r| format!("h{}", r.below(4)));
    let whole = maybe(random, 4, |r| format!("v{}", r.below(4)));
    let mut text = format!(r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"code":"HH"}}"#);
    text += &subject(random, "subject", &patient);
    if let Some(place) = &place {
        text += &format!(r#","location":[{{"location":{{"reference":"Location/{place}"}}}}]"#);
    }
    text += &part_of("Encounter", whole.as_ref());
    let fields = Fields::Encounter {
        subject: patient,
        place,
        part_of: whole,
    };
    (id, fields, text + "}")
}

fn location(random: &mut Random) -> (String, Fields, String) {
    let id = format!("h{}", random.below(4));
    let name = random.below(NAMES.len());
    let position = maybe(random, 3, |r| (6000 + 100 * r.below(3) as i64, 1000 + 100 * r.below(3) as i64));
    let whole = maybe(random, 3, |r| format!("h{}", r.below(4)));
    let mut text = format!(r#"{{"resourceType":"Location","id":"{id}","name":"{}""#, NAMES[name]);
    if let Some((north, east)) = position {
        let (north, east) = (north as f64 / 100.0, east as f64 / 100.0);
        text += &format!(r#","position":{{"latitude":{north},"longitude":{east}}}"#);
    }
    text += &part_of("Location", whole.as_ref());
    let fields = Fields::Location {
        name,
        position,
        part_of: whole,
    };
    (id, fields, text + "}")
}

/// A number of hundredths, as it is written.
pub fn hundredths(n: i64) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}

fn risk(random: &mut Random) -> (String, Fields, String) {
    let id = format!("r{}", random.below(3));
    let patient = who(random, false);
    let probability = |random: &mut Random| 5 * random.below(21) as i64;
    let probabilities: Vec<(i64, i64)> = (0..random.below(3))
        .map(|_| {
            let (a, b) = (probability(random), probability(random));
            if random.chance(3) { (a.min(b), a.max(b)) } else { (a, a) }
        })
        .collect();
    let predictions: Vec<String> = probabilities
        .iter()
        .map(|(low, high)| match low == high {
            true => format!(r#"{{"probabilityDecimal":{}}}"#, hundredths(*low)),
            false => format!(
                r#"{{"probabilityRange":{{"low":{{"value":{}}},"high":{{"value":{}}}}}}}"#,
                hundredths(*low),
                hundredths(*high)
            ),
        })
        .collect();
    let mut text = format!(r#"{{"resourceType":"RiskAssessment","id":"{id}","status":"final""#);
    text += &subject(random, "subject", &patient);
    if !predictions.is_empty() {
        text += &format!(r#","prediction":[{}]"#, predictions.join(","));
    }
    let fields = Fields::Risk {
        subject: patient,
        probabilities,
    };
    (id, fields, text + "}")
}

//! What a question is to be answered: everything is looked at, and what the reader may not see is left out afterwards.

use super::engine::Outcome;
use super::generate::Built;
use super::linked::{self, Link};
use super::meaning::{Meaning, inside, meets};
use super::model::{Change, Fields, ORGANISATIONS, Stored, World};
use super::query::{answer, sorted};
use super::question::{About, Form, Question};
use super::reader::{Door, Fault, Kind, Reach, Reader};
use kilde_log::PersonNo;

/// What the rules say. `then` is who goes on.
pub fn expect(built: &Built, question: &Question, reader: &Reader<'_>, then: Option<&Reader<'_>>) -> Outcome {
    let hidden = !reader.access.places && reader.fault != Some(Fault::PlacesFound);
    let seen = hidden.then(|| built.world.without_places());
    let (world, kit) = (seen.as_ref().unwrap_or(&built.world), &built.kit);
    match &question.about {
        About::Search { name, filters, sort, form } => {
            let order = built.order(name);
            let by = |reader: &Reader<'_>, door: Door| answer(world, kit, reader, name, filters, sort.as_ref(), order, door);
            let whole = || {
                let mut all: Vec<&Stored> = world.of(name).collect();
                sorted(&mut all, sort.as_ref(), order);
                all.into_iter().map(|s| s.id.clone()).collect()
            };
            listed(*form, reader, then, by, whole)
        }
        About::Include {
            name,
            filters,
            includes,
            most,
        } => {
            let mut rows = answer(world, kit, reader, name, filters, None, built.order(name), Door::Match);
            let matches: Vec<(&str, String)> = rows.iter().map(|id| (*name, id.clone())).collect();
            let included = linked::included(world, reader, includes, &matches);
            if included.len() > *most {
                return Outcome::refused("too many included");
            }
            rows.push("+".into());
            rows.extend(included.into_iter().map(|(name, id)| format!("{name}/{id}")));
            Outcome::of(rows)
        }
        About::System {
            types,
            filters,
            sort,
            form,
        } => {
            let named = |s: &Stored| types.is_empty() || types.contains(&s.name());
            let by = |reader: &Reader<'_>, door: Door| {
                let met = |s: &&Stored| filters.iter().all(|f| meets(world, kit, reader, s, &f.meaning));
                let found = world.current.iter().filter(|s| named(s)).filter(met);
                let mut found: Vec<&Stored> = found.filter(|s| reader.sees(world, s, door)).collect();
                sorted(&mut found, sort.as_ref(), &built.numbers);
                found.into_iter().map(|s| s.id.clone()).collect()
            };
            let whole = || {
                let mut all: Vec<&Stored> = world.current.iter().collect();
                sorted(&mut all, sort.as_ref(), &built.numbers);
                all.into_iter().map(|s| s.id.clone()).collect()
            };
            listed(*form, reader, then, by, whole)
        }
        About::Compartment { id, name, form } => {
            let of_patient = Meaning::OfPatient(id.clone());
            let by = |reader: &Reader<'_>, door: Door| {
                let mut found: Vec<&Stored> = world
                    .of(name)
                    .filter(|s| meets(world, kit, reader, s, &of_patient) && reader.sees(world, s, door))
                    .collect();
                sorted(&mut found, None, built.order(name));
                found.into_iter().map(|s| s.id.clone()).collect()
            };
            listed(*form, reader, then, by, || built.order(name).to_vec())
        }
        About::Contained { filter, mode, form } => contained(built, world, reader, then, &filter.meaning, mode, *form),
        About::Everything(id) => everything(built, world, reader, id),
        About::Read(name, id) => match world.newest(name, id).filter(|s| reader.sees(world, s, Door::Read)) {
            Some(s) if s.deleted => Outcome::of(vec![format!("gone {}", s.version)]),
            Some(s) => Outcome::of(vec![format!("{id} {}", s.version)]),
            None => Outcome::default(),
        },
        About::Vread(name, id, version) => {
            let mut versions = world.changes.iter().filter(|c| c.name == *name && c.was.id == *id);
            let found = versions.find(|c| c.was.version == *version);
            match found.filter(|c| sees_version(world, reader, c, Door::Vread)) {
                Some(c) if c.was.deleted => Outcome::of(vec![format!("gone {version}")]),
                Some(_) => Outcome::of(vec![format!("{id} {version}")]),
                None => Outcome::default(),
            }
        }
        About::Head(name, id) => {
            let newest = world.newest(name, id);
            let seen = newest.filter(|s| reader.reaching(Reach::Write).sees(world, s, Door::Writer));
            let writes = match (&reader.access.kind, &reader.access.writes) {
                (Kind::Persons(_), writes) => writes.as_ref().is_some_and(|(categories, _)| !categories.is_empty()),
                (Kind::Organisation(_), _) => false,
                _ => true,
            };
            Outcome {
                total: Some(u64::from(writes && newest.is_some())),
                ..Outcome::of(seen.map(|s| format!("{} {}", s.version, s.deleted)).into_iter().collect())
            }
        }
        About::History { of, count, since } => history(world, reader, then, of.as_ref(), *count, *since),
        About::Matching { name, filters } => {
            let writer = reader.reaching(Reach::Write);
            let rows = answer(world, kit, &writer, name, filters, None, built.order(name), Door::Writer);
            Outcome::of(rows)
        }
        About::Bulk { name, filters, of_persons } => {
            let meets_all = |s: &&Stored| filters.iter().all(|f| meets(world, kit, reader, s, &f.meaning));
            let wanted = |s: &&Stored| !of_persons || s.person != PersonNo(0);
            let mut places: Vec<&Stored> = world.of(name).filter(wanted).filter(meets_all).collect();
            places.retain(|s| reader.sees(world, s, Door::Export));
            places.sort_by(|a, b| a.id.cmp(&b.id));
            let fetcher = then.unwrap_or(reader);
            let fetched = places.iter().filter(|s| fetcher.sees(world, s, Door::Fetch));
            let rows = places.iter().map(|s| s.id.clone()).chain(["|".to_owned()]);
            Outcome::of(rows.chain(fetched.map(|s| s.id.clone())).collect())
        }
        About::Person(identity) => match kit.log.person(identity).unwrap() {
            Some(person) => one_person(world, reader, person),
            None => Outcome::refused("unknown"),
        },
    }
}

/// The matches in a form. `by` tells what a reader finds, in order; `whole` the order of everything.
fn listed(
    form: Form,
    reader: &Reader<'_>,
    then: Option<&Reader<'_>>,
    by: impl Fn(&Reader<'_>, Door) -> Vec<String>,
    whole: impl FnOnce() -> Vec<String>,
) -> Outcome {
    match form {
        Form::Count => Outcome {
            total: Some(by(&reader.reaching(Reach::Exists), Door::Count).len() as u64),
            ..Outcome::default()
        },
        Form::Whole => {
            let rows = by(reader, Door::Match);
            Outcome {
                total: Some(rows.len() as u64),
                ..Outcome::of(rows)
            }
        }
        Form::Pages(size) => {
            let rows = by(reader, Door::Match);
            let total = Some(rows.len() as u64);
            let Some(then) = then.filter(|_| rows.len() > size) else {
                return Outcome {
                    total,
                    ..Outcome::of(rows)
                };
            };
            let mut out = rows[..size].to_vec();
            out.push("|".into());
            if !reader.same_asker(then) && reader.fault != Some(Fault::CursorUnbound) {
                let error = Some("cursor");
                return Outcome { rows: out, total, error };
            }
            // What she may still see of what comes after the last that was shown.
            let order = whole();
            let place = |id: &String| order.iter().position(|o| o == id);
            let last = place(&rows[size - 1]);
            out.extend(by(then, Door::LaterPage).into_iter().filter(|id| place(id) > last));
            Outcome { total, ..Outcome::of(out) }
        }
    }
}

fn contained(
    built: &Built,
    world: &World,
    reader: &Reader<'_>,
    then: Option<&Reader<'_>>,
    meaning: &Meaning,
    mode: &str,
    form: Form,
) -> Outcome {
    let kit = &built.kit;
    let by = |reader: &Reader<'_>, door: Door| {
        let meets = |s: &Stored| meets(world, kit, reader, s, meaning);
        let met = |s: &&Stored| {
            let itself = mode != "true" && s.name() == "Organization" && meets(s);
            let content = !reader.access.exists_only && mode != "false";
            itself || (content && inside(s).is_some_and(|inner| meets(&inner)))
        };
        let found = world.current.iter().filter(met).filter(|s| reader.sees(world, s, door));
        let mut ids: Vec<String> = found.map(|s| s.id.clone()).collect();
        let rank = |id: &String| built.numbers.iter().position(|n| n == id);
        ids.sort_by_key(rank);
        ids
    };
    let mut outcome = listed(form, reader, then, by, || built.numbers.clone());
    if then.is_none() {
        outcome.rows.sort();
    }
    outcome
}

fn everything(built: &Built, world: &World, reader: &Reader<'_>, id: &str) -> Outcome {
    let kit = &built.kit;
    let of_patient = Meaning::OfPatient(id.to_owned());
    let belongs = |s: &&Stored| match s.name() {
        "Patient" => s.id == id,
        "Organization" | "Location" => false,
        _ => meets(world, kit, reader, s, &of_patient),
    };
    let all: Vec<&Stored> = world
        .current
        .iter()
        .filter(belongs)
        .filter(|s| reader.sees(world, s, Door::Match))
        .collect();
    let named = |s: &&Stored, number: usize| matches!(s.fields, Fields::Episode { organisation: Some(o), .. } if o == number);
    let added = world.of("Organization").filter(|o| match o.fields {
        Fields::Organization { number: Some(n), .. } => n < ORGANISATIONS.len() && all.iter().any(|s| named(s, n)),
        _ => false,
    });
    // The places of her visits, and what those are part of, as far as that is seen.
    let mut places: Vec<&Stored> = Vec::new();
    let mut named: Vec<&String> = all.iter().filter_map(|s| Link::Place.id(s)).collect();
    while let Some(id) = named.pop() {
        let place = world
            .of("Location")
            .find(|l| l.id == *id && reader.sees(world, l, Door::Everything));
        if let Some(place) = place.filter(|place| !places.iter().any(|p| p.id == place.id)) {
            places.push(place);
            named.extend(Link::Part.id(place));
        }
    }
    let name = |s: &Stored| format!("{}/{}", s.name(), s.id);
    let mut rows: Vec<String> = all.iter().map(|s| name(s)).collect();
    rows.sort();
    rows.push("+".into());
    let seen = added.filter(|o| reader.sees(world, o, Door::Everything));
    let mut added: Vec<String> = seen.chain(places).map(name).collect();
    added.sort();
    rows.extend(added);
    Outcome::of(rows)
}

/// A version is judged by the newest one of its resource, and by itself: a correction closes what was, and opens nothing of it.
fn sees_version(world: &World, reader: &Reader<'_>, change: &Change, door: Door) -> bool {
    let by_newest = || {
        world
            .newest(change.name, &change.was.id)
            .is_some_and(|s| reader.sees(world, s, door))
    };
    let by_itself = || reader.sees(world, &change.was, door);
    (reader.fault == Some(Fault::ByItself) || by_newest()) && (reader.fault == Some(Fault::ByNewest) || by_itself())
}

fn history(
    world: &World,
    reader: &Reader<'_>,
    then: Option<&Reader<'_>>,
    of: Option<&(&'static str, Option<String>)>,
    count: usize,
    since: Option<i64>,
) -> Outcome {
    let seen = |reader: &Reader<'_>, c: &Change| sees_version(world, reader, c, Door::History);
    if let Some((name, Some(id))) = of {
        let there = world.newest(name, id).is_some_and(|s| reader.sees(world, s, Door::History));
        if !there {
            return Outcome::of(vec!["absent".into()]);
        }
    }
    let wanted = |c: &&Change| {
        of.is_none_or(|(name, id)| c.name == *name && id.as_ref().is_none_or(|id| c.was.id == *id))
            && since.is_none_or(|since| c.was.updated >= since)
    };
    let all: Vec<&Change> = world.changes.iter().rev().filter(wanted).collect();
    let row = |c: &&Change| {
        format!(
            "{}/{}/{}{}",
            c.name,
            c.was.id,
            c.was.version,
            if c.was.deleted { " gone" } else { "" }
        )
    };
    let places: Vec<usize> = (0..all.len()).filter(|at| seen(reader, all[*at])).collect();
    let Some(then) = then.filter(|_| places.len() > count) else {
        return Outcome::of(places.iter().map(|at| row(&all[*at])).collect());
    };
    let mut rows: Vec<String> = places[..count].iter().map(|at| row(&all[*at])).collect();
    rows.push("|".into());
    if !reader.same_asker(then) && reader.fault != Some(Fault::CursorUnbound) {
        return Outcome {
            error: Some("cursor"),
            ..Outcome::of(rows)
        };
    }
    if let Some((name, Some(id))) = of
        && !world.newest(name, id).is_some_and(|s| then.sees(world, s, Door::History))
    {
        rows.push("absent".into());
        return Outcome::of(rows);
    }
    let rest = (places[count - 1] + 1..all.len()).filter(|at| seen(then, all[*at]));
    rows.extend(rest.map(|at| row(&all[at])));
    Outcome::of(rows)
}

fn one_person(world: &World, reader: &Reader<'_>, person: PersonNo) -> Outcome {
    let hers: Vec<&Stored> = match reader.within(world, person) {
        true => world
            .current
            .iter()
            .filter(|s| s.person != PersonNo(0) && world.same(s.person, person))
            .collect(),
        false => Vec::new(),
    };
    let exists = reader.reaching(Reach::Exists);
    let read = hers.iter().filter(|s| reader.sees(world, s, Door::Person));
    let mut rows: Vec<String> = read.map(|s| format!("{}/{}", s.name(), s.id)).collect();
    rows.sort();
    // What is blocked, or kept from one side of a family, is in neither number.
    let hidden = |reader: &Reader<'_>| hers.iter().filter(|s| !reader.permitted(world, s)).count();
    let counted = hers.iter().filter(|s| exists.sees(world, s, Door::Person)).count();
    rows.push(format!("{} {counted} {}", hidden(reader), hidden(&exists)));
    let closed = |s: &&&Stored| exists.permitted(world, s) && !exists.concealed(s) && exists.closed(world, s);
    Outcome {
        total: Some(hers.iter().filter(closed).count() as u64),
        ..Outcome::of(rows)
    }
}

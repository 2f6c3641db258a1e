//! Random resources, random searches, random scopes: the index answers as a naive program does that
//! looks at every resource and filters afterwards.

mod filter;
mod generate;
mod linked;
mod meaning;
mod model;
mod order;
mod query;

use crate::kit::{Kit, all, instance, rtype};
use generate::Random;
use kilde_access::{AccessScope, Category, testing};
use kilde_index::{Limits, Over, Page, Search};
use kilde_log::PersonNo;
use model::{Stored, World};
use proptest::prelude::*;

/// A scope and the same in the model's words.
struct Reader {
    scope: AccessScope,
    /// `None`: everybody.
    persons: Option<Vec<PersonNo>>,
    categories: Vec<Category>,
}

impl Reader {
    fn random(random: &mut Random, kit: &Kit) -> Reader {
        if random.chance(3) {
            return Reader {
                scope: all(),
                persons: None,
                categories: Category::EVERY.to_vec(),
            };
        }
        let highest = kit.log.persons().0;
        let persons: Vec<PersonNo> = (0..random.below(3))
            .map(|_| PersonNo(1 + random.below(highest.max(1) as usize) as u32))
            .collect();
        let categories: Vec<Category> = Category::EVERY.into_iter().filter(|_| !random.chance(4)).collect();
        Reader {
            scope: testing::reader(instance(), &persons, &categories),
            persons: Some(persons),
            categories,
        }
    }

    fn sees(&self, world: &World, stored: &Stored) -> bool {
        if !self.categories.contains(&stored.category()) {
            return false;
        }
        match &self.persons {
            None => true,
            Some(_) if stored.person == PersonNo(0) => stored.category() == Category::Administrativt,
            Some(persons) => persons.iter().any(|p| world.same(*p, stored.person)),
        }
    }

    fn within(&self, world: &World, person: PersonNo) -> bool {
        self.persons
            .as_ref()
            .is_none_or(|persons| persons.iter().any(|p| world.same(*p, person)))
    }
}

fn trial(seed: u64) -> Result<(), TestCaseError> {
    let mut random = Random::new(seed);
    let mut kit = Kit::new();
    let mut world = World::default();
    for _ in 0..8 + random.below(30) {
        generate::event(&mut random, &mut kit, &mut world);
    }
    for name in ["Patient", "Observation", "EpisodeOfCare", "Organization"] {
        // The default order is the index's own; every other order and every filter must agree with it.
        let order = kit.ids(&all(), name, &[("_count", "1000")]);
        let mut ids: Vec<String> = world.of(name).map(|s| s.id.clone()).collect();
        ids.sort();
        let mut sorted = order.clone();
        sorted.sort();
        prop_assert_eq!(&sorted, &ids, "{} {}", seed, name);
        for _ in 0..25 {
            let reader = Reader::random(&mut random, &kit);
            let filters = query::random(&mut random, name);
            let sort = order::sort(&mut random, name);
            let expected = query::answer(&world, &kit, &reader, name, &filters, sort.as_ref(), &order);
            let mut pairs: Vec<(&str, &str)> = filters.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
            if let Some(sort) = &sort {
                pairs.push(("_sort", sort.text));
            }
            kit.walk = random.chance(2);
            kit.short = random.below(4);
            let told = format!(
                "seed {seed}, walking {} {}: {name} {pairs:?} {:?} {:?}",
                kit.walk, kit.short, reader.persons, reader.categories
            );

            let whole = kit.search(
                &reader.scope,
                name,
                &[pairs.as_slice(), &[("_count", "1000"), ("_total", "accurate")]].concat(),
            );
            let ids: Vec<String> = whole.matches.iter().map(|v| v.id.clone()).collect();
            prop_assert_eq!(&ids, &expected, "{}", &told);
            prop_assert_eq!(whole.total, Some(expected.len() as u64), "{}", &told);
            let count = kit.search(&reader.scope, name, &[pairs.as_slice(), &[("_summary", "count")]].concat());
            prop_assert_eq!(count.total, Some(expected.len() as u64), "{}", &told);

            let includes = linked::includes(&mut random);
            let asked: Vec<(&str, &str)> = includes.iter().map(|i| (i.name, i.value)).collect();
            let matches: Vec<(&str, String)> = expected.iter().map(|id| (name, id.clone())).collect();
            let with = kit.search(&reader.scope, name, &[pairs.as_slice(), &asked, &[("_count", "1000")]].concat());
            prop_assert_eq!(&with.matches, &whole.matches, "{} {:?}", &told, &asked);
            let mut added: Vec<(String, String)> = with.included.iter().map(|v| (v.rtype.name().to_owned(), v.id.clone())).collect();
            added.sort();
            let wanted = linked::included(&world, &reader, &includes, &matches);
            prop_assert_eq!(added, wanted, "{} {:?}", &told, &asked);

            let size = (1 + random.below(4)).to_string();
            let mut page = kit.search(&reader.scope, name, &[pairs.as_slice(), &[("_count", &size)]].concat());
            prop_assert!(page.total.is_none_or(|total| total == expected.len() as u64), "{}", &told);
            let mut paged: Vec<String> = page.matches.into_iter().map(|v| v.id).collect();
            while let Some(cursor) = page.next {
                page = kit.search(&reader.scope, name, &[("_cursor", &cursor)]);
                paged.extend(page.matches.into_iter().map(|v| v.id));
            }
            prop_assert_eq!(&paged, &expected, "pages of {}", &told);
        }
    }
    places(&mut random, &mut kit, &world, seed)?;
    prop_assert_eq!(
        kit.rebuilt().1.digest().unwrap(),
        kit.index.digest().unwrap(),
        "rebuild, seed {}",
        seed
    );
    Ok(())
}

/// Searches in compartments, and for what others contain.
fn places(random: &mut Random, kit: &mut Kit, world: &World, seed: u64) -> Result<(), TestCaseError> {
    for _ in 0..15 {
        let reader = Reader::random(random, kit);
        let (over, query, wanted): (Over, Vec<(String, String)>, Vec<String>) = if random.chance(2) {
            let (id, name) = (format!("p{}", random.below(4)), random.pick(&["Observation", "EpisodeOfCare"]));
            let of_patient = meaning::Meaning::OfPatient(id.clone());
            let wanted = world
                .of(name)
                .filter(|s| reader.sees(world, s) && meaning::meets(world, kit, &reader, s, &of_patient));
            let wanted = wanted.map(|s| s.id.clone()).collect();
            let over = Over::Compartment {
                focus: rtype("Patient"),
                id,
                rtype: Some(rtype(name)),
            };
            (over, Vec::new(), wanted)
        } else {
            let filter = query::family(random, "name");
            let mode = random.pick(&["false", "true", "both"]);
            let meets = |s: &Stored| meaning::meets(world, kit, &reader, s, &filter.meaning);
            let seen = world.current.iter().filter(|s| reader.sees(world, s));
            let wanted = seen.filter(|s| {
                let itself = mode != "true" && s.name() == "Organization" && meets(s);
                itself || (mode != "false" && meaning::inside(s).is_some_and(|inner| meets(&inner)))
            });
            let wanted = wanted.map(|s| s.id.clone()).collect();
            let query = vec![
                (filter.name.clone(), filter.value.clone()),
                ("_contained".to_owned(), mode.to_owned()),
            ];
            (Over::Type(rtype("Organization")), query, wanted)
        };
        let told = format!("seed {seed}: {over:?} {query:?} {:?} {:?}", reader.persons, reader.categories);
        let ask = |more: &[(&str, &str)]| {
            let mut query = query.clone();
            query.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
            let (search, _) = Search::parse_over(over.clone(), &query, false, Limits::default()).unwrap();
            kit.index.search(&reader.scope, &search).unwrap()
        };
        let ids = |page: &Page| page.matches.iter().map(|v| v.id.clone()).collect::<Vec<_>>();
        let whole = ask(&[("_count", "1000"), ("_total", "accurate")]);
        let (mut found, mut wanted) = (ids(&whole), wanted);
        found.sort();
        wanted.sort();
        prop_assert_eq!(&found, &wanted, "{}", &told);
        prop_assert_eq!(whole.total, Some(wanted.len() as u64), "{}", &told);
        prop_assert_eq!(ask(&[("_summary", "count")]).total, whole.total, "{}", &told);
        let mut page = ask(&[("_count", "2")]);
        let mut paged = ids(&page);
        while let Some(cursor) = page.next {
            let cursor = [("_cursor".to_owned(), cursor)];
            let (search, _) = Search::parse_over(over.clone(), &cursor, false, Limits::default()).unwrap();
            page = kit.index.search(&reader.scope, &search).unwrap();
            paged.extend(ids(&page));
        }
        prop_assert_eq!(paged, ids(&whole), "pages of {}", &told);
    }
    Ok(())
}

/// More with `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 0, ..ProptestConfig::default() })]
    #[test]
    fn agrees_with_a_naive_search(seed: u64) {
        trial(seed)?;
    }
}

//! Conditions on other resources, and includes, by looking at everything: who refers to whom is said once here.

use super::generate::Random;
use super::meaning::{Meaning, about, meets, whose};
use super::model::{Fields, NINS, Stored, Who, World};
use super::query::{Filter, filter, one};
use super::reader::{Door, Reader};
use crate::kit::Kit;
use kilde_fhir::national_id::FNR;

/// A reference of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Link {
    /// `subject` of Observation, `patient` of EpisodeOfCare
    Patient,
    /// `organization` of EpisodeOfCare
    Organization,
    /// `focus` of Observation
    Focus,
    /// `has-member` of Observation
    Member,
    /// `item` of List
    Item,
    /// `location` of Encounter
    Place,
    /// `part-of` of Encounter
    Visit,
    /// `partof` of Location
    Part,
}

impl Link {
    const ALL: [Link; 8] = [
        Link::Patient,
        Link::Organization,
        Link::Focus,
        Link::Member,
        Link::Item,
        Link::Place,
        Link::Visit,
        Link::Part,
    ];

    /// The id that stands there, of a location or an encounter.
    pub fn id(self, from: &Stored) -> Option<&String> {
        match (self, &from.fields) {
            (Link::Place, Fields::Encounter { place, .. }) => place.as_ref(),
            (Link::Visit, Fields::Encounter { part_of, .. }) => part_of.as_ref(),
            (Link::Part, Fields::Location { part_of, .. }) => part_of.as_ref(),
            _ => None,
        }
    }

    /// The patient whom it names.
    fn patient(self, from: &Stored) -> Who {
        match (self, &from.fields) {
            (Link::Patient, _) => whose(from).clone(),
            (Link::Focus, Fields::Observation { focus: Some(id), .. }) => Who::Patient(id.clone()),
            _ => Who::Nobody,
        }
    }
}

/// Whether a resource refers to another: as a condition asks, by every identity of a person within the scope.
pub fn refers(world: &World, reader: &Reader, link: Link, from: &Stored, to: &Stored) -> bool {
    match (link, &from.fields, &to.fields) {
        (Link::Patient | Link::Focus, _, Fields::Patient { .. }) => {
            let who = link.patient(from);
            who == Who::Patient(to.id.clone()) || about(world, reader, &who, Some(to.person))
        }
        (Link::Member, Fields::Observation { member: Some(id), .. }, Fields::Observation { .. }) => *id == to.id,
        (Link::Item, Fields::List { items, .. }, Fields::Observation { .. }) => items.contains(&to.id),
        (Link::Place | Link::Part, _, Fields::Location { .. }) | (Link::Visit, _, Fields::Encounter { .. }) => {
            link.id(from) == Some(&to.id)
        }
        (Link::Organization, Fields::Episode { organisation: Some(o), .. }, Fields::Organization { number: Some(n), .. }) => o == n,
        _ => false,
    }
}

/// What a reference to a location or an encounter also means: what is part of that, or what that is part of (`up`). The way goes only
/// through what the reader sees.
pub fn hierarchy(world: &World, reader: &Reader, link: Link, id: &str, up: bool) -> Vec<String> {
    let (name, whole) = match link {
        Link::Visit => ("Encounter", Link::Visit),
        _ => ("Location", Link::Part),
    };
    let seen: Vec<&Stored> = world.of(name).filter(|s| reader.sees(world, s, Door::Hierarchy)).collect();
    let mut all = vec![id.to_owned()];
    let mut at = 0;
    while at < all.len() {
        let further: Vec<String> = match up {
            true => seen
                .iter()
                .filter(|s| s.id == all[at])
                .filter_map(|s| whole.id(s).cloned())
                .collect(),
            false => seen
                .iter()
                .filter(|s| whole.id(s) == Some(&all[at]))
                .map(|s| s.id.clone())
                .collect(),
        };
        for id in further {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        at += 1;
    }
    all
}

/// A condition on what is linked, of the condition that it is to meet.
type Linked = fn(Box<Meaning>) -> Meaning;

/// A chain or `_has`, if the type has any here.
pub fn random(random: &mut Random, name: &str, steps: usize) -> Option<Filter> {
    let (prefix, target, meaning): (&str, &str, Linked) = match (name, random.below(6)) {
        ("Encounter", 0 | 1) => ("location.", "Location", |m| Meaning::Chain(Link::Place, m)),
        ("Encounter", 2) => ("part-of:Encounter.", "Encounter", |m| Meaning::Chain(Link::Visit, m)),
        ("Encounter", 3) => ("_has:Encounter:part-of:", "Encounter", |m| {
            Meaning::Has("Encounter", Link::Visit, m)
        }),
        ("Encounter" | "RiskAssessment", _) => ("subject:Patient.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("Location", 0..3) => ("_has:Encounter:location:", "Encounter", |m| {
            Meaning::Has("Encounter", Link::Place, m)
        }),
        ("Location", 3) => ("_has:Location:partof:", "Location", |m| Meaning::Has("Location", Link::Part, m)),
        ("Location", _) => ("partof.", "Location", |m| Meaning::Chain(Link::Part, m)),
        ("Patient", 2) => ("_has:Encounter:patient:", "Encounter", |m| {
            Meaning::Has("Encounter", Link::Patient, m)
        }),
        ("Patient", 3) => ("_has:RiskAssessment:subject:", "RiskAssessment", |m| {
            Meaning::Has("RiskAssessment", Link::Patient, m)
        }),
        ("Observation", 3) => ("focus:Patient.", "Patient", |m| Meaning::Chain(Link::Focus, m)),
        ("Observation", 4) => ("has-member:Observation.", "Observation", |m| Meaning::Chain(Link::Member, m)),
        ("Observation", 5) => match random.below(2) {
            0 => ("_has:List:item:", "List", |m| Meaning::Has("List", Link::Item, m)),
            _ => ("_has:Observation:has-member:", "Observation", |m| {
                Meaning::Has("Observation", Link::Member, m)
            }),
        },
        ("Patient", 4) => ("_has:Observation:focus:", "Observation", |m| {
            Meaning::Has("Observation", Link::Focus, m)
        }),
        ("Patient", 5) => ("_has:List:subject:", "List", |m| Meaning::Has("List", Link::Patient, m)),
        ("List", 0..3) => ("item:Observation.", "Observation", |m| Meaning::Chain(Link::Item, m)),
        ("List", _) => ("subject:Patient.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("Observation", 0) => ("subject.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("Observation", 1) => ("subject:Patient.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("Observation", _) => ("patient.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("EpisodeOfCare", 0) => ("organization.", "Organization", |m| Meaning::Chain(Link::Organization, m)),
        ("EpisodeOfCare", _) => ("patient.", "Patient", |m| Meaning::Chain(Link::Patient, m)),
        ("Patient", 0) => ("_has:EpisodeOfCare:patient:", "EpisodeOfCare", |m| {
            Meaning::Has("EpisodeOfCare", Link::Patient, m)
        }),
        ("Patient", _) => ("_has:Observation:subject:", "Observation", |m| {
            Meaning::Has("Observation", Link::Patient, m)
        }),
        ("Organization", _) => ("_has:EpisodeOfCare:organization:", "EpisodeOfCare", |m| {
            Meaning::Has("EpisodeOfCare", Link::Organization, m)
        }),
        _ => return None,
    };
    let inner = one(random, target, steps - 1);
    if prefix == "focus:Patient." && inner.name == "identifier" {
        return None;
    }
    let name = format!("{prefix}{}", inner.name);
    if prefix.ends_with('.') && inner.name == "identifier" {
        // By identifier a chain also finds who is referred to by that identifier and is not here.
        return Some(match inner.meaning {
            Meaning::Nin(n) => filter(name, format!("{FNR}|{}", NINS[n]), Meaning::OfNin(n)),
            Meaning::Organisation(n) => filter(
                name,
                inner.value,
                Meaning::Any(vec![Meaning::Organisation(n), meaning(Box::new(Meaning::Organisation(n)))]),
            ),
            _ => return None,
        });
    }
    Some(filter(name, inner.value, meaning(Box::new(inner.meaning))))
}

/// Whether something that the resource refers to is within the scope and meets it.
pub fn chain(world: &World, kit: &Kit, reader: &Reader, s: &Stored, link: Link, meaning: &Meaning) -> bool {
    let mut others = world.current.iter().filter(|o| refers(world, reader, link, s, o));
    others.any(|o| reader.sees(world, o, Door::Chain) && meets(world, kit, reader, o, meaning))
}

/// Whether something of that type that refers to the resource is within the scope and meets it.
pub fn has(world: &World, kit: &Kit, reader: &Reader, s: &Stored, (name, link): (&str, Link), meaning: &Meaning) -> bool {
    let mut others = world.of(name).filter(|o| refers(world, reader, link, o, s));
    others.any(|o| reader.sees(world, o, Door::Has) && meets(world, kit, reader, o, meaning))
}

/// An include as it is sent.
#[derive(Debug)]
pub struct Include {
    pub name: &'static str,
    pub value: &'static str,
}

const INCLUDES: [Include; 24] = [
    include("_include", "Encounter:location"),
    include("_include:iterate", "Location:partof"),
    include("_include:iterate", "Encounter:part-of"),
    include("_revinclude", "Encounter:location"),
    include("_revinclude:iterate", "Location:partof"),
    include("_include", "Observation:focus"),
    include("_include", "Observation:has-member"),
    include("_include:iterate", "Observation:has-member"),
    include("_revinclude", "Observation:has-member"),
    include("_revinclude", "Observation:focus"),
    include("_revinclude", "List:item"),
    include("_include", "List:item:Observation"),
    include("_include", "Observation:subject"),
    include("_include", "Observation:patient:Patient"),
    include("_include", "Observation:subject:Group"),
    include("_include", "EpisodeOfCare:organization"),
    include("_include", "EpisodeOfCare:*"),
    include("_include", "*"),
    include("_include:iterate", "EpisodeOfCare:organization"),
    include("_include:iterate", "*"),
    include("_revinclude", "Observation:subject"),
    include("_revinclude", "EpisodeOfCare:organization"),
    include("_revinclude", "*"),
    include("_revinclude:iterate", "EpisodeOfCare:patient"),
];

const fn include(name: &'static str, value: &'static str) -> Include {
    Include { name, value }
}

pub fn includes(random: &mut Random) -> Vec<&'static Include> {
    (0..random.below(3)).map(|_| &INCLUDES[random.below(INCLUDES.len())]).collect()
}

/// What includes add to some matches: type and id, sorted.
pub fn included(world: &World, reader: &Reader, includes: &[&Include], matches: &[(&str, String)]) -> Vec<(String, String)> {
    let is_match = |s: &Stored| matches.iter().any(|(name, id)| *name == s.name() && *id == s.id);
    let mut seeds: Vec<&Stored> = world.current.iter().filter(|s| is_match(s)).collect();
    let mut out: Vec<&Stored> = Vec::new();
    let mut first = true;
    while !seeds.is_empty() {
        let mut fresh: Vec<&Stored> = Vec::new();
        for other in world
            .current
            .iter()
            .filter(|o| !is_match(o) && reader.sees(world, o, Door::Include))
        {
            let added = includes
                .iter()
                .filter(|i| first || i.name.ends_with("iterate"))
                .any(|i| seeds.iter().any(|seed| adds(world, reader, i, seed, other)));
            if added && !out.iter().any(|o| std::ptr::eq(*o, other)) {
                fresh.push(other);
            }
        }
        out.extend(&fresh);
        seeds = fresh;
        first = false;
    }
    let mut names: Vec<(String, String)> = out.iter().map(|s| (s.name().to_owned(), s.id.clone())).collect();
    names.sort();
    names
}

fn adds(world: &World, reader: &Reader, include: &Include, seed: &Stored, other: &Stored) -> bool {
    let reverse = include.name.starts_with("_rev");
    let (from, to) = if reverse { (other, seed) } else { (seed, other) };
    let mut pieces = include.value.split(':');
    let source = pieces.next().unwrap_or("*");
    if source != "*" && source != from.name() {
        return false;
    }
    let links: &[Link] = match (pieces.next().unwrap_or("*"), pieces.next()) {
        (_, Some("Group")) => &[],
        ("subject" | "patient", _) => &[Link::Patient],
        ("organization", _) => &[Link::Organization],
        ("focus", _) => &[Link::Focus],
        ("has-member", _) => &[Link::Member],
        ("item", _) => &[Link::Item],
        ("location", _) => &[Link::Place],
        ("part-of", _) => &[Link::Visit],
        ("partof", _) => &[Link::Part],
        _ => &Link::ALL,
    };
    links.iter().any(|link| match link.patient(from) {
        // What is included is the resource that is named, not the person's others.
        Who::Patient(id) if !reverse => to.name() == "Patient" && to.id == id,
        _ => refers(world, reader, *link, from, to),
    })
}

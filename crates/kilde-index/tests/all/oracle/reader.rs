//! Who asks, in the model's words, and what she sees: the rules said once, plainly, and asked of each resource.

use super::generate::Random;
use super::model::{NINS, SOURCES, Stored, World, organisation};
use crate::kit::{Kit, instance};
use kilde_access::block::{self, Against, Block, Covers};
use kilde_access::declared::{Declaration, Declared};
use kilde_access::proxy::Marks;
use kilde_access::{AccessScope, Category, Days, testing};
use kilde_log::PersonNo;
use std::sync::Arc;

/// The national ids of those who work and may be blocked.
const READERS: [&str; 2] = ["03878620827", "14828020014"];

/// Through which door a resource comes into the answer. Only the faults of [`Fault`] make a difference between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Match,
    Count,
    Chain,
    Has,
    /// On the way from a part to the whole, or back.
    Hierarchy,
    List,
    Include,
    Read,
    Vread,
    History,
    Writer,
    Export,
    Fetch,
    Everything,
    Person,
    LaterPage,
}

impl Door {
    pub const ALL: [Door; 16] = [
        Door::Match,
        Door::Count,
        Door::Chain,
        Door::Has,
        Door::Hierarchy,
        Door::List,
        Door::Include,
        Door::Read,
        Door::Vread,
        Door::History,
        Door::Writer,
        Door::Export,
        Door::Fetch,
        Door::Everything,
        Door::Person,
        Door::LaterPage,
    ];
}

/// What a wrong rule forgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgets {
    Blocks,
    Marks,
    /// Persons, categories, sources.
    Permit,
}

/// A rule that is wrong on purpose, to see that the comparison notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// At one door, something is forgotten.
    At(Door, Forgets),
    /// An earlier version is judged by itself alone.
    ByItself,
    /// An earlier version is judged by the newest one alone.
    ByNewest,
    /// A cursor is good for everybody.
    CursorUnbound,
    /// A secret address hides nothing.
    PlacesFound,
    /// A kind of condition is met by nothing.
    Deaf(Kinds),
}

/// Kinds of conditions that are seldom asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// `:in`
    InSet,
    /// `:below` of codes
    Below,
    /// `:above` of codes
    Above,
    /// `:below` of references
    Parts,
    /// `:above` of references
    Wholes,
    /// `near`
    Near,
    /// Numbers
    Number,
    /// `:of-type`
    OfType,
    /// `ap` of dates
    Approximate,
}

impl Kinds {
    pub const ALL: [Kinds; 9] = [
        Kinds::InSet,
        Kinds::Below,
        Kinds::Above,
        Kinds::Parts,
        Kinds::Wholes,
        Kinds::Near,
        Kinds::Number,
        Kinds::OfType,
        Kinds::Approximate,
    ];
}

/// For what something is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Read,
    Exists,
    Write,
}

/// Whose data.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Everything there is; writes as the first source.
    Everything,
    /// Persons by an identity of theirs.
    Persons(Vec<String>),
    /// What a source has delivered itself.
    Source(usize),
    /// What an organisation has delivered, by any source of its.
    Organisation(usize),
}

/// A scope in words that do not depend on a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    pub kind: Kind,
    pub categories: Vec<Category>,
    /// Categories that personnel may write, and through which source.
    pub writes: Option<(Vec<Category>, usize)>,
    /// Of the person with that identity.
    pub blocks: Vec<(String, Block)>,
    /// Who reads, for blocks.
    pub pid: &'static str,
    pub organisation: usize,
    pub emergency: bool,
    /// From whom marks keep: bits as [`Stored::marks`] has them.
    pub hides: u8,
    pub exists_only: bool,
    /// Whether she sees the places of those with a secret address.
    pub places: bool,
}

pub fn identity(random: &mut Random) -> String {
    match random.below(6) {
        0 => format!("nin|{}", NINS[random.below(NINS.len())]),
        _ => format!("Patient/p{}", random.below(4)),
    }
}

fn categories(random: &mut Random) -> Vec<Category> {
    Category::EVERY.into_iter().filter(|_| !random.chance(5)).collect()
}

pub fn block(random: &mut Random) -> (String, Block) {
    let against = match random.below(8) {
        0..4 => Against::Everyone,
        4 => Against::OthersThanSource,
        5 | 6 => Against::Organisation {
            number: organisation(random.below(SOURCES.len())).to_owned(),
        },
        _ => Against::Reader {
            pid: READERS[random.below(2)].to_owned(),
            hpr: None,
            name: None,
            workplace: None,
        },
    };
    let covers = match random.below(6) {
        0 => Covers::Everything,
        1 => Covers::Category {
            name: Category::EVERY[random.below(6)].name().to_owned(),
        },
        2..5 => {
            let (rtype, letter, n) = random.pick(&[
                ("Observation", "o", 14),
                ("Patient", "p", 4),
                ("EpisodeOfCare", "e", 4),
                ("List", "l", 3),
                ("Encounter", "v", 4),
                ("Encounter", "v", 4),
            ]);
            Covers::Element {
                rtype: rtype.to_owned(),
                id: format!("{letter}{}", random.below(n)),
            }
        }
        _ => {
            let from = 2023 + random.below(3) as i16;
            let to = jiff::civil::date(from + random.below(2) as i16, 12, 31);
            Covers::Period {
                days: Days::between(Some(jiff::civil::date(from, 1, 1)), Some(to)),
            }
        }
    };
    let block = Block {
        against,
        covers,
        emergency_opens: random.chance(3),
    };
    (identity(random), block)
}

impl Access {
    pub fn random(random: &mut Random) -> Access {
        let kind = match random.below(10) {
            0 => Kind::Everything,
            1 => Kind::Source(random.below(SOURCES.len())),
            2 | 3 => Kind::Organisation(random.below(SOURCES.len())),
            _ => Kind::Persons((0..random.below(3)).map(|_| identity(random)).collect()),
        };
        let mut access = Access {
            categories: Category::EVERY.to_vec(),
            writes: None,
            blocks: Vec::new(),
            pid: READERS[random.below(2)],
            organisation: random.below(SOURCES.len()),
            emergency: random.chance(4),
            hides: 0,
            exists_only: false,
            places: true,
            kind,
        };
        if matches!(access.kind, Kind::Persons(_)) {
            access.categories = categories(random);
            access.hides = random.below(8) as u8;
            access.exists_only = random.chance(8);
            access.places = random.chance(2);
            if random.chance(2) {
                access.writes = Some((categories(random), random.below(SOURCES.len())));
            }
        }
        if !matches!(access.kind, Kind::Everything | Kind::Source(_)) && !random.chance(3) {
            access.blocks = (0..1 + random.below(5)).map(|_| block(random)).collect();
        }
        access
    }

    /// The same under more blocks: what a citizen does between two pages.
    pub fn narrowed(&self, random: &mut Random) -> Access {
        let mut narrowed = self.clone();
        narrowed.blocks.extend((0..1 + random.below(4)).map(|_| block(random)));
        narrowed
    }
}

/// A scope in a world, and the same in the model's words.
#[derive(Clone)]
pub struct Reader<'a> {
    pub scope: AccessScope,
    pub access: &'a Access,
    /// `None`: everybody.
    pub persons: Option<Vec<PersonNo>>,
    blocks: Vec<(PersonNo, &'a Block)>,
    pub reach: Reach,
    pub fault: Option<Fault>,
}

impl<'a> Reader<'a> {
    /// Identities that the world does not have name nobody.
    pub fn new(access: &'a Access, kit: &Kit, fault: Option<Fault>) -> Reader<'a> {
        let person = |identity: &String| kit.log.person(identity).unwrap();
        let persons = match &access.kind {
            Kind::Persons(all) => Some(all.iter().filter_map(person).collect::<Vec<_>>()),
            _ => None,
        };
        let split = |source: usize| SOURCES[source].split_once('/').unwrap();
        let mut scope = match (&access.kind, &persons) {
            (Kind::Source(source), _) => testing::system(instance(), split(*source).0, split(*source).1),
            (Kind::Organisation(source), _) => testing::organisation(instance(), split(*source).0, split(*source).1),
            (_, Some(persons)) => testing::reader(instance(), persons, &access.categories),
            _ => testing::everything(instance(), split(0).0, split(0).1),
        };
        if let Some((categories, source)) = &access.writes {
            scope = testing::writing(&scope, categories, split(*source).0, split(*source).1);
        }
        if access.exists_only {
            scope = testing::exists_only(&scope);
        }
        if !access.places {
            scope = testing::without_places(&scope);
        }
        let marks = [Marks::FROM_PARENTS, Marks::FROM_YOUTH, Marks::INTERNAL];
        let hides = (0..3).filter(|bit| access.hides & (1 << bit) != 0).map(|bit| marks[bit]);
        scope = testing::concealing(&scope, hides.fold(Marks::NONE, Marks::with));
        let blocks: Vec<(PersonNo, &Block)> = access.blocks.iter().filter_map(|(of, block)| Some((person(of)?, block))).collect();
        if !blocks.is_empty() {
            let mut declared = Declared::default();
            for (number, (of, block)) in blocks.iter().enumerate() {
                declared.put(*of, &number.to_string(), Some(Declaration::Block((*block).clone())));
            }
            let reader = block::Reader {
                pid: Some(access.pid.to_owned()),
                hpr: None,
                organisations: vec![organisation(access.organisation).to_owned()],
                emergency: access.emergency,
            };
            scope = testing::hindered(&scope, Arc::new(declared), reader);
        }
        Reader {
            scope,
            access,
            persons,
            blocks,
            reach: Reach::Read,
            fault,
        }
    }

    /// The same reader, asking for something else.
    pub fn reaching(&self, reach: Reach) -> Reader<'a> {
        Reader { reach, ..self.clone() }
    }

    /// The same reader, by wrong rules.
    pub fn judging(&self, fault: Fault) -> Reader<'a> {
        let fault = Some(fault);
        Reader { fault, ..self.clone() }
    }

    /// Whether a cursor of the one is good for the other: the same persons, by whatever identity, and the same reach. Blocks between two
    /// pages take nothing of it.
    pub fn same_asker(&self, other: &Reader<'_>) -> bool {
        let (own, others) = (self.access, other.access);
        let same_kind = match (&own.kind, &others.kind) {
            (Kind::Persons(_), Kind::Persons(_)) => self.persons == other.persons,
            (own, others) => own == others,
        };
        same_kind && own.categories == others.categories && own.writes == others.writes && own.places == others.places
    }

    /// Whether she sees a resource at that door.
    pub fn sees(&self, world: &World, s: &Stored, door: Door) -> bool {
        let forgets = |what| self.fault == Some(Fault::At(door, what));
        (forgets(Forgets::Permit) || self.permitted(world, s))
            && (forgets(Forgets::Marks) || !self.concealed(s))
            && (forgets(Forgets::Blocks) || !self.closed(world, s))
    }

    /// Whether role, persons and delivery let her reach it, whatever its citizen has chosen.
    pub fn permitted(&self, world: &World, s: &Stored) -> bool {
        let access = self.access;
        let among = match &self.persons {
            None => true,
            Some(_) if s.person == PersonNo(0) => s.category() == Category::Administrativt,
            Some(persons) => persons.iter().any(|p| world.same(*p, s.person)),
        };
        let delivered = match access.kind {
            Kind::Source(own) => s.source == own,
            Kind::Organisation(own) => organisation(s.source) == organisation(own),
            _ => true,
        };
        let told = match self.reach {
            Reach::Exists => !access.exists_only || s.person != PersonNo(0),
            _ => !access.exists_only,
        };
        let reads = among && delivered && told && access.categories.contains(&s.category());
        let writes = match (&access.kind, &access.writes) {
            (Kind::Persons(_), Some((categories, source))) => among && s.source == *source && categories.contains(&s.category()),
            (Kind::Source(own), _) => s.source == *own,
            (Kind::Everything, _) => s.source == 0,
            _ => false,
        };
        reads || (self.reach == Reach::Write && writes)
    }

    /// Whether it is marked as kept from her side of the family.
    pub fn concealed(&self, s: &Stored) -> bool {
        self.access.hides & s.marks != 0
    }

    /// Whether the citizen has blocked it from her.
    pub fn closed(&self, world: &World, s: &Stored) -> bool {
        let of_her = |of: &PersonNo| s.person != PersonNo(0) && world.same(*of, s.person);
        self.blocks.iter().any(|(of, block)| of_her(of) && self.blocked(block, s))
    }

    fn blocked(&self, block: &Block, s: &Stored) -> bool {
        let access = self.access;
        let kept_out = match &block.against {
            Against::Everyone => true,
            Against::OthersThanSource => organisation(s.source) != organisation(access.organisation),
            Against::Organisation { number } => number == organisation(access.organisation),
            Against::Reader { pid, .. } => pid == access.pid,
        };
        let covered = match &block.covers {
            Covers::Everything => true,
            Covers::Category { name } => name == s.category().name(),
            Covers::Element { rtype, id } => rtype == s.name() && *id == s.id,
            Covers::Period { days } => {
                // The model counts from 1970.
                let day = |date: Option<jiff::civil::Date>| date.map(|d| d.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24);
                let (from, to) = (day(days.first()).unwrap(), day(days.last()).unwrap());
                from <= s.documented.1 && s.documented.0 <= to
            }
        };
        kept_out && covered && !(access.emergency && block.emergency_opens)
    }

    pub fn within(&self, world: &World, person: PersonNo) -> bool {
        self.persons
            .as_ref()
            .is_none_or(|persons| persons.iter().any(|p| world.same(*p, person)))
    }
}

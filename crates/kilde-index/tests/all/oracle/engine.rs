//! The engine's answer to a question, in a form that can be compared.

use super::question::{About, Form, Question};
use super::reader::Reader;
use crate::kit::{Kit, rtype};
use kilde_access::{AccessScope, Categories};
use kilde_fhir::definitions::ResourceType;
use kilde_index::changes::{Changes, Of};
use kilde_index::search::{Bulk, Whose};
use kilde_index::{Limits, Over, Page, Read, Search, SearchError, Version};

/// What comes of a question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Names of what is told, in order where there is one. `|` stands where somebody else goes on.
    pub rows: Vec<String>,
    pub total: Option<u64>,
    pub error: Option<&'static str>,
}

impl Outcome {
    pub fn of(rows: Vec<String>) -> Outcome {
        Outcome {
            rows,
            ..Outcome::default()
        }
    }

    pub fn refused(error: &'static str) -> Outcome {
        Outcome {
            error: Some(error),
            ..Outcome::default()
        }
    }
}

fn error(error: SearchError) -> &'static str {
    match error {
        SearchError::Cursor(_) => "cursor",
        SearchError::TooManyIncluded(_) => "too many included",
        SearchError::TooCostly { .. } => "too costly",
        other => panic!("{other}"),
    }
}

type Pairs = Vec<(String, String)>;

fn pairs(filters: &[super::query::Filter], more: &[(&str, &str)]) -> Pairs {
    let own = filters.iter().map(|f| (f.name.clone(), f.value.clone()));
    own.chain(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))).collect()
}

fn ids(versions: &[Version]) -> Vec<String> {
    versions.iter().map(|v| v.id.clone()).collect()
}

fn named(versions: &[Version]) -> Vec<String> {
    let mut all: Vec<String> = versions.iter().map(|v| format!("{}/{}", v.rtype.name(), v.id)).collect();
    all.sort();
    all
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

/// What the engine answers. `then` is who goes on.
pub fn ask(kit: &Kit, question: &Question, reader: &Reader<'_>, then: Option<&Reader<'_>>) -> Outcome {
    let limits = Limits {
        short: question.walk.unwrap_or(Limits::default().short),
        ..Limits::default()
    };
    let asked = Asked {
        kit,
        scope: &reader.scope,
        then: then.map(|t| &t.scope),
        limits,
    };
    let index = &kit.index;
    match &question.about {
        About::Search { name, filters, sort, form } => {
            let sort: Vec<(&str, &str)> = sort.iter().map(|s| ("_sort", s.text)).collect();
            asked.search(&Over::Type(rtype(name)), pairs(filters, &sort), *form)
        }
        About::Include {
            name,
            filters,
            includes,
            most,
        } => {
            let mut more: Vec<(&str, &str)> = includes.iter().map(|i| (i.name, i.value)).collect();
            more.push(("_count", "1000"));
            let limits = Limits { included: *most, ..limits };
            match asked.page(&Over::Type(rtype(name)), &pairs(filters, &more), limits, &reader.scope) {
                Ok(page) => {
                    let mut rows = ids(&page.matches);
                    rows.push("+".into());
                    rows.extend(named(&page.included));
                    Outcome::of(rows)
                }
                Err(e) => Outcome::refused(error(e)),
            }
        }
        About::System {
            types,
            filters,
            sort,
            form,
        } => {
            let types = types.join(",");
            let mut more: Vec<(&str, &str)> = sort.iter().map(|s| ("_sort", s.text)).collect();
            if !types.is_empty() {
                more.push(("_type", &types));
            }
            asked.search(&Over::System, pairs(filters, &more), *form)
        }
        About::Compartment { id, name, form } => {
            let over = Over::Compartment {
                focus: rtype("Patient"),
                id: id.clone(),
                rtype: Some(rtype(name)),
            };
            asked.search(&over, Vec::new(), *form)
        }
        About::Contained { filter, mode, form } => {
            let query = pairs(std::slice::from_ref(filter), &[("_contained", mode)]);
            let mut outcome = asked.search(&Over::Type(rtype("Organization")), query, *form);
            if then.is_none() {
                outcome.rows.sort();
            }
            outcome
        }
        About::Everything(id) => {
            let over = Over::Everything {
                of: rtype("Patient"),
                id: id.clone(),
            };
            let page = asked
                .page(&over, &pairs(&[], &[("_count", "1000")]), limits, &reader.scope)
                .unwrap();
            let mut rows = named(&page.matches);
            rows.push("+".into());
            rows.extend(named(&page.included));
            Outcome::of(rows)
        }
        About::Read(name, id) => read(index.read(&reader.scope, rtype(name), id).unwrap()),
        About::Vread(name, id, version) => read(index.vread(&reader.scope, rtype(name), id, *version).unwrap()),
        About::Head(name, id) => {
            let head = index.head(&reader.scope, rtype(name), id).unwrap();
            let taken = index.taken(&reader.scope, rtype(name), id).unwrap();
            let rows = head.map(|h| format!("{} {}", h.version, h.deleted)).into_iter();
            Outcome {
                total: Some(u64::from(taken)),
                ..Outcome::of(rows.collect())
            }
        }
        About::History { of, count, since } => asked.history(of.as_ref(), *count, *since),
        About::Matching { name, filters } => {
            let (search, _) = Search::parse(rtype(name), &pairs(filters, &[]), false, limits).unwrap();
            let found = index.matching(&reader.scope, &search, 1000).unwrap();
            Outcome::of(found.into_iter().map(|m| m.id).collect())
        }
        About::Bulk { name, filters, of_persons } => asked.bulk(rtype(name), &pairs(filters, &[]), *of_persons),
        About::Person(identity) => {
            let Some(person) = kit.log.person(identity).unwrap() else {
                return Outcome::refused("unknown");
            };
            let types: Vec<ResourceType> = ResourceType::all().collect();
            let one = index.one_person(&reader.scope, person, &[]).unwrap();
            let (versions, withheld) = one.read(&types, Categories::ALL).unwrap();
            let presence = one.presence(&types, Categories::ALL).unwrap();
            let mut rows = named(&versions);
            rows.push(format!("{withheld} {} {}", presence.seen, presence.withheld));
            Outcome {
                total: Some(u64::from(one.closed().unwrap())),
                ..Outcome::of(rows)
            }
        }
    }
}

fn read(read: Read) -> Outcome {
    Outcome::of(match read {
        Read::Found(version) => vec![format!("{} {}", version.id, version.version)],
        Read::Gone { version, .. } => vec![format!("gone {version}")],
        Read::Absent => Vec::new(),
    })
}

struct Asked<'a> {
    kit: &'a Kit,
    scope: &'a AccessScope,
    then: Option<&'a AccessScope>,
    limits: Limits,
}

impl Asked<'_> {
    fn page(&self, over: &Over, query: &Pairs, limits: Limits, scope: &AccessScope) -> Result<Page, SearchError> {
        let (search, _) = Search::parse_over(over.clone(), query, false, limits).unwrap();
        self.kit.index.search(scope, &search)
    }

    fn search(&self, over: &Over, mut query: Pairs, form: Form) -> Outcome {
        let mut add = |name: &str, value: &str| query.push((name.to_owned(), value.to_owned()));
        match form {
            Form::Whole => {
                add("_count", "1000");
                add("_total", "accurate");
            }
            Form::Count => add("_summary", "count"),
            Form::Pages(size) => add("_count", &size.to_string()),
        }
        let mut page = match self.page(over, &query, self.limits, self.scope) {
            Ok(page) => page,
            Err(e) => return Outcome::refused(error(e)),
        };
        let mut outcome = Outcome::of(ids(&page.matches));
        outcome.total = page.total;
        let scope = self.then.unwrap_or(self.scope);
        if self.then.is_some() && page.next.is_some() {
            outcome.rows.push("|".into());
        }
        while let Some(cursor) = page.next {
            page = match self.page(over, &vec![("_cursor".to_owned(), cursor)], self.limits, scope) {
                Ok(page) => page,
                Err(e) => {
                    outcome.error = Some(error(e));
                    break;
                }
            };
            outcome.rows.extend(ids(&page.matches));
        }
        outcome
    }

    fn history(&self, of: Option<&(&'static str, Option<String>)>, count: usize, since: Option<i64>) -> Outcome {
        let of = match of {
            None => Of::System,
            Some((name, None)) => Of::Type(rtype(name)),
            Some((name, Some(id))) => Of::Instance(rtype(name), id.clone()),
        };
        let mut wanted = Changes {
            count,
            since_ms: since,
            ..Changes::default()
        };
        let mut outcome = Outcome::default();
        let mut scope = self.scope;
        loop {
            let page = match self.kit.index.changes(scope, &of, &wanted, self.kit.now_ms) {
                Ok(Some(page)) => page,
                Ok(None) => {
                    outcome.rows.push("absent".into());
                    return outcome;
                }
                Err(e) => {
                    outcome.error = Some(error(e));
                    return outcome;
                }
            };
            let row = |v: &Version| format!("{}/{}/{}{}", v.rtype.name(), v.id, v.version, if v.deleted { " gone" } else { "" });
            outcome.rows.extend(page.versions.iter().map(row));
            let Some(next) = page.next else { return outcome };
            wanted.cursor = Some(next);
            if let Some(then) = self.then.filter(|_| std::ptr::eq(scope, self.scope)) {
                outcome.rows.push("|".into());
                scope = then;
            }
        }
    }

    fn bulk(&self, rtype: ResourceType, filter: &Pairs, of_persons: bool) -> Outcome {
        let filters: Vec<Search> = match filter.is_empty() {
            true => Vec::new(),
            false => vec![Search::parse(rtype, filter, false, self.limits).unwrap().0],
        };
        let bulk = Bulk {
            rtype,
            filters: &filters,
            whose: if of_persons { Whose::Persons } else { Whose::Any },
            until: self.kit.log.last(),
            since_ms: None,
            deleted: false,
        };
        let (mut places, mut from) = (Vec::new(), Some(0));
        while let Some(at) = from {
            let stretch = self.kit.index.bulk(self.scope, &bulk, at, 3).unwrap();
            places.extend(stretch.places);
            from = stretch.next;
        }
        let mut rows = sorted(places.iter().map(|p| p.id.clone()).collect());
        rows.push("|".into());
        let scope = self.then.unwrap_or(self.scope);
        let fetched = self.kit.index.bulk_read(scope, rtype, &places).unwrap();
        rows.extend(sorted(ids(&fetched)));
        Outcome::of(rows)
    }
}

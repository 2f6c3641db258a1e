//! The controller's search of the access log.

use super::entry::AccessEntry;
use super::finder::{Finder, handle, of_handle};
use super::{AccessLog, AccessLogError, LoggedActor};
use kilde_log::{Lookup, PersonNo, Term};

/// Places of the lookup that are looked at for one page.
const STEPS: usize = 50_000;
/// Entries that are read for one page.
const READ: usize = 5_000;

/// The reader whose entries are wanted.
#[derive(Clone, PartialEq, Eq)]
pub enum WantedReader {
    /// By national id.
    Pid(String),
    /// By HPR number.
    Hpr(String),
    /// By the handle that an answer of the log gave her.
    Handle(String),
}

/// Shows no number.
impl std::fmt::Debug for WantedReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            WantedReader::Pid(_) => "Pid",
            WantedReader::Hpr(_) => "Hpr",
            WantedReader::Handle(_) => "Handle",
        })
    }
}

/// What is wanted of the access log. Everything that is said must hold; nothing said is everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// About one of these persons: the numbers of one human being. `None`: about anybody or nobody.
    pub persons: Option<Vec<PersonNo>>,
    /// By this reader.
    pub reader: Option<WantedReader>,
    /// By this client.
    pub client: Option<String>,
    /// Through a client of this supplier (organisation number).
    pub supplier: Option<String>,
    /// For this organisation (number).
    pub organisation: Option<String>,
    /// In this unit.
    pub unit: Option<String>,
    /// Permitted for this ground.
    pub ground: Option<String>,
    /// What was asked of the policies ([`crate::Action::name`]).
    pub action: Option<String>,
    /// Refused (`true`) or permitted (`false`).
    pub refused: Option<bool>,
    /// Refused with this code.
    pub code: Option<String>,
    /// Whether a human being looked (`false`), or none (`true`).
    pub automatic: Option<bool>,
    /// From this time on (Unix ms).
    pub from_ms: Option<i64>,
    /// Before this time (Unix ms).
    pub to_ms: Option<i64>,
    /// Only what belongs to reviews: findings and their outcomes.
    pub review: bool,
}

/// A page of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundPage {
    /// Number and entry.
    pub entries: Vec<(u64, AccessEntry)>,
    /// Where the next page begins: ask with this as `before`. There may be a next page although this one is not full: no more
    /// is looked at for one page than its bound.
    pub next: Option<u64>,
}

impl Wanted {
    /// Whether an entry is what is wanted, all of it but the reader's handle.
    fn holds(&self, entry: &AccessEntry) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
        let actor = &entry.actor;
        self.persons
            .as_ref()
            .is_none_or(|persons| entry.person != 0 && persons.contains(&PersonNo(entry.person)))
            && match &self.reader {
                Some(WantedReader::Pid(pid)) => actor.pid.as_ref() == Some(pid),
                Some(WantedReader::Hpr(hpr)) => actor.hpr.as_ref() == Some(hpr),
                Some(WantedReader::Handle(_)) | None => true,
            }
            && is(&self.client, Some(&actor.client))
            && is(&self.supplier, actor.supplier.as_deref())
            && is(&self.organisation, actor.organisation.as_deref())
            && is(&self.unit, actor.unit.as_deref())
            && is(&self.ground, entry.ground.as_deref())
            && is(&self.action, Some(&entry.action))
            && is(&self.code, entry.refused.as_deref())
            && self.refused.is_none_or(|refused| entry.refused.is_some() == refused)
            && self.automatic.is_none_or(|automatic| entry.automatic == automatic)
            && self.from_ms.is_none_or(|from| from <= entry.time_ms)
            && self.to_ms.is_none_or(|to| entry.time_ms < to)
            && (!self.review || entry.review.is_some())
    }

    /// The terms that every entry wanted has, but the person.
    fn terms(&self, finder: &Finder) -> Option<Vec<Term>> {
        let mut terms = Vec::new();
        match &self.reader {
            Some(WantedReader::Pid(pid)) => terms.push(finder.term("reader", &format!("pid|{pid}"))),
            Some(WantedReader::Hpr(hpr)) => terms.push(finder.term("hpr", hpr)),
            Some(WantedReader::Handle(text)) => terms.push(of_handle(text)?),
            None => {}
        }
        for (kind, value) in [
            ("client", &self.client),
            ("supplier", &self.supplier),
            ("organisation", &self.organisation),
            ("unit", &self.unit),
            ("ground", &self.ground),
            ("action", &self.action),
            ("code", &self.code),
        ] {
            terms.extend(value.as_ref().map(|value| finder.term(kind, value)));
        }
        terms.extend(self.refused.map(|refused| finder.outcome(refused)));
        if self.review {
            terms.push(finder.term("review", ""));
        }
        Some(terms)
    }
}

impl AccessLog {
    /// Takes into the lookup what the log has got since, so that a search need not wait for it. Gives how many entries that were.
    pub fn catch_up(&self) -> Result<u64, AccessLogError> {
        self.finder.catch_up(&self.records, u64::MAX)
    }

    /// As [`catch_up`](Self::catch_up), but takes at most so many entries.
    pub fn catch_up_some(&self, most: u64) -> Result<u64, AccessLogError> {
        self.finder.catch_up(&self.records, most)
    }

    /// A number that a program which reads along in the log keeps under a name; 0 if none is kept, or the lookup was made anew.
    pub fn mark(&self, name: &str) -> Result<u64, AccessLogError> {
        Ok(self.finder.lookup().mark(name)?)
    }

    /// Keeps a number under a name.
    pub fn set_mark(&self, name: &str, number: u64) -> Result<(), AccessLogError> {
        Ok(self.finder.lookup().set_mark(name, number)?)
    }

    /// The number of the first entry of a time or later, rounded down to its hour; one more than the last if there is none.
    pub fn first_since(&self, time_ms: i64) -> Result<u64, AccessLogError> {
        let span = self.finder.lookup().span(time_ms, i64::MAX)?;
        Ok(span.map_or_else(|| self.records.last().saturating_add(1), |(first, _)| first))
    }

    /// The handle of who made an entry: the same over all of her entries, and nothing can be read from it.
    pub fn handle(&self, actor: &LoggedActor) -> String {
        handle(&self.finder.reader(actor))
    }

    /// What a search for a reader leaves in its own entry: her handle, or what stands for her HPR number.
    pub fn sought(&self, reader: &WantedReader) -> String {
        match reader {
            WantedReader::Pid(pid) => handle(&self.finder.term("reader", &format!("pid|{pid}"))),
            WantedReader::Hpr(hpr) => handle(&self.finder.term("hpr", hpr)),
            WantedReader::Handle(text) => of_handle(text).map(|term| handle(&term)).unwrap_or_default(),
        }
    }

    /// Entries that are wanted, numbered below `before`, newest first, at most `limit`. The cost of a page is bounded. Searching
    /// the log is itself to be logged.
    pub fn search(&self, wanted: &Wanted, before: Option<u64>, limit: usize) -> Result<FoundPage, AccessLogError> {
        self.catch_up()?;
        let Some(terms) = wanted.terms(&self.finder) else {
            return Ok(FoundPage::default());
        };
        let mut below = before.unwrap_or(u64::MAX).min(self.records.last().saturating_add(1));
        let mut low = 1;
        if wanted.from_ms.is_some() || wanted.to_ms.is_some() {
            let span = self
                .finder
                .lookup()
                .span(wanted.from_ms.unwrap_or(i64::MIN), wanted.to_ms.unwrap_or(i64::MAX))?;
            let Some((first, last)) = span else {
                return Ok(FoundPage::default());
            };
            (low, below) = (first, below.min(last.saturating_add(1)));
        }
        let Some(persons) = &wanted.persons else {
            return self.walk(wanted, &terms, low, below, limit);
        };
        // The numbers of one human being, most often one: each by itself, then together. What one of them has not looked at yet
        // is left for the next page.
        let mut out = FoundPage::default();
        for person in persons.iter().filter(|person| person.is_some()) {
            let mut terms = terms.clone();
            terms.push(self.finder.person(*person));
            let page = self.walk(wanted, &terms, low, below, limit)?;
            out.entries.extend(page.entries);
            out.next = out.next.max(page.next);
        }
        out.entries.sort_by_key(|(no, _)| std::cmp::Reverse(*no));
        out.entries.dedup_by_key(|(no, _)| *no);
        if let Some(next) = out.next {
            out.entries.retain(|(no, _)| *no >= next);
        }
        if out.entries.len() > limit {
            out.entries.truncate(limit);
            out.next = out.entries.last().map(|(no, _)| *no);
        }
        Ok(out)
    }

    fn walk(&self, wanted: &Wanted, terms: &[Term], low: u64, mut below: u64, limit: usize) -> Result<FoundPage, AccessLogError> {
        let lookup: &Lookup = self.finder.lookup();
        let mut out = FoundPage::default();
        let (mut steps, mut read) = (STEPS, READ);
        loop {
            let more = lookup.find(terms, low, below, (limit - out.entries.len()).min(read), steps)?;
            steps = steps.saturating_sub(more.steps);
            read = read.saturating_sub(more.found.len());
            for no in &more.found {
                if let Some(entry) = self.read(*no)?.filter(|entry| wanted.holds(entry)) {
                    out.entries.push((*no, entry));
                }
            }
            match more.below {
                None => return Ok(out),
                Some(at) if out.entries.len() >= limit || steps == 0 || read == 0 => {
                    out.next = Some(at);
                    return Ok(out);
                }
                Some(at) => below = at,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::open;
    use super::*;
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = AccessEntry> {
        let kinds = prop_oneof![Just("personnel"), Just("citizen"), Just("system")];
        (kinds, 0u32..4, 0u8..3, 0u8..3, 0u8..2, 0i64..40, any::<bool>(), any::<bool>()).prop_map(
            |(kind, person, who, unit, ground, hours, refused, automatic)| AccessEntry {
                time_ms: 1_795_000_000_000 + hours * 1_800_000,
                actor: LoggedActor {
                    kind: kind.to_owned(),
                    pid: (kind != "system" && who > 0).then(|| format!("0{who}")),
                    hpr: (kind == "personnel").then(|| format!("9{who}")),
                    unit: (unit > 0).then(|| unit.to_string()),
                    client: format!("c{}", unit % 2),
                    ..LoggedActor::default()
                },
                person,
                action: ["read", "search"][usize::from(ground)].to_owned(),
                ground: (!refused).then(|| ["attested", "emergency"][usize::from(ground)].to_owned()),
                refused: refused.then(|| "need-missing".to_owned()),
                automatic,
                ..AccessEntry::default()
            },
        )
    }

    fn wanted() -> impl Strategy<Value = Wanted> {
        let maybe = |text: &'static str| proptest::option::weighted(0.3, Just(text.to_owned()));
        let persons = proptest::option::weighted(0.4, proptest::collection::vec((0u32..4).prop_map(PersonNo), 0..3));
        let reader = proptest::option::weighted(
            0.4,
            prop_oneof![
                Just(WantedReader::Pid("01".to_owned())),
                Just(WantedReader::Hpr("92".to_owned())),
                Just(WantedReader::Handle("no handle".to_owned())),
            ],
        );
        let time = || proptest::option::weighted(0.3, (0i64..40).prop_map(|h| 1_795_000_000_000 + h * 1_800_000));
        (
            (persons, reader, maybe("c1"), maybe("2"), maybe("emergency"), maybe("read")),
            (
                proptest::option::weighted(0.3, any::<bool>()),
                proptest::option::weighted(0.3, any::<bool>()),
                time(),
                time(),
            ),
        )
            .prop_map(
                |((persons, reader, client, unit, ground, action), (refused, automatic, from_ms, to_ms))| Wanted {
                    persons,
                    reader,
                    client,
                    unit,
                    ground,
                    action,
                    refused,
                    automatic,
                    from_ms,
                    to_ms,
                    ..Wanted::default()
                },
            )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_search_finds_what_a_filter_over_the_whole_log_finds(
            entries in proptest::collection::vec(entry(), 1..60), questions in proptest::collection::vec((wanted(), 1usize..20), 1..20),
        ) {
            let dir = tempfile::tempdir().expect("a directory");
            let log = open(dir.path());
            for part in entries.chunks(7) {
                log.write_blocking(part).expect("durable");
                log.catch_up().expect("readable");
            }
            for (wanted, limit) in questions {
                let mut naive: Vec<u64> = entries.iter().zip(1..)
                    .filter(|(entry, _)| wanted.holds(entry) && !matches!(wanted.reader, Some(WantedReader::Handle(_))))
                    .map(|(_, no)| no).collect();
                naive.reverse();
                let (mut found, mut before, mut first) = (Vec::new(), None, true);
                while first || before.is_some() {
                    let page = log.search(&wanted, before, limit).expect("readable");
                    prop_assert!(page.entries.len() <= limit);
                    found.extend(page.entries.iter().map(|(no, _)| *no));
                    (before, first) = (page.next, false);
                }
                prop_assert_eq!(found, naive);
            }
        }
    }

    #[test]
    fn a_handle_finds_all_of_a_readers_entries_and_tells_no_number() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = open(dir.path());
        let by = |pid: &str| AccessEntry {
            actor: LoggedActor {
                kind: "personnel".to_owned(),
                pid: Some(pid.to_owned()),
                ..LoggedActor::default()
            },
            ..AccessEntry::default()
        };
        log.write_blocking(&[by("03878620827"), by("11833810555"), by("03878620827")])
            .expect("durable");
        let handle = log.handle(&by("03878620827").actor);
        assert!(!handle.contains("0387862"));
        let wanted = Wanted {
            reader: Some(WantedReader::Handle(handle)),
            ..Wanted::default()
        };
        let page = log.search(&wanted, None, 10).expect("readable");
        assert_eq!(page.entries.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_lookup_that_knows_of_more_than_the_log_or_is_gone_is_made_anew() {
        let dir = tempfile::tempdir().expect("a directory");
        open(dir.path())
            .write_blocking(&[AccessEntry::default(), AccessEntry::default()])
            .expect("durable");
        assert_eq!(
            open(dir.path())
                .search(&Wanted::default(), None, 10)
                .expect("readable")
                .entries
                .len(),
            2
        );
        std::fs::remove_dir_all(dir.path().join("access-index")).expect("removed");
        assert_eq!(
            open(dir.path())
                .search(&Wanted::default(), None, 10)
                .expect("readable")
                .entries
                .len(),
            2
        );
        for gone in ["access", "seal"] {
            std::fs::remove_dir_all(dir.path().join(gone)).expect("removed");
        }
        let log = open(dir.path());
        assert!(log.search(&Wanted::default(), None, 10).expect("readable").entries.is_empty());
        log.write_blocking(&[AccessEntry::default()]).expect("durable");
        assert_eq!(log.search(&Wanted::default(), None, 10).expect("readable").entries.len(), 1);
    }
}

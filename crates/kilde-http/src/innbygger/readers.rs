//! Readers as a citizen may name them: by a reference that only this municipality understands, and only for her.

use crate::entrance::Visit;
use crate::server::Municipality;
use kilde_access::AccessEntry;
use kilde_access::block::Against;
use kilde_access::log::{AccessLogError, Lang, Names};
use kilde_log::PersonNo;

/// So many entries are read at a time,
const PAGE: usize = 500;
/// and so many pages, when a reader is looked for.
const PAGES: usize = 200;

/// Names for one citizen's log: those of the municipality, and references to readers.
pub struct Naming<'a> {
    place: &'a Municipality,
    citizen: String,
}

impl<'a> Naming<'a> {
    /// For the citizen who asks.
    pub fn new(visit: &'a Visit) -> Self {
        Naming {
            place: &visit.place,
            citizen: visit.own().nin.as_ref().map(|nin| nin.as_str().to_owned()).unwrap_or_default(),
        }
    }

    /// The reference to a reader, for this citizen.
    pub fn reference(&self, pid: &str) -> String {
        let key = self.place.log.subkey("reader reference of a citizen");
        let hash = key.hash(format!("{}/{pid}", self.citizen).as_bytes());
        hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The reader behind a reference, as the citizen's own log has her; `None` if she is not there.
    ///
    /// # Errors
    /// The access log could not be read.
    pub fn find(&self, persons: &[PersonNo], reference: &str) -> Result<Option<Against>, AccessLogError> {
        let records = self.place.access_log.records();
        for person in persons {
            let mut before = None;
            for _ in 0..PAGES {
                let page = records.by_person(*person, before, PAGE)?;
                for record in &page {
                    let actor = AccessEntry::of_record(record).map(|entry| entry.actor);
                    let Some(actor) = actor.filter(|actor| actor.kind == "personnel") else {
                        continue;
                    };
                    let Some(pid) = actor.pid.filter(|pid| self.reference(pid) == reference) else {
                        continue;
                    };
                    let named = |number: &Option<String>| number.as_deref().and_then(|number| self.place.names.get(number));
                    return Ok(Some(Against::Reader {
                        pid,
                        hpr: actor.hpr,
                        name: actor.name.filter(|name| name.bytes().filter(u8::is_ascii_digit).count() < 11),
                        workplace: named(&actor.unit).or_else(|| named(&actor.organisation)).cloned(),
                    }));
                }
                before = page.last().map(|record| record.no);
                if page.len() < PAGE {
                    break;
                }
            }
        }
        Ok(None)
    }
}

impl Names for Naming<'_> {
    fn organisation(&self, number: &str) -> Option<String> {
        Names::organisation(self.place, number)
    }

    fn service(&self, id: &str, lang: Lang) -> Option<String> {
        Names::service(self.place, id, lang)
    }

    fn reader(&self, pid: &str) -> Option<String> {
        Some(self.reference(pid))
    }
}

//! The citizen's view of the access log (*tilgangslogg*): who, when, what and why, in plain words.
//! It is made from an entry field by field, so that a national id of a reader has no way in.

use super::entry::{AT_THE_MACHINE, AccessEntry, LoggedActor, OPERATION};
use super::words::{self, Lang};
use crate::policy;
use serde::Serialize;

/// Names that people know, from the instance's own registers.
pub trait Names {
    /// Name of an organisation or unit by its number.
    fn organisation(&self, number: &str) -> Option<String>;
    /// Name of an information service by its id.
    fn service(&self, id: &str, lang: Lang) -> Option<String>;
    /// What this citizen may call a reader by when she blocks her: nothing can be read from it. The default gives none.
    fn reader(&self, _pid: &str) -> Option<String> {
        None
    }
}

/// Knows no names.
pub struct NoNames;

impl Names for NoNames {
    fn organisation(&self, _number: &str) -> Option<String> {
        None
    }
    fn service(&self, _id: &str, _lang: Lang) -> Option<String> {
        None
    }
}

/// The instance's own units, agreements' parties excepted, and its registered clients.
impl Names for crate::InstancePolicy {
    fn organisation(&self, number: &str) -> Option<String> {
        let unit = self.unit(number).map(|unit| unit.name.clone());
        unit.or_else(|| self.owns(number).then(|| self.name.clone()))
            .or_else(|| self.clients.iter().find(|c| c.organisation == number).map(|c| c.name.clone()))
    }
    fn service(&self, _id: &str, _lang: Lang) -> Option<String> {
        None
    }
}

/// One line of the citizen's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CitizenEntry {
    /// Number in the log (of the newest entry where several are folded).
    pub no: u64,
    /// When, in local words.
    pub when: String,
    /// The same as Unix ms.
    pub time_ms: i64,
    /// Who: a name, "you", or what kind of system.
    pub who: String,
    /// What the citizen can name the reader by when she blocks her.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// The reader's profession.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Where the reader works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workplace: Option<String>,
    /// What was done.
    pub what: String,
    /// Why it was permitted, or why it was refused.
    pub why: String,
    /// The reader's own words, in an emergency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether access was given.
    pub permitted: bool,
    /// Whether no human being looked.
    pub automatic: bool,
    /// Whether it was the citizen herself.
    pub own: bool,
    /// How many like this are folded into the line.
    pub times: u32,
    /// How many elements were withheld from the reader.
    pub withheld: u32,
    /// Said where the municipality reviews an access of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<&'static str>,
}

/// A page of the citizen's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CitizenPage {
    /// Newest first.
    pub entries: Vec<CitizenEntry>,
    /// Where the next page begins, if there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A page from numbered entries, newest first.
pub(super) fn page(numbered: Vec<(u64, Option<AccessEntry>)>, lang: Lang, names: &dyn Names, limit: usize) -> CitizenPage {
    let before = (limit > 0 && numbered.len() == limit)
        .then(|| numbered.last().map(|(no, _)| *no))
        .flatten();
    let mut entries: Vec<CitizenEntry> = Vec::new();
    for (no, entry) in numbered {
        let line = match entry {
            Some(entry) => line(no, &entry, lang, names),
            None => unreadable(no, lang),
        };
        match entries.last_mut() {
            Some(last) if folds(last, &line) => last.times += 1,
            _ => entries.push(line),
        }
    }
    CitizenPage { entries, before }
}

/// Automatic look-ups of the same kind on the same day become one line.
fn folds(newer: &CitizenEntry, older: &CitizenEntry) -> bool {
    newer.automatic
        && older.automatic
        && newer.permitted == older.permitted
        && (&newer.who, &newer.workplace, &newer.what, &newer.why) == (&older.who, &older.workplace, &older.what, &older.why)
        && words::local(newer.time_ms).date() == words::local(older.time_ms).date()
}

fn line(no: u64, entry: &AccessEntry, lang: Lang, names: &dyn Names) -> CitizenEntry {
    let permitted = entry.refused.is_none();
    let self_ = entry.actor.kind == "citizen" && entry.ground.as_deref() == Some("self");
    let note = policy::note_of(&entry.policy);
    CitizenEntry {
        no,
        when: words::when(entry.time_ms, lang),
        time_ms: entry.time_ms,
        who: who(&entry.actor, self_, lang),
        reader: (entry.actor.kind == "personnel")
            .then(|| names.reader(entry.actor.pid.as_deref()?))
            .flatten(),
        role: entry
            .actor
            .role
            .as_deref()
            .and_then(|code| words::profession(code, lang))
            .map(str::to_owned),
        workplace: workplace(&entry.actor, lang, names),
        what: what(entry, permitted, lang, names),
        why: why(&entry.policy, lang),
        reason: (entry.ground.as_deref() == Some("emergency"))
            .then(|| entry.reason.as_deref().map(without_numbers))
            .flatten(),
        permitted,
        automatic: entry.automatic,
        own: self_,
        times: 1,
        withheld: entry.withheld,
        review: (permitted && note.is_some_and(|note| note.review)).then(|| {
            lang.pick(
                "Kommunen kontrollerer slike tilganger.",
                "Kommunen kontrollerer slike tilgangar.",
                "The municipality reviews accesses of this kind.",
            )
        }),
    }
}

/// What the deciding policy says of itself.
pub(super) fn why(policy: &str, lang: Lang) -> String {
    let own = || {
        lang.pick(
            "Kommunens egne regler.",
            "Kommunen sine eigne reglar.",
            "The municipality's own rules.",
        )
    };
    if policy == AT_THE_MACHINE {
        let text = lang.pick(
            "Gjort ved maskinen, av den som drifter den.",
            "Gjort ved maskinen, av den som driftar henne.",
            "Done at the machine, by who operates it.",
        );
        return text.to_owned();
    }
    policy::note_of(policy)
        .map_or_else(own, |note| lang.pick(note.nb, note.nn, note.en))
        .to_owned()
}

fn unreadable(no: u64, lang: Lang) -> CitizenEntry {
    let text = lang.pick(
        "Oppføringen kan ikke leses. Spør kommunens personvernombud.",
        "Oppføringa kan ikkje lesast. Spør personvernombodet i kommunen.",
        "The entry cannot be read. Ask the municipality's privacy officer.",
    );
    CitizenEntry {
        no,
        when: String::new(),
        time_ms: 0,
        who: String::new(),
        reader: None,
        role: None,
        workplace: None,
        what: text.to_owned(),
        why: String::new(),
        reason: None,
        permitted: true,
        automatic: false,
        own: false,
        times: 1,
        withheld: 0,
        review: None,
    }
}

fn who(actor: &LoggedActor, self_: bool, lang: Lang) -> String {
    let unnamed = match actor.kind.as_str() {
        "citizen" if self_ => return lang.pick("Deg selv", "Deg sjølv", "Yourself").to_owned(),
        "system" => return lang.pick("Et datasystem", "Eit datasystem", "A computer system").to_owned(),
        "citizen" => lang.pick("En annen innbygger", "Ein annan innbyggjar", "Another citizen"),
        _ => lang.pick(
            "En ansatt (navn ikke oppgitt)",
            "Ein tilsett (namn ikkje oppgitt)",
            "An employee (name not told)",
        ),
    };
    actor.name.as_deref().map_or_else(|| unnamed.to_owned(), without_numbers)
}

fn workplace(actor: &LoggedActor, lang: Lang, names: &dyn Names) -> Option<String> {
    if actor.kind == "citizen" {
        return None;
    }
    let name = |number: &Option<String>| number.as_deref().and_then(|number| names.organisation(number));
    let unit = name(&actor.unit);
    let organisation = name(&actor.organisation);
    match (unit, organisation) {
        (Some(unit), Some(organisation)) if unit != organisation => Some(format!("{unit}, {organisation}")),
        (Some(one), _) | (None, Some(one)) => Some(one),
        (None, None) => actor.organisation.as_deref().filter(|n| n.len() == 9).map(|number| {
            format!(
                "{} {number}",
                lang.pick(
                    "Virksomhet med organisasjonsnummer",
                    "Verksemd med organisasjonsnummer",
                    "Organisation number"
                )
            )
        }),
    }
}

pub(super) fn what(entry: &AccessEntry, permitted: bool, lang: Lang, names: &dyn Names) -> String {
    let service = entry
        .service
        .as_deref()
        .map(|id| names.service(id, lang).unwrap_or_else(|| id.to_owned()));
    let doing = match entry.action.as_str() {
        "write" => lang.pick("Registrerte opplysninger", "Registrerte opplysningar", "Registered information"),
        "overview" => lang.pick("Åpnet en oversikt", "Opna ei oversikt", "Opened an overview"),
        "exists" => lang.pick(
            "Spurte om det finnes opplysninger",
            "Spurde om det finst opplysningar",
            "Asked whether there is any information",
        ),
        "search" => lang.pick("Søkte etter opplysninger", "Søkte etter opplysningar", "Searched for information"),
        "export" => lang.pick(
            "Hentet ut opplysninger om mange samlet (masseuttrekk)",
            "Henta ut opplysningar om mange samla (masseuttrekk)",
            "Took out information about many at once (bulk export)",
        ),
        "declarations" | "proxies" | "requests" => declared(&entry.interaction, lang),
        "requests-answer" => lang.pick(
            "Behandlet et krav fra deg",
            "Handsama eit krav frå deg",
            "Handled a request from you",
        ),
        "corrections" => lang.pick(
            "Fikk beskjed om at noe om deg er rettet",
            "Fekk beskjed om at noko om deg er retta",
            "Was told that something about you has been corrected",
        ),
        "review" => lang.pick(
            "Kontrollerte en tilgang til opplysninger om deg",
            "Kontrollerte ein tilgang til opplysningar om deg",
            "Reviewed an access to information about you",
        ),
        "tilgangslogg-own" | "tilgangslogg-search" | "tilgangslogg-reader" => {
            lang.pick("Leste tilgangsloggen", "Las tilgangsloggen", "Read the access log")
        }
        "policy-explain" => lang.pick(
            "Undersøkte hvem som kan få tilgang til opplysninger om deg",
            "Undersøkte kven som kan få tilgang til opplysningar om deg",
            "Examined who may get access to information about you",
        ),
        "destroy" => lang.pick(
            "Slettet opplysninger for godt",
            "Sletta opplysningar for godt",
            "Deleted information for good",
        ),
        OPERATION => lang.pick("Drift av Kilde", "Drift av Kilde", "Operation of Kilde"),
        _ => lang.pick("Leste opplysninger", "Las opplysningar", "Read information"),
    };
    let mut text = doing.to_owned();
    let mut about: Vec<String> = service.into_iter().collect();
    for kind in entry.resources.iter().filter_map(|resource| words::kind(&resource.0, lang)) {
        if !about.iter().any(|told| told.eq_ignore_ascii_case(kind)) {
            about.push(kind.to_owned());
        }
    }
    if !about.is_empty() {
        text.push_str(": ");
        text.push_str(&about.join(", "));
    }
    if !permitted {
        text.push_str(lang.pick(" (fikk ikke tilgang)", " (fekk ikkje tilgang)", " (access was refused)"));
    }
    text
}

/// What a citizen did with her own declarations.
fn declared(interaction: &str, lang: Lang) -> &'static str {
    match interaction {
        "block-register" => lang.pick("Registrerte en sperring", "Registrerte ei sperring", "Registered a block"),
        "block-change" => lang.pick("Endret en sperring", "Endra ei sperring", "Changed a block"),
        "request-make" => lang.pick(
            "Sendte et krav eller en innsigelse",
            "Sende eit krav eller ei innvending",
            "Sent a request or an objection",
        ),
        "request-withdraw" => lang.pick("Trakk tilbake et krav", "Trekte tilbake eit krav", "Withdrew a request"),
        "request" | "requests" => lang.pick("Så på egne krav", "Såg på eigne krav", "Looked at own requests"),
        "proxy-give" => lang.pick("Ga en fullmakt", "Gav ei fullmakt", "Gave a proxy"),
        "proxy-change" => lang.pick("Endret en fullmakt", "Endra ei fullmakt", "Changed a proxy"),
        "proxy-withdraw" => lang.pick("Trakk tilbake en fullmakt", "Trekte tilbake ei fullmakt", "Withdrew a proxy"),
        "block-lift" => lang.pick("Opphevet en sperring", "Oppheva ei sperring", "Lifted a block"),
        _ => lang.pick(
            "Så på egne sperringer og valg",
            "Såg på eigne sperringar og val",
            "Looked at own blocks and choices",
        ),
    }
}

/// The text with every run of eleven digits or more taken out: free text may hold anybody's number.
pub(super) fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (!run.is_empty() && (c == ' ' || c == '.' || c == '-')) {
            run.push(c);
            continue;
        }
        if run.bytes().filter(u8::is_ascii_digit).count() >= 11 {
            out.push_str("***");
            if run.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_leave_free_text() {
        assert_eq!(
            without_numbers("Fall hjemme, 22750884907 funnet kl. 12.30"),
            "Fall hjemme, *** funnet kl. 12.30"
        );
        assert_eq!(without_numbers("227508 84907"), "***");
        assert_eq!(without_numbers("Ring 22 33 44 55 nå"), "Ring 22 33 44 55 nå");
        assert_eq!(without_numbers("æ"), "æ");
    }
}

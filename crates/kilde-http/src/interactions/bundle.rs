//! Transaction and batch (<https://hl7.org/fhir/R4/http.html#transaction>): what changes something goes to intake,
//! and what reads is answered here when that is done, in the order of the specification. Each read is decided
//! and logged as if it had come alone.

use super::{canonical, history, read, search, write};
use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Visit};
use crate::fhir::Asked;
use crate::formats::{self, Delivered};
use crate::route::{Interaction, route};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use kilde_access::AccessScope;
use kilde_access::smart::Permissions;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::{Finding, operation_outcome};
use kilde_fhir::json::{Document, Limits, Value, escape_into, parse};
use kilde_index::{Over, Read};
use kilde_intake::Kind;
use std::fmt::Write;

/// Reads of one bundle at most.
const MOST_READS: usize = 200;

/// `POST [base]`
pub async fn bundle(visit: &Visit, asked: Asked) -> Left {
    let may_read = ["GET", "HEAD"]
        .iter()
        .any(|m| asked.body.windows(m.len()).any(|w| w == m.as_bytes()));
    let document = match may_read.then(|| opened(&asked)).flatten() {
        Some(document) => document,
        None => return write::submit(visit, asked, Kind::Bundle).await,
    };
    let root = document.root();
    let transaction = root.str("type").as_deref() == Some("transaction");
    let base = visit.server.fhir_base(&visit.place);
    let entries: Vec<Entry> = root.items("entry").map(|entry| Entry::of(entry, &base, &asked.headers)).collect();
    let reads = entries.iter().filter(|e| !matches!(e, Entry::Write { .. })).count();
    if reads == 0 || !(transaction || root.str("type").as_deref() == Some("batch")) {
        return write::submit(visit, asked, Kind::Bundle).await;
    }
    if let Some(answer) = refusal(&entries, reads, transaction) {
        return Left::bad(answer);
    }
    if transaction && let Some(left) = failing(visit, &entries) {
        return left;
    }
    let written = match reads < entries.len() {
        true => Some(write::submit(visit, asked, Kind::Bundle).await),
        false => None,
    };
    if let Some(left) = &written
        && transaction
        && !left.answer().status.is_success()
    {
        return written.unwrap_or_else(|| Left::bad(Answer::not_found()));
    }
    let mut lefts: Vec<Left> = written.into_iter().collect();
    let texts = lefts.first().map(|left| Written::of(left.answer()));
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"{}-response\",\"entry\":[",
        if transaction { "transaction" } else { "batch" }
    );
    for (number, entry) in entries.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        match entry {
            Entry::Write { .. } => out.push_str(&texts.as_ref().map_or_else(String::new, |t| t.entry(number))),
            Entry::Wrong(finding) => out.push_str(&response(&Answer::outcome(StatusCode::BAD_REQUEST, &[finding]), None)),
            Entry::Read { interaction, asked, head } if out.len() < visit.server.limits.body => {
                let url = full_url(&base, &interaction);
                let left = ask(visit, *interaction, &asked);
                let url = url.filter(|_| left.answer().status == StatusCode::OK);
                out.push_str(&match head {
                    true => head_response(left.answer()),
                    false => response(left.answer(), url.as_deref()),
                });
                lefts.push(left);
            }
            Entry::Read { .. } => out.push_str(&response(&too_much(), None)),
        }
    }
    out.push_str("]}");
    let mut answer = Answer::fhir(StatusCode::OK, out);
    if let Some(event) = lefts.first().and_then(|l| l.answer().headers.get("kilde-event")) {
        answer.headers.insert(HeaderName::from_static("kilde-event"), event.clone());
    }
    Left::together(lefts, answer)
}

/// The bundle, if it can be read at all; what cannot is intake's to refuse.
fn opened(asked: &Asked) -> Option<Document> {
    let json = formats::json(asked.body.clone(), asked.delivered.notation()).ok()?;
    parse(json, Limits::default()).ok()
}

/// Why nothing of the bundle is done.
fn refusal(entries: &[Entry], reads: usize, transaction: bool) -> Option<Answer> {
    if reads > MOST_READS {
        return Some(Answer::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-costly",
            "limit-reads",
            &format!("Det er flere GET og HEAD enn {MOST_READS}. Del leveransen opp."),
            &format!("There are more GET and HEAD than {MOST_READS}. Split the delivery."),
        ));
    }
    let wrong: Vec<Finding> = entries
        .iter()
        .enumerate()
        .filter_map(|(number, entry)| match entry {
            Entry::Wrong(finding) => {
                let mut finding = finding.clone();
                finding.expression = format!("Bundle.entry[{number}].request.url");
                Some(finding)
            }
            _ => None,
        })
        .collect();
    (transaction && !wrong.is_empty()).then(|| Answer::outcome(StatusCode::BAD_REQUEST, &wrong))
}

/// The refusal of a transaction because of a read that will fail: one that fails now, of what the transaction does not
/// make, or one of what it deletes. Nothing has been written then.
fn failing(visit: &Visit, entries: &[Entry]) -> Option<Left> {
    let written: Vec<(&str, bool)> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Write { url, deletes } => Some((url.as_str(), *deletes)),
            _ => None,
        })
        .collect();
    for (number, entry) in entries.iter().enumerate() {
        let Entry::Read { interaction, asked, .. } = entry else { continue };
        let url = match &**interaction {
            Interaction::Read(rtype, id) => format!("{}/{id}", rtype.name()),
            _ => String::new(),
        };
        let (status, left) = match written.iter().find(|(written, _)| *written == url) {
            Some((_, true)) => (StatusCode::GONE, None),
            // What it is then, is known then.
            Some((_, false)) => continue,
            None => {
                let left = ask(visit, (**interaction).clone(), asked);
                (left.answer().status, Some(left))
            }
        };
        if status.is_client_error() || status.is_server_error() {
            let finding = Finding::error(
                "processing",
                "bundle-read",
                format!("Bundle.entry[{number}]"),
                format!("Denne lesingen ville ha fått {status}, så ingenting i transaksjonen er gjort. Ta den ut, eller send en batch."),
                format!("This read would be answered with {status}, so nothing of the transaction is done. Leave it out, or send a batch."),
            );
            return Some(Left::together(left.into_iter().collect(), Answer::outcome(status, &[finding])));
        }
    }
    None
}

/// What an entry is.
enum Entry {
    /// Intake's: the address that it names, and whether that is deleted.
    Write { url: String, deletes: bool },
    /// A GET or HEAD.
    Read {
        interaction: Box<Interaction>,
        asked: Box<Asked>,
        /// Without the resource.
        head: bool,
    },
    /// A GET or HEAD of something that cannot stand in a bundle.
    Wrong(Finding),
}

impl Entry {
    fn of(entry: Value<'_>, base: &str, outer: &HeaderMap) -> Entry {
        let request = entry.get("request");
        let text = |name: &str| request.and_then(|r| r.str(name)).unwrap_or_default();
        let url = text("url");
        let rest = url.strip_prefix(base).unwrap_or(&url).trim_start_matches('/');
        let (method, request) = match (text("method").as_ref(), request) {
            ("GET", Some(request)) => (Method::GET, request),
            ("HEAD", Some(request)) => (Method::HEAD, request),
            (method, _) => {
                return Entry::Write {
                    url: rest.to_owned(),
                    deletes: method == "DELETE",
                };
            }
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let interaction = match route(&Method::GET, path) {
            Ok(
                interaction @ (Interaction::Read(..)
                | Interaction::Vread(..)
                | Interaction::History(..)
                | Interaction::HistoryType(_)
                | Interaction::HistorySystem
                | Interaction::Search(_)
                | Interaction::SearchCompartment(..)),
            ) => interaction,
            // An empty address is a mistake, not a search of everything.
            Ok(Interaction::SearchSystem) if !query.is_empty() => Interaction::SearchSystem,
            _ => return Entry::Wrong(no_such_read()),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (header::IF_NONE_MATCH, request.str("ifNoneMatch")),
            (
                header::IF_MODIFIED_SINCE,
                request.str("ifModifiedSince").map(|v| http_date_of(&v).into()),
            ),
        ] {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                headers.insert(name, value);
            }
        }
        if let Some(prefer) = outer.get("prefer") {
            headers.insert(HeaderName::from_static("prefer"), prefer.clone());
        }
        // A bundle's address is content: what may stand in a search by POST may stand here.
        let form = matches!(
            interaction,
            Interaction::Search(_) | Interaction::SearchSystem | Interaction::SearchCompartment(..)
        );
        if form {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        let (query, body) = if form { ("", query) } else { (query, "") };
        let asked = Asked {
            method: if form { Method::POST } else { Method::GET },
            headers,
            query: query.to_owned(),
            body: body.as_bytes().to_vec(),
            delivered: Delivered::Json,
        };
        Entry::Read {
            interaction: Box::new(interaction),
            asked: Box::new(asked),
            head: method == Method::HEAD,
        }
    }
}

/// The instant of `ifModifiedSince` as the header has it.
fn http_date_of(instant: &str) -> String {
    kilde_fhir::date::parse(instant).map_or_else(String::new, |range| crate::answer::http_date(range.from_ms))
}

fn ask(visit: &Visit, interaction: Interaction, asked: &Asked) -> Left {
    let visit = visit.within(interaction.name());
    match interaction {
        Interaction::Read(rtype, id) => read::read(&visit, asked, rtype, &id),
        Interaction::Vread(rtype, id, version) => read::vread(&visit, asked, rtype, &id, &version),
        Interaction::History(rtype, id) => history::instance(&visit, asked, rtype, &id),
        Interaction::HistoryType(rtype) => history::of_type(&visit, asked, rtype),
        Interaction::HistorySystem => history::system(&visit, asked),
        Interaction::Search(rtype) => {
            canonical::search(&visit, asked, rtype).unwrap_or_else(|| search::search(&visit, asked, Over::Type(rtype)))
        }
        Interaction::SearchSystem => search::search(&visit, asked, Over::System),
        Interaction::SearchCompartment(focus, id, rtype) => search::search(&visit, asked, Over::Compartment { focus, id, rtype }),
        _ => Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[no_such_read()])),
    }
}

fn full_url(base: &str, interaction: &Interaction) -> Option<String> {
    match interaction {
        Interaction::Read(rtype, id) | Interaction::Vread(rtype, id, _) => Some(format!("{base}/{}/{id}", rtype.name())),
        _ => None,
    }
}

/// What intake answered, entry by entry.
struct Written {
    entries: Vec<String>,
    /// What stands for every entry if nothing was taken.
    instead: String,
}

impl Written {
    fn of(answer: &Answer) -> Written {
        let document = parse(&answer.body[..], Limits::default()).ok();
        let entries = match &document {
            Some(document) if answer.status.is_success() => document.root().items("entry").map(|e| e.raw().to_owned()).collect(),
            _ => Vec::new(),
        };
        Written {
            entries,
            instead: response(answer, None),
        }
    }

    fn entry(&self, number: usize) -> String {
        self.entries.get(number).unwrap_or(&self.instead).clone()
    }
}

/// An answer as an entry: the resource, or the outcome of a refusal.
fn response(answer: &Answer, full_url: Option<&str>) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let mut out = String::from("{");
    if let Some(url) = full_url {
        out.push_str("\"fullUrl\":");
        escape_into(url, &mut out);
        out.push(',');
    }
    let good = answer.status.is_success();
    if good && !body.is_empty() {
        let _ = write!(out, "\"resource\":{body},");
    }
    let outcome = (!good && !body.is_empty()).then_some(body);
    out.push_str(&head(answer, outcome.as_deref()));
    out
}

/// The answer to a HEAD: what the headers say.
fn head_response(answer: &Answer) -> String {
    format!("{{{}", head(answer, None))
}

fn head(answer: &Answer, outcome: Option<&str>) -> String {
    let mut out = String::from("\"response\":{\"status\":");
    escape_into(&answer.status.to_string(), &mut out);
    if let Some(etag) = answer.headers.get(header::ETAG).and_then(|v| v.to_str().ok()) {
        out.push_str(",\"etag\":");
        escape_into(etag, &mut out);
    }
    if let Some(modified) = last_updated(answer) {
        out.push_str(",\"lastModified\":");
        escape_into(&modified, &mut out);
    }
    if let Some(outcome) = outcome {
        let _ = write!(out, ",\"outcome\":{outcome}");
    }
    out.push_str("}}");
    out
}

/// When the resource of a read was made.
fn last_updated(answer: &Answer) -> Option<String> {
    answer.headers.get(header::LAST_MODIFIED)?;
    let document = parse(&answer.body[..], Limits::default()).ok()?;
    Some(document.root().path(&["meta", "lastUpdated"])?.as_str()?.into_owned())
}

/// Content that goes out with the answer to a write: what was made, and what a condition met.
#[derive(Default)]
pub(super) struct Shown {
    /// The text of the answer.
    pub text: String,
    /// Number of elements withheld.
    pub withheld: u32,
    /// Versions that are in it, for the access log.
    pub seen: Vec<Seen>,
}

/// The answer to a transaction or batch with the resources it made or met, for `Prefer: return=representation`.
pub(super) fn represented(visit: &Visit, scope: &AccessScope, body: &[u8]) -> Option<Shown> {
    let document = parse(body, Limits::default()).ok()?;
    let root = document.root();
    let mut shown = Shown {
        text: format!("{{\"resourceType\":\"Bundle\",\"type\":\"{}\",\"entry\":[", root.str("type")?),
        ..Shown::default()
    };
    for (number, entry) in root.items("entry").enumerate() {
        if number > 0 {
            shown.text.push(',');
        }
        let location = entry.path(&["response", "location"]).and_then(|l| l.as_str());
        match location.and_then(|location| resource(visit, scope, &location)) {
            Some(one) => {
                let _ = write!(shown.text, "{{\"resource\":{},{}", one.text, entry.raw().get(1..).unwrap_or("}"));
                shown.withheld += one.withheld;
                shown.seen.extend(one.seen);
            }
            None => shown.text.push_str(entry.raw()),
        }
    }
    shown.text.push_str("]}");
    Some(shown)
}

/// The same with an OperationOutcome for each entry that has none, for `Prefer: return=OperationOutcome`.
pub(super) fn with_outcomes(body: &[u8]) -> Option<String> {
    let document = parse(body, Limits::default()).ok()?;
    let root = document.root();
    let nothing = operation_outcome(&[]);
    let mut out = format!("{{\"resourceType\":\"Bundle\",\"type\":\"{}\",\"entry\":[", root.str("type")?);
    for (number, entry) in root.items("entry").enumerate() {
        if number > 0 {
            out.push(',');
        }
        let response = entry.get("response")?;
        let told = response.raw().strip_suffix('}')?;
        let _ = match response.get("outcome") {
            Some(_) => write!(out, "{{\"response\":{told}}}}}"),
            None => write!(out, "{{\"response\":{told},\"outcome\":{nothing}}}}}"),
        };
    }
    out.push_str("]}");
    Some(out)
}

/// A version that was made or met, by its location.
pub(super) fn resource(visit: &Visit, scope: &AccessScope, location: &str) -> Option<Shown> {
    let mut parts = location.split('/');
    let (rtype, id, _, version) = (ResourceType::from_name(parts.next()?)?, parts.next()?, parts.next()?, parts.next()?);
    let number = version.parse().ok()?;
    // What is stored is shown to those only who may read, whatever they may write.
    if !scope.leaves(rtype.name(), Permissions::READ) {
        return None;
    }
    let Ok(Read::Found(version)) = visit.place.index.vread(scope, rtype, id, number) else {
        return None;
    };
    let seen = vec![Seen::from(&version)];
    let (body, withheld) = crate::minimise::body(scope, version)?;
    Some(Shown {
        text: String::from_utf8_lossy(&body).into_owned(),
        withheld,
        seen,
    })
}

fn no_such_read() -> Finding {
    Finding::error(
        "not-supported",
        "bundle-url",
        "",
        "GET og HEAD i en Bundle kan være read, vread, history og search.",
        "GET and HEAD in a Bundle can be read, vread, history and search.",
    )
}

fn too_much() -> Answer {
    Answer::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-costly",
        "limit-answer",
        "Svaret på de andre delene er alt for stort. Be om dette for seg.",
        "The answer to the other parts is too large already. Ask for this alone.",
    )
}

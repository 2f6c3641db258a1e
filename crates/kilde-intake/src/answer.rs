//! From what was done to what is sent back.

use crate::done::{Done, DoneEntry, Failed, UnitReply};
use crate::okt::json::Object;
use crate::submission::{Accepted, EntryRef, Rejected};
use crate::unit::{MessageFacts, Shape};
use kilde_fhir::date::format_instant;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::finding::operation_outcome;
use kilde_log::EventNo;

/// The answer to a delivery; `quarantined` gives the number of a refused batch entry, if it is kept.
pub(crate) fn render(shape: &Shape, base_url: Option<&str>, replies: Vec<UnitReply>) -> Result<Accepted, Rejected> {
    if let Shape::Batch = shape {
        return Ok(batch(replies));
    }
    let Some(reply) = replies.into_iter().next() else {
        return Err(Rejected::one(503, crate::rules::unavailable()));
    };
    let mut done = reply.map_err(|failed| failed.rejected)?;
    let (status, body) = match shape {
        Shape::Transaction => {
            let entries: Vec<String> = done.entries.iter().map(|e| entry(e, &done, None)).collect();
            (200, bundle("transaction-response", &entries).into_bytes())
        }
        Shape::Message(facts) => (200, message(facts, &done, base_url).into_bytes()),
        Shape::Okt => {
            let status = if done.entries.iter().any(|e| e.status == 201) { 201 } else { 200 };
            (status, okt(&done).into_bytes())
        }
        Shape::Single | Shape::Batch => (done.entries.first().map_or(200, |e| e.status), std::mem::take(&mut done.body)),
    };
    let single = matches!(shape, Shape::Single);
    let first = done.entries.first().filter(|e| single && e.version > 0);
    Ok(Accepted {
        status,
        location: first.map(location),
        etag: first.map(etag),
        body,
        event: done.event,
        repeated: done.repeated,
        last_modified_ms: done.received_ms,
        entries: made(&done).collect(),
        persons: done.persons,
        findings: done.findings,
    })
}

fn batch(replies: Vec<UnitReply>) -> Accepted {
    let mut out = Accepted {
        event: EventNo(0),
        repeated: !replies.is_empty(),
        status: 200,
        body: Vec::new(),
        location: None,
        etag: None,
        last_modified_ms: 0,
        entries: Vec::new(),
        persons: Vec::new(),
        findings: Vec::new(),
    };
    let mut entries = Vec::with_capacity(replies.len());
    for reply in replies {
        match reply {
            Ok(done) => {
                out.event = out.event.max(done.event);
                out.repeated &= done.repeated;
                out.last_modified_ms = out.last_modified_ms.max(done.received_ms);
                out.entries.extend(made(&done));
                out.persons.extend(&done.persons);
                entries.extend(done.entries.iter().map(|e| entry(e, &done, done.full_url.as_deref())));
                out.findings.extend(done.findings);
            }
            Err(failed) => {
                out.repeated = false;
                entries.push(refused(&failed));
                out.findings.extend(failed.rejected.findings);
            }
        }
    }
    out.persons.sort_unstable();
    out.persons.dedup();
    out.body = bundle("batch-response", &entries).into_bytes();
    out
}

fn made(done: &Done) -> impl Iterator<Item = EntryRef> {
    done.entries.iter().filter(|e| e.made).filter_map(|e| {
        let rtype = ResourceType::from_name(&e.rtype)?;
        Some(EntryRef {
            rtype,
            id: e.id.clone(),
            version: e.version,
        })
    })
}

fn bundle(kind: &str, entries: &[String]) -> String {
    let mut out = format!("{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\"");
    if !entries.is_empty() {
        out.push_str(",\"entry\":[");
        out.push_str(&entries.join(","));
        out.push(']');
    }
    out.push('}');
    out
}

fn location(e: &DoneEntry) -> String {
    format!("{}/{}/_history/{}", e.rtype, e.id, e.version)
}

fn etag(e: &DoneEntry) -> String {
    format!("W/\"{}\"", e.version)
}

fn entry(e: &DoneEntry, done: &Done, full_url: Option<&str>) -> String {
    let mut response = Object::new();
    response.text("status", &status_line(e.status));
    if e.version > 0 && e.status != 204 {
        response.text("location", &location(e));
    }
    if e.version > 0 {
        response.text("etag", &etag(e));
    }
    if e.made {
        response.text("lastModified", &format_instant(done.received_ms));
    }
    if let Some(outcome) = &e.outcome {
        response.raw("outcome", outcome);
    }
    let mut out = Object::new();
    out.optional("fullUrl", full_url);
    out.raw("response", &response.end());
    out.end()
}

fn refused(failed: &Failed) -> String {
    let mut response = Object::new();
    response.text("status", &status_line(failed.rejected.status));
    response.raw("outcome", &operation_outcome(&failed.rejected.findings));
    let mut out = Object::new();
    out.optional("fullUrl", failed.full_url.as_deref());
    out.raw("response", &response.end());
    out.end()
}

/// `Bundle.entry.response.status`: the code and what it means.
fn status_line(status: u16) -> String {
    let meaning = match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => return status.to_string(),
    };
    format!("{status} {meaning}")
}

/// A message that answers a message: the same each time, since its ids come from the event.
fn message(facts: &MessageFacts, done: &Done, base_url: Option<&str>) -> String {
    let id = |part: &str| {
        let mut hash = blake3::Hasher::new_derive_key("kilde message response id v1");
        hash.update(facts.id.as_bytes());
        hash.update(&done.event.0.to_be_bytes());
        hash.update(part.as_bytes());
        let mut bytes = [0; 16];
        hash.finalize_xof().fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    };
    let mut response = Object::new();
    response.text("identifier", if facts.id.is_empty() { "unknown" } else { &facts.id });
    response.text("code", "ok");
    let mut source = Object::new();
    source.text("endpoint", base_url.unwrap_or("urn:kilde:intake"));
    let header_id = id("header");
    let mut header = String::from("{\"resourceType\":\"MessageHeader\",\"id\":\"");
    header.push_str(&header_id);
    header.push('"');
    if !facts.event.is_empty() {
        header.push(',');
        header.push_str(&facts.event);
    }
    header.push_str(&format!(",\"source\":{},\"response\":{}}}", source.end(), response.end()));
    let mut entry = Object::new();
    entry.text("fullUrl", &format!("urn:uuid:{header_id}"));
    entry.raw("resource", &header);
    let mut bundle = Object::new();
    bundle.text("resourceType", "Bundle");
    bundle.text("id", &id("bundle"));
    bundle.text("type", "message");
    bundle.text("timestamp", &format_instant(done.received_ms));
    bundle.raw("entry", &format!("[{}]", entry.end()));
    bundle.end()
}

fn okt(done: &Done) -> String {
    let episodes: Vec<String> = done
        .entries
        .iter()
        .map(|e| {
            let mut o = Object::new();
            o.text("reference", &format!("{}/{}", e.rtype, e.id));
            o.raw("version", &e.version.to_string());
            o.raw("created", if e.status == 201 { "true" } else { "false" });
            if let Some(outcome) = &e.outcome {
                o.raw("outcome", outcome);
            }
            o.end()
        })
        .collect();
    let mut o = Object::new();
    o.raw("event", &done.event.0.to_string());
    o.text("received", &format_instant(done.received_ms));
    o.raw("repeated", if done.repeated { "true" } else { "false" });
    o.raw("episodes", &format!("[{}]", episodes.join(",")));
    if !done.findings.is_empty() {
        o.raw("outcome", &operation_outcome(&done.findings));
    }
    o.end()
}

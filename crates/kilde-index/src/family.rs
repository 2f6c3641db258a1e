//! Who is family, by what a trusted source has registered: RelatedPerson with a national id, a relationship, and a period.

use crate::error::IndexError;
use crate::index::Looking;
use crate::record::Record;
use crate::terms::Term;
use kilde_access::proxy::Family;
use kilde_fhir::date;
use kilde_fhir::definitions::ResourceType;
use kilde_fhir::json::{self, Value};
use kilde_fhir::national_id::nin_of;
use kilde_fhir::search::param;
use kilde_log::PersonNo;

/// Relationships (HL7 v3 RoleCode) of those with parental responsibility, and of guardians.
const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
const PARENTS: [&str; 9] = ["ADOPTF", "ADOPTM", "ADOPTP", "FTH", "MTH", "NFTH", "NMTH", "NPRN", "PRN"];
const GUARDIANS: [&str; 1] = ["GUARD"];

impl Looking<'_> {
    /// What the holder of a national id is to a person at that time, by the sources of these clients; a guardian before a parent.
    pub fn family(&self, holder: &str, person: PersonNo, at_ms: i64, trusted: &[String]) -> Result<Option<Family>, IndexError> {
        let Some(rtype) = ResourceType::from_name("RelatedPerson") else {
            return Ok(None);
        };
        let Some(identifier) = param(rtype, "identifier") else {
            return Ok(None);
        };
        let wanted = self.index.hash(holder);
        let mut found = None;
        self.each_of_person(person, &[rtype], |_, record| {
            let named = record
                .terms
                .of(identifier.id)
                .any(|term| matches!(term, Term::Token { hash, .. } if hash == wanted));
            if named && self.is_trusted(record, trusted) {
                found = stronger(found, self.stated(record, holder, at_ms)?);
            }
            Ok(true)
        })?;
        Ok(found)
    }

    fn is_trusted(&self, record: &Record<'_>, trusted: &[String]) -> bool {
        let source = self.shared.source(record.header.source);
        source
            .split_once('/')
            .is_some_and(|(_, client)| trusted.iter().any(|one| one == client))
    }

    /// What the content states.
    fn stated(&self, record: &Record<'_>, holder: &str, at_ms: i64) -> Result<Option<Family>, IndexError> {
        let Some(body) = self.index.log.payload(record.header.event, record.header.entry)? else {
            return Ok(None);
        };
        let document = json::parse(body, json::Limits::default());
        Ok(document.ok().and_then(|document| stated(document.root(), holder, at_ms)))
    }
}

fn stronger(one: Option<Family>, other: Option<Family>) -> Option<Family> {
    match (one, other) {
        (Some(Family::Guardian), _) | (_, Some(Family::Guardian)) => Some(Family::Guardian),
        (one, other) => one.or(other),
    }
}

/// What a RelatedPerson states of a holder at a time.
fn stated(related: Value<'_>, holder: &str, at_ms: i64) -> Option<Family> {
    let active = related.get("active").is_none_or(|active| active.as_bool() == Some(true));
    let named = related.items("identifier").any(|identifier| {
        let (system, value) = (identifier.str("system"), identifier.str("value"));
        nin_of(system.as_deref(), value.as_deref().unwrap_or_default()).is_some_and(|nin| nin.as_str() == holder)
    });
    let now = related.get("period").is_none_or(|period| within(period, at_ms));
    if !active || !named || !now {
        return None;
    }
    let codes = |list: &[&str]| {
        related.items("relationship").any(|concept| {
            concept.items("coding").any(|coding| {
                coding.str("system").as_deref() == Some(ROLE_CODE) && coding.str("code").is_some_and(|code| list.contains(&&*code))
            })
        })
    };
    if codes(&GUARDIANS) {
        Some(Family::Guardian)
    } else if codes(&PARENTS) {
        Some(Family::Parent)
    } else {
        None
    }
}

/// Whether a time is within a Period. An end that cannot be read has passed.
fn within(period: Value<'_>, at_ms: i64) -> bool {
    let range = |name: &str| period.str(name).map(|text| date::parse(&text).map(|d| (d.from_ms, d.to_ms)));
    let begun = match range("start") {
        None => true,
        Some(Some((from, _))) => from <= at_ms,
        Some(None) => false,
    };
    let not_over = match range("end") {
        None => true,
        Some(Some((_, to))) => at_ms < to,
        Some(None) => false,
    };
    begun && not_over
}

//! The one entrance: who asks (token and proof), may she (decision), what came of it (access log),
//! and only then the answer. See `docs/architecture.md`, invariants 2 and 3.

use crate::answer::{Answer, Seen};
use crate::beat::Beat;
use crate::elsewhere;
use crate::innbygger::login;
use crate::prefer;
use crate::server::{Municipality, Server, now_ms};
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use kilde_access::{AccessEntry, AccessScope, Action, Identity, Permit, Persons, Presented, Question, Refusal};
use kilde_fhir::national_id::Nin;
use kilde_log::PersonNo;
use std::collections::BTreeMap;
use std::sync::Arc;

/// About whom a question is.
#[derive(Clone, Default)]
pub struct Subject {
    /// The person, where the instance knows her.
    pub person: Option<PersonNo>,
    /// The national id, where the question or the token names it.
    pub nin: Option<Nin>,
}

/// One authenticated request at one instance.
pub struct Visit {
    /// The server.
    pub server: Arc<Server>,
    /// The instance.
    pub place: Arc<Municipality>,
    /// Who asks.
    pub identity: Arc<Identity>,
    /// Name of the interaction.
    pub interaction: &'static str,
    /// When.
    pub now_ms: i64,
    /// The reason in words, from `Kilde-Reason`.
    pub reason: Option<String>,
    /// Language of texts.
    pub language: &'static str,
    /// Whom the token itself is about: the citizen or whom she acts for, or the attested patient.
    own: Subject,
    /// When a refusal may leave.
    beat: Beat,
}

/// A permit together with the access-log entry it will leave.
pub struct Permitted {
    /// The permit.
    pub permit: Permit,
    entry: AccessEntry,
}

impl Permitted {
    /// The access-log entry, before it is known what comes of the permit.
    pub(crate) fn entry(&self) -> &AccessEntry {
        &self.entry
    }

    /// The same with more in its entry.
    pub(crate) fn noting(mut self, note: impl FnOnce(&mut AccessEntry)) -> Self {
        note(&mut self.entry);
        self
    }

    /// The scope of the permit.
    pub fn scope(&self) -> &AccessScope {
        &self.permit.scope
    }
}

/// An answer on its way out, with the access-log entries that must be durable first.
pub struct Left {
    entries: Vec<AccessEntry>,
    answer: Answer,
    /// Whether one of the answers that it is made of refuses something, or says that something is not there.
    on_the_beat: bool,
}

impl Left {
    /// A request that was wrong before anything was decided. The answer must hold no personal data.
    pub fn bad(answer: Answer) -> Self {
        Left::of(Vec::new(), answer)
    }

    fn of(entries: Vec<AccessEntry>, answer: Answer) -> Self {
        Left {
            entries,
            answer,
            on_the_beat: false,
        }
    }

    /// A permit, and what came of it.
    pub fn permitted(permitted: Permitted, answer: Answer) -> Self {
        Left::of(entries(permitted, &answer.seen, answer.withheld), answer)
    }

    /// The same with more in its entries.
    pub(crate) fn noting(mut self, note: impl Fn(&mut AccessEntry)) -> Self {
        self.entries.iter_mut().for_each(note);
        self
    }

    /// Whether it refuses something, or says that something is not there: what must take the same time whether the thing exists or not.
    fn tells_of_absence(&self) -> bool {
        self.on_the_beat || self.answer.status.is_client_error() || self.entries.iter().any(|entry| entry.refused.is_some())
    }

    /// What is on its way out.
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The same with a body made from the one it has, unless it is a refusal or has none.
    pub(crate) fn changed(mut self, body: impl FnOnce(&Answer) -> Option<bytes::Bytes>) -> Self {
        if self.answer.status.is_success() && !self.answer.body.is_empty() {
            let body = body(&self.answer);
            crate::interactions::meta::put(&mut self.answer, body);
        }
        self
    }

    /// One answer made of several: every entry of each is durable before it leaves.
    pub(crate) fn together(parts: Vec<Left>, answer: Answer) -> Self {
        Left {
            on_the_beat: parts.iter().any(Left::tells_of_absence),
            entries: parts.into_iter().flat_map(|part| part.entries).collect(),
            answer,
        }
    }

    /// With another content type than FHIR's.
    pub fn content_type(&mut self, kind: &'static str) {
        self.answer
            .headers
            .insert(header::CONTENT_TYPE, axum::http::HeaderValue::from_static(kind));
    }

    /// The same with the names of the query's parameters (never values).
    pub fn parameters(mut self, names: &[String]) -> Self {
        for entry in &mut self.entries {
            *entry = entry.clone().parameters(names.iter().map(String::as_str));
        }
        self
    }

    /// The same for several persons: one entry each.
    pub fn about(mut self, persons: &[PersonNo]) -> Self {
        if let (Some(first), false) = (self.entries.first().cloned(), persons.is_empty()) {
            self.entries = persons.iter().map(|p| first.clone().about(*p)).collect();
        }
        self
    }
}

/// The entries of a permit. Who asks about one person leaves one, about her. Who reaches everybody leaves one for each
/// person whose resources are shown, so that each of them finds it in her own log, with her own resources.
fn entries(permitted: Permitted, seen: &[Seen], withheld: u32) -> Vec<AccessEntry> {
    let entry = permitted.entry.withheld(withheld);
    let named = |seen: &[&Seen], entry: AccessEntry| entry.resources(seen.iter().map(|s| (s.rtype.name(), s.id.as_str(), s.version)));
    if *permitted.permit.scope.persons() != Persons::Every {
        return vec![named(&seen.iter().collect::<Vec<_>>(), entry)];
    }
    let asked = PersonNo(entry.person);
    let mut by_person: BTreeMap<PersonNo, Vec<&Seen>> = BTreeMap::new();
    for seen in seen {
        let person = if seen.person.is_some() { seen.person } else { asked };
        by_person.entry(person).or_default().push(seen);
    }
    if asked.is_some() || by_person.is_empty() {
        by_person.entry(asked).or_default();
    }
    by_person
        .into_iter()
        .map(|(person, seen)| named(&seen, entry.clone().about(person)))
        .collect()
}

/// Authenticates a request for an instance.
///
/// # Errors
/// The answer to give instead: 404 for an unknown instance, 401 with `WWW-Authenticate`.
pub async fn enter(server: &Arc<Server>, instance: &str, parts: &Parts, interaction: &'static str) -> Result<Visit, Response> {
    metrics::counter!("kilde_requests_total", "interaction" => interaction).increment(1);
    let Some(place) = server.municipalities.get(instance) else {
        return Err(Answer::error(
            StatusCode::NOT_FOUND,
            "not-found",
            "unknown-instance",
            "Ingen kommune med dette nummeret her. Adressen er /{kommunenummer}/fhir/r4/...",
            "No municipality with that number here. The address is /{instance}/fhir/r4/...",
        )
        .release());
    };
    let (now, beat) = (now_ms(), Beat::from_now());
    let (identity, lang) = match login::through(server, instance, parts, now).map_err(|answer| answer.release())? {
        login::Through::Session(session) => (session.identity.clone(), Some(session.lang.pick("nb", "nn", "en"))),
        login::Through::Token => (by_token(server, instance, parts, interaction, now).await?, None),
    };
    let reason = match reason(&parts.headers) {
        Ok(reason) => reason,
        Err(answer) => return Err(answer.release()),
    };
    let mut visit = Visit {
        server: server.clone(),
        place: place.clone(),
        identity,
        interaction,
        now_ms: now,
        reason,
        language: lang.unwrap_or_else(|| prefer::language(&parts.headers)),
        own: Subject::default(),
        beat,
    };
    visit.own = visit.own_subject().map_err(|cause| Answer::fault(&cause).release())?;
    Ok(visit)
}

/// Who asks, by the access token and its proof.
async fn by_token(
    server: &Arc<Server>,
    instance: &str,
    parts: &Parts,
    interaction: &'static str,
    now: i64,
) -> Result<Arc<Identity>, Response> {
    let url = format!("{}{}", server.public_url, parts.uri.path());
    let authorization = values(&parts.headers, header::AUTHORIZATION.as_str());
    let dpop = values(&parts.headers, "dpop");
    let presented = Presented {
        authorization: &authorization,
        dpop: &dpop,
        method: parts.method.as_str(),
        url: &url,
        now_ms: now,
    };
    server.authenticator.authenticate(&presented).await.map_err(|e| {
        // Nobody is known, so this is no entry of the access log (ADR 0051): a line and a counter, by the reason alone.
        tracing::info!(code = e.code, instance, interaction, "turned away before anybody was known");
        Answer::error(
            StatusCode::from_u16(e.status).unwrap_or(StatusCode::UNAUTHORIZED),
            "login",
            e.code,
            e.nb,
            e.en,
        )
        .header(header::WWW_AUTHENTICATE, &e.www_authenticate)
        .release()
    })
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    // A value that is no text cannot be a token; it is passed on as an empty one and refused.
    headers.get_all(name).iter().map(|v| v.to_str().unwrap_or("")).collect()
}

fn reason(headers: &HeaderMap) -> Result<Option<String>, Box<Answer>> {
    let Some(value) = headers.get("kilde-reason") else {
        return Ok(None);
    };
    let decoded = value
        .to_str()
        .ok()
        .and_then(|v| percent_encoding::percent_decode_str(v).decode_utf8().ok());
    match decoded {
        Some(text) if text.chars().count() <= 500 && !text.chars().any(char::is_control) => {
            Ok(Some(text.trim().to_owned()).filter(|t| !t.is_empty()))
        }
        _ => Err(Box::new(Answer::error(
            StatusCode::BAD_REQUEST,
            "value",
            "reason-header",
            "Kilde-Reason skal være prosentkodet UTF-8, høyst 500 tegn, uten linjeskift.",
            "Kilde-Reason must be percent-encoded UTF-8, 500 characters at most, without line breaks.",
        ))),
    }
}

impl Visit {
    /// The same visit, for an interaction within the one that was asked for.
    pub fn within(&self, interaction: &'static str) -> Visit {
        Visit {
            server: self.server.clone(),
            place: self.place.clone(),
            identity: self.identity.clone(),
            interaction,
            now_ms: self.now_ms,
            reason: self.reason.clone(),
            language: self.language,
            own: self.own.clone(),
            beat: self.beat,
        }
    }

    /// Asks the policy.
    ///
    /// # Errors
    /// The refusal as an answer on its way out.
    #[allow(clippy::result_large_err)] // Refusals are rare, and the size is that of one log entry.
    pub fn decide(&self, action: Action, subject: &Subject, service: Option<&str>) -> Result<Permitted, Left> {
        let policy = self.place.policy.current();
        let mut question = Question::new(&self.identity, &policy, action, self.now_ms, &*self.place.index);
        question.person = subject.person;
        question.nin = subject.nin.as_ref();
        question.own_person = self.own.person;
        question.service = service;
        question.reason = self.reason.as_deref();
        let decision = kilde_access::decide(&question);
        let entry = AccessEntry::of(&question, &decision).interaction(self.interaction);
        match decision.into_result() {
            Ok(permit) => Ok(Permitted { permit, entry }),
            Err(refusal) => {
                metrics::counter!("kilde_refusals_total", "code" => refusal.code).increment(1);
                Err(Left::of(vec![entry], refusal_answer(&refusal)))
            }
        }
    }

    /// The person with that national id, whether or not the instance knows her.
    pub fn subject(&self, nin: Nin) -> Result<Subject, kilde_log::LogError> {
        if self.own.nin.as_ref().is_some_and(|own| own.as_str() == nin.as_str()) {
            return Ok(self.own.clone());
        }
        let person = self.place.log.person(&format!("nin|{}", nin.as_str()))?;
        Ok(Subject { person, nin: Some(nin) })
    }

    /// The person a `Patient/<id>` is about. An id that nobody has is still about somebody: it gets the
    /// answer that a stranger's id gets, so that no answer tells who is here.
    pub fn subject_of_patient(&self, id: &str) -> Result<Subject, kilde_log::LogError> {
        let person = self.place.log.person(&format!("Patient/{id}"))?;
        Ok(Subject {
            person: Some(person.unwrap_or(PersonNo::NONE)),
            nin: None,
        })
    }

    /// Whom the token itself is about.
    pub fn own(&self) -> &Subject {
        &self.own
    }

    fn own_subject(&self) -> Result<Subject, kilde_log::LogError> {
        let text = match &self.identity.actor {
            kilde_access::Actor::Citizen { .. } => self.identity.default_subject(),
            _ => self.identity.attestation.as_ref().and_then(|a| a.patient.as_deref()),
        };
        match text.and_then(|t| Nin::parse(t).ok()) {
            Some(nin) => self.subject(nin),
            None => Ok(Subject::default()),
        }
    }

    /// Writes the access-log entries, waits until they are durable, and lets the answer go.
    /// If an entry cannot be written, the reader gets 503 and nothing else.
    pub async fn leave(self, left: Left) -> Response {
        if !left.entries.is_empty()
            && let Err(cause) = self.log(&left.entries).await
        {
            tracing::error!(%cause, "the access log refused an entry");
            return Answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "transient",
                "access-log-unavailable",
                "Tilgangsloggen kan ikke skrives nå. Uten den gis ingen svar. Forsøk igjen om litt.",
                "The access log cannot be written now. Without it no answer is given. Try again shortly.",
            )
            .header(header::RETRY_AFTER, "2")
            .release();
        }
        metrics::histogram!("kilde_request_seconds", "interaction" => self.interaction).record(self.beat.elapsed().as_secs_f64());
        if left.tells_of_absence() {
            self.beat.wait().await;
        }
        left.answer.release()
    }

    /// As [`leave`](Self::leave), with an answer that only needs the municipality.
    pub(crate) async fn leave_as(self, permitted: Permitted, answer: impl FnOnce(&Municipality) -> Answer) -> Response {
        let answer = answer(&self.place);
        self.leave(Left::permitted(permitted, answer)).await
    }

    /// Here, and where the reader is at home if that is another municipality of ours.
    async fn log(&self, entries: &[AccessEntry]) -> Result<(), kilde_access::AccessLogError> {
        self.place.access_log.write(entries).await?;
        if let Some(home) = elsewhere::home(self) {
            home.access_log.write(&elsewhere::told_at_home(self, entries)).await?;
        }
        Ok(())
    }

    /// As [`leave`](Self::leave), with a body that is made while it is sent. The entries of everything that may be in it are
    /// durable before any of it is made.
    pub async fn leave_streaming(self, left: Left, body: impl FnOnce() -> Body) -> Response {
        let mut response = self.leave(left).await;
        if response.status() == StatusCode::OK {
            *response.body_mut() = body();
        }
        response
    }
}

/// A refusal as OperationOutcome: the reason code is the rule.
pub fn refusal_answer(refusal: &Refusal) -> Answer {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut answer = Answer::error(status, "forbidden", refusal.code, refusal.nb, refusal.en);
    answer.refused = Some(refusal.code);
    if refusal.code == "scope_missing" {
        // RFC 6750 section 3.1: the token is good, and not enough.
        let challenge = "DPoP error=\"insufficient_scope\", error_description=\"scope_missing\"";
        return answer.header(header::WWW_AUTHENTICATE, challenge);
    }
    answer
}

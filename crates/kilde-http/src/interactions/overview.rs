//! Operations `$overview` and `$status`: the information services of one person.

use crate::answer::{Answer, Seen};
use crate::entrance::{Left, Permitted, Subject, Visit};
use crate::fhir::Asked;
use axum::http::StatusCode;
use kilde_access::Action;
use kilde_fhir::json::{Limits, parse};
use kilde_log::PersonNo;
use kilde_services::lang::Lang;
use kilde_services::overview::Request;
use kilde_services::record::Records;
use kilde_services::request;
use kilde_services::services::Services;
use kilde_services::store::Store;

/// `POST [base]/$overview`
pub fn overview(visit: &Visit, asked: &Asked) -> Left {
    operation(visit, asked, Action::Overview, |services, request| {
        let bundle = services.overview(request);
        let mut answer = Answer::fhir(StatusCode::OK, bundle.body);
        // All of it is about the one person who was asked about.
        answer.seen = bundle
            .resources
            .into_iter()
            .map(|(rtype, id, version)| Seen {
                rtype,
                id,
                version,
                person: PersonNo::NONE,
            })
            .collect();
        answer.withheld = bundle.withheld;
        answer
    })
}

/// `POST [base]/$status`: is there anything.
pub fn status(visit: &Visit, asked: &Asked) -> Left {
    operation(visit, asked, Action::Exists, |services, request| {
        Answer::fhir(StatusCode::OK, services.status(request))
    })
}

/// `Patient/[id]/$summary`, the International Patient Summary: not here.
pub fn summary() -> Left {
    Left::bad(Answer::error(
        StatusCode::NOT_IMPLEMENTED,
        "not-supported",
        "summary-not-supported",
        "International Patient Summary ($summary) er ikke her. Kommunens oversikt over en person får du med POST [base]/$overview.",
        "The International Patient Summary ($summary) is not here. POST [base]/$overview gives the municipality's overview of a person.",
    ))
}

fn operation(visit: &Visit, asked: &Asked, action: Action, work: impl FnOnce(&Services, &Request<'_>) -> Answer) -> Left {
    let document = match parse(asked.body.as_slice(), Limits::default()) {
        Ok(document) => document,
        Err(e) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &[e.finding()])),
    };
    let known = Services::every();
    let wanted = match request::parse(document.root(), &visit.place.services.ids(), &known.ids()) {
        Ok(wanted) => wanted,
        Err(findings) => return Left::bad(Answer::outcome(StatusCode::BAD_REQUEST, &findings)),
    };
    let subject: Subject = match visit.subject(wanted.nin) {
        Ok(subject) => subject,
        Err(cause) => return Left::bad(Answer::fault(&cause)),
    };
    let service = match wanted.services.as_slice() {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let permitted = match visit.decide(action, &subject, service) {
        Ok(permitted) => permitted,
        Err(refused) => return refused,
    };
    let answer = answer(visit, subject.person, &permitted, &wanted, work);
    Left::permitted(permitted, answer)
}

fn answer(
    visit: &Visit,
    person: Option<PersonNo>,
    permitted: &Permitted,
    wanted: &request::Asked,
    work: impl FnOnce(&Services, &Request<'_>) -> Answer,
) -> Answer {
    let expected = visit.place.services.types_read();
    let store = person.map(|person| Store::new(&visit.place.index, permitted.scope(), person, &expected));
    let store = match store.transpose() {
        Ok(store) => store,
        Err(cause) => return Answer::fault(&cause),
    };
    let base = visit.server.fhir_base(&visit.place);
    work(
        &visit.place.services,
        &Request {
            records: store.as_ref().map(|s| s as &dyn Records),
            patient: (&wanted.system, wanted.nin.as_str()),
            services: &wanted.services,
            now_ms: visit.now_ms,
            lang: Lang::from_tag(visit.language).unwrap_or_default(),
            base: &base,
            sources: &visit.place.sources,
        },
    )
}

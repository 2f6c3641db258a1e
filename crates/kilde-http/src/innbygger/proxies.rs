//! Proxies (*fullmakter*) that a citizen gives: `/{instance}/innbygger/fullmakter`. Described in `docs/citizen/proxies.md`.

use super::form;
use super::own::{Named, Own, enter_own};
use crate::answer::{Answer, etag};
use crate::server::{Server, now_ms};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use kilde_access::log::Lang;
use kilde_access::proxy::{Proxy, Task};
use kilde_access::{Action, Category, Days, Declaration};
use kilde_fhir::date::local_date;
use kilde_fhir::finding::Finding;
use kilde_fhir::national_id::Nin;
use kilde_index::OwnDeclaration;
use serde_json::{Value, json};
use std::sync::Arc;

/// The kind of declaration, with which its ids begin.
const KIND: &str = "proxy";
/// Characters of a name at most.
const NAME: usize = 100;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/innbygger/fullmakter", get(list).post(give))
        .route("/{instance}/innbygger/fullmakter/{id}", get(one).put(change).delete(withdraw))
}

async fn own(server: &Arc<Server>, instance: &str, request: Request, interaction: &'static str) -> Result<Own, Response> {
    enter_own(server, instance, request, interaction, Action::Proxies).await
}

/// `GET /innbygger/fullmakter`
async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "proxies").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = own.declarations().map(|all| {
        let proxies: Vec<Value> = all.iter().filter_map(|one| told(&own, one)).collect();
        Answer::json(StatusCode::OK, json!({ "proxies": proxies }).to_string())
    });
    own.leave(answer).await
}

/// `POST /innbygger/fullmakter`
async fn give(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "proxy-give").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = declared(&own, Named::New).await;
    own.leave(answer).await
}

/// `PUT /innbygger/fullmakter/{id}`
async fn change(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "proxy-change").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let answer = match newest(&own, &id) {
        Err(absent) => Err(absent),
        Ok(_) => declared(&own, Named::There(id)).await,
    };
    own.leave(answer).await
}

async fn declared(own: &Own, which: Named) -> Result<Answer, Box<Answer>> {
    let proxy = read(own)?;
    let new = matches!(which, Named::New);
    let made = own.declare(which, Some(Declaration::Proxy(proxy))).await?;
    Ok(match new {
        true => answer(own, &made, StatusCode::CREATED).header(header::LOCATION, own.location("fullmakter", &made.id)),
        false => answer(own, &made, StatusCode::OK),
    })
}

/// `GET /innbygger/fullmakter/{id}`
async fn one(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "proxy").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let found = newest(&own, &id).map(|newest| answer(&own, &newest, StatusCode::OK));
    own.leave(found).await
}

/// `DELETE /innbygger/fullmakter/{id}`
async fn withdraw(State(server): State<Arc<Server>>, Path((instance, id)): Path<(String, String)>, request: Request) -> Response {
    let own = match own(&server, &instance, request, "proxy-withdraw").await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let gone = own.lift(KIND, id).await;
    own.leave(gone).await
}

/// The newest version of a proxy of hers that is not withdrawn.
fn newest(own: &Own, id: &str) -> Result<OwnDeclaration, Box<Answer>> {
    let newest = own.versions(KIND, id)?.into_iter().next();
    newest
        .filter(|one| matches!(one.declaration, Some(Declaration::Proxy(_))))
        .ok_or_else(|| Box::new(Answer::not_found()))
}

/// The proxy in a body.
fn read(own: &Own) -> Result<Proxy, Box<Answer>> {
    let body = own.object()?;
    let mut findings = Vec::new();
    form::known(&body, &["holder", "name", "tasks", "categories", "period"], &mut findings);
    let holder = body["holder"].as_str().and_then(|text| Nin::parse(text).ok());
    let holder = holder.filter(|nin| nin.accepted_in(own.visit.place.world).is_ok() && nin.as_str() != own.nin.as_str());
    if holder.is_none() {
        findings.push(form::wrong(
            "holder",
            "proxy-holder",
            "fødselsnummeret til en annen enn deg selv",
            "the national id of somebody else than yourself",
        ));
    }
    let name = body["name"].as_str().map(str::trim).filter(|name| {
        !name.is_empty()
            && name.chars().count() <= NAME
            && name.bytes().filter(u8::is_ascii_digit).count() < 6
            && !name.chars().any(char::is_control)
    });
    if name.is_none() {
        findings.push(form::wrong(
            "name",
            "proxy-name",
            "et navn på høyst 100 tegn",
            "a name of 100 characters at most",
        ));
    }
    let tasks = names(&body["tasks"], Task::from_name);
    if tasks.is_none() {
        findings.push(form::wrong(
            "tasks",
            "proxy-tasks",
            "en liste med insight, log, blocks eller requests",
            "a list of insight, log, blocks or requests",
        ));
    }
    let categories = match &body["categories"] {
        Value::Null => Some(None),
        list => names(list, |text| Category::from_name(text).map(|category| category.name().to_owned())).map(Some),
    };
    if categories.is_none() {
        findings.push(form::wrong(
            "categories",
            "proxy-categories",
            "en liste med kategorier",
            "a list of categories",
        ));
    }
    let days = match &body["period"] {
        Value::Null => Some(Days::ALL),
        period => form::period(period),
    };
    if days.is_none() {
        findings.push(form::wrong(
            "period",
            "proxy-period",
            "{\"from\": dato, \"to\": dato}",
            "{\"from\": date, \"to\": date}",
        ));
    }
    match (holder, name, tasks, categories, days) {
        (Some(holder), Some(name), Some(tasks), Some(categories), Some(days)) if findings.is_empty() => Ok(Proxy {
            holder: holder.as_str().to_owned(),
            name: name.to_owned(),
            tasks,
            categories,
            days,
        }),
        _ => Err(Box::new(Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings as &[Finding]))),
    }
}

/// A list of names that all mean something, with at least one.
fn names<T>(value: &Value, mean: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= 10)?;
    list.iter().map(|item| mean(item.as_str()?)).collect()
}

fn answer(own: &Own, one: &OwnDeclaration, status: StatusCode) -> Answer {
    match told(own, one) {
        Some(proxy) => Answer::json(status, proxy.to_string()).header(header::ETAG, etag(one.version)),
        None => Answer::not_found(),
    }
}

/// A proxy as its giver sees it; `None` if it is something else, or withdrawn. The holder's number is not repeated.
fn told(own: &Own, one: &OwnDeclaration) -> Option<Value> {
    let Some(Declaration::Proxy(proxy)) = &one.declaration else {
        return None;
    };
    let lang = own.lang();
    let mut period = json!({});
    for (name, date) in [("from", proxy.days.first()), ("to", proxy.days.last())] {
        if let Some(date) = date {
            period[name] = date.to_string().into();
        }
    }
    let today = Days::of(local_date(now_ms()));
    let mut out = json!({
        "id": one.id,
        "version": one.version,
        "name": proxy.name,
        "tasks": proxy.tasks.iter().map(|task| task.name()).collect::<Vec<_>>(),
        "period": period,
        "valid": proxy.days.meet(today),
        "declared": kilde_access::log::when(one.declared_ms, lang),
        "declaredMs": one.declared_ms,
        "text": words(proxy, lang),
    });
    if let Some(categories) = &proxy.categories {
        out["categories"] = json!(categories);
    }
    Some(out)
}

/// The proxy in a sentence.
pub(super) fn words(proxy: &Proxy, lang: Lang) -> String {
    let task = |task: &Task| match task {
        Task::Insight => lang.pick("se opplysninger om deg", "sjå opplysningar om deg", "see information about you"),
        Task::Log => lang.pick("se tilgangsloggen din", "sjå tilgangsloggen din", "see your access log"),
        Task::Blocks => lang.pick(
            "sperre og oppheve sperringer",
            "sperre og oppheve sperringar",
            "block and lift blocks",
        ),
        Task::Requests => lang.pick(
            "be om retting og sletting",
            "be om retting og sletting",
            "ask for correction and deletion",
        ),
    };
    let tasks: Vec<&str> = proxy.tasks.iter().map(task).collect();
    let can = lang.pick("kan", "kan", "can");
    let mut text = format!("{} {can} {}", proxy.name, tasks.join(", "));
    if let Some(categories) = &proxy.categories {
        let names: Vec<&str> = categories.iter().map(|name| super::words::category(name, lang)).collect();
        text.push_str(&format!(" ({}: {})", lang.pick("bare", "berre", "only"), names.join(", ")));
    }
    for (date, word) in [
        (proxy.days.first(), lang.pick("fra", "frå", "from")),
        (proxy.days.last(), lang.pick("til og med", "til og med", "up to and including")),
    ] {
        if let Some(date) = date {
            text.push_str(&format!(" {word} {date}"));
        }
    }
    text.push('.');
    text
}

//! Logging in with a browser: `/{instance}/innbygger` and what is below it for people. The rules of the tokens are in
//! `kilde_access::authn::login`; here is the browser's part: one cookie, sessions at the server, pages. Described in `docs/citizen/login.md`.

mod cookie;
mod pages;
mod sessions;
mod through;

pub use pages::log_page;
pub(crate) use through::{Through, accepts_page as wants_page, through};

use crate::answer::Answer;
use crate::body::read_body;
use crate::query;
use crate::server::{Limits, Municipality, Server, now_ms};
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use kilde_access::authn::login::{Login, LoginError, Returned, random_text};
use kilde_access::log::Lang;
use sessions::{Pendings, Session, Sessions};
use std::sync::Arc;

/// Bytes of a form at most.
const FORM: usize = 32 << 10;

/// Logging in, of one server.
pub struct Logins {
    login: Login,
    pending: Pendings,
    sessions: Sessions,
}

impl Logins {
    /// With ID-porten, and nobody logged in.
    pub fn new(login: Login) -> Logins {
        Logins {
            login,
            pending: Pendings::default(),
            sessions: Sessions::default(),
        }
    }
}

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/innbygger", get(start))
        .route("/{instance}/innbygger/login", get(begin))
        .route("/{instance}/innbygger/callback", get(callback))
        .route("/{instance}/innbygger/logout", post(logout))
        .route("/{instance}/innbygger/session", get(session))
        .route("/{instance}/innbygger/min-side", get(portal))
        .route("/{instance}/innbygger/min-side/{*rest}", get(portal))
        .route("/innbygger/backchannel-logout", post(backchannel))
}

type Found<'a> = (&'a Arc<Municipality>, &'a Arc<Logins>);

/// The municipality and the login, or the answer that there is none.
fn place<'a>(server: &'a Arc<Server>, instance: &str) -> Result<Found<'a>, Response> {
    let found = server.municipalities.get(instance).zip(server.logins.as_ref());
    found.ok_or_else(|| Answer::not_found().release())
}

/// The language that the address names, else the one that came along through logging out, else the browser's.
fn lang(headers: &HeaderMap, text: &str) -> Lang {
    let mut given = ["lang", "state"].into_iter().filter_map(|name| query::value(text, name));
    let named = given.find(|tag| matches!(tag.as_str(), "nb" | "nn" | "en"));
    Lang::from_tag(named.as_deref().unwrap_or_else(|| crate::prefer::language(headers)))
}

/// `GET /innbygger`: the start page.
async fn start(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (place, logins) = match place(&server, &instance) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let session = cookie::session(request.headers(), &instance).and_then(|secret| logins.sessions.find(&secret, &instance, now_ms()));
    let text = request.uri().query().unwrap_or("");
    let lang = match &session {
        Some(session) if query::value(text, "lang").is_none() => session.lang,
        _ => lang(request.headers(), text),
    };
    pages::start(place, session.as_deref(), logins.login.end_session_origin().as_deref(), lang)
}

/// `GET /innbygger/min-side`: the page that uses the citizen's APIs. It is the same for everybody, and asks for the rest with the session. Whatever
/// stands below it in the address is read by the page.
async fn portal(State(server): State<Arc<Server>>, Path(rest): Path<Vec<(String, String)>>) -> Response {
    let instance = rest.first().map_or("", |(_, instance)| instance.as_str());
    match place(&server, instance) {
        Ok(_) => crate::web::citizen().unwrap_or_else(|| redirect(&format!("{}/{instance}/innbygger", server.public_url))),
        Err(response) => response,
    }
}

/// `GET /innbygger/login`: on to ID-porten.
async fn begin(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (place, logins) = match place(&server, &instance) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let lang = lang(request.headers(), request.uri().query().unwrap_or(""));
    let back = format!("{}/{instance}/innbygger/callback", server.public_url);
    let now = now_ms();
    let begun = logins.login.begin(&back, lang.pick("nb", "nn", "en"), now).await;
    let outcome = begun.and_then(|begun| Ok((begun.location, logins.pending.put(begun.pending, &instance, lang, now)?)));
    match outcome {
        Ok((location, secret)) => {
            metrics::counter!("kilde_logins_total", "step" => "begun").increment(1);
            let mut response = redirect(&location);
            cookie::put_pending(&mut response, &instance, &secret);
            response
        }
        Err(error) => failed(place, &error, lang),
    }
}

/// `GET /innbygger/callback`: back from ID-porten.
async fn callback(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (place, logins) = match place(&server, &instance) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (headers, text) = (request.headers(), request.uri().query().unwrap_or(""));
    let now = now_ms();
    let pending = cookie::pending(headers, &instance).and_then(|secret| logins.pending.take(&secret, &instance, now));
    let Some((pending, lang)) = pending else {
        return failed(place, &LoginError::Rule("not-begun-here"), lang(headers, text));
    };
    let back = match returned(text) {
        Some(back) => back,
        None => return failed(place, &LoginError::Rule("returned"), lang),
    };
    let session = match logins.login.finish(pending, &back, now).await {
        Ok(logged_in) => Session::new(logged_in, &instance, lang, now),
        Err(error) => Err(error),
    };
    // Whoever was logged in with this browser is not any more.
    if let Some(old) = cookie::session(headers, &instance) {
        logins.sessions.end(&old);
    }
    match session.and_then(|session| logins.sessions.put(session, now)) {
        Ok(secret) => {
            metrics::counter!("kilde_logins_total", "step" => "done").increment(1);
            let mut response = pages::onward(place, lang);
            cookie::put_session(&mut response, &instance, &secret);
            cookie::drop_pending(&mut response, &instance);
            response
        }
        Err(error) => {
            let mut response = failed(place, &error, lang);
            cookie::drop_pending(&mut response, &instance);
            response
        }
    }
}

/// What the browser brought; `None` if a parameter stands twice.
fn returned(text: &str) -> Option<Returned> {
    let pairs = query::pairs(text)?;
    let one = |name: &str| -> Option<Option<String>> {
        let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone());
        let first = values.next();
        values.next().is_none().then_some(first)
    };
    Some(Returned {
        state: one("state")?,
        iss: one("iss")?,
        code: one("code")?,
        error: one("error")?.is_some(),
    })
}

/// `POST /innbygger/logout`: ends the session here, and on to ID-porten to end it there.
async fn logout(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (place, logins) = match place(&server, &instance) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (parts, body) = request.into_parts();
    let body = match read_body(body, &small(&server)).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let home = format!("{}/{instance}/innbygger", server.public_url);
    let secret = cookie::session(&parts.headers, &instance);
    let session = secret.as_ref().and_then(|secret| logins.sessions.find(secret, &instance, now_ms()));
    let Some((secret, session)) = secret.zip(session) else {
        return redirect(&home);
    };
    let given = std::str::from_utf8(&body).ok().and_then(|form| query::value(form, "csrf"));
    if !session.has_csrf(given.as_deref()) || !through::from_here(&parts.headers, &server.public_url) {
        return through::csrf().release();
    }
    logins.sessions.end(&secret);
    metrics::counter!("kilde_logins_total", "step" => "logged-out").increment(1);
    let lang = session.lang.pick("nb", "nn", "en");
    let onward = logins.login.logout(&session.id_token, &home, lang, now_ms()).await;
    let mut response = redirect(&onward.unwrap_or_else(|_| format!("{home}?lang={lang}")));
    cookie::drop_session(&mut response, &instance);
    tracing::debug!(instance = place.instance.as_str(), "a citizen logged out");
    response
}

/// `GET /innbygger/session`: what a page of ours needs to use the APIs with the session.
async fn session(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (place, logins) = match place(&server, &instance) {
        Ok(found) => found,
        Err(response) => return response,
    };
    let found = cookie::session(request.headers(), &instance).and_then(|secret| logins.sessions.find(&secret, &instance, now_ms()));
    match found.filter(|_| through::from_here(request.headers(), &server.public_url)) {
        Some(session) => {
            let told = serde_json::json!({
                "csrf": session.csrf,
                "expires": kilde_fhir::date::format_instant(session.ends_ms),
                "municipality": place.name,
            });
            Answer::json(StatusCode::OK, told.to_string()).release()
        }
        None => through::ended().release(),
    }
}

/// `POST /innbygger/backchannel-logout`: ID-porten tells that a session was ended elsewhere.
async fn backchannel(State(server): State<Arc<Server>>, request: Request) -> Response {
    let Some(logins) = &server.logins else {
        return Answer::not_found().release();
    };
    let body = match read_body(request.into_body(), &small(&server)).await {
        Ok(body) => body,
        Err(answer) => return answer.release(),
    };
    let token = std::str::from_utf8(&body)
        .ok()
        .and_then(|form| query::value(form, "logout_token"))
        .unwrap_or_default();
    match logins.login.ended(&token, now_ms()).await {
        Ok(sid) => {
            let ended = logins.sessions.end_all(&sid);
            tracing::info!(ended, "sessions were ended over the back channel");
            Answer::json(StatusCode::OK, "").release()
        }
        Err(LoginError::Unavailable(cause)) => {
            tracing::warn!(%cause, "a logout token could not be verified");
            Answer::json(StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"temporarily_unavailable"}"#).release()
        }
        // Back-Channel Logout 1.0, section 2.8.
        Err(_) => Answer::json(StatusCode::BAD_REQUEST, r#"{"error":"invalid_request"}"#).release(),
    }
}

fn small(server: &Server) -> Limits {
    Limits {
        body: FORM,
        ..server.limits
    }
}

fn redirect(location: &str) -> Response {
    let mut response = Answer::json(StatusCode::SEE_OTHER, "").header(header::LOCATION, location).release();
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A login that came to nothing: a line by its reason alone, and a page that says what she can do.
fn failed(place: &Municipality, error: &LoginError, lang: Lang) -> Response {
    let step = match error {
        LoginError::Unavailable(_) => "unavailable",
        LoginError::Refused => "refused",
        LoginError::Level => "level",
        LoginError::Rule(_) => "rule",
    };
    metrics::counter!("kilde_logins_total", "step" => step).increment(1);
    tracing::info!(%error, instance = place.instance.as_str(), "a login came to nothing");
    pages::failed(place, error, lang)
}

fn secret() -> Result<String, LoginError> {
    random_text()
}

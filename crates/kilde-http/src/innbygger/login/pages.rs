//! The citizen's pages: no script, nothing fetched from elsewhere, readable on a phone and by a screen reader, in bokmål, nynorsk and English.
//! Everything from outside is escaped.

use super::sessions::Session;
use crate::answer::Answer;
use crate::server::Municipality;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use kilde_access::authn::login::LoginError;
use kilde_access::log::Lang;
use kilde_access::log::{CitizenEntry, CitizenPage};
use kilde_services::html::escape_into as escape;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin:0}a{color:#00539b}a,button{padding:.5rem 0;display:inline-block}\
a:focus-visible,button:focus-visible{outline:.2rem solid #1a1a1a;outline-offset:.15rem}\
.b,button{font:inherit;border:0;background:#00539b;color:#fff;border-radius:.3rem;padding:.7rem 1.2rem;text-decoration:none;cursor:pointer}\
nav ul,ol{list-style:none;padding:0}li{overflow-wrap:anywhere}ol li{border-bottom:1px solid #767676;padding:.8rem 0}ol p{margin:.2rem 0}\
.r{border:2px solid #8a1f11;color:#8a1f11;border-radius:.3rem;padding:0 .4rem}.m{color:#444}header a{margin-right:1rem}";

/// The whole page around its content.
fn page(status: StatusCode, title: &str, lang: Lang, form_action: &str, head: &str, content: &str) -> Answer {
    let code = lang.pick("nb", "nn", "en");
    let mut escaped = String::new();
    escape(title, &mut escaped);
    let body = format!(
        "<!DOCTYPE html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">{head}\
         <title>{escaped}</title><style>{STYLE}</style></head><body>{content}</body></html>"
    );
    let policy =
        format!("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action {form_action}; frame-ancestors 'none'");
    Answer::json(status, body)
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(HeaderName::from_static("content-security-policy"), policy)
        // Without any, a browser would not say that the form of our own page comes from here (`Origin: null`).
        .header(header::REFERRER_POLICY, "same-origin")
        .header(header::CONTENT_LANGUAGE, code)
        .header(header::VARY, "Accept-Language, Cookie")
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

/// The other languages of a page.
fn languages(base: &str, lang: Lang) -> String {
    let mut out = String::from("<header><nav aria-label=\"Språk / Language\">");
    for (code, name) in [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")] {
        let current = if lang.pick("nb", "nn", "en") == code {
            " aria-current=\"true\""
        } else {
            ""
        };
        out.push_str(&format!(
            "<a href=\"{base}?lang={code}\" lang=\"{code}\" hreflang=\"{code}\"{current}>{name}</a>"
        ));
    }
    out.push_str("</nav></header>");
    out
}

/// The start page: to log in, or what can be seen and how to log out. `onward` is the origin that logging out goes on to.
pub fn start(place: &Municipality, session: Option<&Session>, onward: Option<&str>, lang: Lang) -> Response {
    let base = format!("/{}/innbygger", place.instance.as_str());
    let title = format!(
        "{}: {}",
        place.name,
        lang.pick("helseopplysningene dine", "helseopplysningane dine", "your health information")
    );
    let mut content = languages(&base, lang);
    content.push_str(&format!("<main><h1>{}</h1>", escaped(&title)));
    let code = lang.pick("nb", "nn", "en");
    match session {
        None => {
            let why = lang.pick(
                "Logg inn for å se hva kommunen har registrert om deg, og hvem som har sett det. Du trenger BankID, Buypass eller en annen innlogging på høyt nivå.",
                "Logg inn for å sjå kva kommunen har registrert om deg, og kven som har sett det. Du treng BankID, Buypass eller ei anna innlogging på høgt nivå.",
                "Log in to see what the municipality has registered about you, and who has seen it. You need BankID, Buypass or another login at the high level.",
            );
            let login = lang.pick("Logg inn med ID-porten", "Logg inn med ID-porten", "Log in with ID-porten");
            content.push_str(&format!(
                "<p>{why}</p><p><a class=\"b\" href=\"{base}/login?lang={code}\">{login}</a></p>"
            ));
        }
        Some(session) => {
            let inside = lang.pick("Du er logget inn.", "Du er logga inn.", "You are logged in.");
            let ends = lang.pick(
                "Du logges ut av deg selv når du ikke har gjort noe på 15 minutter, og senest etter en time.",
                "Du blir logga ut av seg sjølv når du ikkje har gjort noko på 15 minutt, og seinast etter ein time.",
                "You are logged out by itself when you have done nothing for 15 minutes, and after an hour at the latest.",
            );
            content.push_str(&format!(
                "<p role=\"status\">{inside} {ends}</p><nav aria-label=\"{}\"><ul>",
                escaped(&place.name)
            ));
            if crate::web::has_citizen() {
                let own = lang.pick("Til min side", "Til mi side", "To my page");
                content.push_str(&format!("<li><a class=\"b\" href=\"{base}/min-side?lang={code}\">{own}</a></li>"));
            }
            for (path, text) in [
                (
                    "tilgangslogg",
                    lang.pick(
                        "Hvem har sett opplysningene mine?",
                        "Kven har sett opplysningane mine?",
                        "Who has seen my information?",
                    ),
                ),
                (
                    "innsyn",
                    lang.pick(
                        "Alt som er registrert om meg",
                        "Alt som er registrert om meg",
                        "Everything that is registered about me",
                    ),
                ),
            ] {
                content.push_str(&format!("<li><a href=\"{base}/{path}\">{text}</a></li>"));
            }
            let out = lang.pick("Logg ut", "Logg ut", "Log out");
            content.push_str(&format!(
                "</ul></nav><form method=\"post\" action=\"{base}/logout\"><input type=\"hidden\" name=\"csrf\" value=\"{}\"><button>{out}</button></form>",
                escaped(&session.csrf)
            ));
        }
    }
    content.push_str("</main>");
    // Browsers hold where a form is sent on to against the policy too.
    let action = format!("'self' {}", onward.unwrap_or_default());
    page(StatusCode::OK, &title, lang, action.trim(), "", &content).release()
}

/// Logged in: on to the citizen's page, or the start page where a build has none. A page and no redirect, so that the next request comes from us, and brings a cookie that no other site's does.
pub fn onward(place: &Municipality, lang: Lang) -> Response {
    let base = format!("/{}/innbygger", place.instance.as_str());
    let title = lang.pick("Du er logget inn", "Du er logga inn", "You are logged in");
    let go = lang.pick("Gå videre", "Gå vidare", "Go on");
    let to = match crate::web::has_citizen() {
        true => format!("{base}/min-side?lang={}", lang.pick("nb", "nn", "en")),
        false => base,
    };
    let head = format!("<meta http-equiv=\"refresh\" content=\"0;url={to}\">");
    let content = format!("<main><h1>{title}</h1><p><a href=\"{to}\">{go}</a></p></main>");
    page(StatusCode::OK, title, lang, "'none'", &head, &content).release()
}

/// A login that came to nothing.
pub fn failed(place: &Municipality, error: &LoginError, lang: Lang) -> Response {
    let base = format!("/{}/innbygger", place.instance.as_str());
    let title = lang.pick("Du ble ikke logget inn", "Du vart ikkje logga inn", "You were not logged in");
    let (status, why) = match error {
        LoginError::Refused => (
            StatusCode::OK,
            lang.pick(
                "Innloggingen ble avbrutt.",
                "Innlogginga vart avbroten.",
                "The login was broken off.",
            ),
        ),
        LoginError::Level => (
            StatusCode::FORBIDDEN,
            lang.pick(
                "Helseopplysninger krever innlogging på høyt nivå. Logg inn med BankID, Buypass eller Commfides.",
                "Helseopplysningar krev innlogging på høgt nivå. Logg inn med BankID, Buypass eller Commfides.",
                "Health information demands a login at the high level. Log in with BankID, Buypass or Commfides.",
            ),
        ),
        LoginError::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            lang.pick(
                "ID-porten svarer ikke nå. Forsøk igjen om litt.",
                "ID-porten svarer ikkje no. Prøv igjen om litt.",
                "ID-porten does not answer now. Try again shortly.",
            ),
        ),
        LoginError::Rule(_) => (
            StatusCode::BAD_REQUEST,
            lang.pick(
                "Innloggingen kunne ikke godtas. Den kan ha tatt for lang tid, eller være begynt i et annet vindu.",
                "Innlogginga kunne ikkje godtakast. Ho kan ha teke for lang tid, eller vere byrja i eit anna vindauge.",
                "The login could not be accepted. It may have taken too long, or have begun in another window.",
            ),
        ),
    };
    let again = lang.pick("Til startsiden", "Til startsida", "To the start page");
    let content = format!("<main><h1>{title}</h1><p role=\"alert\">{why}</p><p><a href=\"{base}\">{again}</a></p></main>");
    page(status, title, lang, "'none'", "", &content).release()
}

/// The access log as a page.
pub fn log_page(place: &Municipality, log: &CitizenPage, lang: Lang) -> Answer {
    let base = format!("/{}/innbygger", place.instance.as_str());
    let title = lang.pick(
        "Hvem har sett opplysningene dine",
        "Kven har sett opplysningane dine",
        "Who has seen your information",
    );
    let back = lang.pick("Til startsiden", "Til startsida", "To the start page");
    let mut content = format!("<header><a href=\"{base}\">{back}</a></header><main><h1>{title}</h1>");
    if log.entries.is_empty() {
        let nobody = lang.pick("Ingen har sett dem her.", "Ingen har sett dei her.", "Nobody has seen it here.");
        content.push_str(&format!("<p>{nobody}</p>"));
    }
    content.push_str("<ol>");
    for one in &log.entries {
        entry(one, &base, lang, &mut content);
    }
    content.push_str("</ol>");
    if let Some(before) = log.before {
        let older = lang.pick("Eldre oppføringer", "Eldre oppføringar", "Older entries");
        content.push_str(&format!("<p><a href=\"{base}/tilgangslogg?before={before}\">{older}</a></p>"));
    }
    content.push_str("</main>");
    page(StatusCode::OK, title, lang, "'none'", "", &content)
}

fn entry(one: &CitizenEntry, base: &str, lang: Lang, out: &mut String) {
    let mut about: Vec<&str> = Vec::new();
    about.extend(one.role.as_deref());
    about.extend(one.workplace.as_deref());
    out.push_str(&format!("<li><h2>{}</h2>", escaped(&one.who)));
    if !about.is_empty() {
        out.push_str(&format!("<p>{}</p>", escaped(&about.join(", "))));
    }
    if !one.permitted {
        out.push_str(&format!(
            "<p><span class=\"r\">{}</span></p>",
            lang.pick("Fikk ikke se", "Fekk ikkje sjå", "Was not shown anything")
        ));
    }
    out.push_str(&format!("<p>{}</p><p>{}</p>", escaped(&one.what), escaped(&one.why)));
    if let Some(reason) = &one.reason {
        out.push_str(&format!(
            "<p>{} {}</p>",
            lang.pick("Begrunnelse:", "Grunngiving:", "Reason:"),
            escaped(reason)
        ));
    }
    let receipt = lang.pick("Kvittering", "Kvittering", "Receipt");
    let when = escaped(&one.when);
    out.push_str(&format!(
        "<p class=\"m\">{when}{} · <a href=\"{base}/tilgangslogg/{}/kvittering\" download aria-label=\"{receipt}, {when}\">{receipt}</a></p></li>",
        if one.times > 1 { format!(" · {} {}", one.times, lang.pick("ganger", "gonger", "times")) } else { String::new() },
        one.no
    ));
}

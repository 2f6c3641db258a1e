//! `PUT`, `POST` and `DELETE` of packages, for those who run the instance.

use super::findings;
use super::own::{Changed, NotChanged};
use crate::answer::Answer;
use crate::body::read_body;
use crate::entrance::{Left, Subject, Visit, enter};
use crate::heavy::heavy;
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::Action;
use serde_json::{Value, json};
use std::sync::Arc;

/// Takes a package: the body is the archive.
pub async fn put(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "packages-put").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    // Nobody else's bytes are read.
    let permitted = match visit.decide(Action::PackagesChange, &Subject::default(), None) {
        Err(refused) => return visit.leave(refused).await,
        Ok(permitted) => permitted,
    };
    let answer = match read_body(body, &server.limits).await {
        Err(answer) => answer,
        Ok(body) => take(&visit, body).await,
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

async fn take(visit: &Visit, body: Vec<u8>) -> Answer {
    let place = visit.place.clone();
    match heavy(move || place.library.put(&body)).await {
        Err(answer) => answer,
        Ok(Err(why)) => refused(why),
        Ok(Ok(changed)) => {
            let status = if changed.replaced { StatusCode::OK } else { StatusCode::CREATED };
            if let Some((name, version, _)) = &changed.report.loaded {
                tracing::info!(
                    instance = visit.place.instance.as_str(),
                    name,
                    version,
                    "a package is taken into use"
                );
            }
            Answer::json(status, told(&changed).to_string())
        }
    }
}

fn told(changed: &Changed) -> Value {
    let mut told = json!({
        "replaced": changed.replaced,
        "findings": findings(&changed.report.findings),
        "profiles": findings(&changed.profiles),
    });
    if let Some((name, version, resources)) = &changed.report.loaded {
        told["name"] = json!(name);
        told["version"] = json!(version);
        told["resources"] = json!(resources);
    }
    if changed.search_parameters > 0 {
        told["searchParameters"] = json!({
            "count": changed.search_parameters,
            "nb": "Søkeparametrene i pakken kan det ikke søkes med. Da må pakken ligge i katalogen som driften har satt opp for alle.",
            "en": "The package's search parameters cannot be searched by. For that the package must lie in the folder that the operator has set up for all.",
        });
    }
    told
}

/// Takes a package of the instance's own away.
pub async fn remove(
    State(server): State<Arc<Server>>,
    Path((instance, name, version)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "packages-delete").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let permitted = match visit.decide(Action::PackagesChange, &Subject::default(), None) {
        Err(refused) => return visit.leave(refused).await,
        Ok(permitted) => permitted,
    };
    let place = visit.place.clone();
    let answer = match heavy(move || place.library.remove(&name, &version).map(|()| (name, version))).await {
        Err(answer) => answer,
        Ok(Err(why)) => refused(why),
        Ok(Ok((name, version))) => {
            tracing::info!(instance = visit.place.instance.as_str(), name, version, "a package is taken away");
            Answer::json(
                StatusCode::OK,
                json!({ "name": name, "version": version, "removed": true }).to_string(),
            )
        }
    };
    visit.leave(Left::permitted(permitted, answer)).await
}

fn refused(why: NotChanged) -> Answer {
    match why {
        NotChanged::Package(findings) => Answer::outcome(StatusCode::UNPROCESSABLE_ENTITY, &findings),
        NotChanged::Common => Answer::error(
            StatusCode::CONFLICT,
            "conflict",
            "package-common",
            "Pakken med dette navnet og denne versjonen er lagt ut av driftsleverandøren for alle kommuner, og endres der.",
            "The package of that name and version is put there by the operator for all municipalities, and is changed there.",
        ),
        NotChanged::Unknown => Answer::error(
            StatusCode::NOT_FOUND,
            "not-found",
            "package-unknown",
            "Kommunen har ingen egen pakke med dette navnet og denne versjonen.",
            "The municipality has no package of its own of that name and version.",
        ),
        NotChanged::Demanded(url) => Answer::error(
            StatusCode::CONFLICT,
            "conflict",
            "package-demanded",
            &format!("Kommunen krever {url} av det den tar imot, og den ville ikke lenger finnes."),
            &format!("The municipality demands {url} of what it takes in, and it would no longer be there."),
        ),
        NotChanged::Loading => Answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "transient",
            "library-loading",
            "Pakker og kodeverk lastes fortsatt. Forsøk igjen om litt.",
            "Packages and terminology are still loading. Try again shortly.",
        ),
        NotChanged::Io(cause) => Answer::fault(&cause),
    }
}

//! `/{instance}/admin/packages`: which packages and code systems are loaded, and what could not be (`GET`); packages that an
//! administrator gives (`PUT`, `POST`) and takes away (`DELETE`). `docs/fhir/packages.md`.

mod change;
mod own;

pub use change::{put, remove};
pub use own::OwnLibrary;

use crate::answer::Answer;
use crate::entrance::{Left, Subject, enter};
use crate::server::Server;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use kilde_access::Action;
use kilde_fhir::finding::Finding;
use kilde_fhir::library::{Library, Shelf};
use kilde_fhir::terminology::Content;
use serde_json::{Value, json};
use std::sync::Arc;

/// The list, for those who run the instance or oversee it.
pub async fn list(State(server): State<Arc<Server>>, Path(instance): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let visit = match enter(&server, &instance, &parts, "packages").await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let left = match visit.decide(Action::Packages, &Subject::default(), None) {
        Err(refused) => refused,
        Ok(permitted) => Left::permitted(
            permitted,
            Answer::json(StatusCode::OK, told(&visit.place.library.shelf).to_string()),
        ),
    };
    visit.leave(left).await
}

fn told(shelf: &Shelf) -> Value {
    match shelf.get() {
        None => json!({ "status": "loading" }),
        Some(library) => loaded(&library),
    }
}

fn loaded(library: &Library) -> Value {
    let report = library.report();
    let packages: Vec<Value> = report
        .packages
        .iter()
        .map(|package| {
            let mut told = json!({
                "file": package.file,
                "loaded": package.loaded.is_some(),
                "findings": findings(&package.findings),
            });
            if let Some((name, version, resources)) = &package.loaded {
                told["name"] = json!(name);
                told["version"] = json!(version);
                told["resources"] = json!(resources);
            }
            told
        })
        .collect();
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|file| json!({ "file": file.file, "takenFor": file.taken_for, "findings": findings(&file.findings) }))
        .collect();
    let terminology = library.terminology();
    let systems: Vec<Value> = terminology
        .code_systems()
        .filter(|s| s.info().content > Content::NotPresent)
        .map(|s| json!({ "url": s.info().url, "version": s.info().version, "codes": s.len(), "complete": s.is_complete() }))
        .collect();
    json!({
        "status": "loaded",
        "seconds": report.took.as_secs_f64(),
        "resources": library.packages().len(),
        "packages": packages,
        "terminology": {
            "files": files,
            "codeSystems": systems,
            "valueSets": terminology.value_sets().count(),
            "conceptMaps": terminology.concept_maps().len(),
        },
        "profiles": library.compiled().map(findings),
        "findings": findings(&report.findings),
    })
}

pub(crate) fn findings(all: &[Finding]) -> Vec<Value> {
    let one =
        |f: &Finding| json!({ "severity": f.severity.code(), "rule": f.rule, "nb": f.nb, "en": f.en, "diagnostics": f.diagnostics() });
    all.iter().map(one).collect()
}

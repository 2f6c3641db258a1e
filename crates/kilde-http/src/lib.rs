#![doc = include_str!("../README.md")]

pub mod admin;
pub mod answer;
mod beat;
mod body;
mod bundle;
mod corrections;
mod destructions;
mod elsewhere;
pub mod entrance;
pub mod fhir;
pub mod formats;
pub mod headers;
pub mod health;
mod heavy;
mod holds;
pub mod innbygger;
pub mod interactions;
pub mod jobs;
pub mod kvittering;
mod look;
mod minimise;
pub mod okt;
pub mod operations;
pub mod oversight;
pub mod packages;
pub mod policy;
pub mod prefer;
pub mod query;
pub mod route;
pub mod sandbox;
pub mod seal;
pub mod server;
pub mod smart;
pub mod sources;
pub mod web;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::Response;
use axum::routing::{any, get, post};
use server::Server;
use std::sync::Arc;

/// The public listener's routes.
pub fn router(server: Arc<Server>) -> Router {
    let permits = Arc::new(tokio::sync::Semaphore::new(server.limits.concurrent));
    let https = server.public_url.starts_with("https:");
    Router::new()
        .route("/{instance}/fhir/r4", any(fhir::root))
        .route("/{instance}/fhir/r4/", any(fhir::root))
        .route("/{instance}/fhir/r4/.well-known/smart-configuration", get(smart::configuration))
        .route("/{instance}/fhir/r4/{*rest}", any(fhir::below))
        .route("/{instance}/okt/v1/okt-events", post(okt::receive))
        .route("/{instance}/okt/v1/okt-events/{pid}", get(okt::events))
        .route("/{instance}/okt/v1/okt-status/{pid}", get(okt::status))
        .route("/{instance}/innbygger/tilgangslogg", get(innbygger::tilgangslogg))
        .route("/{instance}/innbygger/tilgangslogg/{no}/kvittering", get(kvittering::kvittering))
        .route("/{instance}/seal/keys", get(seal::keys))
        .route("/{instance}/seal/checkpoint", get(seal::checkpoint))
        .route("/{instance}/seal/tile/{*path}", get(seal::tile))
        .route("/{instance}/seal/add-checkpoint", post(seal::add_checkpoint))
        .merge(innbygger::login::routes())
        .merge(innbygger::blocks::routes())
        .merge(innbygger::proxies::routes())
        .merge(innbygger::insight::routes())
        .merge(innbygger::requests::routes())
        .merge(corrections::routes())
        .merge(oversight::routes())
        .merge(policy::routes())
        .merge(elsewhere::routes())
        .merge(destructions::routes())
        .merge(holds::routes())
        .route("/{instance}/admin/quarantine", get(admin::quarantine))
        .route("/{instance}/admin/quarantine/{no}/replay", post(admin::replay))
        .route(
            "/{instance}/admin/packages",
            get(packages::list).put(packages::put).post(packages::put),
        )
        .route(
            "/{instance}/admin/packages/{name}/{version}",
            axum::routing::delete(packages::remove),
        )
        .layer(from_fn(move |request: Request, next: Next| bounded(permits.clone(), request, next)))
        .layer(map_response(|answer| std::future::ready(counted(answer))))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(get(web::page))
        .layer(map_response(move |answer| std::future::ready(headers::guarded(answer, https))))
        .with_state(server)
}

/// The sandbox's own routes: issuer, personas, citizens.
pub fn sandbox_router(sandbox: Arc<sandbox::Sandbox>) -> Router {
    sandbox::router(sandbox).layer(map_response(|answer| std::future::ready(headers::guarded(answer, false))))
}

/// Counts the answers, whoever made them.
fn counted(answer: Response) -> Response {
    let class = match answer.status().as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("kilde_answers_total", "status" => class).increment(1);
    answer
}

/// No more requests under way than the bound; the rest is told to come back.
async fn bounded(permits: Arc<tokio::sync::Semaphore>, request: Request, next: Next) -> Response {
    match permits.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => {
            metrics::counter!("kilde_turned_away_total").increment(1);
            let wanted = formats::wanted(request.headers(), request.uri().query().unwrap_or("")).unwrap_or_default();
            let answer = answer::Answer::error(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "throttled",
                "too-many-requests",
                "For mange forespørsler samtidig. Forsøk igjen om litt.",
                "Too many requests at once. Try again shortly.",
            )
            .header(axum::http::header::RETRY_AFTER, "1");
            formats::dress(answer.release(), wanted).await
        }
    }
}

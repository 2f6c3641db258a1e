//! The controller's oversight: `/{instance}/admin/tilgangslogg` (who saw whom), `/{instance}/admin/review` (unusual access) and
//! `/{instance}/admin/review-report` (who has access, and who used it). Described in `docs/guides/personvernombud.md`.

pub mod audit_event;
mod facts;
mod form;
mod log;
mod report;
mod review;

pub use review::Review;

use crate::kvittering;
use crate::server::Server;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The routes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new()
        .route("/{instance}/admin/tilgangslogg", post(log::search))
        .route("/{instance}/admin/tilgangslogg/{no}/kvittering", get(kvittering::for_controller))
        .route("/{instance}/admin/review", get(review::list))
        .route("/{instance}/admin/review/{id}", get(review::one).put(review::close))
        .route("/{instance}/admin/review-report", get(report::report))
}

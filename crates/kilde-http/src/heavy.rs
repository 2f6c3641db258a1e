//! Work that takes the processor for a while: validation, expansions. It runs beside the threads
//! that answer, and only as much of it at once as there are processors.

use crate::answer::Answer;
use crate::entrance::{Left, Permitted, Subject, Visit};
use axum::http::{StatusCode, header};
use kilde_access::Action;
use kilde_fhir::library::Library;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;

static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    Semaphore::new(processors.max(2))
});

/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does the work when it is its turn.
///
/// # Errors
/// The answer to give when too many wait, or when the work came to no end.
pub async fn heavy<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Answer> {
    let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, PLACES.acquire()).await else {
        return Err(Answer::error(
            StatusCode::TOO_MANY_REQUESTS,
            "throttled",
            "too-many-requests",
            "For mange slike forespørsler samtidig. Forsøk igjen om litt.",
            "Too many requests of this kind at once. Try again shortly.",
        )
        .header(header::RETRY_AFTER, "5"));
    };
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(|cause| Answer::fault(&cause))
}

/// The library for a question that concerns no person, with the permit to ask it; else what to answer instead: a
/// refusal, or that it is loading.
#[allow(clippy::result_large_err)]
pub fn permitted_library(visit: &Visit) -> Result<(Permitted, Arc<Library>), Left> {
    let permitted = visit.decide(Action::Conformance, &Subject::default(), None)?;
    match library(visit) {
        Ok(library) => Ok((permitted, library)),
        Err(answer) => Err(Left::permitted(permitted, answer)),
    }
}

/// The library, or the answer to give while it is loading.
#[allow(clippy::result_large_err)]
pub fn library(visit: &Visit) -> Result<Arc<Library>, Answer> {
    visit.place.library.shelf.get().ok_or_else(|| {
        Answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "transient",
            "library-loading",
            "Pakker og kodeverk lastes fortsatt. Forsøk igjen om litt.",
            "Packages and terminology are still loading. Try again shortly.",
        )
        .header(header::RETRY_AFTER, "5")
    })
}

//! What a reader is told of blocks: how much of this person is blocked from her, whatever she asked for.

use crate::answer::Answer;
use axum::http::HeaderName;
use kilde_fhir::finding::{Finding, Severity};

/// The header with the number.
pub const HEADER: HeaderName = HeaderName::from_static("kilde-withheld");

/// The issue for the answer to a search; `None` if nothing is blocked.
pub fn finding(closed: u32) -> Option<Finding> {
    let finding = Finding::error(
        "suppressed",
        "withheld-by-citizen",
        "",
        format!("Innbyggeren har sperret {closed} av opplysningene om seg for deg. Tallet er det samme uansett hva du spør om."),
        format!(
            "The citizen has blocked {closed} pieces of information about herself from you. The number is the same whatever you ask for."
        ),
    );
    (closed > 0).then(|| finding.severity(Severity::Information))
}

/// The answer with the number in its header and for the access log.
pub fn told(mut answer: Answer, closed: u32) -> Answer {
    if closed == 0 {
        return answer;
    }
    answer.withheld = answer.withheld.saturating_add(closed);
    answer.header(HEADER, closed.to_string())
}

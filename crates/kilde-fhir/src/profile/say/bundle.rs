//! What is said of a Bundle's links and of a search set's entries.

use crate::finding::Finding;

fn finding(rule: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Finding {
    Finding::error("invalid", rule, "", nb, en)
}

pub(in crate::profile) fn bundle_link_twice() -> Finding {
    finding(
        "bundle-link-twice",
        "En lenke med denne relasjonen kan bare stå en gang.",
        "A link of this relation may stand only once.",
    )
}

pub(in crate::profile) fn bundle_search_id() -> Finding {
    finding(
        "bundle-search-id",
        "Et treff i et søkeresultat skal ha en id.",
        "A result of a search must have an id.",
    )
}

pub(in crate::profile) fn bundle_search_outcome(found: &str) -> Finding {
    finding(
        "bundle-search-mode",
        format!("En oppføring med modus outcome er en OperationOutcome; dette er {found}."),
        format!("An entry of mode outcome is an OperationOutcome; this is {found}."),
    )
}

pub(in crate::profile) fn bundle_search_match(found: &str, types: &[String]) -> Finding {
    let types = types.join(", ");
    finding(
        "bundle-search-mode",
        format!("Søket gjaldt {types}, så {found} er ikke et treff."),
        format!("The search was for {types}, so {found} is no match."),
    )
}

//! What is said of a MeasureReport towards its Measure, and of a SearchParameter towards its origin.

use crate::finding::{Finding, Severity};

/// What a Measure asks that the report does not meet.
#[derive(Debug, Clone, Copy)]
pub(in crate::profile) enum Reported {
    Group,
    GroupMissing,
    Population,
    Stratifier,
    StratifierMissing,
    StratumComponent,
    ScoreOfCohort,
    ScoreMissing,
    ScoreRange,
    GroupsInData,
}

pub(in crate::profile) fn measure(what: Reported) -> Finding {
    let (rule, nb, en) = match what {
        Reported::Group => (
            "measure-group",
            "Målet har ingen gruppe med denne koden.",
            "The measure has no group with this code.",
        ),
        Reported::GroupMissing => (
            "measure-group-missing",
            "Rapporten mangler en gruppe som målet har.",
            "The report lacks a group that the measure has.",
        ),
        Reported::Population => (
            "measure-population",
            "Målet har ingen populasjon med denne koden i gruppen.",
            "The measure has no population with this code in the group.",
        ),
        Reported::Stratifier => (
            "measure-stratifier",
            "Målet har ingen inndeling som svarer til denne, verken ved koden eller ved delenes koder.",
            "The measure has no stratifier for this one, neither by its code nor by the codes of its components.",
        ),
        Reported::StratifierMissing => (
            "measure-stratifier-missing",
            "Rapporten mangler en inndeling som målet har i gruppen.",
            "The report lacks a stratifier that the measure has in the group.",
        ),
        Reported::StratumComponent => (
            "measure-stratifier",
            "Målets inndeling har ingen del med denne koden.",
            "The measure's stratifier has no component with this code.",
        ),
        Reported::ScoreOfCohort => (
            "measure-score",
            "Et kohortmål gir ingen skår. Fjern measureScore.",
            "A cohort measure has no score. Remove measureScore.",
        ),
        Reported::ScoreMissing => (
            "measure-score",
            "Målet gir en skår, og rapporten er ferdig; measureScore mangler.",
            "The measure has a score, and the report is complete; measureScore is missing.",
        ),
        Reported::ScoreRange => (
            "measure-score",
            "Skåren i et andelsmål er fra 0 til 1, eller fra 0 til 100 prosent.",
            "The score of a proportion is from 0 to 1, or from 0 to 100 percent.",
        ),
        Reported::GroupsInData => (
            "measure-group",
            "En rapport som bare samler data, har ingen grupper.",
            "A report that only collects data has no groups.",
        ),
    };
    Finding::error("business-rule", rule, "", nb, en)
}

pub(in crate::profile) fn measure_unknown(url: &str) -> Finding {
    Finding::error(
        "not-found",
        "measure-unknown",
        "",
        format!("Målet {url} er ikke lastet, så rapporten er ikke undersøkt mot det."),
        format!("The measure {url} is not loaded, so the report was not examined against it."),
    )
    .severity(Severity::Warning)
}

pub(in crate::profile) fn search_parameter_type(derived: &str) -> Finding {
    Finding::error(
        "business-rule",
        "search-parameter-derived",
        "",
        format!("Søkeparameteren som denne er avledet av, er av typen {derived}."),
        format!("The search parameter that this one is derived from is of the type {derived}."),
    )
}

pub(in crate::profile) fn search_parameter_base() -> Finding {
    Finding::error(
        "business-rule",
        "search-parameter-derived",
        "",
        "Søkeparameteren som denne er avledet av, gjelder ikke denne ressurstypen.",
        "The search parameter that this one is derived from is not for this resource type.",
    )
}

//! `[instance.record]`: what only the municipality can say in its record of processing.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What the municipality says of itself and decides; what is left out is marked in the record as to be filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// Address of the controller.
    pub address: Option<String>,
    /// Who is asked.
    pub contact: Option<String>,
    /// The data protection officer, with how to reach her.
    pub privacy_officer: Option<String>,
    /// Controllers that decide together with it.
    pub joint_controllers: Vec<String>,
    /// Processors: who runs the machine, who has support.
    pub processors: Vec<String>,
    /// Transfers to third countries, with the safeguards; the product makes none.
    pub transfers: Option<String>,
    /// Legal bases decided, by the activity's id; they stand in the place of the proposed.
    pub legal_basis: BTreeMap<String, Vec<String>>,
    /// Retention decided, by the activity's id.
    pub retention: BTreeMap<String, String>,
}

//! Compartments (R4, CompartmentDefinition): which resources belong to a patient, an encounter, a practitioner, a related
//! person or a device.

use super::table::{ParamId, param};
use crate::definitions::ResourceType;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../tables/compartments.tsv");

struct Compartments {
    /// By compartment and type: the codes as in the table.
    codes: FxHashMap<(ResourceType, ResourceType), &'static str>,
    /// The same as parameters, those that most resources have first.
    params: FxHashMap<(ResourceType, ResourceType), Vec<ParamId>>,
}

static COMPARTMENTS: LazyLock<Compartments> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut cells = line.split('\t');
        let focus = ResourceType::from_name(cells.next()?)?;
        let rtype = ResourceType::from_name(cells.next()?)?;
        Some(((focus, rtype), cells.next()?))
    };
    let codes: FxHashMap<_, _> = TABLE.lines().filter_map(line).collect();
    let params = codes.iter().map(|((focus, rtype), codes)| {
        let mut codes: Vec<&str> = codes.split(',').collect();
        codes.sort_by_key(|code| !matches!(*code, "subject" | "patient"));
        let ids = codes.iter().filter_map(|code| param(*rtype, code)).map(|p| p.id).collect();
        ((*focus, *rtype), ids)
    });
    let params = params.collect();
    Compartments { codes, params }
});

/// The codes that place a type in a compartment, as R4 lists them.
pub(super) fn codes(focus: ResourceType, rtype: ResourceType) -> Option<&'static str> {
    COMPARTMENTS.codes.get(&(focus, rtype)).copied()
}

/// Whether resources of a type have a compartment: Patient, Encounter, Practitioner, RelatedPerson, Device.
pub fn has_compartment(focus: ResourceType) -> bool {
    COMPARTMENTS.codes.keys().any(|(f, _)| *f == focus)
}

/// The reference parameters that place a resource of type `rtype` in the compartment of a resource of type `focus`; none
/// for a type that such a compartment does not have. Every resource is also in its own compartment, a Patient in those that
/// it is linked to.
pub fn compartment_params(focus: ResourceType, rtype: ResourceType) -> &'static [ParamId] {
    COMPARTMENTS.params.get(&(focus, rtype)).map_or(&[], Vec::as_slice)
}

/// Whether resources of a type belong to patients: Patient itself, and what a patient's compartment holds.
pub fn of_patients(rtype: ResourceType) -> bool {
    let Some(patient) = ResourceType::from_name("Patient") else {
        return true;
    };
    rtype == patient || !compartment_params(patient, rtype).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{ParamType, get};

    fn of(name: &str) -> ResourceType {
        ResourceType::from_name(name).unwrap()
    }

    #[test]
    fn five_types_have_compartments() {
        let names: Vec<&str> = ResourceType::all().filter(|t| has_compartment(*t)).map(|t| t.name()).collect();
        assert_eq!(names, ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"]);
    }

    #[test]
    fn every_code_is_a_reference_parameter() {
        for ((focus, rtype), codes) in &COMPARTMENTS.codes {
            let params = compartment_params(*focus, *rtype);
            assert_eq!(params.len(), codes.split(',').count(), "{focus} {rtype}");
            for param in params.iter().filter_map(|id| get(*id)) {
                assert!(
                    param.kind == ParamType::Reference && param.extracted(),
                    "{focus} {rtype} {}",
                    param.code
                );
            }
        }
    }

    #[test]
    fn what_most_resources_have_comes_first() {
        let codes = |focus: &str, rtype: &str| -> Vec<&str> {
            let params = compartment_params(of(focus), of(rtype));
            params.iter().filter_map(|id| get(*id)).map(|p| p.code).collect()
        };
        assert_eq!(codes("Encounter", "Observation"), ["encounter"]);
        assert_eq!(codes("Patient", "Observation"), ["subject", "performer"]);
        assert_eq!(codes("Device", "DeviceRequest"), ["subject", "device", "requester", "performer"]);
        assert_eq!(codes("Encounter", "Patient"), [""; 0]);
    }
}

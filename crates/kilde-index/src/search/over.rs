//! Over what a search goes: a type, the whole server, or a compartment.

use kilde_fhir::definitions::ResourceType;
use kilde_fhir::search::compartment_params;

/// What is searched (R4, RESTful API, `search`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Over {
    /// `[base]/[type]`
    Type(ResourceType),
    /// `[base]`: every type, or those of `_type`.
    System,
    /// `[base]/[focus]/[id]/[type]`, or without a type `[base]/[focus]/[id]/*`.
    Compartment {
        /// Type of the resource whose compartment it is: one that [has one](kilde_fhir::search::has_compartment).
        focus: ResourceType,
        /// Its logical id.
        id: String,
        /// Type; `None` for all.
        rtype: Option<ResourceType>,
    },
    /// `[base]/[type]/[id]/$everything`, of a Patient or an Encounter. Its parameters are the operation's.
    Everything {
        /// `Patient` or `Encounter`.
        of: ResourceType,
        /// Its logical id.
        id: String,
    },
}

impl Over {
    /// The path below the base: for links and cursors.
    pub fn path(&self) -> String {
        match self {
            Over::Type(rtype) => rtype.name().to_owned(),
            Over::System => String::new(),
            Over::Compartment { focus, id, rtype } => format!("{focus}/{id}/{}", rtype.map_or("*", |t| t.name())),
            Over::Everything { of, id } => format!("{}/{id}/$everything", of.name()),
        }
    }

    /// The same without whom it is about: for the access log.
    pub(super) fn described(&self) -> String {
        match self {
            Over::Compartment { focus, rtype, .. } => format!("{focus}/-/{}", rtype.map_or("*", |t| t.name())),
            Over::Everything { of, .. } => format!("{}/-/$everything", of.name()),
            other => other.path(),
        }
    }

    /// The types it goes over; `named` are those of `_type`.
    pub(super) fn types(&self, named: Option<&[ResourceType]>) -> Vec<ResourceType> {
        let wanted = |rtype: &ResourceType| named.is_none_or(|named| named.contains(rtype));
        match self {
            Over::Type(rtype) | Over::Compartment { rtype: Some(rtype), .. } | Over::Everything { of: rtype, .. } => vec![*rtype],
            Over::System => ResourceType::all().filter(wanted).collect(),
            Over::Compartment { focus, rtype: None, .. } => ResourceType::all()
                .filter(|t| t == focus || !compartment_params(*focus, *t).is_empty())
                .filter(wanted)
                .collect(),
        }
    }
}

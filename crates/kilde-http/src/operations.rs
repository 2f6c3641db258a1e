//! The operations that are offered, but those of terminology, for the CapabilityStatement: what is claimed is what is
//! routed (a test holds them together).

use axum::http::Method;

/// Instead of a type: every one.
pub const EVERY_TYPE: &str = "*";

/// One operation.
pub struct Offered {
    /// Its code, without `$`.
    pub name: &'static str,
    /// The type that has it, [`EVERY_TYPE`], or nothing for the whole system.
    pub of: &'static str,
    /// Canonical address of its OperationDefinition.
    pub definition: &'static str,
    /// A request that it answers.
    pub request: (Method, &'static str),
}

const fn offered(name: &'static str, of: &'static str, definition: &'static str, method: Method, path: &'static str) -> Offered {
    Offered {
        name,
        of,
        definition,
        request: (method, path),
    }
}

macro_rules! r4 {
    ($id:literal) => {
        concat!("http://hl7.org/fhir/OperationDefinition/", $id)
    };
}

macro_rules! bulk {
    ($id:literal) => {
        concat!("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/", $id)
    };
}

macro_rules! own {
    ($id:literal) => {
        concat!("https://kilde.example/fhir/OperationDefinition/", $id)
    };
}

/// All of them.
pub const OFFERED: [Offered; 15] = [
    offered("overview", "", own!("overview"), Method::POST, "$overview"),
    offered("status", "", own!("status"), Method::POST, "$status"),
    offered(
        "process-message",
        "",
        r4!("MessageHeader-process-message"),
        Method::POST,
        "$process-message",
    ),
    offered("versions", "", r4!("CapabilityStatement-versions"), Method::GET, "$versions"),
    offered("meta", "", r4!("Resource-meta"), Method::GET, "$meta"),
    offered("export", "", bulk!("export"), Method::GET, "$export"),
    offered("import", "", own!("import"), Method::POST, "$import"),
    offered("meta", EVERY_TYPE, r4!("Resource-meta"), Method::GET, "Patient/1/$meta"),
    offered(
        "meta-add",
        EVERY_TYPE,
        r4!("Resource-meta-add"),
        Method::POST,
        "Patient/1/$meta-add",
    ),
    offered(
        "meta-delete",
        EVERY_TYPE,
        r4!("Resource-meta-delete"),
        Method::POST,
        "Patient/1/$meta-delete",
    ),
    offered(
        "everything",
        "Patient",
        r4!("Patient-everything"),
        Method::GET,
        "Patient/1/$everything",
    ),
    offered(
        "everything",
        "Encounter",
        r4!("Encounter-everything"),
        Method::GET,
        "Encounter/1/$everything",
    ),
    offered(
        "document",
        "Composition",
        r4!("Composition-document"),
        Method::GET,
        "Composition/1/$document",
    ),
    offered("export", "Patient", bulk!("patient-export"), Method::GET, "Patient/$export"),
    offered("export", "Group", bulk!("group-export"), Method::GET, "Group/1/$export"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::route;

    #[test]
    fn what_is_offered_is_routed() {
        for Offered {
            name,
            request: (method, path),
            ..
        } in &OFFERED
        {
            assert_eq!(route(method, path).map(|interaction| interaction.name()), Ok(*name), "{path}");
        }
    }
}

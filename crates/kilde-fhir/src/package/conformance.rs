//! A resource in a package, its tree made when it is first asked for.

use super::PackageId;
use crate::json::{Document, Limits, SyntaxError, Value, parse};
use std::sync::{Arc, Mutex, OnceLock};

/// A conformance resource (or an example) of a package.
#[derive(Debug)]
pub struct Conformance {
    package: PackageId,
    file: Box<str>,
    resource_type: Box<str>,
    url: Box<str>,
    version: Box<str>,
    example: bool,
    text: Mutex<Option<String>>,
    document: OnceLock<Option<Arc<Document>>>,
}

impl Conformance {
    /// Reads what the index needs. `None` if the text is no resource (it has no `resourceType`).
    pub(super) fn read(package: PackageId, file: &str, text: Vec<u8>, limits: Limits, example: bool) -> Result<Option<Self>, SyntaxError> {
        let document = parse(text, limits)?;
        let root = document.root();
        let text_of = |name: &str| Box::<str>::from(root.str(name).unwrap_or_default());
        let resource_type = text_of("resourceType");
        if resource_type.is_empty() {
            return Ok(None);
        }
        let (url, version) = (text_of("url"), text_of("version"));
        let text = document.into_text();
        Ok(Some(Conformance {
            package,
            file: file.into(),
            resource_type,
            url,
            version,
            example,
            text: Mutex::new(Some(text)),
            document: OnceLock::new(),
        }))
    }

    /// A resource that is in no package, as seen from the first one.
    pub(crate) fn loose(text: String) -> Option<Self> {
        Conformance::read(PackageId(0), "", text.into_bytes(), Limits::default(), false)
            .ok()
            .flatten()
    }

    /// The package it is in.
    pub fn package(&self) -> PackageId {
        self.package
    }

    /// The file within the package.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// `StructureDefinition`, `ValueSet`, ...
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// The canonical url, empty if it has none.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The business version, empty if it has none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it stands among the package's examples; such are not found by url.
    pub fn is_example(&self) -> bool {
        self.example
    }

    /// The parsed resource.
    pub fn document(&self) -> Option<&Arc<Document>> {
        self.document
            .get_or_init(|| {
                let text = self.text.lock().ok()?.take()?;
                // It was parsed before with the same bounds, so this succeeds.
                parse(text, Limits::default()).ok().map(Arc::new)
            })
            .as_ref()
    }

    /// The root of the parsed resource.
    pub fn root(&self) -> Option<Value<'_>> {
        self.document().map(|d| d.root())
    }
}

//! A value of a definition, kept with the document that it stands in.

use crate::json::{Document, Value};
use std::sync::Arc;

/// A place in a StructureDefinition.
#[derive(Debug, Clone)]
pub struct Source {
    document: Arc<Document>,
    place: u32,
}

impl Source {
    /// A value of that document.
    pub(crate) fn new(document: &Arc<Document>, value: Value<'_>) -> Self {
        Source {
            document: Arc::clone(document),
            place: value.place(),
        }
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        self.document.value_at(self.place).unwrap_or_else(|| self.document.root())
    }

    /// The resource that it stands in.
    pub fn root(&self) -> Value<'_> {
        self.document.root()
    }

    /// A value within this one.
    pub(crate) fn within(&self, value: Value<'_>) -> Self {
        Source::new(&self.document, value)
    }
}

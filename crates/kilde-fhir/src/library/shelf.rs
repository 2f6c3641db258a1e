//! The place of a library that may be loading still, and may be exchanged for another.

use super::Library;
use std::sync::{Arc, PoisonError, RwLock};

/// Holds the library once it is loaded. A copy is the same shelf. Whoever has taken a library keeps it to the end of
/// its work; who asks after an exchange gets the new one.
#[derive(Clone, Default)]
pub struct Shelf(Arc<RwLock<Option<Arc<Library>>>>);

impl Shelf {
    /// The library; `None` while it is loading.
    pub fn get(&self) -> Option<Arc<Library>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a library there, for the one that was.
    pub fn put(&self, library: impl Into<Arc<Library>>) -> Arc<Library> {
        let library = library.into();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(library.clone());
        library
    }
}

impl From<Library> for Shelf {
    fn from(library: Library) -> Self {
        let shelf = Shelf::default();
        shelf.put(library);
        shelf
    }
}

//! The place of a library that may be loading still.

use super::Library;
use std::sync::{Arc, OnceLock};

/// Holds the library once it is loaded. A copy is the same shelf.
#[derive(Clone, Default)]
pub struct Shelf(Arc<OnceLock<Arc<Library>>>);

impl Shelf {
    /// The library; `None` while it is loading.
    pub fn get(&self) -> Option<&Arc<Library>> {
        self.0.get()
    }

    /// Puts the library there. The first one stays.
    pub fn put(&self, library: Library) -> &Arc<Library> {
        self.0.get_or_init(|| Arc::new(library))
    }
}

impl From<Library> for Shelf {
    fn from(library: Library) -> Self {
        let shelf = Shelf::default();
        shelf.put(library);
        shelf
    }
}

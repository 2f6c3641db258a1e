//! Small texts in files: written whole or not at all, and durably.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::LogError;

/// The text of a file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, LogError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(LogError::io("read", path, cause)),
    }
}

/// Puts a text in the place of what was there.
pub(super) fn write(path: &Path, text: &str) -> Result<(), LogError> {
    let draft = path.with_extension("new");
    let mut file = File::create(&draft).map_err(|cause| LogError::io("create", &draft, cause))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|cause| LogError::io("write", &draft, cause))?;
    drop(file);
    std::fs::rename(&draft, path).map_err(|cause| LogError::io("rename", path, cause))?;
    crate::keys::sync_parent(path)
}

//! The source files of the workspace, for chores that hold documents against them.

use std::path::{Path, PathBuf};

/// Adds the files of Rust below a folder; none where it is no folder.
///
/// # Errors
/// A folder cannot be read.
pub fn below(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            below(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

//! What must hold of files and directories before an instance is opened: keys and data are nobody else's on the machine,
//! and an instance is of one world, production or sandbox, for ever.

use anyhow::{Context, ensure};
use kilde_fhir::national_id::World;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// What everybody on the machine may do.
const OTHERS: u32 = 0o007;
/// What a key's group may not do: change it. It may read, for that is how secrets are often mounted.
const GROUP_WRITES: u32 = 0o020;
/// The file in an instance's directory that says which world it is of.
const WORLD: &str = "world";

/// The permissions of a file or directory, without its kind.
pub fn mode(path: &Path) -> anyhow::Result<u32> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    Ok(metadata.permissions().mode() & 0o7777)
}

/// Refuses a key that everybody on the machine may read, or others than its owner may change.
///
/// # Errors
/// Such a key, named with its permissions and how to mend it; a file that is not there.
pub fn secret(path: &Path) -> anyhow::Result<()> {
    let mode = mode(path)?;
    ensure!(
        mode & (OTHERS | GROUP_WRITES) == 0,
        "the key {} is open to others on this machine (mode {mode:04o}): chmod 400 {0}",
        path.display()
    );
    Ok(())
}

/// Makes a directory that only its owner may enter. One that is there already is closed to everybody but owner and group.
///
/// # Errors
/// Of the file system.
pub fn private_directory(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).with_context(|| format!("cannot make {}", path.display()))?;
    let found = mode(path)?;
    if found & OTHERS != 0 {
        let closed = std::fs::Permissions::from_mode(found & !OTHERS);
        std::fs::set_permissions(path, closed).with_context(|| format!("{} is open to everybody (mode {found:04o})", path.display()))?;
    }
    Ok(())
}

/// Writes a file that only its owner may read, in the place of what was there.
///
/// # Errors
/// Of the file system.
pub fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses an instance whose file does not say a world. One that was never opened by a server has none.
///
/// # Errors
/// Such a file.
pub fn world(directory: &Path) -> anyhow::Result<()> {
    let path = directory.join(WORLD);
    match std::fs::read_to_string(&path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(cause).with_context(|| format!("cannot read {}", path.display())),
        Ok(text) => {
            ensure!(
                ["production", "sandbox"].contains(&text.trim()),
                "{} is damaged: it must say production or sandbox",
                path.display()
            );
            Ok(())
        }
    }
}

/// Holds the world that an instance is opened in against the one it was first opened in, and remembers it the first time:
/// the sandbox's issuer, who lets anybody be anybody, never comes near real people.
///
/// # Errors
/// Another world; a file that says none.
pub fn one_world(directory: &Path, world: World) -> anyhow::Result<()> {
    let path = directory.join(WORLD);
    let now = match world {
        World::Production => "production",
        World::Sandbox => "sandbox",
    };
    match std::fs::read_to_string(&path) {
        Ok(first) => ensure!(
            first.trim() == now,
            "{} was first opened as {}, and can never be opened as {now}",
            directory.display(),
            first.trim().chars().take(20).collect::<String>()
        ),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => write_private(&path, format!("{now}\n").as_bytes())?,
        Err(cause) => return Err(cause).with_context(|| format!("cannot read {}", path.display())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chmod(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_that_others_may_read_or_change_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("master.key");
        assert!(secret(&key).is_err());
        std::fs::write(&key, "k").unwrap();
        for (mode, fine) in [
            (0o400, true),
            (0o600, true),
            (0o440, true),
            (0o460, false),
            (0o404, false),
            (0o644, false),
            (0o601, false),
        ] {
            chmod(&key, mode);
            assert_eq!(secret(&key).is_ok(), fine, "{mode:o}");
        }
        chmod(&key, 0o644);
        assert!(secret(&key).unwrap_err().to_string().contains("0644"));
    }

    #[test]
    fn directories_and_files_are_made_for_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("data/instances/9901");
        private_directory(&inner).unwrap();
        assert_eq!(mode(&inner).unwrap(), 0o700);
        assert_eq!(mode(&dir.path().join("data")).unwrap(), 0o700);
        chmod(&inner, 0o755);
        private_directory(&inner).unwrap();
        assert_eq!(mode(&inner).unwrap(), 0o750, "the group is the operator's choice");
        let file = inner.join("receipt.json");
        write_private(&file, b"{}").unwrap();
        assert_eq!(mode(&file).unwrap(), 0o600);
    }

    #[test]
    fn an_instance_is_of_one_world_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        one_world(dir.path(), World::Production).unwrap();
        one_world(dir.path(), World::Production).unwrap();
        let refused = one_world(dir.path(), World::Sandbox).unwrap_err().to_string();
        assert!(refused.contains("production") && refused.contains("sandbox"), "{refused}");
        std::fs::write(dir.path().join("world"), "").unwrap();
        assert!(
            one_world(dir.path(), World::Production).is_err(),
            "a file that says nothing opens nothing"
        );
    }
}

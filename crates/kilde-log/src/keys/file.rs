//! The file of the wrapped instance key:
//! `"KILDEKEY" | version | instance (4) | nonce (12) | wrapped key (32) | tag (16) | check (8)`.
//! The check tells a damaged file from a wrong master key.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{DataKey, MasterKey};
use crate::{Instance, LogError};

const MAGIC: &[u8; 8] = b"KILDEKEY";
const VERSION: u8 = 1;
const HEAD: usize = MAGIC.len() + 1 + 4;
const SEALED: usize = HEAD + NONCE_LEN + 32 + 16;
const LENGTH: usize = SEALED + 8;

fn wrapping_key(master: &MasterKey) -> Result<LessSafeKey, LogError> {
    let key = Zeroizing::new(blake3::derive_key("kilde-log 1 instance-key wrapping", master.bytes()));
    UnboundKey::new(&AES_256_GCM, &key[..])
        .map(LessSafeKey::new)
        .map_err(|_| LogError::Sealing)
}

/// Writes the wrapped key whole or not at all, and durably.
pub(super) fn write(path: &Path, instance: &Instance, master: &MasterKey, root: &DataKey) -> Result<(), LogError> {
    let mut out = Vec::with_capacity(LENGTH);
    out.extend_from_slice(MAGIC);
    out.push(VERSION);
    out.extend_from_slice(instance.as_bytes());
    let nonce = crate::seal::fresh_nonce()?;
    out.extend_from_slice(&nonce);
    out.extend_from_slice(root.bytes());
    let (head, body) = out.split_at_mut(HEAD);
    let tag = wrapping_key(master)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&*head), &mut body[NONCE_LEN..])
        .map_err(|_| LogError::Sealing)?;
    out.extend_from_slice(tag.as_ref());
    let check = blake3::hash(&out);
    out.extend_from_slice(&check.as_bytes()[..8]);

    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| LogError::io("create", parent, cause))?;
    }
    let draft = path.with_extension("key.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(|cause| LogError::io("create", &draft, cause))?;
    file.write_all(&out)
        .and_then(|()| file.sync_all())
        .map_err(|cause| LogError::io("write", &draft, cause))?;
    drop(file);
    // A link, unlike a rename, never replaces a key that is there already.
    let linked = std::fs::hard_link(&draft, path).map_err(|cause| LogError::io("create", path, cause));
    std::fs::remove_file(&draft).map_err(|cause| LogError::io("remove", &draft, cause))?;
    linked?;
    sync_parent(path)
}

/// Opens the wrapped key.
pub(super) fn read(path: &Path, instance: &Instance, master: &MasterKey) -> Result<DataKey, LogError> {
    let wrong = |what| LogError::KeyFile {
        path: path.to_owned(),
        what,
    };
    let file = std::fs::read(path).map_err(|cause| LogError::io("read", path, cause))?;
    if !file.starts_with(MAGIC) {
        return Err(wrong("not a wrapped instance key"));
    }
    let found = *file.get(MAGIC.len()).ok_or_else(|| wrong("cut short"))?;
    if file.len() != LENGTH || blake3::hash(&file[..SEALED]).as_bytes()[..8] != file[SEALED..] {
        return Err(wrong("damaged: restore it from a copy"));
    }
    if found != VERSION {
        return Err(LogError::Format {
            path: path.to_owned(),
            found: u32::from(found),
            known: u32::from(VERSION),
        });
    }
    if file[MAGIC.len() + 1..HEAD] != *instance.as_bytes() {
        return Err(LogError::OtherInstance {
            path: path.to_owned(),
            instance: *instance,
        });
    }
    let (head, body) = file[..SEALED].split_at(HEAD);
    let nonce = Nonce::try_assume_unique_for_key(&body[..NONCE_LEN]).map_err(|_| LogError::Sealing)?;
    let mut sealed = Zeroizing::new(body[NONCE_LEN..].to_vec());
    let opened = wrapping_key(master)?
        .open_in_place(nonce, Aad::from(head), &mut sealed)
        .map_err(|_| LogError::WrongMasterKey { path: path.to_owned() })?;
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(&*opened).map_err(|_| wrong("wrong length"))?);
    Ok(DataKey::from_bytes(*bytes))
}

/// Makes a new name in a directory durable.
pub(crate) fn sync_parent(path: &Path) -> Result<(), LogError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)
        .and_then(|dir| dir.sync_all())
        .map_err(|cause| LogError::io("sync", parent, cause))
}

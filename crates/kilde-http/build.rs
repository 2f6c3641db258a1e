//! Builds the web pages of `web/dist` into the binary. Without them the binary still builds, and
//! `/` says how to make them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let dist = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    let mut table = String::from("/// Name and content of each file.\npub static FILES: &[(&str, &[u8])] = &[\n");
    let mut files = Vec::new();
    collect(&dist, &mut files);
    files.sort();
    for file in files {
        let name = file.strip_prefix(&dist).expect("below dist").to_string_lossy().replace('\\', "/");
        let path = file.canonicalize().expect("just listed");
        writeln!(table, "    ({name:?}, include_bytes!({path:?})),").expect("a string takes it");
    }
    table.push_str("];\n");
    let out = Path::new(&std::env::var("OUT_DIR").expect("cargo sets it")).join("web.rs");
    std::fs::write(out, table).expect("cargo's folder is writable");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

//! What must not compile, does not: nobody outside the crate makes an `AccessScope` or an
//! `Identity`, or asks a query without a scope. The programs are given to the compiler together
//! with the library that this test was built with; nothing is built again.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a program against the library; gives the compiler's words if it fails.
fn compile(program: &str, library: &Path, deps: &Path) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    let file = dir.path().join("program.rs");
    std::fs::write(&file, program).map_err(|e| e.to_string())?;
    let out = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--out-dir"])
        .arg(dir.path())
        .arg("--extern")
        .arg(format!("kilde_access={}", library.display()))
        .arg("-L")
        .arg(format!("dependency={}", deps.display()))
        .arg(&file)
        .output()
        .map_err(|e| e.to_string())?;
    if out.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&out.stderr).into_owned())
    }
}

/// The library this test was built with: the newest with which the control compiles.
fn library() -> (PathBuf, PathBuf) {
    let exe = std::env::current_exe().expect("a test has a path");
    let deps = exe.parent().expect("a test is in a directory").to_owned();
    let mut found: Vec<PathBuf> = std::fs::read_dir(&deps)
        .expect("a directory")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            name.starts_with("libkilde_access-") && name.ends_with(".rlib")
        })
        .collect();
    found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|m| m.modified()).ok()));
    let mut words = String::new();
    for library in found {
        match compile(CONTROL, &library, &deps) {
            Ok(()) => return (library, deps),
            Err(why) => words = why,
        }
    }
    panic!("the control program does not compile: {words}");
}

/// Compiles: a query that demands a scope, and somebody who was given one.
const CONTROL: &str = r#"
    use kilde_access::{AccessScope, Decision, Identity, Question};
    pub fn query(scope: &AccessScope) -> usize { scope.client().len() }
    pub fn with_a_scope(scope: &AccessScope) -> usize { query(scope) }
    pub fn by_decision(question: &Question<'_>) -> Option<AccessScope> {
        match kilde_access::decide(question) { Decision::Permit(permit) => Some(permit.scope), _ => None }
    }
    pub fn reads(identity: &Identity) -> &str { &identity.client }
"#;

#[test]
fn forbidden_programs_do_not_compile() {
    let cases = [
        ("query_without_scope", "E0061", include_str!("compile_fail/query_without_scope.rs")),
        ("construct_scope", "E0451", include_str!("compile_fail/construct_scope.rs")),
        ("default_scope", "E0277", include_str!("compile_fail/default_scope.rs")),
        ("widen_scope", "E0616", include_str!("compile_fail/widen_scope.rs")),
        ("construct_identity", "E0639", include_str!("compile_fail/construct_identity.rs")),
        ("construct_permit", "E0639", include_str!("compile_fail/construct_permit.rs")),
    ];
    let (library, deps) = library();
    for (name, code, program) in cases {
        let words = compile(program, &library, &deps).expect_err(name);
        assert!(
            words.contains(&format!("error[{code}]")),
            "{name} fails for another reason: {words}"
        );
    }
}

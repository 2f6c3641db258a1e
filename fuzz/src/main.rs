//! One fuzzer for all targets; see `docs/guides/fuzzing.md`.
#![no_main]

mod targets;
mod tree;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::sync::LazyLock;

static TARGET: LazyLock<&'static targets::Target> = LazyLock::new(|| {
    let name = std::env::var("KILDE_FUZZ_TARGET").unwrap_or_default();
    targets::ALL
        .iter()
        .find(|t| t.name == name)
        .unwrap_or_else(|| panic!("KILDE_FUZZ_TARGET names no target: {name:?}"))
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));

// Half of the changes to a JSON input are made to its tree, so that it stays JSON.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if TARGET.json
        && seed.is_multiple_of(2)
        && let Some(changed) = tree::changed(&data[..size], seed)
        && changed.len() <= max_size
    {
        data[..changed.len()].copy_from_slice(&changed);
        return changed.len();
    }
    fuzzer_mutate(data, size, max_size)
});

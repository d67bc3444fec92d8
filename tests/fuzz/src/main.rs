//! The fuzzer: one program for all targets, so that it links once. `CASEWARD_FUZZ_TARGET` names the target; the arguments
//! are those of libFuzzer. `run` builds and calls it.

#![no_main]

use caseward_fuzz::{TARGETS, Target};
use std::sync::OnceLock;

static TARGET: OnceLock<Target> = OnceLock::new();

fn target() -> Target {
    let name = std::env::var("CASEWARD_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let names = || TARGETS.map(|(name, _)| name).join(", ");
    found.unwrap_or_else(|| panic!("CASEWARD_FUZZ_TARGET is `{name}`; it must be one of {}", names())).1
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.get_or_init(target)(bytes));

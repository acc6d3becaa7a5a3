//! Text tables.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchwork_fuzz::read_alike;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_alike(bytes);
});

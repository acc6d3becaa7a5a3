//! IDX files: the first two bytes are always the zeros that every IDX file starts with.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchwork_fuzz::read_alike;

fuzz_target!(|bytes: &[u8]| {
    let mut file = vec![0; 2];
    file.extend_from_slice(bytes.strip_prefix(&[0, 0]).unwrap_or(bytes));
    let _ = read_alike(&file);
});

//! Any bytes, plain and packed: gzip must not change the content of a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchwork_fuzz::{gzip, read_alike};

fuzz_target!(|bytes: &[u8]| {
    let plain = read_alike(bytes);
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = read_alike(&gzip(bytes));
        assert_eq!(packed.map(|(part, _)| part), plain.map(|(part, _)| part));
    }
});

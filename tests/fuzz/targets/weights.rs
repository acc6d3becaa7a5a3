//! Weights files: whatever is accepted must be a possible model, and round-trip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchwork::weights::{Storage, Weights, count};

fuzz_target!(|bytes: &[u8]| {
    let Ok((weights, card)) = Weights::from_safetensors(bytes) else { return };
    assert!(weights.config.validate().is_ok());
    assert_eq!(weights.flat.len(), count(&weights.config));
    let written = weights.to_safetensors(&card, Storage::F32).expect("what was read can be written");
    assert_eq!(Weights::from_safetensors(&written), Ok((weights, card)));
});

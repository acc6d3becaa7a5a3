//! Checkpoints: whatever is accepted must be consistent, and round-trip.

#![no_main]

use libfuzzer_sys::fuzz_target;
use patchwork::checkpoint::Checkpoint;
use patchwork::weights::count;

fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes) else { return };
    assert_eq!(checkpoint.weights.len(), count(&checkpoint.state.model));
    let written = checkpoint.to_bytes().expect("what was read can be written");
    assert_eq!(Checkpoint::from_bytes(&written), Ok(checkpoint));
});

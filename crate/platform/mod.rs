//! The one place where native and browser differ: two files with the same functions.
//!
//! Invariant: no other file of the crate checks the target (`tests/data/layering.rs` enforces this).

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(not(target_family = "wasm"))]
pub use native::*;

#[cfg(target_family = "wasm")]
mod wasm;
#[cfg(target_family = "wasm")]
pub use wasm::*;

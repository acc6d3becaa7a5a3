//! The JavaScript interface: thin bindings to the library. `www/src/protocol/wasm.ts` mirrors it.
//!
//! Plain data is passed as JavaScript objects, arrays of numbers as typed arrays. Errors are thrown
//! as plain objects with the fields of [`patchwork::Error`].
//!
//! Without the features of the two modules this is empty, so that the workspace builds natively.

#[cfg(feature = "predictor")]
mod predictor;
#[cfg(feature = "trainer")]
mod trainer;
#[cfg(feature = "bindings")]
mod value;
#[cfg(feature = "trainer")]
mod workers;

#[cfg(feature = "bindings")]
/// Called once when a module starts: makes panics report their location in the console.
pub fn start() {
    patchwork::platform::start();
    console_error_panic_hook::set_once();
}

//! What JavaScript sees: a thin shell over the library. `www/src/protocol/wasm.ts` mirrors it.
//!
//! Plain data crosses as JavaScript objects, arrays of numbers as typed arrays. Errors are thrown as
//! plain objects of the shape of [`crate::Error`].

#[cfg(feature = "predictor")]
mod predictor;
#[cfg(feature = "trainer")]
mod trainer;
mod value;
#[cfg(feature = "trainer")]
mod workers;

/// Called once when a module starts: a panic then says where it was in the console.
pub fn start() {
    crate::platform::start();
    console_error_panic_hook::set_once();
}

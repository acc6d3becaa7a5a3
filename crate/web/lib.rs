//! What JavaScript sees: a thin shell over the library. `www/src/protocol/wasm.ts` mirrors it.
//!
//! Plain data crosses as JavaScript objects, arrays of numbers as typed arrays. Errors are thrown as
//! plain objects of the shape of [`patchwork::Error`].
//!
//! Without the features of the two modules there is nothing here: the workspace then builds natively.

#[cfg(feature = "predictor")]
mod predictor;
#[cfg(feature = "trainer")]
mod trainer;
#[cfg(feature = "bindings")]
mod value;
#[cfg(feature = "trainer")]
mod workers;

#[cfg(feature = "bindings")]
/// Called once when a module starts: a panic then says where it was in the console.
pub fn start() {
    patchwork::platform::start();
    console_error_panic_hook::set_once();
}

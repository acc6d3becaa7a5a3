//! The browser: one thread, the page's clock.

use std::error::Error;
use std::pin::Pin;

use js_sys::wasm_bindgen::{JsCast, JsValue};
use js_sys::{Function, Reflect};

/// Whether [`Cause`] keeps anything.
pub const KEEPS_CAUSES: bool = false;

/// What lies behind an error. Nothing here: an error leaves the module as plain data, and what libraries say of
/// themselves is bytes to download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause(());

impl Cause {
    /// Forgets it.
    pub fn new(_: impl Error + Send + Sync + 'static) -> Self {
        Self(())
    }

    /// Nothing.
    pub fn get(&self) -> Option<&(dyn Error + 'static)> {
        None
    }
}

/// What other threads may use where there are threads; here there is one.
pub trait MaybeSend {}

impl<T: ?Sized> MaybeSend for T {}

/// Work that other threads may go on with where there are threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs what the crates below register before `main`. Call it first thing in `main`.
///
/// Without an explicit call the linker takes a module for a command that is run once, and has every function
/// that JavaScript calls run all of this again, down to those that hold a place in a table.
#[expect(unsafe_code, reason = "the linker's own function")]
pub fn start() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker makes it, and it is called once.
    unsafe {
        __wasm_call_ctors();
    }
}

/// Seconds since the worker or page started; never goes back.
pub fn now() -> f64 {
    let global = js_sys::global();
    let performance = Reflect::get(&global, &JsValue::from_str("performance")).unwrap_or_default();
    let now = Reflect::get(&performance, &JsValue::from_str("now")).unwrap_or_default();
    now.dyn_ref::<Function>()
        .and_then(|now| now.call0(&performance).ok())
        .and_then(|milliseconds| milliseconds.as_f64())
        .unwrap_or_default()
        / 1000.0
}

/// Calls `fill(index, chunk)` for every `size` elements of `out`, one after the other.
pub fn for_each_chunk<T: Send>(
    out: &mut [T],
    size: usize,
    fill: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    out.chunks_mut(size).enumerate().for_each(|(index, chunk)| fill(index, chunk));
}

/// Calls `work` for each of `items`, one after the other.
#[cfg(feature = "model")]
pub fn for_each<T: Send>(items: Vec<T>, work: impl Fn(T) + Send + Sync) {
    items.into_iter().for_each(work);
}

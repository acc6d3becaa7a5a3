//! The browser: one thread, the page's clock.

use std::error::Error;
use std::pin::Pin;

use js_sys::wasm_bindgen::{JsCast, JsValue};
use js_sys::{Function, Reflect};

/// Whether [`Cause`] stores anything.
pub const KEEPS_CAUSES: bool = false;

/// The underlying error of another library. Empty here: an error leaves the module as plain data, and the
/// messages of libraries would only add to the download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause(());

impl Cause {
    /// Drops the error.
    pub fn new(_: impl Error + Send + Sync + 'static) -> Self {
        Self(())
    }

    /// Always `None`.
    pub fn get(&self) -> Option<&(dyn Error + 'static)> {
        None
    }
}

/// `Send + Sync` on platforms with threads; empty here.
pub trait MaybeSend {}

impl<T: ?Sized> MaybeSend for T {}

/// A boxed future, `Send` on platforms with threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs what dependencies register to run before `main`. Call it first in `main`.
///
/// Without an explicit call the linker treats the module as a command that runs once, and makes every
/// function called from JavaScript run all of this again, including registrations that take up table
/// entries.
#[expect(unsafe_code, reason = "the linker's own function")]
pub fn start() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines it, and it is called once.
    unsafe {
        __wasm_call_ctors();
    }
}

/// Seconds since the worker or page started; monotonic.
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

/// Calls `fill(index, chunk)` for each chunk of `size` elements of `out`, one after the other.
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

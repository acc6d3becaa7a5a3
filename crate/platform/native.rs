//! Native: threads, the system clock.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rayon::prelude::*;

/// `Send + Sync` on platforms with threads.
pub trait MaybeSend: Send + Sync {}

impl<T: Send + Sync + ?Sized> MaybeSend for T {}

/// A boxed future, `Send` on platforms with threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whether [`Cause`] stores anything.
pub const KEEPS_CAUSES: bool = true;

/// The underlying error of another library or the system. All are considered equal: their text is part of the
/// errors themselves.
#[derive(Debug, Clone, Default)]
pub struct Cause(Option<Arc<dyn Error + Send + Sync>>);

impl Cause {
    /// Stores the error.
    pub fn new(cause: impl Error + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(cause)))
    }

    /// The stored error.
    pub fn get(&self) -> Option<&(dyn Error + 'static)> {
        let cause: &(dyn Error + 'static) = self.0.as_deref()?;
        Some(cause)
    }
}

impl PartialEq for Cause {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cause {}

/// Seconds since the first call; monotonic.
pub fn now() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Calls `fill(index, chunk)` for each chunk of `size` elements of `out`, on all cores.
pub fn for_each_chunk<T: Send>(
    out: &mut [T],
    size: usize,
    fill: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    out.par_chunks_mut(size).enumerate().for_each(|(index, chunk)| fill(index, chunk));
}

/// Calls `work` for each of `items`, on all cores.
#[cfg(feature = "model")]
pub fn for_each<T: Send>(items: Vec<T>, work: impl Fn(T) + Send + Sync) {
    items.into_par_iter().for_each(work);
}

/// Stops Mesa's drivers from printing errors about a missing screen on machines without one. Call it
/// first in `main`.
pub fn start() {
    const SESSION: &str = "XDG_RUNTIME_DIR";
    if cfg!(target_os = "linux") && std::env::var_os(SESSION).is_none() {
        #[expect(unsafe_code, reason = "sound while there is one thread, at the start of main")]
        // SAFETY: no other thread that could read the environment runs yet.
        unsafe {
            std::env::set_var(SESSION, std::env::temp_dir());
        }
    }
}

//! The arrays that a step of the optimizer reads and writes.

use cubecl::server::Handle;

/// The arrays of a step, `[parameters]` each, of 32-bit floats.
pub struct Arrays<'a> {
    /// The weights, updated.
    pub weights: &'a Handle,
    /// The running mean of the gradient, updated.
    pub first: &'a Handle,
    /// The running mean of the squared gradient, updated.
    pub second: &'a Handle,
    /// The running average of the weights, updated; not looked at if there is none, but a buffer of its own.
    pub average: &'a Handle,
    /// The gradient.
    pub gradient: &'a Handle,
    /// The weight decay of each weight; below zero if Muon moves it.
    pub decay: &'a Handle,
    /// The table of what Muon moves, 32-bit words; not looked at where that is nothing.
    pub table: &'a Handle,
}

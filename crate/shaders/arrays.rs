//! The arrays of an optimizer step.

use cubecl::server::Handle;

/// The arrays of a step, `[parameters]` each, of 32-bit floats.
pub struct Arrays<'a> {
    /// The weights, updated.
    pub weights: &'a Handle,
    /// The running mean of the gradient, updated.
    pub first: &'a Handle,
    /// The running mean of the squared gradient, updated.
    pub second: &'a Handle,
    /// The running average of the weights, updated; unused if there is none, but a separate buffer.
    pub average: &'a Handle,
    /// The gradient.
    pub gradient: &'a Handle,
    /// The weight decay of each weight; negative where Muon updates it.
    pub decay: &'a Handle,
    /// The table of Muon's matrices, 32-bit words; unused if there are none.
    pub table: &'a Handle,
}

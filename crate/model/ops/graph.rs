//! The backward pass of an operation as a node of Burn's autodiff graph.

use burn::backend::Backend;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::tensor::FloatTensor;

/// Finds the gradients of a node's parents from its state and its own gradient, and hands them over.
///
/// `find` is told which of an operation's `M` inputs want a gradient; it must find these. A node may have fewer parents:
/// an input that is not there wants none.
///
/// # Panics
/// Where a gradient that is wanted was not found.
pub(crate) fn pass_back<B: Backend, State, const N: usize, const M: usize>(
    ops: Ops<State, N>,
    gradients: &mut Gradients,
    find: impl FnOnce(State, FloatTensor<B>, [bool; M]) -> [Option<FloatTensor<B>>; M],
) {
    let gradient = gradients.consume::<B>(&ops.node);
    let wanted = std::array::from_fn(|input| ops.parents.get(input).is_some_and(Option::is_some));
    let found = find(ops.state, gradient, wanted);
    for (parent, found) in ops.parents.into_iter().zip(found) {
        if let Some(parent) = parent {
            let gradient = found.expect("a gradient for every input that wants one");
            gradients.register::<B>(parent.id, gradient);
        }
    }
}

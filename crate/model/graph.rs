//! The backward pass of an operation as a node of Burn's autodiff graph.

use burn::backend::Backend;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::tensor::FloatTensor;

/// Finds the gradients of a node's parents from its state and its own gradient, and hands them over.
///
/// `find` is told which of an operation's `M` inputs want a gradient; it must find these, and what else it finds is left.
/// It gives tensors, or options of them. A node may have fewer parents than the operation has inputs: an input that is
/// not there wants no gradient.
///
/// # Panics
/// Where a gradient that is wanted was not found.
pub(crate) fn backpropagate<B, State, Found, const N: usize, const M: usize>(
    ops: Ops<State, N>,
    gradients: &mut Gradients,
    find: impl FnOnce(State, FloatTensor<B>, [bool; M]) -> [Found; M],
) where
    B: Backend,
    Found: Into<Option<FloatTensor<B>>>,
{
    let gradient = gradients.consume::<B>(&ops.node);
    let wanted = std::array::from_fn(|input| ops.parents.get(input).is_some_and(Option::is_some));
    let found = find(ops.state, gradient, wanted);
    for (parent, found) in ops.parents.into_iter().zip(found) {
        if let Some(parent) = parent {
            let gradient = found.into().expect("a gradient for every input that wants one");
            gradients.register::<B>(parent.id, gradient);
        }
    }
}

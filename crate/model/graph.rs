//! The backward pass of an operation as a node of Burn's autodiff graph.

use burn::backend::Backend;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::Ops;
use burn::backend::tensor::FloatTensor;

/// Computes the gradients of a node's parents from its state and its own gradient, and registers them.
///
/// `find` is told which of the operation's `M` inputs need a gradient. It must return those; others are ignored. It
/// returns tensors, or options of them. A node may have fewer parents than the operation has inputs: an absent input
/// needs no gradient.
///
/// # Panics
/// If a required gradient is missing.
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

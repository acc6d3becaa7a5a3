//! Queries, keys and values of which several share an array, as a joint projection leaves them.
//!
//! A graphics card reads them there and writes their gradients into one array: cutting them out and joining their
//! gradients would take up to eleven launches. The CPU cuts them out.

use burn::tensor::Tensor;

use crate::model::direct;

/// Which of queries, keys and values share an array, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// All three side by side.
    All,
    /// All three side by side within each head.
    AllByHead,
    /// Keys and values side by side.
    KeysAndValues,
    /// Queries and keys side by side.
    QueriesAndKeys,
}

/// Queries, keys and values of one width, `[batch, tokens, width]` each, in one or two arrays.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// The array of the queries, then the other one if there is one.
    arrays: (Tensor<3>, Option<Tensor<3>>),
    sharing: Sharing,
    heads: usize,
    width: usize,
}

impl Sharing {
    /// The array of queries, of keys and of values: the first or the second.
    fn arrays(self) -> [usize; 3] {
        match self {
            Self::All | Self::AllByHead => [0, 0, 0],
            Self::KeysAndValues => [0, 1, 1],
            Self::QueriesAndKeys => [0, 0, 1],
        }
    }

    /// How many parts of an array come before queries, keys and values.
    fn before(self) -> [usize; 3] {
        match self {
            Self::All | Self::AllByHead => [0, 1, 2],
            Self::KeysAndValues => [0, 0, 1],
            Self::QueriesAndKeys => [0, 1, 0],
        }
    }
}

impl Shared {
    /// Queries, keys and values in one array.
    pub(crate) fn joint(array: Tensor<3>, sharing: Sharing, heads: usize) -> Self {
        let width = array.dims()[2] / 3;
        Self { arrays: (array, None), sharing, heads, width }
    }

    /// Two arrays, first that of the queries.
    pub(crate) fn two([one, other]: [Tensor<3>; 2], sharing: Sharing, heads: usize) -> Self {
        let width = (one.dims()[2] + other.dims()[2]) / 3;
        Self { arrays: (one, Some(other)), sharing, heads, width }
    }

    /// Queries, keys and values, cut out.
    pub(crate) fn apart(&self) -> [Tensor<3>; 3] {
        std::array::from_fn(|part| self.part(part))
    }

    /// Queries (0), keys (1) or values (2), cut out.
    pub(crate) fn part(&self, part: usize) -> Tensor<3> {
        let (array, before) = (self.array(self.sharing.arrays()[part]), self.sharing.before());
        let [batch, tokens, row] = array.dims();
        if row == self.width {
            return array.clone();
        }
        if self.sharing != Sharing::AllByHead {
            return direct::narrow(array.clone(), 2, before[part] * self.width, self.width);
        }
        let head = self.width / self.heads;
        let by_head = array.clone().reshape([batch, tokens * self.heads, 3 * head]);
        direct::narrow(by_head, 2, before[part] * head, head).reshape([batch, tokens, self.width])
    }

    /// The width of queries, keys and values.
    #[cfg(feature = "cube")]
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    fn array(&self, place: usize) -> &Tensor<3> {
        match (&self.arrays, place) {
            ((_, Some(other)), 1) => other,
            ((one, _), _) => one,
        }
    }
}

#[cfg(feature = "cube")]
pub(crate) use card::{has_shared_attention, shared_attention, shared_linear_attention};

#[cfg(feature = "cube")]
mod card {
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn::backend::tensor::FloatTensor;
    use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
    use burn::tensor::{DType, Shape, Tensor};
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_kernels::attention_core::Attention;
    use patchwork_kernels::linear_attention::LinearAttention;
    use patchwork_shaders::{AttentionCore, Biased, Columns, Handle, LinearAttentionCore};

    use super::{Shared, Sharing};
    use crate::model::fused::cube::like;
    use crate::model::fused::{Dropout, is_cpu};
    use crate::model::graph::backpropagate;

    /// What is computed from queries, keys and values.
    #[derive(Debug, Clone, Copy)]
    enum Core {
        Softmax(Attention),
        /// With `elu(x) + 1` as features.
        Linear(LinearAttention),
    }

    /// The computation, and what its arrays hold.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Of {
        core: Core,
        sharing: Sharing,
        /// Whether scores have a bias.
        biased: bool,
    }

    /// Whether a device reads queries, keys and values where they are: graphics cards do.
    pub(crate) fn has_shared_attention(shared: &Shared) -> bool {
        !is_cpu(&shared.array(0).device())
    }

    /// [`attention`](crate::model::ops::attention()) on a graphics card.
    ///
    /// # Panics
    /// On the CPU, or if shapes or number formats do not match.
    pub(crate) fn shared_attention(
        shared: Shared,
        bias: Option<Tensor<4>>,
        scale: f32,
        dropout: Option<Dropout>,
    ) -> Tensor<3> {
        let Shared { heads, width, .. } = shared;
        let [queries, keys] = tokens(&shared);
        if let Some(bias) = &bias {
            assert_eq!(bias.dims()[1..], [heads, queries, keys], "a bias for each score");
            assert_eq!(bias.dtype(), shared.array(0).dtype(), "bias of another format");
        }
        let of = Attention { heads, queries, keys, width, value_width: width, scale, dropout };
        read(shared, bias, Core::Softmax(of))
    }

    /// [`linear_attention`](crate::model::ops::linear_attention()) on a graphics card, with `elu(x) + 1` of queries and keys
    /// as features.
    ///
    /// # Panics
    /// On the CPU, or if shapes or number formats do not match.
    pub(crate) fn shared_linear_attention(shared: Shared) -> Tensor<3> {
        let Shared { heads, width, .. } = shared;
        let [queries, keys] = tokens(&shared);
        let of = LinearAttention { heads, queries, keys, features: width, value_width: width };
        read(shared, None, Core::Linear(of))
    }

    /// How many queries and keys there are in an image.
    fn tokens(shared: &Shared) -> [usize; 2] {
        let [query, key, value] =
            shared.sharing.arrays().map(|place| (shared.array(place).dims(), place));
        assert_eq!(key.0[..2], value.0[..2], "as many values as keys");
        assert_eq!(query.0[0], key.0[0], "keys of each image");
        [query.0[1], key.0[1]]
    }

    fn read(shared: Shared, bias: Option<Tensor<4>>, core: Core) -> Tensor<3> {
        let of = Of { core, sharing: shared.sharing, biased: bias.is_some() };
        let [one, other] = [0, 1].map(|place| shared.array(place).clone().into_dispatch());
        let bias = bias.map_or_else(|| one.clone(), Tensor::into_dispatch);
        Tensor::from_dispatch(<Dispatch as SharedOps>::shared_attention(one, other, bias, of))
    }

    impl Of {
        /// Which of the three given arrays are read: the others are any.
        fn given(&self) -> [bool; 3] {
            [true, self.sharing.arrays().contains(&1), self.biased]
        }

        /// Where rows hold queries, keys and values.
        fn columns(&self) -> [Columns; 3] {
            let (heads, head) = match self.core {
                Core::Softmax(of) => (of.heads, of.head_width()),
                Core::Linear(of) => (of.heads, of.value_head_width()),
            };
            let (arrays, before) = (self.sharing.arrays(), self.sharing.before());
            std::array::from_fn(|part| {
                let parts = arrays.iter().filter(|array| **array == arrays[part]).count();
                let row = parts * heads * head;
                match self.sharing {
                    Sharing::AllByHead => {
                        Columns { row, start: before[part] * head, step: parts * head }
                    }
                    _ => Columns { row, start: before[part] * heads * head, step: head },
                }
            })
        }
    }

    /// A device's forward and backward pass.
    pub(crate) trait SharedKernels: Backend {
        /// What the forward pass saves for the backward pass.
        type Saved: Clone + std::fmt::Debug + Send + 'static;

        /// The output `[batch, queries, width]`, and the values saved for the backward pass.
        fn shared_forward(
            given: [FloatTensor<Self>; 3],
            of: Of,
        ) -> (FloatTensor<Self>, Self::Saved);

        /// The gradients of the arrays that are read; that of the bias only if it is wanted.
        fn shared_backward(
            given: [FloatTensor<Self>; 3],
            of: Of,
            saved: Self::Saved,
            gradient: FloatTensor<Self>,
            for_bias: bool,
        ) -> [Option<FloatTensor<Self>>; 3];
    }

    /// Attention over one or two arrays, with autodiff.
    #[backend_extension(Cube, Autodiff)]
    pub(crate) trait SharedOps: Backend {
        fn shared_attention(
            one: FloatTensor<Self>,
            other: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Of,
        ) -> FloatTensor<Self>;
    }

    #[derive(Debug, Clone)]
    struct State<B: SharedKernels> {
        given: [FloatTensor<B>; 3],
        of: Of,
        saved: B::Saved,
    }

    #[derive(Debug)]
    struct SharedBackward;

    /// The node's parents are the arrays that are read.
    impl<B: SharedKernels, const N: usize> Backward<B, N> for SharedBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, N>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, N, N>(ops, gradients, |state, gradient, wanted| {
                let State { given, of, saved } = state;
                let for_bias = of.biased && wanted[N - 1];
                let found = B::shared_backward(given, of, saved, gradient, for_bias);
                let mut found = found.into_iter().flatten();
                std::array::from_fn(|_| found.next())
            });
        }
    }

    impl<B: SharedKernels + SharedOps, C: CheckpointStrategy> SharedOps for Autodiff<B, C> {
        fn shared_attention(
            one: FloatTensor<Self>,
            other: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Of,
        ) -> FloatTensor<Self> {
            let ((one, from_one), (other, from_other), (bias, from_bias)) =
                (one.into_parts(), other.into_parts(), bias.into_parts());
            let given = [one, other, bias];
            match of.given() {
                [_, false, false] => tracked::<B, C, 1>(given, of, [from_one]),
                [_, false, true] => tracked::<B, C, 2>(given, of, [from_one, from_bias]),
                [_, true, false] => tracked::<B, C, 2>(given, of, [from_one, from_other]),
                [_, true, true] => tracked::<B, C, 3>(given, of, [from_one, from_other, from_bias]),
            }
        }
    }

    fn tracked<B: SharedKernels, C: CheckpointStrategy, const N: usize>(
        given: [FloatTensor<B>; 3],
        of: Of,
        parents: [NodeGuard; N],
    ) -> FloatTensor<Autodiff<B, C>> {
        let (output, saved) = B::shared_forward(given.clone(), of);
        match SharedBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(State { given, of, saved }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    impl SharedOps for CubeBackend {
        fn shared_attention(
            one: FloatTensor<Self>,
            other: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Of,
        ) -> FloatTensor<Self> {
            Self::shared_forward([one, other, bias], of).0
        }
    }

    /// The output and the log-sum-exps that softmax attention saves.
    type Softmax = [CubeTensor; 2];

    impl SharedKernels for CubeBackend {
        type Saved = Option<Softmax>;

        fn shared_forward(
            given: [FloatTensor<Self>; 3],
            of: Of,
        ) -> (FloatTensor<Self>, Self::Saved) {
            let given = given.map(into_contiguous);
            let images = given[0].shape()[0];
            let output = |queries, width| like(&given[0], Shape::new([images, queries, width]));
            match of.core {
                Core::Softmax(attention) => {
                    let core = softmax(&given, attention, of);
                    let output = output(attention.queries, attention.value_width);
                    let (client, device) = (given[0].client.clone(), given[0].device.clone());
                    let size = Shape::new([core.log_sums()]);
                    let log_sums = empty_device_contiguous_dtype(client, device, size, DType::F32);
                    core.forward(&biased(&given, of), &output.handle, &log_sums.handle);
                    (output.clone(), Some([output, log_sums]))
                }
                Core::Linear(attention) => {
                    let output = output(attention.queries, attention.value_width);
                    linear(&given, attention, of).forward(parts(&given, of), &output.handle);
                    (output, None)
                }
            }
        }

        fn shared_backward(
            given: [FloatTensor<Self>; 3],
            of: Of,
            saved: Self::Saved,
            gradient: FloatTensor<Self>,
            for_bias: bool,
        ) -> [Option<FloatTensor<Self>>; 3] {
            let (given, gradient) = (given.map(into_contiguous), into_contiguous(gradient));
            let [one, other, _] = of.given();
            let read = [one, other, for_bias];
            let out: [Option<CubeTensor>; 3] = std::array::from_fn(|place| {
                read[place].then(|| like(&given[place], given[place].shape()))
            });
            let places = of.sharing.arrays();
            let to = out.each_ref().map(|out| out.as_ref().map(|out| &out.handle));
            match (of.core, saved) {
                (Core::Softmax(attention), Some(saved)) => softmax(&given, attention, of).backward(
                    &biased(&given, of),
                    saved.each_ref().map(|saved| &saved.handle),
                    &gradient.handle,
                    [to[places[0]], to[places[1]], to[places[2]], to[2]],
                ),
                (Core::Linear(attention), _) => linear(&given, attention, of).backward(
                    parts(&given, of),
                    &gradient.handle,
                    places.map(|place| to[place].expect("a gradient of every array")),
                ),
                (Core::Softmax(_), None) => unreachable!("softmax attention saves its output"),
            }
            out
        }
    }

    /// The arrays of queries, keys and values.
    fn parts(given: &[CubeTensor; 3], of: Of) -> [&Handle; 3] {
        of.sharing.arrays().map(|place| &given[place].handle)
    }

    fn biased(given: &[CubeTensor; 3], of: Of) -> Biased<'_> {
        let [query, key, value] = parts(given, of);
        Biased { query, key, value, bias: of.biased.then_some(&given[2].handle) }
    }

    fn softmax(given: &[CubeTensor; 3], attention: Attention, of: Of) -> AttentionCore {
        AttentionCore {
            client: given[0].client.clone(),
            of: attention,
            images: given[0].shape()[0],
            dtype: dtype_to_elem_type(given[0].dtype),
            groups: if of.biased { given[2].shape()[0] } else { 0 },
            columns: of.columns(),
        }
    }

    fn linear(given: &[CubeTensor; 3], shape: LinearAttention, of: Of) -> LinearAttentionCore {
        LinearAttentionCore {
            client: given[0].client.clone(),
            shape,
            images: given[0].shape()[0],
            dtype: dtype_to_elem_type(given[0].dtype),
            columns: of.columns(),
            elu: true,
        }
    }
}

#[cfg(all(test, feature = "cube", feature = "engine"))]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::model::ops;

    const SHARINGS: [Sharing; 4] =
        [Sharing::All, Sharing::AllByHead, Sharing::KeysAndValues, Sharing::QueriesAndKeys];
    const HEADS: usize = 2;
    const WIDTH: usize = 12;
    const TOKENS: usize = 5;
    const BATCH: usize = 4;

    /// Which attention reads the parts.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Kind {
        Softmax,
        Biased,
        Linear,
    }

    /// Pseudorandom values between -1 and 1, a leaf.
    fn leaf<const D: usize>(dims: [usize; D], seed: usize, device: &Device) -> Tensor<D> {
        let count: usize = dims.iter().product();
        let values: Vec<f32> =
            (0..count).map(|i| ((i + 1000 * seed) as f32 * 12.9898).sin()).collect();
        Tensor::from_data(TensorData::new(values, dims), device).autodiff().require_grad()
    }

    fn on_card(shared: Shared, bias: Option<Tensor<4>>, kind: Kind) -> Tensor<3> {
        match kind {
            Kind::Linear => shared_linear_attention(shared),
            _ => shared_attention(shared, bias, 0.4, None),
        }
    }

    fn cut_out(shared: &Shared, bias: Option<Tensor<4>>, kind: Kind) -> Tensor<3> {
        let [query, key, value] = shared.apart();
        match kind {
            Kind::Linear => {
                let [query, key] = [query, key].map(ops::elu_plus_one);
                ops::linear_attention(query, key, value, HEADS)
            }
            _ => ops::attention(query, key, value, bias, HEADS, 0.4, None),
        }
    }

    /// The output, and the gradients of all arrays.
    fn found(sharing: Sharing, kind: Kind, device: &Device) -> Vec<Vec<f32>> {
        let one = sharing.arrays().iter().filter(|array| **array == 0).count();
        let sizes: &[usize] = if one == 3 { &[3] } else { &[one, 3 - one] };
        let arrays: Vec<Tensor<3>> = sizes
            .iter()
            .enumerate()
            .map(|(place, parts)| leaf([BATCH, TOKENS, parts * WIDTH], place, device))
            .collect();
        let bias = (kind == Kind::Biased).then(|| leaf([2, HEADS, TOKENS, TOKENS], 2, device));
        let shared = match &arrays[..] {
            [one, other] => Shared::two([one.clone(), other.clone()], sharing, HEADS),
            _ => Shared::joint(arrays[0].clone(), sharing, HEADS),
        };
        let read = match has_shared_attention(&shared) {
            true => on_card(shared, bias.clone(), kind),
            false => cut_out(&shared, bias.clone(), kind),
        };
        let slopes = leaf(read.dims(), 3, device);
        let mut gradients = (read.clone() * slopes).sum().backward();
        let numbers = |data: TensorData| data.try_to_vec::<f32>().expect("32-bit floats");
        let mut found = vec![numbers(read.into_data())];
        let for_arrays = arrays.iter().map(|array| array.grad_remove(&mut gradients));
        found.extend(for_arrays.map(|gradient| numbers(gradient.expect("a gradient").into_data())));
        let for_bias = bias.map(|bias| bias.grad_remove(&mut gradients).expect("a gradient"));
        found.extend(for_bias.map(|gradient| numbers(gradient.into_data())));
        found
    }

    #[test]
    #[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
    fn on_a_card_shared_arrays_are_read_as_if_cut_out() {
        let card = crate::device::graphics().into_iter().next().expect("a graphics adapter").device;
        for (sharing, kind) in SHARINGS.into_iter().flat_map(|sharing| {
            [Kind::Softmax, Kind::Biased, Kind::Linear].map(|kind| (sharing, kind))
        }) {
            let expected = found(sharing, kind, &Device::flex());
            let got = found(sharing, kind, &card);
            assert_eq!(got.len(), expected.len(), "{sharing:?}, {kind:?}");
            for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
                assert_eq!(got.len(), expected.len(), "{sharing:?}, {kind:?}, {place}");
                let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                let scale = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                assert!(off < 1e-4 * scale, "{sharing:?}, {kind:?}, {place}: {off:e} of {scale}");
            }
        }
    }
}

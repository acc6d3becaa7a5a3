//! The weights of a model on a graphics card: how the flat array is cut into parameters, and their gradients are joined.
//!
//! Done one by one, as on the CPU, either would take a launch for nearly every parameter.

use std::ops::Range;

use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::{Int, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use patchwork_arch::{Architecture, Block, Ranges, Stage};
use patchwork_shaders::{JOINED, Join, Spread};

use crate::model::fused::cube::like;
use crate::model::fused::part;
use crate::model::plan::Plan;

/// Parameters start at multiples of so many numbers: of 256 bytes, the most that WebGPU asks of an address to bind, in
/// 32-bit and in 16-bit formats.
const ALIGNED: usize = 128;

/// A copy of the flat array in which every parameter starts at an address that can be bound.
#[derive(Debug)]
pub(super) struct SpreadWeights {
    values: Tensor<1>,
    /// The ranges of the flat array, in order, and where each starts in `values`.
    parts: Vec<(Range<usize>, usize)>,
}

impl SpreadWeights {
    /// The weights `flat` as the parts of a model need them; `None` if nothing would be copied otherwise, because every
    /// part is one fused operation, which takes its weights as one slice.
    pub(super) fn new(plan: &Plan, architecture: &Architecture, flat: &Tensor<1>) -> Option<Self> {
        let ranges = composed(plan, architecture)?;
        let mut end = 0;
        let parts: Vec<_> = ranges
            .into_iter()
            .map(|range| {
                let start = end;
                end = (start + range.len()).next_multiple_of(ALIGNED);
                (range, start)
            })
            .collect();
        let table: Vec<i32> =
            parts.iter().flat_map(|(range, start)| [*start as i32, range.start as i32]).collect();
        let table = Tensor::<1, Int>::from_data(table.as_slice(), &flat.device());
        let (flat, table) = (flat.clone().into_dispatch(), table.into_dispatch());
        let values = Tensor::from_dispatch(<Dispatch as CardOps>::spread(flat, table, end));
        Some(Self { values, parts })
    }

    /// The weights of a range of the flat array; `None` if it is no part of its own.
    pub(super) fn part(&self, range: &Range<usize>) -> Option<Tensor<1>> {
        let found = self.parts.binary_search_by_key(&range.start, |(range, _)| range.start).ok()?;
        let (own, start) = &self.parts[found];
        (own == range).then(|| part(&self.values, *start..start + own.len()))
    }
}

/// The ranges of all parameters of parts that are computed operation by operation, or of half a block that is one
/// operation; `None` if there are no such parts.
fn composed(plan: &Plan, architecture: &Architecture) -> Option<Vec<Range<usize>>> {
    let mut ranges = Ranges::default();
    let (mut fused, mut halves) = (Vec::new(), Vec::new());
    let mut side = architecture.input.side;
    let mut note = |ranges: &Ranges, start: u64, is_fused: bool| {
        if is_fused {
            fused.push(start as usize..ranges.count() as usize);
        }
    };
    for stage in &architecture.stages {
        let start = ranges.count();
        stage.embedding.declare(&mut ranges, stage.grid.places());
        note(&ranges, start, plan.embedding(stage, side).is_some());
        for block in &stage.blocks {
            let (start, width) = (ranges.count(), stage.width());
            Block { mlp: 0, ..*block }.declare(&mut ranges, width, stage.places());
            let half = ranges.count();
            block.declare_mlp(&mut ranges, width);
            note(&ranges, start, plan.block(block, stage).is_some());
            if card_mlp(plan, block, stage) {
                halves.push(half as usize..ranges.count() as usize);
            }
        }
        side = stage.grid.rows;
    }
    let (start, stage) = (ranges.count(), architecture.last_stage());
    architecture.head.declare(&mut ranges, stage.width());
    note(&ranges, start, plan.head(&architecture.head, stage).is_some());
    let all = architecture.parameters().into_iter().map(|parameter| parameter.range);
    let alone = |range: &Range<usize>| {
        !fused.iter().chain(&halves).any(|part: &Range<usize>| part.contains(&range.start))
    };
    let mut found: Vec<_> = all.filter(alone).chain(halves.iter().cloned()).collect();
    found.sort_by_key(|range| range.start);
    (!found.is_empty()).then_some(found)
}

#[cfg(feature = "operations")]
fn card_mlp(plan: &Plan, block: &Block, stage: &Stage) -> bool {
    plan.card_mlp(block, stage)
}

#[cfg(not(feature = "operations"))]
fn card_mlp(_: &Plan, _: &Block, _: &Stage) -> bool {
    false
}

/// Arrays to be joined, as a backend's primitives; those beyond the last are any.
#[derive(ExtensionType)]
pub(crate) struct Pieces<B: Backend> {
    one: FloatTensor<B>,
    two: FloatTensor<B>,
    three: FloatTensor<B>,
    four: FloatTensor<B>,
    five: FloatTensor<B>,
    six: FloatTensor<B>,
}

/// Cutting and joining on a graphics card.
#[backend_extension(Cube)]
pub(crate) trait CardOps: Backend {
    /// The parts of `flat` that `table` names, `[parts · 2]`, in an array of `size` numbers.
    fn spread(flat: FloatTensor<Self>, table: IntTensor<Self>, size: usize) -> FloatTensor<Self>;

    /// `out` with as many numbers of each piece as `counts` says, one piece after the other from `start` on. Nothing else
    /// may hold `out`.
    fn join(
        out: FloatTensor<Self>,
        #[extension_type] pieces: Pieces<Self>,
        counts: [usize; JOINED],
        start: usize,
    ) -> FloatTensor<Self>;
}

impl CardOps for CubeBackend {
    fn spread(flat: FloatTensor<Self>, table: IntTensor<Self>, size: usize) -> FloatTensor<Self> {
        let (flat, table) = (into_contiguous(flat), into_contiguous(table));
        let out = like(&flat, Shape::new([size]));
        let spread = Spread {
            client: flat.client.clone(),
            parts: table.shape()[0] / 2,
            table: table.handle,
            from: flat.shape()[0],
            to: size,
            dtype: dtype_to_elem_type(flat.dtype),
        };
        spread.run(&flat.handle, &out.handle);
        out
    }

    fn join(
        out: FloatTensor<Self>,
        Pieces { one, two, three, four, five, six }: Pieces<Self>,
        counts: [usize; JOINED],
        start: usize,
    ) -> FloatTensor<Self> {
        let pieces = [one, two, three, four, five, six].map(into_contiguous);
        let (client, dtype) = (out.client.clone(), dtype_to_elem_type(pieces[0].dtype));
        Join { client, counts, start, dtype }
            .run(pieces.each_ref().map(|piece| &piece.handle), &out.handle);
        out
    }
}

/// Arrays of the same number format as one of 32-bit floats, `[numbers of all]`.
///
/// # Panics
/// If there are no arrays, or their formats differ.
pub(super) fn join(arrays: &[Tensor<1>]) -> Tensor<1> {
    let first = arrays.first().expect("an array to join");
    let size: usize = arrays.iter().map(|array| array.dims()[0]).sum();
    let mut out = Tensor::<1>::empty([size], &first.device()).into_dispatch();
    let mut start = 0;
    for group in arrays.chunks(JOINED) {
        let piece = |place: usize| group.get(place).unwrap_or(&group[0]).clone().into_dispatch();
        assert!(group.iter().all(|array| array.dtype() == first.dtype()), "arrays of one format");
        let counts =
            std::array::from_fn(|place| group.get(place).map_or(0, |array| array.dims()[0]));
        let pieces = Pieces::<Dispatch> {
            one: piece(0),
            two: piece(1),
            three: piece(2),
            four: piece(3),
            five: piece(4),
            six: piece(5),
        };
        out = <Dispatch as CardOps>::join(out, pieces, counts, start);
        start += counts.iter().sum::<usize>();
    }
    Tensor::from_dispatch(out)
}

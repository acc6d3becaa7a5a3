//! The first half of a block for some images: LayerNorm and attention on a residual connection, forward and backward.
//!
//! Of attention, what the families need: over the whole image, within windows that may be shifted, with relative positions,
//! with low rank, and linear attention.

use std::ops::Range;

use patchwork_arch::{
    Attention, AttentionArrays, Block, Kernel, MixerArrays, Places, Projection, ProjectionArrays,
    Projections, Reach, Scores,
};

use crate::attention::{self, Attending};
use crate::dropout::{Branch, DropoutMasks};
use crate::gather::{self, Index};
use crate::layer::{linear, linear_backward, normalise, split};
use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::mixing;
use crate::saved::{parts, parts_mut};
use crate::scratch::Scratch;
use crate::shape::{Linear, Norm};

/// The attention and the sizes of its tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttentionSublayer {
    /// The attention.
    pub attention: Attention,
    /// Width of a token.
    pub width: usize,
    /// The tokens of an image.
    pub places: Places,
}

/// Where the weights of the layers lie.
#[derive(Debug)]
struct Layers {
    norm: Norm,
    projections: Vec<Piece>,
    output: Linear,
    /// The table of relative positions, `[offsets, heads]`.
    positions: Option<Range<usize>>,
    /// Of keys and of values, `[tokens, rank]` each.
    sums: Option<[Range<usize>; 2]>,
}

/// A matrix that makes some of the columns of queries, keys and values, and its bias.
#[derive(Debug)]
struct Piece {
    matrix: Range<usize>,
    bias: Option<Range<usize>>,
    /// The first of its columns.
    first: usize,
    columns: usize,
}

/// An attention sublayer with all that one call of it shares among images.
#[derive(Debug)]
pub struct PreparedAttention {
    shape: AttentionSublayer,
    layers: Layers,
    windows: Option<Windows>,
    /// Added to the scores, `[groups, heads, tokens, tokens]`; empty for nothing.
    bias: Vec<f32>,
    /// For each pair of tokens, the row of the table of relative positions.
    pairs: Option<Index>,
}

/// The order of tokens in windows, and how to undo it.
#[derive(Debug)]
struct Windows {
    order: Index,
    back: Index,
}

/// Activations of some images that the backward pass needs. Tokens of windows are in the order of the windows.
struct Saved<T> {
    /// Mean and reciprocal deviation of the norm, `[rows, 2]`.
    statistics: T,
    /// Queries, keys and values: `[rows, 3 · width]`, or `[3, rows, width]` if the attention has low rank.
    qkv: T,
    /// Attention weights before dropout; empty with linear attention.
    weights: T,
    /// The output of the heads, `[rows, width]`.
    read: T,
    /// Keys and values summed over tokens, `[images, 2, rank, width]`, if the attention has low rank.
    summed: T,
}

impl AttentionSublayer {
    /// The attention of a block as a sublayer; `None` for kinds that it does not compute.
    pub fn of(block: &Block, width: usize, places: Places) -> Option<Self> {
        let &attention = block.attention()?;
        block.joins_mixer().then_some(Self { attention, width, places })
    }

    /// The number of its weights.
    pub fn parameters(&self) -> usize {
        let layers = self.layers();
        layers.sums.map_or(layers.output.bias.end, |[_, last]| last.end)
    }

    /// How many sums a part of a batch collects: a gradient for each weight, and one for each pair of tokens of which
    /// relative positions know.
    pub fn sums(&self) -> usize {
        self.parameters() + self.pairs()
    }

    fn pairs(&self) -> usize {
        match self.attention.scores {
            Scores::RelativePositions => self.attention.heads * self.together().pow(2),
            Scores::Plain | Scores::Gated => 0,
        }
    }

    /// Tokens that attend to each other.
    fn together(&self) -> usize {
        match self.attention.reach {
            Reach::Windows { side, .. } => side * side,
            _ => self.tokens(),
        }
    }

    fn rank(&self) -> usize {
        match self.attention.reach {
            Reach::LowRank { rank } => rank,
            _ => 0,
        }
    }

    fn tokens(&self) -> usize {
        self.places.tokens()
    }

    /// The size of an image's saved activations.
    pub fn saved_size(&self) -> usize {
        let mut size = 0;
        self.saved(1, |count| size += count);
        size
    }

    fn saved<T>(&self, images: usize, mut take: impl FnMut(usize) -> T) -> Saved<T> {
        let (rows, width) = (images * self.tokens(), self.width);
        let weights = match self.attention.kernel {
            Kernel::Softmax => self.attention.heads * self.attention.keys_of_query(self.places),
            Kernel::Elu | Kernel::RandomFeatures { .. } => 0,
        };
        Saved {
            statistics: take(2 * rows),
            qkv: take(3 * width * rows),
            weights: take(weights * rows),
            read: take(width * rows),
            summed: take(images * 2 * self.rank() * width),
        }
    }

    fn layers(&self) -> Layers {
        let &Self { attention, width, places } = self;
        let arrays = Block::of(attention, 0).ranges(width, places);
        let MixerArrays::Attention(AttentionArrays {
            positions, projections, output, sums, ..
        }) = arrays.mixer
        else {
            unreachable!("a block with attention");
        };
        let piece = |Projection { matrix, bias }: Projection<Range<usize>>, first| {
            let columns = matrix.len() / width;
            Piece { matrix, bias, first, columns }
        };
        let projections = match projections {
            ProjectionArrays::Joint(joint) => vec![piece(joint, 0)],
            ProjectionArrays::JointByHead(Linear { matrix, bias }) => {
                vec![piece(Projection { matrix, bias: Some(bias) }, 0)]
            }
            ProjectionArrays::Apart(apart) => {
                (0..).step_by(width).zip(apart).map(|(first, array)| piece(array, first)).collect()
            }
            ProjectionArrays::ValuesApart { query_key, value } => {
                vec![piece(query_key, 0), piece(value, 2 * width)]
            }
            ProjectionArrays::QueriesApart { .. } | ProjectionArrays::Convolutional(_) => {
                unreachable!("a sublayer has none of these")
            }
        };
        Layers { norm: arrays.norm1, projections, output, positions, sums }
    }

    /// Prepares a call for all images of a batch.
    ///
    /// # Shapes
    /// - weights: `[parameters]`
    pub fn prepare(self, weights: &[f32]) -> PreparedAttention {
        let (layers, grid) = (self.layers(), self.places.grid);
        let (windows, mask) = match self.attention.reach {
            Reach::Windows { side, shift } => {
                let map = [grid.rows, grid.columns];
                let order = gather::windows(map, side, shift);
                let back = order.inverse().expect("each token is in one window");
                (Some(Windows { order, back }), gather::mask(map, side, shift))
            }
            _ => (None, Vec::new()),
        };
        let (mut bias, mut pairs) = (Vec::new(), None);
        if let Some(table) = &layers.positions {
            let index = gather::distances(self.attention.window(grid));
            bias = mixing::bias(&index, &weights[table.clone()], &mask);
            pairs = Some(index);
        }
        PreparedAttention { shape: self, layers, windows, bias, pairs }
    }
}

impl PreparedAttention {
    fn attending(&self) -> Attending<'_> {
        let AttentionSublayer { attention, width, .. } = self.shape;
        Attending {
            tokens: self.shape.together(),
            width,
            heads: attention.heads,
            by_head: attention.projections == Projections::JointByHead,
            bias: &self.bias,
        }
    }

    /// Dropout of the attention counts windows instead of images.
    fn masks(&self, masks: DropoutMasks) -> DropoutMasks {
        let windows = match self.windows {
            Some(_) => self.shape.tokens() / self.shape.together(),
            None => 1,
        };
        DropoutMasks { first: masks.first * windows, ..masks }
    }

    /// The place of a piece's columns in queries, keys and values, and how far its rows lie apart.
    fn place(&self, piece: &Piece, rows: usize) -> (usize, usize) {
        match self.shape.attention.reach {
            Reach::LowRank { .. } => (piece.first * rows, piece.columns),
            _ => (piece.first, 3 * self.shape.width),
        }
    }

    /// Rows of tokens in the order of their windows, if there are any.
    fn in_windows(&self, tokens: Scratch) -> Scratch {
        let Some(Windows { order, .. }) = &self.windows else { return tokens };
        let mut ordered = Scratch::of(tokens.len());
        gather::forward(order, self.shape.width, &tokens, &mut ordered);
        ordered
    }

    /// The inverse of [`Self::in_windows`].
    fn in_rows(&self, ordered: Scratch) -> Scratch {
        let Some(Windows { back, .. }) = &self.windows else { return ordered };
        let mut tokens = Scratch::of(ordered.len());
        gather::forward(back, self.shape.width, &ordered, &mut tokens);
        tokens
    }

    /// The forward pass for some images.
    ///
    /// # Shapes
    /// - weights: `[parameters]`
    /// - tokens, output (written): `[images, tokens, width]`
    /// - saved: `[images, saved_size]`, written
    pub fn forward(
        &self,
        weights: &[f32],
        tokens: &[f32],
        masks: DropoutMasks,
        output: &mut [f32],
        saved: &mut [f32],
    ) {
        let (shape, layers) = (&self.shape, &self.layers);
        let (width, rows) = (shape.width, tokens.len() / shape.width);
        let saved = shape.saved(rows / shape.tokens(), parts_mut(saved));
        let mut normal = Scratch::of(tokens.len());
        math::statistics(tokens, width, saved.statistics);
        normalise(&layers.norm, weights, tokens, saved.statistics, &mut normal);
        let normal = self.in_windows(normal);
        for piece in &layers.projections {
            let (start, step) = self.place(piece, rows);
            piece.forward(weights, &normal, &mut saved.qkv[start..], step);
        }
        self.mix(weights, masks, saved.qkv, [saved.weights, saved.read, saved.summed]);
        let mut made = Scratch::of(tokens.len());
        linear(&layers.output, weights, saved.read, &mut made);
        output.copy_from_slice(&self.in_rows(made));
        masks.apply(Branch::Attention, output, shape.tokens() * width);
        math::add(output, tokens);
    }

    /// From queries, keys and values to what the heads read; writes weights and summed keys and values, too.
    fn mix(
        &self,
        weights: &[f32],
        masks: DropoutMasks,
        qkv: &[f32],
        [saved, read, summed]: [&mut [f32]; 3],
    ) {
        let (attending, masks) = (self.attending(), self.masks(masks));
        if let Some(sums) = &self.layers.sums {
            let sums = sums.each_ref().map(|range| &weights[range.clone()]);
            mixing::low_rank(&attending, sums, qkv, [saved, read, summed], masks);
        } else if self.shape.attention.kernel == Kernel::Elu {
            mixing::linear(&attending, qkv, read);
        } else {
            attention::forward(&attending, qkv, saved, read, masks);
        }
    }

    /// The backward pass for some images; `masks` must be those of the forward pass.
    ///
    /// # Shapes
    /// - weights: `[parameters]`
    /// - tokens, gradient (of the output): `[images, tokens, width]`
    /// - saved: `[images, saved_size]`
    /// - out (the tokens' gradient): `[images, tokens, width]`, written
    /// - sums: [`AttentionSublayer::sums`], added to
    pub fn backward(
        &self,
        weights: &[f32],
        [tokens, saved]: [&[f32]; 2],
        masks: DropoutMasks,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let (shape, layers) = (&self.shape, &self.layers);
        let (width, rows) = (shape.width, tokens.len() / shape.width);
        let saved = shape.saved(rows / shape.tokens(), parts(saved));
        let masked = masks.of_branch(Branch::Attention, gradient, shape.tokens() * width);
        let for_made = self.in_windows(masked.unwrap_or_else(|| Scratch::copy(gradient)));
        let mut for_read = Scratch::of(tokens.len());
        linear_backward(&layers.output, weights, saved.read, &for_made, &mut for_read, sums);
        let mut for_qkv = Scratch::of(saved.qkv.len());
        self.mix_backward(weights, masks, &saved, &for_read, &mut for_qkv, sums);

        let mut normal = Scratch::of(tokens.len());
        normalise(&layers.norm, weights, tokens, saved.statistics, &mut normal);
        let (normal, mut for_normal) = (self.in_windows(normal), Scratch::of(tokens.len()));
        for (index, piece) in layers.projections.iter().enumerate() {
            let (start, step) = self.place(piece, rows);
            let onto = if index == 0 { Onto::Nothing } else { Onto::Itself };
            let gradient = Matrix::strided(&for_qkv[start..], [rows, piece.columns], step);
            piece.backward(weights, &normal, gradient, (&mut for_normal, onto), sums);
            if let Some(bias) = &piece.bias {
                math::add_rows(&mut sums[bias.clone()], &for_qkv);
            }
        }
        let mut for_normal = self.in_rows(for_normal);
        out.copy_from_slice(gradient);
        let (scale, for_norm) = (&weights[layers.norm.scale.clone()], split(&layers.norm, sums));
        math::norm_backward(tokens, saved.statistics, scale, &mut for_normal, for_norm, out);
    }

    fn mix_backward(
        &self,
        weights: &[f32],
        masks: DropoutMasks,
        saved: &Saved<&[f32]>,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let (attending, masks) = (self.attending(), self.masks(masks));
        if let Some([keys, values]) = &self.layers.sums {
            let known = [keys, values].map(|range| &weights[range.clone()]);
            let (for_keys, for_values) =
                sums[keys.start..values.end].split_at_mut(values.start - keys.start);
            let saved = [saved.qkv, saved.weights, saved.summed];
            let for_sums = [for_keys, for_values];
            mixing::low_rank_backward(&attending, known, saved, gradient, out, for_sums, masks);
        } else if self.shape.attention.kernel == Kernel::Elu {
            mixing::linear_backward(&attending, saved.qkv, gradient, out);
        } else {
            let for_bias = &mut sums[self.shape.parameters()..];
            let known = [saved.qkv, saved.weights];
            attention::backward(&attending, known, gradient, out, for_bias, masks);
        }
    }

    /// The gradient of the weights, `[parameters]`, from the sums of all images.
    pub fn finish(&self, mut sums: Vec<f32>) -> Vec<f32> {
        let of_pairs = sums.split_off(self.shape.parameters());
        if let (Some(table), Some(pairs)) = (&self.layers.positions, &self.pairs) {
            mixing::bias_backward(pairs, &of_pairs, &mut sums[table.clone()]);
        }
        sums
    }
}

impl Piece {
    /// Writes its columns of `out`, whose rows lie `step` numbers apart.
    fn forward(&self, weights: &[f32], normal: &[f32], out: &mut [f32], step: usize) {
        let matrix = Matrix::rows(&weights[self.matrix.clone()], self.columns);
        let rows = Matrix::rows(normal, matrix.rows_count());
        product(out, step, Onto::Nothing, 1.0, rows, matrix);
        // Only layers that make all columns have a bias.
        if let Some(bias) = &self.bias {
            math::add_to_rows(&mut out[..rows.rows_count() * step], &weights[bias.clone()]);
        }
    }

    /// From the gradient of its columns to those of normalised tokens and matrix.
    fn backward(
        &self,
        weights: &[f32],
        normal: &[f32],
        gradient: Matrix,
        (for_normal, onto): (&mut [f32], Onto),
        sums: &mut [f32],
    ) {
        let matrix = Matrix::rows(&weights[self.matrix.clone()], self.columns);
        let inputs = matrix.rows_count();
        product(for_normal, inputs, onto, 1.0, gradient, matrix.transposed());
        let normal = Matrix::rows(normal, inputs).transposed();
        let out = &mut sums[self.matrix.clone()];
        product(out, self.columns, Onto::Itself, 1.0, normal, gradient);
    }
}

//! An update as separate operations on whole arrays: burn-optim's AdamW, and Muon.

use std::ops::Range;

use burn::tensor::{Tensor, s};
use burn_optim::{AdamW, AdamWConfig, AdamWState, Optimizer};
use patchwork::config::{ModelConfig, OptimizerKind, TrainConfig};
use patchwork::train::muon::Muon;
use patchwork::train::optimizer::UpdateLimits;
use patchwork::weights;
use patchwork_kernels::muon::{EPSILON, Matrices, POLYNOMIAL, ROUNDS};

/// Weights, their average and the optimizer's state, `[parameters]` each.
pub struct Reference {
    weights: Tensor<1>,
    average: Option<Tensor<1>>,
    /// Without and with weight decay.
    adamw: [AdamW; 2],
    state: Option<AdamWState<1>>,
    /// The second moment; Muon does not change its part.
    second_moment: Option<Tensor<1>>,
    /// Ranges of the weights in order, and the optimizer of each.
    pieces: Vec<(Range<usize>, Mover)>,
    beta: f64,
    muon_decay: f64,
    limits: UpdateLimits,
}

/// The optimizer of a range of the weights.
enum Mover {
    Adam { decays: bool },
    Muon(Matrices),
}

impl Reference {
    /// A run that starts from these weights. The betas must be exact in 32 bits: burn-optim rounds.
    pub fn new(model: &ModelConfig, recipe: &TrainConfig, weights: Tensor<1>) -> Self {
        let decay = if recipe.optimizer == OptimizerKind::Adam { 0.0 } else { recipe.weight_decay };
        let adamw = [0.0, decay].map(|decay| {
            AdamWConfig::new()
                .with_beta_1(recipe.betas.0 as f32)
                .with_beta_2(recipe.betas.1 as f32)
                .with_epsilon(recipe.epsilon as f32)
                .with_weight_decay(decay as f32)
                .build()
        });
        let moved = Muon::new(model, recipe, &weights.device()).params;
        let mover = |parameter: &weights::Parameter| {
            let of = |matrices: &&Matrices| matrices.start == parameter.range.start;
            let adam = Mover::Adam { decays: parameter.decays() };
            moved.matrices.iter().find(of).map_or(adam, |found| Mover::Muon(*found))
        };
        let pieces = weights::layout(model).into_iter();
        let pieces = pieces.map(|parameter| (parameter.range.clone(), mover(&parameter)));
        Self {
            average: (recipe.ema_decay > 0.0).then(|| weights.clone()),
            weights,
            adamw,
            state: None,
            second_moment: None,
            pieces: pieces.collect(),
            beta: recipe.betas.0,
            muon_decay: recipe.weight_decay,
            limits: UpdateLimits::new(recipe),
        }
    }

    /// Takes one step.
    pub fn step(&mut self, gradient: Tensor<1>, rate: f64) {
        let gradient = clipped(gradient, self.limits.norm);
        let before = self.weights.clone();
        let by_adam = self
            .adamw
            .each_ref()
            .map(|adamw| adamw.step(rate, before.clone(), gradient.clone(), self.state.clone()));
        let [(plain, state), (decayed, _)] = by_adam;
        let momentum = state.as_ref().expect("AdamW keeps its moments").momentum.clone();
        let ahead = momentum.moment_1 * self.beta + gradient * (1.0 - self.beta);
        let piece = |of: &Tensor<1>, range: &Range<usize>| of.clone().slice(s![range.clone()]);
        let moved = self.pieces.iter().map(|(range, mover)| match mover {
            Mover::Adam { decays: false } => piece(&plain, range),
            Mover::Adam { decays: true } => piece(&decayed, range),
            Mover::Muon(matrices) => {
                let weights = piece(&before, range);
                let direction = direction(piece(&ahead, range), matrices);
                weights.clone() - (weights * self.muon_decay + direction) * rate
            }
        });
        self.weights = Tensor::cat(moved.collect(), 0);
        let seconds = self.pieces.iter().map(|(range, mover)| match mover {
            Mover::Adam { .. } => piece(&momentum.moment_2, range),
            Mover::Muon(_) => piece(&momentum.moment_2.zeros_like(), range),
        });
        self.second_moment = Some(Tensor::cat(seconds.collect(), 0));
        let share = self.limits.share(momentum.time as u64);
        self.average =
            self.average.take().map(|old| old * share + self.weights.clone() * (1.0 - share));
        self.state = state;
    }

    /// Weights, first and second moment and, if any, average.
    pub fn arrays(&self) -> Vec<Tensor<1>> {
        let state = self.state.as_ref().expect("a step was taken");
        let second = self.second_moment.clone().expect("a step was taken");
        let arrays = [self.weights.clone(), state.momentum.moment_1.clone(), second];
        arrays.into_iter().chain(self.average.clone()).collect()
    }
}

/// A gradient clipped to a global norm of at most `limit` (Pascanu et al. 2013), with the arithmetic
/// of `torch.nn.utils.clip_grad_norm_`.
fn clipped(gradient: Tensor<1>, limit: f64) -> Tensor<1> {
    if limit.is_infinite() {
        return gradient;
    }
    let norm = gradient.clone().square().sum().sqrt(); // [1]
    let scale = (norm + 1e-6).recip().mul_scalar(limit).clamp_max(1.0);
    gradient * scale
}

/// Muon's update directions of adjacent matrices, `[rows · parts · columns]` (Jordan 2024).
fn direction(momentum: Tensor<1>, matrices: &Matrices) -> Tensor<1> {
    let Matrices { rows, columns, parts, .. } = *matrices;
    let momentum = momentum.reshape([rows, parts, columns]).swap_dims(0, 1);
    let found = orthogonal(momentum) * f64::from(matrices.scale());
    found.swap_dims(0, 1).reshape([matrices.size()])
}

/// Brings all singular values of each matrix near 1, by Newton–Schulz iteration.
///
/// # Shapes
/// - matrices, output: `[parts, rows, columns]`
fn orthogonal(matrices: Tensor<3>) -> Tensor<3> {
    let [_, rows, columns] = matrices.dims();
    if rows > columns {
        return orthogonal(matrices.swap_dims(1, 2)).swap_dims(1, 2);
    }
    let [a, b, c] = POLYNOMIAL.map(f64::from);
    let norm = matrices.clone().square().sum_dim(2).sum_dim(1).sqrt();
    let matrices = matrices / norm.clamp_min(f64::from(EPSILON));
    (0..ROUNDS).fold(matrices, |matrices, _| {
        let square = matrices.clone().matmul(matrices.clone().swap_dims(1, 2));
        let polynomial = square.clone() * b + square.clone().matmul(square) * c;
        matrices.clone() * a + polynomial.matmul(matrices)
    })
}

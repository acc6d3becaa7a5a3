//! Muon (Jordan 2024, "Muon: an optimizer for hidden layers in neural networks") on whole tensors: what the fused
//! update is held to, and what runs where there is none.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData, s};
use patchwork_kernels::muon::{EPSILON, Matrices, MuonParams, POLYNOMIAL, ROUNDS, table};
use patchwork_kernels::update::pieces;

use crate::config::{ModelConfig, OptimizerKind, TrainConfig};
use crate::weights::{self, Parameter, ParameterRole};

/// What Muon moves of a model, and how a device finds it.
#[derive(Debug, Clone)]
pub struct Muon {
    /// Nothing, where the recipe asks for another optimizer.
    pub params: MuonParams,
    /// What [`table`] says; anything where there is nothing to move.
    pub table: Tensor<1, Int>,
}

impl Muon {
    /// The matrices of blocks and convolutions are Muon's. Head, biases, norms, class token and positions are Adam's.
    pub fn new(model: &ModelConfig, train: &TrainConfig, device: &Device) -> Self {
        let matrices = match train.optimizer {
            OptimizerKind::Adam | OptimizerKind::AdamW => Vec::new(),
            OptimizerKind::Muon => weights::layout(model).iter().filter_map(matrices_of).collect(),
        };
        let mut table: Vec<i32> = table(&matrices).into_iter().map(|entry| entry as i32).collect();
        table.resize(table.len().max(1), 0);
        let size = [table.len()];
        let table = Tensor::from_data(TensorData::new(table, size), device);
        Self { params: MuonParams { matrices, decay: train.weight_decay }, table }
    }

    /// The weights after a step at `rate`, from those `before` and the momentum that is `ahead` by a step (Nesterov).
    /// Where Muon moves nothing, they are what Adam made of them.
    ///
    /// # Shapes
    /// - all: `[parameters]`
    pub fn step(
        &self,
        by_adam: Tensor<1>,
        before: &Tensor<1>,
        ahead: impl FnOnce() -> Tensor<1>,
        rate: f64,
    ) -> Tensor<1> {
        if self.params.matrices.is_empty() {
            return by_adam;
        }
        let ahead = ahead();
        self.replace(by_adam, |matrices, range| {
            let weights = before.clone().slice(s![range.clone()]);
            let direction = direction(ahead.clone().slice(s![range]), matrices);
            weights.clone() - (weights * self.params.decay + direction) * rate
        })
    }

    /// Adam's second moments, but those `before` where Muon moves.
    ///
    /// # Shapes
    /// - all: `[parameters]`
    pub fn restore_second_moments(&self, by_adam: Tensor<1>, before: &Tensor<1>) -> Tensor<1> {
        if self.params.matrices.is_empty() {
            return by_adam;
        }
        self.replace(by_adam, |_, range| before.clone().slice(s![range]))
    }

    fn replace(
        &self,
        values: Tensor<1>,
        new: impl Fn(&Matrices, Range<usize>) -> Tensor<1>,
    ) -> Tensor<1> {
        let mut start = 0;
        let pieces = pieces(values.dims()[0], &self.params.matrices).into_iter();
        let parts = pieces.map(|(count, matrices)| {
            let range = start..start + count;
            start += count;
            match matrices {
                Some(matrices) => new(&matrices, range),
                None => values.clone().slice(s![range]),
            }
        });
        Tensor::cat(parts.collect(), 0)
    }
}

/// A kernel is a matrix of `[out, in · height · width]`; queries, keys and values are one each.
fn matrices_of(parameter: &Parameter) -> Option<Matrices> {
    let start = parameter.range.start;
    let sides = || [parameter.shape[0], parameter.shape[1..].iter().product()];
    match parameter.role {
        ParameterRole::Matrix => {
            let [columns, rows] = sides();
            let parts = if parameter.name.ends_with("attn.qkv.weight") { 3 } else { 1 };
            Some(Matrices { start, rows, columns: columns / parts, parts })
        }
        ParameterRole::Kernel => {
            let [rows, columns] = sides();
            Some(Matrices { start, rows, columns, parts: 1 })
        }
        ParameterRole::Head | ParameterRole::Token | ParameterRole::Bias | ParameterRole::Scale => {
            None
        }
    }
}

/// The directions of matrices that lie side by side, `[rows · parts · columns]`.
fn direction(momentum: Tensor<1>, matrices: &Matrices) -> Tensor<1> {
    let Matrices { rows, columns, parts, .. } = *matrices;
    let momentum = momentum.reshape([rows, parts, columns]).swap_dims(0, 1);
    let found = orthogonal(momentum) * f64::from(matrices.scale());
    found.swap_dims(0, 1).reshape([matrices.size()])
}

/// Brings all singular values of each matrix near 1, by the iteration of Newton and Schulz.
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

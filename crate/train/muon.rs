//! What Muon (Jordan 2024, "Muon: an optimizer for hidden layers in neural networks") moves of a model.

use burn::tensor::{Device, Int, Tensor, TensorData};
use patchwork_kernels::muon::{Matrices, MuonParams, table};

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
}

/// A kernel is a matrix of `[out, in · height · width]`; queries, keys and values are one each.
fn matrices_of(parameter: &Parameter) -> Option<Matrices> {
    let start = parameter.range.start;
    let sides = || [parameter.shape[0], parameter.shape[1..].iter().product()];
    match parameter.role {
        ParameterRole::Matrix { parts } => {
            let [columns, rows] = sides();
            Some(Matrices { start, rows, columns: columns / parts, parts })
        }
        ParameterRole::Kernel => {
            let [rows, columns] = sides();
            Some(Matrices { start, rows, columns, parts: 1 })
        }
        _ => None,
    }
}

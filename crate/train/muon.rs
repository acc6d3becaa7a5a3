//! The parameters that Muon updates (Jordan 2024, "Muon: an optimizer for hidden layers in neural
//! networks").

use burn::tensor::{Device, Int, Tensor, TensorData};
use patchwork_kernels::muon::{Matrices, MuonParams, table};

use crate::config::{ModelConfig, OptimizerKind, TrainConfig};
use crate::weights::{self, Parameter, ParameterRole};

/// The parameters that Muon updates, with the device's table of them.
#[derive(Debug, Clone)]
pub struct Muon {
    /// Empty if the recipe uses another optimizer.
    pub params: MuonParams,
    /// The content of [`table`]; arbitrary if Muon updates nothing.
    pub table: Tensor<1, Int>,
}

impl Muon {
    /// Muon updates the matrices of blocks and convolutions; Adam updates head, biases, norms, class token and
    /// positions.
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

/// A kernel is a matrix of `[out, in · height · width]`; queries, keys and values are one matrix
/// each.
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

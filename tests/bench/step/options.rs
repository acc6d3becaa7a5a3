//! The command-line options.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use patchwork::config::{Precision, Preset};

/// How PyTorch runs its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Torch {
    /// One operation after the other
    Eager,
    /// Through torch.compile
    Compile,
    /// Captured once, then replayed (CUDA)
    Graph,
}

/// What a training step costs, by device, preset, batch and number format
#[derive(Debug, Parser)]
#[command(name = "cargo bench --workspace --bench step --", version)]
pub struct Options {
    /// Devices: cpu, gpu, gpu:N, cuda:N [default: the CPU and every graphics card]
    #[arg(long, value_name = "D,…", value_delimiter = ',')]
    pub devices: Vec<String>,
    /// Take software adapters for graphics cards, too
    #[arg(long)]
    pub software: bool,
    /// Models
    #[arg(long, value_name = "P,…", value_delimiter = ',', default_value = "tiny,small")]
    pub presets: Vec<Preset>,
    /// Images in a step
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "128")]
    pub batch: Vec<usize>,
    /// Number formats
    #[arg(long, value_name = "F,…", value_delimiter = ',', default_value = "f32")]
    pub precision: Vec<Precision>,
    /// Also measure the reference implementation
    #[arg(long)]
    pub reference: bool,
    /// Beside the PyTorch of this virtual environment
    #[arg(long, value_name = "VENV")]
    pub python: Option<PathBuf>,
    /// Checkouts of the public implementations that have no package, for PyTorch's side of families (see
    /// tests/golden/families.py)
    #[arg(long, value_name = "FOLDER")]
    pub references: Option<PathBuf>,
    /// How PyTorch runs
    #[arg(long, value_name = "T,…", value_delimiter = ',', default_value = "eager,compile")]
    pub torch: Vec<Torch>,
    /// PyTorch's matrix products in TF32 where the card has it
    #[arg(long)]
    pub tf32: bool,
    /// Turns that each side gets
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub rounds: usize,
    /// Steps of a turn
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub steps: usize,
    /// Steps before anything is measured
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub warm_up: usize,
    /// Also take 60 steps of batches of 128 in f32, twice, and tell the losses that they end with
    #[arg(long)]
    pub losses: bool,
    /// List so many kernels of a graphics card's step, the slowest first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub kernels: usize,
    /// Write all figures into this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Only write into this file, as JSON, what devices can do at best and what a step of each preset computes
    #[arg(long, value_name = "FILE")]
    pub peaks: Option<PathBuf>,
    /// Only take so many steps of the first device, preset and batch, for a profiler
    #[arg(long, value_name = "N")]
    pub take: Option<usize>,
    /// Cargo says so; it means nothing here
    #[arg(long, hide = true)]
    pub bench: bool,
}

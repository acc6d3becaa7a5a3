//! The time of a training step, on every device of this machine, compared with the device's peak performance and, if there
//! is a PyTorch, with PyTorch's step, in turns.
//!
//! `cargo bench --workspace --bench step -- --help` lists the options, `tests/bench/README.md` explains the figures.

#[cfg(feature = "cube")]
mod launches;
mod options;
mod ours;
mod partner;
mod peak;
mod report;
#[path = "../start.rs"]
mod start;

use std::time::Instant;

use burn::tensor::FloatDType;
use clap::Parser;
use patchwork::config::{Precision, Preset};
use patchwork::device::{self, DeviceChoice, OpenDevice};
use patchwork::error::Result;
use patchwork::model::fused::Kernels;
use patchwork::train::step::compute_type;

use crate::options::Options;
use crate::ours::Ours;
use crate::partner::Partner;
use crate::report::{Machine, Row};

/// The allocator of the program `patchwork`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One combination of settings to measure.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The model.
    pub preset: Preset,
    /// Images in a step.
    pub batch: usize,
    /// The number format of activations and gradients.
    pub precision: Precision,
}

/// One side of a comparison.
pub trait Side {
    /// Its name.
    fn name(&self) -> String;

    /// The loss of the first step: all sides start from the same weights.
    fn first_loss(&self) -> f64;

    /// Takes steps, reading each loss; returns the milliseconds of each.
    fn steps(&mut self, count: usize) -> Result<Vec<f64>>;

    /// Takes steps, waiting only for the last.
    fn ahead(&mut self, count: usize) -> Result<Ahead>;

    /// Predicts single images; returns the milliseconds of each.
    fn predictions(&mut self, count: usize) -> Result<Vec<f64>>;

    /// Runs forward passes on batches; returns the milliseconds of each.
    fn forwards(&mut self, count: usize) -> Result<Vec<f64>>;
}

/// Steps that ran ahead of the device.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Ahead {
    /// Milliseconds until each step was submitted.
    pub host: Vec<f64>,
    /// Milliseconds until all had completed.
    pub total: f64,
}

fn main() -> std::process::ExitCode {
    patchwork::platform::start();
    let options = Options::parse();
    match run(&options) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some(count) = options.take {
        return take(options, count);
    }
    if let Some(file) = &options.peaks {
        return report::write(file, &limits(options)?);
    }
    let mut report = report::Report { machine: Machine::here(), rows: Vec::new() };
    for (name, found) in devices(options)? {
        for &precision in &options.precision {
            match compute_type(precision, &found.device) {
                Err(error) => {
                    eprintln!("{name}: {error}");
                    continue;
                }
                Ok(FloatDType::F32) if precision != Precision::F32 => {
                    eprintln!("{name}: computes in 32 bits, whatever is asked for");
                    continue;
                }
                Ok(_) => {}
            }
            let peak = peak::measure(&found, precision);
            let said = peak.map_or("a software adapter".into(), |peak| peak.to_string());
            eprintln!("{name} ({}), {precision:?}: {said}", found.name);
            let peak = peak.map(|peak| peak.best());
            for &preset in &options.presets {
                for &batch in &options.batch {
                    let case = Case { preset, batch, precision };
                    report.rows.extend(compare(options, &name, &found, case, peak)?);
                }
            }
        }
    }
    report.print(options.json.as_deref())
}

/// The peak performance of the devices in `f32`, and the operations of a step.
fn limits(options: &Options) -> Result<report::Limits> {
    let peaks = devices(options)?
        .into_iter()
        .filter_map(|(name, found)| Some((name, peak::measure(&found, Precision::F32)?.best())));
    let operations = options.presets.iter().map(|&preset| {
        let case = Case { preset, batch: options.batch[0], precision: Precision::F32 };
        (preset.name, report::operations(case))
    });
    Ok(report::Limits { peaks: peaks.collect(), operations: operations.collect() })
}

/// Takes steps and nothing else, for use with a profiler.
fn take(options: &Options, count: usize) -> Result<()> {
    let (name, found) = devices(options)?.remove(0);
    let case = Case {
        preset: options.presets[0],
        batch: options.batch[0],
        precision: options.precision[0],
    };
    let kernels = if options.reference { Kernels::Reference } else { Kernels::Fused };
    let start = Instant::now();
    let mut ours = Ours::new(case, &found, kernels)?;
    ours.steps(count)?;
    println!("{name}: {} steps in {:.2} s", count + 1, start.elapsed().as_secs_f64());
    Ok(())
}

/// The requested devices, or else the CPU and every card, by their names in `--devices`.
fn devices(options: &Options) -> Result<Vec<(String, OpenDevice)>> {
    if !options.devices.is_empty() {
        let open =
            |name: &String| Ok((name.clone(), device::open(name.parse::<DeviceChoice>()?)?.0));
        return options.devices.iter().map(open).collect();
    }
    let graphics = device::graphics().into_iter().enumerate();
    let cards = graphics.filter(|(_, found)| options.software || !found.software);
    let named = cards.map(|(index, found)| (format!("gpu:{index}"), found));
    Ok(std::iter::once(("cpu".into(), device::cpu())).chain(named).collect())
}

/// Measures all sides of a case, in turns.
fn compare(
    options: &Options,
    device: &str,
    found: &OpenDevice,
    case: Case,
    peak: Option<f64>,
) -> Result<Vec<Row>> {
    let mut ours = vec![Ours::new(case, found, Kernels::Fused)?];
    if options.reference {
        ours.push(Ours::new(case, found, Kernels::Reference)?);
    }
    let launches: Vec<_> = ours.iter_mut().map(|side| side.launches(options.kernels)).collect();
    let mut sides: Vec<Box<dyn Side>> =
        ours.into_iter().map(|side| Box::new(side) as Box<dyn Side>).collect();
    sides.extend(Partner::all(options, found, case)?.into_iter().map(|side| Box::new(side) as _));
    check_starts(&sides, case)?;

    let mut rows = report::rows(&sides, device, &found.name, case);
    for side in &mut sides {
        side.steps(options.warm_up)?;
        // The first of these include compilation.
        side.predictions(2)?;
        side.forwards(2)?;
    }
    for round in 1..=options.rounds {
        eprint!("\r{device} {} {}: round {round} ", case.preset.name, case.batch);
        for (side, row) in sides.iter_mut().zip(&mut rows) {
            row.each.extend(side.steps(options.steps)?);
            row.add_ahead(side.ahead(options.steps)?, options.steps);
            row.predictions.extend(side.predictions(options.steps)?);
            row.forwards.extend(side.forwards(options.steps.div_ceil(2))?);
        }
    }
    eprintln!();
    for (row, launches) in rows.iter_mut().zip(launches) {
        row.launches = launches;
    }
    if case.batch == 128 && case.precision == Precision::F32 && options.losses {
        rows[0].losses = Some(ours::losses(case, found)?);
    }
    rows.iter_mut().for_each(|row| row.summarise(case, peak));
    Ok(rows)
}

/// Checks that all sides compute the same: their first losses are equal.
fn check_starts(sides: &[Box<dyn Side>], case: Case) -> Result<()> {
    let tolerance = if case.precision == Precision::F32 { 1e-4 } else { 2e-2 };
    let ours = sides[0].first_loss();
    for side in sides {
        let theirs = side.first_loss();
        // NaN is not near.
        let near = (ours - theirs).abs() < tolerance;
        if !near {
            let name = side.name();
            let problem = format!("{name} begins with a loss of {theirs:.5} instead of {ours:.5}");
            return Err(patchwork::Error::config(problem));
        }
    }
    Ok(())
}

//! Compares runs of a Vision Transformer with a record of them, bit for bit.
//!
//! The record, `port.json`, was made by the code from before architectures became data. These tests stay until the
//! Vision Transformer is ported: the same seed gives the same run before and after (`record.rs` explains the
//! comparison on other machines).
//!
//! ```text
//! cargo test --release --test engine port::                         the first steps of each run
//! cargo test --release --test engine port::in_minutes -- --ignored       all of it, and MNIST where it is; minutes
//! cargo test --release --test engine port::write_record -- --ignored      writes this machine's part of the record again
//! ```
//!
//! Record only with the code that the record describes: to add a machine, check out the commit that added these tests.
//! MNIST is expected in `data/mnist` of the folder in `PATCHWORK_SHARED`, else of `shared` beside the project; recording
//! fails without it.

mod cases;
mod paths;
mod run;

use std::collections::BTreeMap;

use burn::tensor::Device;
use patchwork::model::fused::Kernels;

use crate::common::gpu;
use crate::record::{Expected, Outcome, Record, say};
use cases::Case;
use run::Run;

pub use cases::Source;

const RECORD: &str = "port.json";

/// Steps after which a run is compared: in the quick tests, and at its end.
const MARKS: [usize; 2] = [40, 200];
/// The same steps for runs with several workers, each of which is trained three times.
const SHARED_MARKS: [usize; 2] = [10, 100];
/// Numbers of workers that share a run.
const WORKERS: [usize; 3] = [1, 2, 5];

/// The relative tolerance on other machines.
const OTHER_MACHINE: f64 = 0.05;
/// The relative tolerance after all steps, when rounding differences have grown.
const OTHER_MACHINE_WHOLE: f64 = 0.25;
/// The relative tolerance of losses and gradient norm for the reference implementation.
const LAYERS: f64 = 1e-4;
/// The relative tolerance for a graphics card, which computes `exp` and `erf` to fewer digits.
const CARD: f64 = 1e-3;

fn all_cases() -> impl Iterator<Item = Case> {
    cases::presets().into_iter().chain(cases::variants())
}

/// Trains, and returns the run's outcome at each mark, by name.
fn outcomes(case: &Case, source: Source, marks: &[usize]) -> Vec<(String, Outcome)> {
    let mut run = Run::new(case, source);
    let name = |steps: usize| format!("{}, {source}, {steps} steps", case.name);
    marks.iter().map(|&steps| (name(steps), run.after(steps))).collect()
}

/// The outcomes of runs shared among workers, whose number changes nothing.
fn shared_outcomes(case: &Case, marks: &[usize]) -> Vec<(String, Outcome)> {
    let name = |steps: usize| format!("{}, shared, {steps} steps", case.name);
    let [one, others @ ..] = WORKERS.map(|workers| {
        let mut run = Run::shared(case, workers);
        marks.iter().map(|&steps| (name(steps), run.after(steps))).collect::<Vec<_>>()
    });
    assert!(others.iter().all(|other| *other == one), "{}: it depends on the workers", case.name);
    one
}

/// All outcomes recorded of whole runs.
fn whole_runs(mnist: bool) -> BTreeMap<String, Outcome> {
    let builtin = all_cases().flat_map(|case| outcomes(&case, Source::Builtin, &MARKS));
    let shared = cases::shared().into_iter().flat_map(|case| shared_outcomes(&case, &SHARED_MARKS));
    let mnist = cases::presets().into_iter().filter(|_| mnist);
    let mnist = mnist.flat_map(|case| outcomes(&case, Source::Mnist, &MARKS));
    builtin.chain(shared).chain(mnist).collect()
}

#[test]
fn presets_train_as_recorded() {
    let expected = Expected::here(RECORD, OTHER_MACHINE);
    for case in cases::presets() {
        expected.check(outcomes(&case, Source::Builtin, &MARKS[..1]));
    }
}

#[test]
fn variants_train_as_recorded() {
    let expected = Expected::here(RECORD, OTHER_MACHINE);
    for case in cases::variants() {
        expected.check(outcomes(&case, Source::Builtin, &MARKS[..1]));
    }
}

#[test]
fn shared_runs_train_as_recorded() {
    let expected = Expected::here(RECORD, OTHER_MACHINE);
    for case in cases::shared() {
        expected.check(shared_outcomes(&case, &SHARED_MARKS[..1]));
    }
}

fn name_of_steps(case: &Case) -> String {
    format!("{}, steps on one batch", case.name)
}

#[test]
fn reference_and_card_steps_are_close_to_the_record() {
    let expected = Expected::here(RECORD, OTHER_MACHINE);
    let card = gpu();
    if card.is_none() {
        say("port: no graphics adapter here: steps are compared on the CPU alone");
    }
    for case in all_cases() {
        let name = name_of_steps(&case);
        let fused = paths::steps(&case, Kernels::Fused, &Device::flex());
        expected.check([(name.clone(), fused)]);
        let layers = paths::steps(&case, Kernels::Reference, &Device::flex());
        expected.check_near(&name, "layer by layer", &layers, LAYERS);
        if let Some(card) = &card {
            let on_card = paths::steps(&case, Kernels::Fused, card);
            expected.check_near(&name, "on a card", &on_card, CARD);
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn in_minutes_whole_runs_train_as_recorded() {
    let mnist = cases::has_mnist();
    if !mnist {
        say("port: MNIST is not here (PATCHWORK_SHARED is unset): its runs are left out");
    }
    Expected::here(RECORD, OTHER_MACHINE_WHOLE).check(whole_runs(mnist));
}

#[test]
#[ignore = "writes the record anew"]
fn write_record() {
    assert!(cases::has_mnist(), "the record is of MNIST, too: set PATCHWORK_SHARED");
    let mut runs = whole_runs(true);
    let steps = |case: &Case| paths::steps(case, Kernels::Fused, &Device::flex());
    runs.extend(all_cases().map(|case| (name_of_steps(&case), steps(&case))));
    Record::update(RECORD, runs);
}

//! Resuming equals never having stopped; foreign checkpoints are refused.

use burn::tensor::Device;
use patchwork::checkpoint::Checkpoint;
use patchwork::config::{ModelConfig, OptimizerKind, Precision, TrainConfig};
use patchwork::cost::cost;
use patchwork::data::TrainTest;
use patchwork::data::augment::Augment;
use patchwork::data::dataset::Split;
use patchwork::error::ErrorKind;
use patchwork::protocol::{Event, RunSettings};
use patchwork::rng::{self, Purpose};
use patchwork::train::Session;
use patchwork::weights::{ModelCard, Storage, Weights};

use crate::common::{dwarf, dwarf_recipe, reshaped, run, shapes, vit_of};

fn model() -> ModelConfig {
    ModelConfig { dropout: 0.1, attention_dropout: 0.1, stochastic_depth: 0.2, ..dwarf() }
}

/// Muon updates the matrices and Adam the rest: both have state.
fn recipe() -> TrainConfig {
    TrainConfig {
        optimizer: OptimizerKind::Muon,
        ema_decay: 0.98,
        augment: Augment { rotate: 10.0, ..Augment::NONE },
        ..dwarf_recipe()
    }
}

fn datasets() -> TrainTest {
    TrainTest { train: shapes(200), test: None }
}

fn start() -> Session {
    Session::new(model(), recipe(), datasets(), &Device::flex()).expect("a session")
}

/// What must be the same bit for bit: figures without times, and the best weights.
fn outcome(session: &Session, events: &[Event]) -> (Vec<[u32; 4]>, u64, Option<u64>) {
    let bits = |value: Option<f32>| value.expect("validated").to_bits();
    let figures = session.history().iter().map(|row| {
        [
            row.train_loss.to_bits(),
            row.train_accuracy.to_bits(),
            bits(row.validation_loss),
            bits(row.validation_accuracy),
        ]
    });
    let weights = pollster::block_on(session.weights()).expect("weights").flat;
    let test = events.iter().find_map(|event| match event {
        Event::Tested(test) => Some(test.loss.to_bits()),
        _ => None,
    });
    let hash = weights
        .iter()
        .fold(0, |hash, value| rng::derive(hash, Purpose::Init, &[u64::from(value.to_bits())]));
    (figures.collect(), hash, test)
}

#[test]
fn resuming_anywhere_is_as_if_never_stopped() {
    let mut whole = start();
    let events = run(&mut whole);
    let expected = outcome(&whole, &events);
    assert!(expected.2.is_some());
    // Within an epoch, at its last step, during validation, in a later epoch, before the test.
    for stop in [0, 1, 5, 9, 10, 11, 17, 25, 32, 33] {
        let mut session = start();
        for _ in 0..stop {
            pollster::block_on(session.step()).expect("a step");
        }
        let checkpoint = pollster::block_on(session.checkpoint()).expect("a checkpoint");
        let bytes = checkpoint.to_bytes().expect("bytes");
        let again = Checkpoint::from_bytes(&bytes).expect("our own checkpoint");
        assert!(again == checkpoint, "bytes keep every value");
        let mut resumed = Session::resume(again, datasets(), &Device::flex()).expect("a session");
        let events = run(&mut resumed);
        assert_eq!(outcome(&resumed, &events), expected, "stopped after {stop} steps");
    }
}

#[test]
fn file_sizes_match_the_estimate_from_the_settings() {
    // So large that one array more or less exceeds the overhead of the file.
    let model = reshaped(model(), |vit| {
        vit.width = 32;
        vit.mlp = 256;
    });
    let settings = RunSettings { model, train: recipe() };
    let told = cost(&settings).expect("possible settings");
    let RunSettings { model, train } = settings;
    let mut session = Session::new(model, train, datasets(), &Device::flex()).expect("a session");
    run(&mut session);
    let checkpoint = pollster::block_on(session.checkpoint()).expect("a checkpoint");
    let weights = pollster::block_on(session.weights()).expect("weights");
    let card = ModelCard { recipe: "a test".into(), class_names: Vec::new() };
    let file = weights.to_safetensors(&card, Storage::F32);
    let sizes = [
        ("checkpoint", checkpoint.to_bytes().expect("bytes").len() as u64, told.checkpoint),
        ("model", file.expect("a file").len() as u64, told.file),
    ];
    for (name, bytes, foretold) in sizes {
        // The overhead: names, settings and figures.
        assert!((foretold..foretold + told.file / 4).contains(&bytes), "{name}: {bytes}");
    }
}

#[test]
fn taking_a_checkpoint_does_not_disturb_the_run() {
    let (mut plain, mut saved) = (start(), start());
    let expected = {
        let events = run(&mut plain);
        outcome(&plain, &events)
    };
    let mut events = Vec::new();
    while !saved.is_finished() {
        events.extend(pollster::block_on(saved.step()).expect("a step"));
        pollster::block_on(saved.checkpoint()).expect("a checkpoint");
    }
    assert_eq!(outcome(&saved, &events), expected);
}

fn checkpoint() -> Checkpoint {
    let mut session = start();
    for _ in 0..13 {
        pollster::block_on(session.step()).expect("a step");
    }
    pollster::block_on(session.checkpoint()).expect("a checkpoint")
}

#[test]
fn a_checkpoint_of_other_data_is_refused() {
    let other = TrainTest { train: shapes(203), test: None };
    let error = Session::resume(checkpoint(), other, &Device::flex()).expect_err("other data");
    assert!(error.to_string().contains("other data"), "{error}");
}

#[test]
fn a_run_with_a_test_set_resumes_only_with_that_test_set() {
    let with = |test| TrainTest { train: shapes(200), test };
    let start = |datasets| Session::new(model(), recipe(), datasets, &Device::flex());
    let mut session = start(with(Some(shapes(40)))).expect("a session");
    pollster::block_on(session.step()).expect("a step");
    let checkpoint = pollster::block_on(session.checkpoint()).expect("a checkpoint");
    let resume = |test| Session::resume(checkpoint.clone(), with(test), &Device::flex());
    assert!(resume(Some(shapes(40))).is_ok());
    for other in [None, Some(shapes(41))] {
        let error = resume(other).expect_err("another test set");
        assert!(error.to_string().contains("another test set"), "{error}");
    }
}

#[test]
fn no_checkpoint_is_made_of_nan_weights() {
    let mut weights = Weights::init(&model(), 0);
    weights.flat[3] = f32::INFINITY;
    let mut session =
        Session::start(weights, recipe(), datasets(), &Device::flex()).expect("a session");
    let error = pollster::block_on(session.checkpoint()).expect_err("no numbers");
    assert_eq!(error.kind, ErrorKind::Diverged);
}

#[test]
fn a_half_precision_checkpoint_between_two_reads_changes_nothing() {
    let recipe = TrainConfig { precision: Precision::F16, read_every: 5, ..recipe() };
    let start = || Session::new(model(), recipe.clone(), datasets(), &Device::flex());
    let mut whole = start().expect("the CPU takes it");
    let events = run(&mut whole);
    let expected = outcome(&whole, &events);
    let mut parts = start().expect("a session");
    for _ in 0..13 {
        pollster::block_on(parts.step()).expect("a step");
    }
    let checkpoint = pollster::block_on(parts.checkpoint()).expect("a checkpoint");
    let mut resumed = Session::resume(checkpoint, datasets(), &Device::flex()).expect("a session");
    let events = run(&mut resumed);
    assert_eq!(outcome(&resumed, &events), expected);
}

#[test]
fn damaged_and_foreign_checkpoints_are_refused() {
    let good = checkpoint();
    let bytes = good.to_bytes().expect("bytes");
    for cut in (0..bytes.len()).step_by(211) {
        assert!(Checkpoint::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let refused = |change: &dyn Fn(&mut Checkpoint)| {
        let mut bad = good.clone();
        change(&mut bad);
        Checkpoint::from_bytes(&bad.to_bytes().expect("bytes")).expect_err("refused").to_string()
    };
    assert!(refused(&|c| c.state.version = 99).contains("version 99"));
    assert!(refused(&|c| c.weights[3] = f32::INFINITY).contains("weights"));
    assert!(refused(&|c| c.weights.truncate(9)).contains("weights"));
    assert!(refused(&|c| c.best = None).contains("best"));
    assert!(refused(&|c| vit_of(&mut c.state.model).heads = 5).contains("heads"));
    assert!(refused(&|c| c.state.train.epochs = 0).contains("epochs"));
    assert!(refused(&|c| c.state.epoch = 7).contains("counters"));
    assert!(refused(&|c| vit_of(&mut c.state.model).depth = 64).contains("weights"));
    let mut far = good.clone();
    far.state.step = 1_000_000;
    let error = Session::resume(far, datasets(), &Device::flex()).expect_err("refused");
    assert!(error.to_string().contains("epoch"), "{error}");
}

#[test]
fn a_finished_run_resumes_to_its_test() {
    let mut session = start();
    run(&mut session);
    let checkpoint = pollster::block_on(session.checkpoint()).expect("a checkpoint");
    let mut resumed = Session::resume(checkpoint, datasets(), &Device::flex()).expect("a session");
    let events = run(&mut resumed);
    let Split { test, .. } = resumed.split();
    assert!(events.iter().all(|event| !matches!(event, Event::Progress(_))));
    assert!(events.iter().any(
        |event| matches!(event, Event::Tested(t) if t.confusion.total() == test.len() as u64)
    ));
}

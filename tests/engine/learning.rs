//! Whole runs: events, repeatability, an accuracy floor.

use std::collections::HashSet;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use patchwork::config::{Distillation, ModelConfig, TrainConfig};
use patchwork::data::dataset::{NO_CLASS, Split};
use patchwork::data::drawing::Stroke;
use patchwork::data::{Dataset, TrainTest};
use patchwork::error::{ErrorKind, Result};
use patchwork::families::vit;
use patchwork::model::fused::Kernels;
use patchwork::protocol::{Command, EvaluatedSplit, Event, Reason};
use patchwork::train::Session;
use patchwork::train::loss::{figures, targets};
use patchwork::weights::Weights;

use crate::common::{devices, dwarf, dwarf_recipe, reshaped, run, shapes, values};

fn session(recipe: TrainConfig) -> Session {
    let datasets = TrainTest { train: shapes(240), test: Some(shapes(60)) };
    Session::new(dwarf(), recipe, datasets, &Device::flex()).expect("a session")
}

fn best(session: &Session) -> Vec<f32> {
    pollster::block_on(session.weights()).expect("weights").flat
}

#[test]
fn a_run_reports_every_epoch_keeps_the_best_and_tests_once() {
    let mut session = session(TrainConfig { epochs: 6, ..dwarf_recipe() });
    assert_eq!(session.steps_per_epoch(), 12);
    let events = run(&mut session);
    let reports: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Epoch(report) => Some(report),
            _ => None,
        })
        .collect();
    assert_eq!(reports.len(), 6);
    assert_eq!(reports.iter().map(|r| r.row.epoch).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(reports[5].row.step, 72);
    let best = reports.iter().rev().find(|report| report.best).expect("a best epoch");
    assert_eq!(session.best_epoch(), best.row.epoch as usize);
    let accuracy = best.row.validation_accuracy;
    assert!(reports.iter().all(|report| report.row.validation_accuracy <= accuracy));
    let tests: Vec<_> = events.iter().filter(|event| matches!(event, Event::Tested(_))).collect();
    let [Event::Tested(test)] = tests[..] else { panic!("tested {} times", tests.len()) };
    assert_eq!(test.confusion.total(), 60);
    assert_eq!(test.probabilities.len(), 60 * 3);
    assert!(test.accuracy > 0.9, "{}", test.accuracy);
    assert_eq!(events.last(), Some(&Event::Finished { reason: Reason::Completed }));
    let first_test = events
        .iter()
        .position(|event| matches!(event, Event::Evaluating { part: EvaluatedSplit::Test, .. }))
        .expect("a test");
    let last_epoch =
        events.iter().rposition(|event| matches!(event, Event::Epoch(_))).expect("epochs");
    assert!(first_test > last_epoch, "the test images wait for the end");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let recipe = TrainConfig { ema_decay: 0.99, ..dwarf_recipe() };
    let figures = |recipe: TrainConfig| {
        let mut session = session(recipe);
        run(&mut session);
        let losses: Vec<f32> = session.history().iter().map(|row| row.train_loss).collect();
        (losses, best(&session))
    };
    let first = figures(recipe.clone());
    assert!(first == figures(recipe.clone()), "the same seed");
    assert_ne!(first.0, figures(TrainConfig { seed: 1, ..recipe }).0);
}

#[test]
fn the_read_interval_of_the_loss_changes_nothing() {
    let losses = |read_every| {
        let mut session = session(TrainConfig { read_every, ..dwarf_recipe() });
        let events = run(&mut session);
        let reports = events.iter().filter(|event| matches!(event, Event::Progress(_))).count();
        let losses: Vec<f32> = session.history().iter().map(|row| row.train_loss).collect();
        (losses, best(&session), reports)
    };
    let (often, seldom) = (losses(1), losses(7));
    assert!((often.0, often.1) == (seldom.0, seldom.1), "the same run");
    assert_eq!((often.2, seldom.2), (36, 6));
}

#[test]
fn a_paused_run_waits_and_a_stopped_run_ends() {
    let mut session = session(dwarf_recipe());
    let step = |session: &mut Session| pollster::block_on(session.step()).expect("a step");
    for _ in 0..5 {
        step(&mut session);
    }
    assert_eq!(session.command(Command::Pause), [Event::Paused]);
    assert_eq!(session.command(Command::Pause), []);
    let before = best(&session);
    assert_eq!(step(&mut session), []);
    assert!(best(&session) == before, "nothing happens while paused");
    session.command(Command::StepOnce);
    let [Event::Progress(progress)] = &step(&mut session)[..] else { panic!("no report") };
    assert_eq!(progress.step, 6);
    assert!(best(&session) != before, "one step happened");
    assert_eq!(step(&mut session), []);
    assert_eq!(session.command(Command::Resume), [Event::Resumed]);
    step(&mut session);
    assert_eq!(session.command(Command::Stop), [Event::Finished { reason: Reason::Stopped }]);
    assert!(session.is_finished() && step(&mut session).is_empty());
}

#[test]
fn patience_ends_a_run_that_no_longer_improves() {
    let recipe = TrainConfig { epochs: 40, patience: 2, learning_rate: 1e-9, ..dwarf_recipe() };
    let mut session = session(recipe);
    let events = run(&mut session);
    assert_eq!(events.last(), Some(&Event::Finished { reason: Reason::EarlyStop }));
    assert_eq!(session.history().len(), session.best_epoch() + 2);
    assert!(session.history().len() < 40);
}

#[test]
fn a_diverging_run_is_an_error() {
    let mut weights = Weights::init(&dwarf(), 0);
    weights.flat[5] = f32::NAN;
    let datasets = TrainTest { train: shapes(240), test: None };
    let mut session =
        Session::start(weights, dwarf_recipe(), datasets, &Device::flex()).expect("a session");
    // The loss is read every fourth step.
    for _ in 0..3 {
        assert_eq!(pollster::block_on(session.step()), Ok(Vec::new()));
    }
    let error = pollster::block_on(session.step()).expect_err("the loss is no number");
    assert_eq!(error.kind, ErrorKind::Diverged);
    assert!(error.help.contains("learning rate"), "{error}");
}

#[test]
fn test_images_are_held_back_without_a_test_file() {
    let datasets = TrainTest { train: shapes(300), test: None };
    let recipe = TrainConfig { epochs: 1, test_fraction: 0.1, ..dwarf_recipe() };
    let mut session = Session::new(dwarf(), recipe, datasets, &Device::flex()).expect("a session");
    let Split { train, validation, test } = session.split().clone();
    assert_eq!((train.len(), validation.len(), test.len()), (210, 60, 30));
    let mut all = [train, validation, test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..300).collect::<Vec<_>>(), "every image is in one part");
    let tested = run(&mut session).into_iter().find_map(|event| match event {
        Event::Tested(test) => Some(test.confusion.total()),
        _ => None,
    });
    assert_eq!(tested, Some(30));
}

#[test]
fn impossible_datasets_and_settings_are_refused() {
    let unlabelled = {
        let data = shapes(30);
        patchwork::data::Dataset::new(8, data.pixels().to_vec(), None).expect("images")
    };
    let start = |model, recipe, train| {
        Session::new(model, recipe, TrainTest { train, test: None }, &Device::flex())
            .expect_err("impossible")
            .to_string()
    };
    let says = |error: String, phrase: &str| assert!(error.contains(phrase), "{error}");
    says(start(dwarf(), dwarf_recipe(), unlabelled), "no labels");
    says(start(vit::TINY.model(28, 3), dwarf_recipe(), shapes(30)), "8×8");
    let two = patchwork::config::ModelConfig { classes: 2, ..dwarf() };
    says(start(two, dwarf_recipe(), shapes(30)), "2 classes");
    says(start(dwarf(), dwarf_recipe(), shapes(2)), "too few");
    let odd = reshaped(dwarf(), |vit| vit.heads = 3);
    says(start(odd, dwarf_recipe(), shapes(30)), "heads");
    for recipe in [
        TrainConfig { epochs: 0, ..dwarf_recipe() },
        TrainConfig { batch_size: 65_536, ..dwarf_recipe() },
        TrainConfig { learning_rate: f64::NAN, ..dwarf_recipe() },
        TrainConfig { validation_fraction: 0.9, test_fraction: 0.9, ..dwarf_recipe() },
        TrainConfig { warmup_epochs: 4.0, ..dwarf_recipe() },
        TrainConfig { clean_epochs: dwarf_recipe().epochs + 1, ..dwarf_recipe() },
    ] {
        assert!(recipe.validate().is_err(), "{recipe:?}");
    }
}

/// A session that learns from 28×28 images of ten classes.
fn begun(data: &Dataset, recipe: &TrainConfig) -> Result<Session> {
    let model = ModelConfig { image_size: 28, classes: 10, ..dwarf() };
    let datasets = TrainTest { train: data.clone(), test: None };
    Session::new(model, recipe.clone(), datasets, &Device::flex())
}

/// 60 drawings of a line by six writers, then 40 images that nobody drew.
fn partly_drawn() -> Dataset {
    let digits = patchwork::data::synth::generate(100, 5).expect("digits");
    let line = |x: f32| -> Arc<[Stroke]> {
        [Stroke { points: vec![[x, 0.0], [0.0, 9.0]], ..Stroke::default() }].into()
    };
    let drawn = digits.select(&(0..60).collect::<Vec<_>>());
    let drawn = drawn
        .with_writers((0..60).map(|image| format!("{}", image / 10).into()).collect())
        .and_then(|data| data.with_drawings((0..60).map(|image| line(image as f32)).collect()))
        .expect("as many as images");
    drawn.joined(&digits.select(&(60..100).collect::<Vec<_>>())).expect("images of one size")
}

#[test]
fn copies_of_strokes_are_made_of_the_training_part_alone() {
    let data = partly_drawn();
    let recipe = TrainConfig {
        stroke_copies: 3,
        validation_fraction: 0.2,
        test_fraction: 0.2,
        ..dwarf_recipe()
    };
    let session = begun(&data, &recipe).expect("a session");
    let drawn = |part: &[usize]| part.iter().filter(|&&image| image < 60).count();
    let split = session.split();
    // Six writers: one to validate, one to test, four to learn from.
    assert_eq!([&split.validation, &split.test].map(|part| drawn(part)), [10, 10]);
    let added: Vec<usize> = split.train.iter().copied().filter(|&image| image >= 100).collect();
    assert_eq!(added, (100..100 + 3 * 40).collect::<Vec<_>>());
    let train = &session.datasets().train;
    let writers = train.writers().expect("known");
    let of = |part: &[usize]| -> HashSet<&str> {
        let names = part.iter().map(|&image| &*writers[image]);
        names.filter(|name| !name.is_empty()).collect()
    };
    assert!(of(&added).is_disjoint(&of(&split.validation)));
    assert!(of(&added).is_disjoint(&of(&split.test)));
    assert_eq!(of(&added).len(), 4);
    let copies = train.select(&added);
    assert_eq!(data.shared_images(&copies), 0, "a copy is no other drawing");
    assert_eq!(begun(&data, &recipe).expect("a session").datasets().train, *train);

    let error = begun(&data.select(&(60..100).collect::<Vec<_>>()), &recipe).unwrap_err();
    assert_eq!(error.place.setting.as_deref(), Some("stroke_copies"), "{error}");
}

#[test]
fn images_of_no_class_lower_the_confidence_in_them_and_count_in_no_accuracy() {
    let data = patchwork::data::synth::generate(120, 5).expect("digits");
    let recipe = |not_digits| TrainConfig {
        not_digits,
        epochs: 8,
        batch_size: 20,
        read_every: 1,
        ..dwarf_recipe()
    };
    let mut session = begun(&data, &recipe(1200)).expect("a session");
    let plain = begun(&data, &recipe(0)).expect("a session");
    assert_eq!(session.split().validation, plain.split().validation);
    let labels = session.datasets().train.labels().expect("labels").to_vec();
    assert!(labels[120..].iter().all(|&label| label == NO_CLASS) && labels.len() == 1320);
    let events = run(&mut session);
    let reports = events.iter().filter_map(|event| match event {
        Event::Epoch(report) => Some(report.row.train_accuracy),
        _ => None,
    });
    // If images of no class counted as wrong, no accuracy could be above 8 %.
    let best = reports.fold(0.0, f32::max);
    assert!((0.15..=1.0).contains(&best), "{best}");
    let shares = events.iter().filter_map(|event| match event {
        Event::Progress(progress) => Some(progress.accuracy),
        _ => None,
    });
    assert!(shares.into_iter().all(|share| (0.0..=1.0).contains(&share)));

    let taught = TrainConfig { distillation: Some(Distillation::default()), ..recipe(10) };
    let error = begun(&data, &taught).unwrap_err();
    assert_eq!(error.place.setting.as_deref(), Some("not_digits"), "{error}");
}

/// On every device and path, an image of no class should have equal probabilities, and is never found.
#[test]
fn the_loss_of_no_class_is_the_distance_to_equal_probabilities() {
    for (_, device) in devices() {
        let logits = Tensor::<2>::from_data([[2.0f32, 0.0, 0.0], [0.0, 0.0, 0.0]], &device);
        let targets = targets(&[0, NO_CLASS], 3, 0.1, &device);
        for kernels in [Kernels::Fused, Kernels::Reference] {
            let found = values(figures(kernels, logits.clone(), targets.clone()));
            let sum = 2.0f32.exp() + 2.0;
            let of_first = 2.0f32.mul_add(-(0.9 + 0.1 / 3.0), sum.ln());
            let expected = (of_first + 3.0f32.ln()) / 2.0;
            assert!((found[0] - expected).abs() < 1e-5, "{found:?} {expected}");
            assert_eq!(found[1], 1.0);
        }
    }
}

#[test]
fn added_built_in_digits_are_trained_on_but_never_evaluated() {
    let data = patchwork::data::synth::generate(200, 5).expect("digits");
    let start = |builtin_digits| {
        let recipe = TrainConfig { builtin_digits, ..dwarf_recipe() };
        begun(&data, &recipe).expect("a session")
    };
    let (plain, mixed) = (start(0), start(70));
    assert_eq!(mixed.split().validation, plain.split().validation);
    assert_eq!(mixed.split().test, plain.split().test);
    let (given, added) = mixed.split().train.split_at(plain.split().train.len());
    assert_eq!(given, plain.split().train);
    assert_eq!(added, (200..270).collect::<Vec<_>>());
    let more = mixed.datasets().train.select(added);
    assert_eq!(data.shared_images(&more), 0, "the data's own digits came back");

    // A share of rare styles changes that share of the images and no other.
    let recipe = TrainConfig { builtin_digits: 70, rare_styles: 0.5, ..dwarf_recipe() };
    let rare = begun(&data, &recipe).expect("a session");
    let same = rare.datasets().train.select(added).shared_images(&more);
    assert!((20..50).contains(&same), "{same}");

    let recipe = TrainConfig { builtin_digits: 10, ..dwarf_recipe() };
    let small = TrainTest { train: shapes(60), test: None };
    let error = Session::new(dwarf(), recipe, small, &Device::flex()).unwrap_err();
    assert!(error.to_string().contains("28×28"), "{error}");
}

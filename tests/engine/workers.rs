//! Steps shared by several workers compared with steps of one.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

use burn::tensor::{Device, Tensor};
use patchwork::config::{ModelConfig, TrainConfig};
use patchwork::data::augment::Augment;
use patchwork::data::{TrainTest, batch, synth};
use patchwork::error::Result;
use patchwork::families::vit;
use patchwork::protocol::RunSettings;
use patchwork::train::Session;
use patchwork::train::eval::Evaluator;
use patchwork::train::step::TrainState;
use patchwork::train::workers::{
    MicroBatch, PendingResults, Worker, WorkerPool, combine, micro_batch_count, micro_batches,
};
use patchwork::weights::Weights;

use crate::common::{distance, dwarf, dwarf_recipe, reshaped, run, shapes, values};

/// Workers in this process, each of which has only its own messages to go by.
#[derive(Debug)]
pub struct LocalPool {
    workers: Mutex<Vec<Worker>>,
    count: usize,
    /// Number of parts they were asked for.
    parts: AtomicUsize,
    /// Images that they evaluated.
    images: AtomicUsize,
}

impl LocalPool {
    fn locked(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.workers.lock().expect("no test panicked here")
    }

    pub fn new(count: usize) -> Arc<Self> {
        Arc::new(Self {
            workers: Mutex::default(),
            count,
            parts: AtomicUsize::new(0),
            images: AtomicUsize::new(0),
        })
    }
}

impl WorkerPool for LocalPool {
    fn configure(&self, settings: &RunSettings) -> Result<()> {
        *self.locked() = (0..self.count).map(|_| Worker::new(settings)).collect::<Result<_>>()?;
        Ok(())
    }

    fn gradients(&self, weights: &[f32], parts: &[MicroBatch]) -> PendingResults<'_> {
        self.parts.fetch_add(parts.len(), Relaxed);
        let mut workers = self.locked();
        let found = parts.iter().enumerate().map(|(place, part)| {
            pollster::block_on(workers[place % self.count].gradient(weights, part))
        });
        let found = found.collect();
        Box::pin(async { found })
    }

    fn logits(&self, weights: &[f32], parts: &[Vec<u8>]) -> PendingResults<'_> {
        self.images.fetch_add(parts.iter().map(Vec::len).sum::<usize>() / 64, Relaxed);
        let workers = self.locked();
        let found = parts.iter().enumerate().map(|(place, pixels)| {
            pollster::block_on(workers[place % self.count].logits(weights, pixels))
        });
        let found = found.collect();
        Box::pin(async { found })
    }
}

/// Large enough that a batch of 40 images makes two parts.
pub fn model() -> ModelConfig {
    reshaped(dwarf(), |vit| {
        vit.width = 128;
        vit.mlp = 512;
        vit.depth = 4;
    })
}

/// Images of 250 that are held back for validation: a fifth of each class, 84, 83 and 83 images.
const HELD_BACK: usize = 3 * 17;

fn recipe() -> TrainConfig {
    TrainConfig { batch_size: 40, epochs: 2, ..dwarf_recipe() }
}

fn session(recipe: &TrainConfig) -> Session {
    let datasets = TrainTest { train: shapes(250), test: None };
    Session::new(model(), recipe.clone(), datasets, &Device::flex()).expect("a session")
}

/// The result of a whole run: its weights, and the training and validation losses of its epochs.
fn outcome(mut session: Session) -> (Vec<f32>, Vec<f32>) {
    run(&mut session);
    let rows = session.history().iter();
    let losses = rows.flat_map(|row| [Some(row.train_loss), row.validation_loss]).flatten();
    let losses = losses.collect();
    (pollster::block_on(session.current()).expect("weights").flat, losses)
}

fn shared(recipe: &TrainConfig, pool: Arc<LocalPool>) -> (Vec<f32>, Vec<f32>) {
    let mut session = session(recipe);
    session.share(pool).expect("the settings are taken");
    outcome(session)
}

/// All kinds of augmentation.
fn photometric() -> Augment {
    Augment { thickness: 0.5, blur: 0.5, noise: 0.1, ..Augment::digits() }
}

#[test]
fn a_run_can_move_to_another_thread() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let mut session = session(&recipe());
    session.share(LocalPool::new(2)).expect("the settings are taken");
    let other = std::thread::spawn(move || {
        pollster::block_on(sendable(session.step())).expect("a step");
        session
    });
    let session = other.join().expect("no panic");
    assert_eq!(session.history().len(), 0);
    assert_eq!(session.steps_per_epoch(), 4);
}

#[test]
fn the_combined_gradient_of_parts_equals_that_of_the_batch() {
    let model = ModelConfig { image_size: 28, classes: 10, ..dwarf() };
    let train = TrainConfig { augment: photometric(), label_smoothing: 0.1, ..dwarf_recipe() };
    let digits = synth::generate(60, 1).expect("digits");
    let indices: Vec<usize> = (5..55).rev().collect();
    let weights = Weights::init(&model, 4);
    let train_state = TrainState::new(&weights, &train, &Device::flex()).expect("a training state");
    let batch = batch::training(&digits, &indices, &train.augment, train.seed, 1);
    let (expected, figures) = train_state.gradient(&batch, 0).expect("gradients");

    let parts = micro_batches(&digits, &indices, 3, 1, 0);
    assert_eq!(parts.len(), 3);
    let mut worker = Worker::new(&RunSettings { model, train }).expect("a worker");
    let found: Result<Vec<_>> =
        parts.iter().map(|part| pollster::block_on(worker.gradient(&weights.flat, part))).collect();
    let found = found.expect("gradients");
    let (gradient, found) = combine(&parts, &found, weights.flat.len()).expect("all is there");
    let (expected, figures) = (values(expected), values(figures));
    let size = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    assert!(size > 0.01 && distance(&expected, &gradient) < 1e-5 * size, "{size}");
    assert!(
        (figures[0] - found[0]).abs() < 1e-5 && figures[1] == found[1],
        "{figures:?} {found:?}"
    );
}

#[test]
fn a_shared_run_agrees_with_a_run_on_one_worker() {
    let recipe =
        TrainConfig { augment: photometric(), clean_epochs: 1, ema_decay: 0.9, ..recipe() };
    let workers = LocalPool::new(2);
    let steps = session(&recipe).steps_per_epoch();
    let (weights, losses) = shared(&recipe, workers.clone());
    let (_, expected) = outcome(session(&recipe));
    assert_eq!(workers.parts.load(Relaxed), 2 * steps * recipe.epochs, "two parts of each step");
    assert_eq!(
        workers.images.load(Relaxed),
        HELD_BACK * recipe.epochs,
        "all images of each validation"
    );
    assert_eq!(expected.len(), 2 * recipe.epochs);
    assert!(distance(&expected, &losses) < 1e-3, "{expected:?} {losses:?}");
    let before = Weights::init(&model(), recipe.seed).flat;
    assert!(distance(&before, &weights) > 1e-3, "nothing was learned");
}

#[test]
fn a_shared_run_does_not_depend_on_the_number_of_workers() {
    let model = ModelConfig { dropout: 0.2, stochastic_depth: 0.2, ..model() };
    let outcome = |workers| {
        let datasets = TrainTest { train: shapes(250), test: None };
        let mut session =
            Session::new(model.clone(), recipe(), datasets, &Device::flex()).expect("a session");
        session.share(LocalPool::new(workers)).expect("the settings are taken");
        outcome(session)
    };
    let one = outcome(1);
    assert!(one == outcome(2), "bit for bit");
    assert!(one == outcome(5), "bit for bit, with idle workers");
}

#[test]
fn a_shared_run_resumes_as_if_never_stopped() {
    let recipe = recipe();
    let whole = shared(&recipe, LocalPool::new(2));
    // In the middle of an epoch, and just before its validation.
    for steps in [3, session(&recipe).steps_per_epoch()] {
        let mut first = session(&recipe);
        first.share(LocalPool::new(2)).expect("the settings are taken");
        for _ in 0..steps {
            pollster::block_on(first.step()).expect("a step");
        }
        let checkpoint = pollster::block_on(first.checkpoint()).expect("a checkpoint");
        let datasets = TrainTest { train: shapes(250), test: None };
        let mut second = Session::resume(checkpoint, datasets, &Device::flex()).expect("a session");
        let workers = LocalPool::new(2);
        second.share(workers.clone()).expect("the settings are taken");
        assert!(outcome(second) == whole, "bit for bit, after {steps} steps");
        assert_eq!(
            workers.images.load(Relaxed),
            HELD_BACK * recipe.epochs,
            "all images of each validation"
        );
    }
}

#[test]
fn a_shared_evaluation_equals_that_of_one_worker() {
    let weights = Weights::init(&model(), 3);
    let data = shapes(600);
    let flat = Tensor::from_data(weights.flat.as_slice(), &Device::flex());
    let indices: Vec<usize> = (0..data.len()).rev().collect();
    let evaluation = |workers: Option<Arc<LocalPool>>| {
        let mut evaluator =
            Evaluator::new(&model(), flat.clone(), indices.clone()).expect("weights");
        if let Some(workers) = &workers {
            let settings = RunSettings { model: model(), train: recipe() };
            workers.configure(&settings).expect("the settings are taken");
            evaluator.share(workers.clone());
        }
        let mut turns = Vec::new();
        let found = evaluator.run(&data, |done, _| turns.push(done));
        let found = pollster::block_on(found).expect("an evaluation");
        let shared = workers.map_or(0, |workers| workers.images.load(Relaxed));
        (found, turns, shared)
    };
    let (alone, ..) = evaluation(None);
    let (shared, turns, images) = evaluation(Some(LocalPool::new(3)));
    assert_eq!(turns, [0, 512, 600]);
    assert_eq!(images, 600);
    assert_eq!(shared.confusion, alone.confusion);
    assert!((shared.loss - alone.loss).abs() < 1e-6, "{} {}", shared.loss, alone.loss);
    assert!(distance(&shared.probabilities, &alone.probabilities) < 1e-5);
    assert!(evaluation(Some(LocalPool::new(1))).0 == shared, "bit for bit");
}

#[test]
fn missing_logits_are_an_error() {
    /// Never answers.
    #[derive(Debug)]
    struct Silent;
    impl WorkerPool for Silent {
        fn configure(&self, _: &RunSettings) -> Result<()> {
            Ok(())
        }
        fn gradients(&self, _: &[f32], _: &[MicroBatch]) -> PendingResults<'_> {
            Box::pin(async { Ok(Vec::new()) })
        }
        fn logits(&self, _: &[f32], parts: &[Vec<u8>]) -> PendingResults<'_> {
            let found = vec![Vec::new(); parts.len()];
            Box::pin(async { Ok(found) })
        }
    }
    let flat = Tensor::zeros([Weights::init(&model(), 0).flat.len()], &Device::flex());
    let mut evaluator = Evaluator::new(&model(), flat, (0..60).collect()).expect("weights");
    evaluator.share(Arc::new(Silent));
    let error = pollster::block_on(evaluator.step(&shapes(60))).unwrap_err().to_string();
    assert!(error.contains("did not answer with logits"), "{error}");
}

#[test]
fn parts_contain_every_image_once_and_in_order() {
    let data = shapes(400);
    for (images, count, sizes) in [
        (15, 1, vec![15]),
        (40, 2, vec![20, 20]),
        (100, 6, vec![17, 17, 17, 17, 17, 15]),
        (400, 8, vec![50; 8]),
    ] {
        let indices: Vec<usize> = (0..images).rev().collect();
        let micro_batches = micro_batches(&data, &indices, count, 3, 7);
        assert_eq!(micro_batches.iter().map(|part| part.labels.len()).collect::<Vec<_>>(), sizes);
        let found: Vec<u32> = micro_batches.iter().flat_map(|part| part.indices.clone()).collect();
        assert_eq!(found, indices.iter().map(|&index| index as u32).collect::<Vec<_>>());
        for (place, part) in micro_batches.iter().enumerate() {
            assert_eq!(part.moment, [3, 7, place as u32]);
            let first = part.indices[0] as usize;
            assert_eq!(part.pixels[..64], *data.image(first));
            assert_eq!(part.labels[0], data.labels().expect("labels")[first]);
        }
    }
}

#[test]
fn a_batch_is_cut_if_the_parts_are_large_enough() {
    for (preset, images, count) in [
        (vit::TINY, 20, 1),
        (vit::TINY, 64, 2),
        (vit::TINY, 128, 4),
        (vit::TINY, 4096, 8),
        (vit::BASE, 15, 1),
        (vit::BASE, 64, 4),
        (vit::BASE, 256, 8),
    ] {
        assert_eq!(micro_batch_count(&preset.model(28, 10), images), count, "{preset:?}, {images}");
    }
}

#[test]
fn parts_are_weighted_by_their_number_of_images() {
    let data = shapes(40);
    let mut parts = micro_batches(&data, &(0..40).collect::<Vec<_>>(), 2, 0, 0);
    parts[1].labels.truncate(10);
    let found = [vec![3.0, -3.0, 0.3, 19.0], vec![6.0, 0.0, 0.6, 4.0]];
    let (gradient, [loss, correct]) = combine(&parts, &found, 2).expect("all is there");
    assert!(distance(&gradient, &[4.0, -2.0]) < 1e-6, "{gradient:?}");
    assert!((loss - 0.4).abs() < 1e-6 && correct == 23.0, "{loss} {correct}");
    for wrong in [&found[..1], &[vec![1.0; 4], vec![1.0; 3]]] {
        let error = combine(&parts, wrong, 2).unwrap_err().to_string();
        assert!(error.contains("did not answer"), "{error}");
    }
}

#[test]
fn a_worker_refuses_mismatched_sizes() {
    let settings = RunSettings {
        model: ModelConfig { image_size: 28, classes: 10, ..dwarf() },
        train: dwarf_recipe(),
    };
    let digits = synth::generate(20, 1).expect("digits");
    let part = micro_batches(&digits, &[0, 1], 1, 0, 0).remove(0);
    let parameters = Weights::init(&settings.model, 0).flat;
    let mut worker = Worker::new(&settings).expect("a worker");
    let mut ask =
        |weights: &[f32], part: &MicroBatch| pollster::block_on(worker.gradient(weights, part));
    assert_eq!(ask(&parameters, &part).expect("a gradient").len(), parameters.len() + 2);
    let fewer_labels = MicroBatch { labels: vec![1], ..part.clone() };
    let fewer_pixels = MicroBatch { pixels: vec![0; 784], ..part.clone() };
    for (weights, part, problem) in [
        (&parameters[1..], &part, "weights"),
        (&parameters[..], &fewer_labels, "images"),
        (&parameters[..], &fewer_pixels, "images"),
    ] {
        let error = ask(weights, part).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let logits =
        |weights: &[f32], pixels: &[u8]| pollster::block_on(worker.logits(weights, pixels));
    assert_eq!(logits(&parameters, &part.pixels).expect("logits").len(), 2 * 10);
    for (weights, pixels, problem) in [
        (&parameters[1..], &part.pixels[..], "weights"),
        (&parameters[..], &part.pixels[1..], "images"),
        (&parameters[..], &[], "images"),
    ] {
        let error = logits(weights, pixels).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    let impossible =
        RunSettings { model: reshaped(settings.model, |vit| vit.heads = 3), ..settings };
    assert!(Worker::new(&impossible).is_err());
}

//! Files of an earlier version still open, and its runs continue as they did then.
//!
//! `fixtures/run` is the folder of a run that was stopped in its third epoch, written by `patchwork train` of November
//! 2026 (without pictures): with dropout, running average, stem, QK-norm and history. `fixtures/resumed.json` holds the
//! results of resuming it with that version, and those of the shipped weights. That version wrote both:
//!
//! ```text
//! patchwork train --device cpu --data builtin:1000 --patch-size 8 --width 12 --depth 2 --heads 2 --mlp 24 --stem 2 \
//!     --qk-norm --dropout 0.02 --attention-dropout 0.02 --stochastic-depth 0.05 --optimizer muon --lr 0.01 \
//!     --warmup 0.5 --ema 0.95 --rotate 5 --noise 0.1 --clean-epochs 1 --batch-size 16 --epochs 4 --seed 3 \
//!     --read-every 4 --out tests/engine/fixtures/run           and Ctrl-C in the third epoch
//! cargo test --release --test engine kept::write_record -- --ignored
//! ```

use burn::tensor::{Device, Tensor};
use patchwork::checkpoint::Checkpoint;
use patchwork::config::{ModelConfig, TrainConfig};
use patchwork::data::TrainTest;
use patchwork::files::source::{self, Loaded, Request};
use patchwork::protocol::Event;
use patchwork::train::{Session, eval};
use patchwork::weights::Weights;

use crate::common::{noise, run, vit};
use crate::port::Source;
use crate::record::{Array, Expected, Outcome, Record, Test, path};

const RECORD: &str = "fixtures/resumed.json";
/// The results of the weights that ship today.
const SHIPPED: &str = "fixtures/shipped.json";

/// The relative tolerance on other machines.
const OTHER_MACHINE: f64 = 0.05;

fn read(file: &str) -> Vec<u8> {
    let path = path(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn checkpoint() -> Checkpoint {
    Checkpoint::from_bytes(&read("fixtures/run/checkpoint.safetensors")).expect("a checkpoint")
}

/// `config.json` of the run.
fn settings() -> serde_json::Value {
    serde_json::from_slice(&read("fixtures/run/config.json")).expect("JSON")
}

/// The images that it names.
fn datasets() -> TrainTest {
    let data = settings()["data"].as_str().map(str::to_owned);
    let seed = checkpoint().state.train.seed;
    let request = Request { data, seed, ..Request::default() };
    let Loaded { train, test, .. } = source::load(&request, &mut |_| ()).expect("images");
    TrainTest { train, test }
}

/// The results of the kept run after resuming.
fn resumed() -> Outcome {
    let resumed = Session::resume(checkpoint(), datasets(), &Device::flex());
    let mut session = resumed.expect("a session");
    let (mut losses, mut test) = (Vec::new(), None);
    for event in run(&mut session) {
        match event {
            Event::Progress(progress) => losses.push(progress.loss),
            Event::Tested(evaluation) => test = Some(Test::of(&evaluation)),
            _ => {}
        }
    }
    assert!(test.is_some(), "it ends with a test");
    Outcome::of(&mut session, losses, test)
}

/// The results of the shipped weights on built-in digits.
fn shipped() -> Outcome {
    let bytes = read("../../assets/model.safetensors");
    let (weights, _) = Weights::from_safetensors(&bytes).expect("a model");
    let test = Source::Builtin.datasets(0).test.expect("a test set");
    let flat = Tensor::from_data(weights.flat.as_slice(), &Device::flex());
    let evaluation = eval::evaluate(&weights.config, flat, &test, |_, _| ());
    let evaluation = pollster::block_on(evaluation).expect("an evaluation");
    Outcome {
        losses: Vec::new(),
        epochs: Vec::new(),
        arrays: [("weights".to_string(), Array::of(&weights.flat))].into(),
        test: Some(Test::of(&evaluation)),
    }
}

fn of_kept_run() -> [(String, Outcome); 1] {
    [("a kept run, resumed".into(), resumed())]
}

fn of_shipped_weights() -> [(String, Outcome); 1] {
    [("the shipped weights".into(), shipped())]
}

#[test]
fn a_kept_run_and_the_shipped_weights_keep_their_accuracy() {
    let state = checkpoint().state;
    assert_eq!((state.epoch, state.history.len()), (2, 2));
    assert!(state.step > 0 && state.model.dropout > 0.0 && state.train.ema_decay > 0.0);
    Expected::here(RECORD, OTHER_MACHINE).check(of_kept_run());
    Expected::here(SHIPPED, OTHER_MACHINE).check(of_shipped_weights());
}

#[test]
fn settings_and_weights_of_a_kept_run_match_its_checkpoint() {
    let checkpoint = checkpoint();
    let settings = settings();
    let model: ModelConfig = serde_json::from_value(settings["model"].clone()).expect("a model");
    let train: TrainConfig = serde_json::from_value(settings["train"].clone()).expect("a recipe");
    assert_eq!((&model, &train), (&checkpoint.state.model, &checkpoint.state.train));
    let bytes = read("fixtures/run/model.safetensors");
    let (weights, card) = Weights::from_safetensors(&bytes).expect("a model");
    assert_eq!(weights.config, model);
    assert_eq!(Some(&weights.flat), checkpoint.best.as_ref());
    assert!(card.recipe.contains("validation accuracy"), "{}", card.recipe);
    let logits = vit(&weights, &Device::flex()).forward(noise(2, 28, &Device::flex()));
    assert_eq!(logits.dims(), [2, 10]);
}

#[test]
#[ignore = "writes the record anew"]
fn write_record() {
    Record::update(RECORD, of_kept_run().into());
    Record::update(SHIPPED, of_shipped_weights().into());
}

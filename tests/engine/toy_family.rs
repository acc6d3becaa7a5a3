//! The family of `docs/adding-a-family.md` can be trained, saved, resumed and explained like any other.

#[allow(dead_code, reason = "what a command line or a form shows of the family")]
#[path = "../../examples/custom_family/pyramid.rs"]
mod pyramid;

use burn::tensor::Device;
use patchwork::arch::{DropRates, Grid};
use patchwork::config::{ModelConfig, TrainConfig};
use patchwork::data::TrainTest;
use patchwork::explain::QueryToken;
use patchwork::families::{Settings, Task};
use patchwork::predictor::Predictor;
use patchwork::protocol::Event;
use patchwork::train::Session;
use patchwork::weights::{self, ModelCard, Storage, Weights};

use crate::common::{dwarf_recipe, run, shapes};
use pyramid::Pyramid;

fn task() -> Task {
    let rates = DropRates { dropout: 0.1, attention_dropout: 0.0 };
    Task { image_size: 8, classes: 3, rates, stochastic_depth: 0.1 }
}

fn model() -> ModelConfig {
    ModelConfig::custom(Pyramid { patch_size: 2, width: 12 }.architecture(&task()))
}

fn session() -> Session {
    let recipe = TrainConfig { epochs: 8, ..dwarf_recipe() };
    let datasets = TrainTest { train: shapes(300), test: Some(shapes(90)) };
    Session::new(model(), recipe, datasets, &Device::flex()).expect("a session")
}

fn accuracy(events: &[Event]) -> f64 {
    let tested = events.iter().find_map(|event| match event {
        Event::Tested(test) => Some(test.accuracy),
        _ => None,
    });
    tested.expect("a test at the end")
}

#[test]
fn it_learns_and_explains_every_stage_on_its_grid() {
    let mut session = session();
    let tested = accuracy(&run(&mut session));
    assert!(tested > 0.95, "three shapes are learned: {tested}");

    let weights = pollster::block_on(session.weights()).expect("weights");
    let bytes = weights.to_safetensors(&ModelCard::default(), Storage::F32).expect("a file");
    let (read, _) = Weights::from_safetensors(&bytes).expect("the same file");
    assert_eq!(read, weights);

    let predictor = Predictor::new(&read, &Device::flex()).expect("a predictor");
    let prediction = pollster::block_on(predictor.predict(shapes(1).image(0))).expect("an answer");
    assert_eq!(prediction.probabilities.len(), 3);
    let blocks = &prediction.attention.blocks;
    let seen: Vec<_> = blocks.iter().map(|block| (block.keys.grid, block.patch.side)).collect();
    let grid = |side| Grid { rows: side, columns: side };
    assert_eq!(seen, [(grid(4), 2), (grid(2), 4)]);
    let sum = |map: Vec<f32>| map.iter().sum::<f32>();
    assert!((sum(blocks[0].map(None, QueryToken::Patch(15))) - 1.0).abs() < 1e-5);
    assert!((sum(prediction.attention.rollout(QueryToken::Class)) - 1.0).abs() < 1e-5);
    assert_eq!(prediction.class_token.len(), 24, "of the last stage's one block");
}

#[test]
fn it_resumes_from_a_checkpoint_as_if_never_stopped() {
    let mut whole = session();
    run(&mut whole);
    let mut first = session();
    for _ in 0..20 {
        pollster::block_on(first.step()).expect("a step");
    }
    let checkpoint = pollster::block_on(first.checkpoint()).expect("a checkpoint");
    let datasets = TrainTest { train: shapes(300), test: Some(shapes(90)) };
    let mut second = Session::resume(checkpoint, datasets, &Device::flex()).expect("it goes on");
    run(&mut second);
    let last = |session: &Session| pollster::block_on(session.current()).expect("weights");
    assert_eq!(last(&second), last(&whole));
}

#[test]
fn its_parameters_are_named_by_stage_and_counted() {
    let names: Vec<String> = weights::layout(&model()).into_iter().map(|p| p.name).collect();
    assert_eq!(names[0], "stages.0.patch_embed.proj.weight");
    assert!(names.contains(&"stages.1.blocks.0.attn.qkv.weight".to_string()), "{names:?}");
    // Patches 2·2·12 + 12, positions 16·12, block 12·d: norms, attention, MLP; then the same of 24, and the head.
    let block =
        |width: u64| 4 * width + 4 * (width * width + width) + 4 * width * width + 3 * width;
    let first = 4 * 12 + 12 + 16 * 12 + block(12);
    let second = 4 * 12 * 24 + 24 + 4 * 24 + block(24);
    assert_eq!(weights::parameters(&model()), first + second + 2 * 24 + 24 * 3 + 3);
}

#[test]
fn impossible_settings_are_refused_by_name() {
    let odd = Pyramid { patch_size: 3, width: 12 }.validate(&task()).unwrap_err();
    assert_eq!(odd.place.setting.as_deref(), Some("patch_size"));
    let wide = Pyramid { patch_size: 2, width: 0 }.validate(&task()).unwrap_err();
    assert_eq!(wide.place.setting.as_deref(), Some("width"));
    let mut architecture = Pyramid { patch_size: 2, width: 12 }.architecture(&task());
    architecture.stages[1].embedding.projection.input = 11;
    let error = ModelConfig::custom(architecture).validate().unwrap_err();
    assert!(error.problem.contains("stage 2: a convolution reads 11 channels of 12"), "{error}");
}

#[test]
fn the_documentation_shows_this_family() {
    let documentation = include_str!("../../docs/adding-a-family.md");
    let family = include_str!("../../examples/custom_family/pyramid.rs");
    assert!(documentation.contains(&format!("```rust\n{family}```")), "copy pyramid.rs into it");
}

//! Trains a custom family on built-in digits, and shows what each of its stages attends to.
//!
//! `cargo run --release --package patchwork --features reference --example custom_family`

mod pyramid;

use patchwork::arch::DropRates;
use patchwork::config::ModelConfig;
use patchwork::data::{TrainTest, synth};
use patchwork::families::vit;
use patchwork::families::{Settings, Task};
use patchwork::predictor::Predictor;
use patchwork::protocol::Event;
use patchwork::train::Session;
use patchwork::{Result, device};

use pyramid::Pyramid;

fn main() -> Result<()> {
    let settings: Vec<&str> = pyramid::SETTINGS.iter().map(|setting| setting.name).collect();
    println!("{} ({})", pyramid::ABOUT, settings.join(", "));
    let rates = DropRates::default();
    let task = Task { image_size: 28, classes: 10, rates, stochastic_depth: 0.0 };
    let pyramid = Pyramid { patch_size: 7, width: 32 };
    pyramid.validate(&task)?;
    let model = ModelConfig::custom(pyramid.architecture(&task));

    let mut recipe = vit::TINY.training();
    (recipe.epochs, recipe.batch_size) = (3, 32);
    let device = device::cpu().device;
    let datasets = TrainTest { train: synth::generate(3_000, 0)?, test: None };
    let mut session = Session::new(model, recipe, datasets, &device)?;
    while !session.is_finished() {
        for event in pollster::block_on(session.step())? {
            if let Event::Tested(test) = event {
                println!("test accuracy: {:.1} %", 100.0 * test.accuracy);
            }
        }
    }

    let weights = pollster::block_on(session.weights())?;
    let digit = synth::generate(1, 1)?;
    let prediction =
        pollster::block_on(Predictor::new(&weights, &device)?.predict(digit.image(0)))?;
    for (index, block) in prediction.attention.blocks.iter().enumerate() {
        let grid = block.keys.grid;
        let (rows, columns, side) = (grid.rows, grid.columns, block.patch.side);
        println!("block {}: {rows}×{columns} patches of {side}×{side} pixels", index + 1);
    }
    Ok(())
}

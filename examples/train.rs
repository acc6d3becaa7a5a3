//! Trains a small model on built-in digits and tests it on others.
//!
//! `cargo run --release --package patchwork --example train`

use patchwork::data::{TrainTest, synth};
use patchwork::families::vit;
use patchwork::protocol::Event;
use patchwork::train::Session;
use patchwork::{Result, device};

fn main() -> Result<()> {
    let datasets = TrainTest { train: synth::generate(4_000, 0)?, test: None };
    let model = vit::TINY.model(28, 10);
    let mut recipe = vit::TINY.training();
    (recipe.epochs, recipe.batch_size) = (3, 32);
    let mut session = Session::new(model, recipe, datasets, &device::cpu().device)?;
    while !session.is_finished() {
        for event in pollster::block_on(session.step())? {
            match event {
                Event::Epoch(epoch) => println!("{:?}", epoch.row),
                Event::Tested(test) => println!("test accuracy: {:.1} %", 100.0 * test.accuracy),
                _ => {}
            }
        }
    }
    Ok(())
}

//! Predicts a digit with the weights that are part of the library.
//!
//! `cargo run --release --package patchwork --features pretrained --example predict`

use patchwork::metrics::largest;
use patchwork::predictor::Predictor;
use patchwork::{Result, data, device, pretrained};

fn main() -> Result<()> {
    let (weights, _) = pretrained::digits()?;
    let predictor = Predictor::new(&weights, &device::cpu().device)?;
    let digits = data::synth::generate(10, 3)?;
    for index in 0..digits.len() {
        // 28×28 bytes in row order: 0 is background, 255 is ink.
        let image: &[u8] = digits.image(index);
        let prediction = pollster::block_on(predictor.predict(image))?;
        let class = largest(&prediction.probabilities);
        let truth = digits.labels().map_or(0, |labels| labels[index]);
        let share = 100.0 * prediction.probabilities[class];
        let sure = if prediction.sure { "" } else { ", but is not sure" };
        println!("a {truth}: the model predicts {class} ({share:.1} %){sure}");
    }
    Ok(())
}

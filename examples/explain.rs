//! Shows what a model attends to: attention rollout over a digit, as text.
//!
//! `cargo run --release --package patchwork --features pretrained --example explain`

use patchwork::explain::QueryToken;
use patchwork::predictor::Predictor;
use patchwork::{Result, data, device, pretrained};

/// From 0 to the largest value.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];

fn main() -> Result<()> {
    let (weights, _) = pretrained::digits()?;
    let predictor = Predictor::new(&weights, &device::cpu().device)?;
    let digits = data::synth::generate(10, 3)?;
    let image = digits.image(0);
    let prediction = pollster::block_on(predictor.predict(image))?;

    println!("The digit:");
    let ink: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel)).collect();
    show(&ink, digits.side());

    let attention = &prediction.attention;
    let last = attention.blocks.last().expect("the shipped model has blocks");
    let columns = last.keys.grid.columns;
    println!("What the {} blocks make of its patches together:", attention.blocks.len());
    show(&attention.rollout(QueryToken::Class), columns);

    println!("What each head of the last block reads:");
    for head in 0..last.heads {
        println!("head {}", head + 1);
        show(&last.map(Some(head), QueryToken::Class), columns);
    }
    Ok(())
}

/// Prints a square of values, the largest darkest.
fn show(values: &[f32], side: usize) {
    let most = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let shade = |value: &f32| SHADES[(value / most * (SHADES.len() - 1) as f32).round() as usize];
    for row in values.chunks(side) {
        println!("{}", row.iter().flat_map(|value| [shade(value); 2]).collect::<String>());
    }
}

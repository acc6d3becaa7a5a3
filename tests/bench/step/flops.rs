//! The arithmetic of a step, from the model's sizes.

use patchwork::config::ModelConfig;

/// Multiplications and additions in the matrix products of a training step. Each product of the forward pass has two
/// more in the backward pass, one for either factor's gradient; but nobody asks for the gradient of the images.
/// What norms, softmax and GELU compute is not counted. `torch.utils.flop_counter` counts the same.
pub fn step(config: &ModelConfig, images: usize) -> f64 {
    2.0 * first_layer(config, images) + 3.0 * rest(config, images)
}

/// The layer that reads the images: the stem where there is one, else the patches' embedding.
fn first_layer(config: &ModelConfig, images: usize) -> f64 {
    if config.stem > 0 { stem(config, images) } else { patches(config, images) }
}

fn rest(config: &ModelConfig, images: usize) -> f64 {
    let patches = if config.stem > 0 { patches(config, images) } else { 0.0 };
    let head = product(images, config.width, config.classes);
    patches + config.depth as f64 * block(config, images) + head
}

fn stem(config: &ModelConfig, images: usize) -> f64 {
    let side = config.grid() * config.patch_size;
    product(images * side * side, 9, config.stem)
}

fn patches(config: &ModelConfig, images: usize) -> f64 {
    let area = config.stem.max(1) * config.patch_size.pow(2);
    product(images * config.grid().pow(2), area, config.width)
}

fn block(config: &ModelConfig, images: usize) -> f64 {
    let &ModelConfig { width, mlp, .. } = config;
    let tokens = config.tokens();
    let linear = product(images * tokens, width, 4 * width + 2 * mlp);
    // Scores, and the sums they weigh: over all heads as wide as the tokens.
    linear + 2.0 * product(images * tokens, width, tokens)
}

/// A product of `[rows, inner]` and `[inner, columns]`.
fn product(rows: usize, inner: usize, columns: usize) -> f64 {
    2.0 * rows as f64 * inner as f64 * columns as f64
}

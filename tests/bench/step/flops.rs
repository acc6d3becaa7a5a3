//! The arithmetic of a step, from the model's sizes.

use patchwork::config::ModelConfig;

/// Multiplications and additions in the matrix products of a training step. Each product of the forward pass has two
/// more in the backward pass, one for either factor's gradient; but nobody asks for the gradient of the images.
/// What norms, softmax and GELU compute is not counted. `torch.utils.flop_counter` counts the same.
pub fn step(config: &ModelConfig, images: usize) -> f64 {
    2.0 * first_layer(config, images) + 3.0 * rest(config, images)
}

/// The layer that reads the images: the stem's first convolution where there is one, else the patches' embedding.
fn first_layer(config: &ModelConfig, images: usize) -> f64 {
    stem(config, images).next().unwrap_or_else(|| patches(config, images))
}

fn rest(config: &ModelConfig, images: usize) -> f64 {
    let stem: f64 = stem(config, images).skip(1).sum();
    let embedding = if config.stem > 0 { stem + patches(config, images) } else { 0.0 };
    let head = product(images, config.width, config.classes);
    embedding + config.depth as f64 * block(config, images) + head
}

/// The stem's convolutions, the first one first.
fn stem(config: &ModelConfig, images: usize) -> impl Iterator<Item = f64> {
    let mut side = config.grid() * config.patch_size;
    config.stem_layers().map(move |layer| {
        side /= layer.stride;
        product(images * side * side, 9 * layer.input, layer.output)
    })
}

fn patches(config: &ModelConfig, images: usize) -> f64 {
    let area = config.patch_channels() * config.stem_patch().pow(2);
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

//! Training batches on a device.
//!
//! A graphics card holds all images as bytes: a batch is then sent as a list of images and their geometric augmentation,
//! and the card gathers, augments and scales them itself ([`batch::plan`]). On the CPU, and with photometric augmentation,
//! the batch is made here and sent ([`batch::training`]). Both agree up to rounding (`tests/engine/loader.rs`).

#[cfg(feature = "cube")]
mod cube;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::config::TrainConfig;
use crate::data::Dataset;
use crate::data::batch;
use crate::model::fused::Kernels;
use crate::train::step::images;

/// The largest buffer that every WebGPU implementation lets a kernel bind.
const MOST: usize = 128 << 20;

/// Assembles the training batches of a run.
#[derive(Debug)]
pub struct DataLoader {
    device: Device,
    recipe: TrainConfig,
    /// All images on the device, `[images · words]`, if it holds them.
    held: Option<Tensor<1, Int>>,
}

impl DataLoader {
    /// Sends all images to the device if it can assemble the batches of some epoch itself.
    pub fn new(data: &Dataset, recipe: &TrainConfig, kernels: Kernels, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        let fits = data.len() * words(data.side()) * size_of::<u32>() <= MOST;
        // No epoch augments its images less than the last.
        let geometric = recipe.augment_of(recipe.epochs.saturating_sub(1)).is_geometric();
        let held = (fits && geometric && kernels.gather(&device))
            .then(|| Tensor::from_data(packed(data), &device));
        Self { device, recipe: recipe.clone(), held }
    }

    /// Whether the device holds all images.
    pub fn held(&self) -> bool {
        self.held.is_some()
    }

    /// The images at `indices` augmented for an epoch (counted from 0), `[batch, 1, side, side]`.
    ///
    /// # Panics
    /// If an index is beyond `data`, which must be that of [`DataLoader::new`].
    pub fn batch(&self, data: &Dataset, indices: &[usize], epoch: usize) -> Tensor<4> {
        let (augment, seed) = (self.recipe.augment_of(epoch), self.recipe.seed);
        let (side, epoch) = (data.side(), epoch as u64);
        #[cfg(feature = "cube")]
        if let Some(held) = self.held.as_ref().filter(|_| augment.is_geometric()) {
            let plan = batch::plan(data, indices, &augment, seed, epoch);
            let size = [indices.len(), plan.len() / indices.len()];
            let plan = Tensor::<2>::from_data(TensorData::new(plan, size), &self.device);
            return cube::gather(held.clone(), plan, side).unsqueeze_dim(1);
        }
        let made = batch::training(data, indices, &augment, seed, epoch);
        images(made.images, side, &self.device)
    }
}

/// Words needed for the bytes of an image, four in each.
fn words(side: usize) -> usize {
    side.pow(2).div_ceil(4)
}

/// The bytes of all images, each image starting a new word.
fn packed(data: &Dataset) -> TensorData {
    let side = data.side();
    let mut packed = Vec::with_capacity(data.len() * words(side));
    for image in data.pixels().chunks(side * side) {
        packed.extend(image.chunks(4).map(|bytes| {
            let mut word = [0; 4];
            word[..bytes.len()].copy_from_slice(bytes);
            i32::from_le_bytes(word)
        }));
    }
    let count = packed.len();
    TensorData::new(packed, [count])
}

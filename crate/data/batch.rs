//! Batches: the order of images, and arrays ready for a device.

use crate::data::Dataset;
use crate::data::augment::Augment;
use crate::data::dataset::shuffle;
use crate::platform;
use crate::rng::{self, Purpose, Stream};

/// Images and labels of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Pixels in [-1, 1], `[images, side, side]`.
    pub images: Vec<f32>,
    /// Labels, `[images]`; zeros if the data has none.
    pub labels: Vec<u8>,
}

/// The order in which an epoch visits `images` images; the same for the same seed and epoch.
pub fn epoch_order(images: &[usize], seed: u64, epoch: u64) -> Vec<usize> {
    let mut order = images.to_vec();
    shuffle(&mut order, &mut rng::stream(seed, Purpose::Shuffle, &[epoch]));
    order
}

/// A training batch: the images at `indices`, each augmented with its own random stream.
pub fn training(
    data: &Dataset,
    indices: &[usize],
    augment: &Augment,
    seed: u64,
    epoch: u64,
) -> Batch {
    let images: Vec<_> = indices.iter().map(|&index| (index, data.image(index))).collect();
    let images = augmented(&images, data.side(), augment, seed, epoch);
    Batch { images, labels: labels(data, indices) }
}

/// Images with their indices in the data, augmented for an epoch: `[images, side, side]`.
pub fn augmented(
    images: &[(usize, &[u8])],
    side: usize,
    augment: &Augment,
    seed: u64,
    epoch: u64,
) -> Vec<f32> {
    let mut pixels = vec![0.0; images.len() * side * side];
    platform::for_each_chunk(&mut pixels, side * side, |position, out| {
        let (index, image) = images[position];
        augment.apply(image, side, &mut augmentation_stream(seed, epoch, index), out);
    });
    pixels
}

/// The same batch as [`training`] makes, for a device that holds all images: the index of each image, and the
/// numbers of its [`Deformation`](crate::data::augment::Deformation) if there is augmentation. The index is
/// exact: a device holds fewer images than a float can count.
///
/// # Panics
/// If images have more than geometric augmentation ([`Augment::is_geometric`]).
pub fn plan(
    data: &Dataset,
    indices: &[usize],
    augment: &Augment,
    seed: u64,
    epoch: u64,
) -> Vec<f32> {
    assert!(augment.is_geometric(), "a device only deforms");
    let mut plan = Vec::new();
    for &index in indices {
        plan.push(index as f32);
        if !augment.is_identity() {
            let mut rng = augmentation_stream(seed, epoch, index);
            plan.extend(augment.deformation(data.image(index), data.side(), &mut rng).numbers());
        }
    }
    plan
}

/// The random stream that augments an image in an epoch.
fn augmentation_stream(seed: u64, epoch: u64, index: usize) -> Stream {
    rng::stream(seed, Purpose::Augment, &[epoch, index as u64])
}

/// The images at `indices` without augmentation, padded to `size` images so that every batch has the same
/// shape: `[size, side, side]`.
///
/// # Panics
/// If `indices` is empty or longer than `size`.
pub fn evaluation(data: &Dataset, indices: &[usize], size: usize) -> Vec<f32> {
    assert!((1..=size).contains(&indices.len()), "a batch holds between 1 and {size} images");
    let mut filled = indices.to_vec();
    filled.resize(size, indices[0]);
    training(data, &filled, &Augment::NONE, 0, 0).images
}

/// The labels of the images at `indices`; zeros if the data has none.
pub fn labels(data: &Dataset, indices: &[usize]) -> Vec<u8> {
    indices.iter().map(|&index| data.labels().map_or(0, |labels| labels[index])).collect()
}

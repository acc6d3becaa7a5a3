//! Built-in digits: repeatable for a seed, balanced, centred like MNIST, and in many handwritings.

use std::collections::HashSet;

use patchwork::data::synth;
use patchwork::rng::{self, Purpose};

const SIDE: usize = 28;

/// The centre of mass as (column, row) indices.
fn centre(image: &[u8]) -> (f32, f32) {
    let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
    for (index, &pixel) in image.iter().enumerate() {
        let ink = f32::from(pixel);
        mass += ink;
        x += ink * (index % SIDE) as f32;
        y += ink * (index / SIDE) as f32;
    }
    (x / mass, y / mass)
}

/// Width and height of the box around the ink.
fn box_of(image: &[u8]) -> (usize, usize) {
    let extent = |inked: Vec<usize>| match (inked.iter().min(), inked.iter().max()) {
        (Some(least), Some(most)) => most - least + 1,
        _ => 0,
    };
    let inked = || (0..image.len()).filter(|&index| image[index] > 0);
    (extent(inked().map(|i| i % SIDE).collect()), extent(inked().map(|i| i / SIDE).collect()))
}

#[test]
fn a_seed_is_repeatable_and_larger_sets_begin_with_the_same_images() {
    let few = synth::generate(95, 7).unwrap();
    let many = synth::generate(300, 7).unwrap();
    assert_eq!(few.pixels(), &many.pixels()[..95 * SIDE * SIDE]);
    assert_eq!(few.labels().unwrap(), &many.labels().unwrap()[..95]);
    assert_ne!(few.pixels(), synth::generate(95, 8).unwrap().pixels());
}

// WebAssembly has one thread.
#[cfg(not(target_family = "wasm"))]
#[test]
fn images_do_not_depend_on_the_number_of_threads() {
    let all = synth::generate(500, 3).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(all, pool.install(|| synth::generate(500, 3).unwrap()));
}

#[test]
fn labels_are_balanced_and_shuffled() {
    let data = synth::generate(1000, 1).unwrap();
    assert_eq!((data.len(), data.side(), data.classes()), (1000, SIDE, 10));
    assert_eq!(data.class_counts(), [100; 10]);
    let orders: HashSet<&[u8]> = data.labels().unwrap().chunks(10).collect();
    assert!(orders.len() > 90);
}

#[test]
fn few_images_have_ten_classes_and_zero_images_are_an_error() {
    assert_eq!(synth::generate(1, 1).unwrap().classes(), 10);
    assert!(synth::generate(0, 1).is_err());
}

#[test]
fn every_digit_is_centred_in_a_box_of_twenty_pixels_with_enough_ink() {
    let data = synth::generate(3000, 11).unwrap();
    for (index, image) in data.pixels().chunks_exact(SIDE * SIDE).enumerate() {
        let label = data.labels().unwrap()[index];
        let (x, y) = centre(image);
        assert!((x - 14.0).abs() < 1.0 && (y - 14.0).abs() < 1.0, "{label} at {x}, {y}");
        let (width, height) = box_of(image);
        assert!((19..=21).contains(&width.max(height)), "{label}: box {width}×{height}");
        let ink = image.iter().map(|&pixel| f32::from(pixel) / 255.0).sum::<f32>();
        assert!((15.0..320.0).contains(&ink), "{label}: {ink} pixels of ink");
        assert!(image.iter().any(|&pixel| pixel > 200), "{label} is faint");
    }
}

#[test]
fn no_two_digits_are_alike() {
    let data = synth::generate(5000, 4).unwrap();
    let distinct: HashSet<&[u8]> = data.pixels().chunks_exact(SIDE * SIDE).collect();
    assert!(distinct.len() > 4990, "{}", distinct.len());
}

#[test]
fn ink_and_its_spread_are_like_mnist() {
    // MNIST's training images: mean 0.1307, standard deviation 0.3081 over all pixels.
    let data = synth::generate(5000, 6).unwrap();
    let values = || data.pixels().iter().map(|&pixel| f64::from(pixel) / 255.0);
    let count = data.pixels().len() as f64;
    let mean = values().sum::<f64>() / count;
    let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    assert!((0.11..0.15).contains(&mean), "{mean}");
    assert!((0.28..0.33).contains(&deviation), "{deviation}");
}

#[test]
fn the_nearest_class_mean_tells_digits_apart() {
    // Not a measure of quality: only checks that each label is drawn as its digit and not as
    // another.
    let data = synth::generate(2000, 21).unwrap();
    let labels = data.labels().unwrap();
    let mut means = vec![vec![0.0_f32; SIDE * SIDE]; 10];
    for (index, &label) in labels.iter().enumerate() {
        for (mean, &pixel) in means[usize::from(label)].iter_mut().zip(data.image(index)) {
            *mean += f32::from(pixel) / 200.0;
        }
    }
    let other = synth::generate(500, 22).unwrap();
    let distance = |image: &[u8], mean: &[f32]| {
        image.iter().zip(mean).map(|(&p, m)| (f32::from(p) - m).powi(2)).sum::<f32>()
    };
    let right = (0..500).filter(|&index| {
        let image = other.image(index);
        let nearest = (0..10)
            .min_by(|&a, &b| distance(image, &means[a]).total_cmp(&distance(image, &means[b])));
        nearest == Some(usize::from(other.labels().unwrap()[index]))
    });
    let right = right.count();
    assert!(right > 350, "{right} of 500");
}

#[test]
fn any_label_is_drawn() {
    let mut rng = rng::stream(1, Purpose::Synth, &[0]);
    for label in 0..=255 {
        assert!(synth::digit(label, &mut rng).iter().any(|&pixel| pixel > 0));
    }
}

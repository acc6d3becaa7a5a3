//! Batches assembled on a graphics card compared with those made on the CPU.

use burn::tensor::Device;
use patchwork::config::TrainConfig;
use patchwork::data::augment::Augment;
use patchwork::data::{Dataset, batch, synth};
use patchwork::families::vit;
use patchwork::model::fused::Kernels;
use patchwork::train::loader::DataLoader;

use crate::common::{card, distance, values};

/// From no augmentation to all geometric kinds.
fn deformations() -> Vec<Augment> {
    let affine = Augment { rotate: 30.0, shift: 4.0, scale: 0.2, shear: 20.0, ..Augment::NONE };
    vec![
        Augment::NONE,
        affine,
        Augment { flip_horizontal: true, flip_vertical: true, ..affine },
        Augment { elastic: 5.0, ..affine },
        Augment { elastic: 2.0, ..Augment::NONE },
    ]
}

fn recipe(augment: Augment) -> TrainConfig {
    TrainConfig { augment, seed: 5, ..vit::TINY.training() }
}

fn loader(data: &Dataset, augment: Augment, device: &Device) -> DataLoader {
    DataLoader::new(data, &recipe(augment), Kernels::Fused, device)
}

/// Images of noise, whose bytes do not fill whole words, with ink up to the frame.
fn noise(side: usize, images: usize) -> Dataset {
    let pixels = (0..images * side * side).map(|i| (i * 7919 % 251) as u8).collect();
    Dataset::new(side, pixels, None).expect("whole images")
}

#[test]
#[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
fn on_a_card_a_batch_equals_that_of_the_cpu() {
    let card = card();
    let digits = synth::generate(40, 1).expect("as many as there are");
    for (data, side) in [(digits, 28), (noise(9, 40), 9)] {
        // Out of order, and one of them twice.
        let indices = [39, 0, 17, 17, 3];
        for augment in deformations() {
            let (here, there) =
                (loader(&data, augment, &Device::flex()), loader(&data, augment, &card));
            assert!(!here.held() && there.held());
            for epoch in [0, 7] {
                let expected = here.batch(&data, &indices, epoch);
                let found = there.batch(&data, &indices, epoch);
                assert_eq!(found.dims(), [5, 1, side, side]);
                let (expected, found) = (values(expected), values(found));
                let off = distance(&expected, &found);
                assert!(off < 1e-3, "{augment:?}, side {side}, epoch {epoch}: {off}");
                let ink = found.iter().filter(|&&value| value > -0.9).count();
                assert!(ink > 20, "an empty batch");
            }
        }
    }
}

/// All kinds of augmentation.
fn photometric() -> Augment {
    Augment { thickness: 1.0, blur: 1.0, erase: 6.0, noise: 0.2, ..Augment::digits() }
}

#[test]
fn the_last_epochs_have_no_photometric_augmentation() {
    let data = synth::generate(20, 1).expect("as many as there are");
    let recipe = TrainConfig { epochs: 5, clean_epochs: 2, ..recipe(photometric()) };
    let loader = DataLoader::new(&data, &recipe, Kernels::Fused, &Device::flex());
    for (epoch, augment) in [(2, photometric()), (3, Augment::digits()), (4, Augment::digits())] {
        let expected = batch::training(&data, &[3, 19], &augment, 5, epoch as u64).images;
        assert_eq!(values(loader.batch(&data, &[3, 19], epoch)), expected, "epoch {epoch}");
    }
    let never = TrainConfig { clean_epochs: 0, ..recipe.clone() };
    assert_eq!(never.augment_of(4), photometric());
    let always = TrainConfig { clean_epochs: 5, ..recipe };
    assert_eq!(always.augment_of(0), Augment::digits());
}

#[test]
#[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
fn on_a_card_batches_are_assembled_once_epochs_become_clean() {
    let card = card();
    let data = synth::generate(20, 1).expect("as many as there are");
    let recipe = TrainConfig { epochs: 2, clean_epochs: 1, ..recipe(photometric()) };
    let [here, there] =
        [Device::flex(), card].map(|on| DataLoader::new(&data, &recipe, Kernels::Fused, &on));
    assert!(there.held());
    let batches =
        |epoch| [&here, &there].map(|loader| values(loader.batch(&data, &[3, 19], epoch)));
    let [first, same] = batches(0);
    assert_eq!(first, same, "a worn batch is made here");
    let [second, near] = batches(1);
    assert!(distance(&second, &near) < 1e-3);
}

#[test]
#[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
fn on_a_card_unsupported_batches_are_made_on_the_cpu() {
    let card = card();
    let data = noise(28, 10);
    for augment in [
        Augment { thickness: 1.0, ..Augment::NONE },
        Augment { blur: 1.0, ..Augment::NONE },
        Augment { erase: 3.0, ..Augment::NONE },
        Augment { noise: 0.1, ..Augment::NONE },
    ] {
        let (here, there) =
            (loader(&data, augment, &Device::flex()), loader(&data, augment, &card));
        assert!(!there.held(), "{augment:?}");
        let batches = [here, there].map(|loader| values(loader.batch(&data, &[1, 2], 0)));
        assert_eq!(batches[0], batches[1]);
    }
}

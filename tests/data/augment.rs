//! Augmentation: what stays as it is, what repeats, and what is refused.

use patchwork::data::augment::{Augment, normalise};
use patchwork::data::synth;
use patchwork::rng::{self, Purpose};

const SIDE: usize = 28;

/// One image, deformed with the stream of `index`.
fn applied(settings: &Augment, image: &[u8], side: usize, index: u64) -> Vec<f32> {
    let mut out = vec![f32::NAN; side * side];
    settings.apply(image, side, &mut rng::stream(5, Purpose::Augment, &[0, index]), &mut out);
    out
}

fn mass(values: &[f32]) -> f32 {
    values.iter().map(|value| (value + 1.0) / 2.0).sum()
}

/// A bright bar that reaches from the top left to the top right corner, and nothing else.
fn top_bar(side: usize) -> Vec<u8> {
    (0..side * side).map(|i| if i < 3 * side { 255 } else { 0 }).collect()
}

#[test]
fn no_deformation_is_the_plain_scaling_bit_for_bit() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let expected: Vec<f32> = every_byte.iter().map(|&p| f32::from(p) / 127.5 - 1.0).collect();
    let mut scaled = vec![0.0; 256];
    normalise(&every_byte, &mut scaled);
    assert_eq!(scaled, expected);
    assert_eq!(applied(&Augment::NONE, &every_byte, 16, 0), expected);
    assert_eq!((scaled[0], scaled[255]), (-1.0, 1.0));
    assert!(Augment::default().is_identity() && !Augment::digits().is_identity());
}

#[test]
fn the_same_stream_gives_the_same_image_and_another_stream_another() {
    let data = synth::generate(10, 1).unwrap();
    let settings = Augment::digits();
    let first = applied(&settings, data.image(0), SIDE, 1);
    assert_eq!(first, applied(&settings, data.image(0), SIDE, 1));
    assert_ne!(first, applied(&settings, data.image(0), SIDE, 2));
}

#[test]
fn values_stay_in_range_and_ink_in_the_frame() {
    let data = synth::generate(100, 2).unwrap();
    // No change of scale, so that the mass is that of the source unless ink is lost.
    let settings =
        Augment { rotate: 15.0, shift: 14.0, shear: 10.0, elastic: 2.0, ..Augment::NONE };
    for index in 0..100 {
        let image = data.image(index);
        let out = applied(&settings, image, SIDE, index as u64);
        assert!(out.iter().all(|value| (-1.0..=1.0).contains(value)));
        let before = image.iter().map(|&pixel| f32::from(pixel) / 255.0).sum::<f32>();
        // The elastic field alone stretches by some per cent.
        assert!(mass(&out) > 0.8 * before, "image {index}: {} of {before}", mass(&out));
    }
}

#[test]
fn a_translation_moves_all_ink_and_loses_none() {
    let mut image = vec![0; SIDE * SIDE];
    (10..18).for_each(|row| image[row * SIDE + 10..row * SIDE + 18].fill(255));
    let settings = Augment { shift: 14.0, ..Augment::NONE };
    let mut places = Vec::new();
    for index in 0..50 {
        let out = applied(&settings, &image, SIDE, index);
        assert!((mass(&out) - 64.0).abs() < 0.01);
        let column = |i: usize| (i % SIDE) as f32;
        let x: f32 = out.iter().enumerate().map(|(i, v)| column(i) * (v + 1.0) / 2.0).sum();
        places.push(x / 64.0);
    }
    let (least, most) =
        (places.iter().copied().fold(99.0, f32::min), places.into_iter().fold(0.0, f32::max));
    assert!(least > 3.4 && most < 23.6 && most - least > 15.0, "{least} to {most}");
}

#[test]
fn ink_at_the_border_stays_there() {
    for side in [8, 28, 100, 256] {
        let image = top_bar(side);
        let settings = Augment { shift: 10.0, ..Augment::NONE };
        for index in 0..10 {
            let out = applied(&settings, &image, side, index);
            let kept = mass(&out) / (3 * side) as f32;
            assert!((kept - 1.0).abs() < 1e-3, "side {side}: {kept}");
        }
    }
}

#[test]
fn flips_mirror_exactly_and_half_of_the_time() {
    let image: Vec<u8> = (0..25).map(|i| i * 10).collect();
    let settings = Augment { flip_horizontal: true, ..Augment::NONE };
    let plain = applied(&Augment::NONE, &image, 5, 0);
    let mirrored: Vec<f32> =
        plain.chunks_exact(5).flat_map(|row| row.iter().rev()).copied().collect();
    let mut flipped = 0;
    for index in 0..200 {
        let out = applied(&settings, &image, 5, index);
        let near = |other: &[f32]| out.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near(&plain) || near(&mirrored));
        flipped += usize::from(near(&mirrored));
    }
    assert!((60..140).contains(&flipped), "{flipped} of 200");
}

#[test]
fn rotation_turns_about_the_middle() {
    // A point symmetric image looks the same after half a turn, and its mass never wanders.
    let mut image = vec![0; SIDE * SIDE];
    (8..20).for_each(|row| image[row * SIDE + 12..row * SIDE + 16].fill(255));
    let settings = Augment { rotate: 90.0, ..Augment::NONE };
    for index in 0..20 {
        let out = applied(&settings, &image, SIDE, index);
        for (here, there) in out.iter().zip(out.iter().rev()) {
            assert!((here - there).abs() < 1e-3);
        }
    }
}

#[test]
fn blank_and_full_images_survive() {
    let settings = Augment { rotate: 180.0, elastic: 8.0, scale: 0.5, ..Augment::digits() };
    for side in [1, 2, 3, 28] {
        let blank = applied(&settings, &vec![0; side * side], side, 0);
        assert!(blank.iter().all(|&value| value == -1.0));
        let full = applied(&settings, &vec![255; side * side], side, 0);
        assert!(full.iter().all(|value| (-1.0..=1.0).contains(value)));
    }
}

#[test]
fn impossible_settings_are_refused_by_name() {
    assert!(Augment::NONE.validate().is_ok() && Augment::digits().validate().is_ok());
    for (settings, name) in [
        (Augment { rotate: 181.0, ..Augment::NONE }, "rotation 181"),
        (Augment { shift: -1.0, ..Augment::NONE }, "shift -1"),
        (Augment { scale: 1.0, ..Augment::NONE }, "scale 1"),
        (Augment { shear: f32::INFINITY, ..Augment::NONE }, "shear inf"),
        (Augment { elastic: f32::NAN, ..Augment::NONE }, "elastic displacement NaN"),
    ] {
        let problem = settings.validate().unwrap_err().problem;
        assert!(problem.contains(name), "{problem}");
    }
}

#[test]
fn settings_read_from_json_with_defaults_and_no_unknown_names() {
    let settings: Augment = serde_json::from_str(r#"{"rotate": 15}"#).unwrap();
    assert_eq!(settings, Augment { rotate: 15.0, ..Augment::NONE });
    assert!(serde_json::from_str::<Augment>(r#"{"rotation": 15}"#).is_err());
}

#[test]
fn thickness_changes_the_ink_both_ways_and_nothing_else() {
    let data = synth::generate(50, 3).unwrap();
    let settings = Augment { thickness: 2.0, ..Augment::NONE };
    let ratios: Vec<f32> = (0..50)
        .map(|index| {
            let plain = mass(&applied(&Augment::NONE, data.image(index), SIDE, index as u64));
            mass(&applied(&settings, data.image(index), SIDE, index as u64)) / plain
        })
        .collect();
    let (least, most) =
        (ratios.iter().copied().fold(9.0, f32::min), ratios.into_iter().fold(0.0, f32::max));
    assert!((0.45..0.8).contains(&least) && (1.3..3.1).contains(&most), "{least} to {most}");
    assert!(Augment { thickness: 4.1, ..Augment::NONE }.validate().is_err());
}

//! Augmentation: what stays unchanged, what is repeatable, and what is refused.

use patchwork::data::augment::{Augment, normalise};
use patchwork::data::synth;
use patchwork::rng::{self, Purpose};

const SIDE: usize = 28;

/// One image, augmented with the stream of `index`.
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
fn no_augmentation_is_plain_scaling_bit_for_bit() {
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
    // No change of scale, so that the mass equals that of the source unless ink is lost.
    let settings =
        Augment { rotate: 15.0, shift: 14.0, shear: 10.0, elastic: 2.0, ..Augment::NONE };
    for index in 0..100 {
        let image = data.image(index);
        let out = applied(&settings, image, SIDE, index as u64);
        assert!(out.iter().all(|value| (-1.0..=1.0).contains(value)));
        let before = image.iter().map(|&pixel| f32::from(pixel) / 255.0).sum::<f32>();
        // The elastic field alone can stretch by a few per cent.
        assert!(mass(&out) > 0.8 * before, "image {index}: {} of {before}", mass(&out));
    }
}

#[test]
fn a_translation_moves_all_ink_and_drops_none() {
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
fn rotation_is_about_the_middle() {
    // A point-symmetric image looks the same after half a turn, and its centre of mass stays.
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
        (Augment { blur: 3.5, ..Augment::NONE }, "blur 3.5"),
        (Augment { erase: 15.0, ..Augment::NONE }, "erased side 15"),
        (Augment { noise: -0.1, ..Augment::NONE }, "noise -0.1"),
    ] {
        let problem = settings.validate().unwrap_err().problem;
        assert!(problem.contains(name), "{problem}");
    }
}

#[test]
fn json_settings_have_defaults_and_no_unknown_names() {
    let settings: Augment = serde_json::from_str(r#"{"rotate": 15}"#).unwrap();
    assert_eq!(settings, Augment { rotate: 15.0, ..Augment::NONE });
    assert!(serde_json::from_str::<Augment>(r#"{"rotation": 15}"#).is_err());
}

#[test]
fn thickness_adds_or_removes_ink_and_changes_nothing_else() {
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

/// Built-in digits without and with `settings`, the same 200 each time.
fn pairs(settings: &Augment) -> Vec<(Vec<f32>, Vec<f32>)> {
    let data = synth::generate(200, 9).unwrap();
    let pair = |index: usize| {
        let image = data.image(index);
        let plain = applied(&Augment::NONE, image, SIDE, index as u64);
        (plain, applied(settings, image, SIDE, index as u64))
    };
    (0..200).map(pair).collect()
}

/// The largest difference of two images in any pixel.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn blur_affects_every_other_image_and_keeps_its_ink() {
    let mut blurred = 0;
    for (plain, out) in pairs(&Augment { blur: 1.5, ..Augment::NONE }) {
        assert!((mass(&out) / mass(&plain) - 1.0).abs() < 0.02);
        assert!(out.iter().all(|value| (-1.001..=1.001).contains(value)));
        blurred += usize::from(apart(&plain, &out) > 0.05);
    }
    assert!((60..120).contains(&blurred), "{blurred} of 200");
}

#[test]
fn erasing_removes_some_ink_but_never_too_much() {
    let mut struck = 0;
    let mut least = 1.0_f32;
    for (plain, out) in pairs(&Augment { erase: 14.0, ..Augment::NONE }) {
        let near = |a: f32, b: f32| (a - b).abs() < 1e-3;
        assert!(plain.iter().zip(&out).all(|(&a, &b)| near(a, b) || b == -1.0));
        let kept = mass(&out) / mass(&plain);
        least = least.min(kept);
        struck += usize::from(kept < 0.999);
    }
    assert!(least > 2.0 / 3.0 - 0.01 && least < 0.8, "{least}");
    assert!((40..110).contains(&struck), "{struck} of 200");
}

#[test]
fn noise_has_the_given_strength_and_stays_in_range() {
    let grey = vec![128; SIDE * SIDE];
    let settings = Augment { noise: 0.2, ..Augment::NONE };
    let mut deviations: Vec<f32> = (0..200)
        .map(|index| {
            let out = applied(&settings, &grey, SIDE, index);
            assert!(out.iter().all(|value| (-1.0..=1.0).contains(value)));
            // As a share of the range from background to ink. At the border the warp mixes in
            // background.
            let inner = |i: &usize| (1..27).contains(&(i / SIDE)) && (1..27).contains(&(i % SIDE));
            let values: Vec<f32> = (0..out.len()).filter(inner).map(|i| out[i] / 2.0).collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>();
            (squares / values.len() as f32).sqrt()
        })
        .collect();
    deviations.sort_by(f32::total_cmp);
    assert!(deviations[60] < 0.002, "half stay as they are: {}", deviations[60]);
    assert!((0.03..0.17).contains(&deviations[150]), "half way up: {}", deviations[150]);
    assert!((0.17..0.22).contains(&deviations[199]), "at most: {}", deviations[199]);
}

#[test]
fn photometric_settings_do_not_change_the_geometry_or_each_other() {
    let data = synth::generate(60, 4).unwrap();
    let bare = Augment { thickness: 1.0, ..Augment::digits() };
    let erased = Augment { erase: 9.0, ..bare };
    let mut same = 0;
    for index in 0..60 {
        let out = |settings: &Augment| applied(settings, data.image(index), SIDE, index as u64);
        // Without blur and noise, image and erased patch are the same as with `erased`.
        let photometric = out(&Augment { blur: 1.5, noise: 0.3, ..erased });
        same += usize::from(photometric == out(&erased));
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6 || *b == -1.0;
        assert!(out(&bare).iter().zip(&out(&erased)).all(near));
    }
    assert!((5..30).contains(&same), "{same} of 60");
}

#[test]
fn photometric_augmentation_works_on_images_of_any_size() {
    let settings = Augment { blur: 3.0, erase: 14.0, noise: 1.0, ..Augment::NONE };
    for side in [1, 2, 5, 28, 64] {
        for index in 0..20 {
            let out = applied(&settings, &vec![200; side * side], side, index);
            assert!(out.iter().all(|value| (-1.001..=1.001).contains(value)));
        }
    }
}

//! Colours that work for colour-blind people.

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// Background of pictures.
pub(super) const PAPER: Rgb = [255, 255, 255];
/// Frame of a mistake: vermillion from the palette of Okabe and Ito (2008).
pub(super) const MISTAKE: Rgb = [213, 94, 0];
/// Frame of a picture.
pub(super) const FRAME: Rgb = [218, 220, 226];

/// "Inferno" (Smith and van der Walt, matplotlib 2015) up to its orange, in equal steps: monotonic in
/// lightness, so that it works in greyscale and for colour-blind people. Its yellows are left out,
/// because white strokes would be lost on them.
const INFERNO: [Rgb; 8] = [
    [0x00, 0x00, 0x04],
    [0x1b, 0x0c, 0x41],
    [0x4a, 0x0c, 0x6b],
    [0x78, 0x1c, 0x6d],
    [0xa5, 0x2c, 0x60],
    [0xcf, 0x44, 0x46],
    [0xed, 0x69, 0x25],
    [0xfb, 0x9b, 0x06],
];

/// The colour of a share, 0 (dark) to 1 (light); NaN counts as 0.
pub(super) fn heat(share: f32) -> Rgb {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let position = share * (INFERNO.len() - 1) as f32;
    let low = (position as usize).min(INFERNO.len() - 2);
    mix(INFERNO[low], INFERNO[low + 1], position - low as f32)
}

/// The mix of `a` (share 0) and `b` (share 1).
pub(super) fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|i| {
        let (a, b) = (f32::from(a[i]), f32::from(b[i]));
        (a + (b - a) * share).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_grows_lighter_and_accepts_any_number() {
        let lightness = |share| {
            let [r, g, b] = heat(share).map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let steps: Vec<f32> = (0..=50).map(|i| lightness(i as f32 / 50.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(heat(-1.0), INFERNO[0]);
        assert_eq!(heat(f32::INFINITY), INFERNO[7]);
        assert_eq!(heat(f32::NAN), INFERNO[0]);
    }
}

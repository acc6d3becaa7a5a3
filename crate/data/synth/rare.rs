//! Styles of digits that few people use, as [`glyphs`](super::glyphs) writes the common ones. They were written from
//! descriptions of how digits are taught and written around the world; no drawing was copied.

use super::glyphs::{RING, Style, c, s};

/// The rare styles of each digit.
pub(super) static RARE: [&[Style]; 10] =
    [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

#[rustfmt::skip]
const ZERO: &[Style] = &[
    // Begun with a small loop inside, then round to the right.
    Style { weight: 3, strokes: &[&[s(38, 34), s(28, 24), s(38, 8), s(52, 6), s(66, 28), s(68, 60), s(50, 96), s(24, 94), s(4, 62),
        s(8, 22), s(28, 2), s(46, 4)]] },
    // Begun with a curl inside, then round to the left.
    Style { weight: 3, strokes: &[&[s(48, 30), s(56, 18), s(44, 6), s(20, 10), s(3, 44), s(8, 84), s(32, 100), s(60, 84), s(70, 46),
        s(58, 10), s(40, 2)]] },
    // Closed by a curl inside.
    Style { weight: 4, strokes: &[&[s(40, 4), s(14, 14), s(2, 52), s(16, 92), s(44, 98), s(68, 66), s(64, 22), s(46, 6), s(30, 14),
        s(34, 30), s(46, 28)]] },
    // Closed by a loop that reaches far inside.
    Style { weight: 3, strokes: &[&[s(44, 2), s(16, 10), s(2, 50), s(14, 92), s(42, 98), s(68, 68), s(66, 26), s(46, 8), s(26, 20),
        s(24, 38), s(38, 40), s(46, 22)]] },
    // Closed by a loop on top.
    Style { weight: 2, strokes: &[&[s(52, 10), s(24, 4), s(4, 40), s(10, 86), s(36, 100), s(64, 78), s(68, 36), s(52, 8), s(34, 4),
        s(30, -8), s(44, -12), s(60, -6)]] },
    // With a dot.
    Style { weight: 2, strokes: &[RING, &[s(35, 48), s(38, 52)]] },
    // With a slash that crosses the ring.
    Style { weight: 3, strokes: &[RING, &[s(78, -6), s(-6, 106)]] },
    // With a slash inside the ring.
    Style { weight: 3, strokes: &[RING, &[s(54, 20), s(18, 80)]] },
    // Two halves.
    Style { weight: 1, strokes: &[&[s(34, 0), s(8, 20), s(2, 54), s(14, 90), s(36, 100)],
        &[s(36, 0), s(62, 16), s(70, 52), s(58, 88), s(34, 100)]] },
    // Narrow.
    Style { weight: 2, strokes: &[&[s(18, 0), s(4, 24), s(0, 56), s(6, 90), s(18, 100), s(30, 82), s(34, 44), s(28, 10), s(16, 0)]] },
    // Round almost twice.
    Style { weight: 2, strokes: &[&[s(36, 0), s(8, 24), s(2, 58), s(20, 96), s(50, 94), s(70, 52), s(56, 8), s(30, 2), s(8, 28),
        s(6, 64), s(24, 96)]] },
];

#[rustfmt::skip]
const ONE: &[Style] = &[
    // An upstroke from the foot.
    Style { weight: 3, strokes: &[&[s(-44, 88), s(-20, 40), c(2, 0), s(2, 50), s(0, 100)]] },
    // An upstroke and a foot.
    Style { weight: 3, strokes: &[&[s(-34, 40), c(2, 0), s(2, 50), s(0, 96)], &[s(-30, 98), s(30, 97)]] },
    // Up and down again beside it.
    Style { weight: 2, strokes: &[&[s(-8, 96), s(-4, 40), c(2, 0), s(3, 50), s(5, 100)]] },
    // Bowed.
    Style { weight: 2, strokes: &[&[s(-8, 0), s(4, 30), s(6, 70), s(-4, 100)]] },
    // The end turns to the right.
    Style { weight: 2, strokes: &[&[s(-20, 24), c(0, 0), s(0, 60), s(4, 92), s(20, 96)]] },
    // A round top.
    Style { weight: 2, strokes: &[&[s(-26, 40), s(-8, 10), s(4, 0), s(6, 14), s(-2, 60), s(-4, 100)]] },
];

#[rustfmt::skip]
const TWO: &[Style] = &[
    // Begun with a curl.
    Style { weight: 3, strokes: &[&[s(22, 36), s(8, 30), s(6, 14), s(26, 0), s(54, 8), s(54, 38), s(26, 74), c(2, 98), s(34, 92),
        s(70, 98)]] },
    // Tall and narrow.
    Style { weight: 2, strokes: &[&[s(4, 20), s(18, 0), s(36, 14), s(28, 50), c(0, 98), s(20, 94), s(44, 98)]] },
    // A Z.
    Style { weight: 2, strokes: &[&[s(0, 4), c(56, 2), c(2, 98), s(60, 96)]] },
    // The foot by itself.
    Style { weight: 2, strokes: &[&[s(4, 22), s(22, 2), s(52, 10), s(44, 44), s(4, 96)], &[s(0, 97), s(64, 95)]] },
    // A loop that lies flat, the tail up.
    Style { weight: 2, strokes: &[&[s(6, 20), s(28, 0), s(54, 14), s(44, 54), s(14, 92), s(0, 86), s(14, 78), s(44, 94), s(76, 80)]] },
];

#[rustfmt::skip]
const THREE: &[Style] = &[
    // A flat top and a corner far to the left.
    Style { weight: 3, strokes: &[&[s(4, 2), c(58, 2), c(24, 40), s(56, 52), s(54, 88), s(24, 100), s(-4, 84)]] },
    // A long notch.
    Style { weight: 2, strokes: &[&[s(6, 12), s(34, 0), s(54, 16), c(10, 48), s(54, 60), s(50, 92), s(22, 100), s(-2, 88)]] },
    // The end curls inwards.
    Style { weight: 2, strokes: &[&[s(4, 12), s(30, 0), s(54, 16), s(38, 40), c(24, 46), s(54, 58), s(52, 90), s(22, 98), s(4, 84),
        s(16, 74)]] },
    // The beginning curls inwards.
    Style { weight: 2, strokes: &[&[s(20, 24), s(6, 20), s(14, 2), s(46, 2), s(50, 30), c(22, 46), s(54, 60), s(46, 94), s(2, 92)]] },
];

#[rustfmt::skip]
const FOUR: &[Style] = &[
    // The stem at the end of the bar.
    Style { weight: 3, strokes: &[&[s(16, 0), s(6, 34), c(2, 60), s(60, 58)], &[s(62, 30), s(58, 100)]] },
    // Closed, in one stroke from the foot.
    Style { weight: 2, strokes: &[&[s(46, 100), s(48, 50), c(50, 0), s(24, 32), c(0, 64), s(74, 62)]] },
    // A round arm and a long stem at the end of the bar.
    Style { weight: 3, strokes: &[&[s(10, 4), s(6, 40), s(14, 54), s(56, 52)], &[s(58, 0), s(56, 100)]] },
    // A slanting arm and a short stem.
    Style { weight: 2, strokes: &[&[s(40, 0), c(4, 58), s(64, 54)], &[s(44, 30), s(36, 100)]] },
    // In one stroke, the tail bent to the left.
    Style { weight: 2, strokes: &[&[s(8, 6), s(4, 44), s(20, 54), s(46, 44), c(56, 10), s(56, 60), s(44, 98), s(26, 96)]] },
];

#[rustfmt::skip]
const FIVE: &[Style] = &[
    // A bar with a wave.
    Style { weight: 2, strokes: &[&[s(14, 4), c(10, 44), s(40, 42), s(56, 66), s(40, 96), s(2, 94)],
        &[s(16, 2), s(30, -4), s(46, 4), s(66, -2)]] },
    // Round like an s.
    Style { weight: 3, strokes: &[&[s(58, 8), s(40, 0), s(16, 10), s(14, 34), s(40, 46), s(56, 68), s(40, 98), s(0, 92)]] },
    // The belly begun with a loop.
    Style { weight: 2, strokes: &[&[s(62, 0), c(18, 2), s(10, 40), s(4, 52), s(10, 56), s(34, 40), s(56, 60), s(46, 92), s(2, 96)]] },
    // A short bar far to the right.
    Style { weight: 2, strokes: &[&[s(18, 6), s(12, 42), s(38, 40), s(54, 62), s(44, 92), s(4, 98)], &[s(34, 4), s(60, -2)]] },
];

#[rustfmt::skip]
const SIX: &[Style] = &[
    // Begun with a loop.
    Style { weight: 2, strokes: &[&[s(40, 20), s(52, 10), s(42, 0), s(20, 18), s(4, 58), s(10, 94), s(40, 98), s(54, 74), s(36, 58),
        s(8, 74)]] },
    // The belly drawn to the right.
    Style { weight: 3, strokes: &[&[s(36, 0), s(16, 30), s(6, 64), s(30, 54), s(54, 70), s(46, 96), s(20, 100), s(4, 84), s(6, 62)]] },
    // Wide open.
    Style { weight: 2, strokes: &[&[s(54, 4), s(26, 14), s(4, 54), s(10, 92), s(36, 100), s(56, 84), s(50, 64)]] },
];

#[rustfmt::skip]
const SEVEN: &[Style] = &[
    // A serif and a bar.
    Style { weight: 4, strokes: &[&[s(2, 22), c(4, 4), s(32, 6), c(62, 2), s(40, 50), s(26, 100)], &[s(14, 52), s(58, 50)]] },
    // A serif and an upright stem.
    Style { weight: 2, strokes: &[&[s(4, 32), c(4, 6), c(58, 4), s(50, 40), s(42, 100)]] },
    // A foot.
    Style { weight: 1, strokes: &[&[s(0, 6), c(60, 4), s(36, 50), s(28, 98)], &[s(8, 99), s(52, 97)]] },
    // A bar with a wave.
    Style { weight: 2, strokes: &[&[s(0, 10), s(20, 2), s(40, 8), c(62, 2), s(40, 50), s(28, 100)],
        &[s(10, 56), s(26, 48), s(44, 56), s(64, 48)]] },
    // The stem bowed outwards.
    Style { weight: 2, strokes: &[&[s(0, 6), c(60, 4), s(56, 40), s(40, 76), s(12, 100)]] },
];

#[rustfmt::skip]
const EIGHT: &[Style] = &[
    // Two rings that do not touch.
    Style { weight: 3, strokes: &[&[s(36, 0), s(14, 12), s(14, 34), s(36, 44), s(56, 32), s(56, 10), s(34, 0)],
        &[s(36, 52), s(8, 64), s(8, 92), s(36, 100), s(64, 90), s(64, 64), s(34, 52)]] },
    // Two rings that overlap.
    Style { weight: 2, strokes: &[&[s(36, 0), s(12, 14), s(12, 42), s(36, 54), s(60, 40), s(60, 12), s(34, 0)],
        &[s(36, 44), s(6, 60), s(8, 92), s(36, 100), s(64, 90), s(64, 58), s(34, 44)]] },
    // From the middle, first the ring above.
    Style { weight: 3, strokes: &[&[s(36, 48), s(10, 30), s(14, 6), s(40, 0), s(60, 18), s(36, 48), s(6, 72), s(14, 98), s(48, 98),
        s(64, 74), s(36, 48)]] },
    // An S closed by a straight stroke.
    Style { weight: 3, strokes: &[&[s(58, 10), s(34, 0), s(10, 18), s(30, 42), s(58, 64), s(50, 94), s(22, 100), s(6, 80), s(24, 54),
        s(60, 14)]] },
    // Crossed strokes, closed below and above.
    Style { weight: 2, strokes: &[&[s(8, 0), s(30, 40), s(58, 80), s(36, 100), s(10, 84), s(34, 44), s(60, 6), s(34, -2), s(6, 2)]] },
];

#[rustfmt::skip]
const NINE: &[Style] = &[
    // A tail that curls.
    Style { weight: 3, strokes: &[&[s(56, 22), s(36, 2), s(10, 14), s(8, 40), s(32, 50), s(54, 32), c(58, 10), s(58, 60), s(46, 96),
        s(18, 98), s(6, 84)]] },
    // The tail of a g, closed and led out to the right.
    Style { weight: 3, strokes: &[&[s(54, 18), s(30, 2), s(6, 22), s(22, 46), s(50, 36), c(58, 10), s(58, 60), s(44, 102), s(20, 104),
        s(12, 90), s(36, 76), s(74, 62)]] },
    // From the foot up into the ring.
    Style { weight: 2, strokes: &[&[s(58, 100), s(60, 40), s(50, 6), s(22, 2), s(6, 24), s(22, 48), s(54, 36)]] },
    // A straight stem that turns up at its end.
    Style { weight: 2, strokes: &[&[s(54, 14), s(30, 0), s(6, 20), s(16, 46), s(44, 42), c(56, 10), s(54, 60), s(52, 100), s(66, 90)]] },
];

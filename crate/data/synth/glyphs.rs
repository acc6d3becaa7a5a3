//! The ten digits as pen strokes: several handwriting styles each.
//!
//! Coordinates are hundredths of the digit's height, x to the right and y down; a stroke is a curve
//! through its knots. Variants that slant, aspect or deformation produce are not separate styles:
//! styles differ in the path of the pen.

/// A point that a stroke goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knot {
    pub x: i8,
    pub y: i8,
    /// Whether the stroke turns sharply here.
    pub corner: bool,
}

/// One way to write a digit.
#[derive(Debug)]
pub(super) struct Style {
    /// Its weight relative to the digit's other styles.
    pub weight: u32,
    pub strokes: &'static [&'static [Knot]],
}

/// The styles of each digit.
pub(super) static DIGITS: [&[Style]; 10] =
    [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

/// A stroke that some writers add to a digit in any style.
#[derive(Debug)]
pub(super) struct Extra {
    pub label: u8,
    /// The percentage of writers who add it.
    pub percent: u32,
    pub stroke: &'static [Knot],
}

/// Extra strokes; a digit gets at most one of its own.
pub(super) static EXTRAS: [Extra; 9] = [
    // A slash.
    Extra { label: 0, percent: 5, stroke: &[s(62, 8), s(10, 92)] },
    // A foot.
    Extra { label: 1, percent: 18, stroke: &[s(-27, 98), s(0, 99), s(28, 97)] },
    // A bar: level, rising, bowed, wide, low, wide and low, short.
    Extra { label: 7, percent: 22, stroke: &[s(14, 54), s(38, 51), s(64, 49)] },
    Extra { label: 7, percent: 10, stroke: &[s(16, 60), s(40, 50), s(62, 42)] },
    Extra { label: 7, percent: 6, stroke: &[s(10, 48), s(38, 52), s(66, 46)] },
    Extra { label: 7, percent: 5, stroke: &[s(0, 54), s(40, 51), s(82, 50)] },
    Extra { label: 7, percent: 5, stroke: &[s(8, 66), s(32, 63), s(56, 62)] },
    Extra { label: 7, percent: 8, stroke: &[s(8, 63), s(38, 61), s(70, 60)] },
    Extra { label: 7, percent: 5, stroke: &[s(20, 58), s(36, 56), s(54, 54)] },
];

/// A knot that the stroke passes smoothly.
pub(super) const fn s(x: i8, y: i8) -> Knot {
    Knot { x, y, corner: false }
}

/// A knot at which the stroke turns sharply.
pub(super) const fn c(x: i8, y: i8) -> Knot {
    Knot { x, y, corner: true }
}

/// The plain 0.
#[rustfmt::skip]
pub(super) const RING: &[Knot] = &[
    s(36, 0), s(12, 18), s(2, 52), s(12, 86), s(36, 100), s(62, 82), s(71, 46), s(60, 12), s(34, 0),
];

const ZERO: &[Style] = &[
    // From the top, closed.
    Style { weight: 6, strokes: &[RING] },
    // From the upper right, the end overlapping.
    Style {
        weight: 4,
        strokes: &[&[
            s(52, 8),
            s(26, 4),
            s(6, 34),
            s(5, 74),
            s(28, 100),
            s(58, 84),
            s(70, 44),
            s(56, 8),
            s(30, 2),
        ]],
    },
    // Open at the top.
    Style {
        weight: 2,
        strokes: &[&[
            s(24, 3),
            s(7, 26),
            s(3, 66),
            s(22, 98),
            s(52, 92),
            s(70, 54),
            s(62, 14),
            s(40, 2),
        ]],
    },
    // The end continues into the digit.
    Style {
        weight: 2,
        strokes: &[&[
            s(44, 4),
            s(16, 14),
            s(2, 54),
            s(16, 92),
            s(44, 98),
            s(68, 66),
            s(66, 24),
            s(44, 8),
            s(24, 16),
        ]],
    },
    // Wide and squat.
    Style {
        weight: 2,
        strokes: &[&[
            s(62, 6),
            s(34, 4),
            s(6, 22),
            s(4, 70),
            s(34, 100),
            s(74, 94),
            s(96, 56),
            s(84, 14),
            s(52, 2),
        ]],
    },
    // A small loop on top, and the end flies off to the right.
    Style {
        weight: 1,
        strokes: &[&[
            s(40, 6),
            s(14, 14),
            s(2, 52),
            s(16, 92),
            s(44, 98),
            s(68, 66),
            s(64, 22),
            s(40, 2),
            s(30, 10),
            s(48, 14),
            s(74, 4),
        ]],
    },
    // From the upper left, to the right.
    Style {
        weight: 1,
        strokes: &[&[
            s(16, 14),
            s(40, 0),
            s(66, 16),
            s(70, 58),
            s(48, 98),
            s(20, 94),
            s(3, 58),
            s(8, 20),
            s(26, 4),
        ]],
    },
    // Beginning and end do not meet at the top.
    Style {
        weight: 1,
        strokes: &[&[
            s(50, 14),
            s(30, 2),
            s(8, 22),
            s(3, 62),
            s(24, 98),
            s(54, 88),
            s(70, 46),
            s(58, 8),
            s(46, -4),
        ]],
    },
];

const ONE: &[Style] = &[
    // A plain line.
    Style { weight: 8, strokes: &[&[s(0, 0), s(0, 50), s(0, 100)]] },
    // With a short flag.
    Style { weight: 2, strokes: &[&[s(-14, 20), c(2, 0), s(2, 50), s(0, 100)]] },
    // With a long flag.
    Style { weight: 2, strokes: &[&[s(-24, 32), c(2, 0), s(2, 50), s(0, 100)]] },
    // With an upstroke half as high as the stem.
    Style { weight: 2, strokes: &[&[s(-32, 50), s(-14, 24), c(2, 0), s(2, 50), s(0, 100)]] },
    // With an upstroke almost as long as the stem.
    Style { weight: 2, strokes: &[&[s(-36, 68), s(-16, 30), c(2, 0), s(2, 50), s(0, 100)]] },
    // With a steep upstroke from near the foot.
    Style { weight: 1, strokes: &[&[s(-22, 74), s(-8, 34), c(2, 0), s(2, 50), s(0, 100)]] },
    // With a flag, and the stem turns off at its end.
    Style { weight: 1, strokes: &[&[s(-16, 20), c(0, 0), s(2, 48), s(-2, 90), s(6, 98)]] },
    // The foot continues the stem: out to the left and back.
    Style {
        weight: 1,
        strokes: &[&[
            s(-18, 22),
            c(2, 0),
            s(2, 48),
            c(0, 95),
            s(-22, 97),
            s(-22, 102),
            s(0, 101),
            s(28, 98),
        ]],
    },
    // A wide upstroke, half as long as the stem.
    Style { weight: 1, strokes: &[&[s(-38, 52), s(-18, 26), c(2, 0), s(0, 50), s(-2, 100)]] },
    // A wide upstroke, not steep.
    Style { weight: 2, strokes: &[&[s(-48, 47), s(-24, 23), c(2, 0), s(-2, 50), s(-6, 100)]] },
    // A bowed upstroke, half as long as the stem.
    Style {
        weight: 1,
        strokes: &[&[s(-32, 54), s(-24, 26), s(-8, 5), c(3, 1), s(0, 50), s(-4, 100)]],
    },
    // A wide upstroke from near the foot.
    Style { weight: 1, strokes: &[&[s(-52, 70), s(-28, 36), c(2, 0), s(0, 50), s(-4, 100)]] },
];

const TWO: &[Style] = &[
    // A corner at the bottom, flat foot.
    Style {
        weight: 4,
        strokes: &[&[
            s(3, 24),
            s(14, 5),
            s(38, 0),
            s(56, 16),
            s(50, 44),
            s(28, 74),
            c(2, 97),
            s(34, 96),
            s(70, 94),
        ]],
    },
    // A loop at the bottom left.
    Style {
        weight: 4,
        strokes: &[&[
            s(6, 22),
            s(22, 2),
            s(48, 4),
            s(58, 26),
            s(46, 60),
            s(22, 90),
            s(5, 95),
            s(4, 80),
            s(20, 76),
            s(40, 90),
            s(72, 94),
        ]],
    },
    // Round top and a wave as foot.
    Style {
        weight: 3,
        strokes: &[&[
            s(8, 26),
            s(20, 4),
            s(46, 4),
            s(56, 30),
            s(36, 66),
            c(4, 96),
            s(22, 86),
            s(46, 96),
            s(74, 88),
        ]],
    },
    // Like a Z, with a straight back.
    Style {
        weight: 2,
        strokes: &[&[s(4, 12), s(28, 2), s(54, 8), s(48, 34), c(0, 97), s(32, 95), s(66, 96)]],
    },
    // A wide loop and a tail that drops.
    Style {
        weight: 2,
        strokes: &[&[
            s(12, 16),
            s(34, 0),
            s(56, 14),
            s(50, 52),
            s(28, 84),
            s(6, 88),
            s(8, 70),
            s(30, 72),
            s(50, 90),
            s(70, 104),
        ]],
    },
    // Begins with a hook.
    Style {
        weight: 2,
        strokes: &[&[
            s(16, 30),
            s(6, 20),
            s(20, 2),
            s(48, 4),
            s(54, 30),
            s(34, 68),
            c(4, 94),
            s(36, 92),
            s(72, 92),
        ]],
    },
    // A small loop, and the tail drops steeply.
    Style {
        weight: 2,
        strokes: &[&[
            s(2, 34),
            s(14, 10),
            s(38, 0),
            s(56, 18),
            s(50, 52),
            s(28, 82),
            s(8, 96),
            s(2, 84),
            s(14, 74),
            s(34, 84),
            s(52, 102),
        ]],
    },
    // A round head that curls in, on a low foot.
    Style {
        weight: 2,
        strokes: &[&[
            s(20, 36),
            s(6, 24),
            s(22, 3),
            s(52, 6),
            s(60, 32),
            s(44, 62),
            s(14, 84),
            c(2, 94),
            s(32, 96),
            s(80, 92),
        ]],
    },
    // A big loop from which the foot leaves high.
    Style {
        weight: 4,
        strokes: &[&[
            s(8, 22),
            s(26, 2),
            s(54, 4),
            s(64, 28),
            s(52, 64),
            s(28, 94),
            s(6, 98),
            s(2, 80),
            s(20, 68),
            s(48, 78),
            s(80, 92),
        ]],
    },
    // A round head almost closed by a wide loop.
    Style {
        weight: 3,
        strokes: &[&[
            s(4, 30),
            s(12, 8),
            s(40, 0),
            s(62, 18),
            s(58, 56),
            s(36, 90),
            s(10, 96),
            s(2, 78),
            s(22, 66),
            s(46, 74),
            s(64, 94),
            s(84, 90),
        ]],
    },
    // A small head on a long foot.
    Style {
        weight: 3,
        strokes: &[&[s(10, 24), s(24, 2), s(46, 6), s(48, 34), c(4, 84), s(40, 90), s(120, 86)]],
    },
    // Like an L with a hook.
    Style {
        weight: 1,
        strokes: &[&[s(8, 16), s(22, 2), s(34, 10), s(28, 50), c(10, 96), s(40, 94), s(76, 92)]],
    },
    // A flat head, angular.
    Style {
        weight: 1,
        strokes: &[&[s(2, 8), s(26, 2), c(56, 6), s(38, 46), c(0, 96), s(34, 95), s(70, 94)]],
    },
    // A loop that stands upright, and a short foot.
    Style {
        weight: 1,
        strokes: &[&[
            s(6, 20),
            s(22, 2),
            s(48, 6),
            s(56, 30),
            s(40, 68),
            s(16, 98),
            s(4, 90),
            s(10, 74),
            s(24, 86),
            s(34, 100),
            s(54, 96),
        ]],
    },
];

const THREE: &[Style] = &[
    // Round, with a notch.
    Style {
        weight: 5,
        strokes: &[&[
            s(6, 14),
            s(28, 0),
            s(53, 12),
            s(46, 36),
            c(22, 47),
            s(50, 56),
            s(58, 80),
            s(34, 100),
            s(2, 90),
        ]],
    },
    // Flat top.
    Style {
        weight: 1,
        strokes: &[&[
            s(4, 4),
            c(54, 3),
            s(40, 24),
            c(22, 42),
            s(50, 54),
            s(57, 78),
            s(34, 100),
            s(2, 90),
        ]],
    },
    // A small loop in the middle.
    Style {
        weight: 2,
        strokes: &[&[
            s(8, 10),
            s(32, 0),
            s(54, 14),
            s(44, 38),
            s(24, 50),
            s(20, 42),
            s(38, 46),
            s(58, 66),
            s(48, 94),
            s(22, 100),
            s(0, 88),
        ]],
    },
    // A shallow notch.
    Style {
        weight: 2,
        strokes: &[&[
            s(4, 12),
            s(32, 0),
            s(52, 18),
            c(34, 46),
            s(58, 66),
            s(50, 92),
            s(26, 100),
            s(0, 92),
        ]],
    },
    // A big belly below.
    Style {
        weight: 2,
        strokes: &[&[
            s(14, 8),
            s(32, 0),
            s(48, 10),
            s(42, 30),
            c(24, 40),
            s(56, 52),
            s(64, 78),
            s(36, 100),
            s(0, 92),
        ]],
    },
    // The end curls up.
    Style {
        weight: 2,
        strokes: &[&[
            s(6, 18),
            s(24, 0),
            s(50, 8),
            s(46, 34),
            c(24, 46),
            s(52, 58),
            s(52, 88),
            s(24, 100),
            s(2, 86),
            s(2, 76),
        ]],
    },
    // Angular, the upper arm slanting.
    Style {
        weight: 1,
        strokes: &[&[
            s(8, 8),
            s(34, 2),
            c(50, 8),
            c(24, 40),
            s(46, 46),
            s(56, 70),
            s(36, 96),
            s(0, 100),
        ]],
    },
    // Flat top, a short stroke down to a wide belly.
    Style {
        weight: 2,
        strokes: &[&[s(2, 2), c(52, 2), c(26, 38), s(52, 46), s(58, 74), s(36, 98), s(2, 94)]],
    },
    // Two bows of one width, open wide.
    Style {
        weight: 2,
        strokes: &[&[
            s(4, 8),
            s(30, 0),
            s(52, 14),
            s(40, 40),
            c(26, 46),
            s(50, 54),
            s(54, 84),
            s(26, 100),
            s(-4, 90),
        ]],
    },
    // The end goes far to the left.
    Style {
        weight: 1,
        strokes: &[&[
            s(8, 10),
            s(32, 0),
            s(52, 16),
            s(38, 40),
            c(24, 46),
            s(50, 58),
            s(50, 86),
            s(22, 98),
            s(-14, 92),
        ]],
    },
];

const FOUR: &[Style] = &[
    // Open, two strokes.
    Style {
        weight: 5,
        strokes: &[
            &[s(8, 4), s(4, 32), c(3, 58), s(34, 56), s(68, 52)],
            &[s(56, 0), s(54, 48), s(50, 100)],
        ],
    },
    // Open, with a rounded corner.
    Style {
        weight: 5,
        strokes: &[
            &[s(12, 4), s(3, 36), s(12, 56), s(40, 54), s(72, 46)],
            &[s(58, 6), s(52, 50), s(46, 100)],
        ],
    },
    // Closed, a triangle.
    Style {
        weight: 2,
        strokes: &[
            &[s(48, 0), s(24, 32), c(0, 62), s(36, 61), s(72, 59)],
            &[s(48, 0), s(48, 50), s(46, 100)],
        ],
    },
    // Like a y with a straight tail: the bar stops at the stem.
    Style {
        weight: 3,
        strokes: &[&[s(8, 4), s(3, 34), s(16, 54), s(42, 46), c(58, 6), s(54, 52), s(48, 100)]],
    },
    // Open, slanting arms and a short stem that begins low.
    Style {
        weight: 3,
        strokes: &[
            &[s(24, 0), s(10, 28), c(0, 54), s(34, 54), s(74, 52)],
            &[s(50, 26), s(44, 60), s(38, 100)],
        ],
    },
    // Closed by a leaning left arm.
    Style {
        weight: 2,
        strokes: &[
            &[s(50, 4), s(24, 24), s(4, 48), s(16, 56), s(64, 50)],
            &[s(54, 0), s(52, 50), s(44, 100)],
        ],
    },
    // Narrow and open: a steep arm, a short bar and a stem that begins at half its height.
    Style {
        weight: 3,
        strokes: &[&[s(20, 0), s(8, 32), c(0, 62), s(18, 60), s(40, 56)], &[s(34, 36), s(28, 100)]],
    },
    // In one stroke: the bar turns back up into the stem.
    Style {
        weight: 1,
        strokes: &[&[s(22, 0), s(8, 28), c(2, 54), s(24, 52), c(46, 28), s(38, 60), s(32, 100)]],
    },
    // A rounded left arm that hangs into the bar: a chair upside down.
    Style {
        weight: 2,
        strokes: &[
            &[s(6, 2), s(4, 30), s(14, 48), s(40, 46), s(54, 38)],
            &[s(56, 2), s(54, 50), s(50, 100)],
        ],
    },
    // A small loop where the arm turns into the bar.
    Style {
        weight: 1,
        strokes: &[
            &[s(26, 0), s(12, 30), s(0, 58), s(4, 64), s(14, 56), s(40, 54), s(72, 50)],
            &[s(52, 22), s(46, 60), s(40, 100)],
        ],
    },
    // The bar crosses a long stem far down.
    Style {
        weight: 1,
        strokes: &[
            &[s(40, 2), s(18, 36), c(0, 72), s(36, 71), s(70, 69)],
            &[s(46, 0), s(46, 50), s(44, 100)],
        ],
    },
    // Narrow and open, the corner round, the stem short.
    Style {
        weight: 2,
        strokes: &[&[s(14, 0), s(4, 34), s(2, 62), s(18, 70), s(46, 64)], &[s(32, 42), s(30, 98)]],
    },
    // Narrow and open with a long arm: the stem crosses near its foot.
    Style {
        weight: 2,
        strokes: &[&[s(18, 0), s(6, 40), c(0, 70), s(22, 69), s(48, 66)], &[s(34, 48), s(30, 100)]],
    },
];

const FIVE: &[Style] = &[
    // Body, then the bar.
    Style {
        weight: 4,
        strokes: &[
            &[s(14, 4), s(11, 24), c(8, 44), s(34, 40), s(56, 60), s(46, 92), s(22, 100), s(0, 90)],
            &[s(14, 4), s(38, 3), s(66, 0)],
        ],
    },
    // In one stroke from the bar's right end.
    Style {
        weight: 3,
        strokes: &[&[
            s(62, 2),
            s(38, 3),
            c(16, 4),
            s(12, 24),
            c(10, 44),
            s(36, 40),
            s(58, 62),
            s(46, 92),
            s(20, 100),
            s(0, 90),
        ]],
    },
    // Like an S.
    Style {
        weight: 3,
        strokes: &[&[
            s(60, 4),
            s(34, 3),
            s(13, 18),
            s(22, 40),
            s(48, 56),
            s(52, 82),
            s(28, 100),
            s(0, 92),
        ]],
    },
    // The bar detached from the body.
    Style {
        weight: 2,
        strokes: &[
            &[s(14, 8), s(10, 26), c(8, 46), s(32, 40), s(54, 58), s(48, 90), s(24, 100), s(0, 92)],
            &[s(24, 2), s(46, 1), s(72, -4)],
        ],
    },
    // A long bar over a small belly.
    Style {
        weight: 3,
        strokes: &[
            &[s(24, 6), s(16, 24), c(10, 42), s(32, 42), s(44, 64), s(30, 92), s(0, 98)],
            &[s(24, 6), s(54, 4), s(92, -2)],
        ],
    },
    // A long bar, and the neck slants into the belly without a corner.
    Style {
        weight: 2,
        strokes: &[&[
            s(78, 0),
            s(48, 3),
            c(20, 4),
            s(14, 24),
            s(30, 38),
            s(48, 54),
            s(42, 82),
            s(18, 97),
            s(-8, 96),
        ]],
    },
    // A deep belly that curls up.
    Style {
        weight: 2,
        strokes: &[&[
            s(58, 0),
            s(36, 2),
            c(14, 4),
            c(10, 38),
            s(40, 38),
            s(60, 62),
            s(46, 94),
            s(18, 98),
            s(2, 80),
        ]],
    },
    // Hardly any bar.
    Style {
        weight: 1,
        strokes: &[&[s(30, 0), s(18, 20), c(8, 42), s(36, 44), s(52, 66), s(38, 94), s(0, 98)]],
    },
    // The belly nearly closes.
    Style {
        weight: 2,
        strokes: &[&[
            s(60, 0),
            s(34, 2),
            c(14, 4),
            c(10, 42),
            s(38, 36),
            s(60, 58),
            s(50, 92),
            s(20, 100),
            s(2, 86),
            s(10, 72),
        ]],
    },
    // A long neck over a small belly, in one stroke.
    Style {
        weight: 1,
        strokes: &[&[
            s(58, 2),
            s(34, 3),
            c(12, 4),
            c(10, 54),
            s(32, 50),
            s(48, 66),
            s(42, 92),
            s(18, 100),
            s(0, 94),
        ]],
    },
    // Angular, with a straight start of the belly.
    Style {
        weight: 1,
        strokes: &[&[s(60, 2), c(12, 4), c(10, 42), c(44, 44), s(56, 66), s(42, 94), s(0, 98)]],
    },
    // A slanting neck, and a detached bar drawn last.
    Style {
        weight: 2,
        strokes: &[
            &[s(22, 6), s(14, 26), c(10, 44), s(36, 44), s(54, 64), s(40, 94), s(0, 96)],
            &[s(30, 4), s(50, 4), s(72, 2)],
        ],
    },
];

const SIX: &[Style] = &[
    // A bowed stem and a round belly.
    Style {
        weight: 5,
        strokes: &[&[
            s(48, 2),
            s(24, 20),
            s(6, 52),
            s(6, 84),
            s(28, 100),
            s(54, 86),
            s(52, 64),
            s(30, 56),
            s(8, 76),
        ]],
    },
    // A straight stem.
    Style {
        weight: 4,
        strokes: &[&[
            s(30, 0),
            s(14, 34),
            s(4, 70),
            s(16, 97),
            s(42, 95),
            s(54, 74),
            s(38, 58),
            s(10, 76),
        ]],
    },
    // The stem bends over at the top.
    Style {
        weight: 2,
        strokes: &[&[
            s(60, 10),
            s(40, 1),
            s(16, 22),
            s(3, 62),
            s(16, 96),
            s(42, 98),
            s(56, 74),
            s(38, 56),
            s(8, 72),
        ]],
    },
    // A small belly.
    Style {
        weight: 3,
        strokes: &[&[
            s(34, 0),
            s(14, 32),
            s(3, 68),
            s(12, 96),
            s(34, 98),
            s(46, 82),
            s(36, 68),
            s(18, 76),
            s(10, 92),
        ]],
    },
    // The belly closes across the stem.
    Style {
        weight: 3,
        strokes: &[&[
            s(40, 0),
            s(18, 30),
            s(6, 70),
            s(20, 99),
            s(48, 92),
            s(56, 66),
            s(36, 54),
            s(12, 66),
            s(-4, 82),
        ]],
    },
    // A wide belly.
    Style {
        weight: 2,
        strokes: &[&[
            s(30, 0),
            s(8, 34),
            s(4, 76),
            s(26, 98),
            s(60, 92),
            s(72, 68),
            s(50, 52),
            s(20, 66),
            s(12, 84),
        ]],
    },
    // A short stem on a high belly.
    Style {
        weight: 3,
        strokes: &[&[
            s(26, 0),
            s(8, 30),
            s(3, 68),
            s(20, 99),
            s(52, 90),
            s(60, 60),
            s(38, 42),
            s(12, 58),
            s(4, 76),
        ]],
    },
    // The belly ends in a curl.
    Style {
        weight: 2,
        strokes: &[&[
            s(40, 0),
            s(14, 30),
            s(3, 68),
            s(18, 98),
            s(46, 94),
            s(58, 68),
            s(42, 50),
            s(24, 62),
            s(28, 80),
        ]],
    },
    // An upright stem with a belly at its foot.
    Style {
        weight: 2,
        strokes: &[&[
            s(8, 0),
            s(4, 50),
            s(8, 90),
            s(30, 100),
            s(50, 84),
            s(44, 62),
            s(22, 58),
            s(8, 74),
        ]],
    },
    // The belly stays open.
    Style {
        weight: 2,
        strokes: &[&[
            s(46, 0),
            s(20, 24),
            s(4, 60),
            s(14, 94),
            s(40, 98),
            s(54, 78),
            s(42, 62),
            s(26, 68),
        ]],
    },
    // A long bow over a flat belly.
    Style {
        weight: 1,
        strokes: &[&[
            s(70, 6),
            s(40, 8),
            s(12, 40),
            s(4, 78),
            s(24, 100),
            s(58, 94),
            s(60, 74),
            s(34, 66),
            s(10, 80),
        ]],
    },
];

const SEVEN: &[Style] = &[
    // Plain.
    Style { weight: 5, strokes: &[&[s(0, 6), s(30, 4), c(60, 2), s(42, 46), s(24, 100)]] },
    // With a serif.
    Style {
        weight: 2,
        strokes: &[&[s(2, 24), c(2, 6), s(30, 5), c(62, 2), s(42, 48), s(28, 100)]],
    },
    // A rounded corner.
    Style {
        weight: 3,
        strokes: &[&[s(2, 12), s(22, 3), s(50, 4), s(58, 18), s(44, 54), s(30, 100)]],
    },
    // A wave on top.
    Style {
        weight: 3,
        strokes: &[&[s(0, 22), s(10, 4), s(34, 8), c(60, 2), s(42, 48), s(32, 100)]],
    },
    // A steep bowed stem.
    Style { weight: 2, strokes: &[&[s(0, 8), s(26, 4), c(54, 4), s(42, 40), s(40, 100)]] },
    // The arm hangs down far on the left.
    Style {
        weight: 1,
        strokes: &[&[s(4, 36), s(2, 14), s(16, 4), c(58, 3), s(46, 46), s(38, 100)]],
    },
    // Begins with a hook, and a bowed stem.
    Style {
        weight: 1,
        strokes: &[&[s(4, 28), s(2, 10), s(20, 2), c(56, 6), s(36, 50), s(32, 100)]],
    },
    // A stem bowed to the right.
    Style {
        weight: 2,
        strokes: &[&[s(0, 4), s(28, 6), c(60, 2), s(40, 36), s(32, 68), s(34, 100)]],
    },
    // A hook down at the beginning of a long arm.
    Style {
        weight: 2,
        strokes: &[&[s(0, 22), c(4, 4), s(34, 5), c(68, 0), s(48, 46), s(30, 100)]],
    },
    // A short arm, and an upright stem.
    Style { weight: 1, strokes: &[&[s(4, 8), s(24, 5), c(56, 3), s(46, 48), s(40, 100)]] },
    // With a serif, and a stem that turns off.
    Style {
        weight: 1,
        strokes: &[&[s(2, 22), c(4, 4), s(32, 6), c(60, 2), s(42, 46), s(28, 84), s(16, 100)]],
    },
    // A round head that begins with a deep hook, like that of a 2, on a straight stem.
    Style {
        weight: 3,
        strokes: &[&[s(0, 26), s(4, 8), s(26, 0), s(48, 6), s(52, 22), s(40, 60), s(26, 100)]],
    },
    // The same, narrow, on a slanting stem.
    Style {
        weight: 2,
        strokes: &[&[s(2, 30), s(6, 10), s(22, 1), s(40, 4), s(46, 18), s(34, 58), s(14, 100)]],
    },
    // A deep hook, and the arm rises to the corner.
    Style {
        weight: 2,
        strokes: &[&[s(-2, 28), s(4, 12), s(28, 8), c(58, 0), s(44, 44), s(22, 100)]],
    },
    // A wavy arm and a stem that bends far to the left.
    Style {
        weight: 2,
        strokes: &[&[s(0, 14), s(14, 4), s(36, 8), c(60, 2), s(48, 34), s(28, 70), s(4, 98)]],
    },
];

const EIGHT: &[Style] = &[
    // In one stroke from the upper right, first to the left.
    Style {
        weight: 5,
        strokes: &[&[
            s(50, 10),
            s(28, 0),
            s(9, 16),
            s(22, 40),
            s(46, 62),
            s(46, 92),
            s(22, 100),
            s(4, 84),
            s(18, 58),
            s(42, 40),
            s(52, 14),
            s(40, 2),
        ]],
    },
    // Two rings.
    Style {
        weight: 3,
        strokes: &[
            &[s(30, 0), s(11, 12), s(13, 36), s(30, 46), s(47, 34), s(49, 12), s(30, 0)],
            &[s(30, 46), s(7, 60), s(5, 88), s(30, 100), s(56, 88), s(53, 60), s(30, 46)],
        ],
    },
    // From the top, closed there.
    Style {
        weight: 4,
        strokes: &[&[
            s(34, 0),
            s(12, 14),
            s(22, 40),
            s(48, 64),
            s(44, 94),
            s(18, 98),
            s(6, 76),
            s(30, 48),
            s(52, 22),
            s(36, 0),
        ]],
    },
    // Open at the top right.
    Style {
        weight: 3,
        strokes: &[&[
            s(60, 10),
            s(36, 0),
            s(11, 14),
            s(22, 40),
            s(44, 62),
            s(42, 92),
            s(18, 100),
            s(6, 82),
            s(26, 54),
            s(60, 18),
        ]],
    },
    // A small ring below.
    Style {
        weight: 2,
        strokes: &[&[
            s(52, 6),
            s(24, 2),
            s(8, 22),
            s(28, 44),
            s(42, 64),
            s(36, 92),
            s(18, 98),
            s(12, 80),
            s(30, 52),
            s(56, 26),
            s(50, 4),
        ]],
    },
    // From the middle: like a 3 that closes on the left.
    Style {
        weight: 1,
        strokes: &[&[
            s(30, 46),
            s(10, 32),
            s(16, 6),
            s(42, 2),
            s(50, 24),
            s(28, 48),
            s(6, 74),
            s(20, 100),
            s(48, 92),
            s(52, 66),
            s(28, 46),
        ]],
    },
    // A big ring above a narrow one.
    Style {
        weight: 2,
        strokes: &[&[
            s(58, 14),
            s(34, 0),
            s(6, 12),
            s(10, 38),
            s(34, 54),
            s(40, 80),
            s(28, 100),
            s(14, 84),
            s(26, 58),
            s(54, 32),
            s(56, 10),
        ]],
    },
    // The upper ring stays open, the end flies off.
    Style {
        weight: 2,
        strokes: &[&[
            s(56, 20),
            s(40, 2),
            s(12, 8),
            s(14, 34),
            s(40, 56),
            s(46, 86),
            s(24, 100),
            s(8, 84),
            s(22, 60),
            s(54, 34),
            s(70, 8),
        ]],
    },
    // A narrow leaning one with long ends.
    Style {
        weight: 2,
        strokes: &[&[
            s(64, 2),
            s(36, 4),
            s(18, 18),
            s(30, 40),
            s(48, 64),
            s(34, 94),
            s(12, 96),
            s(10, 78),
            s(34, 54),
            s(62, 24),
            s(66, 6),
        ]],
    },
    // Two rings, the upper one drawn from the lower one's top.
    Style {
        weight: 2,
        strokes: &[
            &[s(30, 44), s(8, 58), s(6, 88), s(30, 100), s(54, 88), s(52, 58), s(30, 44)],
            &[s(30, 46), s(14, 34), s(16, 8), s(32, 0), s(46, 10), s(46, 34), s(30, 46)],
        ],
    },
    // From the upper left, first to the right.
    Style {
        weight: 1,
        strokes: &[&[
            s(10, 10),
            s(30, 0),
            s(50, 14),
            s(38, 40),
            s(14, 62),
            s(12, 92),
            s(36, 100),
            s(54, 84),
            s(42, 58),
            s(18, 40),
            s(8, 16),
            s(18, 2),
        ]],
    },
    // Begins and ends in the middle, the rings apart.
    Style {
        weight: 1,
        strokes: &[&[
            s(34, 48),
            s(12, 34),
            s(16, 6),
            s(40, 0),
            s(50, 22),
            s(32, 46),
            s(8, 66),
            s(12, 96),
            s(42, 98),
            s(54, 72),
            s(36, 50),
        ]],
    },
    // Begins with a stroke from the far right.
    Style {
        weight: 1,
        strokes: &[&[
            s(74, 4),
            s(44, 2),
            s(14, 10),
            s(18, 36),
            s(46, 58),
            s(46, 90),
            s(22, 100),
            s(6, 82),
            s(20, 58),
            s(48, 34),
            s(56, 12),
            s(44, 0),
        ]],
    },
];

const NINE: &[Style] = &[
    // A straight stem.
    Style {
        weight: 5,
        strokes: &[&[
            s(50, 10),
            s(28, 1),
            s(6, 18),
            s(9, 40),
            s(32, 44),
            c(52, 12),
            s(50, 50),
            s(44, 100),
        ]],
    },
    // The stem curves to the left at the end.
    Style {
        weight: 2,
        strokes: &[&[
            s(50, 10),
            s(28, 1),
            s(6, 18),
            s(9, 40),
            s(32, 44),
            c(53, 12),
            s(54, 46),
            s(46, 84),
            s(24, 100),
            s(4, 92),
        ]],
    },
    // Smooth from the ring into the stem.
    Style {
        weight: 4,
        strokes: &[&[
            s(48, 8),
            s(22, 3),
            s(3, 26),
            s(18, 46),
            s(44, 32),
            s(54, 6),
            s(48, 50),
            s(36, 100),
        ]],
    },
    // A small ring on a long bowed stem.
    Style {
        weight: 3,
        strokes: &[&[
            s(40, 6),
            s(20, 2),
            s(6, 18),
            s(16, 34),
            s(38, 24),
            s(46, 10),
            s(42, 50),
            s(20, 100),
        ]],
    },
    // Ring and stem in two strokes.
    Style {
        weight: 2,
        strokes: &[
            &[s(50, 6), s(24, 2), s(4, 22), s(14, 46), s(40, 40), s(52, 16)],
            &[s(54, 2), s(52, 50), s(48, 100)],
        ],
    },
    // A wide flat ring.
    Style {
        weight: 2,
        strokes: &[&[
            s(60, 8),
            s(34, 0),
            s(4, 16),
            s(8, 38),
            s(36, 38),
            c(62, 8),
            s(54, 52),
            s(40, 100),
        ]],
    },
    // The ring stays open at the top.
    Style {
        weight: 3,
        strokes: &[&[
            s(40, 4),
            s(16, 8),
            s(3, 28),
            s(14, 46),
            s(38, 40),
            c(54, 10),
            s(52, 52),
            s(46, 100),
        ]],
    },
    // The ring begins at the stem and is small and flat.
    Style {
        weight: 2,
        strokes: &[&[
            s(54, 18),
            s(36, 2),
            s(8, 10),
            s(4, 30),
            s(26, 40),
            s(52, 22),
            s(56, 14),
            s(52, 54),
            s(34, 100),
        ]],
    },
    // A round stem under a round ring.
    Style {
        weight: 2,
        strokes: &[&[
            s(46, 12),
            s(26, 2),
            s(6, 18),
            s(12, 38),
            s(36, 40),
            c(52, 14),
            s(60, 46),
            s(46, 82),
            s(18, 100),
        ]],
    },
    // A big ring, a short stem.
    Style {
        weight: 4,
        strokes: &[&[
            s(54, 12),
            s(32, 0),
            s(6, 18),
            s(3, 46),
            s(24, 60),
            s(48, 44),
            c(60, 8),
            s(56, 54),
            s(48, 100),
        ]],
    },
    // A long ring that leans.
    Style {
        weight: 3,
        strokes: &[&[
            s(54, 6),
            s(28, 8),
            s(4, 36),
            s(12, 54),
            s(38, 38),
            c(56, 6),
            s(46, 54),
            s(32, 100),
        ]],
    },
    // The ring begins low on the stem.
    Style {
        weight: 2,
        strokes: &[&[
            s(48, 26),
            s(44, 6),
            s(22, 4),
            s(4, 26),
            s(14, 50),
            s(38, 46),
            s(50, 22),
            s(54, 10),
            s(52, 54),
            s(44, 100),
        ]],
    },
    // A tail that turns far to the left, like that of a g.
    Style {
        weight: 2,
        strokes: &[&[
            s(56, 14),
            s(32, 2),
            s(8, 16),
            s(12, 38),
            s(38, 42),
            s(56, 22),
            s(60, 54),
            s(48, 90),
            s(22, 100),
            s(2, 88),
        ]],
    },
    // The same tail under a ring that stays open.
    Style {
        weight: 1,
        strokes: &[&[
            s(58, 8),
            s(28, 2),
            s(8, 20),
            s(24, 38),
            s(50, 32),
            c(60, 12),
            s(62, 54),
            s(46, 92),
            s(20, 98),
            s(0, 84),
        ]],
    },
    // The tail is hooked to the right.
    Style {
        weight: 1,
        strokes: &[&[
            s(50, 10),
            s(28, 1),
            s(6, 18),
            s(9, 40),
            s(32, 44),
            c(52, 12),
            s(50, 54),
            s(46, 92),
            s(58, 98),
        ]],
    },
    // The ring drawn to the right, from the stem.
    Style {
        weight: 1,
        strokes: &[&[
            s(46, 40),
            s(22, 46),
            s(4, 26),
            s(18, 4),
            s(44, 6),
            s(54, 24),
            s(50, 60),
            s(42, 100),
        ]],
    },
    // A ring that turns over into a slanting, bowed tail.
    Style {
        weight: 2,
        strokes: &[&[
            s(54, 12),
            s(30, 0),
            s(6, 16),
            s(12, 42),
            s(40, 40),
            s(56, 16),
            s(50, 52),
            s(32, 86),
            s(8, 104),
        ]],
    },
    // A straight stem with a short hook to the left.
    Style {
        weight: 2,
        strokes: &[&[
            s(50, 10),
            s(28, 1),
            s(6, 18),
            s(9, 40),
            s(32, 44),
            c(54, 10),
            s(54, 50),
            s(50, 86),
            s(38, 98),
            s(24, 92),
        ]],
    },
    // A tail that goes round far, like that of a g, under a small ring.
    Style {
        weight: 1,
        strokes: &[&[
            s(46, 8),
            s(22, 2),
            s(6, 18),
            s(18, 36),
            s(42, 26),
            c(50, 6),
            s(54, 48),
            s(46, 86),
            s(22, 100),
            s(-4, 88),
            s(2, 74),
        ]],
    },
    // A tiny ring on a tail like that of a g.
    Style {
        weight: 3,
        strokes: &[&[
            s(44, 8),
            s(26, 2),
            s(14, 14),
            s(24, 28),
            s(42, 22),
            c(48, 6),
            s(54, 46),
            s(46, 86),
            s(20, 100),
            s(-6, 92),
        ]],
    },
    // A tiny ring on a straight stem.
    Style {
        weight: 1,
        strokes: &[&[
            s(40, 6),
            s(22, 2),
            s(12, 14),
            s(22, 28),
            s(40, 20),
            c(46, 6),
            s(42, 52),
            s(36, 100),
        ]],
    },
    // A ring so small that the pen fills it, on a tail that bends out to the right.
    Style {
        weight: 2,
        strokes: &[&[
            s(42, 6),
            s(30, 2),
            s(22, 12),
            s(30, 22),
            s(42, 16),
            s(38, 8),
            s(46, 30),
            s(58, 56),
            s(46, 90),
            s(18, 99),
            s(-8, 90),
        ]],
    },
    // A flat tail, drawn out far to the left.
    Style {
        weight: 1,
        strokes: &[&[
            s(50, 10),
            s(28, 1),
            s(6, 16),
            s(12, 34),
            s(38, 34),
            c(52, 12),
            s(56, 48),
            s(44, 82),
            s(18, 98),
            s(-6, 92),
        ]],
    },
];

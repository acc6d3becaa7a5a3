//! How one writer writes one digit: the fixed parameters and the random ones.

use crate::rng::{RngExt, Stream, normal};

/// A writer's parameters. Lengths are in heights of the digit, the pen's in pixels.
pub(super) struct Hand {
    /// Standard deviation of the knots' displacement.
    pub jitter: f32,
    /// Standard deviation of the displacement of whole strokes.
    pub slip: f32,
    /// Standard deviation of how far strokes overrun or miss their ends.
    pub overrun: f32,
    /// Amplitude of the tremor of a stroke's points.
    pub tremor: f32,
    /// Length of the hooks at the ends of strokes, and how often they occur.
    pub hook: f32,
    pub hooks: f32,
    /// Whether the pen rounds corners; hairpin turns stay sharp.
    pub hurried: bool,
    /// Standard deviation of the pen's pressure along the strokes.
    pub pressure: f32,
    pub pen_radius: f32,
    pub pen_edge: f32,
    bend: Bend,
    /// Rows of the linear map: slant, aspect and rotation.
    linear: [[f32; 2]; 2],
}

impl Hand {
    pub fn draw(rng: &mut Stream) -> Self {
        let pen_width = 2.35 * (0.27 * normal(rng)).exp();
        // Careless placement of strokes goes with careless ends.
        let careless = rng.random::<f32>();
        Self {
            jitter: 0.01 + 0.03 * rng.random::<f32>(),
            slip: 0.035 * careless,
            overrun: 0.06 * careless,
            tremor: 0.012 * rng.random::<f32>() * rng.random::<f32>(),
            hook: 0.03 + 0.06 * rng.random::<f32>(),
            hooks: if rng.random::<f32>() < 0.25 { 0.5 } else { 0.0 },
            hurried: rng.random::<f32>() < 0.2,
            pressure: 0.2 * rng.random::<f32>(),
            pen_radius: pen_width.clamp(1.2, 5.0) / 2.0,
            pen_edge: 0.9 + 0.5 * rng.random::<f32>(),
            bend: Bend::draw(rng),
            linear: linear_map(
                0.12 + 0.22 * normal(rng),
                0.1 + 0.22 * normal(rng),
                0.1 * normal(rng),
            ),
        }
    }

    /// A hand for strokes that a person wrote: they have a slant, an aspect and mistakes of their own already, so that
    /// less is added.
    pub fn again(rng: &mut Stream) -> Self {
        let hand = Self::draw(rng);
        let linear = linear_map(0.2 * normal(rng), 0.16 * normal(rng), 0.09 * normal(rng));
        let bend = Bend { taper: 0.6 * hand.bend.taper, waist: 0.6 * hand.bend.waist, ..hand.bend };
        Self { jitter: 0.6 * hand.jitter, linear, bend, ..hand }
    }

    /// Maps a point of the style to its final position.
    pub fn place(&self, point: [f32; 2]) -> [f32; 2] {
        let [x, y] = self.bend.apply(point);
        self.linear.map(|row| row[0] * x + row[1] * y)
    }

    /// The same writer without variation between knots and strokes.
    #[cfg(test)]
    pub fn steady(self) -> Self {
        Self {
            jitter: 0.0,
            slip: 0.0,
            overrun: 0.0,
            tremor: 0.0,
            hooks: 0.0,
            hurried: false,
            pressure: 0.0,
            ..self
        }
    }
}

/// The map that first widens the digit by `exp(aspect)`, then slants it to the right by `slant` (x
/// per height), then rotates it by `angle` radians.
fn linear_map(slant: f32, aspect: f32, angle: f32) -> [[f32; 2]; 2] {
    let (sin, cos) = angle.sin_cos();
    let wide = aspect.exp();
    [[cos * wide, -cos * slant - sin], [sin * wide, cos - sin * slant]]
}

/// A smooth deformation of the plane: tapering, a shifted waist, and waves across.
struct Bend {
    taper: f32,
    waist: f32,
    waves: [Wave; 2],
}

/// A plane wave that displaces points by up to `push`.
struct Wave {
    along: [f32; 2],
    phase: f32,
    push: [f32; 2],
}

impl Bend {
    fn draw(rng: &mut Stream) -> Self {
        let taper = 0.2 * normal(rng);
        let waist = 0.25 * normal(rng);
        Self { taper, waist, waves: [Wave::draw(rng), Wave::draw(rng)] }
    }

    fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let mut point = [
            (x - 0.3) * (1.0 + self.taper * (1.0 - 2.0 * y)) + 0.3,
            y + self.waist * y * (1.0 - y),
        ];
        for wave in &self.waves {
            let height = (wave.along[0] * x + wave.along[1] * y + wave.phase).sin();
            point[0] += wave.push[0] * height;
            point[1] += wave.push[1] * height;
        }
        point
    }
}

impl Wave {
    fn draw(rng: &mut Stream) -> Self {
        Self {
            along: [4.0 * normal(rng), 4.0 * normal(rng)],
            phase: std::f32::consts::TAU * rng.random::<f32>(),
            push: [0.03 * normal(rng), 0.03 * normal(rng)],
        }
    }
}

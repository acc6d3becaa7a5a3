//! Handwritten strokes point by point, and their ink.

use crate::data::drawing::raster::{Dab, ink_segment};
use crate::data::drawing::{self, AREA, BOX, Fit, SIDE};
use crate::data::synth::catmull_rom;
use crate::data::synth::glyphs::Knot;
use crate::data::synth::hand::Hand;
use crate::rng::{RngExt, Stream, normal};

/// Straight segments between two knots.
const PIECES: usize = 4;
/// The least part of its first and last segment that a stroke keeps if it stops short.
const KEPT: f32 = 0.4;
/// The cosine of 120°, the sharpest turn that a hurried pen rounds.
const HAIRPIN: f32 = -0.5;

/// Strokes as points: x, y, and the pen's pressure relative to its mean.
#[derive(Default)]
pub(super) struct Path {
    points: Vec<[f32; 3]>,
    /// Whether the pen is down on its way to the point.
    down: Vec<bool>,
}

/// The position of a knot, and whether the stroke turns sharply there.
#[derive(Clone, Copy)]
struct Place {
    at: [f32; 2],
    corner: bool,
}

impl Path {
    /// Writes strokes in a writer's hand.
    pub fn write(&mut self, strokes: &[&[Knot]], hand: &Hand, rng: &mut Stream) {
        for stroke in strokes {
            let places = sketch(stroke, hand, rng);
            self.draw(&places, hand, rng);
        }
    }

    /// Adds a stroke: a Catmull-Rom spline through its knots, which restarts at corners.
    fn draw(&mut self, places: &[Place], hand: &Hand, rng: &mut Stream) {
        let mut ahead = places.iter().map(|place| (press(place, hand, rng), place.corner));
        let Some((mut from, _)) = ahead.next() else { return };
        let first = self.points.len();
        self.push(from, false);
        let mut before = None;
        let mut next = ahead.next();
        while let Some((to, corner)) = next {
            next = ahead.next();
            let after = next.filter(|_| !corner).map(|(point, _)| point);
            self.push_span([before.unwrap_or(from), from, to, after.unwrap_or(to)]);
            before = (!corner).then_some(from);
            from = to;
        }
        for [x, y, _] in &mut self.points[first..] {
            *x += hand.tremor * normal(rng);
            *y += hand.tremor * normal(rng);
        }
    }

    /// Adds the segment of the spline from the second to the third of four knots.
    fn push_span(&mut self, knots: [[f32; 3]; 4]) {
        for piece in 1..=PIECES {
            self.push(catmull_rom(knots, piece as f32 / PIECES as f32), true);
        }
    }

    /// Adds a point, to which the pen comes down or lifted.
    pub fn push(&mut self, point: [f32; 3], down: bool) {
        self.points.push(point);
        self.down.push(down);
    }

    /// Fits the path so that its ink, `rim` pixels beyond the pen's radius, fills the box of
    /// [`BOX`] pixels.
    fn fit(&self, radius: f32, rim: f32) -> Option<Fit> {
        let fit = |reach| Fit::new(self.points.iter().map(|&[x, y, _]| [x, y]), reach);
        let strongest = self.points.iter().fold(0.0, |most: f32, point| most.max(point[2]));
        let reach = radius * strongest + rim;
        let first = fit(reach)?;
        // Lower pressure at the edges leaves space there.
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for &[x, y, pressure] in &self.points {
            let here = radius * pressure + rim;
            for (axis, at) in first.place([x, y]).into_iter().enumerate() {
                low[axis] = low[axis].min(at - here);
                high[axis] = high[axis].max(at + here);
            }
        }
        let taken = (high[0] - low[0]).max(high[1] - low[1]);
        fit(reach - (BOX as f32 - taken) / 2.0)
    }

    /// Draws the path and centres it.
    pub fn ink(&self, radius: f32, edge: f32) -> [u8; AREA] {
        let Some(fit) = self.fit(radius, (edge - 1.0) / 2.0) else { return [0; AREA] };
        let mut canvas = [0.0; AREA];
        let mut from = Dab::default();
        for (&[x, y, pressure], &down) in self.points.iter().zip(&self.down) {
            let [x, y] = fit.place([x, y]);
            let to = Dab { x, y, radius: radius * pressure };
            if down {
                ink_segment(&mut canvas, SIDE, from, to, edge);
            }
            from = to;
        }
        drawing::centre_by_mass(&canvas).unwrap_or([0; AREA])
    }
}

/// The knots of a stroke as a writer places them, in the style's coordinates.
fn sketch(knots: &[Knot], hand: &Hand, rng: &mut Stream) -> Vec<Place> {
    let mut around = |spread: f32| [spread * normal(rng), spread * normal(rng)];
    let slip = around(hand.slip);
    let mut places: Vec<Place> = Vec::with_capacity(knots.len() + 2);
    for knot in knots {
        let [right, down] = around(hand.jitter);
        let x = f32::from(knot.x) / 100.0 + slip[0] + right;
        let y = f32::from(knot.y) / 100.0 + slip[1] + down;
        places.push(Place { at: [x, y], corner: knot.corner });
    }
    if hand.hurried {
        round_corners(&mut places);
    }
    // Both ends alike: the beginning is the end of the reversed stroke.
    for _ in 0..2 {
        finish(&mut places, hand, rng);
        places.reverse();
    }
    places
}

/// Smooths corners except hairpin turns: a 1 with a round top would be a 7, and a 4 a 9.
fn round_corners(places: &mut [Place]) {
    for index in 1..places.len().saturating_sub(1) {
        let [before, here, after] = [index - 1, index, index + 1].map(|index| places[index].at);
        let (come, go) = (away(before, here), away(here, after));
        let turned = come[0] * go[0] + come[1] * go[1];
        let lengths = come[0].hypot(come[1]) * go[0].hypot(go[1]);
        places[index].corner &= turned < HAIRPIN * lengths;
    }
}

/// The offset from one point to another.
fn away(from: [f32; 2], to: [f32; 2]) -> [f32; 2] {
    [to[0] - from[0], to[1] - from[1]]
}

/// Ends a stroke a little late or early, and perhaps in a hook.
fn finish(places: &mut Vec<Place>, hand: &Hand, rng: &mut Stream) {
    let &mut [.., Place { at: before, .. }, ref mut last] = &mut places[..] else { return };
    let along = away(before, last.at);
    let length = along[0].hypot(along[1]).max(f32::MIN_POSITIVE);
    let reach = (1.0 + hand.overrun * normal(rng) / length).max(KEPT);
    last.at = [0, 1].map(|axis| before[axis] + reach * along[axis]);
    let end = last.at;
    if rng.random::<f32>() < hand.hooks {
        let (sin, cos) = (std::f32::consts::TAU * rng.random::<f32>()).sin_cos();
        let at = [end[0] + hand.hook * cos, end[1] + hand.hook * sin];
        places.push(Place { at, corner: false });
    }
}

/// A final position with the pen's pressure there.
fn press(place: &Place, hand: &Hand, rng: &mut Stream) -> [f32; 3] {
    let [x, y] = hand.place(place.at);
    [x, y, (1.0 + hand.pressure * normal(rng)).clamp(0.6, 1.4)]
}

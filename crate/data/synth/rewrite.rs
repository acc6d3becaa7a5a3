//! A drawing written again: the strokes of a person, with the changes that one hand makes from time to time and that other
//! hands make.
//!
//! The whole drawing is slanted, bent and stretched; each stroke is moved, turned and resized by itself, ends late or early or
//! in a hook, and bows; the pen trembles, rounds corners, is thinner where it is fast, is lifted within a stroke or stays down
//! between two.

use super::hand::Hand;
use super::path::Path;
use crate::data::drawing::{AREA, Stroke};
use crate::rng::{RngExt, Stream, normal};

/// The least and the most points of a stroke written again, before its ends are changed.
const POINTS: [f32; 2] = [6.0, 48.0];
/// Points per height of the drawing.
const DENSITY: f32 = 24.0;
/// The share of drawings whose pen stays down between two strokes, and of those where it is lifted within a stroke.
const JOINED: f32 = 0.08;
const LIFTED: f32 = 0.08;
/// The longest way, in heights of the drawing, over which the pen stays down.
const NEAR: f32 = 0.5;

/// A drawing's strokes written again and inked as digits are: `[28, 28]` in row order, 0 is background and 255 is ink. Without
/// points there is no ink.
pub fn rewrite(strokes: &[Stroke], rng: &mut Stream) -> [u8; AREA] {
    let hand = Hand::again(rng);
    let mut lines = normalised(strokes);
    if rng.random::<f32>() < LIFTED {
        lift(&mut lines, rng);
    }
    let joined = rng.random::<f32>() < JOINED;
    let mut path = Path::default();
    let mut last: Option<[f32; 2]> = None;
    for line in &lines {
        let line = varied(line, &hand, rng);
        let Some((&first, &end)) = line.first().zip(line.last()) else { continue };
        let near = last.is_some_and(|last| distance(last, first) < NEAR);
        push(&mut path, &line, joined && near, &hand, rng);
        last = Some(end);
    }
    path.ink(hand.pen_radius, hand.pen_edge)
}

/// The strokes' points that are numbers, scaled so that the longer side of the drawing is 1.
fn normalised(strokes: &[Stroke]) -> Vec<Vec<[f32; 2]>> {
    let finite = |point: &&[f32; 2]| point.iter().all(|value| value.is_finite());
    let all = || strokes.iter().flat_map(|stroke| stroke.points.iter().filter(finite));
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for point in all() {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let longer = (high[0] - low[0]).max(high[1] - low[1]).max(f32::MIN_POSITIVE);
    let place = |point: &[f32; 2]| [0, 1].map(|axis| (point[axis] - low[axis]) / longer);
    let line = |stroke: &Stroke| stroke.points.iter().filter(finite).map(place).collect();
    strokes.iter().map(line).filter(|line: &Vec<_>| !line.is_empty()).collect()
}

/// Lifts the pen once, somewhere within the longest stroke.
fn lift(lines: &mut Vec<Vec<[f32; 2]>>, rng: &mut Stream) {
    let longest = (0..lines.len()).max_by_key(|&line| lines[line].len());
    let Some(longest) = longest.filter(|&line| lines[line].len() >= 8) else { return };
    let count = lines[longest].len();
    let cut = rng.random_range(count / 4..3 * count / 4);
    let mut rest = lines[longest].split_off(cut);
    // The gap: a point is left out on either side.
    lines[longest].pop();
    rest.remove(0);
    lines.insert(longest + 1, rest);
}

/// One stroke as the hand writes it this time, in final positions.
fn varied(line: &[[f32; 2]], hand: &Hand, rng: &mut Stream) -> Vec<[f32; 2]> {
    let mut line = resampled(line);
    if hand.hurried {
        smooth(&mut line);
    }
    // The stroke by itself: moved, turned, resized.
    let middle = [0, 1].map(|axis| line.iter().map(|p| p[axis]).sum::<f32>() / line.len() as f32);
    let (sin, cos) = (1.5 * hand.slip * normal(rng)).sin_cos();
    let size = (1.5 * hand.slip * normal(rng)).exp();
    let shift = [0, 1].map(|_| hand.slip * normal(rng));
    for point in &mut line {
        let [x, y] = [0, 1].map(|axis| size * (point[axis] - middle[axis]));
        let turned = [cos * x - sin * y, sin * x + cos * y];
        *point = [0, 1].map(|axis| middle[axis] + turned[axis] + shift[axis]);
    }
    bow(&mut line, hand.jitter, rng);
    for _ in 0..2 {
        finish(&mut line, hand, rng);
        line.reverse();
    }
    line.into_iter().map(|point| hand.place(point)).collect()
}

/// Points at equal distances along a line.
fn resampled(line: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let length: f32 = line.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
    if length <= 0.0 {
        return vec![line[0]];
    }
    let pieces = (DENSITY * length).clamp(POINTS[0], POINTS[1]).round();
    let step = length / pieces;
    let (mut out, mut left) = (vec![line[0]], step);
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = distance(from, to);
        while rest >= left {
            from = between(from, to, left / rest);
            out.push(from);
            rest -= left;
            left = step;
        }
        left -= rest;
    }
    // Rounding may have left the end out.
    if out.len() <= pieces as usize {
        out.push(line[line.len() - 1]);
    }
    out
}

/// Rounds corners: every point moves towards the middle of its neighbours.
fn smooth(line: &mut [[f32; 2]]) {
    for index in 1..line.len().saturating_sub(1) {
        let middle = between(line[index - 1], line[index + 1], 0.5);
        line[index] = between(line[index], middle, 0.5);
    }
}

/// Displaces a line by two slow waves along it, each of a random direction, phase and length.
fn bow(line: &mut [[f32; 2]], deviation: f32, rng: &mut Stream) {
    let last = line.len().saturating_sub(1).max(1) as f32;
    for turns in [0.5, 1.2] {
        let turns = turns * (0.7 + 0.6 * rng.random::<f32>());
        let phase = std::f32::consts::TAU * rng.random::<f32>();
        let push = [0, 1].map(|_| deviation * normal(rng));
        for (index, point) in line.iter_mut().enumerate() {
            let height = (std::f32::consts::TAU * turns * index as f32 / last + phase).sin();
            *point = [0, 1].map(|axis| point[axis] + push[axis] * height);
        }
    }
}

/// Ends a line a little late or early, and perhaps in a hook.
fn finish(line: &mut Vec<[f32; 2]>, hand: &Hand, rng: &mut Stream) {
    let overrun = hand.overrun * normal(rng);
    let hooked = rng.random::<f32>() < hand.hooks;
    let &[.., before, end] = &line[..] else { return };
    let length = distance(before, end).max(f32::MIN_POSITIVE);
    if overrun > 0.0 {
        line.push(between(before, end, 1.0 + overrun / length));
    } else {
        let without = (-overrun / length) as usize;
        line.truncate((line.len() - without.min(line.len() / 4)).max(2));
    }
    if hooked {
        let (sin, cos) = (std::f32::consts::TAU * rng.random::<f32>()).sin_cos();
        let end = line[line.len() - 1];
        line.push([end[0] + hand.hook * cos, end[1] + hand.hook * sin]);
    }
}

/// Adds a line to the path. Where the pen is fast it is thinner; how much is the hand's.
fn push(path: &mut Path, line: &[[f32; 2]], joined: bool, hand: &Hand, rng: &mut Stream) {
    let (begin, end) = (1.0 + hand.pressure * normal(rng), 1.0 + hand.pressure * normal(rng));
    let last = line.len().saturating_sub(1).max(1) as f32;
    for (index, &[x, y]) in line.iter().enumerate() {
        let along = index as f32 / last;
        // Slow at both ends, fast between: as the speed of one stroke of the hand (Flash and Hogan 1985).
        let speed = 4.0 * along * (1.0 - along) - 0.67;
        let pressure = begin + along * (end - begin) - 0.5 * hand.pressure * speed;
        let tremble = [0, 1].map(|_| hand.tremor * normal(rng));
        let point = [x + tremble[0], y + tremble[1], pressure.clamp(0.6, 1.4)];
        path.push(point, index > 0 || joined);
        // A single point becomes a dot.
        if line.len() == 1 {
            path.push(point, true);
        }
    }
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point at a share of the way from `a` to `b`, or beyond.
fn between(a: [f32; 2], b: [f32; 2], share: f32) -> [f32; 2] {
    [0, 1].map(|axis| a[axis] + share * (b[axis] - a[axis]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::drawing::{PEN_WIDTH, SIDE, strokes_to_image};
    use crate::rng::{self, Purpose};

    /// A seven with a bar.
    fn seven() -> Vec<Stroke> {
        let lines: [&[[f32; 2]]; 2] =
            [&[[100.0, 100.0], [300.0, 90.0], [200.0, 480.0]], &[[140.0, 300.0], [320.0, 290.0]]];
        lines.map(|points| Stroke { points: points.to_vec(), ..Stroke::default() }).to_vec()
    }

    fn again(strokes: &[Stroke], index: u64) -> [u8; AREA] {
        rewrite(strokes, &mut rng::stream(1, Purpose::Rewrite, &[index]))
    }

    /// How alike two images are: the cosine between them.
    fn likeness(a: &[u8; AREA], b: &[u8; AREA]) -> f32 {
        let product = |a: &[u8; AREA], b: &[u8; AREA]| {
            a.iter().zip(b).map(|(&a, &b)| f32::from(a) * f32::from(b)).sum::<f32>()
        };
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    }

    #[test]
    fn copies_differ_and_still_resemble_the_drawing() {
        let strokes = seven();
        let original = strokes_to_image(&strokes, PEN_WIDTH).unwrap();
        let copies: HashSet<_> = (0..200).map(|index| again(&strokes, index)).collect();
        assert_eq!(copies.len(), 200);
        let mut likenesses: Vec<f32> =
            copies.iter().map(|copy| likeness(copy, &original)).collect();
        likenesses.sort_by(f32::total_cmp);
        let median = likenesses[100];
        assert!((0.5..0.9).contains(&median) && likenesses[2] > 0.2, "{median} {likenesses:?}");
        assert_eq!(again(&strokes, 3), again(&strokes, 3));
    }

    #[test]
    fn dots_empty_strokes_and_numbers_that_are_none_do_no_harm() {
        let of = |points: Vec<[f32; 2]>| vec![Stroke { points, ..Stroke::default() }];
        for strokes in [vec![], of(vec![]), of(vec![[f32::NAN, 1.0]])] {
            assert_eq!(again(&strokes, 0), [0; AREA]);
        }
        for index in 0..50 {
            let dot = again(&of(vec![[4.0, 5.0]]), index);
            let ink = dot.iter().filter(|&&ink| ink > 0).count();
            assert!((1..=SIDE * 2).contains(&ink), "{ink}");
            let two = again(&of(vec![[4.0, 5.0], [f32::INFINITY, 0.0], [4.0, 90.0]]), index);
            assert!(two.iter().any(|&ink| ink > 200));
        }
    }
}

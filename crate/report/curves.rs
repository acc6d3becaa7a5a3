//! Loss and accuracy by epoch.

use super::axis::Axis;
use super::format;
#[cfg(feature = "pictures")]
use super::picture;
use super::svg::Svg;
#[cfg(feature = "pictures")]
use crate::error::Result;
use crate::metrics::{EpochRow, best_epoch};
use crate::words::counted;

/// Width and height of one panel, in SVG units.
const PANEL: (f64, f64) = (420.0, 320.0);
/// Space around the plot of a panel: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (58.0, 62.0, 20.0, 48.0);
/// Pixels of the PNG for each SVG unit: sharp on dense screens and in print.
#[cfg(feature = "pictures")]
const PNG_SCALE: f32 = 2.0;
/// Up to this many epochs each point gets a dot; more dots would overlap.
const DOTTED: usize = 30;

/// Both panels side by side as one SVG: `curves.svg`. Values that are not finite are left out.
pub fn svg(rows: &[EpochRow]) -> String {
    let (width, height) = (2.0 * PANEL.0, PANEL.1);
    let mut svg =
        Svg::chart(width, height, &format!("{} {}", LOSS.label(rows), ACCURACY.label(rows)));
    LOSS.draw(&mut svg, rows);
    svg.open_moved((PANEL.0, 0.0));
    ACCURACY.draw(&mut svg, rows);
    svg.close();
    svg.finish()
}

/// The same as PNG: `curves.png`.
///
/// # Errors
/// If the picture cannot be encoded.
#[cfg(feature = "pictures")]
pub fn png(rows: &[EpochRow]) -> Result<Vec<u8>> {
    picture::chart_png(&svg(rows), (2.0 * PANEL.0, PANEL.1), PNG_SCALE)
}

/// Loss and accuracy as two SVGs, for a page that arranges them by its width.
pub fn panels(rows: &[EpochRow]) -> [String; 2] {
    [&LOSS, &ACCURACY].map(|panel| {
        let mut svg = Svg::chart(PANEL.0, PANEL.1, &panel.label(rows));
        panel.draw(&mut svg, rows);
        svg.finish()
    })
}

/// The content of one panel.
struct Panel {
    title: &'static str,
    train: fn(&EpochRow) -> f32,
    validation: fn(&EpochRow) -> Option<f32>,
    /// A value that the vertical axis always includes.
    include: Option<f64>,
    /// The possible range of values.
    bounds: (f64, f64),
    value: fn(f64) -> String,
    /// Ticks show the value times this factor.
    factor: f64,
    unit: &'static str,
}

const LOSS: Panel = Panel {
    title: "Loss (cross-entropy)",
    train: |row| row.train_loss,
    validation: |row| row.validation_loss,
    include: Some(0.0),
    bounds: (0.0, f64::INFINITY),
    value: format::loss,
    factor: 1.0,
    unit: "",
};

const ACCURACY: Panel = Panel {
    title: "Accuracy",
    train: |row| row.train_accuracy,
    validation: |row| row.validation_accuracy,
    include: None,
    bounds: (0.0, 1.0),
    value: |value| format::percent(value, 2),
    factor: 100.0,
    unit: "\u{a0}%",
};

impl Panel {
    /// A description of the chart.
    fn label(&self, rows: &[EpochRow]) -> String {
        let mut text = format!("{} by epoch, {}.", self.title, counted(rows.len(), "epoch"));
        let last = |points: &[(f64, f64)]| {
            let found = points.iter().rev().find(|point| point.1.is_finite());
            found.map(|&(_, value)| (self.value)(value))
        };
        if let Some(value) = last(&self.train_points(rows)) {
            text.push_str(&format!(" Training ends at {value}."));
        }
        if let Some(value) = last(&self.validation_points(rows)) {
            text.push_str(&format!(" Validation ends at {value}."));
        }
        text
    }

    fn train_points(&self, rows: &[EpochRow]) -> Vec<(f64, f64)> {
        self.points(rows, |row| Some((self.train)(row)))
    }

    fn validation_points(&self, rows: &[EpochRow]) -> Vec<(f64, f64)> {
        self.points(rows, self.validation)
    }

    /// Epoch and value, one per row; NaN if the value is missing or impossible.
    fn points(
        &self,
        rows: &[EpochRow],
        value: impl Fn(&EpochRow) -> Option<f32>,
    ) -> Vec<(f64, f64)> {
        let possible = |value: &f64| (self.bounds.0..=self.bounds.1).contains(value);
        rows.iter()
            .map(|row| {
                let value = value(row).map(f64::from).filter(possible).unwrap_or(f64::NAN);
                (f64::from(row.epoch), value)
            })
            .collect()
    }

    fn draw(&self, svg: &mut Svg, rows: &[EpochRow]) {
        let (train, validation) = (self.train_points(rows), self.validation_points(rows));
        let (x, y) = (self.epochs(rows), self.values(&train, &validation));
        svg.text((MARGIN.0, 26.0), "class=\"pw-ink pw-title\"", self.title);
        draw_axes(svg, &x, &y, self.factor, self.unit);
        if !train.iter().chain(&validation).any(|point| point.1.is_finite()) {
            let centre = ((x.range.0 + x.range.1) / 2.0, (y.range.0 + y.range.1) / 2.0);
            svg.text(centre, "class=\"pw-muted\" text-anchor=\"middle\"", "no values yet");
            return;
        }
        let place = |&(epoch, value): &(f64, f64)| (x.at(epoch), y.at(value));
        draw_series(svg, &train.iter().map(place).collect::<Vec<_>>(), "pw-train");
        draw_series(svg, &validation.iter().map(place).collect::<Vec<_>>(), "pw-valid");
        draw_legend(svg, validation.iter().any(|point| point.1.is_finite()));
        if let Some(best) = best_epoch(rows) {
            self.mark_best(svg, best, &x, &y);
        }
    }

    fn epochs(&self, rows: &[EpochRow]) -> Axis {
        let epochs = rows.iter().map(|row| row.epoch);
        let (first, last) = (epochs.clone().min().unwrap_or(1), epochs.max().unwrap_or(1));
        Axis::whole(first, last, 6, (MARGIN.0, PANEL.0 - MARGIN.2))
    }

    fn values(&self, train: &[(f64, f64)], validation: &[(f64, f64)]) -> Axis {
        let values = train.iter().chain(validation).map(|point| point.1);
        let values: Vec<f64> =
            values.filter(|value| value.is_finite()).chain(self.include).collect();
        let low = values.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let high = values.iter().copied().reduce(f64::max).unwrap_or(1.0);
        let mut axis = Axis::round(low, high, 5, (PANEL.1 - MARGIN.3, MARGIN.1));
        axis.domain = (axis.domain.0.max(self.bounds.0), axis.domain.1.min(self.bounds.1));
        axis
    }

    /// A dotted line at the best epoch, a ring on its point and its figure beside it.
    fn mark_best(&self, svg: &mut Svg, best: &EpochRow, x: &Axis, y: &Axis) {
        let column = x.at(f64::from(best.epoch));
        svg.line((column, y.range.0), (column, y.range.1), "pw-rule");
        let value = (self.validation)(best).map_or(f64::NAN, f64::from);
        if value.is_finite() {
            svg.circle((column, y.at(value)), 5.0, "pw-best");
        }
        let middle = (x.range.0 + x.range.1) / 2.0;
        let (anchor, shift) = if column > middle { ("end", -8.0) } else { ("start", 8.0) };
        // At the side that curves rarely reach: loss falls away from the top, accuracy rises from
        // the bottom.
        let row = if self.include.is_some() { y.range.1 + 14.0 } else { y.range.0 - 10.0 };
        let text = format!("best: epoch {}, {}", best.epoch, (self.value)(value));
        svg.text(
            (column + shift, row),
            &format!("class=\"pw-ink\" text-anchor=\"{anchor}\""),
            &text,
        );
    }
}

fn draw_axes(svg: &mut Svg, x: &Axis, y: &Axis, factor: f64, unit: &str) {
    let decimals = y.decimals(factor);
    for tick in y.ticks() {
        let row = y.at(tick);
        svg.line((x.range.0, row), (x.range.1, row), "pw-grid");
        let text = match tick * factor {
            // A diverging run: all digits would not fit beside the axis.
            large if large >= 1e5 => format!("{large:.0e}{unit}"),
            value => format!("{value:.decimals$}{unit}"),
        };
        svg.text((x.range.0 - 8.0, row + 4.5), "class=\"pw-muted\" text-anchor=\"end\"", &text);
    }
    svg.line((x.range.0, y.range.0), (x.range.1, y.range.0), "pw-axis");
    for tick in x.ticks() {
        let column = x.at(tick);
        svg.line((column, y.range.0), (column, y.range.0 + 4.0), "pw-axis");
        let at = (column, y.range.0 + 19.0);
        svg.text(at, "class=\"pw-muted\" text-anchor=\"middle\"", &format!("{tick:.0}"));
    }
    let centre = (x.range.0 + x.range.1) / 2.0;
    let at = (centre, y.range.0 + 38.0);
    svg.text(at, "class=\"pw-muted\" text-anchor=\"middle\"", "epoch");
}

/// A line through the points, broken at NaN; dots if there are few.
fn draw_series(svg: &mut Svg, points: &[(f64, f64)], class: &str) {
    for part in points.split(|point| !point.1.is_finite()) {
        if part.len() > 1 {
            svg.polyline(part, &format!("pw-line {class}"));
        }
        if part.len() == 1 || points.len() <= DOTTED {
            for &point in part {
                svg.circle(point, 2.8, &format!("{class}-dot"));
            }
        }
    }
}

fn draw_legend(svg: &mut Svg, with_validation: bool) {
    let mut entry = |left: f64, class: &str, text: &str| {
        svg.line((left, 42.0), (left + 22.0, 42.0), &format!("pw-line {class}"));
        svg.text((left + 29.0, 46.5), "class=\"pw-muted\"", text);
    };
    entry(MARGIN.0, "pw-train", "training");
    if with_validation {
        entry(MARGIN.0 + 110.0, "pw-valid", "validation");
    }
}

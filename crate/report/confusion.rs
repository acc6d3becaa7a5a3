//! The confusion matrix as a heat map.

use super::format;
use super::svg::{Svg, escape, shorten};
use crate::metrics::Confusion;

/// Characters of a class name before it is shortened.
const NAME: usize = 14;
/// Width of a character at a font size of 1 px, slightly above that of common sans-serif fonts.
const CHARACTER: f64 = 0.62;

/// The matrix as SVG: `confusion.svg`. Rows are true classes, columns predictions. A cell's colour
/// depth is its share of the row: blue on the diagonal, orange for mistakes. Mistakes have a separate
/// scale, up to the largest share among them: they are rare, and would be invisible on a common
/// scale. Classes without a name are shown by number.
pub fn svg(confusion: &Confusion, names: &[String]) -> String {
    let names: Vec<String> = (0..confusion.classes()).map(|class| name(names, class)).collect();
    let layout = Layout::new(confusion, &names);
    let label = format!(
        "Confusion matrix of {} in {} classes: {} classified correctly.",
        format::counted(confusion.total(), "image"),
        confusion.classes(),
        format::percent(confusion.accuracy(), 2),
    );
    let mut svg = Svg::chart(layout.width(), layout.height(), &label);
    draw_names(&mut svg, &layout, &names);
    let shares = Shares::new(confusion);
    for (label, true_name) in names.iter().enumerate() {
        for (prediction, found) in names.iter().enumerate() {
            let (corner, side) = (layout.cell_at(label, prediction), layout.cell - 1.0);
            svg.rect(corner, (side, side), "class=\"pw-cell\"");
            let count = confusion.count(label, prediction);
            if count > 0 {
                svg.open_titled(&format!(
                    "{true_name} read as {found}: {} of {}",
                    format::integer(count),
                    format::integer(confusion.support(label)),
                ));
                let depth = shares.depth(label, prediction);
                draw_count(&mut svg, &layout, corner, count, depth, label == prediction);
                svg.close();
            }
        }
    }
    draw_legend(&mut svg, &layout, shares.worst);
    svg.finish()
}

/// The colour depths of cells.
struct Shares<'a> {
    confusion: &'a Confusion,
    /// The largest share of a row that is a mistake.
    worst: f64,
}

impl<'a> Shares<'a> {
    fn new(confusion: &'a Confusion) -> Self {
        let mistakes = confusion.mistakes();
        let shares = mistakes.iter().map(|m| share(confusion, m.label, m.prediction));
        Self { confusion, worst: shares.fold(0.0, f64::max) }
    }

    /// 0 to 1; at least a trace if the count is not 0.
    fn depth(&self, label: usize, prediction: usize) -> f64 {
        let full = if label == prediction { 1.0 } else { self.worst };
        let share = share(self.confusion, label, prediction);
        if full > 0.0 { 0.1 + 0.9 * share / full } else { 0.0 }
    }
}

/// The share of the images of `label` that were predicted as `prediction`.
fn share(confusion: &Confusion, label: usize, prediction: usize) -> f64 {
    confusion.count(label, prediction) as f64 / confusion.support(label).max(1) as f64
}

/// The name of a class, or else its number.
pub(super) fn name(names: &[String], class: usize) -> String {
    names.get(class).cloned().unwrap_or_else(|| class.to_string())
}

/// Positions in SVG units.
struct Layout {
    classes: usize,
    cell: f64,
    /// The corner of the first cell.
    corner: (f64, f64),
    count_size: f64,
    name_size: f64,
    /// Whether the names above the columns are vertical because they are wider than a cell.
    upright: bool,
}

impl Layout {
    fn new(confusion: &Confusion, names: &[String]) -> Self {
        let classes = confusion.classes();
        let cell = (560.0 / classes.max(1) as f64).clamp(24.0, 56.0);
        let cells = (0..classes * classes).map(|i| confusion.count(i / classes, i % classes));
        let digits = cells.max().unwrap_or(0).max(1).ilog10() + 1;
        let fitting = cell * 0.88 / (f64::from(digits) * CHARACTER);
        let name_size = (cell * 0.5).clamp(11.0, 14.0);
        let longest = names.iter().map(|name| shorten(name, NAME).chars().count()).max();
        let name_width = longest.unwrap_or(1) as f64 * name_size * CHARACTER;
        let upright = name_width > cell;
        let above = if upright { name_width } else { name_size };
        Self {
            classes,
            cell,
            corner: (44.0 + name_width, 40.0 + above),
            count_size: fitting.min(cell * 0.36).clamp(6.0, 16.0),
            name_size,
            upright,
        }
    }

    fn side(&self) -> f64 {
        self.cell * self.classes as f64
    }

    fn width(&self) -> f64 {
        // Not narrower than the legend.
        (self.corner.0 + self.side() + 16.0).max(470.0)
    }

    fn height(&self) -> f64 {
        self.corner.1 + self.side() + 54.0
    }

    fn cell_at(&self, label: usize, prediction: usize) -> (f64, f64) {
        let (left, top) = self.corner;
        (left + prediction as f64 * self.cell, top + label as f64 * self.cell)
    }
}

fn draw_names(svg: &mut Svg, layout: &Layout, names: &[String]) {
    let (left, top) = layout.corner;
    let half = layout.cell / 2.0;
    let size = layout.name_size;
    let middle = layout.side() / 2.0;
    let title = "class=\"pw-muted\" text-anchor=\"middle\"";
    svg.text((left + middle, 20.0), title, "predicted class");
    let turned = format!("{title} transform=\"rotate(-90 20 {})\"", top + middle);
    svg.text((20.0, top + middle), &turned, "true class");
    for (class, name) in names.iter().enumerate() {
        let name = shorten(name, NAME);
        let style = format!("class=\"pw-ink\" style=\"font-size:{size}px\"");
        let (x, y) = layout.cell_at(class, class);
        let row = (left - 8.0, y + half + size * 0.36);
        svg.text(row, &format!("{style} text-anchor=\"end\""), &name);
        if layout.upright {
            let (x, y) = (x + half + size * 0.36, top - 8.0);
            svg.text((x, y), &format!("{style} transform=\"rotate(-90 {x} {y})\""), &name);
        } else {
            svg.text((x + half, top - 8.0), &format!("{style} text-anchor=\"middle\""), &name);
        }
    }
}

/// A cell's colour and count; `right` on the diagonal.
fn draw_count(
    svg: &mut Svg,
    layout: &Layout,
    (x, y): (f64, f64),
    count: u64,
    depth: f64,
    right: bool,
) {
    let side = layout.cell - 1.0;
    let class = if right { "pw-right" } else { "pw-wrong" };
    let fill = format!("class=\"{class}\" fill-opacity=\"{depth:.3}\"");
    svg.rect((x, y), (side, side), &fill);
    let ink = match (right, depth > 0.55) {
        (true, true) => "pw-on-right",
        (false, true) => "pw-on-wrong",
        (_, false) => "pw-ink",
    };
    let size = layout.count_size;
    let style = format!("class=\"{ink}\" text-anchor=\"middle\" style=\"font-size:{size:.1}px\"");
    svg.text((x + side / 2.0, y + side / 2.0 + size * 0.36), &style, &count.to_string());
}

fn draw_legend(svg: &mut Svg, layout: &Layout, worst: f64) {
    let top = layout.corner.1 + layout.side() + 22.0;
    let mut entry = |left: f64, class: &str, text: &str| {
        for step in 0..5 {
            let depth = 0.1 + 0.9 * f64::from(step) / 4.0;
            let at = (left + f64::from(step) * 13.0, top);
            svg.rect(at, (12.0, 12.0), &format!("class=\"{class}\" fill-opacity=\"{depth:.3}\""));
        }
        svg.text((left + 72.0, top + 11.0), "class=\"pw-muted\"", text);
    };
    // The legend starts at the cells if they are wide enough, else at the edge.
    let left = if layout.side() > 430.0 { layout.corner.0 } else { 20.0 };
    entry(left, "pw-right", "right, to 100\u{a0}%");
    if worst > 0.0 {
        let text = format!("mistaken, to {} of a row", format::percent(worst, 1));
        entry(left + 190.0, "pw-wrong", &text);
    }
}

/// The scores of each class and their mean as rows of an HTML table.
pub(super) fn table(confusion: &Confusion, names: &[String]) -> String {
    let row = |head: &str, scores: crate::metrics::Scores| {
        format!(
            "<tr><th scope=\"row\">{head}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            format::percent(scores.precision, 2),
            format::percent(scores.recall, 2),
            format::percent(scores.f1, 2),
            format::integer(scores.support),
        )
    };
    let classes = (0..confusion.classes())
        .map(|class| row(&escape(&name(names, class)), confusion.scores(class)))
        .collect::<String>();
    format!(
        "<table>\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\">precision</th>\
         <th scope=\"col\">recall</th><th scope=\"col\">F1</th><th scope=\"col\">images</th></tr>\
         </thead>\n<tbody>\n{classes}</tbody>\n<tfoot>\n{}</tfoot>\n</table>\n",
        row("mean", confusion.macro_average()),
    )
}

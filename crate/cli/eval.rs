//! `patchwork eval`.

mod corruptions;
mod figures;
mod mistakes;
mod not_digits;
mod split;

use std::path::Path;

use serde::Serialize;

use crate::args::Eval;
use crate::folder::model_file;
use crate::output::Output;
use crate::show::file_progress;
use crate::subject::{self, Opened};
use crate::{print, print_json};
use corruptions::Corrupted;
use figures::{Calibrated, Sureness, Tally, WriterFigures, by_writer};
use not_digits::Shown;
use patchwork::confidence::ConfidenceRule;
use patchwork::data::names;
use patchwork::error::{Error, Result};
use patchwork::files::source::{self, Request};
use patchwork::metrics::{Confusion, Scores};
use patchwork::protocol::Evaluation;
use patchwork::report::format::percent;
use patchwork::words;

/// The figures as JSON.
#[derive(Serialize)]
struct Figures<'a> {
    images: u64,
    loss: f64,
    accuracy: f64,
    accuracy_interval: (f64, f64),
    calibration: Calibrated,
    sureness: Sureness,
    /// The class names, if there are any.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    class_names: &'a [String],
    classes: Vec<Scores>,
    macro_average: Scores,
    confusion: &'a Confusion,
    /// If the data names writers.
    #[serde(skip_serializing_if = "Option::is_none")]
    writers: Option<Vec<WriterFigures>>,
    /// With `--corruptions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    corruptions: Option<Vec<Corrupted>>,
    /// With `--not-digits`.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_digits: Option<Vec<Shown>>,
}

/// A model, labelled images, and its predictions for them.
struct Measured {
    opened: Opened,
    confidence_rule: ConfidenceRule,
    labels: Vec<u8>,
    evaluation: Evaluation,
    /// The statistics of the predictions.
    tally: Tally,
    /// The seed of corruptions and non-digits.
    seed: u64,
}

/// Evaluates a model.
pub fn run(args: &Eval) -> Result<()> {
    let model = model_file(&args.subject.model);
    let inputs = [Path::new(&args.subject.data), model.as_path()];
    let sheet = args.mistakes.as_deref().map(|path| Output::given(path, &inputs)).transpose()?;
    let measured = measure(args)?;
    if let Some(sheet) = &sheet {
        mistakes::write(&measured, sheet)?;
    }
    let corruptions = args.corruptions.then(|| corruptions::measure(&measured)).transpose()?;
    let not_digits = args.not_digits.then(|| not_digits::measure(&measured)).transpose()?;
    let figures = figures(&measured, corruptions, not_digits);
    if args.json {
        return print_json(&figures);
    }
    print_figures(&figures);
    Ok(())
}

fn measure(args: &Eval) -> Result<Measured> {
    let load = |request: &Request| match args.part.split {
        None => source::load_one(request, &mut file_progress()),
        Some(part) => split::load(part, args, request),
    };
    let opened = subject::open_with(&args.subject, load, |data, weights, class_names| {
        if args.labels_are_numbers && data.class_names().is_empty() {
            return data.clone().with_class_names(class_names);
        }
        let numbered = data.class_names().is_empty() && !class_names.is_empty();
        data.aligned(class_names, weights.config.classes, "the model").map_err(|error| {
            match numbered {
                true => error.help(format!(
                    "Where label 0 means '{}' and so on, add --labels-are-numbers",
                    names::of(class_names, 0)
                )),
                false => error,
            }
        })
    })?;
    let Some(labels) = opened.images.data.labels().map(<[u8]>::to_vec) else {
        return Err(Error::data("these images have no labels to measure against")
            .help("Use `patchwork predict` to write predictions")
            .in_file(args.subject.data.clone()));
    };
    let evaluation = opened.evaluate()?;
    let (confidence_rule, seed) =
        (ConfidenceRule::new(&opened.weights), args.seed.unwrap_or_default());
    let tally = Tally::of(
        confidence_rule,
        &evaluation.probabilities,
        &labels,
        opened.weights.config.classes,
    );
    Ok(Measured { opened, confidence_rule, labels, evaluation, tally, seed })
}

impl Measured {
    /// The probabilities of each image with its label.
    fn readings(&self) -> impl Iterator<Item = (&[f32], usize)> {
        let rows = self.evaluation.probabilities.chunks_exact(self.opened.weights.config.classes);
        rows.zip(self.labels.iter().map(|&label| usize::from(label)))
    }
}

fn figures(
    measured: &Measured,
    corruptions: Option<Vec<Corrupted>>,
    not_digits: Option<Vec<Shown>>,
) -> Figures<'_> {
    let Evaluation { loss, accuracy, confusion, .. } = &measured.evaluation;
    let tally = &measured.tally;
    let writers = measured.opened.images.data.writers();
    Figures {
        images: confusion.total(),
        loss: *loss,
        accuracy: *accuracy,
        accuracy_interval: confusion.accuracy_interval(),
        calibration: tally.calibrated(*loss),
        sureness: tally.sureness(),
        class_names: &measured.opened.class_names,
        classes: (0..confusion.classes()).map(|class| confusion.scores(class)).collect(),
        macro_average: confusion.macro_average(),
        confusion,
        writers: writers.map(|writers| by_writer(writers, measured.readings())),
        corruptions,
        not_digits,
    }
}

fn print_figures(figures: &Figures<'_>) {
    let Figures { images, loss, accuracy, accuracy_interval: (low, high), .. } = figures;
    print(&format!(
        "{}: accuracy {} (95 % interval {} to {}), loss {loss:.4}",
        words::counted(*images as usize, "image"),
        percent(*accuracy, 2),
        percent(*low, 2),
        percent(*high, 2)
    ));
    print(&figures.calibration.line());
    print(&format!("{}\n", figures.sureness.line()));
    let names: Vec<String> = (0..figures.confusion.classes())
        .map(|class| names::of(figures.class_names, class))
        .collect();
    print_scores(figures.confusion, &names);
    print_confusion(figures.confusion, &names);
    let tables = [
        figures.writers.as_deref().map(figures::writers_table),
        figures.corruptions.as_deref().map(corruptions::table),
        figures.not_digits.as_deref().map(not_digits::table),
    ];
    tables.iter().flatten().for_each(|table| print(&format!("\n{}", table.trim_end())));
}

/// The width of a column for these names, at least `least`.
fn width(names: &[String], least: usize) -> usize {
    names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(least)
}

fn print_scores(confusion: &Confusion, names: &[String]) {
    let width = width(names, 5);
    print(&format!("{:>width$}  precision  recall      F1  images", "class"));
    let line = |name: &str, scores: Scores| {
        print(&format!(
            "{name:>width$}  {:>9.4}  {:>6.4}  {:>6.4}  {:>6}",
            scores.precision, scores.recall, scores.f1, scores.support
        ));
    };
    for (class, name) in names.iter().enumerate() {
        line(name, confusion.scores(class));
    }
    line("mean", confusion.macro_average());
}

fn print_confusion(confusion: &Confusion, names: &[String]) {
    print("\nconfusion: rows are labels, columns predictions");
    let cells = |label: usize| {
        (0..confusion.classes()).map(move |prediction| confusion.count(label, prediction))
    };
    let (first, column) = (width(names, 5), width(names, 5) + 1);
    let head: String = names.iter().map(|name| format!("{name:>column$}")).collect();
    print(&format!("{:first$}{head}", ""));
    for (label, name) in names.iter().enumerate() {
        let row: String = cells(label).map(|count| format!("{count:>column$}")).collect();
        print(&format!("{name:>first$}{row}"));
    }
}

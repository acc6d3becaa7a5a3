//! `patchwork adapt`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use crate::args::Adapt;
use crate::folder::{model_file, read_model};
use crate::output::Output;
use crate::show::{file_progress, work_progress};
use crate::{complain, print, print_json};
use patchwork::data::Dataset;
use patchwork::device;
use patchwork::error::{Error, Result};
use patchwork::files::source::{self, Request};
use patchwork::files::write;
use patchwork::report::format::{integer, percent};
use patchwork::report::table::markdown;
use patchwork::train::adapt::{AdaptConfig, adapt};
use patchwork::train::eval::evaluate;
use patchwork::weights::{ModelCard, Storage, Weights};

/// What adapting to one writer did.
#[derive(Debug, Serialize)]
struct WriterFigures {
    /// The writer, if the file names them and they are told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    writer: Option<String>,
    /// Drawings that the model learned from.
    shown: usize,
    /// The other drawings of the same writer, on which it is measured.
    measured: usize,
    /// Accuracy on these before.
    before: Option<f64>,
    /// Accuracy on these after.
    after: Option<f64>,
    /// Seconds that adapting took.
    seconds: f64,
    /// Accuracy on the images of `--check` after.
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<f64>,
}

/// The figures as JSON.
#[derive(Debug, Serialize)]
struct Figures {
    /// Drawings of each class that were learned from; all if none was given.
    shots: Option<usize>,
    writers: Vec<WriterFigures>,
    /// The mean accuracy over the writers, before and after.
    mean: Option<[f64; 2]>,
    /// The lowest accuracy of a writer, before and after.
    worst: Option<[f64; 2]>,
    /// Accuracy on the images of `--check` before.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_before: Option<f64>,
}

/// A model with what is needed to adapt it.
struct Adapter {
    weights: Weights,
    device: Device,
    others: Dataset,
    check: Option<Dataset>,
    settings: AdaptConfig,
}

/// Adapts a model to one writer, or to each writer of a file by itself.
pub fn run(args: &Adapt) -> Result<()> {
    let inputs = [Path::new(&args.data).to_path_buf(), model_file(&args.model)];
    let inputs: Vec<&Path> = inputs.iter().map(AsRef::as_ref).collect();
    let out = args.out.as_deref().map(|path| Output::given(path, &inputs)).transpose()?;
    let (weights, card) = read_model(&args.model)?;
    let (found, why) = device::open(args.device)?;
    why.iter().for_each(|why| complain(why));
    let drawings = learned(Some(&args.data), args, &weights, &card)?;
    let others = learned(args.others.as_deref(), args, &weights, &card)?;
    let check = args.check.as_deref().map(|named| measured(named, args, &weights, &card));
    let check = check.transpose()?;
    let settings = AdaptConfig { seed: args.seed, ..AdaptConfig::default() };
    let adapter = Adapter { weights, device: found.device, others, check, settings };

    let writers = writers(&drawings, args)?;
    let (mut show, total) = (work_progress("Writers"), writers.len());
    let mut figures = Vec::new();
    for (done, (writer, indices)) in writers.into_iter().enumerate() {
        show(done, total);
        let (found, adapted) = adapter.adapt(writer, &drawings.select(&indices), args.shots())?;
        figures.push(found);
        if let Some(out) = &out {
            write::atomic(
                out.path(),
                &adapted.to_safetensors(&adapted_card(&card), Storage::F32)?,
            )?;
        }
    }
    show(total, total);
    let figures = adapter.figures(figures, args.shots())?;
    if args.json {
        return print_json(&figures);
    }
    print_figures(&figures);
    out.iter().for_each(|out| print(&format!("The adapted model is in {}", out.said())));
    Ok(())
}

/// Images to learn from, with the model's classes: the training part of the source `named`, or MNIST's or built-in digits.
fn learned(
    named: Option<&str>,
    args: &Adapt,
    weights: &Weights,
    card: &ModelCard,
) -> Result<Dataset> {
    let loaded = source::load(&request(named, args, weights), &mut file_progress())?;
    loaded.origin.notices.iter().for_each(|notice| complain(&format!("Note: {notice}")));
    of_model(&loaded.train, weights, card).map_err(|error| match named {
        Some(named) => error.in_file(named),
        None => error.help("Name images of the model's classes with --others"),
    })
}

/// Images to measure on, with the model's classes: the test part of the source `named`, if it has one.
fn measured(named: &str, args: &Adapt, weights: &Weights, card: &ModelCard) -> Result<Dataset> {
    let loaded = source::load_one(&request(Some(named), args, weights), &mut file_progress())?;
    of_model(&loaded.data, weights, card).map_err(|error| error.in_file(named))
}

fn request(named: Option<&str>, args: &Adapt, weights: &Weights) -> Request {
    Request {
        data: named.map(Into::into),
        classes: Some(weights.config.classes),
        mirror: args.mirror.clone(),
        ..Request::default()
    }
}

fn of_model(data: &Dataset, weights: &Weights, card: &ModelCard) -> Result<Dataset> {
    data.aligned(&card.class_names, weights.config.classes, "the model")
}

/// The images of each writer of a file if they are told apart, or all of them.
fn writers(data: &Dataset, args: &Adapt) -> Result<Vec<(Option<String>, Vec<usize>)>> {
    if !args.by_writer && args.writer.is_none() {
        return Ok(vec![(None, (0..data.len()).collect())]);
    }
    let Some(writers) = data.writers() else {
        return Err(Error::data("the drawings name no writers")
            .help("Leave --by-writer and --writer out")
            .in_file(args.data.clone()));
    };
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (image, name) in writers.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        by_name.entry(name).or_default().push(image);
    }
    if let Some(wanted) = &args.writer {
        by_name.retain(|name, _| name == wanted);
    }
    if by_name.is_empty() {
        return Err(Error::data("there is no such writer")
            .help("`patchwork eval` lists the writers of a file")
            .in_file(args.data.clone()));
    }
    Ok(by_name.into_iter().map(|(name, images)| (Some(name.into()), images)).collect())
}

/// The first `shots` images of each class, and the others; all and none without a number.
fn shown_and_kept(data: &Dataset, shots: Option<usize>) -> [Vec<usize>; 2] {
    let labels = data.labels().unwrap_or_default();
    let mut seen = vec![0; data.classes()];
    let (shown, kept) = (0..data.len()).partition(|&image| {
        let count = &mut seen[usize::from(labels[image])];
        *count += 1;
        shots.is_none_or(|shots| *count <= shots)
    });
    [shown, kept]
}

impl Adapter {
    /// Adapts the model to the drawings of one writer and measures it on those that it was not shown.
    fn adapt(
        &self,
        writer: Option<String>,
        data: &Dataset,
        shots: Option<usize>,
    ) -> Result<(WriterFigures, Weights)> {
        let [shown, kept] = shown_and_kept(data, shots);
        let start = Instant::now();
        let own = data.select(&shown);
        let learned = adapt(&self.weights, &own, &self.others, &self.settings, &self.device);
        let adapted = pollster::block_on(learned)?;
        let seconds = start.elapsed().as_secs_f64();
        let unseen = (!kept.is_empty()).then(|| data.select(&kept));
        let on = |weights: &Weights, data: &Option<Dataset>| {
            data.as_ref().map(|data| self.accuracy(weights, data)).transpose()
        };
        let figures = WriterFigures {
            writer,
            shown: shown.len(),
            measured: kept.len(),
            before: on(&self.weights, &unseen)?,
            after: on(&adapted, &unseen)?,
            seconds,
            check: on(&adapted, &self.check)?,
        };
        Ok((figures, adapted))
    }

    fn accuracy(&self, weights: &Weights, data: &Dataset) -> Result<f64> {
        let flat = Tensor::from_data(weights.flat.as_slice(), &self.device);
        Ok(pollster::block_on(evaluate(&weights.config, flat, data, |_, _| {}))?.accuracy)
    }

    fn figures(&self, writers: Vec<WriterFigures>, shots: Option<usize>) -> Result<Figures> {
        let pairs: Vec<[f64; 2]> =
            writers.iter().filter_map(|figures| Some([figures.before?, figures.after?])).collect();
        let over = |pick: &dyn Fn(&mut dyn Iterator<Item = f64>) -> f64| {
            let column = |place: usize| pick(&mut pairs.iter().map(|pair| pair[place]));
            (!pairs.is_empty()).then(|| [column(0), column(1)])
        };
        let count = pairs.len() as f64;
        let check = self.check.as_ref();
        Ok(Figures {
            shots,
            mean: over(&|values| values.sum::<f64>() / count),
            worst: over(&|values| values.fold(1.0, f64::min)),
            check_before: check.map(|data| self.accuracy(&self.weights, data)).transpose()?,
            writers,
        })
    }
}

/// The card of the adapted model.
fn adapted_card(card: &ModelCard) -> ModelCard {
    let recipe = match card.recipe.as_str() {
        "" => "adapted to one writer".into(),
        recipe => format!("{recipe}; adapted to one writer"),
    };
    ModelCard { recipe, ..card.clone() }
}

fn print_figures(figures: &Figures) {
    let share = |value: Option<f64>| value.map_or("–".into(), |value| percent(value, 2));
    let row = |figures: &WriterFigures| {
        vec![
            figures.writer.clone().unwrap_or_else(|| "all".into()),
            integer(figures.shown as u64),
            integer(figures.measured as u64),
            share(figures.before),
            share(figures.after),
            format!("{:.1}", figures.seconds),
            share(figures.check),
        ]
    };
    let head = ["writer", "shown", "measured", "before", "after", "seconds", "check"];
    print(&markdown(&head, &figures.writers.iter().map(row).collect::<Vec<_>>()));
    if let (Some([before, after]), Some([low, high])) = (figures.mean, figures.worst) {
        print(&format!(
            "Mean {} before, {} after; worst {} before, {} after",
            percent(before, 2),
            percent(after, 2),
            percent(low, 2),
            percent(high, 2)
        ));
    }
    if let Some(check) = figures.check_before {
        print(&format!("The images of --check: {} before", percent(check, 2)));
    }
}

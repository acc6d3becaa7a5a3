//! `report.html`: a run on one self-contained page.
//!
//! The page needs no script, no network and no other file: charts are inline SVG, digits are inline
//! PNG, and its content security policy forbids the rest. Every external text is escaped: file
//! names and class names are untrusted.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use patchwork_arch::{Architecture, Block, Mixer, Patch, Stage};
use serde::{Deserialize, Serialize};

use super::confusion::{self, name};
use super::samples::{Sample, check_images};
use super::svg::escape;
use super::{curves, format, png_image};
use crate::config::{ModelConfig, TrainConfig};
use crate::error::Result;
use crate::metrics::{Confusion, EpochRow, best_epoch};

/// The content of the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The heading.
    pub title: String,
    /// When the run ended, in seconds since 1970.
    pub finished: u64,
    /// The name of the preset or `custom`.
    pub preset: String,
    /// The number of parameters.
    pub parameters: u64,
    /// Facts about model and training, name and value, in display order.
    pub facts: Vec<(String, String)>,
    /// The sources of the images.
    pub sources: Vec<Source>,
    /// Notices: fallbacks, duplicates, skipped rows.
    pub notices: Vec<String>,
    /// The numbers of training, validation and test images.
    pub split: SplitSizes,
    /// The seed of the run.
    pub seed: u64,
    /// The device that computed.
    pub device: String,
    /// One row per epoch.
    pub epochs: Vec<EpochRow>,
    /// The final figures, on the test set or, without one, on the validation set.
    pub evaluation: Option<EvaluationSummary>,
    /// Names of the classes; a class without one is shown by its number.
    pub class_names: Vec<String>,
    /// Pixels per side of the samples.
    pub side: usize,
    /// Some images with their predictions.
    pub samples: Vec<Sample>,
    /// The whole configuration, as in `config.json`.
    pub settings: String,
    /// The files in the folder of the run: name and content.
    pub files: Vec<(String, String)>,
    /// Commands to continue with: purpose and command.
    pub commands: Vec<(String, String)>,
    /// The version of the program.
    pub version: String,
}

/// A source of images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Their use: `training`, `test`.
    pub role: String,
    /// File, pattern or name, as given.
    pub origin: String,
    /// The number of images.
    pub images: u64,
}

/// The number of images in each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitSizes {
    /// Training images.
    pub train: u64,
    /// Images that chose the best epoch.
    pub validation: u64,
    /// Images evaluated once, at the end.
    pub test: u64,
}

/// The results of a model on a set of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationSummary {
    /// The images: `test` or `validation`.
    pub set: String,
    /// Their mean loss.
    pub loss: f64,
    /// Their labels and predictions.
    pub confusion: Confusion,
}

/// Facts about the shape of a model and its training, for [`Report::facts`].
pub fn facts(model: &ModelConfig, train: &TrainConfig) -> Vec<(String, String)> {
    let mut facts = shape(&model.architecture());
    let of_training = [
        ("Optimizer", format!("{:?}, learning rate {}", train.optimizer, train.learning_rate)),
        ("Batch", format::counted(train.batch_size as u64, "image")),
        ("Augmentation", augmentation(train)),
        ("Built-in digits added", format::integer(train.builtin_digits as u64)),
        ("Copies of each drawing's strokes", format::integer(train.stroke_copies as u64)),
        ("Images that are no digits", format::integer(train.not_digits as u64)),
    ];
    facts.extend(of_training.map(|(name, value)| (name.to_string(), value)));
    facts
}

/// The sizes of a model; of each stage if there are several.
fn shape(architecture: &Architecture) -> Vec<(String, String)> {
    let patches = architecture.patches();
    let several = patches.len() > 1;
    let of_stage = |(index, (stage, patch)): (usize, (&Stage, Patch))| {
        let pixels = if patch.side == 1 { "pixel" } else { "pixels" };
        let tokens = format::counted(stage.tokens() as u64, "token");
        let blocks = format::counted(stage.blocks.len() as u64, "block");
        let mut rows = vec![
            ("Patch", format!("{0}×{0} {pixels}, {tokens}", patch.side)),
            ("Width, depth", format!("{}, {blocks}", stage.width())),
        ];
        if let Some(block) = stage.blocks.first() {
            rows.push(mixer(block));
        }
        let name = move |name: &str| match several {
            true => format!("Stage {}: {}", index + 1, name.to_lowercase()),
            false => name.to_string(),
        };
        rows.into_iter().map(move |(row, value)| (name(row), value))
    };
    architecture.stages.iter().zip(patches).enumerate().flat_map(of_stage).collect()
}

/// What a block's mixer and MLP are.
fn mixer(block: &Block) -> (&'static str, String) {
    match &block.mixer {
        Mixer::Attention(attention) => {
            ("Heads, MLP", format!("{}, {}", attention.heads, block.mlp))
        }
        Mixer::Convolutions(convolutions) => {
            ("Mixer", format!("two convolutions of {0}×{0}", convolutions.window))
        }
        Mixer::Bottleneck(bottleneck) => {
            ("Mixer", format!("inverted bottleneck, {} channels inside", bottleneck.hidden))
        }
    }
}

fn augmentation(train: &TrainConfig) -> String {
    if train.augment.is_identity() {
        return "none".into();
    }
    let augment = &train.augment;
    let clean = match train.clean_epochs {
        0 => String::new(),
        epochs => format!("; clean epochs at the end: {epochs}"),
    };
    format!(
        "rotation {}°, shift {} px, scale {}, shear {}°, elastic {} px, thickness {} px, blur {} px, \
         erased {} px, noise {}, paper {}{clean}",
        augment.rotate,
        augment.shift,
        augment.scale,
        augment.shear,
        augment.elastic,
        augment.thickness,
        augment.blur,
        augment.erase,
        augment.noise,
        augment.paper
    )
}

/// The most kinds of mistake listed on the page.
const MISTAKES: usize = 5;

const STYLE: &str = include_str!("report.css");
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

impl Report {
    /// The page as HTML.
    ///
    /// # Errors
    /// If a sample is not `side` × `side`, or cannot be encoded.
    pub fn html(&self) -> Result<String> {
        let title = escape(&self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        );
        page.push_str(&self.header());
        page.push_str(&self.figures());
        page.push_str(&self.curves());
        if let Some(evaluation) = &self.evaluation {
            page.push_str(&self.confusion(evaluation));
        }
        page.push_str(&self.samples()?);
        page.push_str(&self.run());
        page.push_str(&self.usage());
        let version = escape(&self.version);
        let _ = write!(page, "</main>\n<footer>Patchwork {version}</footer>\n</body>\n</html>\n");
        Ok(page)
    }

    fn header(&self) -> String {
        format!(
            "<header>\n<h1>{}</h1>\n<p class=\"lead\">{} preset, {} parameters, {}. \
             {}.</p>\n</header>\n",
            escape(&self.title),
            escape(&self.preset),
            format::integer(self.parameters),
            escape(&self.device),
            format::moment(self.finished),
        )
    }

    /// The most important figures.
    fn figures(&self) -> String {
        let mut tiles = String::new();
        if let Some(evaluation) = &self.evaluation {
            let (low, high) = evaluation.confusion.accuracy_interval();
            let set = &evaluation.set;
            let mistakes = evaluation.confusion.total() - evaluation.confusion.correct();
            let interval =
                format!("95\u{a0}% interval {:.2}–{}", low * 100.0, format::percent(high, 2));
            let accuracy = format::percent(evaluation.confusion.accuracy(), 2);
            tile(&mut tiles, &format!("Accuracy, {set} set"), &accuracy, &interval);
            let of = format!(
                "{} of {} mistaken",
                format::integer(mistakes),
                format::counted(evaluation.confusion.total(), "image"),
            );
            tile(&mut tiles, &format!("Loss, {set} set"), &format::loss(evaluation.loss), &of);
        }
        if let Some(best) = best_epoch(&self.epochs) {
            let accuracy = best.validation_accuracy.map_or(f64::NAN, f64::from);
            let of = format!("epoch {} of {}", best.epoch, self.epochs.len());
            tile(&mut tiles, "Best validation accuracy", &format::percent(accuracy, 2), &of);
        }
        if let Some(last) = self.epochs.last() {
            let time = format::duration(f64::from(last.seconds));
            let speed = format!("{} images/s", format::integer(last.images_per_second as u64));
            tile(&mut tiles, "Training time", &time, &speed);
        }
        if tiles.is_empty() {
            return tiles;
        }
        format!(
            "<section class=\"headline\" aria-label=\"Final figures\">\n<dl class=\"figures\">\n{tiles}</dl>\n</section>\n"
        )
    }

    fn curves(&self) -> String {
        if self.epochs.is_empty() {
            return String::new();
        }
        let [loss, accuracy] = curves::panels(&self.epochs);
        section(
            "Learning curves",
            &format!(
                "<div class=\"charts\">\n{loss}{accuracy}</div>\n<p class=\"note\">Training values \
                 are means over the epoch, with augmentation and dropout where they are on and \
                 while the weights change; validation values are of its end. That is why \
                 validation may be ahead.</p>\n"
            ),
        )
    }

    fn confusion(&self, evaluation: &EvaluationSummary) -> String {
        // On a narrower page the matrix scrolls instead of shrinking.
        let least = (1.35 * evaluation.confusion.classes() as f64).max(26.0);
        let mut body = format!(
            "<div class=\"wide\" style=\"--least:{least:.0}rem\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\">\n\
             {}</div>\n",
            confusion::svg(&evaluation.confusion, &self.class_names)
        );
        let mistakes = evaluation.confusion.mistakes();
        if !mistakes.is_empty() {
            let kinds: Vec<String> = mistakes
                .iter()
                .take(MISTAKES)
                .map(|mistake| {
                    let label = name(&self.class_names, mistake.label);
                    let prediction = name(&self.class_names, mistake.prediction);
                    let count = format::integer(mistake.count);
                    escape(&format!("{label} read as {prediction} ({count})"))
                })
                .collect();
            let _ = writeln!(body, "<p>Most frequent mistakes: {}.</p>", kinds.join(", "));
        }
        let matrix = section(&format!("Confusion matrix, {} set", escape(&evaluation.set)), &body);
        let table = confusion::table(&evaluation.confusion, &self.class_names);
        let table = format!("<div class=\"wide\">\n{table}</div>\n");
        matrix + &section("Classes", &table)
    }

    fn samples(&self) -> Result<String> {
        if self.samples.is_empty() {
            return Ok(String::new());
        }
        check_images(self.side, self.samples.iter().map(|sample| sample.pixels.as_slice()))?;
        let mut body = "<ul class=\"samples\">\n".to_owned();
        for sample in &self.samples {
            body.push_str(&self.sample(sample)?);
        }
        body.push_str(
            "</ul>\n<p class=\"note\">Under each image the prediction and its probability. \
             Mistakes are framed and show the true class first.</p>\n",
        );
        Ok(section("Samples", &body))
    }

    fn sample(&self, sample: &Sample) -> Result<String> {
        // Dark ink on white, as on the light page; the dark page inverts it.
        let paper: Vec<u8> = sample.pixels.iter().map(|ink| u8::MAX - ink).collect();
        let png = STANDARD.encode(png_image::grey_png(self.side, &paper)?);
        let found = name(&self.class_names, sample.prediction);
        let alt = match sample.label {
            Some(label) if sample.is_mistake() => {
                format!("{}, mistaken for {found}", name(&self.class_names, label))
            }
            Some(_) => format!("{found}, recognised"),
            None => format!("read as {found}"),
        };
        Ok(format!(
            "<li{}><span><img src=\"data:image/png;base64,{png}\" alt=\"{}\" width=\"{side}\" \
             height=\"{side}\"></span>{}<small>{}</small></li>\n",
            if sample.is_mistake() { " class=\"mistake\"" } else { "" },
            escape(&alt),
            escape(&sample.verdict(&self.class_names)),
            sample.certainty(),
            side = self.side,
        ))
    }

    fn run(&self) -> String {
        let mut facts = String::new();
        for source in &self.sources {
            let images = format::counted(source.images, "image");
            let value = format!("{} ({images})", source.origin);
            fact(&mut facts, &format!("Data, {}", source.role), &value);
        }
        let SplitSizes { train, validation, test } = self.split;
        let parts = [train, validation, test].map(format::integer);
        let parts = format!("{} training, {} validation, {} test", parts[0], parts[1], parts[2]);
        fact(&mut facts, "Images", &parts);
        fact(&mut facts, "Preset", &self.preset);
        fact(&mut facts, "Parameters", &format::integer(self.parameters));
        for (name, value) in &self.facts {
            fact(&mut facts, name, value);
        }
        fact(&mut facts, "Device", &self.device);
        fact(&mut facts, "Seed", &self.seed.to_string());
        let mut body = format!("<dl class=\"facts\">\n{facts}</dl>\n");
        if !self.notices.is_empty() {
            let items = self.notices.iter().map(|notice| format!("<li>{}</li>\n", escape(notice)));
            let items = items.collect::<String>();
            let _ = write!(body, "<ul class=\"notices\">\n{items}</ul>\n");
        }
        if !self.settings.is_empty() {
            let _ = write!(
                body,
                "<details>\n<summary>All settings</summary>\n<pre tabindex=\"0\">{}</pre>\n\
                 </details>\n",
                escape(&self.settings)
            );
        }
        section("What was trained", &body)
    }

    fn usage(&self) -> String {
        let mut body = String::new();
        for (purpose, command) in &self.commands {
            let (purpose, command) = (escape(purpose), escape(command));
            let _ = write!(body, "<p>{purpose}</p>\n<pre tabindex=\"0\">{command}</pre>\n");
        }
        if !self.files.is_empty() {
            let mut list = String::new();
            for (name, what) in &self.files {
                let (name, what) = (escape(name), escape(what));
                let _ = writeln!(list, "<dt><code>{name}</code></dt><dd>{what}</dd>");
            }
            let _ = write!(body, "<dl class=\"facts\">\n{list}</dl>\n");
        }
        if body.is_empty() { body } else { section("Using the model", &body) }
    }
}

/// A section under a heading that is already escaped.
fn section(heading: &str, body: &str) -> String {
    format!("<section>\n<h2>{heading}</h2>\n{body}</section>\n")
}

fn tile(tiles: &mut String, name: &str, value: &str, note: &str) {
    let _ = writeln!(
        tiles,
        "<div><dt>{}</dt><dd><strong>{}</strong><small>{}</small></dd></div>",
        escape(name),
        escape(value),
        escape(note),
    );
}

fn fact(facts: &mut String, name: &str, value: &str) {
    let _ = writeln!(facts, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
}

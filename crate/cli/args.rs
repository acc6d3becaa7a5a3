//! The command-line arguments.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::shape::Shape;
use patchwork::config::{
    Distillation, DistillationKind, ModelConfig, OptimizerKind, Precision, Preset, Schedule,
    TrainConfig,
};
use patchwork::data::Orientation;
use patchwork::device::DeviceChoice;
use patchwork::files::source::Request;
use patchwork::protocol::RaceBudget;

/// Trains Vision Transformers on handwritten digits. Without a command: trains.
#[derive(Debug, Parser)]
#[command(name = "patchwork", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<CliCommand>,
    #[command(flatten)]
    pub train: Train,
}

#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Train a model
    Train(Box<Train>),
    /// Have presets train in turns on the same data with the same budget, and compare them
    Race(Race),
    /// Evaluate a model on labelled images
    Eval(Eval),
    /// Write a model's predictions as CSV (Kaggle's ImageId,Label, with the file's own ids)
    Predict(Predict),
    /// Show what a model attends to: attention maps and rollout
    Explain(Explain),
    /// Adapt a model to one person's handwriting from a few drawings, and measure what that changed
    Adapt(Adapt),
    /// Write a model as 16-bit floats: half the size, for prediction only
    Pack(Pack),
    /// Write a model for other programs: as an ONNX graph, or for Hugging Face's transformers
    Export(Export),
    /// List devices, features and versions
    Info(Info),
    /// Describe a data file and draw a contact sheet
    Data(Data),
}

#[derive(Debug, Args)]
pub struct Train {
    /// Training images: a CSV, IDX or pen-stroke file (gzip too), a folder, a pattern, mnist, builtin or
    /// builtin:N; several are joined, and the test part is that of the first [default: MNIST from the cache or a
    /// mirror, else built-in digits]
    #[arg(long, value_name = "P")]
    pub data: Vec<String>,
    /// Test images, evaluated once after training [default: the test part of --data, or a tenth of it]
    #[arg(long, value_name = "P")]
    pub test: Option<String>,
    /// The model and recipe to start from [default: tiny, or the first preset of --family]
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    #[command(flatten)]
    pub turn: Turn,
    #[command(flatten)]
    pub shape: Shape,
    #[command(flatten)]
    pub dropout: DropoutArguments,
    #[command(flatten)]
    pub recipe: Recipe,
    /// Where to compute: auto, cpu, gpu, gpu:N or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// The folder of the run [default: a new one under runs/]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Resume the run in this folder with the settings it was started with
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "from", "preset", "classes", "Turn", "Shape", "DropoutArguments", "Recipe"])]
    pub resume: Option<PathBuf>,
    /// Start from the weights and the model of this safetensors file; the training settings, dropout
    /// included, come from the preset and the options
    #[arg(long, value_name = "MODEL", conflicts_with = "Shape")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub teacher: TeacherArguments,
    /// Number of classes; labels up to N-1 are accepted even if the data has fewer
    #[arg(long, value_name = "N")]
    pub classes: Option<usize>,
    /// Where MNIST is downloaded from
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Print events as lines of JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Race {
    /// The presets that race: two to four
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        required = true,
        num_args = 1,
        value_name = "A,B,…"
    )]
    pub preset: Vec<Preset>,
    /// Training images: as for train [default: MNIST from the cache or a mirror, else built-in digits]
    #[arg(long, value_name = "P")]
    pub data: Option<String>,
    #[command(flatten)]
    pub turn: Turn,
    /// Seconds of training for each; validation is not counted
    #[arg(long, value_name = "S", default_value_t = 60.0, conflicts_with = "images")]
    seconds: f64,
    /// Training images for each, repetitions counted, instead of a time
    #[arg(long, value_name = "N")]
    images: Option<u64>,
    /// Seed of everything random; the same for all
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Where to compute: auto, cpu, gpu, gpu:N or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// The folder for the models, as NAME.safetensors [default: they are not kept]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where MNIST is downloaded from
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Print events as lines of JSON
    #[arg(long)]
    pub json: bool,
}

impl Race {
    /// What each may use.
    pub fn budget(&self) -> RaceBudget {
        match self.images {
            Some(images) => RaceBudget::Images { images },
            None => RaceBudget::Seconds { seconds: self.seconds },
        }
    }
}

/// From whom a model learns beside the labels.
#[derive(Debug, Args)]
pub struct TeacherArguments {
    /// A trained model of the same images and classes, from which the distillation token of a deit learns [default of a
    /// resumed run: the one that it began with]
    #[arg(long, value_name = "MODEL")]
    pub teacher: Option<PathBuf>,
    /// What counts of the teacher's scores: the best class, or all of them [default: hard]
    #[arg(long, value_enum, requires = "teacher", conflicts_with = "resume")]
    distillation: Option<DistillationKind>,
    /// The teacher's share of the loss [default: 0.5]
    #[arg(long, requires = "teacher", conflicts_with = "resume")]
    distillation_weight: Option<f64>,
    /// What soft distillation divides scores by [default: 3]
    #[arg(long, requires = "teacher", conflicts_with = "resume")]
    temperature: Option<f64>,
}

impl TeacherArguments {
    /// The recipe with what was given.
    pub fn apply(&self, train: &mut TrainConfig) {
        if self.teacher.is_none() {
            return;
        }
        let mut distillation = Distillation::default();
        set(&mut distillation.kind, self.distillation);
        set(&mut distillation.weight, self.distillation_weight);
        set(&mut distillation.temperature, self.temperature);
        train.distillation = Some(distillation);
    }
}

/// Changes that bring the images of files into the orientation that models read: light ink on a dark background,
/// rows first.
#[derive(Debug, Args)]
pub struct Turn {
    /// Swap light and dark, for dark ink on a light ground
    #[arg(long)]
    invert: bool,
    /// Swap rows and columns, for images that lie on their side
    #[arg(long)]
    transpose: bool,
}

impl Turn {
    pub fn orientation(&self) -> Orientation {
        Orientation { inverted: self.invert, transposed: self.transpose }
    }
}

/// Regularization in training; values not given come from the preset.
#[derive(Debug, Args)]
pub struct DropoutArguments {
    /// Dropout after embedding, projection and MLP layers
    #[arg(long)]
    dropout: Option<f64>,
    /// Dropout on attention weights
    #[arg(long)]
    attention_dropout: Option<f64>,
    /// Probability to skip the last block in training
    #[arg(long)]
    stochastic_depth: Option<f64>,
}

/// The training recipe; values not given come from the preset.
#[derive(Debug, Args)]
pub struct Recipe {
    /// Passes over the training images
    #[arg(long)]
    epochs: Option<usize>,
    /// Images in a step
    #[arg(long)]
    batch_size: Option<usize>,
    /// Peak learning rate
    #[arg(long)]
    lr: Option<f64>,
    /// The learning rate schedule after the warm-up
    #[arg(long, value_enum)]
    schedule: Option<Schedule>,
    /// Epochs over which the learning rate rises from 0
    #[arg(long)]
    warmup: Option<f64>,
    /// The optimizer
    #[arg(long, value_enum)]
    optimizer: Option<OptimizerKind>,
    /// Decoupled weight decay of matrices
    #[arg(long)]
    weight_decay: Option<f64>,
    /// Largest global norm of a gradient, 0 for no limit
    #[arg(long)]
    clip_norm: Option<f64>,
    /// Label smoothing: share of the target spread over all classes
    #[arg(long)]
    label_smoothing: Option<f64>,
    /// Decay of the running average of the weights, 0 for none
    #[arg(long)]
    ema: Option<f64>,
    /// Random rotation by up to this many degrees
    #[arg(long)]
    rotate: Option<f32>,
    /// Random shift by up to this many pixels (of 28)
    #[arg(long)]
    shift: Option<f32>,
    /// Random scaling: larger or smaller by up to this share
    #[arg(long)]
    scale: Option<f32>,
    /// Random shear by up to this many degrees
    #[arg(long)]
    shear: Option<f32>,
    /// Random elastic deformation by up to this many pixels (of 28)
    #[arg(long)]
    elastic: Option<f32>,
    /// Random stroke thickness: thicker or thinner by up to this many pixels (of 28)
    #[arg(long)]
    thickness: Option<f32>,
    /// Random blur of half of the images, with a standard deviation of up to this many pixels (of 28)
    #[arg(long)]
    blur: Option<f32>,
    /// Random erasing in half of the images: a rectangle with sides of up to this many pixels (of 28)
    #[arg(long)]
    erase: Option<f32>,
    /// Random noise on half of the images, with a standard deviation of up to this share of full ink
    #[arg(long)]
    noise: Option<f32>,
    /// Share of the images on paper that is not blank: grey, cloudy or striped, with thin lines or dirt
    #[arg(long)]
    paper: Option<f32>,
    /// Random flips; not for digits, whose mirror images are different characters
    #[arg(long, value_enum)]
    flip: Option<Flip>,
    /// In the last N epochs only deform images: no change of thickness, no blur, no erasing, no noise, no paper
    #[arg(long, value_name = "N")]
    clean_epochs: Option<usize>,
    /// Add N built-in digits to the training images
    #[arg(long, value_name = "N")]
    builtin_digits: Option<usize>,
    /// Share of these built-in digits that are in styles that few people use
    #[arg(long, value_name = "SHARE")]
    rare_styles: Option<f64>,
    /// Add each drawing of stroke files N times more, written again with changes of stroke and pen
    #[arg(long, value_name = "N")]
    stroke_copies: Option<usize>,
    /// Add N images of letters, signs and scribbles, for which every class should be equally probable
    #[arg(long, value_name = "N")]
    not_digits: Option<usize>,
    /// Share of the training images held back for validation
    #[arg(long)]
    val_fraction: Option<f64>,
    /// Share held back for the test if there is no test file
    #[arg(long)]
    test_fraction: Option<f64>,
    /// Stop after this many epochs without a better validation accuracy, 0 for never
    #[arg(long)]
    patience: Option<usize>,
    /// Seed of all random numbers
    #[arg(long)]
    seed: Option<u64>,
    /// Number format of activations and gradients on a graphics card; the CPU computes in 32 bits
    #[arg(long, value_enum)]
    precision: Option<Precision>,
    /// Read loss and accuracy from the device every this many steps
    #[arg(long)]
    read_every: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Flip {
    None,
    Horizontal,
    Vertical,
    Both,
}

/// Replaces a setting if a value was given.
fn set<T>(setting: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *setting = given;
    }
}

impl DropoutArguments {
    /// Applies the given values to the preset's model.
    pub fn apply(&self, model: &mut ModelConfig) {
        set(&mut model.dropout, self.dropout);
        set(&mut model.attention_dropout, self.attention_dropout);
        set(&mut model.stochastic_depth, self.stochastic_depth);
    }
}

impl Recipe {
    /// Applies the given values to the preset's recipe.
    pub fn apply(&self, train: &mut TrainConfig) {
        set(&mut train.epochs, self.epochs);
        set(&mut train.batch_size, self.batch_size);
        set(&mut train.learning_rate, self.lr);
        set(&mut train.schedule, self.schedule);
        // A warm-up for many epochs is shortened if there are few.
        train.warmup_epochs = train.warmup_epochs.min(train.epochs as f64 / 2.0);
        set(&mut train.warmup_epochs, self.warmup);
        set(&mut train.optimizer, self.optimizer);
        set(&mut train.weight_decay, self.weight_decay);
        set(&mut train.clip_norm, self.clip_norm);
        set(&mut train.label_smoothing, self.label_smoothing);
        set(&mut train.ema_decay, self.ema);
        set(&mut train.augment.rotate, self.rotate);
        set(&mut train.augment.shift, self.shift);
        set(&mut train.augment.scale, self.scale);
        set(&mut train.augment.shear, self.shear);
        set(&mut train.augment.elastic, self.elastic);
        set(&mut train.augment.thickness, self.thickness);
        set(&mut train.augment.blur, self.blur);
        set(&mut train.augment.erase, self.erase);
        set(&mut train.augment.noise, self.noise);
        set(&mut train.augment.paper, self.paper);
        set(&mut train.clean_epochs, self.clean_epochs);
        set(&mut train.builtin_digits, self.builtin_digits);
        set(&mut train.rare_styles, self.rare_styles);
        set(&mut train.stroke_copies, self.stroke_copies);
        set(&mut train.not_digits, self.not_digits);
        if let Some(flip) = self.flip {
            train.augment.flip_horizontal = matches!(flip, Flip::Horizontal | Flip::Both);
            train.augment.flip_vertical = matches!(flip, Flip::Vertical | Flip::Both);
        }
        set(&mut train.validation_fraction, self.val_fraction);
        set(&mut train.test_fraction, self.test_fraction);
        set(&mut train.patience, self.patience);
        set(&mut train.seed, self.seed);
        set(&mut train.precision, self.precision);
        set(&mut train.read_every, self.read_every);
    }

    /// The given seed.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or_default()
    }
}

/// A model and the images to show it.
#[derive(Debug, Args)]
pub struct Subject {
    /// The model: a safetensors file, or the folder of a run
    #[arg(long, value_name = "M")]
    pub model: PathBuf,
    /// The images: a CSV, IDX or pen strokes file, a folder, mnist (its test images), mnist:train, builtin
    #[arg(long, value_name = "P")]
    pub data: String,
    #[command(flatten)]
    pub turn: Turn,
    /// Where to compute: auto, cpu, gpu, gpu:N or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Where MNIST is downloaded from
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

impl Subject {
    /// The request for the images; labels must be below `classes`.
    pub fn request(&self, classes: usize) -> Request {
        Request {
            data: Some(self.data.clone()),
            classes: Some(classes),
            orientation: self.turn.orientation(),
            mirror: self.mirror.clone(),
            ..Request::default()
        }
    }
}

#[derive(Debug, Args)]
pub struct Eval {
    #[command(flatten)]
    pub subject: Subject,
    #[command(flatten)]
    pub part: SplitArguments,
    /// Also evaluate on corrupted images: rotation, shift, noise and others
    #[arg(long)]
    pub corruptions: bool,
    /// Also evaluate on built-in drawings that are not digits: letters, scribbles, noise and others
    #[arg(long)]
    pub not_digits: bool,
    /// Draw the wrongly classified images into this PNG
    #[arg(long, value_name = "FILE")]
    pub mistakes: Option<PathBuf>,
    /// Seed of the split, of corruptions and of non-digits [default: 0; of the split that of the run whose
    /// folder --model is]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Treat numeric labels as class numbers, counted from 0, even if the model's classes have
    /// other names
    #[arg(long)]
    pub labels_are_numbers: bool,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

/// A part of the images that a run trains with, split by seed just as the run splits them. What is not
/// given comes from the run whose folder --model is, else from the presets.
#[derive(Debug, Args)]
pub struct SplitArguments {
    /// Evaluate on this part of --data, split as a run with --seed splits it
    #[arg(long, value_enum, value_name = "PART")]
    pub split: Option<SplitName>,
    /// Share of the training images that the run holds back for validation
    #[arg(long, requires = "split")]
    pub val_fraction: Option<f64>,
    /// Share that the run holds back for the test if there is no test file
    #[arg(long, requires = "split")]
    pub test_fraction: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitName {
    /// The images that the weights are trained on
    Train,
    /// The images that select the best epoch
    Validation,
    /// The images held back for the test
    Test,
}

#[derive(Debug, Args)]
pub struct Adapt {
    /// The model: a safetensors file, or the folder of a run
    #[arg(long, value_name = "M")]
    pub model: PathBuf,
    /// The drawings with labels: pen strokes (or images, which are not written again)
    #[arg(long, value_name = "P")]
    pub data: String,
    /// Learn from the first K drawings of each class and measure on the others [default: learn from all]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    shots: Option<u32>,
    /// Adapt to each writer of the file by itself
    #[arg(long, conflicts_with = "out")]
    pub by_writer: bool,
    /// Adapt to this writer of the file
    #[arg(long, value_name = "NAME", conflicts_with = "by_writer")]
    pub writer: Option<String>,
    /// Images by many writers that the model should still know [default: MNIST's training images from the cache or a
    /// mirror, else built-in digits]
    #[arg(long, value_name = "P")]
    pub others: Option<String>,
    /// Also measure on these images, before and after, such as mnist
    #[arg(long, value_name = "P")]
    pub check: Option<String>,
    /// The model file to write
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Where to compute: auto, cpu, gpu, gpu:N or cuda:N
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// Where MNIST is downloaded from
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

impl Adapt {
    /// Drawings of each class to learn from.
    pub fn shots(&self) -> Option<usize> {
        self.shots.map(|shots| shots as usize)
    }
}

#[derive(Debug, Args)]
pub struct Predict {
    #[command(flatten)]
    pub subject: Subject,
    /// The CSV to write [default: submission.csv]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write the probability of each class
    #[arg(long)]
    pub probabilities: bool,
}

#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    pub subject: Subject,
    /// The index of the image, counted from 0
    #[arg(long, value_name = "I", default_value_t = 0)]
    pub index: usize,
    /// Whose attention to draw: class (what the answer is read from), distillation, or X,Y for the token over this pixel
    /// of the image, counted from 0
    #[arg(long, value_name = "WHO", default_value = "class")]
    pub of: Reader,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = "explanation")]
    pub out: PathBuf,
}

/// Whose attention to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// What the answer is read from.
    Class,
    /// The distillation token.
    Distillation,
    /// The token over a pixel, by column and row.
    Pixel(usize, usize),
}

impl FromStr for Reader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pixel = || {
            let (x, y) = text.split_once(',')?;
            Some(Self::Pixel(x.trim().parse().ok()?, y.trim().parse().ok()?))
        };
        match text {
            "class" => Ok(Self::Class),
            "distillation" => Ok(Self::Distillation),
            _ => pixel().ok_or_else(|| "neither class, distillation nor X,Y (such as 14,9)".into()),
        }
    }
}

impl Display for Reader {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class => f.write_str("class"),
            Self::Distillation => f.write_str("distillation"),
            Self::Pixel(x, y) => write!(f, "{x},{y}"),
        }
    }
}

#[derive(Debug, Args)]
pub struct Pack {
    /// The model: a safetensors file, or the folder of a run
    #[arg(long, value_name = "M")]
    pub model: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A model trained further from the first one: write the average of both
    #[arg(long, value_name = "M")]
    pub with: Option<PathBuf>,
    /// Weight of the second model in that average: 0 is the first model, 1 the second
    #[arg(long, value_name = "S", default_value_t = 0.5, requires = "with")]
    pub share: f32,
    /// The description of the training recipe in the file [default: unchanged]
    #[arg(long)]
    pub recipe: Option<String>,
    /// The class names, one per class [default: unchanged]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    pub class_names: Option<Vec<String>>,
}

#[derive(Debug, Args)]
#[group(id = "format", required = true, multiple = true, args = ["onnx", "hugging_face"])]
pub struct Export {
    /// The model: a safetensors file, the folder of a run, or its checkpoint [default: the weights that the page ships]
    #[arg(long, value_name = "M")]
    pub model: Option<PathBuf>,
    /// Write an ONNX graph: `image` [batch, 1, side, side] from 0 to 1, `logits` [batch, classes]
    #[arg(long, value_name = "FILE")]
    pub onnx: Option<PathBuf>,
    /// Give the graph the attention of each block as further outputs
    #[arg(long, requires = "onnx")]
    pub attention: bool,
    /// Write a folder that ViTForImageClassification.from_pretrained loads, for a plain ViT with a class token
    #[arg(long, value_name = "FOLDER")]
    pub hugging_face: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Info {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Data {
    /// A file, a folder, a pattern, mnist or builtin
    #[arg(value_name = "P")]
    pub data: String,
    #[command(flatten)]
    pub turn: Turn,
    /// Draw the first images into this PNG [default: contact-sheet.png]
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<PathBuf>,
    /// Print what was understood as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub teacher: TeacherArguments,
    /// Number of classes; labels up to N-1 are accepted even if the data has fewer
    #[arg(long, value_name = "N")]
    pub classes: Option<usize>,
    /// Where MNIST is downloaded from
    #[arg(long, value_name = "URL")]
    pub mirror: Option<String>,
}

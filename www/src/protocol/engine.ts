// Written by the crate (crate/protocol/page_types.rs); not by hand.

/**
 * What a pen draws from going down to being lifted.
 */
export type Stroke = { 
/**
 * Where the pen was, `[x, y]` with x to the right and y down, in any unit.
 */
points: Array<[number, number]>, 
/**
 * How hard the pen pressed at each point, 0 to 1; empty where the device does not say.
 */
pressure: Array<number>, };

/**
 * What the head reads.
 */
export type Pool = "class-token" | "mean";

/**
 * The optimizer.
 */
export type OptimizerKind = "adam" | "adam-w" | "muon";

/**
 * How the learning rate goes after the warm-up.
 */
export type Schedule = "constant" | "cosine";

/**
 * The number format of activations and gradients. Weights and optimizer state are always `f32`.
 */
export type Precision = "f32" | "f16" | "bf16";

/**
 * The shape of a Vision Transformer.
 */
export type Vit = { 
/**
 * Pixels per side of a patch. The image is padded where this does not divide it.
 */
patch_size: number, 
/**
 * Width of a token (the embedding dimension).
 */
width: number, 
/**
 * The number of encoder blocks.
 */
depth: number, 
/**
 * Attention heads of a block; divides the width.
 */
heads: number, 
/**
 * Width of the MLP's hidden layer.
 */
mlp: number, 
/**
 * What the head reads.
 */
pool: Pool, 
/**
 * Channels of the first 3×3 convolutions before the patch embedding, 0 for none (after Xiao et al.
 * 2021).
 */
stem: number, 
/**
 * How many convolutions these are: half of them, rounded down, have so many channels, the others
 * twice as many.
 */
stem_depth: number, 
/**
 * LayerNorm on queries and keys (Dehghani et al. 2023).
 */
qk_norm: boolean, };

/**
 * The stages of a model, and what its head reads. Sizes come from strangers' files as well: all are checked.
 */
export type Custom = { 
/**
 * The stages, first to last. What they say of skipped branches is replaced by the model's stochastic depth.
 */
stages: unknown[], 
/**
 * What the classifier reads.
 */
pool: string, };

/**
 * The settings of a model's family.
 */
export type Family = { "family": "vit" } & Vit | { "family": "custom" } & Custom;

/**
 * A model: what goes in and comes out, what is dropped in training, and the settings of its family.
 *
 * As JSON it is one flat object in which `family` says whose settings it holds. A model without a `family` is a `vit`: so
 * were all models before there were others.
 */
export type ModelConfig = { 
/**
 * Pixels per side of an image.
 */
image_size: number, 
/**
 * The number of classes.
 */
classes: number, 
/**
 * Dropout after the embedding, the attention's projection and both MLP layers.
 */
dropout: number, 
/**
 * Dropout on the attention weights.
 */
attention_dropout: number, 
/**
 * Probability to skip the last block's branches for an image in training; grows linearly from
 * 0 at the first block (stochastic depth, Huang et al. 2016).
 */
stochastic_depth: number, } & ({ "family": "vit" } & Vit | { "family": "custom" } & Custom);

/**
 * Which random deformations training images get, and how strong at most. Each is drawn uniformly up
 * to its limit in both directions. The default is none at all.
 */
export type Augment = { 
/**
 * Largest rotation in degrees.
 */
rotate: number, 
/**
 * Largest translation in pixels of a 28×28 image.
 */
shift: number, 
/**
 * Largest relative change of size: 0.1 is ±10 %. Width and height change each by its own.
 */
scale: number, 
/**
 * Largest horizontal shear (slant) in degrees.
 */
shear: number, 
/**
 * Largest displacement by a smooth random field, in pixels of a 28×28 image. Typical
 * displacements are a quarter of it.
 */
elastic: number, 
/**
 * Largest change of the strokes' thickness, in pixels of a 28×28 image.
 */
thickness: number, 
/**
 * Largest blur of every other image: the standard deviation of a Gaussian in pixels of a 28×28
 * image.
 */
blur: number, 
/**
 * Longest side of a rectangle of paper, in pixels of a 28×28 image, that covers a piece of every
 * other image, but never more than a third of the ink (random erasing, Zhong et al. 2020).
 */
erase: number, 
/**
 * Strongest noise on every other image: its standard deviation as a share of full ink (Rusak et al.
 * 2020, "A simple way to make neural networks robust against diverse image corruptions").
 */
noise: number, 
/**
 * Mirrors every other image left to right. Not for digits: a mirrored 2 is no digit, and a
 * mirrored 5 looks like a 2.
 */
flip_horizontal: boolean, 
/**
 * Mirrors every other image top to bottom. Not for digits, for the same reason: a 6 upside down
 * comes near a 9.
 */
flip_vertical: boolean, };

/**
 * How a model is trained.
 */
export type TrainConfig = { 
/**
 * Passes over the training images.
 */
epochs: number, 
/**
 * Images in a step. The images that do not fill a last batch wait for the next epoch's order.
 */
batch_size: number, 
/**
 * The optimizer.
 */
optimizer: OptimizerKind, 
/**
 * Peak learning rate.
 */
learning_rate: number, 
/**
 * How the learning rate goes after the warm-up.
 */
schedule: Schedule, 
/**
 * Epochs in which the learning rate rises from 0 to its peak.
 */
warmup_epochs: number, 
/**
 * Decoupled weight decay of weight matrices and kernels; biases, norms, class token and
 * positions have none.
 */
weight_decay: number, 
/**
 * Decay rates of the first and second moment. The first is Muon's momentum as well.
 */
betas: [number, number], 
/**
 * Keeps the optimizer from dividing by zero.
 */
epsilon: number, 
/**
 * Gradients are scaled down to this global norm; 0 turns it off.
 */
clip_norm: number, 
/**
 * Share of the target that is spread over all classes (Szegedy et al. 2016).
 */
label_smoothing: number, 
/**
 * Decay per step of the running average of the weights that is validated and kept; 0 turns it off.
 */
ema_decay: number, 
/**
 * Random deformation of the training images.
 */
augment: Augment, 
/**
 * The last so many epochs only deform their images: the pen's width, blur, erasing and noise are
 * off, so that a run ends on images like those it is for (He et al. 2019, "Data augmentation
 * revisited: rethinking the distribution gap between clean and augmented data").
 */
clean_epochs: number, 
/**
 * Built-in digits that are learned from beside the given images. They are made for the run, and
 * never validated or tested on.
 */
builtin_digits: number, 
/**
 * Share of the given training images that is held back for validation.
 */
validation_fraction: number, 
/**
 * Share held back for the final test where no test file is given.
 */
test_fraction: number, 
/**
 * Stop after this many epochs without a better validation accuracy; 0 never stops early.
 */
patience: number, 
/**
 * Seed of everything random.
 */
seed: number, 
/**
 * Number format of activations and gradients.
 */
precision: Precision, 
/**
 * Loss and accuracy are read back from the device every so many steps.
 */
read_every: number, };

/**
 * What a run is made with.
 */
export type RunSettings = { 
/**
 * The model.
 */
model: ModelConfig, 
/**
 * The recipe.
 */
train: TrainConfig, };

/**
 * A preset by its name.
 */
export type PresetReport = { 
/**
 * Its name as it is typed.
 */
name: string, 
/**
 * The model.
 */
model: ModelConfig, 
/**
 * The recipe.
 */
train: TrainConfig, };

/**
 * What a person can tell a session.
 */
export type Command = { "type": "pause" } | { "type": "resume" } | { "type": "step-once" } | { "type": "stop" };

/**
 * A part of the data that is evaluated.
 */
export type EvaluatedSplit = "validation" | "test";

/**
 * Why a session ended.
 */
export type Reason = "completed" | "early-stop" | "stopped";

/**
 * Loss and accuracy of the last few steps, and how fast they went.
 */
export type Progress = { 
/**
 * The epoch, counted from 1.
 */
epoch: number, 
/**
 * Epochs in all.
 */
epochs: number, 
/**
 * Steps done in this epoch.
 */
step: number, 
/**
 * Steps of an epoch.
 */
steps_per_epoch: number, 
/**
 * Mean training loss since the last report.
 */
loss: number, 
/**
 * Share of training images read correctly since the last report.
 */
accuracy: number, 
/**
 * The learning rate of the last step.
 */
learning_rate: number, 
/**
 * Images learned from in a second.
 */
images_per_second: number, 
/**
 * Seconds until the last epoch is validated, by what was measured so far.
 */
seconds_left: number, };

/**
 * One epoch of training as it is kept in `metrics.csv`.
 */
export type EpochRow = { 
/**
 * The epoch, counted from 1.
 */
epoch: number, 
/**
 * Optimizer steps taken since the start of the run.
 */
step: number, 
/**
 * Mean loss over the (augmented) training images, in nats.
 */
train_loss: number, 
/**
 * Share of the training images classified rightly, 0 to 1.
 */
train_accuracy: number, 
/**
 * Mean loss over the validation images, in nats; none without validation.
 */
validation_loss: number | null, 
/**
 * Share of the validation images classified rightly, 0 to 1; none without validation.
 */
validation_accuracy: number | null, 
/**
 * The learning rate of the last step.
 */
learning_rate: number, 
/**
 * Training images per second, validation not counted.
 */
images_per_second: number, 
/**
 * Seconds since the start of the run, pauses not counted.
 */
seconds: number, };

/**
 * The end of an epoch.
 */
export type EpochReport = { 
/**
 * The figures.
 */
row: EpochRow, 
/**
 * Whether no epoch before was better on validation.
 */
best: boolean, };

/**
 * How often images of each class were taken for each class: `[classes, classes]`, rows are the
 * true labels, columns the predictions.
 *
 * As JSON it is the list of its rows.
 */
export type Confusion = Array<Array<number>>;

/**
 * How a model did on a set of images.
 */
export type Evaluation = { 
/**
 * Mean cross-entropy.
 */
loss: number, 
/**
 * Share read correctly.
 */
accuracy: number, 
/**
 * What was read as what.
 */
confusion: Confusion, 
/**
 * Probability of each class for each image, `[images, classes]`.
 */
probabilities: Array<number>, };

/**
 * What a session says.
 */
export type Event = { "type": "progress" } & Progress | { "type": "evaluating", 
/**
 * Which images.
 */
part: EvaluatedSplit, 
/**
 * Images done.
 */
done: number, 
/**
 * Images in all.
 */
total: number, } | { "type": "epoch" } & EpochReport | { "type": "tested" } & Evaluation | { "type": "paused" } | { "type": "resumed" } | { "type": "finished", 
/**
 * Why.
 */
reason: Reason, };

/**
 * What kind of thing went wrong: the part of an [`Error`] that programs branch on.
 */
export type ErrorKind = "data" | "config" | "weights" | "device" | "file" | "network" | "diverged";

/**
 * Where in the input an error is: in a file, or at a setting. Any part may be unknown.
 */
export type Place = { 
/**
 * File name or path as the person gave it.
 */
file: string | null, 
/**
 * Row in the file, counted from 1 with the header included, as editors count lines.
 */
row: number | null, 
/**
 * Column of the row, counted from 1.
 */
column: number | null, 
/**
 * The setting at fault, as the settings' field is called; for programs, people read the problem.
 */
setting?: string, };

/**
 * What went wrong, where, and what to do next.
 */
export type PatchworkError = { 
/**
 * The kind, for programs.
 */
kind: ErrorKind, 
/**
 * Where it is.
 */
place: Place, 
/**
 * What is wrong, as one sentence without a final period.
 */
problem: string, 
/**
 * What a person can do about it, as one sentence without a final period; may be empty.
 */
help: string, };

/**
 * Bytes that training works in, beside the program and the images.
 */
export type Memory = { 
/**
 * On the CPU, in one program that takes whole batches.
 */
whole: number, 
/**
 * On the CPU, in each worker that takes a part of a batch.
 */
worker: number, 
/**
 * In the program that has the run, where workers or a graphics card take the batches.
 */
run: number, 
/**
 * On a graphics card.
 */
card: number, 
/**
 * Parts that a batch is cut into where workers share the steps.
 */
parts: number, };

/**
 * What a model and its training take.
 */
export type Cost = { 
/**
 * Numbers that the model learns.
 */
parameters: number, 
/**
 * Multiply-adds of one image in a training step.
 */
multiply_adds: number, 
/**
 * What training works in.
 */
memory: Memory, 
/**
 * Bytes of the model as a file.
 */
file: number, 
/**
 * Bytes of a checkpoint.
 */
checkpoint: number, };

/**
 * What is to be said of settings before a run.
 */
export type Checked = { 
/**
 * Why they are impossible, where they are.
 */
error: PatchworkError | null, 
/**
 * What they cost, where they are possible.
 */
cost: Cost | null, };

/**
 * The object that a setting is a field of.
 */
export type SettingGroup = "model" | "train" | "augment";

/**
 * The range of one setting.
 */
export type Limit = { 
/**
 * The object it is a field of.
 */
group: SettingGroup, 
/**
 * The name of the field.
 */
setting: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * The smallest value.
 */
low: number, 
/**
 * The largest value.
 */
high: number, 
/**
 * Whether the smallest value itself is excluded.
 */
above: boolean, 
/**
 * Whether only whole numbers are possible.
 */
whole: boolean, 
/**
 * The unit, or how to read a value; may be empty.
 */
unit: string, };

/**
 * All limits, as the page asks for them.
 */
export type Limits = { 
/**
 * The range of each setting.
 */
settings: Array<Limit>, 
/**
 * The largest number of tokens of an image.
 */
tokens: number, 
/**
 * The largest number of parameters of a model.
 */
parameters: number, 
/**
 * The most bytes that the program of a browser tab can hold.
 */
tab_memory: number, };

/**
 * What a file is used for.
 */
export type FileRole = "train" | "test" | "unlabelled" | "ignored";

/**
 * What was done to the images of a file so that they are ink (255) on paper (0), rows first.
 */
export type Orientation = { 
/**
 * Light and dark were swapped.
 */
inverted: boolean, 
/**
 * Rows and columns were swapped.
 */
transposed: boolean, };

/**
 * How a file is to be read.
 */
export type ReadOptions = { 
/**
 * Takes the labels as they are, also where one of them is too rare or too high to look like a class.
 */
any_labels: boolean, };

/**
 * A file that was read.
 */
export type FileReport = { 
/**
 * Its number.
 */
id: number, 
/**
 * Its name.
 */
name: string, 
/**
 * How it was understood, as one line for people.
 */
layout: string, 
/**
 * Images.
 */
images: number, 
/**
 * Pixels per side of an image.
 */
side: number, 
/**
 * Whether its images have labels.
 */
labelled: boolean, 
/**
 * Images of each class, `[classes]`; empty without labels.
 */
class_counts: Array<number>, 
/**
 * What the classes are called; empty where they are called by their numbers.
 */
class_names: Array<string>, 
/**
 * What it is used for.
 */
part: FileRole, 
/**
 * Whether a person chose that; else it follows from the names of all files.
 */
part_chosen: boolean, 
/**
 * What was done to its images so that they are ink on paper, rows first.
 */
orientation: Orientation, 
/**
 * What a person should know of it, a sentence each.
 */
notices: Array<string>, 
/**
 * What the notices offer to do to its images, beside what was done.
 */
offers: Orientation, 
/**
 * Where it holds labels whose images its name does not tell: the images that they could belong to.
 */
candidates: Array<number>, };

/**
 * What all files together give a run.
 */
export type DataReport = { 
/**
 * Images to learn from.
 */
train: number, 
/**
 * Images that choose the best epoch.
 */
validation: number, 
/**
 * Images looked at once, at the end.
 */
test: number, 
/**
 * Pixels per side of an image.
 */
side: number, 
/**
 * Classes.
 */
classes: number, 
/**
 * Images of each class in training and validation, `[classes]`.
 */
class_counts: Array<number>, 
/**
 * What the classes are called; empty where they are called by their numbers.
 */
class_names: Array<string>, 
/**
 * Test images that are among the training images, too.
 */
shared: number, 
/**
 * What a person should know.
 */
notices: Array<string>, };

/**
 * An image whose label a person corrects, or that they leave out.
 */
export type Correction = { 
/**
 * Its number: among the images given for training, or in its file.
 */
index: number, 
/**
 * The number of its class; nothing where it is left out.
 */
label: number | null, };

/**
 * The corrections of a file.
 */
export type FileCorrections = { 
/**
 * The file's number.
 */
file: number, 
/**
 * Its images, by their places in it.
 */
corrections: Array<Correction>, };

/**
 * One image and what was made of it.
 */
export type SamplePrediction = { 
/**
 * Its number among the images given for training.
 */
index: number, 
/**
 * What it is.
 */
label: number, 
/**
 * What it was taken for.
 */
prediction: number, 
/**
 * The probability of that.
 */
confidence: number, };

/**
 * What the validation of an epoch saw.
 */
export type EpochDetail = { 
/**
 * The epoch, counted from 1.
 */
epoch: number, 
/**
 * Mean cross-entropy.
 */
loss: number, 
/**
 * Share read correctly.
 */
accuracy: number, 
/**
 * What was read as what.
 */
confusion: Confusion, 
/**
 * Mistakes, the most confident first.
 */
mistakes: Array<SamplePrediction>, 
/**
 * The same images in every epoch, mistaken or not.
 */
samples: Array<SamplePrediction>, };

/** What a model made of one image. In attention a row is what one token reads. */
export type Prediction = {
  image: Uint8Array;
  side: number;
  probabilities: Float32Array;
  /** Whether the model is sure of the most probable class. */
  sure: boolean;
  depth: number;
  heads: number;
  tokens: number;
  grid: number;
  patch: number;
  /** Pixels added left and above so that whole patches cover the image. */
  padding: number;
  /** Channels of the first convolutions before the patches; 0 where there are none. */
  stem: number;
  /** How many convolutions there are. */
  stem_depth: number;
  /** `[depth, heads, tokens, tokens]` */
  attention: Float32Array;
  /** The mean over the heads, `[depth, tokens, tokens]`. */
  mean: Float32Array;
  /** Attention rollout, `[tokens, tokens]`. */
  rollout: Float32Array;
  /** The class token after each block, `[depth, width]`. */
  class_token: Float32Array;
  milliseconds: number;
};

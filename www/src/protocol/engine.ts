// Written by the crate (crate/protocol/page_types.rs); not by hand.

/**
 * The shape of a Vision Transformer.
 */
export type Vit = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
 * The number of these convolutions: half of them, rounded down, have `stem` channels, the others twice as many.
 */
stem_depth: number, 
/**
 * LayerNorm on queries and keys (Dehghani et al. 2023).
 */
qk_norm: boolean, };

/**
 * The shape of a Data-efficient image Transformer.
 */
export type Deit = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
mlp: number, };

/**
 * The shape of a ConViT.
 */
export type Convit = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
 * How many of them, the first ones, have heads with gates; the class token joins after them.
 */
local_depth: number, 
/**
 * Attention heads of a block: a square number that divides the width.
 */
heads: number, 
/**
 * Width of the MLP's hidden layer.
 */
mlp: number, };

/**
 * The shape of a Compact Convolutional Transformer.
 */
export type Cct = { 
/**
 * Convolutions that make the tokens, each followed by ReLU and max pooling, which halves the map.
 */
convolutions: number, 
/**
 * Channels of these convolutions except the last, which has the width of a token.
 */
channels: number, 
/**
 * Pixels per side of their kernels. The stride follows from it as in the authors' code: 1 up to a kernel of 5, 2 for 7, …
 */
window: number, 
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
mlp: number, };

/**
 * The shape of a Pyramid Vision Transformer.
 */
export type Pvt = { 
/**
 * Pixels per side of a patch of the first stage. The image is padded so that each stage has whole patches.
 */
patch_size: number, 
/**
 * Width of a token of the first stage; doubles with each stage.
 */
width: number, 
/**
 * Attention heads of the first stage; double with each stage.
 */
heads: number, 
/**
 * The number of stages. Keys are reduced in each stage to the size of the last stage's map.
 */
stages: number, 
/**
 * Blocks of a stage.
 */
stage_depth: number, 
/**
 * The width of an MLP's hidden layer, as a multiple of the tokens'.
 */
mlp_ratio: number, };

/**
 * The shape of a Convolutional vision Transformer.
 */
export type Cvt = { 
/**
 * Pixels from a token of the first stage to the next. Its windows overlap: they are twice as large, less one. The
 * image is padded if this does not divide it.
 */
patch_size: number, 
/**
 * Width of a token of the first stage; doubles with each stage.
 */
width: number, 
/**
 * Attention heads of the first stage; double with each stage.
 */
heads: number, 
/**
 * The number of stages. Each further one has a map half as large.
 */
stages: number, 
/**
 * Blocks of a stage.
 */
stage_depth: number, 
/**
 * The width of an MLP's hidden layer, as a multiple of the tokens'.
 */
mlp_ratio: number, };

/**
 * The shape of a Swin Transformer.
 */
export type Swin = { 
/**
 * Pixels per side of a patch of the first stage. The image is padded so that each stage has whole windows.
 */
patch_size: number, 
/**
 * Tokens per side of a window, or fewer if the map of the last stage is smaller. A map of one window has no shift.
 */
windows: number, 
/**
 * Width of a token of the first stage; doubles with each stage.
 */
width: number, 
/**
 * Attention heads of the first stage; double with each stage.
 */
heads: number, 
/**
 * The number of stages.
 */
stages: number, 
/**
 * Blocks of a stage. Every second block shifts its windows by half a window.
 */
stage_depth: number, 
/**
 * The width of an MLP's hidden layer, as a multiple of the tokens'.
 */
mlp_ratio: number, };

/**
 * The shape of a CoAtNet.
 */
export type Coatnet = { 
/**
 * Channels of the first stage, an even number; double with each stage. The two convolutions before it have half as
 * many.
 */
width: number, 
/**
 * Attention heads of the first stage of attention; double with each further one.
 */
heads: number, 
/**
 * Stages of convolutions. The image is padded so that each stage has a whole map.
 */
convolution_stages: number, 
/**
 * Stages of attention behind them.
 */
attention_stages: number, 
/**
 * Blocks of a stage. The first halves the map.
 */
stage_depth: number, 
/**
 * The width inside a block (of a bottleneck, or of an MLP's hidden layer), as a multiple of the tokens'.
 */
mlp_ratio: number, };

/**
 * The shape of a Vision Transformer with linear attention.
 */
export type Linear = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
mlp: number, };

/**
 * The shape of a Linformer.
 */
export type Linformer = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
 * The number of projected keys and values.
 */
rank: number, };

/**
 * The shape of a Performer.
 */
export type Performer = { 
/**
 * Pixels per side of a patch. The image is padded if this does not divide it.
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
 * Random features of a query or key in each head.
 */
features: number, };

/**
 * The shape of a convolutional network.
 */
export type Cnn = { 
/**
 * Channels of the first stage; each further stage has twice as many.
 */
width: number, 
/**
 * The number of stages. A convolution with a stride of 2 begins each, so that its map is half as large.
 */
stages: number, 
/**
 * Residual blocks of a stage.
 */
stage_depth: number, };

/**
 * The stages of a model and the input of its classifier. Sizes may come from untrusted files: all are checked.
 */
export type Custom = { 
/**
 * The stages, first to last. Their `drop_path` is replaced by the model's stochastic depth.
 */
stages: unknown[], 
/**
 * The input of the classifier.
 */
pool: string, };

/**
 * The path of a pen from touching down to being lifted.
 */
export type Stroke = { 
/**
 * Positions of the pen, `[x, y]` with x to the right and y down, in any unit.
 */
points: Array<[number, number]>, 
/**
 * Pen pressure at each point, 0 to 1; empty if the device does not report it.
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
 * The learning rate schedule after the warm-up.
 */
export type Schedule = "constant" | "cosine";

/**
 * The number format of activations and gradients. Weights and optimizer state are always `f32`.
 */
export type Precision = "f32" | "f16" | "bf16";

/**
 * Which part of a teacher's output is the target.
 */
export type DistillationKind = "hard" | "soft";

/**
 * How a student learns from a teacher.
 */
export type Distillation = { 
/**
 * Which part of the teacher's output is the target.
 */
kind: DistillationKind, 
/**
 * The weight of the teacher in the loss; that of the labels is 1 minus it.
 */
weight: number, 
/**
 * The temperature by which soft distillation divides the logits of teacher and student.
 */
temperature: number, };

/**
 * The settings of a model's family.
 */
export type Family = { "family": "vit" } & Vit | { "family": "deit" } & Deit | { "family": "convit" } & Convit | { "family": "cct" } & Cct | { "family": "pvt" } & Pvt | { "family": "cvt" } & Cvt | { "family": "swin" } & Swin | { "family": "coatnet" } & Coatnet | { "family": "linear" } & Linear | { "family": "linformer" } & Linformer | { "family": "performer" } & Performer | { "family": "cnn" } & Cnn | { "family": "custom" } & Custom;

/**
 * The settings of a model: input, output, dropout, and those of its family.
 *
 * As JSON it is one flat object; `family` names the family. A model without a `family` is a `vit`, as in files from before
 * there were other families.
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
stochastic_depth: number, } & ({ "family": "vit" } & Vit | { "family": "deit" } & Deit | { "family": "convit" } & Convit | { "family": "cct" } & Cct | { "family": "pvt" } & Pvt | { "family": "cvt" } & Cvt | { "family": "swin" } & Swin | { "family": "coatnet" } & Coatnet | { "family": "linear" } & Linear | { "family": "linformer" } & Linformer | { "family": "performer" } & Performer | { "family": "cnn" } & Cnn | { "family": "custom" } & Custom);

/**
 * Which random augmentations training images get, and their strongest amounts. Each amount is drawn
 * uniformly up to its limit in both directions. The default is no augmentation.
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
 * Largest relative change of size: 0.1 is ±10 %. Width and height vary independently.
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
 * Largest change of stroke width, in pixels of a 28×28 image.
 */
thickness: number, 
/**
 * Largest blur of every other image: the standard deviation of a Gaussian in pixels of a 28×28
 * image.
 */
blur: number, 
/**
 * Longest side of a blank rectangle, in pixels of a 28×28 image, that covers a piece of every
 * other image, but never more than a third of the ink (random erasing, Zhong et al. 2020).
 */
erase: number, 
/**
 * Strongest noise on every other image: its standard deviation as a share of full ink (Rusak et al.
 * 2020, "A simple way to make neural networks robust against diverse image corruptions").
 */
noise: number, 
/**
 * Share of the images on paper that is not blank: grey, cloudy or striped, with thin lines or dirt, or of whose ink only
 * the outline is left (kinds of corruption as in Mu and Gilmer 2019, "MNIST-C").
 */
paper: number, 
/**
 * Mirrors every other image left to right. Not for digits: a mirrored 2 is not a digit, and a
 * mirrored 5 looks like a 2.
 */
flip_horizontal: boolean, 
/**
 * Mirrors every other image top to bottom. Not for digits, for the same reason: a 6 upside down
 * resembles a 9.
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
 * Images in a step. Images that do not fill a last batch are left out of the epoch.
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
 * The learning rate schedule after the warm-up.
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
 * This many epochs at the end use only geometric augmentation: stroke width, blur, erasing and noise are
 * off, so that a run ends on realistic images (He et al. 2019, "Data augmentation
 * revisited: rethinking the distribution gap between clean and augmented data").
 */
clean_epochs: number, 
/**
 * Built-in digits added to the training images. They are generated for the run and never used for validation or
 * test.
 */
builtin_digits: number, 
/**
 * Share of the added built-in digits that are in styles that few people use.
 */
rare_styles: number, 
/**
 * How often each training image that was drawn as strokes is added once more, written again with changes of stroke and
 * pen.
 */
stroke_copies: number, 
/**
 * Images of ink that is no digit (letters, signs, scribbles) added to the training images, for which every class should be
 * equally probable (outlier exposure, Hendrycks et al. 2019). They are generated for the run and never used for validation
 * or test.
 */
not_digits: number, 
/**
 * Whether all images of a writer are in one part, where writers are known. Runs from before this setting split by class
 * alone.
 */
split_by_writer: boolean, 
/**
 * Share of the given training images that is held back for validation.
 */
validation_fraction: number, 
/**
 * Share held back for the final test if there is no test file.
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
 * Steps between two reads of loss and accuracy from the device.
 */
read_every: number, 
/**
 * How the model learns from a teacher, if it has one.
 */
distillation?: Distillation, };

/**
 * The settings of a run.
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
 * A command for a session.
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
 * Loss and accuracy of the last few steps, and their speed.
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
 * Share of training images classified correctly since the last report.
 */
accuracy: number, 
/**
 * The learning rate of the last step.
 */
learning_rate: number, 
/**
 * Training images per second.
 */
images_per_second: number, 
/**
 * Seconds until the last epoch is validated, estimated from the run so far.
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
 * Share of the training images classified correctly, 0 to 1.
 */
train_accuracy: number, 
/**
 * Mean loss over the validation images, in nats; `None` without validation.
 */
validation_loss: number | null, 
/**
 * Share of the validation images classified correctly, 0 to 1; `None` without validation.
 */
validation_accuracy: number | null, 
/**
 * The learning rate of the last step.
 */
learning_rate: number, 
/**
 * Training images per second, excluding validation.
 */
images_per_second: number, 
/**
 * Seconds since the start of the run, excluding pauses.
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
 * Whether this is the best epoch on validation so far.
 */
best: boolean, };

/**
 * How often images of each class were predicted as each class: `[classes, classes]`, rows are true
 * labels, columns predictions.
 *
 * As JSON it is the list of its rows.
 */
export type Confusion = Array<Array<number>>;

/**
 * The result of evaluating a model on a set of images.
 */
export type Evaluation = { 
/**
 * Mean cross-entropy.
 */
loss: number, 
/**
 * Share classified correctly.
 */
accuracy: number, 
/**
 * The confusion matrix.
 */
confusion: Confusion, 
/**
 * Probability of each class for each image, `[images, classes]`.
 */
probabilities: Array<number>, };

/**
 * An event of a session.
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
export type ErrorKind = "data" | "config" | "weights" | "device" | "file" | "network" | "diverged" | "unsupported";

/**
 * Where in the input an error is: in a file, or at a setting. Any part may be unknown.
 */
export type Place = { 
/**
 * File name or path as the user gave it.
 */
file: string | null, 
/**
 * Row in the file, counted from 1 including the header, as editors count lines.
 */
row: number | null, 
/**
 * Column of the row, counted from 1.
 */
column: number | null, 
/**
 * The setting at fault, by its field name. For programs; people read the problem.
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
 * What the user can do about it, as one sentence without a final period; may be empty.
 */
help: string, };

/**
 * Memory used by training in bytes, without the program and the images.
 */
export type Memory = { 
/**
 * On the CPU, in a single process that takes whole batches.
 */
whole: number, 
/**
 * On the CPU, in each worker that takes a part of a batch.
 */
worker: number, 
/**
 * In the process that owns the run, where workers or a graphics card compute the batches.
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
 * The cost of a model and its training.
 */
export type Cost = { 
/**
 * Number of trainable parameters.
 */
parameters: number, 
/**
 * Multiply-adds of one image in a training step.
 */
multiply_adds: number, 
/**
 * Tokens per image in the first stage.
 */
tokens: number, 
/**
 * Memory used by training.
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
 * The result of checking settings before a run.
 */
export type Checked = { 
/**
 * Why the settings are impossible, if they are.
 */
error: PatchworkError | null, 
/**
 * What they cost, if they are possible.
 */
cost: Cost | null, };

/**
 * The object that has the setting as a field.
 */
export type SettingGroup = "model" | "train" | "augment";

/**
 * The range of one setting.
 */
export type Limit = { 
/**
 * The object that has the field.
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
 * All limits, as sent to the page.
 */
export type Limits = { 
/**
 * The range of each setting but those of families.
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
 * The most bytes that the program in a browser tab can address.
 */
tab_memory: number, };

/**
 * The possible values of a setting.
 */
export type SettingKind = { "number": Limit } | { "choice": Array<string> } | "flag";

/**
 * A setting of a family, for forms and the command line.
 */
export type Setting = { 
/**
 * The field.
 */
name: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * A description in one line.
 */
about: string, 
/**
 * Its possible values.
 */
kind: SettingKind, };

/**
 * A preset of a family, for images of 28×28 pixels and 10 classes.
 */
export type FamilyPreset = { 
/**
 * What distinguishes it, in a sentence.
 */
about: string, 
/**
 * The number of parameters of its model.
 */
parameters: number, 
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
 * A family of models, as the page offers it.
 */
export type FamilyOffer = { 
/**
 * Its name in files.
 */
name: string, 
/**
 * What it is, in a sentence.
 */
about: string, 
/**
 * Whether its models have a distillation token, which learns from a teacher.
 */
student: boolean, 
/**
 * Its settings.
 */
settings: Array<Setting>, 
/**
 * Its presets, the default first.
 */
presets: Array<FamilyPreset>, };

/**
 * What a file is used for.
 */
export type FileRole = "train" | "test" | "unlabelled" | "ignored";

/**
 * What was done to the images of a file to make them ink (255) on background (0), rows first.
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
 * Accepts the labels as they are, even if one of them is too rare or too high to look like a class.
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
 * How it was interpreted, in one line for people.
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
 * Class names; empty if the classes are plain numbers.
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
 * What was done to its images to make them ink on a blank background, rows first.
 */
orientation: Orientation, 
/**
 * What the user should know about it, one sentence each.
 */
notices: Array<string>, 
/**
 * Changes to its images that the notices offer, in addition to `orientation`.
 */
offers: Orientation, 
/**
 * For a file of labels whose name does not identify its images: the image files they could belong
 * to.
 */
candidates: Array<number>, };

/**
 * What all files together provide for a run.
 */
export type DataReport = { 
/**
 * Training images.
 */
train: number, 
/**
 * Images that choose the best epoch.
 */
validation: number, 
/**
 * Images evaluated once, at the end.
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
 * Class names; empty if the classes are plain numbers.
 */
class_names: Array<string>, 
/**
 * Test images that are also among the training images.
 */
shared: number, 
/**
 * What the user should know.
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
 * One image and its prediction.
 */
export type SamplePrediction = { 
/**
 * Its number among the images given for training.
 */
index: number, 
/**
 * The true class.
 */
label: number, 
/**
 * The predicted class.
 */
prediction: number, 
/**
 * The probability of the predicted class.
 */
confidence: number, };

/**
 * The validation results of an epoch.
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
 * Share classified correctly.
 */
accuracy: number, 
/**
 * The confusion matrix.
 */
confusion: Confusion, 
/**
 * Mistakes, the most confident first.
 */
mistakes: Array<SamplePrediction>, 
/**
 * The same images in every epoch, whether misclassified or not.
 */
samples: Array<SamplePrediction>, };

/**
 * One of the runs of a race.
 */
export type Contestant = { 
/**
 * Its name for people.
 */
name: string, 
/**
 * Its settings. The race chooses the number of epochs, so that the schedule of the learning rate fits the budget, and
 * gives all contestants the seed and the split of the first.
 */
settings: RunSettings, };

/**
 * What each contestant may use for training; validation is not counted.
 */
export type RaceBudget = { "type": "seconds", 
/**
 * In seconds.
 */
seconds: number, } | { "type": "images", 
/**
 * Their number.
 */
images: number, };

/**
 * The accuracy of a contestant on validation images at one moment of its training.
 */
export type RacePoint = { 
/**
 * The contestant, counted from 0.
 */
contestant: number, 
/**
 * Seconds that it has trained.
 */
seconds: number, 
/**
 * Images that it has trained on, repetitions counted.
 */
images: number, 
/**
 * Mean cross-entropy on the validation images.
 */
loss: number, 
/**
 * Share of the validation images classified correctly.
 */
accuracy: number, 
/**
 * The number of validation images that were used: a sample of them until the contestant's end, then all.
 */
measured: number, };

/**
 * An event of a race.
 */
export type RaceEvent = { "type": "timing", 
/**
 * The contestant, counted from 0.
 */
contestant: number, } | { "type": "began", 
/**
 * The contestant, counted from 0.
 */
contestant: number, 
/**
 * The settings of its run: a run with these alone gives the same weights.
 */
settings: RunSettings, 
/**
 * Parameters of its model.
 */
parameters: number, } | { "type": "progress", 
/**
 * The contestant, counted from 0.
 */
contestant: number, 
/**
 * Seconds that it has trained.
 */
seconds: number, 
/**
 * Images that it has trained on, repetitions counted.
 */
images: number, 
/**
 * The share of its budget that it has used.
 */
share: number, 
/**
 * Mean training loss since its last report.
 */
loss: number, 
/**
 * Seconds until the race ends, measuring included; an estimate.
 */
seconds_left: number, } | { "type": "epoch", 
/**
 * The contestant, counted from 0.
 */
contestant: number, 
/**
 * The figures.
 */
report: EpochReport, } | { "type": "measured" } & RacePoint | { "type": "ended", 
/**
 * The contestant, counted from 0.
 */
contestant: number, 
/**
 * Why it failed; the others go on.
 */
error: PatchworkError | null, } | { "type": "paused" } | { "type": "resumed" } | { "type": "finished", 
/**
 * Why.
 */
reason: Reason, 
/**
 * The contestants with a result, the most accurate first.
 */
ranking: Array<number>, };

/**
 * Windows of a grid of tokens (Liu et al. 2021).
 */
export type Windows = { 
/**
 * Tokens per side of a window.
 */
side: number, 
/**
 * How far the windows are moved, down and to the right.
 */
shift: number, };

/**
 * Tokens as squares of pixels of the image, row by row, after those in front, which lie nowhere.
 */
export type TokenGrid = { 
/**
 * Tokens in front, such as the class token.
 */
front: number, 
/**
 * Rows of squares.
 */
rows: number, 
/**
 * Columns of squares.
 */
columns: number, 
/**
 * Pixels per side of a square.
 */
side: number, 
/**
 * How many pixels before the image the first square starts, along both axes.
 */
before: number, };

/**
 * How a stage gets its tokens.
 */
export type TokensFrom = "patches" | "merging" | "convolutions" | "before" | "first-block";

/**
 * A convolution that makes tokens.
 */
export type ConvolutionStructure = { 
/**
 * Side of the window.
 */
window: number, 
/**
 * Step from window to window.
 */
stride: number, 
/**
 * Numbers for each window.
 */
channels: number, 
/**
 * Step of the pooling that follows; 1 for none.
 */
pooling: number, };

/**
 * A block.
 */
export type BlockStructure = { 
/**
 * Attention heads; 0 for a block without attention.
 */
heads: number, 
/**
 * The windows that tokens read within, if there are any.
 */
windows?: Windows, 
/**
 * What a token reads from, if it has a place in the image.
 */
keys?: TokenGrid, 
/**
 * Whether it also counts where a key lies, seen from the token.
 */
relative: boolean, 
/**
 * The share of each head's attention that depends on where keys lie alone, from 0 to 1, if heads have gates.
 */
gates?: Array<number>, 
/**
 * Whether the model itself never computes the weights that are shown.
 */
implied: boolean, 
/**
 * Why there is no map of what its tokens read, if there is none.
 */
note?: string, };

/**
 * Blocks on the same grid of tokens.
 */
export type StageStructure = { 
/**
 * The convolutions that make the tokens, first to last; none where they come from the stage before.
 */
convolutions: Array<ConvolutionStructure>, 
/**
 * How they do it.
 */
tokens_from: TokensFrom, 
/**
 * Whether learned positions are added to the tokens.
 */
positions: boolean, 
/**
 * Numbers of a token.
 */
width: number, 
/**
 * The tokens in the image.
 */
tokens: TokenGrid, 
/**
 * The blocks, first to last.
 */
blocks: Array<BlockStructure>, };

/**
 * What the answer is computed from.
 */
export type Read = "class" | "class-and-distillation" | "mean" | "weighted";

/**
 * The stages of a model, and what its head reads.
 */
export type Structure = { 
/**
 * The stages, first to last.
 */
stages: Array<StageStructure>, 
/**
 * What the answer is computed from.
 */
read: Read, };

/** The prediction for one image. A row of attention belongs to one query token. */
export type Prediction = {
  image: Uint8Array;
  side: number;
  probabilities: Float32Array;
  /** Whether the model is sure of the most probable class. */
  sure: boolean;
  /** Whether the image looks like none of the classes; then the model is not sure either. */
  unlike: boolean;
  /** Whether the model is a plain Vision Transformer, which the page explains step by step. */
  plain: boolean;
  /** Blocks with a map of attention; 0 if there is none. */
  depth: number;
  heads: number;
  tokens: number;
  grid: number;
  patch: number;
  /** Pixels added left and above so that whole patches cover the image. */
  padding: number;
  /** Channels of the first of the convolutions before the patches; 0 if there are none. */
  stem: number;
  /** Number of these convolutions. */
  stem_depth: number;
  /** `[depth, heads, tokens, tokens]` */
  attention: Float32Array;
  /** The mean over the heads, `[depth, tokens, tokens]`. */
  mean: Float32Array;
  /** Attention rollout, `[tokens, tokens]`. */
  rollout: Float32Array;
  /** The class token after each block, `[depth, width]`. */
  class_token: Float32Array;
  /** What each part did, if the model is no plain Vision Transformer; `attention` and `mean` are empty then. */
  parts?: Parts;
  milliseconds: number;
};

/** What each part of a model did with an image. */
export type Parts = {
  structure: Structure;
  /**
   * Of each block of all stages: its attention `[heads, queries, keys]`; the tokens behind it `[tokens, width]` where it
   * has no attention; else nothing.
   */
  values: Float32Array[];
  /** How much each token counts in the answer, `[tokens]`, where the head weighs them; else nothing. */
  pooling: Float32Array;
};

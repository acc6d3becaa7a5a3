//! Benchmarks: reading, deforming and making images, training steps, single predictions.
//!
//! `cargo bench` runs all of them, `cargo bench -- csv` some. Steps and predictions run on the CPU and
//! on a graphics card; on a software adapter, which is tens of times slower than the CPU backend, only
//! with `PATCHWORK_BENCH_SOFTWARE=1`.

use burn::tensor::{Device, FloatDType, Tensor};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use patchwork::config::{Preset, TrainConfig};
use patchwork::data::augment::{Augment, normalise};
use patchwork::data::batch::{self, Batch};
use patchwork::data::{Dataset, reader, synth};
use patchwork::device::{self, Choice};
use patchwork::model::Vit;
use patchwork::model::fused::Kernels;
use patchwork::rng::{self, Purpose};
use patchwork::train::step::Learner;
use patchwork::weights::Weights;

fn main() {
    divan::main();
}

const BATCH: usize = 128;

fn digits(count: usize) -> Dataset {
    synth::generate(count, 1).expect("built-in digits")
}

/// A CSV file as Kaggle writes it.
fn csv(data: &Dataset) -> Vec<u8> {
    let header = (0..784).map(|i| format!("pixel{i}")).collect::<Vec<_>>().join(",");
    let labels = data.labels().expect("built-in digits have labels");
    let rows = labels.iter().enumerate().map(|(index, label)| {
        let pixels: Vec<String> = data.image(index).iter().map(u8::to_string).collect();
        format!("{label},{}\n", pixels.join(","))
    });
    format!("label,{header}\n{}", rows.collect::<String>()).into_bytes()
}

#[divan::bench]
fn csv_reader(bencher: Bencher) {
    let text = csv(&digits(4_000));
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| reader::read("digits.csv", &text).expect("a good file"));
}

#[divan::bench]
fn builtin_digits(bencher: Bencher) {
    bencher.counter(ItemsCount::new(10_000_usize)).bench(|| digits(10_000));
}

#[divan::bench]
fn augment_one_thread(bencher: Bencher) {
    augment_with(bencher, Augment::digits());
}

#[divan::bench]
fn augment_all_kinds_one_thread(bencher: Bencher) {
    let worn = Augment { thickness: 1.0, blur: 1.2, erase: 8.0, noise: 0.25, ..Augment::digits() };
    augment_with(bencher, worn);
}

fn augment_with(bencher: Bencher, augment: Augment) {
    let (data, mut out) = (digits(1_000), vec![0.0; 784]);
    bencher.counter(ItemsCount::new(data.len())).bench_local(|| {
        for index in 0..data.len() {
            let mut rng = rng::stream(0, Purpose::Augment, &[index as u64]);
            augment.apply(data.image(index), 28, &mut rng, &mut out);
        }
    });
}

#[divan::bench]
fn normalise_one_thread(bencher: Bencher) {
    let (data, mut out) = (digits(1_000), vec![0.0; 784]);
    bencher.counter(ItemsCount::new(data.len())).bench_local(|| {
        for index in 0..data.len() {
            normalise(data.image(index), &mut out);
        }
    });
}

/// Device and preset of every case.
fn cases() -> Vec<String> {
    let mut devices = vec!["cpu"];
    let software = std::env::var_os("PATCHWORK_BENCH_SOFTWARE").is_some();
    if device::graphics().iter().any(|found| !found.software || software) {
        devices.push("gpu");
    }
    let presets = ["tiny", "small"];
    devices.iter().flat_map(|device| presets.map(|preset| format!("{device} {preset}"))).collect()
}

fn open(case: &str) -> (Device, Preset) {
    let (device, preset) = case.split_once(' ').expect("device and preset");
    let choice: Choice = device.parse().expect("a device");
    let (found, _) = device::open(choice).expect("it was found before");
    (found.device, if preset == "tiny" { Preset::Tiny } else { Preset::Small })
}

fn training_batch() -> Batch {
    let data = digits(BATCH);
    batch::training(&data, &(0..BATCH).collect::<Vec<_>>(), &Augment::NONE, 0, 0)
}

/// Forward, backward and AdamW on 128 images.
#[divan::bench(args = cases(), sample_count = 20, sample_size = 1)]
fn train_step(bencher: Bencher, case: &str) {
    let (device, preset) = open(case);
    let recipe = TrainConfig { clip_norm: 0.0, ..preset.training() };
    let weights = Weights::init(&preset.model(28, 10), 0);
    let mut learner = Learner::new(&weights, &recipe, &device).expect("a learner");
    let batch = training_batch();
    learner.step(&batch, 1e-3, 0).values.into_data();
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| learner.step(&batch, 1e-3, 0).values.into_data());
}

/// One image to ten probabilities, attention kept.
#[divan::bench(args = cases())]
fn predict_one(bencher: Bencher, case: &str) {
    let (device, preset) = open(case);
    let weights = Weights::init(&preset.model(28, 10), 0);
    let flat = Tensor::from_data(weights.flat.as_slice(), &device);
    let model = Vit::with_kernels(Kernels::Fused, &weights.config, flat, FloatDType::F32, false);
    let image = Tensor::<4>::zeros([1, 1, 28, 28], &device);
    let predict = || model.explain(image.clone()).logits.into_data();
    predict();
    bencher.bench_local(predict);
}

//! Benchmarks of the data pipeline: reading, generating and augmenting images.
//!
//! `cargo bench --workspace --bench patchwork` runs all of them, with `-- csv` appended some. Steps and predictions have
//! a separate benchmark, `step`.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use patchwork::data::augment::{Augment, normalise};
use patchwork::data::{Dataset, reader, synth};
use patchwork::rng::{self, Purpose};

/// The allocator of the program `patchwork`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

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
    let photometric =
        Augment { thickness: 1.0, blur: 1.2, erase: 8.0, noise: 0.25, ..Augment::digits() };
    augment_with(bencher, photometric);
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

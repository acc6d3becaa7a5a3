//! How many kernels a training step launches on a graphics card: small models are limited by launches.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Device;
use burn_cubecl::cubecl::dry_run::DryRun;
use burn_cubecl::cubecl::logging::{LaunchObservation, LaunchObserver};
use patchwork::config::{Preset, TrainConfig};
use patchwork::data::synth;
use patchwork::model::fused::Kernels;
use patchwork::train::loader::DataLoader;
use patchwork::train::step::TrainState;
use patchwork::weights::Weights;

use crate::common::card;

/// The launches of a step of each preset with its own recipe: the batch assembled on the card with its augmentation,
/// dropout, stochastic depth, clipping, and the running average of the weights. `docs/performance.md` ("Kernels of a
/// step") has the same table.
const LAUNCHES: [(&str, usize); 16] = [
    ("starter", 100),
    ("tiny", 75),
    ("small", 106),
    ("base", 108),
    ("article", 85),
    ("deit", 133),
    ("convit", 247),
    ("cct", 141),
    ("pvt", 219),
    ("cvt", 330),
    ("swin", 194),
    ("coatnet", 253),
    ("linear", 144),
    ("linformer", 262),
    ("performer", 218),
    ("cnn", 98),
];

/// Images of a batch.
const BATCH: usize = 128;

/// Set in the process that counts. A dry run launches nothing, so that other tests cannot run beside it.
const COUNTS: &str = "PATCHWORK_COUNTS_LAUNCHES";

/// The launches of each kernel.
#[derive(Default)]
struct Count(Mutex<BTreeMap<&'static str, usize>>);

impl LaunchObserver for Count {
    fn launched(&self, kernel: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kernel).or_default() += 1;
    }
}

/// The launches of the second step of a preset: the first also tunes Burn's kernels.
fn launches(preset: Preset, card: &Device) -> usize {
    let recipe = TrainConfig { batch_size: BATCH, ..preset.training() };
    let data = synth::generate(BATCH, 1).expect("digits");
    let loader = DataLoader::new(&data, &recipe, Kernels::Fused, card);
    let weights = Weights::init(&preset.model(28, 10), 1);
    let mut state = TrainState::new(&weights, &recipe, card).expect("a training state");
    let indices: Vec<usize> = (0..BATCH).collect();
    let labels: Vec<u8> = indices.iter().map(|index| (index % 10) as u8).collect();
    let mut step = || {
        let images = loader.batch(&data, &indices, 0);
        state.step_on(images, &labels, 1e-3, 7).expect("a step");
    };
    step();
    let count = Arc::new(Count::default());
    let watching = LaunchObservation::new(count.clone());
    step();
    drop(watching);
    let kernels = count.0.lock().unwrap_or_else(PoisonError::into_inner);
    eprintln!("{}:", preset.name);
    for (kernel, launches) in kernels.iter() {
        eprintln!("{launches:>5} {}", kernel.split('<').next().unwrap_or(kernel));
    }
    kernels.values().sum()
}

#[test]
#[ignore = "takes a graphics adapter: `cargo xtask test` runs it where there is one"]
fn on_a_card_a_step_of_each_preset_takes_as_many_launches_as_documented() {
    let card = card();
    if std::env::var_os(COUNTS).is_none() {
        let name = "launches::on_a_card_a_step_of_each_preset_takes_as_many_launches_as_documented";
        let mut count = Command::new(std::env::current_exe().expect("this program"));
        count.args(["--exact", name, "--include-ignored", "--nocapture"]).env(COUNTS, "yes");
        let done = count.output().expect("this program again");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(said.contains("1 passed"), "{name} counted nothing: {said}");
        return;
    }
    let _dry = DryRun::new();
    let found: Vec<_> =
        Preset::all().map(|preset| (preset.name, launches(preset, &card))).collect();
    assert_eq!(found, LAUNCHES);
}

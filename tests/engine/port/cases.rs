//! The runs that are recorded.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::common::reshaped;
use patchwork::config::{ModelConfig, OptimizerKind, Pool, Precision, Preset, TrainConfig};
use patchwork::data::TrainTest;
use patchwork::data::augment::Augment;
use patchwork::files::source::{self, Loaded, Request};

/// A model and how it is trained.
pub struct Case {
    pub name: &'static str,
    pub model: ModelConfig,
    pub train: TrainConfig,
}

/// Where the images come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Builtin,
    Mnist,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Builtin => "built-in digits",
            Self::Mnist => "MNIST",
        })
    }
}

impl Source {
    /// The images, as the command line gives them to a run; with a test set.
    pub fn datasets(self, seed: u64) -> TrainTest {
        let data = match self {
            Self::Builtin => "builtin:2000".into(),
            Self::Mnist => mnist().display().to_string(),
        };
        let request = Request { data: Some(data), seed, ..Request::default() };
        let Loaded { train, test, .. } = source::load(&request, &mut |_| ()).expect("images");
        TrainTest { train, test }
    }
}

pub fn has_mnist() -> bool {
    mnist().is_dir()
}

fn mnist() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("PATCHWORK_SHARED").map_or_else(beside, PathBuf::from).join("data/mnist")
}

/// The presets that the record is of, as they are.
pub fn presets() -> Vec<Case> {
    let case = |preset: Preset| Case {
        name: preset.name(),
        model: preset.model(28, 10),
        train: preset.training(),
    };
    [Preset::Tiny, Preset::Small, Preset::Base, Preset::Article].map(case).into()
}

/// What the presets do not have, each alone and all together.
pub fn variants() -> Vec<Case> {
    let tiny = Preset::Tiny.model(28, 10);
    let case = |name, model| Case {
        name,
        model,
        train: TrainConfig { batch_size: 32, ..Preset::Tiny.training() },
    };
    vec![
        case("dropout", dropping(&tiny)),
        case("QK-norm", reshaped(tiny.clone(), |vit| vit.qk_norm = true)),
        case("mean pooling", reshaped(tiny.clone(), |vit| vit.pool = Pool::Mean)),
        case(
            "stem",
            reshaped(tiny.clone(), |vit| {
                vit.patch_size = 6;
                vit.stem = 6;
                vit.stem_depth = 3;
            }),
        ),
        everything(&tiny),
    ]
}

/// The runs that several workers share: their batches are worth more than one part.
pub fn shared() -> Vec<Case> {
    let small = Preset::Small.model(28, 10);
    let dropping = Case {
        name: "small with dropout",
        model: dropping(&small),
        train: Preset::Small.training(),
    };
    presets().into_iter().chain([dropping]).collect()
}

fn dropping(model: &ModelConfig) -> ModelConfig {
    ModelConfig { dropout: 0.1, attention_dropout: 0.1, stochastic_depth: 0.2, ..model.clone() }
}

/// Every option of model and training at once, and sizes that are multiples of nothing.
fn everything(tiny: &ModelConfig) -> Case {
    let model = reshaped(dropping(tiny), |vit| {
        vit.patch_size = 5;
        vit.width = 36;
        vit.depth = 3;
        vit.heads = 3;
        vit.mlp = 50;
        vit.pool = Pool::Mean;
        vit.stem = 3;
        vit.stem_depth = 3;
        vit.qk_norm = true;
    });
    let augment = Augment {
        thickness: 0.5,
        blur: 0.5,
        erase: 6.0,
        noise: 0.1,
        flip_horizontal: true,
        ..Augment::digits()
    };
    let train = TrainConfig {
        epochs: 3,
        batch_size: 23,
        optimizer: OptimizerKind::Muon,
        label_smoothing: 0.1,
        ema_decay: 0.99,
        augment,
        clean_epochs: 1,
        builtin_digits: 300,
        precision: Precision::F16,
        read_every: 7,
        seed: 5,
        ..Preset::Tiny.training()
    };
    Case { name: "everything", model, train }
}

//! Families of models: each turns its settings into an architecture.
//!
//! A family is one file and one line in the list below. From the list come the models' JSON, the options of the command
//! line, the ranges of the page's form and its types. `docs/adding-a-family.md` adds one, step by step.

#[cfg(feature = "operations")]
pub mod cct;
#[cfg(feature = "operations")]
pub mod cnn;
#[cfg(feature = "operations")]
pub mod coatnet;
#[cfg(feature = "operations")]
pub mod convit;
#[cfg(feature = "operations")]
pub mod custom;
#[cfg(feature = "operations")]
pub mod cvt;
#[cfg(feature = "operations")]
pub mod deit;
#[cfg(feature = "operations")]
pub mod linear;
#[cfg(feature = "operations")]
pub mod linformer;
#[cfg(feature = "operations")]
pub mod performer;
mod preset;
#[cfg(feature = "operations")]
pub mod pvt;
#[cfg(feature = "operations")]
mod pyramids;
#[cfg(feature = "operations")]
pub mod swin;
pub mod vit;

use std::fmt::Debug;

use patchwork_arch::{Architecture, DropRates, Parameter};
use serde::Serialize;
use serde::de::Error as _;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "operations")]
use crate::limits;
use crate::limits::Limit;

pub use preset::Preset;

/// The part of a model that every family needs: input, output and dropout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Task {
    /// Pixels per side of an image.
    pub image_size: usize,
    /// The number of classes.
    pub classes: usize,
    /// Dropout in training.
    pub rates: DropRates,
    /// Probability to skip the last block's branches; grows linearly from 0 at the first block.
    pub stochastic_depth: f64,
}

impl Task {
    /// The probability to skip the branches of block `index` of `depth` blocks (Huang et al. 2016).
    pub fn drop_path(&self, index: usize, depth: usize) -> f64 {
        self.stochastic_depth * index as f64 / (depth.max(2) - 1) as f64
    }
}

/// The settings of a family.
pub trait Settings: Debug {
    /// The architecture of a model with these settings.
    fn architecture(&self, task: &Task) -> Architecture;

    /// Checks the combination of settings. [`Task`] is already checked, and so is, of the families in the list, each setting
    /// against its range.
    ///
    /// # Errors
    /// The first impossible setting, by name.
    fn validate(&self, task: &Task) -> Result<()>;

    /// The name in files of the parameter `name`: that of the public implementation which the family is tested against.
    /// By default `name` itself, which is timm's for a plain Vision Transformer.
    fn file_name(&self, name: &str) -> String {
        name.into()
    }

    /// The shape in files of a parameter of this architecture's name: that of the public implementation. It has as many
    /// values, and by default is the same.
    fn file_shape(&self, parameter: &Parameter) -> Vec<usize> {
        parameter.shape.clone()
    }
}

/// The padding of an image, before and behind, after which `whole` divides its side: as much before as behind, or one pixel
/// less.
fn padding(image_size: usize, whole: usize) -> [usize; 2] {
    let added = image_size.next_multiple_of(whole) - image_size;
    [added / 2, added - added / 2]
}

/// Checks that the parts of an architecture fit together; the error names `setting`.
#[cfg(feature = "operations")]
fn check_parts(architecture: &Architecture, setting: &'static str, help: &str) -> Result<()> {
    architecture
        .check(limits::TOKENS)
        .map_err(|problem| Error::config(problem).setting(setting).help(help))
}

/// A setting of a family, for forms and the command line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Setting {
    /// The field.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// A description in one line.
    pub about: &'static str,
    /// Its possible values.
    pub kind: SettingKind,
}

impl Setting {
    /// A setting that is a number.
    pub const fn number(about: &'static str, limit: Limit) -> Self {
        Self { name: limit.setting, label: limit.name, about, kind: SettingKind::Number(limit) }
    }
}

/// The possible values of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SettingKind {
    /// A number.
    Number(Limit),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Yes or no.
    Flag,
}

/// A family with its settings and presets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FamilyReport {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its settings.
    pub settings: &'static [Setting],
    /// Its presets, the default first.
    pub presets: &'static [Preset],
}

impl FamilyReport {
    /// The ranges of its numbers.
    pub(crate) fn limits(&self) -> impl Iterator<Item = Limit> + use<> {
        self.settings.iter().filter_map(|setting| match setting.kind {
            SettingKind::Number(limit) => Some(limit),
            _ => None,
        })
    }
}

/// The field of a model that names its family.
pub(crate) const TAG: &str = "family";
/// The family of a model that names none.
pub(crate) const FIRST: &str = LIST[0].name;

/// The family of this name.
///
/// # Errors
/// If this build has no such family.
pub(crate) fn find(name: &str) -> Result<&'static FamilyReport> {
    let found = LIST.iter().find(|family| family.name == name);
    found.ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, unknown(name))
            .setting(TAG)
            .help("Choose one of these, or a version of the program that has it")
    })
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = LIST.iter().map(|family| family.name).collect();
    format!("no family is called '{name}'; this program knows {}", known.join(", "))
}

/// Declares the list of families by module, type and name. A build without `operations` has only `vit`.
macro_rules! families {
    ($($(#[$only:meta])? $module:ident::$Family:ident = $name:literal),* $(,)?) => {
        /// The settings of a model's family.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(tag = "family")]
        #[non_exhaustive]
        pub enum Family {
            $(
                $(#[$only])?
                #[doc = concat!("See [`", stringify!($module), "`].")]
                #[serde(rename = $name)]
                $Family($module::$Family),
            )*
        }

        /// All families, the default first.
        pub const LIST: &[FamilyReport] = &[$($(#[$only])? FamilyReport {
            name: $name,
            about: $module::ABOUT,
            settings: $module::SETTINGS,
            presets: $module::PRESETS,
        }),*];

        impl Family {
            /// Its name in files and on the command line.
            pub fn name(&self) -> &'static str {
                match self { $($(#[$only])? Self::$Family(_) => $name,)* }
            }

            /// The settings of the family `name` from their fields in JSON.
            pub(crate) fn read(name: &str, fields: Value) -> serde_json::Result<Self> {
                match name {
                    $($(#[$only])? $name => serde_json::from_value(fields).map(Self::$Family),)*
                    _ => Err(serde_json::Error::custom(unknown(name))),
                }
            }

            /// The TypeScript of each family's settings: the documentation and the declaration.
            #[cfg(all(test, feature = "operations"))]
            pub(crate) fn declarations(config: &ts_rs::Config) -> Vec<(Option<String>, String)> {
                use ts_rs::TS;
                Vec::from([$($(#[$only])? (
                    <$module::$Family>::docs(),
                    <$module::$Family>::decl(config),
                )),*])
            }

            fn settings(&self) -> &dyn Settings {
                match self { $($(#[$only])? Self::$Family(settings) => settings,)* }
            }
        }
    };
}

families! {
    vit::Vit = "vit",
    #[cfg(feature = "operations")]
    deit::Deit = "deit",
    #[cfg(feature = "operations")]
    convit::Convit = "convit",
    #[cfg(feature = "operations")]
    cct::Cct = "cct",
    #[cfg(feature = "operations")]
    pvt::Pvt = "pvt",
    #[cfg(feature = "operations")]
    cvt::Cvt = "cvt",
    #[cfg(feature = "operations")]
    swin::Swin = "swin",
    #[cfg(feature = "operations")]
    coatnet::Coatnet = "coatnet",
    #[cfg(feature = "operations")]
    linear::Linear = "linear",
    #[cfg(feature = "operations")]
    linformer::Linformer = "linformer",
    #[cfg(feature = "operations")]
    performer::Performer = "performer",
    #[cfg(feature = "operations")]
    cnn::Cnn = "cnn",
    #[cfg(feature = "operations")]
    custom::Custom = "custom",
}

impl Family {
    /// Checks that each number is within the range that the family's list of settings has for it.
    fn check_ranges(&self) -> Result<()> {
        let fields =
            serde_json::to_value(self).map_err(|problem| Error::config(problem.to_string()))?;
        find(self.name())?.limits().try_for_each(|limit| {
            let value = fields[limit.setting].as_f64().unwrap_or(f64::NAN);
            limit.check_number(value, &fields[limit.setting])
        })
    }
}

impl Settings for Family {
    fn architecture(&self, task: &Task) -> Architecture {
        self.settings().architecture(task)
    }

    fn validate(&self, task: &Task) -> Result<()> {
        self.check_ranges()?;
        self.settings().validate(task)
    }

    fn file_name(&self, name: &str) -> String {
        self.settings().file_name(name)
    }

    fn file_shape(&self, parameter: &Parameter) -> Vec<usize> {
        self.settings().file_shape(parameter)
    }
}

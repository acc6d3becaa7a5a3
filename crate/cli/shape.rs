//! The options that set the shape of a model: its family and the settings of all families, generated
//! from their list.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches, value_parser};
use serde_json::Value;

use patchwork::config::ModelConfig;
use patchwork::error::{Error, Result};
use patchwork::families::{FamilyReport, LIST, Preset, Setting, SettingKind, vit};

/// The group of these options, which others conflict with.
const GROUP: &str = "Shape";

/// The option that names the family.
const FAMILY: &str = "family";

/// The given family and settings, by name; all others come from the preset.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    family: Option<String>,
    settings: Vec<(&'static str, Value)>,
}

impl Shape {
    /// The preset to start from: the given one, else the first of the given family.
    ///
    /// # Errors
    /// If both are given and the preset is of another family.
    pub fn preset(&self, given: Option<Preset>) -> Result<Preset> {
        let Some(family) = chosen().find(|one| self.family.as_deref() == Some(one.name)) else {
            return Ok(given.unwrap_or(vit::TINY));
        };
        let own = family.presets;
        match given {
            None => Ok(own[0]),
            Some(preset) if own.contains(&preset) => Ok(preset),
            Some(preset) => {
                let names: Vec<_> = own.iter().map(|preset| preset.name).collect();
                let problem =
                    format!("the preset {} is not of the family {}", preset.name, family.name);
                Err(Error::config(problem).help(format!("Choose {}", names.join(" or "))))
            }
        }
    }

    /// Applies the given settings to a model.
    ///
    /// # Errors
    /// If its family has no such setting.
    pub fn apply(&self, model: ModelConfig) -> Result<ModelConfig> {
        let with = |model: ModelConfig, (name, value): &(&str, Value)| {
            model.with_setting(name, value.clone())
        };
        self.settings.iter().try_fold(model, with)
    }
}

/// The families that can be chosen: those with presets.
fn chosen() -> impl Iterator<Item = &'static FamilyReport> {
    LIST.iter().filter(|family| !family.presets.is_empty())
}

/// The option that chooses one of them.
fn family() -> Arg {
    let value = |one: &FamilyReport| PossibleValue::new(one.name).help(one.about);
    Arg::new(FAMILY)
        .long(FAMILY)
        .value_name("FAMILY")
        .help("The family of the model; starts from its first preset unless --preset is given")
        .value_parser(PossibleValuesParser::new(chosen().map(value)))
}

/// The settings of all families, without duplicates.
fn settings() -> Vec<&'static Setting> {
    let mut found: Vec<&Setting> = Vec::new();
    for setting in LIST.iter().flat_map(|family| family.settings) {
        if found.iter().all(|known| known.name != setting.name) {
            found.push(setting);
        }
    }
    found
}

/// The help of a setting, with its families unless all families with settings have it.
fn help(setting: &Setting) -> String {
    let families = || LIST.iter().filter(|family| !family.settings.is_empty());
    let has = |settings: &[Setting]| settings.iter().any(|one| one.name == setting.name);
    let owners: Vec<_> = families().filter(|one| has(one.settings)).map(|one| one.name).collect();
    if owners.len() == families().count() {
        return setting.about.into();
    }
    format!("{} ({})", setting.about, owners.join(", "))
}

fn option(setting: &'static Setting) -> Arg {
    let option = Arg::new(setting.name).long(setting.name.replace('_', "-")).help(help(setting));
    let option = option.value_name(setting.name.to_uppercase());
    match setting.kind {
        SettingKind::Number(limit) if limit.whole => option.value_parser(value_parser!(u64)),
        SettingKind::Number(_) => option.value_parser(value_parser!(f64)),
        SettingKind::Choice(words) => option.value_parser(PossibleValuesParser::new(words)),
        _ => option.action(ArgAction::SetTrue),
    }
}

/// The value of a setting, if given.
fn given(setting: &Setting, matches: &ArgMatches) -> Option<Value> {
    let name = setting.name;
    match setting.kind {
        SettingKind::Number(limit) if limit.whole => {
            matches.get_one::<u64>(name).map(|&number| number.into())
        }
        SettingKind::Number(_) => matches.get_one::<f64>(name).map(|&number| number.into()),
        SettingKind::Choice(_) => matches.get_one::<String>(name).map(|word| word.as_str().into()),
        _ => matches.get_flag(name).then(|| true.into()),
    }
}

impl Args for Shape {
    fn augment_args(command: Command) -> Command {
        let settings = settings();
        let names = settings.iter().map(|setting| setting.name);
        let group = ArgGroup::new(GROUP).multiple(true).args(names).arg(FAMILY);
        let options = settings.iter().map(|setting| option(setting));
        command.arg(family()).args(options).group(group)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }

    fn group_id() -> Option<clap::Id> {
        Some(GROUP.into())
    }
}

impl FromArgMatches for Shape {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let given = |setting: &Setting| Some((setting.name, given(setting, matches)?));
        Ok(Self {
            family: matches.get_one(FAMILY).cloned(),
            settings: settings().into_iter().filter_map(given).collect(),
        })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

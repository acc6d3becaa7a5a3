//! What was recorded of runs, for tests that hold them to it.
//!
//! The last bits of a run depend on the processor (which matrix products there are for it) and on the system's
//! mathematical functions, so a record has a part for each kind of machine that it was made on. A machine is known by
//! what its arithmetic gives (`machine.rs`). On other machines the same figures are compared within a tolerance, and a
//! line on standard error says so.

mod machine;
mod outcome;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use outcome::{Array, Outcome, Test};

/// What was recorded, by machine.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    machines: Vec<Machine>,
}

/// What was recorded on one kind of machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Machine {
    /// System and processor, for people.
    name: String,
    /// What its arithmetic gives.
    arithmetic: String,
    /// What runs have come to, by their names.
    runs: BTreeMap<String, Outcome>,
}

impl Machine {
    /// This machine.
    fn here(runs: BTreeMap<String, Outcome>) -> Self {
        Self { name: machine::name(), arithmetic: machine::arithmetic(), runs }
    }
}

impl Record {
    /// Reads a record; an empty one if there is none.
    fn read(file: &str) -> Self {
        match std::fs::read(path(file)) {
            Ok(bytes) => serde_json::from_slice(&bytes).expect("a record"),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => panic!("{file}: {error}"),
        }
    }

    /// Writes `runs` in place of what is recorded of this kind of machine.
    pub fn update(file: &str, runs: BTreeMap<String, Outcome>) {
        let mut record = Self::read(file);
        let here = Machine::here(runs);
        record.machines.retain(|machine| machine.arithmetic != here.arithmetic);
        record.machines.push(here);
        let text = serde_json::to_string_pretty(&record).expect("JSON");
        std::fs::write(path(file), text + "\n").expect("written");
    }
}

/// A file of these tests.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine").join(file)
}

/// Says something past the test harness, which keeps to itself what passing tests print.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What a record expects of this machine.
pub struct Expected {
    machine: Machine,
    /// How far figures may be from those of another machine, a share of them; nothing on a machine of the record, where
    /// they must be the same to the last bit.
    tolerance: Option<f64>,
}

impl Expected {
    /// What was recorded on such a machine, else on the first of the record, with a tolerance.
    pub fn here(file: &str, tolerance: f64) -> Self {
        let here = Machine::here(BTreeMap::new());
        let Record { machines } = Record::read(file);
        let same = machines.iter().find(|machine| machine.arithmetic == here.arithmetic);
        let tolerance = same.is_none().then_some(tolerance);
        let machine = same.or(machines.first()).expect("something is recorded").clone();
        if let Some(share) = tolerance {
            say(&format!(
                "{file} has nothing of such a machine ({}, arithmetic {}): figures are held to those of {} within {} %",
                here.name,
                here.arithmetic,
                machine.name,
                100.0 * share
            ));
        }
        Self { machine, tolerance }
    }

    /// Checks what runs have come to: bit for bit on a machine of the record.
    pub fn check(&self, outcomes: impl IntoIterator<Item = (String, Outcome)>) {
        let differences = |(name, outcome): (String, Outcome)| {
            let found = outcome.differences(self.of(&name), self.tolerance);
            found.into_iter().map(move |difference| format!("{name}: {difference}"))
        };
        let problems: Vec<String> = outcomes.into_iter().flat_map(differences).collect();
        assert!(problems.is_empty(), "recorded on {}:\n{}", self.machine.name, problems.join("\n"));
    }

    /// Checks what a run has come to that computed the same in another way, to a share of each figure.
    pub fn check_near(&self, name: &str, way: &str, outcome: &Outcome, tolerance: f64) {
        let differences = outcome.differences(self.of(name), Some(tolerance));
        assert!(differences.is_empty(), "{name}, {way}:\n{}", differences.join("\n"));
    }

    fn of(&self, name: &str) -> &Outcome {
        self.machine.runs.get(name).unwrap_or_else(|| panic!("nothing is recorded of {name}"))
    }
}

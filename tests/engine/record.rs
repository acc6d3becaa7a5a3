//! Recorded results of runs, for tests that compare with them.
//!
//! The last bits of a run depend on the processor (through the available matrix kernels) and on the system's
//! mathematical functions, so a record has a part for each kind of machine. A machine is identified by its vector
//! instructions and the results of its arithmetic (`machine.rs`). On other machines the figures are compared within a
//! tolerance, and a line on stderr says so.

mod machine;
mod outcome;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use outcome::{Array, Outcome, Test};

/// Recorded results, by machine.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    machines: Vec<Machine>,
}

/// Results recorded on one kind of machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Machine {
    /// System and vector instructions of the processor.
    name: String,
    /// A hash of the results of its arithmetic.
    arithmetic: String,
    /// The outcomes of runs, by name.
    runs: BTreeMap<String, Outcome>,
}

impl Machine {
    /// This machine.
    fn here(runs: BTreeMap<String, Outcome>) -> Self {
        Self { name: machine::name(), arithmetic: machine::arithmetic(), runs }
    }

    /// Whether the last bits of a run are the same on both. The vector instructions count too: a machine with AVX-512 agreed
    /// with one without in all that is probed, and not in `base`.
    fn is_like(&self, other: &Self) -> bool {
        [&self.name, &self.arithmetic] == [&other.name, &other.arithmetic]
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

    /// Replaces the results recorded for this kind of machine with `runs`.
    pub fn update(file: &str, runs: BTreeMap<String, Outcome>) {
        let mut record = Self::read(file);
        let here = Machine::here(runs);
        record.machines.retain(|machine| !machine.is_like(&here));
        record.machines.push(here);
        let text = serde_json::to_string_pretty(&record).expect("JSON");
        std::fs::write(path(file), text + "\n").expect("written");
    }
}

/// The path of a file of these tests.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine").join(file)
}

/// Prints a line past the test harness, which captures the output of passing tests.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The results that a record expects on this machine.
pub struct Expected {
    machine: Machine,
    /// The relative tolerance for figures from another machine; `None` on a recorded machine, where they must be
    /// identical.
    tolerance: Option<f64>,
}

impl Expected {
    /// The results recorded on this kind of machine, else those of the first machine, with a
    /// tolerance.
    pub fn here(file: &str, tolerance: f64) -> Self {
        let here = Machine::here(BTreeMap::new());
        let Record { machines } = Record::read(file);
        let same = machines.iter().find(|machine| machine.is_like(&here));
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

    /// Checks outcomes of runs: bit for bit on a recorded machine.
    pub fn check(&self, outcomes: impl IntoIterator<Item = (String, Outcome)>) {
        let differences = |(name, outcome): (String, Outcome)| {
            let found = outcome.differences(self.of(&name), self.tolerance);
            found.into_iter().map(move |difference| format!("{name}: {difference}"))
        };
        let problems: Vec<String> = outcomes.into_iter().flat_map(differences).collect();
        assert!(problems.is_empty(), "recorded on {}:\n{}", self.machine.name, problems.join("\n"));
    }

    /// Checks the outcome of a run that was computed in another way, within a relative tolerance.
    pub fn check_near(&self, name: &str, way: &str, outcome: &Outcome, tolerance: f64) {
        let differences = outcome.differences(self.of(name), Some(tolerance));
        assert!(differences.is_empty(), "{name}, {way}:\n{}", differences.join("\n"));
    }

    fn of(&self, name: &str) -> &Outcome {
        self.machine.runs.get(name).unwrap_or_else(|| panic!("nothing is recorded of {name}"))
    }
}

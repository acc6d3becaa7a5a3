//! The figures, for people and for programs.

use std::collections::BTreeMap;
use std::path::Path;

use patchwork::cost::multiply_adds;
use patchwork::error::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::{Ahead, Case, Side, ours};

/// Training images of MNIST.
const EPOCH: f64 = 60_000.0;

/// All results.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The machine.
    pub machine: Machine,
    /// The figures.
    pub rows: Vec<Row>,
}

/// What the figures depend on besides the code.
#[derive(Debug, Serialize)]
pub struct Machine {
    processor: String,
    threads: usize,
    /// The load of the machine beforehand, in threads.
    load: Option<f64>,
}

/// The kernels of a step on a graphics card.
#[derive(Debug, Serialize)]
pub struct Launches {
    /// Number of launches.
    pub count: usize,
    /// Milliseconds of all of them, one at a time; 0 if they were not timed.
    pub milliseconds: f64,
    /// The slowest.
    #[cfg(feature = "cube")]
    pub kernels: Vec<crate::launches::Kernel>,
}

/// One system on one device. Times are milliseconds.
#[derive(Debug, Serialize)]
pub struct Row {
    device: String,
    adapter: String,
    system: String,
    preset: &'static str,
    batch: usize,
    precision: String,
    first_loss: f64,
    /// Losses after 60 steps: with weight decay on matrices only, and on all weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub losses: Option<[f64; 2]>,
    gflop: f64,
    /// A step with its loss read.
    step: Spread,
    /// A step without reads.
    ahead: Spread,
    /// Host time: until a step is submitted.
    host: Spread,
    /// A prediction for one image with its explanation.
    look: Spread,
    /// A forward pass of the batch.
    forward: Spread,
    images_per_second: f64,
    forward_images_per_second: f64,
    /// The share of the device's peak that a step's products reach, if known.
    of_peak: Option<f64>,
    seconds_per_epoch: f64,
    /// On graphics cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launches: Option<Launches>,
    #[serde(skip)]
    pub each: Vec<f64>,
    #[serde(skip)]
    ahead_each: Vec<f64>,
    #[serde(skip)]
    hosts: Vec<f64>,
    #[serde(skip)]
    pub predictions: Vec<f64>,
    #[serde(skip)]
    pub forwards: Vec<f64>,
}

/// Median and minimum of some times.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Spread {
    median: f64,
    fastest: f64,
}

impl Spread {
    fn of(times: &[f64]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let (low, high) = (at(sorted.len().saturating_sub(1) / 2), at(sorted.len() / 2));
        Self { median: (low + high) / 2.0, fastest: at(0) }
    }
}

impl Machine {
    /// This machine.
    pub fn here() -> Self {
        let file = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpus = file("/proc/cpuinfo");
        let model = cpus.lines().find(|line| line.starts_with("model name"));
        let processor = model.and_then(|line| line.split_once(": ")).map(|(_, name)| name);
        Self {
            processor: processor.unwrap_or(std::env::consts::ARCH).into(),
            threads: rayon::current_num_threads(),
            load: file("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()),
        }
    }
}

/// The limits of a step, for any implementation.
#[derive(Debug, Serialize)]
pub struct Limits {
    /// The peak of each device in multiplications and additions per second.
    pub peaks: BTreeMap<String, f64>,
    /// The multiplications and additions of a step of each preset.
    pub operations: BTreeMap<&'static str, f64>,
}

/// Writes figures as JSON.
pub fn write(file: &Path, figures: &impl Serialize) -> Result<()> {
    let problem = |why| Error::new(ErrorKind::File, why).in_file(file.to_string_lossy());
    let text = serde_json::to_string_pretty(figures).map_err(|e| problem(e.to_string()))?;
    std::fs::write(file, text).map_err(|e| problem(e.to_string()))
}

/// Multiplications and additions of a step.
pub fn operations(case: Case) -> f64 {
    2.0 * case.batch as f64 * multiply_adds(&ours::model(case)) as f64
}

/// Rows without figures, one for each side.
pub fn rows(sides: &[Box<dyn Side>], device: &str, adapter: &str, case: Case) -> Vec<Row> {
    let row = |side: &dyn Side| Row {
        device: device.into(),
        adapter: adapter.into(),
        system: side.name(),
        preset: case.preset.name,
        batch: case.batch,
        precision: format!("{:?}", case.precision).to_lowercase(),
        first_loss: side.first_loss(),
        losses: None,
        gflop: operations(case) / 1e9,
        step: Spread::default(),
        ahead: Spread::default(),
        host: Spread::default(),
        look: Spread::default(),
        forward: Spread::default(),
        images_per_second: 0.0,
        forward_images_per_second: 0.0,
        of_peak: None,
        seconds_per_epoch: 0.0,
        launches: None,
        each: Vec::new(),
        ahead_each: Vec::new(),
        hosts: Vec::new(),
        predictions: Vec::new(),
        forwards: Vec::new(),
    };
    sides.iter().map(|side| row(side.as_ref())).collect()
}

impl Row {
    /// Adds a turn of steps that ran ahead.
    pub fn add_ahead(&mut self, ahead: Ahead, steps: usize) {
        self.ahead_each.push(ahead.total / steps as f64);
        self.hosts.extend(ahead.host);
    }

    /// Computes the figures from the times.
    pub fn summarise(&mut self, case: Case, peak: Option<f64>) {
        self.step = Spread::of(&self.each);
        self.ahead = Spread::of(&self.ahead_each);
        self.host = Spread::of(&self.hosts);
        self.look = Spread::of(&self.predictions);
        self.forward = Spread::of(&self.forwards);
        // Training runs ahead; on the CPU both are the same.
        let seconds = self.step.median.min(self.ahead.median) / 1e3;
        self.images_per_second = case.batch as f64 / seconds;
        self.forward_images_per_second = case.batch as f64 / (self.forward.median / 1e3);
        self.of_peak = peak.map(|peak| self.gflop * 1e9 / seconds / peak);
        self.seconds_per_epoch = EPOCH / self.images_per_second;
    }

    fn cells(&self) -> [String; 13] {
        let spread = |times: Spread| format!("{} ({})", short(times.median), short(times.fastest));
        [
            self.device.clone(),
            self.system.clone(),
            self.preset.into(),
            self.batch.to_string(),
            self.precision.clone(),
            spread(self.step),
            short(self.ahead.median),
            format!("{:.0}", self.images_per_second),
            self.of_peak.map_or("-".into(), |share| format!("{:.1} %", share * 100.0)),
            self.launches.as_ref().map_or("-".into(), |launches| launches.count.to_string()),
            short(self.host.median),
            short(self.look.median),
            format!("{:.0}", self.forward_images_per_second),
        ]
    }
}

const TITLES: [&str; 13] = [
    "device",
    "system",
    "preset",
    "batch",
    "format",
    "ms/step (fastest)",
    "ahead",
    "images/s",
    "of peak",
    "launches",
    "host ms",
    "predict ms",
    "forward/s",
];

/// Three digits, or more before the decimal point.
fn short(value: f64) -> String {
    let decimals = match value {
        value if value < 1.0 => 3,
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

impl Report {
    /// Prints the report, and writes it to a file if one is given.
    pub fn print(&self, file: Option<&Path>) -> Result<()> {
        if let Some(file) = file {
            write(file, self)?;
        }
        let Machine { processor, threads, load } = &self.machine;
        let load = load.map_or(String::new(), |load| format!(", load before {load}"));
        println!("{processor}, {threads} threads{load}\n");
        println!("{}", table(&self.rows));
        self.print_rest();
        Ok(())
    }

    /// What does not fit into a table.
    fn print_rest(&self) {
        for row in &self.rows {
            let Row { device, system, preset, batch, first_loss, gflop, .. } = row;
            let epoch = short(row.seconds_per_epoch);
            print!("{device} {system} {preset} {batch}: first loss {first_loss:.5}");
            if let Some([ours, all]) = row.losses {
                print!(", after 60 steps {ours:.5} (weight decay on all: {all:.5})");
            }
            println!(", {gflop:.2} GFLOP a step, 60,000 images in {epoch} s");
            #[cfg(feature = "cube")]
            row.print_kernels();
        }
    }
}

#[cfg(feature = "cube")]
impl Row {
    fn print_kernels(&self) {
        let Some(launches) = self.launches.as_ref().filter(|launches| !launches.kernels.is_empty())
        else {
            return;
        };
        println!(
            "  {} ms in {} kernels, one at a time",
            short(launches.milliseconds),
            launches.count
        );
        for kernel in &launches.kernels {
            let share = kernel.milliseconds / launches.milliseconds * 100.0;
            let (time, count) = (short(kernel.milliseconds), kernel.launches);
            println!("  {share:>5.1} %  {time:>7} ms in {count:>3}  {}", kernel.name);
        }
    }
}

/// A table in Markdown that is readable as plain text.
fn table(rows: &[Row]) -> String {
    let mut lines = vec![TITLES.map(String::from)];
    lines.extend(rows.iter().map(Row::cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..TITLES.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |cells: &[String; 13]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    let rule: String = widths.iter().map(|width| format!("|{}", "-".repeat(width + 2))).collect();
    let (head, body) = (line(&lines[0]), lines[1..].iter().map(line).collect::<String>());
    format!("{head}{rule}|\n{body}")
}

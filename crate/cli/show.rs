//! Progress of long work: bars on a terminal, plain lines in a pipe, JSON on request.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{complain, print, print_json};
use patchwork::error::Result;
use patchwork::files::FileProgress;
use patchwork::protocol::{EpochReport, EvaluatedSplit, Event, Progress, RaceEvent, Reason};
use patchwork::report::format::{duration, percent};
use patchwork::words::counted;

/// Seconds between two lines about the same epoch without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Shows the progress of reading or downloading a file; a callback for the loaders. One bar per
/// file, removed when the file is done.
pub fn file_progress() -> impl FnMut(FileProgress) {
    let mut shown: Option<ProgressBar> = None;
    let mut lines = Lines::new();
    move |progress| {
        let bar = shown.get_or_insert_with(|| bar("{msg} {wide_bar} {bytes}/{total_bytes}"));
        if bar.is_hidden() && lines.is_due() {
            let total =
                progress.total.map_or(String::new(), |total| format!(" of {}", megabytes(total)));
            complain(&format!("{}: {}{total}", progress.what, megabytes(progress.done)));
        }
        bar.set_length(progress.total.unwrap_or(progress.done));
        bar.set_message(progress.what);
        bar.set_position(progress.done);
        if progress.total == Some(progress.done) {
            bar.finish_and_clear();
            shown = None;
        }
    }
}

/// Shows the number of images done and in all; a callback for evaluations.
pub fn work_progress(what: &'static str) -> impl FnMut(usize, usize) {
    let bar = bar("{prefix} {wide_bar} {pos}/{len} images, {eta} left");
    bar.set_prefix(what);
    let mut lines = Lines::new();
    move |done, total| {
        if bar.is_hidden() && lines.is_due() {
            complain(&format!("{what}: {done}/{total} images"));
        }
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        if done == total {
            bar.finish_and_clear();
        }
    }
}

/// Shows how far a race of contestants with these names is; a callback for its events.
pub fn race_progress(names: &[String]) -> impl FnMut(&RaceEvent) {
    let bar = bar("{wide_bar} {msg}");
    let mut lines = Lines::new();
    let names = names.to_vec();
    let mut shares = vec![0.0; names.len()];
    let mut accuracies = vec![None; names.len()];
    let mut left = f64::NAN;
    move |event: &RaceEvent| {
        match event {
            RaceEvent::Progress { contestant, share, seconds_left, .. } => {
                (shares[*contestant], left) = (*share, *seconds_left);
            }
            RaceEvent::Measured(point) => {
                accuracies[point.contestant] = Some(point.accuracy);
            }
            RaceEvent::Finished { .. } => return bar.finish_and_clear(),
            _ => return,
        }
        let figures = names.iter().zip(&accuracies).map(|(name, accuracy)| {
            let accuracy = accuracy.map_or("–".into(), |accuracy| percent(accuracy, 1));
            format!("{name} {accuracy}")
        });
        let mut text = figures.collect::<Vec<_>>().join("  ");
        if left.is_finite() {
            text.push_str(&format!("  {} left", duration(left)));
        }
        if bar.is_hidden() && lines.is_due() {
            complain(&text);
        }
        bar.set_length(1000);
        bar.set_position((1000.0 * shares.iter().sum::<f64>() / shares.len() as f64) as u64);
        bar.set_message(text);
    }
}

/// Limits how often a line is printed in place of a hidden bar.
struct Lines {
    last: Instant,
}

impl Lines {
    fn new() -> Self {
        Self { last: Instant::now() }
    }

    /// Whether enough time has passed since the last line; if so, restarts the interval.
    fn is_due(&mut self) -> bool {
        let due = self.last.elapsed() > LINE_EVERY;
        if due {
            self.last = Instant::now();
        }
        due
    }
}

/// Bytes in readable form.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A bar on stderr; hidden if stderr is not a terminal, or one that cannot move its cursor.
fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Shows the events of a training run.
pub struct Watcher {
    json: bool,
    /// Whether the bar is visible.
    drawn: bool,
    bar: ProgressBar,
    last_line: Option<Instant>,
}

impl Watcher {
    pub fn new(json: bool) -> Self {
        let bar = bar("{prefix} {wide_bar} {msg}");
        // A bar is also hidden in terminals that cannot move their cursor (`TERM=dumb`).
        Self { json, drawn: !bar.is_hidden(), bar, last_line: None }
    }

    /// Prints a message to the user (not in the JSON stream).
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| complain(text));
    }

    /// Shows one event.
    pub fn show(&mut self, event: &Event) -> Result<()> {
        if self.json {
            return print_json(event);
        }
        match event {
            Event::Progress(progress) => self.progress(progress),
            Event::Evaluating { part, done, total } => self.evaluating(*part, *done, *total),
            Event::Epoch(report) => self.line(&epoch_line(report)),
            Event::Tested(test) => {
                let (low, high) = test.confusion.accuracy_interval();
                self.line(&format!(
                    "Test: accuracy {} (95 % interval {} to {}), loss {:.4}, {}",
                    percent(test.accuracy, 2),
                    percent(low, 2),
                    percent(high, 2),
                    test.loss,
                    counted(test.confusion.total() as usize, "image"),
                ));
            }
            Event::Finished { reason: Reason::EarlyStop } => {
                self.line("Stopped early: the validation accuracy no longer rises");
            }
            _ => {}
        }
        Ok(())
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| print(text));
    }

    fn progress(&mut self, progress: &Progress) {
        let Progress { epoch, epochs, step, steps_per_epoch, .. } = progress;
        let figures = format!(
            "loss {:.4}  accuracy {}  {:.0} images/s  {} left",
            progress.loss,
            percent(progress.accuracy, 1),
            progress.images_per_second,
            duration(progress.seconds_left),
        );
        if self.drawn {
            self.bar.set_length(*steps_per_epoch as u64);
            self.bar.set_prefix(format!("Epoch {epoch}/{epochs}"));
            self.bar.set_position(*step as u64);
            self.bar.set_message(figures);
        } else if self.last_line.is_none_or(|last| last.elapsed() > LINE_EVERY) {
            self.last_line = Some(Instant::now());
            print(&format!("Epoch {epoch}/{epochs}, step {step}/{steps_per_epoch}  {figures}"));
        }
    }

    fn evaluating(&self, part: EvaluatedSplit, done: usize, total: usize) {
        let name = match part {
            EvaluatedSplit::Validation => "Validation",
            EvaluatedSplit::Test => "Test",
        };
        self.bar.set_length(total as u64);
        self.bar.set_prefix(name);
        self.bar.set_position(done as u64);
        self.bar.set_message(format!("{done}/{total} images"));
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn epoch_line(EpochReport { row, best, .. }: &EpochReport) -> String {
    format!(
        "Epoch {:>3}  train loss {:.4} accuracy {}  validation loss {:.4} accuracy {}  {:.0} images/s  {}{}",
        row.epoch,
        row.train_loss,
        percent(f64::from(row.train_accuracy), 2),
        row.validation_loss.unwrap_or(f32::NAN),
        percent(f64::from(row.validation_accuracy.unwrap_or(f32::NAN)), 2),
        row.images_per_second,
        duration(f64::from(row.seconds)),
        if *best { "  best" } else { "" },
    )
}

//! How long work is shown: bars on a terminal, plain lines when piped, JSON when asked for.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::{print, print_json};
use crate::error::Result;
use crate::files::Progress as FileProgress;
use crate::protocol::{EpochReport, Event, Part, Progress, Reason};
use crate::report::format::{duration, percent};

/// Seconds between two lines about the same epoch when there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Shows how far a file is read or fetched; use as the callback of the loaders. One bar a file, gone
/// when the file is done.
pub fn file_progress() -> impl FnMut(FileProgress) {
    let mut shown: Option<ProgressBar> = None;
    move |progress| {
        let bar = shown.get_or_insert_with(|| bar("{msg} {wide_bar} {bytes}/{total_bytes}"));
        bar.set_length(progress.total.unwrap_or(progress.done));
        bar.set_message(progress.what);
        bar.set_position(progress.done);
        if progress.total == Some(progress.done) {
            bar.finish_and_clear();
            shown = None;
        }
    }
}

/// Shows how many images of how many are done; use as the callback of evaluations.
pub fn work_progress(what: &'static str) -> impl FnMut(usize, usize) {
    let bar = bar("{prefix} {wide_bar} {pos}/{len} images, {eta} left");
    bar.set_prefix(what);
    move |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        if done == total {
            bar.finish_and_clear();
        }
    }
}

/// A bar on stderr; invisible when stderr is no terminal.
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
    terminal: bool,
    bar: ProgressBar,
    last_line: Instant,
}

impl Watcher {
    pub fn new(json: bool) -> Self {
        Self {
            json,
            terminal: std::io::stderr().is_terminal(),
            bar: bar("{prefix} {wide_bar} {msg}"),
            last_line: Instant::now(),
        }
    }

    /// Says something to a person (not in the JSON stream).
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
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
                    "Test: accuracy {} (95 % interval {} to {}), loss {:.4}, {} images",
                    percent(test.accuracy, 2),
                    percent(low, 2),
                    percent(high, 2),
                    test.loss,
                    test.confusion.total(),
                ));
            }
            Event::Finished { reason: Reason::EarlyStop } => {
                self.line("Stopped early: the validation accuracy no longer rises");
            }
            Event::Paused | Event::Resumed | Event::Finished { .. } => {}
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
        if self.terminal {
            self.bar.set_length(*steps_per_epoch as u64);
            self.bar.set_prefix(format!("Epoch {epoch}/{epochs}"));
            self.bar.set_position(*step as u64);
            self.bar.set_message(figures);
        } else if self.last_line.elapsed() > LINE_EVERY {
            self.last_line = Instant::now();
            print(&format!("Epoch {epoch}/{epochs}, step {step}/{steps_per_epoch}  {figures}"));
        }
    }

    fn evaluating(&self, part: Part, done: usize, total: usize) {
        let name = match part {
            Part::Validation => "Validation",
            Part::Test => "Test",
        };
        self.bar.set_length(total as u64);
        self.bar.set_prefix(name);
        self.bar.set_position(done as u64);
        self.bar.set_message(format!("{done}/{total} images"));
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn epoch_line(EpochReport { row, best }: &EpochReport) -> String {
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

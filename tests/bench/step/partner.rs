//! PyTorch's side: a process that gets its turns through a pipe (`tests/bench/pytorch.py`).

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum;
use patchwork::device::OpenDevice;
use patchwork::error::{Error, Result};
use patchwork::weights::{ModelCard, Storage};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::options::{Options, Torch};
use crate::{Ahead, Case, Side, ours, start};

/// A PyTorch process in one of its modes.
pub struct Partner {
    name: String,
    first_loss: f64,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Keeps the files with its initial weights and batch.
    _start: TempDir,
}

/// PyTorch's description of itself.
#[derive(Deserialize)]
struct Hello {
    name: String,
    first_loss: f64,
}

impl Partner {
    /// All requested modes that can run where `found` is. For the others a line says why not.
    pub fn all(options: &Options, found: &OpenDevice, case: Case) -> Result<Vec<Self>> {
        let cpu = found.device == patchwork::device::cpu().device;
        let Some(venv) = options.python.as_ref().filter(|_| cpu || !found.software) else {
            return Ok(Vec::new());
        };
        let program = ["bin/python", "Scripts/python.exe"].map(|path| venv.join(path));
        let program = program
            .into_iter()
            .find(|path| path.exists())
            .ok_or_else(|| Error::config(format!("there is no Python in {}", venv.display())))?;
        let mut partners = Vec::new();
        for &torch in options.torch.iter().filter(|&&torch| !(cpu && torch == Torch::Graph)) {
            let mut command = Command::new(&program);
            command.args(["-W", "ignore", "tests/bench/pytorch.py", "--way", &value(torch)]);
            command.args(["--device", if cpu { "cpu" } else { "cuda" }]);
            command.args(["--threads", &rayon::current_num_threads().to_string()]);
            command.args(options.tf32.then_some("--tf32"));
            if let Some(folder) = &options.references {
                command.arg("--references").arg(folder);
            }
            match Self::start(command, case)? {
                Some(partner) => partners.push(partner),
                None => eprintln!("PyTorch, {}, does not run here", value(torch)),
            }
        }
        Ok(partners)
    }

    fn start(mut command: Command, case: Case) -> Result<Option<Self>> {
        let folder = tempfile::tempdir().map_err(problem)?;
        let (weights, batch) = (start::weights(&ours::model(case)), start::batch(case.batch));
        let pixels: Vec<u8> = batch.images.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
        let config = serde_json::to_vec(&weights.config).map_err(problem)?;
        let named = weights.to_safetensors(&ModelCard::default(), Storage::F32)?;
        let files: [(&str, &[u8]); 5] = [
            ("model.json", &config),
            ("model.safetensors", &named),
            ("weights.f32", &weights.flat.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<_>>()),
            ("images.f32", &pixels),
            ("labels.u8", &batch.labels),
        ];
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).map_err(problem)?;
        }
        command.args(["--precision", &value(case.precision)]).arg(folder.path());
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(problem)?;
        let questions = process.stdin.take().ok_or_else(|| problem("no way to ask"))?;
        let mut answers =
            BufReader::new(process.stdout.take().ok_or_else(|| problem("no way to answer"))?);
        let mut line = String::new();
        answers.read_line(&mut line).map_err(problem)?;
        if line.is_empty() {
            return Ok(None);
        }
        let Hello { name, first_loss } = serde_json::from_str(&line).map_err(problem)?;
        Ok(Some(Self { name, first_loss, process, questions, answers, _start: folder }))
    }

    fn ask<T: DeserializeOwned>(&mut self, what: &str, count: usize) -> Result<T> {
        writeln!(self.questions, "{what} {count}").map_err(problem)?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(problem)?;
        serde_json::from_str(&line).map_err(problem)
    }
}

fn value(choice: impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn problem(why: impl std::fmt::Display) -> Error {
    Error::config(format!("PyTorch cannot be asked: {why}"))
}

impl Drop for Partner {
    fn drop(&mut self) {
        // It may already have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Side for Partner {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn first_loss(&self) -> f64 {
        self.first_loss
    }

    fn steps(&mut self, count: usize) -> Result<Vec<f64>> {
        self.ask("steps", count)
    }

    fn ahead(&mut self, count: usize) -> Result<Ahead> {
        self.ask("ahead", count)
    }

    fn predictions(&mut self, count: usize) -> Result<Vec<f64>> {
        self.ask("looks", count)
    }

    fn forwards(&mut self, count: usize) -> Result<Vec<f64>> {
        self.ask("forwards", count)
    }
}

//! Runs steps and commands: prints what starts, why, and how long it took.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The error is a sentence for a person.
pub type Result<T = ()> = std::result::Result<T, String>;

/// One run of a task.
pub struct Run {
    dry: bool,
    started: Instant,
    left_out: Vec<String>,
}

impl Run {
    /// A run that starts now; a dry run prints its commands and runs none.
    pub fn new(dry: bool) -> Self {
        Self { dry, started: Instant::now(), left_out: Vec::new() }
    }

    /// Runs one step, announced by its name and purpose.
    pub fn step(
        &mut self,
        name: &str,
        purpose: &str,
        work: impl FnOnce(&mut Self) -> Result,
    ) -> Result {
        println!("\n==> {name}: {purpose}");
        let started = Instant::now();
        work(self)?;
        if !self.dry {
            println!("    {name}: {}", seconds(started.elapsed()));
        }
        Ok(())
    }

    /// Runs a command from the project's root with its output shown.
    ///
    /// # Errors
    /// If the command cannot start or fails; the error contains its command line.
    pub fn command(&self, command: &mut Command) -> Result {
        let line = command_line(command);
        println!("    $ {line}");
        if self.dry {
            return Ok(());
        }
        match command.current_dir(root()).status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{status} from: {line}")),
            Err(error) => Err(format!("cannot start ({error}): {line}")),
        }
    }

    /// Runs commands from the project's root at the same time.
    ///
    /// # Errors
    /// For the first of them that cannot start or fails, after all have ended.
    pub fn together(&self, mut commands: Vec<Command>) -> Result {
        thread::scope(|scope| {
            let start = |command| scope.spawn(|| self.command(command));
            let running: Vec<_> = commands.iter_mut().map(start).collect();
            let ended: Vec<Result> = running
                .into_iter()
                .map(|one| one.join().map_err(|_| "a thread failed".to_owned())?)
                .collect();
            ended.into_iter().collect()
        })
    }

    /// Runs a command from the project's root and checks that it prints something.
    ///
    /// # Errors
    /// If the command cannot start, fails or does not print it; the error contains all output.
    pub fn prints(&self, command: &mut Command, expected: &str) -> Result {
        let line = command_line(command);
        println!("    $ {line}");
        if self.dry {
            return Ok(());
        }
        let output = command.current_dir(root()).output();
        let output = output.map_err(|error| format!("cannot start ({error}): {line}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && printed.contains(expected) {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("no {expected:?} from: {line} ({})\n{printed}{errors}", output.status))
    }

    /// Creates a folder and its parents.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn folder(&self, folder: &Path) -> Result {
        match self.dry {
            true => Ok(()),
            false => {
                fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
            }
        }
    }

    /// Notes what this machine lacks and which checks are left out for it.
    pub fn leave_out(&mut self, what: impl Into<String>) {
        let what = what.into();
        println!("    left out: {what}");
        self.left_out.push(what);
    }

    /// Prints the total time, and again what was left out.
    pub fn close(&self) {
        println!();
        for what in &self.left_out {
            println!("left out: {what}");
        }
        match self.dry {
            true => println!("Dry run: nothing was run."),
            false => println!("All checks passed in {}.", seconds(self.started.elapsed())),
        }
    }
}

/// `cargo` with arguments.
pub fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    command
}

/// The same command at a lower priority, where the system has one.
pub fn behind_others(command: Command) -> Command {
    if !cfg!(unix) {
        return command;
    }
    let mut behind = Command::new("nice");
    behind.args(["-n", "10"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => behind.env(name, value),
            None => behind.env_remove(name),
        };
    }
    behind
}

/// The output of a command, trimmed; `None` if it cannot start or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).current_dir(root()).stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The folder of the project, from Cargo at run time: in a build shared between clones, the clone it was
/// compiled in may be gone.
pub fn root() -> PathBuf {
    const OURS: &str = "CARGO_MANIFEST_DIR";
    let mut folder =
        std::env::var_os(OURS).map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    folder.pop();
    folder
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

fn seconds(time: Duration) -> String {
    let tenths = (time.as_secs_f64() * 10.0).round() / 10.0;
    match tenths < 60.0 {
        true => format!("{tenths:.1} s"),
        false => format!("{} min {:02} s", tenths as u64 / 60, tenths as u64 % 60),
    }
}

/// A command as typed in a shell.
fn command_line(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_string_lossy(), value?.to_string_lossy())))
        .map(|(name, value)| format!("{name}={}", quoted(&value)));
    let words = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| quoted(&word.to_string_lossy()));
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_in_full() {
        let mut command = cargo(["no-such-subcommand", "two words"]);
        command.env("QUIET", "it's").stderr(Stdio::null());
        let error = Run::new(false).command(&mut command).unwrap_err();
        assert!(
            error.ends_with(r"QUIET='it'\''s' cargo no-such-subcommand 'two words'"),
            "{error}"
        );
    }

    #[test]
    fn the_output_of_a_command_is_checked() {
        let run = Run::new(false);
        assert_eq!(run.prints(&mut cargo(["--version"]), "cargo 1."), Ok(()));
        assert!(run.prints(&mut cargo(["--version"]), "no such word").is_err());
        assert!(run.prints(&mut cargo(["no-such-subcommand"]), "").is_err());
    }

    #[test]
    fn one_failure_of_several_commands_is_told() {
        let run = Run::new(false);
        let version = || cargo(["--version"]);
        assert_eq!(run.together(vec![version(), version()]), Ok(()));
        let mut wrong = cargo(["no-such-subcommand"]);
        wrong.stderr(Stdio::null());
        let error = run.together(vec![version(), wrong]).unwrap_err();
        assert!(error.ends_with("cargo no-such-subcommand"), "{error}");
    }

    #[test]
    fn a_command_behind_others_is_the_same_command() {
        let mut version = cargo(["--version"]);
        version.env("QUIET", "yes");
        let behind = behind_others(version);
        assert!(command_line(&behind).ends_with("cargo --version"), "{behind:?}");
        assert!(command_line(&behind).starts_with("QUIET=yes"), "{behind:?}");
        assert_eq!(Run::new(false).together(vec![behind]), Ok(()));
    }

    #[test]
    fn a_dry_run_runs_nothing() {
        assert_eq!(Run::new(true).command(&mut Command::new("no such program")), Ok(()));
    }

    #[test]
    fn times_are_formatted_briefly() {
        assert_eq!(seconds(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(seconds(Duration::from_millis(59_980)), "1 min 00 s");
        assert_eq!(seconds(Duration::from_secs(3661)), "61 min 01 s");
    }
}

//! The one error type of the crate.
//!
//! An error is plain data, so that it passes unchanged from worker to page and into JSON. Its text
//! says what is wrong, where (file, row, column), and what to do next.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::platform::Cause;

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of thing went wrong: the part of an [`Error`] that programs branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// A data file is not what it should be.
    Data,
    /// A setting is impossible, by itself or together with others.
    Config,
    /// A weights file or checkpoint is damaged, foreign or for another model.
    Weights,
    /// No such device, or it failed or was lost.
    Device,
    /// Reading or writing a file failed.
    File,
    /// A download failed.
    Network,
    /// Training diverged (NaN or infinite loss).
    Diverged,
    /// This build of the program leaves out what the model needs.
    Unsupported,
}

/// Where in the input an error is: in a file, or at a setting. Any part may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Place {
    /// File name or path as the user gave it.
    pub file: Option<String>,
    /// Row in the file, counted from 1 including the header, as editors count lines.
    pub row: Option<u64>,
    /// Column of the row, counted from 1.
    pub column: Option<u64>,
    /// The setting at fault, by its field name. For programs; people read the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub setting: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.file.clone());
        parts.extend(self.row.map(|row| format!("row {row}")));
        parts.extend(self.column.map(|column| format!("column {column}")));
        f.write_str(&parts.join(", "))
    }
}

/// What went wrong, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "PatchworkError"))]
pub struct Error {
    /// The kind, for programs.
    pub kind: ErrorKind,
    /// Where it is.
    pub place: Box<Place>,
    /// What is wrong, as one sentence without a final period.
    pub problem: String,
    /// What the user can do about it, as one sentence without a final period; may be empty.
    pub help: String,
    /// The underlying error of another library or the system, if there is one. Natively only, as it is not
    /// plain data.
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    cause: Cause,
}

impl std::error::Error for Error {
    /// The underlying error of another library or the system. Its text is already part of the problem: this is for
    /// programs that look for a type, such as [`std::io::Error`].
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.get()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.problem)?;
        if !self.help.is_empty() {
            write!(f, ". {}", self.help)?;
        }
        Ok(())
    }
}

impl Error {
    /// An error of a kind, with its problem; add place and help with the builder methods.
    pub fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        let (place, help, cause) = (Box::default(), String::new(), Cause::default());
        Self { kind, place, problem: problem.into(), help, cause }
    }

    /// An error of a kind with its underlying cause.
    pub fn from_cause(
        kind: ErrorKind,
        cause: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::new(kind, cause.to_string()).because(cause)
    }

    /// An error in a data file.
    pub fn data(problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, problem)
    }

    /// An impossible setting.
    pub fn config(problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, problem)
    }

    /// A bad weights file or checkpoint.
    pub fn weights(problem: impl Into<String>) -> Self {
        Self::new(ErrorKind::Weights, problem)
    }

    /// Adds the underlying cause, returned by [`source`](std::error::Error::source).
    #[must_use]
    pub fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.cause = Cause::new(cause);
        self
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds the file unless one is already known: the innermost name wins.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.place.file.get_or_insert_with(|| file.into());
        self
    }

    /// Adds the row, counted from 1.
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.place.row = Some(row);
        self
    }

    /// Adds the column, counted from 1.
    #[must_use]
    pub fn at_column(mut self, column: u64) -> Self {
        self.place.column = Some(column);
        self
    }

    /// Names the setting at fault by its field name.
    #[must_use]
    pub fn setting(mut self, setting: impl Into<String>) -> Self {
        self.place.setting = Some(setting.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_the_file_and_programs_get_the_setting() {
        let error = Error::config("width 0 is too small").setting("width");
        assert_eq!(error.to_string(), "width 0 is too small");
        let error = error.in_file("run/config.json").help("Choose another");
        assert_eq!(error.to_string(), "run/config.json: width 0 is too small. Choose another");
        assert_eq!(error.place.setting.as_deref(), Some("width"));
    }

    #[test]
    fn programs_find_the_underlying_error() {
        let plain = || Error::new(ErrorKind::File, "cannot be read");
        let refused = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = plain().because(refused);
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref());
        let kept = crate::platform::KEEPS_CAUSES.then_some(std::io::ErrorKind::PermissionDenied);
        assert_eq!(source.map(std::io::Error::kind), kept);
        assert_eq!(error, plain(), "they say the same");
        assert!(std::error::Error::source(&plain()).is_none());
        let json = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), error);
    }
}

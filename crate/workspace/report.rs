//! The report of the page's run.

use crate::error::Result;
use crate::protocol::{EvaluatedSplit, FileReport, FileRole};
use crate::report::html::{Report, Source};
use crate::session_report::{Names, of_session};
use crate::workspace::Workspace;

impl Workspace {
    /// The report of the run as one page of HTML; `finished` is in seconds since 1970.
    ///
    /// # Errors
    /// If there is no run.
    pub fn report(&self, names: Names, finished: u64) -> Result<String> {
        let session = self.running()?;
        let tested = self.tested().map(|evaluation| (EvaluatedSplit::Test, evaluation));
        let validated =
            session.validation().map(|evaluation| (EvaluatedSplit::Validation, evaluation));
        let report = of_session(session, names, finished, tested.or(validated))?;
        Report { sources: self.sources(), notices: self.notices(), ..report }.html()
    }

    /// The notices about the files of the run.
    fn notices(&self) -> Vec<String> {
        let used = |file: &FileReport| matches!(file.part, FileRole::Train | FileRole::Test);
        let files = self.files.reports().into_iter().filter(used);
        files
            .flat_map(|FileReport { name, notices, .. }| {
                notices.into_iter().map(move |notice| format!("{name}: {notice}"))
            })
            .collect()
    }

    fn sources(&self) -> Vec<Source> {
        let role = |part| match part {
            FileRole::Train => Some("training"),
            FileRole::Test => Some("test"),
            FileRole::Unlabelled | FileRole::Ignored => None,
        };
        self.files
            .reports()
            .into_iter()
            .filter_map(|file| {
                let role = role(file.part)?.into();
                Some(Source { role, origin: file.name, images: file.images as u64 })
            })
            .collect()
    }
}

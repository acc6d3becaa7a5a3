//! The report of the page's run.

use crate::error::Result;
use crate::protocol::{FilePart, FileReport, Part};
use crate::report::html::{Report, Source};
use crate::session_report::{Names, of_session};
use crate::studio::Studio;

impl Studio {
    /// The report of the run as one page of HTML; `finished` is in seconds since 1970.
    ///
    /// # Errors
    /// Where there is no run.
    pub fn report(&self, names: Names, finished: u64) -> Result<String> {
        let session = self.running()?;
        let tested = self.tested().map(|evaluation| (Part::Test, evaluation));
        let validated = session.validation().map(|evaluation| (Part::Validation, evaluation));
        let report = of_session(session, names, finished, tested.or(validated))?;
        Report { sources: self.sources(), notices: self.notices(), ..report }.html()
    }

    /// What is odd about the files of the run.
    fn notices(&self) -> Vec<String> {
        let used = |file: &FileReport| matches!(file.part, FilePart::Train | FilePart::Test);
        let files = self.shelf.reports().into_iter().filter(used);
        files
            .flat_map(|FileReport { name, notices, .. }| {
                notices.into_iter().map(move |notice| format!("{name}: {notice}"))
            })
            .collect()
    }

    fn sources(&self) -> Vec<Source> {
        let role = |part| match part {
            FilePart::Train => Some("training"),
            FilePart::Test => Some("test"),
            FilePart::Unlabelled | FilePart::Ignored => None,
        };
        self.shelf
            .reports()
            .into_iter()
            .filter_map(|file| {
                let role = role(file.part)?.into();
                Some(Source { role, origin: file.name, images: file.images as u64 })
            })
            .collect()
    }
}

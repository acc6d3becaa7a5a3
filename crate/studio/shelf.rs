//! The files that a person brought, and what they are together.

use crate::data::Material;
use crate::data::dataset::Split;
use crate::data::material::{self, Role};
use crate::data::reader::{Part, Reader};
use crate::data::{Dataset, synth};
use crate::error::{Error, Result};
use crate::protocol::{FilePart, FileReport, MaterialReport};
use crate::studio::pixels;
use crate::words::counted;

/// Files, each with its images or labels.
#[derive(Debug, Default)]
pub struct Shelf {
    files: Vec<File>,
    next: u32,
    open: Option<(String, Reader)>,
}

#[derive(Debug)]
struct File {
    report: FileReport,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Images(Dataset),
    /// Labels whose images have not come yet.
    Labels(Vec<u8>),
}

impl Content {
    /// Whether one holds the labels of the other's images.
    fn pairs_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Images(data), Self::Labels(labels))
            | (Self::Labels(labels), Self::Images(data)) => {
                data.labels().is_none() && data.len() == labels.len()
            }
            _ => false,
        }
    }

    /// What a file is probably for.
    fn likely_part(&self, name: &str) -> FilePart {
        match (self, Role::of_name(name)) {
            (Self::Labels(_), _) => FilePart::Ignored,
            (Self::Images(data), _) if data.labels().is_none() => FilePart::Unlabelled,
            (Self::Images(_), Some(Role::Test)) => FilePart::Test,
            (Self::Images(_), Some(Role::Train) | None) => FilePart::Train,
        }
    }
}

impl Shelf {
    /// Begins a file; a file that was not finished is forgotten.
    pub fn open(&mut self, name: &str) {
        self.open = Some((name.into(), Reader::new(name)));
    }

    /// Takes the next bytes of the file; gives the images read so far.
    ///
    /// # Errors
    /// At the first thing that is wrong; the file is then forgotten.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize> {
        let (_, reader) = self.open.as_mut().ok_or_else(|| Error::data("no file is open"))?;
        match reader.push(bytes) {
            Ok(()) => Ok(reader.rows()),
            Err(error) => {
                self.open = None;
                Err(error)
            }
        }
    }

    /// Forgets the file that is being read.
    pub fn abort(&mut self) {
        self.open = None;
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Where it is not well-formed as a whole.
    pub fn close(&mut self) -> Result<FileReport> {
        let (name, reader) = self.open.take().ok_or_else(|| Error::data("no file is open"))?;
        let (part, layout) = reader.finish()?;
        let layout = layout.to_string();
        let content = match part {
            Part::Table(data) | Part::Images(data) => Content::Images(data),
            Part::Labels(labels) => Content::Labels(labels),
        };
        let Some(other) = self.files.iter().position(|file| content.pairs_with(&file.content))
        else {
            return Ok(self.add(name, layout, content));
        };
        let File { report, content: other } = self.files.remove(other);
        let (name, layout, labels_from, (data, labels)) = match (content, other) {
            (Content::Images(data), Content::Labels(labels)) => {
                (name, layout, report.name, (data, labels))
            }
            (Content::Labels(labels), Content::Images(data)) => {
                (report.name, report.layout, name, (data, labels))
            }
            (content, _) => return Ok(self.add(name, layout, content)),
        };
        let layout = format!("{layout}; labels from {labels_from}");
        Ok(self.add(name, layout, Content::Images(data.with_labels(labels)?)))
    }

    /// Adds built-in digits.
    ///
    /// # Errors
    /// Where `count` is 0 or beyond measure.
    pub fn add_builtin(&mut self, count: usize, seed: u64) -> Result<FileReport> {
        let data = synth::generate(count, seed)?;
        let layout = format!(
            "made on the spot, seed {seed}, {} of 28×28, 10 classes",
            counted(count, "image")
        );
        Ok(self.add(format!("built-in digits ({count})"), layout, Content::Images(data)))
    }

    fn add(&mut self, name: String, layout: String, content: Content) -> FileReport {
        let part = content.likely_part(&name);
        let report = match &content {
            Content::Images(data) => FileReport {
                id: self.next,
                name,
                layout,
                images: data.len(),
                side: data.side(),
                labelled: data.labels().is_some(),
                class_counts: data.labels().map_or_else(Vec::new, |_| data.class_counts()),
                part,
            },
            Content::Labels(_) => FileReport {
                id: self.next,
                name,
                layout: format!("{layout}; its images are still missing"),
                images: 0,
                side: 0,
                labelled: true,
                class_counts: Vec::new(),
                part,
            },
        };
        self.next += 1;
        self.files.push(File { report: report.clone(), content });
        report
    }

    /// Forgets a file.
    ///
    /// # Errors
    /// Where there is none with this number.
    pub fn remove(&mut self, id: u32) -> Result<()> {
        let position = self.position(id)?;
        self.files.remove(position);
        Ok(())
    }

    /// Says what a file is for.
    ///
    /// # Errors
    /// Where there is no such file, or it has no labels and shall be learned from.
    pub fn set_part(&mut self, id: u32, part: FilePart) -> Result<()> {
        let position = self.position(id)?;
        let report = &mut self.files[position].report;
        if matches!(part, FilePart::Train | FilePart::Test)
            && (!report.labelled || report.images == 0)
        {
            return Err(Error::data("only images with labels can train or test")
                .in_file(&report.name)
                .help("Bring the labels, or leave the file for predictions"));
        }
        report.part = part;
        Ok(())
    }

    /// All files.
    pub fn reports(&self) -> Vec<FileReport> {
        self.files.iter().map(|file| file.report.clone()).collect()
    }

    /// The images of a file.
    ///
    /// # Errors
    /// Where there are none with this number.
    pub fn data(&self, id: u32) -> Result<&Dataset> {
        match &self.files[self.position(id)?].content {
            Content::Images(data) => Ok(data),
            Content::Labels(_) => Err(Error::data("this file holds labels only")),
        }
    }

    /// The pixels of some images of a file, `[images, side, side]`.
    ///
    /// # Errors
    /// Where there is no such file or image.
    pub fn images(&self, id: u32, indices: &[u32]) -> Result<Vec<u8>> {
        pixels(self.data(id)?, indices)
    }

    fn position(&self, id: u32) -> Result<usize> {
        self.files
            .iter()
            .position(|file| file.report.id == id)
            .ok_or_else(|| Error::data(format!("there is no file {id}")))
    }

    /// All images for a run, and what a person should know of them.
    pub(super) fn material(
        &self,
        validation: f64,
        test: f64,
        seed: u64,
    ) -> Result<(Material, MaterialReport)> {
        let train = self.joined(FilePart::Train)?.ok_or_else(|| {
            Error::data("there are no images to learn from")
                .help("Bring a file with labels, or take the built-in digits")
        })?;
        let tests = self.joined(FilePart::Test)?;
        if let Some(tests) = &tests {
            material::check_test(&train, tests)?;
        }
        let split =
            Split::stratified(&train, validation, if tests.is_some() { 0.0 } else { test }, seed);
        let shared = tests.as_ref().map_or(0, |tests| train.shared_images(tests));
        let count = tests.as_ref().map_or(split.test.len(), Dataset::len);
        let report = MaterialReport {
            train: split.train.len(),
            validation: split.validation.len(),
            test: count,
            side: train.side(),
            classes: train.classes(),
            class_counts: train.class_counts(),
            shared,
            notices: material::shared_notice(shared, count).into_iter().collect(),
        };
        Ok((Material { train, test: tests }, report))
    }

    /// All images of a part in one set, in the order of the files.
    fn joined(&self, part: FilePart) -> Result<Option<Dataset>> {
        let mut files = self.files.iter().filter(|file| file.report.part == part);
        let Some(first) = files.next() else { return Ok(None) };
        let Content::Images(data) = &first.content else { return Ok(None) };
        let mut joined = data.clone();
        for file in files {
            if let Content::Images(data) = &file.content {
                joined = joined.joined(data).map_err(|error| error.in_file(&file.report.name))?;
            }
        }
        Ok(Some(joined))
    }
}

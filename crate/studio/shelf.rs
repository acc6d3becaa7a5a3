//! The files that a person brought, and what they are together.

use crate::data::dataset::Split;
use crate::data::reader::{self, Part, Reader};
use crate::data::{Dataset, synth};
use crate::error::{Error, Result};
use crate::protocol::{FilePart, FileReport, MaterialReport};
use crate::studio::pixels;
use crate::train::session::Material;

/// The most built-in images: 157 MB of pixels.
const BUILTIN_MOST: usize = 200_000;

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

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("rows", &self.rows()).finish_non_exhaustive()
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
        match part {
            Part::Table(data) => Ok(self.add(name, layout, Content::Images(data))),
            Part::Images(data) => {
                let labels = self.waiting(|file| matches!(&file.content, Content::Labels(labels) if labels.len() == data.len()));
                match labels {
                    Some(File { report, content: Content::Labels(labels) }) => {
                        let layout = format!("{layout}; labels from {}", report.name);
                        let data = reader::pair(data, labels)?;
                        Ok(self.add(name, layout, Content::Images(data)))
                    }
                    _ => Ok(self.add(name, layout, Content::Images(data))),
                }
            }
            Part::Labels(labels) => {
                let fits = |file: &File| matches!(&file.content, Content::Images(data) if data.labels().is_none() && data.len() == labels.len());
                match self.waiting(fits) {
                    Some(File { report, content: Content::Images(data) }) => {
                        let layout = format!("{}; labels from {name}", report.layout);
                        let data = reader::pair(data, labels)?;
                        Ok(self.add(report.name, layout, Content::Images(data)))
                    }
                    _ => Ok(self.add(name, layout, Content::Labels(labels))),
                }
            }
        }
    }

    /// Takes out the first file that is half of a pair.
    fn waiting(&mut self, fits: impl Fn(&File) -> bool) -> Option<File> {
        let position = self.files.iter().position(fits)?;
        Some(self.files.remove(position))
    }

    /// Adds built-in digits.
    ///
    /// # Errors
    /// Where `count` is 0 or beyond measure.
    pub fn add_builtin(&mut self, count: usize, seed: u64) -> Result<FileReport> {
        if !(1..=BUILTIN_MOST).contains(&count) {
            return Err(Error::config(format!("{count} is no number of built-in digits"))
                .help(format!("Choose from 1 to {BUILTIN_MOST}")));
        }
        let data = synth::generate(count, seed)?;
        let layout = format!("made on the spot, seed {seed}, {count} images of 28×28, 10 classes");
        Ok(self.add(format!("built-in digits ({count})"), layout, Content::Images(data)))
    }

    fn add(&mut self, name: String, layout: String, content: Content) -> FileReport {
        let part = self.guess(&name, &content);
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

    /// What a file is probably for, by its labels, its name and what is there already.
    fn guess(&self, name: &str, content: &Content) -> FilePart {
        let Content::Images(data) = content else { return FilePart::Ignored };
        if data.labels().is_none() {
            return FilePart::Unlabelled;
        }
        let name = name.to_lowercase();
        if ["test", "t10k", "valid"].iter().any(|word| name.contains(word)) {
            FilePart::Test
        } else {
            FilePart::Train
        }
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
        let classes = tests.as_ref().map_or(0, Dataset::classes).max(train.classes());
        let train = train.with_classes(classes);
        if let Some(tests) = tests.as_ref().filter(|tests| tests.side() != train.side()) {
            return Err(Error::data(format!(
                "the test images are {0}×{0}, the training images {1}×{1}",
                tests.side(),
                train.side()
            ))
            .help("Choose files with images of one size"));
        }
        let split =
            Split::stratified(&train, validation, if tests.is_some() { 0.0 } else { test }, seed);
        let shared = tests.as_ref().map_or(0, |tests| train.shared_images(tests));
        let mut notices = Vec::new();
        if shared > 0 {
            notices.push(format!(
                "{shared} test images are among the training images, so the test will look better than it is"
            ));
        }
        let report = MaterialReport {
            train: split.train.len(),
            validation: split.validation.len(),
            test: tests.as_ref().map_or(split.test.len(), Dataset::len),
            side: train.side(),
            classes,
            class_counts: train.class_counts(),
            shared,
            notices,
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

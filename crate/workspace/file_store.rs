//! The user's files, and the data sets made of them.

use std::collections::BTreeMap;

use crate::data::dataset::Split;
use crate::data::orientation::has_light_ground;
use crate::data::reader::{self, FileContents, Reader};
use crate::data::train_test::{self, DatasetRole};
use crate::data::{Dataset, Orientation, TrainTest, idx, names, pairing, synth};
use crate::error::{Error, Result};
use crate::protocol::{Correction, DataReport, FileCorrections, FileReport, FileRole, ReadOptions};
use crate::train::orientation::Comparison;
use crate::words::counted;
use crate::workspace::corrections::{self, Corrected};
use crate::workspace::kept::{self, Extras, KeptFile, Reading};
use crate::workspace::pixels;

/// Files, each with its images or labels.
#[derive(Debug, Default)]
pub struct FileStore {
    files: Vec<File>,
    next: u32,
    open: Option<Open>,
}

/// A file being read.
#[derive(Debug)]
struct Open {
    name: String,
    reader: Reader,
    /// Whether any bytes have arrived.
    begun: bool,
    /// Set for a stored file: what is known of it besides its images.
    kept: Option<Box<Reading>>,
}

#[derive(Debug)]
struct File {
    id: u32,
    name: String,
    layout: String,
    /// The notices of its reader.
    notices: Vec<String>,
    part: FileRole,
    /// Whether a person chose that; else it follows from the names of all files.
    chosen: bool,
    orientation: Orientation,
    /// What a person corrected.
    corrected: Corrected,
    /// The results of a known-good model on its images, once checked.
    comparison: Option<Comparison>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Images(Dataset),
    /// Labels whose images are not known yet.
    Labels(Vec<u8>),
}

impl File {
    /// Its images, if they have no labels yet.
    fn unlabelled(&self) -> Option<&Dataset> {
        match &self.content {
            Content::Images(data) if data.labels().is_none() => Some(data),
            Content::Images(_) | Content::Labels(_) => None,
        }
    }

    /// Whether its images have labels.
    fn is_labelled(&self) -> bool {
        matches!(&self.content, Content::Images(data) if data.labels().is_some())
    }

    /// Whether a label file called `name` belongs to these images.
    fn is_labelled_by(&self, name: &str) -> bool {
        self.unlabelled().is_some()
            && pairing::label_names(&self.name).iter().any(|own| own == name)
    }

    /// Notices about the images beyond those of the reader, and the changes they offer.
    fn findings(&self, data: &Dataset) -> (Vec<String>, Orientation) {
        let offers = Orientation {
            inverted: has_light_ground(data),
            transposed: self.comparison.as_ref().is_some_and(Comparison::is_transposed),
        };
        let light = offers.inverted.then(|| {
            "The ground of these images is light; models read light ink on a dark ground. Invert the images of this file"
                .to_string()
        });
        let turned = self
            .comparison
            .as_ref()
            .and_then(Comparison::finding)
            .map(|finding| format!("{finding}. Swap rows and columns of this file"));
        (light.into_iter().chain(turned).collect(), offers)
    }
}

impl FileStore {
    /// Opens a file; an unfinished one is discarded.
    pub fn open(&mut self, name: &str, options: ReadOptions) {
        let mut reader = Reader::new(name);
        if options.any_labels {
            reader = reader.with_any_labels();
        }
        self.open = Some(Open { name: name.into(), reader, begun: false, kept: None });
    }

    /// Opens a stored file ([`FileStore::export`]) with its labels and extras; its images follow, if any. It is
    /// complete: it is not paired with other files.
    ///
    /// # Errors
    /// If labels or extras are damaged.
    pub fn open_kept(&mut self, name: &str, labels: &[u8], extras: &[u8]) -> Result<()> {
        self.open = None;
        let kept = Reading::new(labels, extras).map_err(|error| error.in_file(name))?;
        let (reader, kept) = (Reader::new(name), Some(Box::new(kept)));
        self.open = Some(Open { name: name.into(), reader, begun: false, kept });
        Ok(())
    }

    /// Takes the next bytes of the file; returns the images read so far.
    ///
    /// # Errors
    /// At the first problem; the file is then discarded.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize> {
        let open = self.open.as_mut().ok_or_else(|| Error::data("no file is open"))?;
        open.begun |= !bytes.is_empty();
        match open.reader.push(bytes) {
            Ok(()) => Ok(open.reader.rows()),
            Err(error) => {
                self.open = None;
                Err(error)
            }
        }
    }

    /// Discards the file being read.
    pub fn abort(&mut self) {
        self.open = None;
    }

    /// Ends the file. IDX labels are paired with the images that their name matches.
    ///
    /// # Errors
    /// If it is malformed as a whole.
    pub fn close(&mut self) -> Result<FileReport> {
        let open = self.open.take().ok_or_else(|| Error::data("no file is open"))?;
        let id = match open.kept {
            Some(kept) => self.close_kept(open.name, open.begun.then_some(open.reader), *kept)?,
            None => self.close_fresh(open.name, open.reader)?,
        };
        self.report(id)
    }

    fn close_fresh(&mut self, name: String, reader: Reader) -> Result<u32> {
        let (part, layout) = reader.finish()?;
        let content = match part {
            FileContents::Table(data) | FileContents::Images(data) => Content::Images(data),
            FileContents::Labels(labels) => Content::Labels(labels),
        };
        let id = self.add(name, layout.to_string(), layout.notices, content);
        match self.named_pair(id) {
            Some((images, labels)) => self.pair(images, labels).map(|report| report.id),
            None => Ok(id),
        }
    }

    fn close_kept(&mut self, name: String, images: Option<Reader>, kept: Reading) -> Result<u32> {
        let mut kept = kept;
        let content = kept.finish(images).map_err(|error| error.in_file(&name))?;
        let content = match content {
            kept::Content::Images(data) => Content::Images(data),
            kept::Content::Labels(labels) => Content::Labels(labels),
        };
        let Extras { layout, notices, part, chosen, orientation, corrected, .. } = kept.extras;
        let id = self.add(name, layout, notices, content);
        if let Some(file) = self.files.last_mut() {
            (file.orientation, file.corrected) = (orientation, corrected);
            (file.part, file.chosen) = (part.unwrap_or(file.part), part.is_some() && chosen);
        }
        self.assign_parts();
        Ok(id)
    }

    /// The images and labels that file `id` and another form together, from their names and counts.
    fn named_pair(&self, id: u32) -> Option<(u32, u32)> {
        let pairs = self.files.iter().flat_map(|images| {
            let fits = move |labels: &&File| images.is_labelled_by(&labels.name);
            self.files.iter().filter(fits).map(move |labels| (images, labels))
        });
        let fit = |(images, labels): &(&File, &File)| match &labels.content {
            Content::Labels(values) => {
                images.unlabelled().is_some_and(|data| data.len() == values.len())
            }
            Content::Images(_) => false,
        };
        let mut pairs = pairs.filter(fit).map(|(images, labels)| (images.id, labels.id));
        pairs.find(|&(images, labels)| images == id || labels == id)
    }

    /// Pairs images with the labels of another file, which is merged into theirs.
    ///
    /// # Errors
    /// If they are not images without labels and labels, or their counts differ.
    pub fn pair(&mut self, images: u32, labels: u32) -> Result<FileReport> {
        let (at, from) = (self.position(images)?, self.position(labels)?);
        let (file, other) = (&self.files[at], &self.files[from]);
        let (Some(data), Content::Labels(values)) = (file.unlabelled(), &other.content) else {
            return Err(Error::data("images without labels and a file of labels are needed")
                .in_file(&file.name));
        };
        let data = reader::pair(data.clone(), values.clone())
            .map_err(|error| error.in_file(&other.name))?;
        let layout = format!("{}; labels from {}", file.layout, other.name);
        let notices = other.notices.clone();
        let file = &mut self.files[at];
        file.content = Content::Images(data);
        file.chosen = false;
        file.layout = layout;
        file.notices.extend(notices);
        self.files.remove(from);
        self.assign_parts();
        self.report(images)
    }

    /// Changes the images of a file to be ink on background, rows first.
    ///
    /// # Errors
    /// If no images have this number.
    pub fn set_orientation(&mut self, id: u32, orientation: Orientation) -> Result<FileReport> {
        let turned = {
            let file = &self.files[self.position(id)?];
            file.orientation.to(orientation).of(self.data(id)?)
        };
        let position = self.position(id)?;
        let file = &mut self.files[position];
        file.content = Content::Images(turned);
        file.orientation = orientation;
        file.comparison = None;
        self.report(id)
    }

    /// Records the results of a known-good model on the images of a file.
    pub(super) fn set_comparison(
        &mut self,
        id: u32,
        found: Option<Comparison>,
    ) -> Result<FileReport> {
        let position = self.position(id)?;
        self.files[position].comparison = found;
        self.report(id)
    }

    /// Corrects images of a file, by their places in it: another label (a class of the file's own), or none to leave the
    /// image out.
    ///
    /// # Errors
    /// Where there is no such file, image or class.
    pub fn correct(&mut self, id: u32, corrections: &[Correction]) -> Result<FileReport> {
        self.correct_all(&[FileCorrections { file: id, corrections: corrections.to_vec() }])?;
        self.report(id)
    }

    /// The same for several files: all of it, or nothing.
    pub(super) fn correct_all(&mut self, all: &[FileCorrections]) -> Result<()> {
        let mut changed = Vec::new();
        for FileCorrections { file, corrections } in all {
            let by_place: BTreeMap<u32, Option<u32>> =
                corrections.iter().map(|one| (one.index, one.label)).collect();
            let position = self.position(*file)?;
            let data = corrections::corrected(self.data(*file)?, &by_place)
                .map_err(|error| error.in_file(&self.files[position].name))?;
            changed.push((position, data, by_place));
        }
        for (position, data, by_place) in changed {
            let file = &mut self.files[position];
            file.content = Content::Images(data);
            file.corrected = file.corrected.with(&by_place);
        }
        Ok(())
    }

    /// The file and the place in it of an image given for training.
    pub(super) fn place_of(&self, index: u32) -> Option<(u32, u32)> {
        let mut before = 0;
        for file in self.files.iter().filter(|file| file.part == FileRole::Train) {
            let Content::Images(data) = &file.content else { continue };
            if (index as usize) < before + data.len() {
                return Some((file.id, index - before as u32));
            }
            before += data.len();
        }
        None
    }

    /// The number that a file gives the class with this key ([`names::keys`]).
    ///
    /// # Errors
    /// Where it has no such class.
    pub fn class_of(&self, id: u32, key: &str) -> Result<u32> {
        let data = self.data(id)?;
        let own = names::keys(data.class_names(), data.classes());
        let known = own.iter().position(|other| other == key).map(|class| class as u32);
        // Classes without names are called by their numbers, also those that no image had so far.
        let number = || data.class_names().is_empty().then(|| key.parse().ok()).flatten();
        known.or_else(number).ok_or_else(|| corrections::no_class(key))
    }

    /// Adds built-in digits.
    ///
    /// # Errors
    /// If `count` is 0 or too large.
    pub fn add_builtin(&mut self, count: usize, seed: u64) -> Result<FileReport> {
        let data = synth::generate(count, seed)?;
        let layout = format!(
            "made on the spot, seed {seed}, {} of 28×28, 10 classes",
            counted(count, "image")
        );
        let name = format!("built-in digits ({count})");
        let id = self.add(name, layout, Vec::new(), Content::Images(data));
        self.report(id)
    }

    /// Adds a file; returns its number.
    fn add(&mut self, name: String, layout: String, notices: Vec<String>, content: Content) -> u32 {
        let id = self.next;
        self.next += 1;
        self.files.push(File {
            id,
            name,
            layout,
            notices,
            part: FileRole::Ignored,
            chosen: false,
            orientation: Orientation::default(),
            corrected: Corrected::default(),
            comparison: None,
            content,
        });
        self.assign_parts();
        id
    }

    /// Says what each file is for where no person did: those with labels by their names together
    /// ([`DatasetRole::of_names`]).
    fn assign_parts(&mut self) {
        let trains = |file: &File| file.chosen && file.part == FileRole::Train;
        let others_train = self.files.iter().any(trains);
        let open = |file: &&mut File| !file.chosen;
        let labelled = self.files.iter().filter(|file| !file.chosen && file.is_labelled());
        let roles = DatasetRole::of_names(labelled.map(|file| file.name.as_str()), others_train);
        let mut roles = roles.into_iter();
        for file in self.files.iter_mut().filter(open) {
            file.part = match &file.content {
                Content::Labels(_) => FileRole::Ignored,
                Content::Images(data) if data.labels().is_none() => FileRole::Unlabelled,
                Content::Images(_) => match roles.next() {
                    Some(DatasetRole::Test) => FileRole::Test,
                    Some(DatasetRole::Train) | None => FileRole::Train,
                },
            };
        }
    }

    /// The report of a file.
    ///
    /// # Errors
    /// If no file has this number.
    pub fn report(&self, id: u32) -> Result<FileReport> {
        Ok(self.report_of(&self.files[self.position(id)?]))
    }

    fn report_of(&self, file: &File) -> FileReport {
        let mut report = FileReport {
            id: file.id,
            name: file.name.clone(),
            layout: format!("{}{}", file.layout, file.corrected.words()),
            images: 0,
            side: 0,
            labelled: true,
            class_counts: Vec::new(),
            class_names: Vec::new(),
            part: file.part,
            part_chosen: file.chosen,
            orientation: file.orientation,
            notices: file.notices.clone(),
            offers: Orientation::default(),
            candidates: Vec::new(),
        };
        match &file.content {
            Content::Images(data) => {
                report.images = data.len();
                report.side = data.side();
                report.labelled = data.labels().is_some();
                report.class_counts = data.labels().map_or_else(Vec::new, |_| data.class_counts());
                report.class_names = data.class_names().to_vec();
                let (notices, offers) = file.findings(data);
                report.notices.extend(notices);
                report.offers = offers;
            }
            Content::Labels(labels) => {
                report.candidates = self.candidates(labels.len());
                report.layout += match report.candidates[..] {
                    [] => "; its images are still missing",
                    _ => "; which images they belong to is not known",
                };
                report.notices.extend(self.mismatch(&file.name, labels.len()));
            }
        }
        report
    }

    /// The files with this many unlabelled images.
    fn candidates(&self, count: usize) -> Vec<u32> {
        let fits = |file: &&File| file.unlabelled().is_some_and(|data| data.len() == count);
        self.files.iter().filter(fits).map(|file| file.id).collect()
    }

    /// The notice for labels whose name matches images but whose count differs.
    fn mismatch(&self, name: &str, count: usize) -> Option<String> {
        let images = self.files.iter().find(|file| file.is_labelled_by(name))?;
        let data = images.unlabelled().filter(|data| data.len() != count)?;
        Some(format!(
            "By its name it belongs to {}, but that has {} images and this {count} labels",
            images.name,
            data.len()
        ))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// If no file has this number.
    pub fn remove(&mut self, id: u32) -> Result<()> {
        let position = self.position(id)?;
        self.files.remove(position);
        self.assign_parts();
        Ok(())
    }

    /// Sets the role of a file.
    ///
    /// # Errors
    /// If there is no such file, or it has no labels and is to be trained on.
    pub fn set_part(&mut self, id: u32, part: FileRole) -> Result<()> {
        let position = self.position(id)?;
        let file = &mut self.files[position];
        if matches!(part, FileRole::Train | FileRole::Test) && !file.is_labelled() {
            return Err(Error::data("only images with labels can train or test")
                .in_file(&file.name)
                .help("Add the label file, or use the file for predictions only"));
        }
        (file.part, file.chosen) = (part, true);
        self.assign_parts();
        Ok(())
    }

    /// All files.
    pub fn reports(&self) -> Vec<FileReport> {
        self.files.iter().map(|file| self.report_of(file)).collect()
    }

    /// The images of a file.
    ///
    /// # Errors
    /// If no images have this number.
    pub fn data(&self, id: u32) -> Result<&Dataset> {
        match &self.files[self.position(id)?].content {
            Content::Images(data) => Ok(data),
            Content::Labels(_) => Err(Error::data("this file holds labels only")),
        }
    }

    /// A file for storage, to be read back with [`FileStore::open_kept`].
    ///
    /// # Errors
    /// If no file has this number.
    pub fn export(&self, id: u32) -> Result<KeptFile> {
        let file = &self.files[self.position(id)?];
        let (images, labels, extras) = match &file.content {
            Content::Images(data) => (idx::images(data), kept::labels(data), Extras::of(data)),
            Content::Labels(labels) => (Vec::new(), idx::labels(labels), Extras::default()),
        };
        let extras = Extras {
            layout: file.layout.clone(),
            notices: file.notices.clone(),
            part: Some(file.part),
            chosen: file.chosen,
            orientation: file.orientation,
            corrected: file.corrected,
            ..extras
        };
        Ok(KeptFile { images, labels, extras: extras.to_bytes()? })
    }

    /// The pixels of some images of a file, `[images, side, side]`.
    ///
    /// # Errors
    /// If there is no such file or image.
    pub fn images(&self, id: u32, indices: &[u32]) -> Result<Vec<u8>> {
        pixels(self.data(id)?, indices)
    }

    fn position(&self, id: u32) -> Result<usize> {
        self.files
            .iter()
            .position(|file| file.id == id)
            .ok_or_else(|| Error::data(format!("there is no file {id}")))
    }

    /// The data sets of a run, with notices.
    pub(super) fn datasets(
        &self,
        validation: f64,
        test: f64,
        seed: u64,
    ) -> Result<(TrainTest, DataReport)> {
        let train = self.joined(FileRole::Train)?.ok_or_else(|| {
            Error::data("there are no images to learn from")
                .help("Add a file with labels, or use the real or the built-in digits")
        })?;
        let tests = self.joined(FileRole::Test)?;
        let tests = tests.map(|tests| train_test::fit_test(&train, &tests)).transpose()?;
        let split =
            Split::by_writer(&train, validation, if tests.is_some() { 0.0 } else { test }, seed);
        let shared = tests.as_ref().map_or(0, |tests| train.shared_images(tests));
        let count = tests.as_ref().map_or(split.test.len(), Dataset::len);
        let report = DataReport {
            train: split.train.len(),
            validation: split.validation.len(),
            test: count,
            side: train.side(),
            classes: train.classes(),
            class_counts: train.class_counts(),
            class_names: train.class_names().to_vec(),
            shared,
            notices: self
                .united_notice(&train)
                .into_iter()
                .chain(train_test::shared_notice(shared, count))
                .collect(),
        };
        Ok((TrainTest { train, test: tests }, report))
    }

    /// All images with a role in one set, in the order of the files.
    fn joined(&self, part: FileRole) -> Result<Option<Dataset>> {
        let mut files = self.of_part(part);
        let Some((_, first)) = files.next() else { return Ok(None) };
        let mut joined = first.clone();
        for (name, data) in files {
            joined = joined.joined(data).map_err(|error| error.in_file(name))?;
        }
        Ok(Some(joined))
    }

    /// The images with a role, with the names of their files.
    fn of_part(&self, part: FileRole) -> impl Iterator<Item = (&str, &Dataset)> {
        self.files.iter().filter(move |file| file.part == part).filter_map(|file| {
            match &file.content {
                Content::Images(data) => Some((file.name.as_str(), data)),
                Content::Labels(_) => None,
            }
        })
    }

    /// The notice if files of different classes are trained on together.
    fn united_notice(&self, train: &Dataset) -> Option<String> {
        let files: Vec<&Dataset> = self.of_part(FileRole::Train).map(|(_, data)| data).collect();
        train_test::united_notice(&files, train)
    }
}

//! The images of a run: its training and test sets, and the probable role of a file.

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, names};
use crate::error::{Error, Result};

/// The images of a run: one set for training and validation, and one that is evaluated once.
#[derive(Debug, Clone)]
pub struct TrainTest {
    /// Images for training, from which validation (and perhaps test) images are held back.
    pub train: Dataset,
    /// Images of a separate test file.
    pub test: Option<Dataset>,
}

/// The use of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatasetRole {
    /// Training and validation.
    Train,
    /// Test: evaluated, never trained on.
    Test,
}

impl DatasetRole {
    /// The probable role of a file, from its name.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace("latest", "");
        if name.contains("train") {
            return Some(Self::Train);
        }
        (name.contains("test") || name.contains("t10k")).then_some(Self::Test)
    }

    /// What each of several files with labels is for, going by their names together: those called `test` are for the
    /// test where there is another to learn from, and else for training. So a file that comes alone is learned from,
    /// whatever it is called. `others_train` says that something that is not among these is learned from already.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>, others_train: bool) -> Vec<Self> {
        let is_test = |name| Self::of_name(name) == Some(Self::Test);
        let tests: Vec<bool> = names.into_iter().map(is_test).collect();
        let all_are_tests = !others_train && tests.iter().all(|&test| test);
        let role = |&test: &bool| if test && !all_are_tests { Self::Test } else { Self::Train };
        tests.iter().map(role).collect()
    }
}

impl TrainTest {
    /// The same images with their classes renumbered and named like those of a model, which are called `class_names`;
    /// `None` if they have classes that the model lacks.
    pub fn fit_model(&self, class_names: &[String], classes: usize) -> Option<Self> {
        let fit = |data: &Dataset| {
            let ours = names::keys(data.class_names(), data.classes());
            match class_names.is_empty() && names::keys(&[], classes).starts_with(&ours) {
                true => Some(data.clone()),
                false => data.aligned(class_names, classes, "the model").ok(),
            }
        };
        let test = match &self.test {
            Some(test) => Some(fit(test)?),
            None => None,
        };
        Some(Self { train: fit(&self.train)?, test })
    }
}

/// The test set with its classes renumbered like those of the training set.
///
/// # Errors
/// If its images have another size, or it has classes that the training set lacks.
pub fn fit_test(train: &Dataset, test: &Dataset) -> Result<Dataset> {
    if test.side() != train.side() {
        let (side, expected) = (test.side(), train.side());
        return Err(Error::data(format!(
            "the test images are {side}×{side}, the training images {expected}×{expected}"
        ))
        .help("Test on images of the size trained on"));
    }
    let nameless = train.class_names().is_empty() && test.class_names().is_empty();
    if nameless && test.classes() > train.classes() {
        let (largest, known) = (test.classes() - 1, train.classes() - 1);
        return Err(Error::data(format!(
            "the test set has the label {largest}, the training set only labels up to {known}"
        ))
        .help("Check whether the two sets belong together"));
    }
    test.aligned(train.class_names(), train.classes(), "the training images")
}

/// The notice for sets of different classes that were merged into `joined`.
pub fn united_notice(sets: &[&Dataset], joined: &Dataset) -> Option<String> {
    let names = joined.class_names();
    let differ = sets.windows(2).any(|pair| pair[0].class_names() != pair[1].class_names());
    differ.then(|| {
        format!(
            "The files name different classes; together they are {}: {}",
            joined.classes(),
            names::list(names, joined.classes())
        )
    })
}

/// The notice if `shared` of `count` test images are also training images.
pub fn shared_notice(shared: usize, count: usize) -> Option<String> {
    (shared > 0).then(|| {
        format!(
            "{shared} of the {count} test images are also training images, pixel for pixel: \
             the test score will flatter"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::DatasetRole::{self, Test, Train};

    fn roles(names: &[&str]) -> Vec<DatasetRole> {
        DatasetRole::of_names(names.iter().copied(), false)
    }

    #[test]
    fn a_file_that_comes_alone_is_learned_from_whatever_its_name() {
        for name in ["digits.csv", "mnist_train.csv", "mnist_test.csv", "t10k-images-idx3-ubyte"] {
            assert_eq!(roles(&[name]), [Train], "{name}");
        }
        assert_eq!(roles(&["test_1.csv", "test_2.csv"]), [Train, Train], "nothing else is there");
        assert_eq!(roles(&[]), []);
    }

    #[test]
    fn a_file_called_test_beside_another_is_the_test() {
        assert_eq!(roles(&["mnist_test.csv", "mnist_train.csv"]), [Test, Train]);
        assert_eq!(roles(&["mine.csv", "T10K.csv", "latest.csv"]), [Train, Test, Train]);
        assert_eq!(DatasetRole::of_names(["mnist_test.csv"], true), [Test]);
    }
}

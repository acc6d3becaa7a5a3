//! Names of columns that do not hold pixels: labels and ids.

/// Names of a label column, without case, spaces and punctuation.
pub(super) const LABEL_NAMES: &[&str] = &[
    "label",
    "labels",
    "class",
    "classes",
    "classid",
    "classlabel",
    "classname",
    "y",
    "target",
    "targets",
    "digit",
    "digits",
    "category",
    "letter",
    "character",
    "symbol",
    "output",
    "groundtruth",
];

/// Names of a column that numbers or names the rows; pandas writes `Unnamed: 0`.
pub(super) const ID_NAMES: &[&str] = &["index", "id", "idx", "imageid", "rowid", "row", "unnamed0"];

/// Whether a cell is the name of a label or id column, of more than one letter.
pub(super) fn names_a_role(cell: &[u8]) -> bool {
    let name = plain_name(cell);
    name.len() > 1 && (LABEL_NAMES.contains(&&*name) || ID_NAMES.contains(&&*name))
}

/// A column name without case, spaces, quotes and punctuation.
pub(super) fn plain_name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell).to_lowercase();
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

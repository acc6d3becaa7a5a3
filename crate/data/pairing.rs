//! Which label file belongs to which image file, decided by their names.

/// Possible names of the label file of an IDX image file, the likeliest first.
pub fn label_names(images: &str) -> Vec<String> {
    let labelled = |name: &str| {
        let pairs = [("image", "label"), ("Image", "Label"), ("IMAGE", "LABEL")];
        pairs.iter().fold(name.to_string(), |name, (from, to)| name.replace(from, to))
    };
    let renamed = [
        labelled(images).replace("idx3", "idx1"),
        labelled(images),
        images.replace("idx3", "idx1"),
    ];
    let mut names: Vec<String> = Vec::new();
    for renamed in renamed.into_iter().filter(|renamed| renamed != images) {
        let other = match renamed.strip_suffix(".gz") {
            Some(unpacked) => unpacked.to_string(),
            None => format!("{renamed}.gz"),
        };
        for name in [renamed, other] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_names_of_mnist_and_similar_sets() {
        let first = |name: &str| label_names(name).into_iter().next();
        let is = |name: &str| Some(name.to_string());
        assert_eq!(first("train-images-idx3-ubyte.gz"), is("train-labels-idx1-ubyte.gz"));
        assert_eq!(first("t10k-images.idx3-ubyte"), is("t10k-labels.idx1-ubyte"));
        assert_eq!(first("My-Images"), is("My-Labels"));
        assert_eq!(first("test_image.idx"), is("test_label.idx"));
        assert_eq!(first("digits.idx3"), is("digits.idx1"));
        assert_eq!(first("pictures"), None);
        assert!(label_names("images").contains(&"labels.gz".into()));
    }
}

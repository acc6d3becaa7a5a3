//! IDX: the original MNIST format.

use patchwork::data::reader::{self, FileContents, Format, Reader};
use proptest::prelude::*;

use super::csv::{read_file, shared};
use super::forms::{gzip, idx, read_chunks, read_every_way, sample, unlabelled};

#[test]
fn images_and_labels_are_paired() {
    let data = sample(5, 40);
    let images = idx(8, &[40, 5, 5], data.pixels());
    let labels = idx(8, &[40], data.labels().unwrap());
    for pack in [Vec::from, gzip] {
        let (part, layout) = read_every_way("images", &pack(&images)).unwrap();
        assert_eq!(part, FileContents::Images(unlabelled(&data)));
        assert_eq!(layout.format, Format::IdxImages);
        let (labels, layout) = read_every_way("labels", &pack(&labels)).unwrap();
        assert_eq!(layout.format, Format::IdxLabels);
        assert_eq!((layout.images, layout.side), (40, None));
        let (FileContents::Images(images), FileContents::Labels(labels)) = (part, labels) else {
            panic!("not the parts of a pair")
        };
        assert_eq!(reader::pair(images, labels).unwrap(), data);
    }
    let (_, layout) = reader::read("images", &images).unwrap();
    assert_eq!(layout.to_string(), "IDX images, 40 images of 5×5");
    let (_, layout) = reader::read("labels", &gzip(&labels)).unwrap();
    assert_eq!(layout.to_string(), "IDX labels, gzip, 40 labels, 10 classes");
}

#[test]
fn a_pair_needs_equal_counts() {
    let error = reader::pair(unlabelled(&sample(4, 10)), vec![0; 9]).unwrap_err();
    assert_eq!(error.problem, "10 images but 9 labels");
}

#[test]
fn the_number_of_classes_may_be_given() {
    let labels = idx(8, &[5], &[1, 2, 3, 4, 57]);
    let error = reader::read("labels", &labels).unwrap_err();
    assert_eq!(
        (error.place.row, error.problem.as_str()),
        (Some(5), "label 57, where the others are 1–4")
    );
    let mut reader = Reader::new("labels").with_classes(58);
    reader.push(&labels).unwrap();
    assert_eq!(reader.finish().unwrap().0, FileContents::Labels(vec![1, 2, 3, 4, 57]));
    let mut reader = Reader::new("labels").with_classes(4);
    reader.push(&labels).unwrap();
    let error = reader.finish().unwrap_err();
    assert_eq!(
        (error.place.row, error.problem.as_str()),
        (Some(4), "label 4 where 4 classes are expected")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_result_for_any_header_does_not_depend_on_chunks(
        kind in 0_u8..16,
        dimensions in prop::collection::vec(prop_oneof![0_u32..12, any::<u32>()], 0..5),
        data in prop::collection::vec(any::<u8>(), 0..900),
        size in 1_usize..50,
    ) {
        let bytes = idx(kind, &dimensions, &data);
        prop_assert_eq!(read_chunks(bytes.chunks(size)), read_chunks([&bytes[..]]));
    }
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_idx_and_csv_give_the_same_images() {
    for (csv, images, labels) in [
        ("csv/mnist_test.csv.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
        ("csv/mnist_train.csv.gz", "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    ] {
        let [csv, images, labels] =
            [csv.to_owned(), format!("mnist/{images}"), format!("mnist/{labels}")]
                .map(|path| shared(&path));
        let (
            FileContents::Table(table),
            FileContents::Images(images),
            FileContents::Labels(labels),
        ) = (read_file(&csv).0, read_file(&images).0, read_file(&labels).0)
        else {
            panic!("not the parts of MNIST")
        };
        assert!(reader::pair(images, labels).unwrap() == table, "{}", csv.display());
    }
}

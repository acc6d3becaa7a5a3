//! The weights that the page ships, on digits they were not trained on.

use crate::common::{SHIPPED, eval_json, folder, mnist_slice, number};

/// On 2,000 built-in digits; 99.55 % when it was set, for weights trained on others of the kind.
const BUILTIN_FLOOR: f64 = 0.985;
/// On the first 2,000 of MNIST's test images; 99.35 % when it was set.
const MNIST_FLOOR: f64 = 0.99;
/// The largest share of digits that may be "not sure"; 1.2 % and 1.5 % when it was set.
const NOT_SURE: f64 = 0.03;
/// The largest expected calibration error on them; 0.23 % when it was set.
const CALIBRATION_ERROR: f64 = 0.02;

#[test]
fn the_shipped_model_is_correct_and_sure_on_built_in_digits() {
    let figures = eval_json(folder().path(), &["--model", SHIPPED, "--data", "builtin:2000"]);
    assert!(number(&figures["accuracy"]) >= BUILTIN_FLOOR, "{}", figures["accuracy"]);
    assert!(
        number(&figures["sureness"]["sure_share"]) >= 1.0 - NOT_SURE,
        "{}",
        figures["sureness"]
    );
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_the_shipped_model_classifies_a_slice_of_mnist() {
    let folder = folder();
    mnist_slice("test", &folder.path().join("test.csv"), 2000);
    let figures = eval_json(folder.path(), &["--model", SHIPPED, "--data", "test.csv"]);
    assert!(number(&figures["accuracy"]) >= MNIST_FLOOR, "{}", figures["accuracy"]);
    assert!(
        number(&figures["sureness"]["sure_share"]) >= 1.0 - NOT_SURE,
        "{}",
        figures["sureness"]
    );
    let error = number(&figures["calibration"]["expected_calibration_error"]);
    assert!(error < CALIBRATION_ERROR, "{error}");
}

//! Reads several tensors back from a device in one transfer.

use burn::tensor::Transaction;

use crate::error::{Error, ErrorKind, Result};

/// Reads a fixed number of `f32` tensors back in one transfer.
///
/// # Errors
/// If the device fails.
#[cfg(feature = "engine")]
pub(crate) async fn read_all<const N: usize>(read: Transaction) -> Result<[Vec<f32>; N]> {
    let values = read_list(read).await?;
    values.try_into().map_err(|_| failed("it gave back fewer tensors than asked"))
}

/// Reads `f32` tensors back in one transfer.
///
/// # Errors
/// If the device fails.
pub(crate) async fn read_list(read: Transaction) -> Result<Vec<Vec<f32>>> {
    let data = read.execute_async().await.map_err(|error| failed(&error.to_string()))?;
    data.into_iter()
        .map(|data| data.convert::<f32>().try_to_vec())
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| failed(&format!("{error:?}")))
}

fn failed(problem: &str) -> Error {
    Error::new(ErrorKind::Device, format!("the device failed: {problem}"))
        .help("Resume from the last checkpoint, on the CPU if it fails again")
}

//! Readers, built-in digits, augmentation and drawing, through the public API.

mod augment;
mod bad_files;
mod columns;
mod csv;
// It reads the project's files.
#[cfg(not(target_family = "wasm"))]
mod documents;
mod drawing;
mod forms;
mod idx;
mod label_forms;
// It asks git for the committed files.
#[cfg(not(target_family = "wasm"))]
mod layering;
mod numbers;
mod shapes;
mod strokes;
mod synth;
mod weights;

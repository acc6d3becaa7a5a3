//! Readers, built-in digits, augmentation and drawing, through the public API.

mod augment;
mod bad_files;
mod columns;
mod csv;
mod drawing;
mod forms;
mod idx;
mod label_forms;
mod layering;
mod numbers;
mod shapes;
mod strokes;
mod synth;
mod weights;

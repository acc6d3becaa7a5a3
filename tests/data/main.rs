//! Readers, built-in digits, augmentation and drawing, through the public API.

mod augment;
mod bad_files;
mod csv;
mod drawing;
mod forms;
mod idx;
mod layering;
mod strokes;
mod synth;
mod weights;

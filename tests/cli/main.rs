//! The command line, run as a program.

mod classes;
mod common;
mod errors;
mod eval;
mod interrupt;
mod learning;
mod run_folder;
mod shipped;

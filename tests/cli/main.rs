//! The command line, run as a program.

mod common;
mod errors;
mod interrupt;
mod learning;
mod run_folder;

//! The command line, run as a program.

mod adapt;
mod classes;
mod common;
mod errors;
mod eval;
mod export;
mod family;
mod interrupt;
mod kept;
mod learning;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod race;
mod run_folder;
mod shipped;

//! The command line; everything is in [`patchwork::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    patchwork::cli::main()
}

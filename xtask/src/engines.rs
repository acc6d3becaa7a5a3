//! The page in engines other than Chromium's: Firefox and WebKitGTK, as packaged by Debian.
//!
//! An engine that is not available on this machine is left out, with the reason. On CI that is a
//! failure.

use std::path::Path;
use std::process::Command;

use crate::run::{Result, Run, output};
use crate::setup;

/// The version of geckodriver, which drives Firefox, that is installed if there is none.
const GECKODRIVER: &str = "0.37.1";

/// A browser engine, and the requirements of its tests.
struct Engine {
    /// Its name in `tests/browser/engines`.
    name: &'static str,
    title: &'static str,
    /// Debian packages.
    packages: &'static [&'static str],
    /// Whether the content of these packages is installed.
    is_there: fn() -> bool,
    /// Installs requirements that are not packaged.
    others: fn(&Run) -> Result,
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "firefox",
        title: "Firefox",
        packages: &["firefox-esr", "mesa-vulkan-drivers", "libvulkan1"],
        is_there: || is_named("PATCHWORK_FIREFOX") || has_firefox() && has_adapter(),
        others: geckodriver,
    },
    Engine {
        name: "webkit",
        title: "WebKitGTK",
        packages: &["webkit2gtk-driver", "gir1.2-webkit2-4.1", "python3-gi", "xvfb"],
        is_there: || on_path("WebKitWebDriver") && on_path("Xvfb") && has_webkit_for_python(),
        others: |_| Ok(()),
    },
];

/// Runs the journeys through the page in each engine that is or can be installed.
///
/// # Errors
/// If a journey fails; on CI also if an engine is missing.
pub fn test(run: &mut Run) -> Result {
    ENGINES.iter().try_for_each(|engine| {
        let name = format!("the page in {}", engine.title);
        run.step(&name, "user journeys in an installed browser", |run| {
            if let Err(problem) = engine.set_up(run) {
                return engine.leave_out(run, &problem);
            }
            let mut npm = Command::new("npm");
            npm.args(["--prefix", "tests/browser", "run", "engines"]);
            npm.env("PATH", setup::path_with_tools()?);
            run.command(npm.env("PATCHWORK_ENGINES", engine.name))
        })
    })
}

impl Engine {
    fn set_up(&self, run: &Run) -> Result {
        if !(self.is_there)() {
            setup::debian(run, self.packages)?;
        }
        (self.others)(run)
    }

    fn leave_out(&self, run: &mut Run, problem: &str) -> Result {
        let what = format!("{}: {problem}; the page is not tested in it", self.title);
        match std::env::var_os("CI") {
            Some(_) => Err(what),
            None => {
                run.leave_out(what);
                Ok(())
            }
        }
    }
}

fn geckodriver(run: &Run) -> Result {
    if is_named("PATCHWORK_GECKODRIVER") || on_path("geckodriver") || setup::has_tool("geckodriver")
    {
        return Ok(());
    }
    println!("    geckodriver: drives Firefox (about two minutes)");
    setup::install(run, &format!("geckodriver@{GECKODRIVER}"), &["--locked"])
        .map_err(|problem| format!("no geckodriver, and none can be installed ({problem})"))
}

fn is_named(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

fn has_firefox() -> bool {
    on_path("firefox-esr") || on_path("firefox")
}

/// Whether Firefox finds a graphics adapter, possibly a software adapter.
fn has_adapter() -> bool {
    !cfg!(target_os = "linux") || setup::has_vulkan_driver()
}

/// Whether Debian's Python, which shows the window, has WebKit.
fn has_webkit_for_python() -> bool {
    const PROGRAM: &str =
        "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')";
    output("/usr/bin/python3", &["-c", PROGRAM]).is_some()
}

fn on_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| is_program(&folder.join(program)))
}

fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::root;

    #[test]
    fn every_engine_has_its_driver_and_its_own_journeys() {
        let folder = root().join("tests/browser/engines");
        for engine in ENGINES {
            for file in [format!("{}.ts", engine.name), format!("{}.spec.ts", engine.name)] {
                assert!(folder.join(&file).is_file(), "{file}");
            }
        }
    }
}

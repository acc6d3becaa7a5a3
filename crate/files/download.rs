//! The four MNIST files: from the cache folder, else from a mirror.
//!
//! A file enters the cache only with the right SHA-256, and under its final name only when it is
//! complete, so any number of processes may do this at once. Cached files are checked at each use
//! and fetched again if damaged.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};
use ureq::Agent;

use super::write::{self, Temporary};
use super::{FileProgress, failed, reason};
use crate::error::{Error, ErrorKind, Result};

/// The environment variable that overrides the system's cache folder.
pub const CACHE_VARIABLE: &str = "PATCHWORK_CACHE";
/// The environment variable that overrides the mirrors.
pub const MIRROR_VARIABLE: &str = "PATCHWORK_MNIST_MIRROR";

/// A remote file with its expected size and checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote<'a> {
    /// Its name, on the mirror and in the cache.
    pub name: &'a str,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: &'a str,
}

/// The files of MNIST (LeCun, Cortes and Burges 1998) as first published: training images and
/// labels, test images and labels.
pub const MNIST: [Remote<'static>; 4] = [
    Remote {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    Remote {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    Remote {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    Remote {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
];

/// Public mirrors of [`MNIST`], tried in this order.
pub const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// Cache folder, mirrors and retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder that holds the files; created when needed.
    pub folder: PathBuf,
    /// Base addresses for the file names, tried in order.
    pub mirrors: Vec<String>,
    /// How often to try a mirror that answers but does not deliver.
    pub tries: u32,
    /// The wait before the second try; it doubles with each further one.
    pub pause: Duration,
    /// The timeout for connecting, and for a silent mirror.
    pub patience: Duration,
}

impl Options {
    /// The options for MNIST: the user's choice, else the environment's, else the system's cache
    /// folder and the public mirrors. `cache` is the folder of all of Patchwork's cached files;
    /// `variable` looks up an environment variable.
    ///
    /// # Errors
    /// If a mirror is not an http(s) address or the system has no home folder.
    pub fn resolve(
        cache: Option<&Path>,
        mirror: Option<&str>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let cache = match cache.map(PathBuf::from).or(variable(CACHE_VARIABLE).map(Into::into)) {
            Some(cache) => cache,
            None => system_cache()?,
        };
        let named = variable(MIRROR_VARIABLE).map(|value| value.to_string_lossy().into_owned());
        let mirrors = match mirror.map(String::from).or(named) {
            Some(mirror) => vec![checked_mirror(mirror)?],
            None => MIRRORS.map(String::from).to_vec(),
        };
        Ok(Self {
            folder: cache.join("mnist"),
            mirrors,
            tries: 3,
            pause: Duration::from_millis(500),
            patience: Duration::from_secs(5),
        })
    }
}

fn system_cache() -> Result<PathBuf> {
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Error::new(ErrorKind::File, format!("there is no folder to cache files in: {error}"))
            .help(format!("Name one in the environment variable {CACHE_VARIABLE}"))
            .because(error)
    })?;
    Ok(strategy.cache_dir().join("patchwork"))
}

fn checked_mirror(mirror: String) -> Result<String> {
    if mirror.starts_with("http://") || mirror.starts_with("https://") {
        return Ok(mirror);
    }
    Err(Error::config(format!("the mirror {mirror} is not a web address"))
        .help("Give one that starts with http:// or https://; a folder goes into --data instead"))
}

/// The paths of the four files of [`MNIST`], in that order, fetched where needed.
///
/// # Errors
/// Like [`fetch`].
pub fn mnist(options: &Options, progress: &mut dyn FnMut(FileProgress)) -> Result<[PathBuf; 4]> {
    fetch(&MNIST, options, progress)
}

/// The paths of `files` in the cache, fetched where they are missing or damaged.
///
/// # Errors
/// Of kind [`ErrorKind::Network`] if no mirror delivers the right file, with the result of each
/// address; of kind [`ErrorKind::File`] if the cache cannot be written.
pub fn fetch<const N: usize>(
    files: &[Remote<'_>; N],
    options: &Options,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<[PathBuf; N]> {
    let agent = agent(options.patience);
    for file in files {
        if !is_whole(file, &options.folder.join(file.name)) {
            fetch_one(file, options, &agent, progress)?;
        }
    }
    Ok(std::array::from_fn(|index| options.folder.join(files[index].name)))
}

/// Whether the file at `path` has the right length and checksum.
fn is_whole(file: &Remote<'_>, path: &Path) -> bool {
    let checksum = || -> io::Result<bool> {
        let mut source = File::open(path)?;
        if source.metadata()?.len() != file.bytes {
            return Ok(false);
        }
        let mut hash = Sha256::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            match source.read(&mut buffer)? {
                0 => return Ok(hex(&hash.finalize()) == file.sha256),
                count => hash.update(&buffer[..count]),
            }
        }
    };
    checksum().unwrap_or(false)
}

/// Bytes read at a time.
const BUFFER: usize = 64 * 1024;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .timeout_resolve(Some(patience))
        .timeout_connect(Some(patience))
        .timeout_recv_response(Some(patience * 2))
        .timeout_per_read(Some(patience * 2))
        .http_status_as_error(false)
        .user_agent(concat!("patchwork/", env!("CARGO_PKG_VERSION")))
        // The files are already compressed; their bytes must arrive unchanged.
        .accept_encoding("identity")
        .build()
        .into()
}

/// Why a try failed.
enum Failure {
    /// The same mirror may succeed next time.
    Again(String),
    /// This mirror will not help.
    Mirror(String),
    /// No mirror will help.
    Local(Error),
}

/// Fetches one file into the cache, from the first mirror that delivers it.
fn fetch_one(
    file: &Remote<'_>,
    options: &Options,
    agent: &Agent,
    progress: &mut dyn FnMut(FileProgress),
) -> Result<()> {
    let target = options.folder.join(file.name);
    fs::create_dir_all(&options.folder)
        .map_err(|error| failed("be created", &options.folder, error))
        .map_err(|error| error.help(format!("Name another cache folder in {CACHE_VARIABLE}")))?;
    write::sweep(&options.folder);
    let mut tried = Vec::new();
    for mirror in &options.mirrors {
        let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
        match fetch_patiently(file, &url, &target, options, agent, progress) {
            Ok(()) => return Ok(()),
            Err(Failure::Local(error)) => return Err(error),
            Err(Failure::Again(why) | Failure::Mirror(why)) => tried.push(format!("{url}: {why}")),
        }
    }
    let cached = if target.exists() { "the copy in the cache is damaged and " } else { "" };
    let problem = format!("{cached}no mirror delivered it ({})", tried.join("; "));
    Err(Error::new(ErrorKind::Network, problem)
        .help(format!(
            "Check the connection, name another mirror with --mirror or {MIRROR_VARIABLE}, or put \
             the .gz files into {} by hand",
            options.folder.display()
        ))
        .in_file(file.name))
}

/// Tries one address several times, with growing pauses.
fn fetch_patiently(
    file: &Remote<'_>,
    url: &str,
    target: &Path,
    options: &Options,
    agent: &Agent,
    progress: &mut dyn FnMut(FileProgress),
) -> std::result::Result<(), Failure> {
    let mut pause = options.pause;
    for tries in 1.. {
        match fetch_once(file, url, target, agent, progress) {
            Err(Failure::Again(_)) if tries < options.tries => thread::sleep(pause),
            Err(Failure::Again(why)) => {
                return Err(Failure::Again(format!("{why}, {tries} times in a row")));
            }
            other => return other,
        }
        pause *= 2;
    }
    Ok(())
}

/// Fetches, checks and stores the file, or leaves nothing behind.
fn fetch_once(
    file: &Remote<'_>,
    url: &str,
    target: &Path,
    agent: &Agent,
    progress: &mut dyn FnMut(FileProgress),
) -> std::result::Result<(), Failure> {
    let mut response = agent.get(url).call().map_err(|error| explain(&error))?;
    let status = response.status();
    if status.is_server_error() {
        return Err(Failure::Again(format!("the server answered {status}")));
    }
    if !status.is_success() {
        return Err(Failure::Mirror(format!("the server answered {status}")));
    }
    let length = response.body().content_length();
    if let Some(length) = length.filter(|&length| length != file.bytes) {
        return Err(Failure::Mirror(format!(
            "it is another file, {length} bytes instead of {} (a login page may have answered)",
            file.bytes
        )));
    }
    let mut temporary = Temporary::beside(target).map_err(Failure::Local)?;
    // Reading one byte more than expected detects a longer file without reading all of it.
    let body = response.body_mut().as_reader().take(file.bytes + 1);
    let sha256 = copy(body, temporary.file.as_file_mut(), file, target, progress)?;
    if sha256 != file.sha256 {
        return Err(Failure::Mirror(format!(
            "it is another or a damaged file, its SHA-256 is {sha256} instead of {}",
            file.sha256
        )));
    }
    temporary.keep().map_err(Failure::Local)
}

/// Copies the body to `out` and returns its SHA-256.
fn copy(
    mut body: impl Read,
    out: &mut File,
    file: &Remote<'_>,
    target: &Path,
    progress: &mut dyn FnMut(FileProgress),
) -> std::result::Result<String, Failure> {
    let cut = |done: u64, why: &str| {
        Failure::Again(format!("{why} after {done} of {} bytes", file.bytes))
    };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut done = 0;
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) if done < file.bytes => return Err(cut(done, "the connection ended")),
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(cut(done, &format!("the connection broke ({error})"))),
        };
        hash.update(&buffer[..count]);
        out.write_all(&buffer[..count])
            .map_err(|error| Failure::Local(failed("be written", target, error)))?;
        done += count as u64;
        let what = format!("downloading {}", file.name);
        progress(FileProgress { what, done, total: Some(file.bytes) });
    }
}

/// Classifies a failed request: whether the mirror is unreachable or the failure is temporary.
fn explain(error: &ureq::Error) -> Failure {
    match error {
        ureq::Error::HostNotFound => Failure::Mirror("no such host, or no network".into()),
        ureq::Error::Timeout(ureq::Timeout::RecvResponse) => {
            Failure::Again("no answer in time".into())
        }
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
            Failure::Mirror("no connection in time".into())
        }
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Failure::Mirror("the connection was refused".into())
        }
        ureq::Error::Io(error) if is_dropped(error.kind()) => {
            Failure::Again("the connection ended before an answer".into())
        }
        ureq::Error::Io(error) => Failure::Mirror(reason(error)),
        other => Failure::Mirror(other.to_string()),
    }
}

fn is_dropped(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | TimedOut | UnexpectedEof)
}

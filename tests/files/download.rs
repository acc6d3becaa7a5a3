//! The download, with a local server that serves, fails and lies.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use patchwork::files::FileProgress;
use patchwork::files::download::{
    CACHE_VARIABLE, MIRROR_VARIABLE, MIRRORS, MNIST, Options, Remote, fetch,
};
use patchwork::{ErrorKind, Result};
use tempfile::TempDir;

use crate::server::{Reply, Server};

/// Stand-ins for the files of MNIST; the checksums are those of `sha256sum`.
const FILES: [Remote<'static>; 2] = [
    Remote {
        name: "images.gz",
        bytes: 9,
        sha256: "98a9215b9f7a84efe28517e9d8223155fc8283ca3c799ba2e08cdb0249103847",
    },
    Remote {
        name: "labels.gz",
        bytes: 6,
        sha256: "d772ebb4590212c65cc31888ee55c3a893d866d8479f84a4c0ca36918a3fa75f",
    },
];
const IMAGES: &[u8] = b"\x1f\x8bimages\n";
const LABELS: &[u8] = b"labels";

fn content(path: &str) -> Vec<u8> {
    if path.ends_with("images.gz") { IMAGES.to_vec() } else { LABELS.to_vec() }
}

fn good(path: &str, _: usize) -> Reply {
    Reply::File(content(path), "")
}

fn options(cache: &TempDir, mirrors: &[&Server]) -> Options {
    Options {
        folder: cache.path().join("mnist"),
        mirrors: mirrors.iter().map(|server| server.url()).collect(),
        tries: 3,
        pause: Duration::from_millis(1),
        patience: Duration::from_secs(5),
    }
}

fn get(options: &Options) -> Result<()> {
    let [images, labels] = fetch(&FILES, options, &mut |_| {})?;
    assert_eq!(fs::read(images).unwrap(), IMAGES);
    assert_eq!(fs::read(labels).unwrap(), LABELS);
    Ok(())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The error of a download that must fail and leave nothing.
fn refused(options: &Options) -> patchwork::Error {
    let error = get(options).unwrap_err();
    assert_eq!(names(&options.folder), [""; 0], "something was left");
    error
}

#[test]
fn a_good_mirror_fills_the_cache_and_is_not_asked_again() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let options = options(&cache, &[&server]);
    get(&options).unwrap();
    get(&options).unwrap();
    assert_eq!(server.requests(), ["/mnist/images.gz", "/mnist/labels.gz"]);
    assert_eq!(names(&options.folder), ["images.gz", "labels.gz"]);
}

#[test]
fn progress_ends_with_all_bytes_of_each_file() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let mut last = HashMap::new();
    let mut progress = |p: FileProgress| {
        last.insert(p.what, (p.done, p.total));
    };
    fetch(&FILES, &options(&cache, &[&server]), &mut progress).unwrap();
    assert_eq!(last["downloading images.gz"], (9, Some(9)));
    assert_eq!(last["downloading labels.gz"], (6, Some(6)));
}

#[test]
fn a_dropped_connection_is_retried() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, count| match count {
        1 => Reply::Cut(content(path), 3),
        2 => Reply::Hangup,
        _ => Reply::File(content(path), ""),
    });
    get(&options(&cache, &[&server])).unwrap();
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_connection_that_always_drops_is_given_up() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, _| Reply::Cut(content(path), 3));
    let error = refused(&options(&cache, &[&server]));
    assert_eq!(server.requests().len(), 3);
    assert_eq!(error.kind, ErrorKind::Network);
    let text = error.to_string();
    let url = format!("{}images.gz", server.url());
    for part in [&url, "after 3 of 9 bytes", "3 times", "--mirror", "by hand"] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

#[test]
fn a_short_file_of_unknown_length_counts_as_a_dropped_connection() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, count| match count {
        1 => Reply::Unmeasured(content(path)[..4].to_vec()),
        _ => Reply::Unmeasured(content(path)),
    });
    get(&options(&cache, &[&server])).unwrap();
}

#[test]
fn a_server_error_is_retried() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, count| match count {
        1 => Reply::Status("503 Service Unavailable"),
        _ => Reply::File(content(path), ""),
    });
    get(&options(&cache, &[&server])).unwrap();
}

#[test]
fn a_wrong_checksum_is_refused_at_once_and_not_kept() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|_, _| Reply::File(b"\x1f\x8bimagez\n".to_vec(), ""));
    let error = refused(&options(&cache, &[&server]));
    assert_eq!(server.requests().len(), 1);
    let text = error.to_string();
    assert!(text.contains("SHA-256") && text.contains(FILES[0].sha256), "{text}");
}

#[test]
fn a_login_page_is_refused() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|_, _| Reply::File(b"<html>Please log in</html>".to_vec(), ""));
    let text = refused(&options(&cache, &[&server])).to_string();
    assert!(text.contains("26 bytes instead of 9"), "{text}");
}

#[test]
fn an_endless_file_is_not_read_to_its_end() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|_, _| Reply::Unmeasured(vec![7; 1 << 20]));
    let mut most = 0;
    let mut progress = |p: FileProgress| most = most.max(p.done);
    fetch(&FILES, &options(&cache, &[&server]), &mut progress).unwrap_err();
    assert_eq!(most, 10);
}

#[test]
fn the_next_mirror_is_used_if_one_lacks_the_file_or_is_unreachable() {
    let cache = TempDir::new().unwrap();
    let missing = Server::start(|_, _| Reply::Status("404 Not Found"));
    let wrong = Server::start(|_, _| Reply::File(b"\x1f\x8bimagez\n".to_vec(), ""));
    let server = Server::start(good);
    let mut options = options(&cache, &[&missing, &wrong, &server]);
    options.mirrors.insert(0, closed_port());
    get(&options).unwrap();
    assert_eq!(missing.requests(), ["/mnist/images.gz", "/mnist/labels.gz"]);
}

#[test]
fn a_file_that_no_mirror_has_names_all_addresses() {
    let cache = TempDir::new().unwrap();
    let one = Server::start(|_, _| Reply::Status("404 Not Found"));
    let two = Server::start(|_, _| Reply::Status("403 Forbidden"));
    let mut options = options(&cache, &[&one, &two]);
    options.mirrors.push(closed_port());
    let text = refused(&options).to_string();
    for part in [&one.url(), &two.url(), &options.mirrors[2], "404 Not Found", "403", "refused"] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

/// An address that nothing listens on.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[test]
fn a_slow_start_is_waited_for() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, _| Reply::Late(content(path), Duration::from_millis(200)));
    get(&options(&cache, &[&server])).unwrap();
}

#[test]
fn a_silent_server_is_given_up() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, _| Reply::Late(content(path), Duration::from_millis(800)));
    let mut options = options(&cache, &[&server]);
    (options.patience, options.tries) = (Duration::from_millis(100), 1);
    let text = refused(&options).to_string();
    assert!(text.contains("no answer in time"), "{text}");
}

#[test]
fn a_server_that_falls_silent_halfway_is_retried() {
    let cache = TempDir::new().unwrap();
    let server = Server::start(|path, count| match count {
        1 => Reply::Stall(content(path), 3, Duration::from_millis(600)),
        _ => Reply::File(content(path), ""),
    });
    let mut options = options(&cache, &[&server]);
    options.patience = Duration::from_millis(250);
    get(&options).unwrap();
}

#[test]
fn compressed_files_arrive_unchanged() {
    let cache = TempDir::new().unwrap();
    // Some servers label .gz files this way; unpacking them in transit would break the checksum.
    let server = Server::start(|path, _| Reply::File(content(path), "Content-Encoding: gzip\r\n"));
    get(&options(&cache, &[&server])).unwrap();
}

#[test]
fn a_damaged_file_in_the_cache_is_fetched_again() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let options = options(&cache, &[&server]);
    get(&options).unwrap();
    for damaged in [&b"\x1f\x8bimagez\n"[..], b"", b"\x1f\x8bimages\nand more"] {
        fs::write(options.folder.join("images.gz"), damaged).unwrap();
        get(&options).unwrap();
    }
    assert_eq!(server.requests().len(), 2 + 3);
}

#[test]
fn a_damaged_file_that_cannot_be_fetched_again_is_reported() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let mut options = options(&cache, &[&server]);
    get(&options).unwrap();
    fs::write(options.folder.join("labels.gz"), "damage").unwrap();
    options.mirrors = vec![closed_port()];
    let text = get(&options).unwrap_err().to_string();
    assert!(text.starts_with("labels.gz: the copy in the cache is damaged and no"), "{text}");
}

#[test]
fn two_downloads_at_once_do_no_harm() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let options = options(&cache, &[&server]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| get(&options).unwrap());
        }
    });
    assert_eq!(names(&options.folder), ["images.gz", "labels.gz"]);
}

#[test]
fn leftovers_of_a_killed_process_are_removed() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let options = options(&cache, &[&server]);
    fs::create_dir_all(&options.folder).unwrap();
    let old = fs::File::create(options.folder.join(".images.gz.1-0.part")).unwrap();
    old.set_modified(std::time::SystemTime::now() - Duration::from_secs(7200)).unwrap();
    fs::write(options.folder.join(".images.gz.2-0.part"), "of a running process").unwrap();
    get(&options).unwrap();
    assert_eq!(names(&options.folder), [".images.gz.2-0.part", "images.gz", "labels.gz"]);
}

#[test]
fn an_uncreatable_cache_is_an_error_of_kind_file() {
    let (cache, server) = (TempDir::new().unwrap(), Server::start(good));
    let options = options(&cache, &[&server]);
    fs::write(&options.folder, "a file in the way").unwrap();
    let error = get(&options).unwrap_err();
    assert_eq!(error.kind, ErrorKind::File);
    for part in ["cannot be created", CACHE_VARIABLE] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_defaults() {
    let set = |name: &str| match name {
        CACHE_VARIABLE => Some(OsString::from("from-variable")),
        MIRROR_VARIABLE => Some(OsString::from("https://variable.example/")),
        _ => None,
    };
    let flags = Options::resolve(Some(Path::new("flag")), Some("http://flag.example/x"), set);
    let flags = flags.unwrap();
    assert_eq!(flags.folder, Path::new("flag").join("mnist"));
    assert_eq!(flags.mirrors, ["http://flag.example/x"]);
    let variables = Options::resolve(None, None, set).unwrap();
    assert_eq!(variables.folder, Path::new("from-variable").join("mnist"));
    assert_eq!(variables.mirrors, ["https://variable.example/"]);
    let empty = |name: &str| (name == MIRROR_VARIABLE).then(OsString::new);
    let defaults = Options::resolve(Some(Path::new("flag")), None, empty).unwrap();
    assert_eq!(defaults.mirrors, MIRRORS);
}

#[test]
fn a_mirror_without_a_web_address_is_an_impossible_setting() {
    let error = Options::resolve(Some(Path::new("x")), Some("some/folder"), |_| None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Config);
}

#[test]
#[ignore = "takes real data: `cargo xtask test` runs it where there are any"]
fn with_real_data_the_checksums_match_mnist() {
    let options = Options {
        folder: crate::shared_data().join("mnist"),
        mirrors: Vec::new(),
        tries: 1,
        pause: Duration::ZERO,
        patience: Duration::from_secs(1),
    };
    fetch(&MNIST, &options, &mut |_| panic!("the files were not recognised")).unwrap();
}

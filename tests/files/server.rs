//! A small local web server that misbehaves on demand.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What the server does with a request.
pub enum Reply {
    /// The file, with these header lines added.
    File(Vec<u8>, &'static str),
    /// Only the first bytes of the file, although its whole length was announced.
    Cut(Vec<u8>, usize),
    /// The bytes without an announced length, as old servers do.
    Unmeasured(Vec<u8>),
    /// Another status, with a short page.
    Status(&'static str),
    /// The file after a delay.
    Late(Vec<u8>, Duration),
    /// The first bytes of the file, then a delay, then the rest.
    Stall(Vec<u8>, usize, Duration),
    /// Nothing: the connection is closed.
    Hangup,
}

/// A running server; stops when dropped.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that asks `answer` for the reply to a path and the number of this request,
    /// from 1.
    pub fn start(answer: impl Fn(&str, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, stopped) = (requests.clone(), stop.clone());
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                // A client that gives up early is part of the tests.
                let _ = serve(stream.unwrap(), &seen, &answer);
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    /// The address of the root.
    pub fn url(&self) -> String {
        format!("http://{}/mnist/", self.address)
    }

    /// The paths requested so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: &impl Fn(&str, usize) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_string();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let count = {
        let mut seen = seen.lock().unwrap();
        seen.push(path.clone());
        seen.iter().filter(|other| **other == path).count()
    };
    let ok = |length: usize, more: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n")
    };
    let (head, body) = match answer(&path, count) {
        Reply::File(bytes, more) => (ok(bytes.len(), more), bytes),
        Reply::Cut(bytes, after) => (ok(bytes.len(), ""), bytes[..after].to_vec()),
        Reply::Unmeasured(bytes) => ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".into(), bytes),
        Reply::Status(status) => (
            format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"),
            b"page".to_vec(),
        ),
        Reply::Late(bytes, wait) => {
            thread::sleep(wait);
            (ok(bytes.len(), ""), bytes)
        }
        Reply::Stall(bytes, after, wait) => {
            stream.write_all(ok(bytes.len(), "").as_bytes())?;
            stream.write_all(&bytes[..after])?;
            thread::sleep(wait);
            return Ok(());
        }
        Reply::Hangup => return Ok(()),
    };
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()
}

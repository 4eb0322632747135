//! The door on a real socket: who is let in, and what each refusal is.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use app::{
    Chance, Program, SystemClock,
    program::{KeyringChoice, Start},
    wire::Host,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    time::Duration,
};
use zhanggui_server::{Error, Options, serve};

/// A served program with nothing in it, and the way to end it.
struct Served {
    address: SocketAddr,
    key: String,
    invitations: mpsc::Receiver<String>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    program: Arc<Program>,
    _dir: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = Program::new(Start {
            data_dir: dir.path().to_owned(),
            host: Host::Web,
            keyring: KeyringChoice::File,
            clock: Arc::new(SystemClock),
            chance: Chance::system(),
            language: None,
            cost: None,
        });
        let (say, invitations) = mpsc::channel();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let served = program.clone();
        let thread = std::thread::spawn(move || {
            let options = Options {
                announce: Box::new(move |address| {
                    let _ = say.send(address.to_owned());
                }),
                until: Box::pin(async {
                    let _ = ended.await;
                }),
                first_session: None,
            };
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(serve(served, SocketAddr::from(([127, 0, 0, 1], 0)), options)).unwrap();
        });
        let (address, key) = parts(&invitations.recv_timeout(Duration::from_secs(10)).unwrap());
        Self { address, key, invitations, end: Some(end), thread: Some(thread), program, _dir: dir }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends a request and reads the whole answer: status and everything after it.
    fn ask(&self, first_line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut request = format!("{first_line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        // A host that refuses early may close before all of a large body is written.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    fn host(&self) -> String {
        self.address.to_string()
    }

    /// Comes in as a browser does; answers the cookie.
    fn come_in(&self) -> String {
        let (status, answer) = self.ask(&format!("GET /?key={}", self.key), &[("Host", &self.host())], "");
        assert_eq!(status, 200, "{answer}");
        let line = answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap();
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict"), "{line}");
        line["set-cookie: ".len()..].split(';').next().unwrap().to_owned()
    }

    fn call(&self, command: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let host = self.host();
        let mut all = vec![("Host", host.as_str()), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        self.ask(&format!("POST /rpc/{command}"), &all, body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.end.take().unwrap().send(());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn parts(invitation: &str) -> (SocketAddr, String) {
    let (address, key) = invitation.strip_prefix("http://").unwrap().split_once("/?key=").unwrap();
    (address.parse().unwrap(), key.to_owned())
}

#[test]
fn our_own_page_is_answered() {
    let served = Served::start();
    let cookie = served.come_in();
    let origin = format!("http://{}", served.host());
    let (status, answer) = served.call("app_state", &[("Cookie", &cookie), ("x-zhanggui", "1"), ("Origin", &origin), ("Sec-Fetch-Site", "same-origin")], "{}");
    assert_eq!(status, 200, "{answer}");
    for header in ["cache-control: no-store", "x-content-type-options: nosniff", "content-security-policy: default-src 'self'"] {
        assert!(answer.contains(header), "{header} is missing in {answer}");
    }
    let (status, answer) = served.call("no_such_command", &[("Cookie", &cookie), ("x-zhanggui", "1")], "{}");
    assert_eq!(status, 404, "{answer}");
    assert!(answer.contains("\"code\":\"not_found\""), "{answer}");
}

#[test]
fn everybody_else_is_refused() {
    let served = Served::start();
    let cookie = served.come_in();
    let own = [("Cookie", cookie.as_str()), ("x-zhanggui", "1")];
    let with = |more: (&'static str, &'static str)| [own.as_slice(), &[more]].concat();
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, u16);
    let cases: Vec<Case<'_>> = vec![
        ("wrong origin", with(("Origin", "http://evil.example")), 403),
        ("another site's page", with(("Sec-Fetch-Site", "cross-site")), 403),
        ("no header of our own", vec![own[0]], 403),
        ("no cookie", vec![own[1]], 401),
        ("another's cookie", vec![("Cookie", "zhanggui_1=00"), own[1]], 401),
    ];
    for (name, headers, expected) in cases {
        let (status, answer) = served.call("app_state", &headers, "{}");
        assert_eq!(status, expected, "{name}: {answer}");
        assert!(answer.contains("\"code\":"), "{name}: {answer}");
    }
    let (status, answer) = served.ask("POST /rpc/app_state", &[&[("Host", "shop.example")], own.as_slice()].concat(), "{}");
    assert_eq!(status, 403, "wrong host: {answer}");
    let (status, answer) = served.call("app_state", &own, "not JSON");
    assert_eq!(status, 400, "{answer}");
    let (status, _) = served.ask("GET /rpc/app_state", &[&[("Host", served.host().as_str())], own.as_slice()].concat(), "");
    assert_eq!(status, 405);
}

#[test]
fn a_call_has_a_largest_size() {
    let served = Served::start();
    let cookie = served.come_in();
    let body = format!("\"{}\"", "x".repeat(2 << 20));
    let (status, answer) = served.call("upload_chunk", &[("Cookie", &cookie), ("x-zhanggui", "1")], &body);
    assert_eq!(status, 413, "{answer}");
}

#[test]
fn an_address_works_once_and_another_is_announced() {
    let served = Served::start();
    let host = served.host();
    let host = [("Host", host.as_str())];
    assert_eq!(served.ask("GET /", &host, "").0, 403);
    assert_eq!(served.ask("GET /?key=00", &host, "").0, 403);
    let cookie = served.come_in();
    let (_, next) = parts(&served.invitations.recv_timeout(Duration::from_secs(10)).unwrap());
    assert_eq!(served.ask(&format!("GET /?key={}", served.key), &host, "").0, 403);
    assert_eq!(served.ask("GET /", &[host[0], ("Cookie", &cookie)], "").0, 200);
    assert_eq!(served.ask(&format!("GET /?key={next}"), &host, "").0, 200);
}

#[test]
fn events_come_to_a_known_browser_and_end_with_the_program() {
    let served = Served::start();
    let host = served.host();
    assert_eq!(served.ask("GET /events", &[("Host", &host)], "").0, 401);
    let cookie = served.come_in();
    let mut stream = served.connect();
    write!(stream, "GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n").unwrap();
    let mut heard = String::new();
    let mut more = [0; 4096];
    while !heard.contains("\r\n\r\n") {
        let read = stream.read(&mut more).unwrap();
        heard.push_str(std::str::from_utf8(&more[..read]).unwrap());
    }
    assert!(heard.contains("text/event-stream"), "{heard}");
    served.program.tell(app::wire::AppEvent::Changed { entity: "order".into(), ids: Vec::new() });
    served.program.tell(app::wire::AppEvent::Phase);
    while !heard.contains("phase") {
        let read = stream.read(&mut more).unwrap();
        assert!(read > 0, "{heard}");
        heard.push_str(std::str::from_utf8(&more[..read]).unwrap());
    }
    assert!(!heard.contains("changed"), "nobody is signed in here: {heard}");
    drop(served);
}

#[test]
fn only_this_computer_is_served() {
    let served = Served::start();
    let options = Options { announce: Box::new(|_| {}), until: Box::pin(std::future::ready(())), first_session: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(serve(served.program.clone(), SocketAddr::from(([0, 0, 0, 0], 0)), options));
    assert!(matches!(refused, Err(Error::NotLoopback(_))));
}

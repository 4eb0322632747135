//! Just enough HTTP/1.1 to talk JSON to a WebDriver on loopback: one request a connection, whole bodies, no TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::stop::{Explain, Outcome, Stop};

/// A driver may wait this long for a page or a script.
const LIMIT: Duration = Duration::from_secs(60);
/// An answer of a driver is small; a picture in base64 is the largest.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Sends one request and reads the JSON of the answer, whatever its status.
pub fn json(port: u16, method: &str, path: &str, body: Option<&Value>) -> Outcome<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).explain(|| format!("Nothing answers on port {port}"))?;
    stream.set_read_timeout(Some(LIMIT)).explain(|| "Cannot set a time limit".to_owned())?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).explain(|| format!("Cannot send {method} {path}"))?;
    let answer = read_answer(&mut stream).explain(|| format!("No answer to {method} {path}"))?;
    parse(&answer).ok_or_else(|| Stop::because(format!("{method} {path} was answered by: {}", String::from_utf8_lossy(&answer))))
}

/// Reads up to the length the head states, since a driver may keep the connection open.
fn read_answer(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut chunk = [0; 16 * 1024];
    while (answer.len() as u64) < ANSWER_BYTES_MAX {
        let n = stream.read(&mut chunk)?;
        answer.extend_from_slice(&chunk[..n]);
        if n == 0 || whole_length(&answer).is_some_and(|length| answer.len() >= length) {
            break;
        }
    }
    Ok(answer)
}

fn whole_length(answer: &[u8]) -> Option<usize> {
    let head_end = head_end(answer)?;
    let head = String::from_utf8_lossy(&answer[..head_end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?;
    Some(head_end + length.trim().parse::<usize>().ok()?)
}

fn head_end(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn parse(answer: &[u8]) -> Option<Value> {
    serde_json::from_slice(&answer[head_end(answer)?..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_head_says() {
        let mut bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"value\": 1}";
        let answer = read_answer(&mut bytes).unwrap();
        assert_eq!(whole_length(&answer), Some(answer.len()));
        assert_eq!(parse(&answer).unwrap()["value"], 1);
    }

    #[test]
    fn half_an_answer_is_none() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Le").is_none());
    }
}

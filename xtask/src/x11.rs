//! Just enough of the X protocol to do to a window what a person's desktop does: find it, close it by its button, take the keyboard away from it.
//! A display under Xvfb has no window manager that would do it. Source: <https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html>.

use std::io::{Read, Write};
#[cfg(not(unix))]
use std::net::TcpStream as Stream;
#[cfg(unix)]
use std::os::unix::net::UnixStream as Stream;
use std::time::Duration;

use crate::stop::{Explain, Outcome, Stop};

/// A display that says nothing for this long is gone.
const LIMIT: Duration = Duration::from_secs(10);
/// The longest answer read; the list of windows of a whole display is far below it.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Every answer, error and event has at least this length.
const UNIT_BYTES: usize = 32;
/// "Nobody" where a request names who gets the keyboard.
const NOBODY: u32 = 0;

// The requests used, by their codes.
const GET_WINDOW_ATTRIBUTES: u8 = 3;
const QUERY_TREE: u8 = 15;
const INTERN_ATOM: u8 = 16;
const GET_PROPERTY: u8 = 20;
const SEND_EVENT: u8 = 25;
const SET_INPUT_FOCUS: u8 = 42;
const GET_INPUT_FOCUS: u8 = 43;

/// A connection to a display.
pub struct Display {
    stream: Stream,
    root: u32,
}

impl Display {
    /// Connects to the display `:number` of this machine, which asks for no key.
    pub fn open(number: &str) -> Outcome<Self> {
        let mut stream = connect(number.trim_start_matches(':')).explain(|| format!("Nothing answers on display {number}"))?;
        stream.set_read_timeout(Some(LIMIT)).explain(|| "Cannot set a time limit".to_owned())?;
        // Little-endian, protocol 11.0, no authorisation.
        stream.write_all(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0]).explain(lost)?;
        let head = take(&mut stream, 8)?;
        let body = take(&mut stream, usize::from(u16_at(&head, 6)?) * 4)?;
        if head.first() != Some(&1) {
            return Err(Stop::because(format!("The display lets nobody in: {}", String::from_utf8_lossy(&body))));
        }
        Ok(Self { stream, root: root_of(&body)? })
    }

    /// Closes the program's window as its close button does.
    pub fn close_window(&mut self) -> Outcome<()> {
        let (protocols, delete) = (self.atom("WM_PROTOCOLS")?, self.atom("WM_DELETE_WINDOW")?);
        let window = self.shown_window(protocols)?;
        const CLIENT_MESSAGE: [u8; 4] = [33, 32, 0, 0];
        let mut request = request(SEND_EVENT, 0, &[window, 0]);
        request.extend(CLIENT_MESSAGE);
        request.extend([window, protocols, delete, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
        self.tell(request)
    }

    /// Takes the keyboard away from whatever has it.
    pub fn focus_nothing(&mut self) -> Outcome<()> {
        self.tell(request(SET_INPUT_FOCUS, 0, &[NOBODY, 0]))
    }

    /// The one window on the display that is shown and has a close button.
    fn shown_window(&mut self, protocols: u32) -> Outcome<u32> {
        let tree = self.ask(request(QUERY_TREE, 0, &[self.root]))?;
        let count = usize::from(u16_at(&tree, 16)?);
        for n in 0..count {
            let window = u32_at(&tree, UNIT_BYTES + n * 4)?;
            let attributes = self.ask(request(GET_WINDOW_ATTRIBUTES, 0, &[window]))?;
            let property = self.ask(request(GET_PROPERTY, 0, &[window, protocols, 0, 0, 1]))?;
            const VIEWABLE: u8 = 2;
            if attributes.get(26) == Some(&VIEWABLE) && u32_at(&property, 16)? > 0 {
                return Ok(window);
            }
        }
        Err(Stop::because("The display shows no window."))
    }

    fn atom(&mut self, name: &str) -> Outcome<u32> {
        let mut bytes = vec![INTERN_ATOM, 0, 0, 0, name.len() as u8, 0, 0, 0];
        bytes.extend(name.as_bytes());
        let answer = self.ask(with_length(bytes))?;
        u32_at(&answer, 8)
    }

    /// A request without an answer, and one with, so that a refusal of the first is heard.
    fn tell(&mut self, request_bytes: Vec<u8>) -> Outcome<()> {
        self.stream.write_all(&with_length(request_bytes)).explain(lost)?;
        self.ask(request(GET_INPUT_FOCUS, 0, &[])).map(|_| ())
    }

    fn ask(&mut self, request: Vec<u8>) -> Outcome<Vec<u8>> {
        self.stream.write_all(&request).explain(lost)?;
        loop {
            let mut unit = take(&mut self.stream, UNIT_BYTES)?;
            match unit.first() {
                Some(0) => return Err(Stop::because(format!("The display refused a request (error {}).", unit[1]))),
                Some(1) => {
                    let rest = take(&mut self.stream, u32_at(&unit, 4)? as usize * 4)?;
                    unit.extend(rest);
                    return Ok(unit);
                }
                // An event; none was asked for, and none matters.
                _ => {}
            }
        }
    }
}

#[cfg(unix)]
fn connect(number: &str) -> std::io::Result<Stream> {
    Stream::connect(format!("/tmp/.X11-unix/X{number}"))
}

/// Where there are no sockets in the file system a display listens on port 6000 and its number.
#[cfg(not(unix))]
fn connect(number: &str) -> std::io::Result<Stream> {
    let port = number.parse::<u16>().ok().and_then(|number| number.checked_add(6000)).ok_or(std::io::ErrorKind::InvalidInput)?;
    Stream::connect(("127.0.0.1", port))
}

/// A request of whole words, its length filled in.
fn request(code: u8, detail: u8, words: &[u32]) -> Vec<u8> {
    let mut bytes = vec![code, detail, 0, 0];
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    with_length(bytes)
}

/// Pads a request to whole words and writes how many there are.
fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let words = (bytes.len() / 4) as u16;
    bytes[2..4].copy_from_slice(&words.to_le_bytes());
    bytes
}

/// The root window of the first screen, behind the vendor's name and the list of picture formats.
fn root_of(setup: &[u8]) -> Outcome<u32> {
    let vendor = usize::from(u16_at(setup, 16)?).next_multiple_of(4);
    let formats = setup.get(21).copied().map(usize::from).ok_or_else(|| Stop::because(lost()))?;
    u32_at(setup, 32 + vendor + formats * 8)
}

fn take(stream: &mut Stream, length: usize) -> Outcome<Vec<u8>> {
    if length > ANSWER_BYTES_MAX {
        return Err(Stop::because("The display answers with more than was asked for."));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).explain(lost)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Outcome<u16> {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes).ok_or_else(|| Stop::because(lost()))
}

fn u32_at(bytes: &[u8], at: usize) -> Outcome<u32> {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes).ok_or_else(|| Stop::because(lost()))
}

fn lost() -> String {
    "The display does not answer".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_say_their_length_in_words() {
        assert_eq!(request(GET_INPUT_FOCUS, 0, &[]), [43, 0, 1, 0]);
        assert_eq!(request(QUERY_TREE, 0, &[0x0102]), [15, 0, 2, 0, 2, 1, 0, 0]);
        assert_eq!(with_length(vec![INTERN_ATOM, 0, 0, 0, 1, 0, 0, 0, b'x']), [16, 0, 3, 0, 1, 0, 0, 0, b'x', 0, 0, 0]);
    }

    #[test]
    fn the_root_stands_behind_vendor_and_formats() {
        let mut setup = vec![0; 32];
        setup[16] = 3;
        setup[21] = 2;
        setup.extend([b'a', b'b', b'c', 0]);
        setup.extend([0; 16]);
        setup.extend(77_u32.to_le_bytes());
        assert_eq!(root_of(&setup).unwrap(), 77);
        assert!(root_of(&setup[..40]).is_err());
    }
}

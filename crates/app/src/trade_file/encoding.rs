//! Which encoding a text file has, found by reading all of it once, and its text as UTF-8.
//!
//! The whole file is looked at because a file of shop trade is ASCII for thousands of rows before the first name that tells
//! UTF-8 from GB18030. The order of trial: byte order mark; UTF-8 without a fault; GB18030 without a fault; Windows-1252, which
//! fits everything and is what old English exports have.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{CoderResult, DecoderResult, Encoding, GB18030, UTF_8, WINDOWS_1252};

/// A piece of the file at a time: large enough to be quick, small beside everything else.
const PIECE_BYTES: usize = 64 * 1024;

/// The encoding of a file, and whether it begins with a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextEncoding {
    pub(super) encoding: &'static Encoding,
    pub(super) has_mark: bool,
}

impl TextEncoding {
    /// "UTF-8", "UTF-8 BOM", "GB18030" …
    pub(super) fn name(self) -> String {
        let name = if self.encoding == GB18030 { "GB18030" } else { self.encoding.name() };
        if self.has_mark && self.encoding == UTF_8 { format!("{name} BOM") } else { name.to_owned() }
    }

    /// The encoding with a name that [`Self::name`] gave.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let (bare, has_mark) = name.strip_suffix(" BOM").map_or((name, false), |bare| (bare, true));
        let encoding = Encoding::for_label(bare.as_bytes())?;
        Some(Self { encoding, has_mark })
    }

    pub(super) fn detect(file: &mut File) -> std::io::Result<Self> {
        let mut start = [0; 4];
        file.seek(SeekFrom::Start(0))?;
        let read = read_up_to(file, &mut start)?;
        if let Some((encoding, _)) = Encoding::for_bom(&start[..read]) {
            return Ok(Self { encoding, has_mark: true });
        }
        for encoding in [UTF_8, GB18030] {
            if decodes_without_fault(file, encoding)? {
                return Ok(Self { encoding, has_mark: false });
            }
        }
        Ok(Self { encoding: WINDOWS_1252, has_mark: false })
    }
}

fn decodes_without_fault(file: &mut File, encoding: &'static Encoding) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut bytes = vec![0; PIECE_BYTES];
    // A byte becomes at most three bytes of UTF-8, so the output always has room and one call takes the whole piece.
    let mut text = vec![0; PIECE_BYTES * 3 + 16];
    loop {
        let read = read_up_to(file, &mut bytes)?;
        let last = read == 0;
        let (result, _, _) = decoder.decode_to_utf8_without_replacement(&bytes[..read], &mut text, last);
        match result {
            DecoderResult::Malformed(_, _) => return Ok(false),
            DecoderResult::InputEmpty | DecoderResult::OutputFull if last => return Ok(true),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
    }
}

/// The file as UTF-8 text. What cannot be decoded becomes U+FFFD.
pub(super) struct Decoded<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    bytes: Vec<u8>,
    bytes_start: usize,
    bytes_end: usize,
    ended: bool,
    /// The decoder has given its last text; it must not be called again.
    finished: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(inner: R, encoding: TextEncoding) -> Self {
        let decoder = encoding.encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, bytes: vec![0; PIECE_BYTES], bytes_start: 0, bytes_end: 0, ended: false, finished: false }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        // The decoder writes whole characters only; the csv reader never asks for less than its buffer of 64 KiB.
        while !self.finished {
            if self.bytes_start == self.bytes_end && !self.ended {
                self.bytes_end = self.inner.read(&mut self.bytes)?;
                self.bytes_start = 0;
                self.ended = self.bytes_end == 0;
            }
            let bytes = &self.bytes[self.bytes_start..self.bytes_end];
            let (result, taken, written, _) = self.decoder.decode_to_utf8(bytes, out, self.ended);
            self.bytes_start += taken;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 || out.len() < 4 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// Fills as much of the buffer as the file has.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn check(bytes: &[u8], name: &str, text: &str) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let encoding = TextEncoding::detect(&mut file).unwrap();
        assert_eq!(encoding.name(), name);
        assert_eq!(TextEncoding::from_name(name).unwrap().encoding, encoding.encoding);
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut decoded = String::new();
        Decoded::new(file, encoding).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, text);
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "订单号,品名\r\n1,樱桃灯\r\n";
        check(text.as_bytes(), "UTF-8", text);
        check(&[b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8 BOM", text);
        check(&GB18030.encode(text).0, "GB18030", text);
        check(b"code,name\n1,Voucher \xA330.00\n", "windows-1252", "code,name\n1,Voucher £30.00\n");
        let wide: Vec<u8> = "\u{feff}订单".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&wide, "UTF-16LE", "订单");
        check(b"a,b\n", "UTF-8", "a,b\n");
    }

    #[test]
    fn the_first_chinese_name_may_come_late() {
        let text = format!("{}樱桃灯\n", "1,2,3\n".repeat(100_000));
        check(&GB18030.encode(&text).0, "GB18030", &text);
        check(text.as_bytes(), "UTF-8", &text);
    }
}

//! The spool of an import: what was sent, in sealed pieces, until it has been taken in. Read line by line, in bounded memory.

use super::files::Files;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};

/// Bytes of a piece.
pub const PIECE: usize = 1 << 20;
/// Bytes of a line at most; a longer one is passed over, and told of.
pub const LINE: usize = 16 << 20;
/// The kind of file it is.
pub const KIND: &str = "spool";

/// A spool that is being written.
pub struct Writer {
    file: File,
    id: String,
    pieces: u64,
    plain: Vec<u8>,
    /// Bytes taken so far.
    pub bytes: u64,
}

impl Writer {
    /// Begins the spool of a job.
    ///
    /// # Errors
    /// The disk refused.
    pub fn new(files: &Files, id: &str) -> io::Result<Writer> {
        let path = files.path(KIND, id).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Writer {
            file: File::create(path)?,
            id: id.to_owned(),
            pieces: 0,
            plain: Vec::with_capacity(PIECE),
            bytes: 0,
        })
    }

    /// Takes bytes; writes whole pieces.
    ///
    /// # Errors
    /// The disk refused.
    pub fn take(&mut self, files: &Files, mut bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.plain.len()));
            self.plain.extend_from_slice(now);
            bytes = later;
            if self.plain.len() == PIECE {
                self.piece(files)?;
            }
        }
        Ok(())
    }

    fn piece(&mut self, files: &Files) -> io::Result<()> {
        let sealed = files.seal(&place(&self.id, self.pieces), &self.plain)?;
        self.file.write_all(&(sealed.len() as u32).to_be_bytes())?;
        self.file.write_all(&sealed)?;
        self.pieces += 1;
        self.plain.clear();
        Ok(())
    }

    /// Writes the rest; when it returns, all is durable but the name of the file. Gives the number of bytes.
    ///
    /// # Errors
    /// The disk refused.
    pub fn finish(mut self, files: &Files) -> io::Result<u64> {
        if !self.plain.is_empty() {
            self.piece(files)?;
        }
        self.file.sync_all()?;
        files.sync()?;
        Ok(self.bytes)
    }
}

fn place(id: &str, piece: u64) -> String {
    format!("spool {id} {piece}")
}

/// One line of a spool.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// Its text; `None` if it is too long.
    pub text: Option<Vec<u8>>,
}

/// A spool that is being read.
pub struct Reader<'a> {
    files: &'a Files,
    file: BufReader<File>,
    id: String,
    pieces: u64,
    plain: Vec<u8>,
    at: usize,
    number: u64,
    /// Bytes read so far.
    pub bytes: u64,
}

impl<'a> Reader<'a> {
    /// Opens the spool of a job.
    ///
    /// # Errors
    /// The disk refused.
    pub fn new(files: &'a Files, id: &str) -> io::Result<Reader<'a>> {
        let path = files.path(KIND, id).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Reader {
            files,
            file: BufReader::new(File::open(path)?),
            id: id.to_owned(),
            pieces: 0,
            plain: Vec::new(),
            at: 0,
            number: 0,
            bytes: 0,
        })
    }

    /// The next line that is not empty; `None` at the end.
    ///
    /// # Errors
    /// The disk refused, or the spool is damaged.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(text) = self.line()? else { return Ok(None) };
            self.number += 1;
            if text.as_ref().is_none_or(|t| !t.trim_ascii().is_empty()) {
                return Ok(Some(Line { number: self.number, text }));
            }
        }
    }

    /// The text up to the next line break; `None` inside if it is too long.
    #[allow(clippy::option_option)]
    fn line(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let (mut text, mut any, mut long) = (Vec::new(), false, false);
        loop {
            if self.at == self.plain.len() && !self.piece()? {
                return Ok(any.then_some((!long).then_some(text)));
            }
            any = true;
            let rest = self.plain.get(self.at..).unwrap_or_default();
            let end = rest.iter().position(|b| *b == b'\n');
            let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if text.len() + taken.len() > LINE {
                long = true;
                text.clear();
            }
            if !long {
                text.extend_from_slice(taken);
            }
            let used = taken.len() + usize::from(end.is_some());
            self.at += used;
            self.bytes += used as u64;
            if end.is_some() {
                return Ok(Some((!long).then_some(text)));
            }
        }
    }

    /// Opens the next piece; `false` at the end.
    fn piece(&mut self) -> io::Result<bool> {
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > PIECE + 64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut sealed = vec![0; length];
        self.file.read_exact(&mut sealed)?;
        self.plain = self.files.open_sealed(&place(&self.id, self.pieces), &sealed)?;
        self.pieces += 1;
        self.at = 0;
        Ok(!self.plain.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::tests::files;
    use super::*;
    use proptest::prelude::*;

    fn lines(files: &Files, id: &str) -> Vec<(u64, Vec<u8>)> {
        let mut reader = Reader::new(files, id).expect("a spool");
        let mut out = Vec::new();
        while let Some(line) = reader.next_line().expect("a line") {
            out.push((line.number, line.text.expect("short")));
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn lines_come_back_with_their_numbers(text in "[a\n]{0,60}", cut in 1usize..7) {
            let dir = tempfile::tempdir().expect("a folder");
            let (files, id) = (files(dir.path()), crate::jobs::new_id());
            let mut writer = Writer::new(&files, &id).expect("a spool");
            for part in text.as_bytes().chunks(cut) {
                writer.take(&files, part).expect("taken");
            }
            prop_assert_eq!(writer.finish(&files).expect("durable"), text.len() as u64);
            let expected: Vec<(u64, Vec<u8>)> = text
                .split('\n')
                .zip(1..)
                .filter(|(line, _)| !line.is_empty())
                .map(|(line, number)| (number, line.as_bytes().to_vec()))
                .collect();
            prop_assert_eq!(lines(&files, &id), expected);
        }
    }

    #[test]
    fn long_lines_are_passed_over_and_pieces_are_sealed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (files, id) = (files(dir.path()), crate::jobs::new_id());
        let mut writer = Writer::new(&files, &id).expect("a spool");
        for text in [&b"{\"a\":1}\n"[..], &vec![b'x'; LINE + 1], b"\n{\"b\":2}"] {
            writer.take(&files, text).expect("taken");
        }
        writer.finish(&files).expect("durable");
        let mut reader = Reader::new(&files, &id).expect("a spool");
        assert_eq!(reader.next_line().expect("read").map(|l| l.text.is_some()), Some(true));
        assert_eq!(reader.next_line().expect("read"), Some(Line { number: 2, text: None }));
        assert_eq!(
            reader.next_line().expect("read").and_then(|l| l.text).as_deref(),
            Some(&b"{\"b\":2}"[..])
        );
        assert_eq!(reader.next_line().expect("read"), None);
        let path = files.path(KIND, &id).expect("a path");
        let mut bytes = std::fs::read(&path).expect("a file");
        assert!(!bytes.windows(8).any(|w| w == b"xxxxxxxx"));
        bytes[40] ^= 1;
        std::fs::write(&path, bytes).expect("written");
        assert!(Reader::new(&files, &id).expect("a spool").next_line().is_err());
    }
}

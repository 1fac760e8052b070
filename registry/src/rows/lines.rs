//! Physical lines of a file, each bounded: however long a line is, memory is not.

use std::io::{self, BufRead};

/// Reads lines and counts them from 1.
pub(super) struct Lines<R> {
    source: R,
    number: u64,
    max: usize,
}

/// A line without its line break.
pub(super) struct Line {
    pub(super) number: u64,
    /// `None` for a line longer than allowed; it was skipped to its end.
    pub(super) bytes: Option<Vec<u8>>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R, max: usize) -> Self {
        Self {
            source,
            number: 0,
            max,
        }
    }

    /// The next line; `None` at the end of the file. A line break is LF or CR LF.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut whole = true;
        let mut begun = false;
        loop {
            let buffer = self.source.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            begun = true;
            let (taken, ended) = match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), false),
            };
            if whole && bytes.len() + taken <= self.max + 2 {
                bytes.extend_from_slice(&buffer[..taken]);
            } else {
                whole = false;
                bytes = Vec::new();
            }
            self.source.consume(taken);
            if ended {
                break;
            }
        }
        if !begun {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        let whole = whole && bytes.len() <= self.max;
        Ok(Some(Line {
            number: self.number,
            bytes: whole.then_some(bytes),
        }))
    }
}

/// Whether the first line ends with CR alone: such a file would be one line.
pub(super) fn end_with_cr(mut source: impl BufRead) -> io::Result<bool> {
    let mut after_cr = false;
    loop {
        let buffer = source.fill_buf()?;
        for byte in buffer {
            match byte {
                // UTF-16 would have a zero there; what is wrong with it is told as an encoding.
                b'\n' | 0 => return Ok(false),
                _ if after_cr => return Ok(true),
                byte => after_cr = *byte == b'\r',
            }
        }
        let length = buffer.len();
        if length == 0 {
            return Ok(false);
        }
        source.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_end_with_cr_alone_are_told() {
        for (text, expect) in [
            ("", false),
            ("a,b", false),
            ("a,b\r", false),
            ("a,b\n1,2\r3,4", false),
            ("a,b\r\n1,2\r\n", false),
            ("a\0,\0b\0\r\0\n\0", false),
            ("a,b\r1,2\r", true),
        ] {
            for capacity in [1, 64] {
                let source = io::BufReader::with_capacity(capacity, text.as_bytes());
                assert_eq!(end_with_cr(source).unwrap(), expect, "{text:?}");
            }
        }
    }

    fn check(text: &str, expect: &[Option<&str>]) {
        for capacity in [1, 3, 64] {
            let source = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Lines::new(source, 4);
            let mut found = Vec::new();
            while let Some(line) = lines.next_line().unwrap() {
                found.push(line.bytes.map(|bytes| String::from_utf8(bytes).unwrap()));
            }
            let found: Vec<_> = found.iter().map(Option::as_deref).collect();
            assert_eq!(found, expect, "{text:?} by {capacity}");
        }
    }

    #[test]
    fn lines_are_bounded() {
        check("", &[]);
        check("a\r\n\nb", &[Some("a"), Some(""), Some("b")]);
        check("abcd\nabcde\nf\n", &[Some("abcd"), None, Some("f")]);
        check("abcd\r\nabcdefghij", &[Some("abcd"), None]);
    }
}

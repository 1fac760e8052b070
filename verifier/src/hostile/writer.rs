//! Writes files with cross-reference streams and object streams, byte by byte and as dense as can be.

use std::io::Write as _;

use crate::pdf::testing::fill_byte_ranges;

/// A line of a cross-reference stream.
#[derive(Clone, Copy)]
pub(super) enum Line {
    At(usize),
    In(u32, u32),
}

/// A file that grows revision by revision, each closed by a cross-reference stream.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    lines: Vec<(u32, Line)>,
    previous: Option<usize>,
}

/// Number of the cross-reference streams, which do not list themselves.
const SECTION: u32 = 4_000_000;

impl Writer {
    pub(super) fn new() -> Writer {
        Writer {
            bytes: b"%PDF-1.7\n".to_vec(),
            lines: Vec::new(),
            previous: None,
        }
    }

    pub(super) fn object(&mut self, number: u32, body: &str) -> &mut Writer {
        self.lines.push((number, Line::At(self.bytes.len())));
        self.raw(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes())
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) -> &mut Writer {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn line(&mut self, number: u32, line: Line) -> &mut Writer {
        self.lines.push((number, line));
        self
    }

    pub(super) fn stream(&mut self, number: u32, entries: &str, data: &[u8]) -> &mut Writer {
        self.lines.push((number, Line::At(self.bytes.len())));
        let head = format!(
            "{number} 0 obj\n<< {entries} /Length {} >>\nstream\n",
            data.len()
        );
        self.raw(head.as_bytes())
            .raw(data)
            .raw(b"\nendstream\nendobj\n")
    }

    /// An object stream with these objects in it, each with its line.
    pub(super) fn object_stream(&mut self, number: u32, objects: &[(u32, &str)]) -> &mut Writer {
        let (mut index, mut body) = (String::new(), String::new());
        for (at, (inside, text)) in objects.iter().enumerate() {
            index += &format!("{inside} {} ", body.len());
            body += text;
            body += " ";
            self.line(*inside, Line::In(number, at as u32));
        }
        let entries = format!(
            "/Type /ObjStm /N {} /First {} /Filter /FlateDecode",
            objects.len(),
            index.len()
        );
        let data = deflate((index + &body).as_bytes());
        self.stream(number, &entries, &data)
    }

    /// Closes a revision; the lines are written in the order of their numbers, the last one of each.
    pub(super) fn close(&mut self, trailer: &str) -> &mut Writer {
        self.lines.reverse();
        self.lines.sort_by_key(|(number, _)| *number);
        self.lines.dedup_by_key(|(number, _)| *number);
        let mut runs: Vec<(u32, u32)> = Vec::new();
        let mut rows = Vec::with_capacity(self.lines.len() * 8);
        for (number, line) in std::mem::take(&mut self.lines) {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == number => *count += 1,
                _ => runs.push((number, 1)),
            }
            let (kind, second, third) = match line {
                Line::At(offset) => (1, offset as u32, 0),
                Line::In(container, index) => (2, container, index),
            };
            rows.push(kind);
            rows.extend(second.to_be_bytes());
            rows.extend(&third.to_be_bytes()[1..]);
        }
        let index: String = runs
            .iter()
            .map(|(first, count)| format!("{first} {count} "))
            .collect();
        let data = deflate(&predicted(&rows, 8));
        let at = self.bytes.len();
        let previous = self.previous.map(|at| format!("/Prev {at}"));
        let head = format!(
            "{SECTION} 0 obj\n<< /Type /XRef /Size {SECTION} /W [1 4 3] /Index [{index}] /Root 1 0 R {} {trailer} \
             /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 8 >> /Length {} >>\nstream\n",
            previous.unwrap_or_default(),
            data.len()
        );
        self.raw(head.as_bytes()).raw(&data);
        self.raw(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
        self.previous = Some(at);
        fill_byte_ranges(&mut self.bytes, |first, second, length| {
            format!("[0 {first} {second} {length}]")
        });
        self
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Rows with the PNG filter Up.
fn predicted(rows: &[u8], columns: usize) -> Vec<u8> {
    let mut above = vec![0u8; columns];
    let mut out = Vec::with_capacity(rows.len() + rows.len() / columns);
    for row in rows.chunks(columns) {
        out.push(2);
        out.extend(
            row.iter()
                .zip(&above)
                .map(|(byte, up)| byte.wrapping_sub(*up)),
        );
        above.copy_from_slice(row);
    }
    out
}

pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

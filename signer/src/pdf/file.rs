//! Objects, cross-reference table and trailer (ISO 32000-1, 7.5; ISO 19005-3, 6.1).

use std::io::Write;

/// Number of an indirect object; the generation is always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ref(pub(crate) u32);

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} 0 R", self.0)
    }
}

/// A file under construction. Every reserved number must be written before [`File::finish`].
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    /// Offset of object n at n - 1; 0 while it is only reserved.
    offsets: Vec<usize>,
}

impl File {
    /// ISO 19005-3, 6.1.2: the header at offset 0, then a comment of four bytes above 127.
    pub(crate) fn new() -> Self {
        Self {
            bytes: b"%PDF-1.7\n%\xE5\x8D\xB0\xE4\xBF\xA1\n".to_vec(),
            offsets: Vec::new(),
        }
    }

    /// A copy to go on from, with room for so many bytes more.
    pub(crate) fn continued(&self, room: usize) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + room);
        bytes.extend_from_slice(&self.bytes);
        let mut offsets = Vec::with_capacity(self.offsets.len() + 16);
        offsets.extend_from_slice(&self.offsets);
        Self { bytes, offsets }
    }

    /// A number for an object that is written later.
    pub(crate) fn reserve(&mut self) -> Ref {
        self.offsets.push(0);
        Ref(self.offsets.len() as u32)
    }

    /// Writes an object; spacing and line ends as ISO 19005-3, 6.1.9 asks.
    pub(crate) fn object(&mut self, number: Ref, body: impl FnOnce(&mut Vec<u8>)) {
        if let Some(offset) = self.offsets.get_mut((number.0 as usize).wrapping_sub(1)) {
            *offset = self.bytes.len();
        }
        push(&mut self.bytes, format_args!("{} 0 obj\n", number.0));
        body(&mut self.bytes);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// Writes a stream whose dictionary holds `entries` and the length; `data` is as the filter left it.
    pub(crate) fn stream(&mut self, number: Ref, entries: &str, data: &[u8]) {
        self.object(number, |out| stream_body(out, entries, data));
    }

    /// Writes cross-reference table and trailer (ISO 19005-3, 6.1.3 and 6.1.4).
    pub(crate) fn finish(mut self, root: Ref, info: Ref, id: &[u8; 16]) -> Vec<u8> {
        debug_assert!(
            self.offsets.iter().all(|&offset| offset > 0),
            "{:?}",
            self.offsets
        );
        let start = self.bytes.len();
        let size = self.offsets.len() + 1;
        let out = &mut self.bytes;
        push(out, format_args!("xref\n0 {size}\n0000000000 65535 f \n"));
        for offset in &self.offsets {
            push(out, format_args!("{offset:010} 00000 n \n"));
        }
        let id = hex::encode(id);
        push(
            out,
            format_args!(
                "trailer\n<</Size {size}/Root {root}/Info {info}/ID[<{id}><{id}>]>>\nstartxref\n{start}\n%%EOF\n"
            ),
        );
        self.bytes
    }
}

/// The body of a stream object.
pub(crate) fn stream_body(out: &mut Vec<u8>, entries: &str, data: &[u8]) {
    push(
        out,
        format_args!("<<{entries}/Length {}>>\nstream\n", data.len()),
    );
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
}

/// Appends formatted text.
pub(crate) fn push(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(text);
}

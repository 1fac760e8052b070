//! The FlateDecode filter, level 1: pages are made in bulk, and glyphs hardly gain from more.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};

thread_local! {
    /// One compressor a thread: its tables are larger than what it compresses.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(1), true));
}

/// Compresses to a zlib stream.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        let mut out = Vec::with_capacity(data.len() / 2 + 256);
        loop {
            let done = usize::try_from(compressor.total_in()).unwrap_or(data.len());
            let rest = data.get(done..).unwrap_or_default();
            match compressor.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return out,
                // More room, and on with it; a compressor has no other way to stop.
                _ => out.reserve(data.len() / 4 + 256),
            }
        }
    })
}

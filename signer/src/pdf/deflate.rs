//! The FlateDecode filter. Level 2 for what is written for each document: level 1 has no Huffman codes of its
//! own and leaves a fifth more; higher ones take longer than they save.

use std::cell::RefCell;

use flate2::{Compress, Compression, FlushCompress, Status};

thread_local! {
    /// One compressor a thread: its tables are larger than what it compresses.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(2), true));
}

/// Compresses as well as it goes, for what is written once for a batch.
pub(crate) fn deflate_well(data: &[u8]) -> Vec<u8> {
    run(&mut Compress::new(Compression::best(), true), data)
}

/// Compresses to a zlib stream, fast.
pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        run(compressor, data)
    })
}

fn run(compressor: &mut Compress, data: &[u8]) -> Vec<u8> {
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
}

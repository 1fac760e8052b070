//! The FlateDecode filter for glyphs and pages of one document: glyphs hardly repeat and pages are short, so
//! that searching for repetitions costs most of the time and gains little. One Huffman code for all glyphs of
//! a face and one for all pages, made beforehand (RFC 1951).

use std::sync::LazyLock;

/// Symbols of a literal: 256 bytes and the end of the block.
const SYMBOLS: usize = 257;
const END: usize = 256;
/// Four codes of this length and seven bits left over fit into a word of 64 bits.
const LONGEST: u8 = 14;
/// In which order a block's header lists the lengths of its length codes (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// What pages look like: a little text, many rectangles of a QR code.
const PAGE: &str = "0 0 0 rg BT 201.638 358.723 Td/D0 24 Tf<0001000200030004>Tj/S0 24 Tf<000300060007>Tj ET\n\
    BT 44.031 Tc 62.362 309.59 Td/S0 12 Tf<00010002>Tj 0 Tc ET\nBT 141.732 285.92 Td/D0 12 Tf\
    <00080009000A000B000C000D000E000D000F>Tj ET\nBT 238.582 214.64 Td/S0 12 Tf<0014001200140018001C>Tj ET\n\
    4 4 7 1 re 14 4 1 3 re 16 4 2 1 re 19 4 2 2 re 23 4 1 1 re 25 4 1 2 re 27 4 1 1 re 30 4 7 1 re 4 5 1 6 re \
    10 5 1 6 re 12 5 1 1 re 17 5 1 4 re 22 5 1 1 re 28 5 1 3 re 30 5 1 6 re 36 5 1 6 re 6 6 3 3 re 13 6 1 1 re \
    15 6 2 1 re 18 6 3 1 re 24 6 1 2 re 26 6 1 1 re 32 6 3 3 re 12 7 1 2 re 21 7 1 3 re 27 8 1 1 re 5 10 5 1 re ";

/// The code of pages.
static OF_PAGES: LazyLock<LiteralCode> = LazyLock::new(|| LiteralCode::for_sample(PAGE.bytes()));

/// A code for the bytes of a font or a page, and the block header that declares it.
#[derive(Clone)]
pub(crate) struct LiteralCode {
    codes: [Code; SYMBOLS],
    header: Bits,
}

/// A code as it goes into the stream: lowest bit first.
#[derive(Clone, Copy, Default)]
struct Code {
    bits: u16,
    length: u8,
}

impl LiteralCode {
    /// The code of pages.
    pub(crate) fn of_pages() -> &'static Self {
        &OF_PAGES
    }

    /// A code for data like that sample; every byte has one, also where the sample lacks it.
    pub(crate) fn for_sample(sample: impl Iterator<Item = u8>) -> Self {
        let mut counts = [1_u32; SYMBOLS];
        for byte in sample {
            counts[usize::from(byte)] += 16;
        }
        let mut codes = [Code::default(); SYMBOLS];
        assign(&lengths(&counts, LONGEST), &mut codes);
        Self {
            header: header(&codes),
            codes,
        }
    }

    /// Data as a zlib stream of one block.
    pub(crate) fn deflate(&self, data: &[u8]) -> Vec<u8> {
        let mut bits = self.header.clone();
        bits.out.reserve(data.len() + 64);
        let (fours, rest) = data.as_chunks::<4>();
        for four in fours {
            for byte in four {
                bits.hold(self.codes[usize::from(*byte)]);
            }
            bits.write_whole_bytes();
        }
        for byte in rest {
            bits.put(self.codes[usize::from(*byte)]);
        }
        bits.put(self.codes[END]);
        let mut out = bits.finish();
        out.extend(simd_adler32::adler32(&data).to_be_bytes());
        out
    }
}

/// zlib header, then the only block's: dynamic codes, all literals, one distance that nothing uses.
fn header(codes: &[Code; SYMBOLS]) -> Bits {
    // deflate with a window of 32 KiB, fastest level (RFC 1950, 2.2)
    let mut bits = Bits {
        out: vec![0x78, 0x01],
        ..Bits::default()
    };
    let mut listed: Vec<u8> = codes.iter().map(|code| code.length).collect();
    listed.push(1);
    let mut counts = [0_u32; 19];
    for length in &listed {
        counts[usize::from(*length)] += 1;
    }
    let mut short = [Code::default(); 19];
    assign(&lengths(&counts, 7), &mut short);
    let number = |value: usize, length: u8| Code {
        bits: value as u16,
        length,
    };
    bits.put(number(0b101, 3));
    bits.put(number(SYMBOLS - 257, 5));
    bits.put(number(0, 5));
    bits.put(number(ORDER.len() - 4, 4));
    for symbol in ORDER {
        bits.put(number(short[symbol].length.into(), 3));
    }
    for length in listed {
        bits.put(short[usize::from(length)]);
    }
    bits
}

/// Lengths of a Huffman code, none longer than `limit`: where one is, rare symbols are taken for less rare.
fn lengths(counts: &[u32], limit: u8) -> Vec<u8> {
    let mut counts = counts.to_vec();
    loop {
        let lengths = unlimited(&counts);
        if lengths.iter().all(|length| *length <= limit) {
            return lengths;
        }
        for count in counts.iter_mut().filter(|count| **count > 0) {
            *count = *count / 2 + 1;
        }
    }
}

/// Joins the two rarest trees until one is left; ties go to the older, so that the result is the same always.
fn unlimited(counts: &[u32]) -> Vec<u8> {
    let mut lengths = vec![0; counts.len()];
    let mut trees: Vec<(u64, Vec<usize>)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(symbol, count)| (u64::from(*count), vec![symbol]))
        .collect();
    if let [(_, only)] = trees.as_slice() {
        lengths[only[0]] = 1;
    }
    while trees.len() > 1 {
        trees.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let (Some(a), Some(b)) = (trees.pop(), trees.pop()) else {
            break;
        };
        let joined = [a.1, b.1].concat();
        for symbol in &joined {
            lengths[*symbol] += 1;
        }
        trees.push((a.0 + b.0, joined));
    }
    lengths
}

/// Canonical codes for lengths (RFC 1951, 3.2.2), turned round as the stream wants them.
fn assign(lengths: &[u8], codes: &mut [Code]) {
    let mut next = 0_u16;
    for length in 1..=15 {
        next <<= 1;
        for (code, _) in codes.iter_mut().zip(lengths).filter(|(_, l)| **l == length) {
            *code = Code {
                bits: next.reverse_bits() >> (16 - length),
                length,
            };
            next += 1;
        }
    }
}

/// Bits on their way into bytes, lowest first.
#[derive(Clone, Default)]
struct Bits {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    /// One code; what is whole goes out.
    fn put(&mut self, code: Code) {
        self.hold(code);
        self.write_whole_bytes();
    }

    /// One code more; there is room for four.
    #[inline]
    fn hold(&mut self, code: Code) {
        self.held |= u64::from(code.bits) << self.count;
        self.count += u32::from(code.length);
    }

    /// Writes a word and takes back what of it is not whole: quicker than writing byte by byte.
    #[inline]
    fn write_whole_bytes(&mut self) {
        let whole = self.count / 8;
        let end = self.out.len() + whole as usize;
        self.out.extend_from_slice(&self.held.to_le_bytes());
        self.out.truncate(end);
        self.held >>= whole * 8;
        self.count %= 8;
    }

    fn finish(mut self) -> Vec<u8> {
        let bytes = self.count.div_ceil(8) as usize;
        self.out
            .extend_from_slice(&self.held.to_le_bytes()[..bytes]);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::LiteralCode;

    fn inflated(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::ZlibDecoder::new(data)
            .read_to_end(&mut out)
            .expect("a zlib stream");
        out
    }

    #[test]
    fn another_program_reads_it() {
        let text = b"how much wood would a woodchuck chuck if a woodchuck could chuck wood";
        let code = LiteralCode::for_sample(text.iter().copied());
        let packed = code.deflate(text);
        assert_eq!(inflated(&packed), text);
        assert_eq!(inflated(&code.deflate(b"")), b"");
        let long = text.repeat(400);
        assert!(
            code.deflate(&long).len() < long.len() * 6 / 10,
            "a code of its own"
        );
        let page = LiteralCode::of_pages();
        assert_eq!(inflated(&page.deflate(text)), text);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_sample_everything_comes_back(
            sample in proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
            skew in 0_u32..200_000,
            data in proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
        ) {
            let skewed = std::iter::repeat_n(7, skew as usize).chain(sample);
            let code = LiteralCode::for_sample(skewed);
            proptest::prop_assert_eq!(inflated(&code.deflate(&data)), data);
        }
    }
}

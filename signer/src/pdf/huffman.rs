//! The FlateDecode filter for glyphs: outlines hardly repeat, so that searching for repetitions costs most of
//! the time and gains a twelfth of the size. One Huffman code a face, made when the font is read (RFC 1951).

/// Symbols of a literal: 256 bytes and the end of the block.
const SYMBOLS: usize = 257;
const END: usize = 256;
/// In which order a block's header lists the lengths of its length codes (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// A code for the bytes of a font, and the block header that declares it.
#[derive(Clone)]
pub(crate) struct FontCode {
    codes: [Code; SYMBOLS],
    header: Bits,
}

/// A code as it goes into the stream: lowest bit first.
#[derive(Clone, Copy, Default)]
struct Code {
    bits: u16,
    length: u8,
}

impl FontCode {
    /// A code for data like that sample; every byte has one, also where the sample lacks it.
    pub(crate) fn for_sample(sample: impl Iterator<Item = u8>) -> Self {
        let mut counts = [1_u32; SYMBOLS];
        for byte in sample {
            counts[usize::from(byte)] += 16;
        }
        let mut codes = [Code::default(); SYMBOLS];
        assign(&lengths(&counts, 15), &mut codes);
        Self {
            header: header(&codes),
            codes,
        }
    }

    /// Data as a zlib stream of one block.
    pub(crate) fn deflate(&self, data: &[u8]) -> Vec<u8> {
        let mut bits = self.header.clone();
        bits.out.reserve(data.len() + 64);
        for byte in data {
            bits.put(self.codes[usize::from(*byte)]);
        }
        bits.put(self.codes[END]);
        let mut out = bits.finish();
        out.extend(adler32(data).to_be_bytes());
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
    #[inline]
    fn put(&mut self, code: Code) {
        self.held |= u64::from(code.bits) << self.count;
        self.count += u32::from(code.length);
        if self.count >= 32 {
            self.out
                .extend_from_slice(&(self.held as u32).to_le_bytes());
            self.held >>= 32;
            self.count -= 32;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let bytes = self.count.div_ceil(8) as usize;
        self.out
            .extend_from_slice(&self.held.to_le_bytes()[..bytes]);
        self.out
    }
}

/// RFC 1950, 8.2; sums are reduced before they can overflow.
fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for block in data.chunks(5552) {
        for byte in block {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::FontCode;

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
        let code = FontCode::for_sample(text.iter().copied());
        let packed = code.deflate(text);
        assert_eq!(inflated(&packed), text);
        assert_eq!(inflated(&code.deflate(b"")), b"");
        let long = text.repeat(400);
        assert!(
            code.deflate(&long).len() < long.len() * 6 / 10,
            "a code of its own"
        );
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_sample_everything_comes_back(
            sample in proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
            skew in 0_u32..200_000,
            data in proptest::collection::vec(proptest::num::u8::ANY, 0..2000),
        ) {
            let skewed = std::iter::repeat_n(7, skew as usize).chain(sample);
            let code = FontCode::for_sample(skewed);
            proptest::prop_assert_eq!(inflated(&code.deflate(&data)), data);
        }
    }
}

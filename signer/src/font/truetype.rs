//! Subsets of fonts with TrueType outlines (OpenType 1.9, chapters glyf, loca, hmtx).
//!
//! `subsetter` does the same from any file; this reads the tables once and not for each page, which makes a
//! page a tenth quicker. It is judged by skrifa and `subsetter` in the tests.

use registry::Sentence;
use std::ops::Range;

use skrifa::raw::TableProvider;
use skrifa::{FontRef, Tag};

/// The tables that subsets are cut from; outlines stay in the font itself.
pub(crate) struct TrueType {
    /// Where each glyph begins in the font, and where the last one ends.
    starts: Vec<u32>,
    /// Advance and left side bearing of each glyph, as in `hmtx`.
    metrics: Vec<[u8; 4]>,
    head: Vec<u8>,
    hhea: Vec<u8>,
    maxp: Vec<u8>,
    /// Programs for hinting: `cvt `, `fpgm`, `prep`, as far as the font has them.
    hinting: Vec<(Tag, Vec<u8>)>,
}

/// Fields that a subset has its own values for, by their place in the table.
const HEAD_CHECKSUM: Range<usize> = 8..12;
const HEAD_LONG_OFFSETS: Range<usize> = 50..52;
const HHEA_METRICS: Range<usize> = 34..36;
const MAXP_GLYPHS: Range<usize> = 4..6;
/// Up to this size of `glyf`, `loca` holds halves of offsets in 16 bits.
const SHORT: usize = 0x1_FFFE;

impl TrueType {
    /// Reads the tables; the error says which of them is wanting.
    pub(super) fn read(font: &FontRef<'_>) -> Result<Self, Sentence> {
        let table = |tag: &[u8; 4]| {
            let data = font.table_data(Tag::new(tag));
            data.map(|data| data.as_bytes().to_vec())
                .unwrap_or_default()
        };
        let broken = |what: &str| {
            Sentence::new(
                format!("其中的表 {what} 缺失、过短或与其他表不符"),
                format!("its table {what} is missing, too short or does not fit the others"),
            )
        };
        let records = font.table_directory().table_records().iter();
        let glyf = records
            .filter(|record| record.tag() == Tag::new(b"glyf"))
            .map(|r| r.offset())
            .next();
        let glyf = glyf.ok_or_else(|| broken("glyf"))?;
        let glyphs = font.maxp().map_err(|_| broken("maxp"))?.num_glyphs();
        let loca = font.loca(None).map_err(|_| broken("loca"))?;
        let starts = (0..=usize::from(glyphs)).map(|glyph| glyf.checked_add(loca.get_raw(glyph)?));
        let hmtx = font.hmtx().map_err(|_| broken("hmtx"))?;
        let metrics = (0..glyphs).map(|glyph| {
            let [a, b] = hmtx.advance(glyph.into())?.to_be_bytes();
            let [c, d] = hmtx.side_bearing(glyph.into())?.to_be_bytes();
            Some([a, b, c, d])
        });
        let hinting = [b"cvt ", b"fpgm", b"prep"].map(|tag| (Tag::new(tag), table(tag)));
        let read = Self {
            starts: starts
                .collect::<Option<_>>()
                .ok_or_else(|| broken("loca"))?,
            metrics: metrics
                .collect::<Option<_>>()
                .ok_or_else(|| broken("hmtx"))?,
            head: table(b"head"),
            hhea: table(b"hhea"),
            maxp: table(b"maxp"),
            hinting: hinting
                .into_iter()
                .filter(|(_, table)| !table.is_empty())
                .collect(),
        };
        match &read {
            Self { head, .. } if head.len() < HEAD_LONG_OFFSETS.end => Err(broken("head")),
            Self { hhea, .. } if hhea.len() < HHEA_METRICS.end => Err(broken("hhea")),
            _ => Ok(read),
        }
    }

    /// A font with .notdef and these glyphs of `font`, in this order, then those that composite ones are made
    /// of.
    pub(super) fn cut(
        &self,
        font: &[u8],
        glyphs: impl Iterator<Item = u16>,
    ) -> Result<Vec<u8>, Sentence> {
        let mut ids: Vec<u16> = std::iter::once(0).chain(glyphs).collect();
        let mut glyf = Vec::with_capacity(ids.len() * 300);
        let mut starts = Vec::with_capacity(ids.len() + 1);
        let mut next = 0;
        while let Some(id) = ids.get(next) {
            starts.push(glyf.len());
            let start = glyf.len();
            glyf.extend_from_slice(self.outline(font, *id)?);
            glyf.resize(glyf.len().next_multiple_of(2), 0);
            renumber_components(&mut glyf[start..], &mut ids)
                .ok_or_else(|| Sentence::new("复合字形不完整", "a composite glyph is cut short"))?;
            next += 1;
        }
        starts.push(glyf.len());

        let count = u16::try_from(ids.len())
            .map_err(|_| Sentence::new("字形过多", "too many glyphs"))?
            .to_be_bytes();
        let long = glyf.len() > SHORT;
        let loca: Vec<u8> = if long {
            starts
                .iter()
                .flat_map(|start| (*start as u32).to_be_bytes())
                .collect()
        } else {
            starts
                .iter()
                .flat_map(|start| ((*start / 2) as u16).to_be_bytes())
                .collect()
        };
        let with = |table: &[u8], place: Range<usize>, value: [u8; 2]| {
            let mut table = table.to_vec();
            table[place].copy_from_slice(&value);
            table
        };
        let mut head = with(&self.head, HEAD_LONG_OFFSETS, [0, u8::from(long)]);
        head[HEAD_CHECKSUM].fill(0);
        let hhea = with(&self.hhea, HHEA_METRICS, count);
        let maxp = with(&self.maxp, MAXP_GLYPHS, count);
        let metrics = ids
            .iter()
            .filter_map(|id| self.metrics.get(usize::from(*id)));
        let hmtx: Vec<u8> = metrics.flatten().copied().collect();
        let own: [(&[u8; 4], &[u8]); 6] = [
            (b"glyf", &glyf),
            (b"head", &head),
            (b"hhea", &hhea),
            (b"hmtx", &hmtx),
            (b"loca", &loca),
            (b"maxp", &maxp),
        ];
        let own = own.map(|(tag, table)| (Tag::new(tag), table));
        let hinting = self
            .hinting
            .iter()
            .map(|(tag, table)| (*tag, table.as_slice()));
        let mut tables: Vec<_> = own.into_iter().chain(hinting).collect();
        tables.sort_by_key(|(tag, _)| *tag);
        Ok(file(&tables))
    }

    fn outline<'a>(&self, font: &'a [u8], glyph: u16) -> Result<&'a [u8], Sentence> {
        let glyph = usize::from(glyph);
        let range = self.starts.get(glyph).zip(self.starts.get(glyph + 1));
        range
            .and_then(|(start, end)| font.get(*start as usize..*end as usize))
            .ok_or_else(|| {
                Sentence::new(
                    format!("其中没有字形 {glyph} 的轮廓"),
                    format!("it has no outline of glyph {glyph}"),
                )
            })
    }
}

/// Gives the components of a composite glyph their new numbers; those that have none yet are added to `ids`.
/// None where the glyph ends too early.
fn renumber_components(glyph: &mut [u8], ids: &mut Vec<u16>) -> Option<()> {
    const ARGUMENTS_ARE_WORDS: u16 = 0x0001;
    const ONE_SCALE: u16 = 0x0008;
    const MORE_COMPONENTS: u16 = 0x0020;
    const TWO_SCALES: u16 = 0x0040;
    const MATRIX: u16 = 0x0080;
    // the number of contours is negative, the box follows
    if glyph.first().is_none_or(|byte| byte & 0x80 == 0) {
        return Some(());
    }
    let mut at = 10;
    loop {
        let flags = u16::from_be_bytes([*glyph.get(at)?, *glyph.get(at + 1)?]);
        let id = u16::from_be_bytes([*glyph.get(at + 2)?, *glyph.get(at + 3)?]);
        let number = ids
            .iter()
            .position(|known| *known == id)
            .unwrap_or_else(|| {
                ids.push(id);
                ids.len() - 1
            });
        glyph[at + 2..at + 4].copy_from_slice(&u16::try_from(number).ok()?.to_be_bytes());
        at += if flags & ARGUMENTS_ARE_WORDS != 0 {
            8
        } else {
            6
        };
        at += match flags {
            _ if flags & ONE_SCALE != 0 => 2,
            _ if flags & TWO_SCALES != 0 => 4,
            _ if flags & MATRIX != 0 => 8,
            _ => 0,
        };
        if flags & MORE_COMPONENTS == 0 {
            return Some(());
        }
    }
}

/// The font file: directory, then the tables, each from a multiple of four on, with their checksums.
fn file(tables: &[(Tag, &[u8])]) -> Vec<u8> {
    const VERSION: [u8; 4] = [0, 1, 0, 0];
    let (mut size, mut head) = (12 + 16 * tables.len(), 0);
    let mut out = Vec::with_capacity(size + tables.iter().map(|(_, t)| t.len() + 3).sum::<usize>());
    let count = tables.len() as u16;
    // hints for a binary search in the directory
    let half = 1 << count.ilog2();
    out.extend(VERSION);
    for figure in [count, half * 16, half.ilog2() as u16, (count - half) * 16] {
        out.extend(figure.to_be_bytes());
    }
    for (tag, table) in tables {
        if *tag == Tag::new(b"head") {
            head = size;
        }
        out.extend(tag.to_be_bytes());
        for figure in [checksum(table), size as u32, table.len() as u32] {
            out.extend(figure.to_be_bytes());
        }
        size += table.len().next_multiple_of(4);
    }
    for (_, table) in tables {
        out.extend_from_slice(table);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let adjustment = 0xB1B0_AFBA_u32.wrapping_sub(checksum(&out));
    out[head + HEAD_CHECKSUM.start..head + HEAD_CHECKSUM.end]
        .copy_from_slice(&adjustment.to_be_bytes());
    out
}

/// The sum of the words; zeros complete the last.
fn checksum(table: &[u8]) -> u32 {
    let (words, rest) = table.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]);
    words.fold(0, |sum, word| sum.wrapping_add(u32::from_be_bytes(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font::{Face, Outlines, outline};

    /// A triangle of that height.
    fn triangle(height: i16) -> Vec<u8> {
        let figures = [1, 0, 0, 500, height, 2, 0];
        let mut glyph: Vec<u8> = figures.into_iter().flat_map(i16::to_be_bytes).collect();
        // three points on the curve, each by its distance from the last
        glyph.extend([1; 3]);
        for distance in [0, 500, -250, 0, 0, height] {
            glyph.extend(distance.to_be_bytes());
        }
        glyph.push(0);
        glyph
    }

    /// .notdef, two triangles, a glyph made of both (the second one half as large), one made of that.
    fn font() -> Vec<u8> {
        let composite = |parts: &[u8]| [&[0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0], parts].concat();
        let glyphs = [
            Vec::new(),
            triangle(700),
            triangle(300),
            composite(&[
                0, 0x22, 0, 2, 10, 20, // bytes as offsets, more to come
                0, 0x0B, 0, 1, 0, 30, 0, 40, 0x20, 0, // words as offsets, scaled by a half
            ]),
            composite(&[0, 0x02, 0, 3, 0, 5]),
        ];
        let (mut glyf, mut loca) = (Vec::new(), vec![0, 0]);
        for glyph in &glyphs {
            glyf.extend(glyph);
            loca.extend((glyf.len() as u16 / 2).to_be_bytes());
        }
        let count = [0, glyphs.len() as u8];
        let mut head = vec![0; 54];
        head[..4].copy_from_slice(&[0, 1, 0, 0]);
        head[12..16].copy_from_slice(&0x5F0F_3CF5_u32.to_be_bytes());
        head[18..20].copy_from_slice(&1000_u16.to_be_bytes());
        let mut hhea = vec![0; 36];
        hhea[..4].copy_from_slice(&[0, 1, 0, 0]);
        hhea[34..].copy_from_slice(&count);
        let mut maxp = vec![0; 32];
        maxp[..6].copy_from_slice(&[0, 1, 0, 0, 0, count[1]]);
        let hmtx: Vec<u8> = (0..count[1]).flat_map(|n| [2, n, 0, n]).collect();
        let tables: [(&[u8; 4], &[u8]); 6] = [
            (b"glyf", &glyf),
            (b"head", &head),
            (b"hhea", &hhea),
            (b"hmtx", &hmtx),
            (b"loca", &loca),
            (b"maxp", &maxp),
        ];
        file(&tables.map(|(tag, table)| (Tag::new(tag), table)))
    }

    #[test]
    fn composite_glyphs_bring_their_parts() {
        let whole = Face::parse(&font(), 0).expect("a font");
        let Outlines::TrueType(tables) = &whole.outlines else {
            panic!("TrueType outlines")
        };
        let check = |ids: &[u16], glyphs: u16| {
            let cut = tables.cut(whole.data(), ids.iter().copied()).expect("cut");
            let maxp = FontRef::new(&cut).expect("a font").maxp();
            assert_eq!(maxp.expect("there").num_glyphs(), glyphs, "{ids:?}");
            let subset = Face::parse(&cut, 0).expect("a font");
            for (number, id) in (1..).zip(ids) {
                assert!(!outline(&whole, *id).is_empty());
                assert_eq!(outline(&subset, number), outline(&whole, *id), "{ids:?}");
                assert_eq!(subset.advance(number), whole.advance(*id), "{ids:?}");
            }
        };
        check(&[1], 2);
        check(&[3], 4);
        check(&[3, 2], 4);
        check(&[4], 5);
        check(&[2, 4, 1], 5);
    }

    #[test]
    fn a_composite_glyph_cut_short_is_refused() {
        let whole = [0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 2, 10, 20];
        for length in 1..=whole.len() {
            let glyph = &mut whole[..length].to_vec();
            assert!(renumber_components(glyph, &mut vec![0]).is_none());
        }
    }
}

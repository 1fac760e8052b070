//! One face: its bytes, the table from characters to glyphs, and the figures a PDF font descriptor wants.

use registry::Sentence;
use ring::digest::{SHA256, digest};
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::TableProvider;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

use super::FontSource;
use super::strip::strip;
use super::truetype::TrueType;
use crate::Error;
use crate::pdf::LiteralCode;

/// How a face draws its glyphs, which decides how a PDF embeds it.
pub(crate) enum Outlines {
    TrueType(TrueType),
    Cff,
}

/// One byte in so many is enough to know how often each occurs.
const SAMPLING: usize = 61;

/// A face in memory. Lengths in thousandths of the em unless said.
pub(crate) struct Face {
    /// A single font with the tables that subsets need.
    data: Vec<u8>,
    digest: [u8; 32],
    characters: Characters,
    advances: Vec<f32>,
    /// For compressing its subsets.
    pub(crate) code: LiteralCode,
    pub(crate) name: String,
    pub(crate) outlines: Outlines,
    pub(crate) ascent: f32,
    pub(crate) descent: f32,
    pub(crate) cap_height: f32,
    pub(crate) bbox: [f32; 4],
    pub(crate) italic_angle: f32,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Face({})", self.name)
    }
}

impl Face {
    pub(super) fn read(source: &FontSource) -> Result<Self, Error> {
        let path = source.path.display().to_string();
        let data = std::fs::read(&source.path).map_err(|error| Error::Font {
            path: path.clone(),
            what: Sentence::new(
                format!("{error}；请安装该字体，或在设置中另选"),
                format!("{error}; install the font or set another path"),
            ),
        })?;
        Self::parse(&data, source.index).map_err(|what| Error::Font { path, what })
    }

    pub(super) fn parse(file: &[u8], index: u32) -> Result<Self, Sentence> {
        let font = FontRef::from_index(file, index).map_err(|error| {
            Sentence::new(
                format!("其中第 {index} 个不是字体（{error}）"),
                format!("face {index} is not a font: {error}"),
            )
        })?;
        if font.glyf().is_err() && font.cff().is_err() {
            return Err(Sentence::new(
                "既无 TrueType 也无 CFF 轮廓；可变的 CFF2 字体不能用",
                "neither TrueType nor CFF outlines; a variable CFF2 font will not do",
            ));
        }
        may_be_embedded(&font)?;
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let scale = 1000.0 / f32::from(metrics.units_per_em.max(1));
        let glyph_metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let advances = (0..metrics.glyph_count)
            .map(|id| glyph_metrics.advance_width(id.into()).unwrap_or(0.0) * scale)
            .collect();
        let name = font
            .localized_strings(StringId::POSTSCRIPT_NAME)
            .english_or_first();
        let name = name.map(|text| text.to_string()).unwrap_or_default();
        let data = strip(&font);
        let stripped = FontRef::new(&data).map_err(|error| {
            Sentence::new(format!("字体无法读取（{error}）"), error.to_string())
        })?;
        let outlines = match font.glyf() {
            Ok(_) => Outlines::TrueType(TrueType::read(&stripped)?),
            Err(_) => Outlines::Cff,
        };
        let bbox = metrics.bounds.unwrap_or_default();
        Ok(Self {
            digest: sha256(file, index),
            characters: Characters::of(&font),
            advances,
            name: name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect(),
            outlines,
            ascent: metrics.ascent * scale,
            descent: metrics.descent * scale,
            cap_height: metrics.cap_height.unwrap_or(metrics.ascent) * scale,
            bbox: [bbox.x_min, bbox.y_min, bbox.x_max, bbox.y_max].map(|v| v * scale),
            italic_angle: metrics.italic_angle,
            code: LiteralCode::for_sample(data.iter().step_by(SAMPLING).copied()),
            data,
        })
    }

    /// The glyph of a character; none where the face lacks it.
    pub(crate) fn glyph(&self, character: char) -> Option<u16> {
        self.characters.get(character)
    }

    pub(crate) fn advance(&self, glyph: u16) -> f32 {
        self.advances
            .get(usize::from(glyph))
            .copied()
            .unwrap_or(0.0)
    }

    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// A single font in the form of a file.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }
}

/// OS/2 fsType: a licence that forbids embedding or subsetting (ISO 19005-3, 6.2.11.4.1: fonts that may
/// be embedded for unlimited rendering).
fn may_be_embedded(font: &FontRef<'_>) -> Result<(), Sentence> {
    const RESTRICTED: u16 = 0x0002;
    const NO_SUBSETTING: u16 = 0x0100;
    const BITMAP_ONLY: u16 = 0x0200;
    let fs_type = font.os2().map(|table| table.fs_type()).unwrap_or(0);
    if fs_type & 0x000F == RESTRICTED || fs_type & (NO_SUBSETTING | BITMAP_ONLY) != 0 {
        return Err(Sentence::new(
            format!("其许可位（fsType {fs_type:#06x}）禁止嵌入子集"),
            format!("its licence bits (fsType {fs_type:#06x}) forbid embedding a subset"),
        ));
    }
    Ok(())
}

fn sha256(data: &[u8], index: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, data).as_ref());
    for (byte, index) in bytes.iter_mut().zip(index.to_be_bytes()) {
        *byte ^= index;
    }
    bytes
}

/// Character to glyph, a page of 256 at a time: one look-up is two loads.
struct Characters(Vec<Option<Box<[u16; 256]>>>);

impl Characters {
    fn of(font: &FontRef<'_>) -> Self {
        let mut pages = Self((0..0x1100).map(|_| None).collect());
        for (character, glyph) in font.charmap().mappings() {
            let (page, place) = ((character >> 8) as usize, (character & 0xFF) as usize);
            let (Some(page), Ok(glyph)) = (pages.0.get_mut(page), u16::try_from(glyph.to_u32()))
            else {
                continue;
            };
            page.get_or_insert_with(|| Box::new([0; 256]))[place] = glyph;
        }
        pages
    }

    fn get(&self, character: char) -> Option<u16> {
        let code = u32::from(character) as usize;
        let glyph = self.0.get(code >> 8)?.as_ref()?[code & 0xFF];
        // glyph 0 is .notdef, which ISO 19005-3, 6.2.11.8 forbids to show
        (glyph != 0).then_some(glyph)
    }
}

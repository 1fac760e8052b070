//! Fonts: which of them has a character, how wide it is, its outline, and the subset that goes into a file.
//!
//! Not here: where glyphs stand (page), the PDF objects (pdf). Called by compile, lint and the stamp.

mod face;
mod outline;
mod strip;
mod subset;
#[cfg(test)]
pub(crate) mod tests;
mod truetype;

use registry::Sentence;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use crate::Error;

pub(crate) use face::{Face, Outlines};
pub(crate) use outline::{Op, outline};
pub(crate) use subset::Subset;

/// Which font files to use, each role a chain: a character is set in the first font that has it.
#[derive(Debug, Clone)]
pub struct FontSettings {
    /// The chain of the role `body`, which also serves roles that are not named.
    pub body: Vec<FontSource>,
    /// Chains of further roles, e.g. `title`.
    pub roles: BTreeMap<String, Vec<FontSource>>,
}

/// One face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontSource {
    /// A TrueType or OpenType file or collection.
    pub path: PathBuf,
    /// Which face of a collection; 0 for a single font.
    pub index: u32,
}

/// Font files read into memory with their character tables. Shared by everything that lays out.
#[derive(Debug)]
pub struct Fonts {
    faces: Vec<Arc<Face>>,
    chains: BTreeMap<String, Vec<usize>>,
    digest: [u8; 32],
}

/// The role every setting has.
const BODY: &str = "body";

/// A character found in a chain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) character: char,
    pub(crate) face: usize,
    pub(crate) id: u16,
    /// In thousandths of the font size.
    pub(crate) advance: f32,
}

impl Fonts {
    /// Reads the font files; a file named twice is read once.
    ///
    /// # Errors
    /// [`Error::Font`] where a file is absent or no font, or the body chain is empty.
    pub fn load(settings: &FontSettings) -> Result<Self, Error> {
        let mut fonts = Self {
            faces: Vec::new(),
            chains: BTreeMap::new(),
            digest: [0; 32],
        };
        let mut known: Vec<FontSource> = Vec::new();
        let roles = settings
            .roles
            .iter()
            .map(|(role, chain)| (role.as_str(), chain));
        for (role, chain) in roles.chain([(BODY, &settings.body)]) {
            let mut faces = Vec::with_capacity(chain.len());
            for source in chain {
                faces.push(match known.iter().position(|other| other == source) {
                    Some(face) => face,
                    None => {
                        fonts.faces.push(Arc::new(Face::read(source)?));
                        known.push(source.clone());
                        known.len() - 1
                    }
                });
            }
            fonts.chains.insert(role.to_owned(), faces);
        }
        if settings.body.is_empty() {
            return Err(Error::Font {
                path: "(none)".to_owned(),
                what: Sentence::new(
                    "设置中没有字体；请指定，例如 Debian 软件包 fonts-lxgw-wenkai 中的字体",
                    "the settings name no font; name one, e.g. the one of Debian's package fonts-lxgw-wenkai",
                ),
            });
        }
        fonts.digest = fonts.compute_digest();
        Ok(fonts)
    }

    /// SHA-256 over the files and the order of the chains: names the fonts in a plan.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The first font of the role's chain that has the character; none for what cannot be seen.
    pub(crate) fn glyph(&self, role: &str, character: char) -> Option<Glyph> {
        if is_invisible(character) {
            return None;
        }
        self.chain(role).iter().find_map(|&face| {
            let id = self.faces[face].glyph(character)?;
            Some(Glyph {
                character,
                face,
                id,
                advance: self.faces[face].advance(id),
            })
        })
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.chains.contains_key(role)
    }

    pub(crate) fn faces(&self) -> &[Arc<Face>] {
        &self.faces
    }

    fn chain(&self, role: &str) -> &[usize] {
        self.chains
            .get(role)
            .or_else(|| self.chains.get(BODY))
            .map_or(&[], Vec::as_slice)
    }

    fn compute_digest(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        for (role, chain) in &self.chains {
            context.update(role.as_bytes());
            context.update(&[0]);
            for &face in chain {
                context.update(self.faces[face].digest());
            }
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }
}

/// Controls and format characters: a page cannot show them, and some make text read otherwise than it
/// is stored (U+202E and its kin).
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

impl FontSettings {
    /// Debian's packages fonts-lxgw-wenkai (TrueType, quick to cut) and fonts-noto-cjk (simplified Chinese).
    pub fn debian() -> Self {
        let face = |path: &str, index| FontSource {
            path: path.into(),
            index,
        };
        Self {
            body: vec![
                face(
                    "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
                    0,
                ),
                face("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
            ],
            roles: BTreeMap::new(),
        }
    }
}

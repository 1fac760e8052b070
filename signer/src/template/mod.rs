//! Templates: how the certificates of a type look, as a TOML file that a person writes.
//!
//! Not here: the type itself (registry), drawing (page, pdf). Called by lint, by compile and by `api`
//! when a template is read; the format is described in docs/templates.md.

mod element;
mod pattern;
mod place;
mod raw;
mod reader;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use crate::Error;

pub(crate) use element::{
    Align, Area, Colour, Element, ElementKind, Fit, ImageBox, Qr, Row, Seal, Shape, ShapePath,
    Stroke, Style, Table, TextBox, VAlign, Watermark,
};
pub(crate) use pattern::{Binding, CertKey, CopyKey, DatePattern, Format, Pattern, Piece};
pub use place::Place;
pub use sample::{Extent, FieldInfo, FieldKind, TypeInfo};
pub(crate) use sample::{SampleSize, widest};

/// Files a template names (backgrounds, fixed images), by the name used in the template.
pub type Assets = BTreeMap<String, Arc<[u8]>>;

/// A template whose every element has been understood. What it looks like on a type's data is `lint`'s
/// question.
#[derive(Debug, Clone)]
pub struct Template {
    pub(crate) pages: Vec<Page>,
    /// Which of the pages has the stamp, from 0, and where.
    pub(crate) seal_page: usize,
    pub(crate) seal: Seal,
    pub(crate) assets: Assets,
    digest: [u8; 32],
}

/// One page; lengths in millimetres.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) background: Option<String>,
    pub(crate) elements: Vec<Element>,
}

impl Template {
    /// Reads a template and the files it names.
    ///
    /// # Errors
    /// [`Error::Template`] with page, element and key of the first thing not understood.
    pub fn parse(toml: &str, assets: Assets) -> Result<Self, Error> {
        let pages = raw::read(toml)?;
        element::check_backgrounds(&pages, &assets)?;
        let (seal_page, seal) = element::only_seal(&pages)?;
        let digest = digest(toml, &assets);
        Ok(Self {
            pages,
            seal_page,
            seal,
            assets,
            digest,
        })
    }

    /// The files that a template names and [`Template::parse`] wants.
    ///
    /// # Errors
    /// [`Error::Template`] as for [`Template::parse`].
    pub fn asset_names(toml: &str) -> Result<Vec<String>, Error> {
        let pages = raw::read(toml)?;
        let mut names: Vec<String> = pages
            .into_iter()
            .filter_map(|page| page.background)
            .collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// The same with a text slanted over every page, under everything else; its digest stays.
    pub(crate) fn marked(mut self, text: &str) -> Result<Self, Error> {
        let pattern = Pattern::parse(text).map_err(|what| Error::Template {
            place: Place::default(),
            what,
        })?;
        for page in &mut self.pages {
            page.elements.push(Element {
                place: Place::default(),
                kind: ElementKind::Watermark(Watermark {
                    pattern: pattern.clone(),
                    font: "body".to_owned(),
                    size: 36.0,
                    colour: Colour([0xf2, 0xc4, 0xbe]),
                    angle: 30.0,
                    step: Some(70.0),
                }),
            });
        }
        Ok(self)
    }

    /// SHA-256 over the template's text and its files: names it in a review and in a plan.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

fn digest(toml: &str, assets: &Assets) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(toml.as_bytes());
    for (name, bytes) in assets {
        part(name.as_bytes());
        part(bytes);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

//! One document onto the compiled pages.

use registry::Sentence;
use ring::digest::Context;

use super::compile::{Compiled, CompiledPage};
use super::draft::{Draft, PRODUCER, inputs_digest, sha256_of};
use super::draw::Canvas;
use crate::Error;
use crate::document::Document;
use crate::json::certificate_json;
use crate::pdf::{
    Content, File, FontPool, LiteralCode, Ref, Reuse, fill_byte_range, pdf_date, push, text_string,
    write_font, write_picture, write_signature, write_stamp, write_xmp,
};
use crate::template::{Element, ElementKind};

/// What a page of text adds to the file besides /Contents: more would be moved, and leave half of its place free.
const ROOM: usize = 30_000;

/// Lays a document out: the same inputs give the same bytes.
///
/// # Errors
/// What is wrong with the row, by field: [`Error::MissingGlyph`], [`Error::DoesNotFit`], [`Error::Image`],
/// [`Error::Value`].
pub fn lay_out(compiled: &Compiled, document: &Document) -> Result<Draft, Error> {
    Ok(draw(compiled, document)?.finish())
}

/// Everything of a file but its end.
pub(super) fn draw<'a>(
    compiled: &'a Compiled,
    document: &'a Document,
) -> Result<Writer<'a>, Error> {
    let mut writer = Writer {
        compiled,
        document,
        file: compiled.start.continued(ROOM + compiled.contents_bytes * 2),
        pool: FontPool::for_document(&compiled.shared),
        pictures: Vec::new(),
    };
    for page in &compiled.pages {
        writer.page(page)?;
    }
    writer.resources()?;
    writer.metadata();
    writer.certificate()?;
    let stamp = compiled.stamp(&document.seal_label)?;
    write_stamp(&mut writer.file, compiled.refs.stamp, &stamp);
    Ok(writer)
}

pub(super) struct Writer<'a> {
    compiled: &'a Compiled,
    document: &'a Document,
    file: File,
    pool: FontPool<'a>,
    /// The resources I0, I1, …
    pictures: Vec<Ref>,
}

impl Writer<'_> {
    fn page(&mut self, page: &CompiledPage) -> Result<(), Error> {
        for (stream, elements) in page.under.iter().chain(&page.over) {
            let content = self.content(page, elements)?;
            let packed = LiteralCode::of_pages().deflate(&content.out);
            self.file.stream(*stream, "/Filter/FlateDecode", &packed);
        }
        Ok(())
    }

    fn content(&mut self, page: &CompiledPage, elements: &[Element]) -> Result<Content, Error> {
        let mut canvas = Canvas {
            fonts: self.compiled.fonts(),
            pool: &mut self.pool,
            codes: &self.compiled.codes,
            out: Content::default(),
            width: page.width,
            height: page.height,
        };
        for Element { place, kind } in elements {
            match kind {
                ElementKind::Text(text) => canvas.text(text, self.document, place)?,
                ElementKind::Table(table) => canvas.table(table, self.document, place)?,
                ElementKind::Qr(qr) => canvas.qr(qr, self.document)?,
                ElementKind::Watermark(mark) => canvas.watermark(mark, self.document, place)?,
                ElementKind::Image(image) => {
                    let picture = canvas.image(image, self.document, self.pictures.len())?;
                    self.pictures
                        .extend(picture.map(|p| write_picture(&mut self.file, &p)));
                }
                // drawn when the template was compiled
                ElementKind::Seal(_) | ElementKind::Shape(_) => {}
            }
        }
        Ok(canvas.out)
    }

    /// Fonts and pictures of all pages (ISO 19005-3, 6.2.2: every name is in the page's own resources).
    fn resources(&mut self) -> Result<(), Error> {
        let mut fonts = Vec::new();
        for (n, font) in self.compiled.shared_fonts.iter().enumerate() {
            fonts.extend(font.map(|font| format!("/S{n} {font}")));
        }
        for (n, subset) in self
            .pool
            .own
            .iter()
            .enumerate()
            .filter(|(_, own)| !own.is_empty())
        {
            let face = &self.compiled.fonts().faces()[n];
            let font = write_font(&mut self.file, face, subset, Reuse::Once).map_err(|what| {
                Error::Font {
                    path: face.name.clone(),
                    what,
                }
            })?;
            fonts.push(format!("/D{n} {font}"));
        }
        let backgrounds = self.compiled.backgrounds.iter().enumerate();
        let pictures = self.pictures.iter().enumerate();
        let objects: String = backgrounds
            .map(|(n, number)| format!("/B{n} {number}"))
            .chain(pictures.map(|(n, number)| format!("/I{n} {number}")))
            .collect();
        let fonts = fonts.concat();
        self.file.object(self.compiled.refs.resources, |out| {
            push(
                out,
                format_args!("<</Font<<{fonts}>>/XObject<<{objects}>>>>"),
            );
        });
        Ok(())
    }

    /// The information dictionary and the XMP packet, which say the same (ISO 19005-3, 6.6.3). The packet is
    /// not compressed, so that anything can read it.
    fn metadata(&mut self) {
        let title = format!("{} {}", self.document.type_name, self.document.number);
        let date = pdf_date(self.document.made_at);
        let refs = self.compiled.refs;
        self.file.object(refs.info, |out| {
            let title = text_string(&title);
            push(
                out,
                format_args!(
                    "<</Title{title}/Creator({PRODUCER})/Producer({PRODUCER})/CreationDate({date})/ModDate({date})>>"
                ),
            );
        });
        let packet = write_xmp(self.document, &title, PRODUCER);
        self.file.stream(
            refs.metadata,
            "/Type/Metadata/Subtype/XML",
            packet.as_bytes(),
        );
    }

    /// `certificate.json` as an associated file (ISO 19005-3, 6.8): its MIME type, how it relates, both names.
    fn certificate(&mut self) -> Result<(), Error> {
        let refs = self.compiled.refs;
        let json = certificate_json(self.document).map_err(|error| Error::Value {
            field: "certificate.json".to_owned(),
            what: Sentence::new(format!("无法写出（{error}）"), error.to_string()),
        })?;
        let date = pdf_date(self.document.made_at);
        let entries = format!(
            "/Type/EmbeddedFile/Subtype/application#2Fjson/Params<</Size {}/ModDate({date})>>",
            json.len()
        );
        self.file.stream(refs.certificate, &entries, &json);
        let file = refs.certificate;
        self.file.object(refs.filespec, |out| {
            push(
                out,
                format_args!(
                    "<</Type/Filespec/F(certificate.json)/UF(certificate.json)/AFRelationship/Data/Desc(GB/T 36903 metadata and printed fields)/EF<</F {file}/UF {file}>>>>"
                ),
            );
        });
        Ok(())
    }

    /// The end of a file that is not to be sealed.
    pub(super) fn finish_unsealed(self) -> Vec<u8> {
        let refs = self.compiled.refs;
        self.file
            .finish(refs.catalog, refs.info, &self.document.file_id)
    }

    /// Signature dictionary, cross-reference table, trailer; then the digest over all but the gap.
    fn finish(mut self) -> Draft {
        let compiled = self.compiled;
        let refs = compiled.refs;
        let gap = write_signature(
            &mut self.file,
            refs.signature,
            compiled.contents_bytes,
            compiled.permission,
            self.document.made_at,
        );
        let mut bytes = self
            .file
            .finish(refs.catalog, refs.info, &self.document.file_id);
        fill_byte_range(&mut bytes, &gap);
        let mut context: Context = compiled.start_hash.clone();
        context.update(&bytes[compiled.start.bytes.len()..gap.contents.start]);
        context.update(&bytes[gap.contents.end..]);
        let covered = [
            0..gap.contents.start as u64,
            gap.contents.end as u64..bytes.len() as u64,
        ];
        Draft {
            bytes,
            covered,
            digest: sha256_of(context),
            inputs_digest: inputs_digest(compiled, self.document),
        }
    }
}

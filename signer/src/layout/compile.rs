//! What a batch shares: static objects, fonts of the fixed texts, backgrounds; all written once.

use registry::Sentence;
use std::sync::{Arc, OnceLock};

use ring::digest::{Context, SHA256};

use super::draw::Canvas;
use super::skeleton::{Refs, Use, leave_out, write_catalog, write_form, write_widget};
use crate::Error;
use crate::document::Document;
use crate::font::{Fonts, Subset};
use crate::page::PT_PER_MM;
use crate::pdf::{
    Content, File, FontPool, Picture, QrCodes, Ref, Reuse, Stamp, deflate_well, draw_svg, push,
    srgb_profile, write_font, write_picture,
};
use crate::template::{Element, ElementKind, Extent, Page, Place, Seal, Template, TypeInfo};

/// A template made ready for one type: lay out as many documents with it as there are, from any thread.
pub struct Compiled {
    fonts: Arc<Fonts>,
    template_digest: [u8; 32],
    seal: Seal,
    /// The first stamp drawn: a batch usually has one name on it.
    stamp: OnceLock<Stamp>,
    pub(super) codes: QrCodes,
    /// The file up to the first object that depends on the document, and its hash so far.
    pub(super) start: File,
    pub(super) start_hash: Context,
    /// Glyphs of fixed texts, by face, and their fonts.
    pub(super) shared: Vec<Subset>,
    pub(super) shared_fonts: Vec<Option<Ref>>,
    pub(super) backgrounds: Vec<Ref>,
    pub(super) refs: Refs,
    pub(super) pages: Vec<CompiledPage>,
    pub(super) contents_bytes: usize,
    /// P of DocMDP.
    pub(super) permission: u8,
}

/// What is left to draw of a page.
#[derive(Debug)]
pub(super) struct CompiledPage {
    /// Points.
    pub(super) width: f32,
    pub(super) height: f32,
    /// Watermarks that depend on the document, and their content stream, under the fixed texts.
    pub(super) under: Option<(Ref, Vec<Element>)>,
    /// Everything else that does.
    pub(super) over: Option<(Ref, Vec<Element>)>,
}

impl Template {
    /// Makes the template ready for a type.
    ///
    /// # Errors
    /// [`Error::Template`] where it names a field the type lacks or does not print, or a background cannot be
    /// drawn; [`Error::MissingGlyph`] and [`Error::DoesNotFit`] for its fixed texts.
    pub fn compile(&self, fonts: &Arc<Fonts>, info: &TypeInfo) -> Result<Compiled, Error> {
        self.compile_for(Use::Seal, fonts, info)
    }

    pub(super) fn compile_for(
        &self,
        made_for: Use,
        fonts: &Arc<Fonts>,
        info: &TypeInfo,
    ) -> Result<Compiled, Error> {
        self.check_bindings(info)?;
        let mut file = File::new();
        let refs = Refs::reserve(&mut file);
        let mut compiler = Compiler {
            template: self,
            made_for,
            fonts,
            file,
            pool: FontPool::for_batch(fonts.faces().len()),
            backgrounds: Vec::new(),
        };
        compiler.share_common_glyphs();
        let pages = compiler.pages(refs)?;
        let shared_fonts = compiler.shared_fonts()?;
        let Compiler {
            file: start,
            pool,
            backgrounds,
            ..
        } = compiler;
        let mut start_hash = Context::new(&SHA256);
        start_hash.update(&start.bytes);
        Ok(Compiled {
            fonts: Arc::clone(fonts),
            template_digest: *self.digest(),
            seal: self.seal.clone(),
            stamp: OnceLock::new(),
            codes: QrCodes::default(),
            start,
            start_hash,
            shared: pool.own,
            shared_fonts,
            backgrounds,
            refs,
            pages,
            contents_bytes: info.contents_bytes,
            permission: if info.final_level { 1 } else { 2 },
        })
    }

    /// Every field bound is one that the type prints.
    fn check_bindings(&self, info: &TypeInfo) -> Result<(), Error> {
        for element in self.pages.iter().flat_map(|page| &page.elements) {
            for name in element.fields() {
                let what = match info.fields.iter().find(|field| field.name == name) {
                    Some(field) if field.printed => continue,
                    Some(_) => Sentence::new(
                        format!("类型规定字段 {name} 不印制"),
                        format!("the type does not print its field `{name}`"),
                    ),
                    None => Sentence::new(
                        format!("类型没有字段 {name}"),
                        format!("the type has no field `{name}`"),
                    ),
                };
                return Err(Error::Template {
                    place: element.place.clone(),
                    what,
                });
            }
        }
        Ok(())
    }
}

impl Compiled {
    /// The fonts it was compiled with.
    pub fn fonts(&self) -> &Arc<Fonts> {
        &self.fonts
    }

    pub(super) fn template_digest(&self) -> &[u8; 32] {
        &self.template_digest
    }

    /// The stamp with that name: drawn once for a batch, again for another name.
    pub(super) fn stamp(&self, label: &str) -> Result<std::borrow::Cow<'_, Stamp>, Error> {
        use std::borrow::Cow;
        if let Some(stamp) = self.stamp.get().filter(|stamp| stamp.label == label) {
            return Ok(Cow::Borrowed(stamp));
        }
        let stamp = Stamp::draw(&self.fonts, &self.seal, label)?;
        // Lost races and other names just draw again: the result is the same.
        let _ = self.stamp.set(stamp.clone());
        Ok(Cow::Owned(stamp))
    }
}

struct Compiler<'a> {
    template: &'a Template,
    made_for: Use,
    fonts: &'a Fonts,
    file: File,
    pool: FontPool<'static>,
    backgrounds: Vec<Ref>,
}

impl Compiler<'_> {
    /// Glyphs that nearly every document shows: cut and compressed once instead of each time.
    fn share_common_glyphs(&mut self) {
        let mut out = Content::default();
        let elements = self.template.pages.iter().flat_map(|page| &page.elements);
        for element in elements.filter(|element| !matches!(element.kind, ElementKind::Seal(_))) {
            let role = element.font().unwrap_or("body");
            let characters = element.fixed_texts().into_iter().flat_map(str::chars);
            let glyphs: Vec<_> = characters
                .filter_map(|c| self.fonts.glyph(role, c))
                .collect();
            out.show(&mut self.pool, &glyphs, 1.0);
        }
        let of_dates = "0123456789年月日".chars();
        let glyphs: Vec<_> = of_dates
            .filter_map(|c| self.fonts.glyph("body", c))
            .collect();
        out.show(&mut self.pool, &glyphs, 1.0);
    }

    fn pages(&mut self, refs: Refs) -> Result<Vec<CompiledPage>, Error> {
        let Template {
            seal, seal_page, ..
        } = self.template;
        let seal_page = *seal_page;
        let [tree, form, fields, widget, annots, profile] = [(); 6].map(|()| self.file.reserve());
        let numbers: Vec<Ref> = self
            .template
            .pages
            .iter()
            .map(|_| self.file.reserve())
            .collect();
        match self.made_for {
            Use::Seal => {
                write_catalog(&mut self.file, refs, tree, Some(form), profile);
                write_form(&mut self.file, form, fields, widget);
            }
            Use::Preview => {
                write_catalog(&mut self.file, refs, tree, None, profile);
                leave_out(&mut self.file, [form, fields, refs.signature]);
            }
        }
        self.file.stream(
            profile,
            "/N 3/Filter/FlateDecode",
            &deflate_well(&srgb_profile()),
        );
        let seal_height = self.template.pages[seal_page].height;
        write_widget(
            &mut self.file,
            widget,
            numbers[seal_page],
            seal,
            seal_height,
            refs,
            self.made_for,
        );
        self.file
            .object(annots, |out| push(out, format_args!("[{widget}]")));
        self.file.object(tree, |out| {
            let kids: Vec<_> = numbers.iter().map(ToString::to_string).collect();
            push(
                out,
                format_args!(
                    "<</Type/Pages/Count {}/Kids[{}]>>",
                    kids.len(),
                    kids.join(" ")
                ),
            );
        });
        let mut compiled = Vec::with_capacity(numbers.len());
        for (n, page) in self.template.pages.iter().enumerate() {
            let annots = (n == seal_page).then_some(annots);
            compiled.push(self.page(n, page, numbers[n], tree, annots, refs)?);
        }
        Ok(compiled)
    }

    fn page(
        &mut self,
        number: usize,
        page: &Page,
        object: Ref,
        tree: Ref,
        annots: Option<Ref>,
        refs: Refs,
    ) -> Result<CompiledPage, Error> {
        let (width, height) = (page.width * PT_PER_MM, page.height * PT_PER_MM);
        let (fixed, bound): (Vec<_>, Vec<_>) = page
            .elements
            .iter()
            .cloned()
            .partition(|element| !element.is_bound());
        let (marks, bound): (Vec<_>, Vec<_>) = bound
            .into_iter()
            .partition(|e| matches!(e.kind, ElementKind::Watermark(_)));

        let background = self.background(number, page, width, height)?;
        let mut canvas = Canvas {
            fonts: self.fonts,
            pool: &mut self.pool,
            codes: &QrCodes::default(),
            out: background,
            width,
            height,
        };
        draw_under(&mut canvas, &fixed, &bound)?;
        let mut contents = Vec::new();
        let mut under = None;
        if !marks.is_empty() {
            // bound watermarks stand between what is under them and the fixed texts
            contents.push(write_content(
                &mut self.file,
                std::mem::take(&mut canvas.out),
            ));
            let stream = self.file.reserve();
            contents.push(stream);
            under = Some((stream, marks));
        }
        draw_texts(&mut canvas, &fixed)?;
        contents.push(write_content(&mut self.file, canvas.out));
        let over = (!bound.is_empty()).then(|| (self.file.reserve(), bound));
        contents.extend(over.iter().map(|(stream, _)| *stream));

        let mut media = Content::default();
        media.point([width, height]);
        self.file.object(object, |out| {
            push(
                out,
                format_args!("<</Type/Page/Parent {tree}/MediaBox[0 0 "),
            );
            out.extend_from_slice(&media.out);
            let contents: Vec<_> = contents.iter().map(ToString::to_string).collect();
            let contents = contents.join(" ");
            push(
                out,
                format_args!("]/Resources {}/Contents[{contents}]", refs.resources),
            );
            if let Some(annots) = annots {
                push(out, format_args!("/Annots {annots}"));
            }
            out.extend_from_slice(b">>");
        });
        Ok(CompiledPage {
            width,
            height,
            under,
            over,
        })
    }

    fn background(
        &mut self,
        number: usize,
        page: &Page,
        width: f32,
        height: f32,
    ) -> Result<Content, Error> {
        let mut out = Content::default();
        let Some(name) = &page.background else {
            return Ok(out);
        };
        let refuse = |what: Sentence| Error::Template {
            place: Place::page(number).key("background"),
            what: Sentence::new(
                format!("{name}：{}", what.zh),
                format!("`{name}`: {}", what.en),
            ),
        };
        let bytes = self
            .template
            .assets
            .get(name)
            .ok_or_else(|| refuse(Sentence::new("没有这一文件", "no such file")))?;
        if name.to_ascii_lowercase().ends_with(".svg") {
            draw_svg(&mut out, bytes, width, height).map_err(refuse)?;
        } else {
            let picture = Picture::read(bytes).map_err(refuse)?;
            out.put("q ")
                .number(width)
                .put("0 0 ")
                .number(height)
                .put("0 0 cm/B");
            out.integer(self.backgrounds.len()).put(" Do Q\n");
            self.backgrounds
                .push(write_picture(&mut self.file, &picture));
        }
        Ok(out)
    }

    fn shared_fonts(&mut self) -> Result<Vec<Option<Ref>>, Error> {
        let mut fonts = Vec::with_capacity(self.pool.own.len());
        for (face, subset) in self.fonts.faces().iter().zip(&self.pool.own) {
            fonts.push(if subset.is_empty() {
                None
            } else {
                let font = write_font(&mut self.file, face, subset, Reuse::Batch);
                Some(font.map_err(|what| Error::Font {
                    path: face.name.clone(),
                    what,
                })?)
            });
        }
        Ok(fonts)
    }
}

/// Shapes, frames and fixed watermarks, under all text.
fn draw_under(
    canvas: &mut Canvas<'_, '_>,
    fixed: &[Element],
    bound: &[Element],
) -> Result<(), Error> {
    let nobody = nobody();
    for element in fixed.iter().chain(bound) {
        match &element.kind {
            ElementKind::Shape(shape) => canvas.shape(shape),
            ElementKind::Image(image) => canvas.frame(image),
            ElementKind::Watermark(mark) => canvas.watermark(mark, &nobody, &element.place)?,
            _ => {}
        }
    }
    Ok(())
}

fn draw_texts(canvas: &mut Canvas<'_, '_>, fixed: &[Element]) -> Result<(), Error> {
    let nobody = nobody();
    for element in fixed {
        if let ElementKind::Text(text) = &element.kind {
            canvas.text(text, &nobody, &element.place)?;
        }
    }
    Ok(())
}

/// Fixed elements read nothing of the document.
fn nobody() -> Document {
    Document::sample(&TypeInfo {
        name: String::new(),
        extent: Extent::default(),
        fields: Vec::new(),
        final_level: false,
        verify_url_len: 0,
        contents_bytes: 0,
    })
}

fn write_content(file: &mut File, content: Content) -> Ref {
    let number = file.reserve();
    file.stream(number, "/Filter/FlateDecode", &deflate_well(&content.out));
    number
}

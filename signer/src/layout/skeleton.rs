//! The objects around the pages: catalog, form, signature field.

use crate::page::PT_PER_MM;
use crate::pdf::{Content, File, Ref, push};
use crate::template::Seal;

/// What the pages are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To be sealed.
    Seal,
    /// To be looked at: no signature field, the stamp only as a picture.
    Preview,
}

/// Objects with fixed numbers that are written for each document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refs {
    pub(super) catalog: Ref,
    pub(super) info: Ref,
    pub(super) metadata: Ref,
    pub(super) certificate: Ref,
    pub(super) filespec: Ref,
    pub(super) resources: Ref,
    pub(super) stamp: Ref,
    pub(super) signature: Ref,
}

impl Refs {
    pub(super) fn reserve(file: &mut File) -> Self {
        Self {
            catalog: file.reserve(),
            info: file.reserve(),
            metadata: file.reserve(),
            certificate: file.reserve(),
            filespec: file.reserve(),
            resources: file.reserve(),
            stamp: file.reserve(),
            signature: file.reserve(),
        }
    }
}

/// ISO 32000-1, 7.7.2. Metadata and output intent: ISO 19005-3, 6.6.2.1 and 6.2.3; associated file: 6.8;
/// permissions: 6.1.12; the developer extension: EN 319 142-1, 5.6. What is not to be sealed has no form.
pub(super) fn write_catalog(
    file: &mut File,
    refs: Refs,
    pages: Ref,
    form: Option<Ref>,
    profile: Ref,
) {
    let Refs {
        metadata,
        filespec,
        signature,
        ..
    } = refs;
    file.object(refs.catalog, |out| {
        push(
            out,
            format_args!(
                "<</Type/Catalog/Pages {pages}/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>/Metadata {metadata}\n\
                 /OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile {profile}>>]\n\
                 /Names<</EmbeddedFiles<</Names[(certificate.json){filespec}]>>>>/AF[{filespec}]"
            ),
        );
        if let Some(form) = form {
            push(
                out,
                format_args!(
                    "\n/AcroForm {form}/Perms<</DocMDP {signature}>>/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>"
                ),
            );
        }
        out.extend_from_slice(b">>");
    });
}

/// The form holds the signature field only; /Fields is an object of its own, so that a later revision
/// redefines no more than it adds to.
pub(super) fn write_form(file: &mut File, form: Ref, fields: Ref, widget: Ref) {
    file.object(form, |out| {
        push(out, format_args!("<</Fields {fields}/SigFlags 3>>"))
    });
    file.object(fields, |out| push(out, format_args!("[{widget}]")));
}

/// The stamp on its page. To be sealed it is field and widget in one; F 132 is Print and Locked (ISO 19005-3, 6.3.2), the appearance 6.3.3.
pub(super) fn write_widget(
    file: &mut File,
    widget: Ref,
    page: Ref,
    seal: &Seal,
    page_height: f32,
    refs: Refs,
    made_for: Use,
) {
    let radius = seal.diameter / 2.0;
    let mut rect = Content::default();
    for (sign, y) in [(-1.0, seal.y + radius), (1.0, seal.y - radius)] {
        rect.point([
            (seal.x + sign * radius) * PT_PER_MM,
            (page_height - y) * PT_PER_MM,
        ]);
    }
    file.object(widget, |out| {
        out.extend_from_slice(match made_for {
            Use::Seal => b"<</Type/Annot/Subtype/Widget/FT/Sig/T(seal)",
            Use::Preview => b"<</Type/Annot/Subtype/Stamp".as_slice(),
        });
        push(out, format_args!("/F 132/P {page}/Rect["));
        out.extend_from_slice(&rect.out);
        out.push(b']');
        if made_for == Use::Seal {
            push(out, format_args!("/V {}", refs.signature));
        }
        push(out, format_args!("/AP<</N {}>>>>", refs.stamp));
    });
}

/// Objects of a signature, in a file that is not to be sealed.
pub(super) fn leave_out<const N: usize>(file: &mut File, unused: [Ref; N]) {
    for object in unused {
        file.object(object, |out| out.extend_from_slice(b"null"));
    }
}

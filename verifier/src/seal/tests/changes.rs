//! Sealed files to which one thing was done that may not be done.

use super::{Sample, Signer, blank, seal, sealed};
use crate::pdf::testing::{Builder, FIELD, PAGE, catalog, unsigned, unsigned_with};

/// Codes of changes that are refused; `change.metadata` is a remark only.
pub(super) const CODES: [&str; 9] = [
    "change.addition",
    "change.annotation",
    "change.catalog",
    "change.dss",
    "change.field",
    "change.form",
    "change.object",
    "change.page",
    "change.trailer",
];

pub(super) const SAMPLES: &[Sample] = &[
    Sample::issued("change.trailer", "document information appears", |by| {
        by.sign(dss(sealed(), "", "").revision_with("/Info 21 0 R"))
    }),
    Sample::issued("change.catalog", "the catalog opens another view", |by| {
        by.sign(with_dss(sealed(), "/PageMode /UseOutlines"))
    }),
    Sample::issued("change.object", "the language of the document", |by| {
        let open = unsigned_with(&catalog("/Lang (zh)"), FIELD);
        let closed = open.object(6, &seal("")).revision();
        by.sign(with_dss(closed, "/Lang (en)"))
    }),
    Sample::issued("change.addition", "an object that nothing needs", |by| {
        let open = dss(sealed(), "", "").object(60, "<< /Type /Catalog /Pages 2 0 R >>");
        by.sign(open.revision())
    }),
    Sample::issued("change.dss", "something else in DSS", |by| {
        by.sign(dss(sealed(), "", "/Extra [21 0 R]").revision())
    }),
    Sample::issued("change.page", "a page upside down", |by| {
        stamped(by, |stamp| stamp.page = "/Rotate 180")
    }),
    Sample::issued("change.annotation", "a note on the page", |by| {
        stamped(by, |stamp| {
            stamp.annotation = "<< /Subtype /FreeText /Rect [0 0 9 9] /Contents (void) >>"
        })
    }),
    Sample::issued("change.form", "a time-stamp that covers the page", |by| {
        stamped(by, |stamp| stamp.widget = "/Rect [0 0 9 9]")
    }),
    // The field's parts are the page's annotations: the only list of fields that may be written again.
    Sample::issued("change.field", "a field that grows a part", |by| {
        let field = FIELD.replace("/FT", "/Kids 7 0 R /FT");
        let closed = unsigned_with(&catalog(""), &field)
            .object(6, &seal(""))
            .revision();
        by.sign(with_time_stamp(closed, &Stamp::default()))
    }),
    Sample::foreign("change.field", "a field filled at level 1", |by| {
        let certifies = "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P 1 /V /1.2 >> >>]";
        let text = "<< /FT /Tx /T (name) /Subtype /Widget /Rect [0 0 1 1] /P 3 0 R >>";
        let open = unsigned().without(7).without(8).object(7, "[5 0 R 10 0 R]");
        let open = open.object(8, "[5 0 R 10 0 R]").object(10, text);
        let closed = open.object(6, &seal(certifies)).revision();
        by.sign(
            closed
                .object(10, &text.replace(" >>", " /V (x) >>"))
                .revision(),
        )
    }),
];

/// A further revision with DSS, and more in the catalog.
pub(super) fn with_dss(sealed: Builder, catalog_entries: &str) -> Builder {
    dss(sealed, catalog_entries, "").revision()
}

/// The same, still open, and more in the DSS.
fn dss(sealed: Builder, catalog_entries: &str, entries: &str) -> Builder {
    sealed
        .object(1, &catalog(&format!("/DSS 20 0 R {catalog_entries}")))
        .object(20, &format!("<< /Type /DSS /Certs [21 0 R] {entries} >>"))
        .object(21, "<< /Length 1 >>\nstream\nx\nendstream")
}

/// What a document time-stamp brings with it.
pub(super) struct Stamp {
    /// More entries in the page.
    page: &'static str,
    /// One more annotation of the page.
    annotation: &'static str,
    /// Entries of its widget.
    widget: &'static str,
}

impl Default for Stamp {
    fn default() -> Stamp {
        Stamp {
            page: "",
            annotation: "",
            widget: "/Rect [0 0 0 0]",
        }
    }
}

fn stamped(by: &Signer, spoil: fn(&mut Stamp)) -> Vec<u8> {
    let mut stamp = Stamp::default();
    spoil(&mut stamp);
    by.sign(with_time_stamp(sealed(), &stamp))
}

/// A further revision with a document time-stamp.
pub(super) fn with_time_stamp(sealed: Builder, stamp: &Stamp) -> Builder {
    let Stamp {
        page,
        annotation,
        widget,
    } = stamp;
    sealed
        .object(3, &PAGE.replace(" >>", &format!(" {page} >>")))
        .object(7, &format!("[5 0 R 30 0 R {annotation}]"))
        .object(8, "[5 0 R 30 0 R]")
        .object(
            30,
            &format!(
                "<< /FT /Sig /T (time) /Subtype /Widget /F 132 /P 3 0 R {widget} /V 31 0 R >>"
            ),
        )
        .object(31, &blank("ETSI.RFC3161", ""))
        .revision()
}

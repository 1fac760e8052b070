//! What is wrong with a template for its type, found before it is published: the template is laid out with
//! usual and with the largest values the type allows.
//!
//! Not here: whether the TOML can be understood (template). Called by `api` for `type lint` and publishing.

mod finding;
mod geometry;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;

pub use finding::LintFinding;

use crate::Error;
use crate::document::Document;
use crate::font::Fonts;
use crate::layout::lay_out;
use crate::template::{Binding, CertKey, ElementKind, Pattern, SampleSize, Template, TypeInfo};

impl Template {
    /// Everything wrong with the template for this type; empty where it may be published.
    pub fn lint(&self, info: &TypeInfo, fonts: &Arc<Fonts>) -> Vec<LintFinding> {
        let mut findings = Vec::new();
        let largest = Document::sample_sized(info, SampleSize::Largest);
        for (number, page) in self.pages.iter().enumerate() {
            geometry::check(page, info, &mut findings);
            geometry::check_background(number, page, &self.assets, &mut findings);
            for element in &page.elements {
                texts::check(element, info, fonts, &largest, &mut findings);
            }
        }
        if !self.shows(|kind| matches!(kind, ElementKind::Qr(_))) {
            findings.push(LintFinding::whole(
                "qr.absent",
                "没有二维码，窗口无法扫码核验",
                "no QR code: nobody can check the certificate by scanning it",
            ));
        }
        if !self.shows(shows_code) {
            findings.push(LintFinding::whole(
                "code.absent",
                "没有印出查验码，没有扫码设备的人无法核验",
                "no printed code: nobody can check the certificate by typing it",
            ));
        }
        // What the checks above cannot see shows when a whole certificate is laid out.
        if findings.is_empty() {
            findings.extend(
                self.trial(info, fonts)
                    .err()
                    .map(|error| LintFinding::of(&error)),
            );
        }
        findings
    }

    fn shows(&self, wanted: impl Fn(&ElementKind) -> bool) -> bool {
        self.pages
            .iter()
            .flat_map(|page| &page.elements)
            .any(|element| wanted(&element.kind))
    }

    fn trial(&self, info: &TypeInfo, fonts: &Arc<Fonts>) -> Result<(), Error> {
        let compiled = self.compile(fonts, info)?;
        for size in [SampleSize::Usual, SampleSize::Largest] {
            lay_out(&compiled, &Document::sample_sized(info, size))?;
        }
        Ok(())
    }
}

fn shows_code(kind: &ElementKind) -> bool {
    let code = |pattern: &Pattern| pattern.shows(&Binding::Cert(CertKey::Code));
    match kind {
        ElementKind::Text(text) => code(&text.pattern),
        ElementKind::Table(table) => table.rows.iter().any(|row| code(&row.value)),
        _ => false,
    }
}

//! The registry's question before it publishes a type, answered by the template lint.

use std::sync::Arc;

use registry::Sentence;
use registry::types::{Lint, LintFinding, Severity, TypePackage};

use crate::Error;
use crate::font::Fonts;
use crate::template::{Assets, Template, TypeInfo};

/// Lays the type out on trial with these fonts.
pub struct TemplateLint {
    /// The fonts that the certificates will be set in.
    pub fonts: Arc<Fonts>,
    /// Length of the address in QR codes, in bytes.
    pub verify_url_len: usize,
}

/// Room for any CMS this software makes; a trial seals nothing.
const CONTENTS_BYTES: usize = 8192;

impl Lint for TemplateLint {
    fn lint(&self, package: &TypePackage) -> Vec<LintFinding> {
        let info = TypeInfo::of(package.definition(), self.verify_url_len, CONTENTS_BYTES);
        match Template::of(package) {
            Ok(template) => template
                .lint(&info, &self.fonts)
                .iter()
                .map(finding)
                .collect(),
            Err(error) => {
                let template = package.definition().template.as_str();
                vec![LintFinding {
                    severity: Severity::Error,
                    code: "template.unreadable".to_owned(),
                    place: Sentence::new(template, template),
                    what: Sentence::new(error.zh(), error.to_string()),
                }]
            }
        }
    }
}

impl Template {
    /// The template of a type.
    ///
    /// # Errors
    /// [`Error::Template`] with the place of the first thing not understood.
    pub fn of(package: &TypePackage) -> Result<Self, Error> {
        let source = package.template();
        let assets: Assets = source
            .assets
            .iter()
            .map(|(name, bytes)| (name.clone(), Arc::from(bytes.as_slice())))
            .collect();
        Self::parse(&source.text, assets)
    }
}

/// Whatever the template lint finds would spoil certificates.
fn finding(finding: &crate::LintFinding) -> LintFinding {
    LintFinding {
        severity: Severity::Error,
        code: finding.code.to_owned(),
        place: Sentence::new(finding.place.zh(), finding.place.to_string()),
        what: Sentence::new(finding.zh.as_str(), finding.en.as_str()),
    }
}

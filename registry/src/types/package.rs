//! A type with its template: what is proposed, published, and pinned in certificates.

use std::collections::BTreeMap;
use std::sync::Arc;

use ring::digest;

use super::{DefinitionFault, TypeDefinition};

/// The text of a template and the files it names. Opaque to the registry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateSource {
    /// The template file.
    pub text: String,
    /// Backgrounds and pictures by file name.
    pub assets: BTreeMap<String, Vec<u8>>,
}

/// A type file as written, what it means, and its template. Never changes; a correction is a new
/// version.
#[derive(Debug, Clone)]
pub struct TypePackage {
    source: String,
    definition: TypeDefinition,
    template: TemplateSource,
    digest: [u8; 32],
}

impl TypePackage {
    /// Reads a type file and takes its template along.
    pub fn parse(source: &str, template: TemplateSource) -> Result<Self, Vec<DefinitionFault>> {
        let definition = TypeDefinition::parse(source)?;
        let digest = digest_of(source, &template);
        Ok(Self {
            source: source.to_owned(),
            definition,
            template,
            digest,
        })
    }

    /// The type file as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it means.
    pub fn definition(&self) -> &TypeDefinition {
        &self.definition
    }

    /// Its template.
    pub fn template(&self) -> &TemplateSource {
        &self.template
    }

    /// SHA-256 over type file, template and assets with their names and lengths.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

fn digest_of(source: &str, template: &TemplateSource) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    part(source.as_bytes());
    part(template.text.as_bytes());
    for (name, bytes) in &template.assets {
        part(name.as_bytes());
        part(bytes);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// A version that is or was published: certificates pin it. Made only by
/// [`TypeVersion::published`](super::TypeVersion::published). Cheap to clone.
#[derive(Debug, Clone)]
pub struct PublishedType {
    pub(super) package: Arc<TypePackage>,
    pub(super) version: u32,
}

impl PublishedType {
    /// The number of the version, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What may be issued.
    pub fn definition(&self) -> &TypeDefinition {
        &self.package.definition
    }

    /// File, template and digest.
    pub fn package(&self) -> &Arc<TypePackage> {
        &self.package
    }
}

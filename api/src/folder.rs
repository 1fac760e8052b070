//! The data folder: where everything of one embedded installation lies.
//!
//! Only names are fixed here; who owns a path's content reads and writes it.

use std::path::{Path, PathBuf};

use crate::remote::Identity;

/// A data folder, by its paths.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder(PathBuf);

impl DataFolder {
    /// Names a folder; nothing is touched.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Addresses, fonts, database.
    pub(crate) fn settings(&self) -> PathBuf {
        self.0.join("yinxin.toml")
    }

    /// The settings of an installation that is being made, or whose making was cut off.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.0.join("yinxin.toml.unfinished")
    }

    /// The same while it is being written.
    pub(crate) fn unfinished_part(&self) -> PathBuf {
        self.0.join("yinxin.toml.part")
    }

    /// All that the making of an installation puts here besides its settings, its registry included.
    pub(crate) fn parts(&self) -> Vec<PathBuf> {
        let registry = [
            "registry.db",
            "registry.db-wal",
            "registry.db-shm",
            "lock",
            "segments",
            "spool",
        ];
        let mut parts = vec![self.keys(), self.policy(), self.anchors(), self.crl()];
        parts.extend(registry.map(|name| self.0.join(name)));
        parts
    }

    /// Key files, each sealed under the passphrase.
    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    /// The passphrase of a demo; a real installation keeps it elsewhere.
    pub(crate) fn passphrase(&self) -> PathBuf {
        self.0.join("passphrase")
    }

    /// What verifiers need: anchors by purpose, seal X.509s, CRLs, algorithms.
    pub(crate) fn policy(&self) -> PathBuf {
        self.0.join("policy.toml")
    }

    /// Marks a folder that a demo made, and may make anew.
    pub(crate) fn demo_mark(&self) -> PathBuf {
        self.0.join("made-by-demo")
    }

    /// The root, for other software.
    pub(crate) fn anchors(&self) -> PathBuf {
        self.0.join("anchors.pem")
    }

    /// The CRLs of our own CAs.
    pub(crate) fn crl(&self) -> PathBuf {
        self.0.join("crl.pem")
    }

    /// X.509s of ours that are revoked.
    pub(crate) fn revoked(&self) -> PathBuf {
        self.0.join("revoked.toml")
    }

    /// Key and X.509 of the first operator; to be moved to where that person works.
    pub(crate) fn operator(&self) -> Identity {
        Identity::at(self.0.join("operator"))
    }

    /// Key and X.509 of a person of the demo.
    pub(crate) fn person(&self, account: &str, unit: &str) -> Identity {
        Identity::at(self.0.join("people").join(format!("{account}@{unit}")))
    }

    /// The newest CRL of each outside CA that certified a seal key of ours.
    pub(crate) fn outside_crls(&self) -> PathBuf {
        self.0.join("outside-crls")
    }

    /// Sealed files that are good.
    pub(crate) fn good_samples(&self) -> PathBuf {
        self.0.join("sample/good")
    }

    /// Files that must be refused.
    pub(crate) fn bad_samples(&self) -> PathBuf {
        self.0.join("sample/bad")
    }
}

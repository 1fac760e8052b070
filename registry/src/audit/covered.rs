//! What a row of the log covers of the record that is written with it: digests of what was decided,
//! so that whoever changes the record alone is found (`store::log_covers` holds them against it).

use ring::digest::{Context, SHA256};

use super::chain::finish;
use crate::certificates::{Transition, TransitionKind};
use crate::ids::Id;

/// What is decided about a certificate when it is approved or imported, as the record holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decided<'a> {
    pub(crate) certificate: &'a str,
    pub(crate) type_code: &'a str,
    pub(crate) type_version: i64,
    pub(crate) agency: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) version: i64,
    /// The identifier that an earlier system gave.
    pub(crate) foreign: Option<&'a str>,
    pub(crate) issued: &'a str,
    pub(crate) effective: &'a str,
    pub(crate) expiring: Option<&'a str>,
    pub(crate) approved_at: i64,
    pub(crate) content_hash: &'a [u8],
}

impl Decided<'_> {
    /// SHA-256 over every field.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Covering::new("decided")
            .text(self.certificate)
            .text(self.type_code)
            .number(self.type_version)
            .text(self.agency)
            .text(self.serial)
            .number(self.version)
            .optional(self.foreign)
            .text(self.issued)
            .text(self.effective)
            .optional(self.expiring)
            .number(self.approved_at)
            .bytes(self.content_hash)
            .digest()
    }
}

/// The word of an issue: what was decided, and the file that was kept for it.
pub(crate) fn issue(decided: &[u8; 32], file_sha256: &[u8; 32]) -> String {
    let digest = Covering::new("issue").bytes(decided).bytes(file_sha256);
    format!("{RECORD}{}", hex::encode(digest.digest()))
}

/// The word of an import.
pub(crate) fn import(decided: &[u8; 32]) -> String {
    format!("{RECORD}{}", hex::encode(decided))
}

/// The word of a transition, at its place in the history of a certificate.
pub(crate) fn transition(certificate: Id, place: u64, entry: &Transition) -> String {
    let authority = entry.authority.as_ref();
    let (until, by) = match &entry.kind {
        TransitionKind::Suspend { until } => (until.map(|until| until.as_millisecond()), None),
        TransitionKind::Supersede { by } => (None, Some(by.to_string())),
        _ => (None, None),
    };
    let mut covering = Covering::new("transition")
        .text(&certificate.to_string())
        .bytes(&place.to_be_bytes())
        .text(entry.kind.as_str())
        .number(entry.effective_at.as_millisecond())
        .number(entry.recorded_at.as_millisecond())
        .text(&entry.actor.to_string())
        .optional(authority.map(|authority| authority.code.as_str()))
        .optional(authority.map(|authority| authority.name.as_str()))
        .optional(authority.map(|authority| authority.region.as_str()))
        .optional(entry.reason.as_ref().map(|reason| reason.code.as_str()))
        .optional(entry.reason.as_ref().map(|reason| reason.about.as_str()))
        .optional(entry.legal_basis.as_deref())
        .optional(until.map(|until| until.to_string()).as_deref())
        .optional(by.as_deref());
    for digest in &entry.evidence {
        covering = covering.bytes(digest);
    }
    format!("{TRANSITION}{}", hex::encode(covering.digest()))
}

const RECORD: &str = "record=";
const TRANSITION: &str = "transition=";

/// Whether the detail of a row says this word, or is of before such words were written.
pub(crate) fn says(detail: &str, word: &str) -> bool {
    let name = word.split_inclusive('=').next().unwrap_or(word);
    let mut words = detail.split(' ').filter(|said| said.starts_with(name));
    words.next().is_none_or(|said| said == word)
}

/// A digest over fields, each with its length in front.
struct Covering(Context);

impl Covering {
    fn new(of: &str) -> Self {
        Self(Context::new(&SHA256)).text(of)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u32).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn number(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Nothing is not the same as an empty text.
    fn optional(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text("some").text(text),
            None => self.text("none"),
        }
    }

    fn digest(self) -> [u8; 32] {
        finish(self.0)
    }
}

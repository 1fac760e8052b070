//! The digests that bind a plan to the bytes of its file, whatever the container.

use std::fmt::Write as _;
use std::ops::Range;

use ring::digest::{Context, SHA256};

use crate::error::{Error, Result};

/// The digests of a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDigests {
    /// The container of the file.
    pub container: Container,
    /// The algorithm of every digest here.
    pub algorithm: DigestAlgorithm,
    /// What the seal covers, part by part.
    pub covered: Vec<Covered>,
    /// Digest over everything that went into the layout.
    pub inputs: [u8; 32],
}

/// A container of sealed files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// PDF: one part named `file`.
    Pdf,
}

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
}

/// A part of a file that the seal covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Name of the part within the container.
    pub part: String,
    /// Its covered bytes, in order.
    pub ranges: Vec<Range<u64>>,
    /// Digest over them.
    pub digest: [u8; 32],
}

/// What is computed from the bytes that a signer brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileDigests {
    pub(super) file: [u8; 32],
    pub(super) covered: [u8; 32],
}

impl PlanDigests {
    /// The digests of a sealed PDF: two covered ranges around the gap of the signature.
    pub fn pdf(covered: [Range<u64>; 2], digest: [u8; 32], inputs: [u8; 32]) -> Self {
        let covered = Covered {
            part: "file".to_owned(),
            ranges: covered.to_vec(),
            digest,
        };
        Self {
            container: Container::Pdf,
            algorithm: DigestAlgorithm::Sha256,
            covered: vec![covered],
            inputs,
        }
    }

    /// The digest of the one part of a file that is not a package.
    pub(super) fn covered_digest(&self) -> [u8; 32] {
        self.covered
            .first()
            .map_or([0; 32], |covered| covered.digest)
    }

    /// Hashes a file and its covered ranges; `None` where the bytes are not those of the plan:
    /// another digest, or another length than the last range ends at.
    pub(super) fn check(&self, bytes: &[u8]) -> Option<FileDigests> {
        let [Covered { ranges, digest, .. }] = &self.covered[..] else {
            return None;
        };
        let end = ranges.last()?.end;
        if bytes.len() as u64 != end {
            return None;
        }
        let mut file = Context::new(&SHA256);
        let mut covered = Context::new(&SHA256);
        let mut at = 0;
        for range in ranges {
            let (start, end) = (
                usize::try_from(range.start).ok()?,
                usize::try_from(range.end).ok()?,
            );
            let part = bytes.get(start..end)?;
            let between = bytes.get(at..start)?;
            if at == 0 && between.is_empty() {
                // Both digests begin alike: the long first range is hashed once.
                covered.update(part);
                file = covered.clone();
            } else {
                file.update(between);
                file.update(part);
                covered.update(part);
            }
            at = end;
        }
        let found = FileDigests {
            file: finish(file),
            covered: finish(covered),
        };
        (found.covered == *digest).then_some(found)
    }

    /// As stored: `file 0-100,164-200 <hex>`, one line a part.
    pub(super) fn covered_text(&self) -> String {
        let mut text = String::new();
        for covered in &self.covered {
            let ranges: Vec<String> = covered
                .ranges
                .iter()
                .map(|r| format!("{}-{}", r.start, r.end))
                .collect();
            let digest = hex::encode(covered.digest);
            let _ = writeln!(text, "{} {} {digest}", covered.part, ranges.join(","));
        }
        text
    }

    /// Reads what was stored.
    pub(super) fn stored(inputs: &[u8], covered: &str) -> Result<Self> {
        let damaged = || {
            Error::damaged(
                "计划的摘要无法读出",
                "the digests of a plan do not read back",
            )
        };
        Ok(Self {
            container: Container::Pdf,
            algorithm: DigestAlgorithm::Sha256,
            covered: covered
                .lines()
                .map(|line| read_covered(line).ok_or_else(damaged))
                .collect::<Result<_>>()?,
            inputs: inputs.try_into().map_err(|_| damaged())?,
        })
    }
}

fn read_covered(line: &str) -> Option<Covered> {
    let mut words = line.split(' ');
    let (part, ranges, digest) = (words.next()?, words.next()?, words.next()?);
    let range = |text: &str| {
        let (start, end) = text.split_once('-')?;
        Some(start.parse().ok()?..end.parse().ok()?)
    };
    let mut bytes = [0; 32];
    hex::decode_to_slice(digest, &mut bytes).ok()?;
    Some(Covered {
        part: part.to_owned(),
        ranges: ranges.split(',').map(range).collect::<Option<_>>()?,
        digest: bytes,
    })
}

impl Container {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Container::Pdf => "pdf",
        }
    }
}

impl DigestAlgorithm {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            DigestAlgorithm::Sha256 => "sha-256",
        }
    }
}

fn finish(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use ring::digest::digest;

    use super::*;

    fn sha256(bytes: &[u8]) -> [u8; 32] {
        digest(&SHA256, bytes).as_ref().try_into().unwrap()
    }

    #[test]
    fn only_the_bytes_of_the_plan_pass() {
        let plan = PlanDigests::pdf([0..4, 7..10], sha256(b"headend"), [1; 32]);
        let check = |bytes: &[u8]| plan.check(bytes);
        let found = check(b"head<x>end").unwrap();
        assert_eq!(found.file, sha256(b"head<x>end"));
        assert_eq!(found.covered, sha256(b"headend"));
        assert!(check(b"head<y>end").is_some(), "the gap is free");
        for other in [
            &b"heaX<x>end"[..],
            b"head<x>enX",
            b"head<x>end ",
            b"head<x>en",
            b"",
        ] {
            assert!(check(other).is_none());
        }
        let late = PlanDigests::pdf([1..4, 7..10], sha256(b"eadend"), [1; 32]);
        assert_eq!(
            late.check(b"head<x>end").unwrap().file,
            sha256(b"head<x>end")
        );
        #[expect(clippy::reversed_empty_ranges, reason = "a damaged record")]
        let reversed = PlanDigests::pdf([5..2, 7..10], sha256(b""), [1; 32]);
        assert!(reversed.check(b"head<x>end").is_none());
    }

    #[test]
    fn what_is_stored_reads_back() {
        let plan = PlanDigests::pdf([0..4, 7..10], [2; 32], [1; 32]);
        assert_eq!(
            PlanDigests::stored(&plan.inputs, &plan.covered_text()).unwrap(),
            plan
        );
        for damaged in ["file", "file 0-x 00", "file 0-4 00"] {
            assert!(PlanDigests::stored(&[1; 32], damaged).is_err(), "{damaged}");
        }
    }
}

//! What a writer has read before writing: so that of two who change one thing at once, the second is told.
//!
//! An [`Edition`] names what stands on record about an object; [`Expected`] is asked within the transaction that
//! writes, under the lock of the object. It judges nothing else.

use ring::digest::{Context, SHA256};

use crate::error::{Error, Result};

/// What stands on record about one object: another one after each change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition(pub [u8; 16]);

/// What must stand on record for a write to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever does, or nothing.
    Anything,
    /// Something.
    Present,
    /// One of these.
    OneOf(Vec<Edition>),
}

impl Edition {
    /// Of all that may change about an object, in an order of its own.
    pub(crate) fn of(parts: &[&str]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut edition = [0; 16];
        edition.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(edition)
    }
}

impl Expected {
    /// Whether the object has to be looked at, and locked, before it is written.
    pub(crate) fn asks(&self) -> bool {
        *self != Self::Anything
    }

    /// Compares with what stands on record.
    ///
    /// # Errors
    /// [`Error::Refused`] `precondition_failed`.
    pub(crate) fn met_by(&self, standing: Option<Edition>) -> Result<()> {
        let met = match self {
            Self::Anything => true,
            Self::Present => standing.is_some(),
            Self::OneOf(editions) => standing.is_some_and(|standing| editions.contains(&standing)),
        };
        match met {
            true => Ok(()),
            false => Err(Error::refused(
                "precondition_failed",
                "该对象在您读取之后已被他人更改，或并不存在；未作任何改动，请重新读取、核对后再提交",
                "this was changed by somebody else after you read it, or is not there; nothing was written: \
                 read it again, compare, then send your change again",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_asks_for_what_was_read() {
        let (old, new) = (Edition::of(&["a", "b"]), Edition::of(&["ab", ""]));
        assert_ne!(old, new);
        for (expected, standing, met) in [
            (Expected::Anything, None, true),
            (Expected::Present, None, false),
            (Expected::Present, Some(old), true),
            (Expected::OneOf(vec![new, old]), Some(old), true),
            (Expected::OneOf(vec![new]), Some(old), false),
            (Expected::OneOf(vec![new]), None, false),
            (Expected::OneOf(Vec::new()), Some(old), false),
        ] {
            assert_eq!(expected.met_by(standing).is_ok(), met, "{expected:?}");
        }
    }
}

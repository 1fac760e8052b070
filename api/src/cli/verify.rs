//! `yinxin verify`: files in, verdicts out.
//!
//! With `--seal-only` nothing but the file, the policy and the time is asked. Otherwise the records
//! of a data folder are joined in, and only then the answer may say "authentic".

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use verifier::report::{Indication, SealReport};
use verifier::{Budgets, Trust};

use super::args::Verify;
use crate::clock;
use crate::language::Language;
use crate::problem::Problem;

/// Exit codes of one file (design §8), and of several: the gravest speaks, in the order 2, 1, 3, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Good,
    Unknown,
    Bad,
    Unreadable,
}

impl Answer {
    fn exit_code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Unknown => 3,
            Self::Bad => 1,
            Self::Unreadable => 2,
        }
    }

    fn of_seal(indication: Option<Indication>) -> Self {
        match indication {
            Some(Indication::TotalPassed) => Self::Good,
            Some(Indication::Indeterminate) => Self::Unknown,
            Some(Indication::TotalFailed) | None => Self::Bad,
        }
    }
}

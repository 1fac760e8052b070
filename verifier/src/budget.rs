//! What one examination may cost. Work is counted, never timed, so the same file always gets the same answer.
//!
//! Not a rule about files: `limit.exceeded` says that we stopped looking, so it is INDETERMINATE.
//! Every reader of the crate spends from one [`Meter`].

use crate::report::{Finding, Severity, SubIndication};

/// The one table of limits. With the defaults no file up to 1 MiB costs more than 200 ms
/// of a present core and 256 MiB; the tests in
/// `hostile` hold it against files made for that, and `docs/benchmarks.md` names the worst of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Bytes of the file itself.
    pub input: u64,
    /// Bytes that all decoded streams may have together.
    pub inflated: u64,
    /// Bytes that one decoded stream may have.
    pub inflated_per_stream: u64,
    /// Filters in one stream's chain.
    pub filters_per_stream: u64,
    /// Levels of arrays, dictionaries, page-tree or field-tree nodes, ASN.1 values.
    pub nesting: u64,
    /// Parsed values (numbers, names, dictionaries …) for each MiB of input, at least one MiB's worth.
    pub objects: u64,
    /// Cross-reference sections.
    pub revisions: u64,
    /// Signatures and time-stamps that are examined.
    pub signatures: u64,
    /// Work units for each MiB of input, at least one MiB's worth. A unit is about one byte scanned or hashed;
    /// a public-key operation is [`PUBLIC_KEY_WORK`].
    pub work: u64,
}

/// Work units that one public-key operation costs.
pub const PUBLIC_KEY_WORK: u64 = 100_000;

impl Default for Budgets {
    fn default() -> Self {
        Self {
            input: 256 << 20,
            inflated: 24 << 20,
            inflated_per_stream: 16 << 20,
            filters_per_stream: 4,
            nesting: 64,
            objects: 3 << 17,
            revisions: 128,
            signatures: 32,
            work: 12 << 20,
        }
    }
}

/// What can run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// See [`Budgets::input`].
    Input,
    /// See [`Budgets::inflated`].
    Inflated,
    /// See [`Budgets::inflated_per_stream`].
    InflatedPerStream,
    /// See [`Budgets::filters_per_stream`].
    FiltersPerStream,
    /// See [`Budgets::nesting`].
    Nesting,
    /// See [`Budgets::objects`].
    Objects,
    /// See [`Budgets::revisions`].
    Revisions,
    /// See [`Budgets::signatures`].
    Signatures,
    /// See [`Budgets::work`].
    Work,
}

impl Resource {
    fn words(self) -> &'static str {
        match self {
            Self::Input => "bytes in the file",
            Self::Inflated => "bytes of decoded streams in total",
            Self::InflatedPerStream => "bytes of one decoded stream",
            Self::FiltersPerStream => "filters on one stream",
            Self::Nesting => "levels of nesting",
            Self::Objects => "values in objects",
            Self::Revisions => "revisions",
            Self::Signatures => "signatures",
            Self::Work => "units of work",
        }
    }
}

/// What is left of the [`Budgets`] for one file. Never refilled.
#[derive(Debug)]
pub struct Meter {
    limits: Budgets,
    inflated: u64,
    objects: u64,
    revisions: u64,
    signatures: u64,
    work: u64,
}

impl Meter {
    /// A full meter for a file of `input` bytes; `limit.exceeded` if the file is too large.
    pub fn new(limits: &Budgets, input: usize) -> Result<Self, Finding> {
        let input = input as u64;
        if input > limits.input {
            return Err(exceeded(Resource::Input, limits.input));
        }
        let mebibytes = input.div_ceil(1 << 20).max(1);
        let mut limits = limits.clone();
        limits.objects = limits.objects.saturating_mul(mebibytes);
        limits.work = limits.work.saturating_mul(mebibytes);
        Ok(Self {
            limits,
            inflated: 0,
            objects: 0,
            revisions: 0,
            signatures: 0,
            work: 0,
        })
    }

    /// Takes `amount` of what adds up over the file.
    #[inline]
    pub fn spend(&mut self, resource: Resource, amount: u64) -> Result<(), Finding> {
        let (spent, limit) = match resource {
            Resource::Inflated => (&mut self.inflated, self.limits.inflated),
            Resource::Objects => (&mut self.objects, self.limits.objects),
            Resource::Revisions => (&mut self.revisions, self.limits.revisions),
            Resource::Signatures => (&mut self.signatures, self.limits.signatures),
            Resource::Work => (&mut self.work, self.limits.work),
            _ => return self.within(resource, amount),
        };
        *spent = spent.saturating_add(amount);
        if *spent > limit {
            Err(exceeded(resource, limit))
        } else {
            Ok(())
        }
    }

    /// Holds `amount` of what does not add up (nesting, one stream) against its limit.
    #[inline]
    pub fn within(&self, resource: Resource, amount: u64) -> Result<(), Finding> {
        let limit = match resource {
            Resource::Input => self.limits.input,
            Resource::InflatedPerStream => self.limits.inflated_per_stream,
            Resource::FiltersPerStream => self.limits.filters_per_stream,
            Resource::Nesting => self.limits.nesting,
            Resource::Inflated => self.limits.inflated,
            Resource::Objects => self.limits.objects,
            Resource::Revisions => self.limits.revisions,
            Resource::Signatures => self.limits.signatures,
            Resource::Work => self.limits.work,
        };
        if amount > limit {
            Err(exceeded(resource, limit))
        } else {
            Ok(())
        }
    }

    /// Bytes that the next stream may inflate to.
    pub fn inflatable(&self) -> u64 {
        self.limits
            .inflated_per_stream
            .min(self.limits.inflated.saturating_sub(self.inflated))
    }
}

#[cold]
fn exceeded(resource: Resource, limit: u64) -> Finding {
    Finding {
        code: "limit.exceeded",
        severity: Severity::Indeterminate,
        sub_indication: Some(SubIndication::Generic),
        seen: format!(
            "more than {limit} {}; the file was not examined further",
            resource.words()
        ),
        clause: "ETSI EN 319 102-1 5.1.3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spending_adds_up_and_ends() {
        let limits = Budgets {
            work: 10,
            ..Budgets::default()
        };
        let mut meter = Meter::new(&limits, 5).unwrap();
        assert!(meter.spend(Resource::Work, 6).is_ok());
        assert!(meter.spend(Resource::Work, 4).is_ok());
        let finding = meter.spend(Resource::Work, 1).unwrap_err();
        assert_eq!(
            (finding.code, finding.severity),
            ("limit.exceeded", Severity::Indeterminate)
        );
        assert!(
            meter.spend(Resource::Work, u64::MAX).is_err(),
            "no overflow back to zero"
        );
    }

    #[test]
    fn a_large_file_gets_more_work_but_not_more_inflation() {
        let limits = Budgets::default();
        let mut meter = Meter::new(&limits, 3 << 20).unwrap();
        assert!(meter.spend(Resource::Work, 3 * limits.work).is_ok());
        assert!(
            meter
                .spend(Resource::Inflated, limits.inflated + 1)
                .is_err()
        );
    }

    #[test]
    fn too_large_a_file_is_not_read_at_all() {
        let limits = Budgets {
            input: 4,
            ..Budgets::default()
        };
        assert_eq!(Meter::new(&limits, 5).unwrap_err().code, "limit.exceeded");
    }
}

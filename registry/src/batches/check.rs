//! A row against the record: the agency's right on its day, its ref, its number.

use std::collections::HashMap;

use super::Batches;
use super::answers::RowFault;
use super::lease::Lease;
use super::reader::ReadRow;
use crate::certificates::{Identifier, Serial, TypeCode, Version};
use crate::cipher::{Hash, Subject};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::{CheckedRow, RowNumber};
use crate::store::Connection;
use crate::store::claims::{self, Claimed, Holding};
use crate::units::CreditCode;

/// Rows to approve, and rows that are answered.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) fresh: Vec<CheckedRow>,
    pub(super) answered: Vec<Answered>,
}

/// A row that comes to no certificate of its own.
#[derive(Debug)]
pub(super) enum Answered {
    Refused {
        row: u64,
        faults: Vec<RowFault>,
    },
    Existing {
        row: u64,
        certificate: Id,
        identifier: Identifier,
    },
}

impl Answered {
    pub(super) fn refused(row: u64, fault: RowFault) -> Self {
        Self::Refused {
            row,
            faults: vec![fault],
        }
    }
}

impl Batches<'_> {
    /// Sorts rows by what the record says now. The plan transaction asks again.
    pub(super) async fn sort(&self, lease: &Lease, rows: Vec<ReadRow>) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        let mut checked = Vec::with_capacity(rows.len());
        for row in rows {
            match row.checked {
                Err(faults) => sorted.answered.push(Answered::Refused {
                    row: row.row,
                    faults,
                }),
                Ok(fine) if !lease.rights.iter().any(|right| right.covers(fine.issued)) => {
                    sorted
                        .answered
                        .push(Answered::refused(row.row, not_entitled()));
                }
                Ok(fine) => checked.push(fine),
            }
        }
        let taken = self.taken(lease, &checked).await?;
        for row in checked {
            let holding = |subject| {
                let mut hashes = self.registry.vault().hashes(subject).into_iter();
                hashes.find_map(|(_, hash)| taken.get(&hash))
            };
            // The certificate that a row replaces may have its number.
            let number = match &row.number {
                RowNumber::Given(number) if row.replaces.is_none() => holding(lease.number(number)),
                _ => None,
            };
            match (holding(lease.reference(&row.reference)), number) {
                (Some(first), _) => {
                    sorted
                        .answered
                        .push(self.same_ref(lease, row.row, &row.digest, first)?);
                }
                (None, Some(_)) => {
                    sorted
                        .answered
                        .push(Answered::refused(row.row, number_taken()));
                }
                (None, None) => sorted.fresh.push(row),
            }
        }
        Ok(sorted)
    }

    /// The certificates that hold a ref or number of these rows.
    async fn taken(&self, lease: &Lease, rows: &[CheckedRow]) -> Result<HashMap<Hash, Holding>> {
        let vault = self.registry.vault();
        let mut hashes = Vec::with_capacity(rows.len() * 2);
        for row in rows {
            hashes.extend(vault.hashes(lease.reference(&row.reference)));
            if let RowNumber::Given(number) = &row.number {
                hashes.extend(vault.hashes(lease.number(number)));
            }
        }
        let hashes: Vec<Hash> = hashes.into_iter().map(|(_, hash)| hash).collect();
        let mut reader = self.registry.store().reader().await?;
        self.holdings(&mut reader, &hashes).await
    }

    /// The certificates behind claims, by the claimed hash.
    pub(super) async fn holdings(
        &self,
        on: &mut Connection,
        hashes: &[Hash],
    ) -> Result<HashMap<Hash, Holding>> {
        let dialect = self.registry.store().dialect();
        let claims = claims::claims(on, dialect, hashes).await?;
        let ids: Vec<Id> = claims.iter().map(|claim| claim.certificate).collect();
        let holdings = claims::holdings(on, dialect, &ids).await?;
        let holdings: HashMap<Id, Holding> = holdings
            .into_iter()
            .map(|holding| (holding.certificate, holding))
            .collect();
        let of = |claim: &Claimed| Some((claim.hash, holdings.get(&claim.certificate)?.clone()));
        Ok(claims.iter().filter_map(of).collect())
    }

    /// A row whose ref is taken: answered by its certificate if the content is equal, and if that is
    /// issued or comes to it with this job.
    pub(super) fn same_ref(
        &self,
        lease: &Lease,
        row: u64,
        digest: &[u8; 32],
        first: &Holding,
    ) -> Result<Answered> {
        let (version, hash) = first.content;
        let same = self
            .registry
            .vault()
            .hash_under(version, Subject::RowContent(digest))?
            == hash;
        if !same {
            return Ok(Answered::refused(row, ref_conflict()));
        }
        if let Some(other) = first.job
            && matches!(first.state.as_str(), "approved" | "pending_review")
            && other != lease.job
        {
            return Ok(Answered::refused(row, ref_under_way(other)));
        }
        let identifier = identifier(first)?;
        Ok(Answered::Existing {
            row,
            certificate: first.certificate,
            identifier,
        })
    }
}

impl Lease {
    /// The ref of a row, as it is hashed.
    pub(super) fn reference<'a>(&'a self, name: &'a str) -> Subject<'a> {
        Subject::Ref {
            agency: self.agency.code.as_str(),
            type_code: self.type_code(),
            name,
        }
    }

    /// A printed number, as it is hashed.
    pub(super) fn number<'a>(&'a self, number: &'a str) -> Subject<'a> {
        Subject::Number {
            agency: self.agency.code.as_str(),
            type_code: self.type_code(),
            number,
        }
    }

    pub(super) fn type_code(&self) -> &str {
        self.published.definition().code.as_str()
    }
}

fn identifier(holding: &Holding) -> Result<Identifier> {
    let damaged = || Error::damaged("证照标识无法读出", "a stored identifier does not read back");
    let version = u16::try_from(holding.version).ok().and_then(Version::new);
    Ok(Identifier::new(
        TypeCode::parse(&holding.type_code).map_err(|_| damaged())?,
        CreditCode::parse(&holding.agency).map_err(|_| damaged())?,
        Serial::parse(&holding.serial).map_err(|_| damaged())?,
        version.ok_or_else(damaged)?,
    ))
}

pub(super) fn not_entitled() -> RowFault {
    RowFault::new(
        "agency.not_entitled",
        None,
        "发证机构在颁发日期无权颁发此类证照",
        "the agency may not issue this type on the day of issue; check the day or authorise it",
    )
}

pub(super) fn number_taken() -> RowFault {
    RowFault::new(
        "number.taken",
        None,
        "证照编号已被另一份证照使用",
        "another certificate of this agency and type has this number; check the number",
    )
}

pub(super) fn ref_conflict() -> RowFault {
    RowFault::new(
        "ref.conflict",
        Some("ref"),
        "同一 ref 已用于不同内容（此前推送的，或本文件前面的行）；新数据和新版本都请用新的 ref，新版本另用 replaces 指明原证照",
        "this ref stands for other content, pushed before or in a row above; new data and new versions take a new ref, and a new version names what it replaces",
    )
}

pub(super) fn ref_under_way(job: Id) -> RowFault {
    RowFault::new(
        "ref.under_way",
        Some("ref"),
        &format!("批次 {job} 已收到此 ref 而尚未颁发；请待其完成或将其取消后重新推送"),
        &format!(
            "batch {job} has this ref and has not issued it; let it end or cancel it, then push again"
        ),
    )
}

pub(super) fn holder_has_one() -> RowFault {
    RowFault::new(
        "holder.has_one",
        None,
        "持证主体已有一份有效的此类证照，该类型每人仅限一份",
        "the holder has a certificate of this type that has not ended, and may have one only",
    )
}

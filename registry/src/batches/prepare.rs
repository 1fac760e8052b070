//! A group on its way into the plan transaction: what can be computed and sealed before it.

use std::sync::Arc;

use super::answers::RowFault;
use super::approved::{Approved, GroupSpan, Origin};
use super::check::Answered;
use super::digests::PlanDigests;
use super::lease::Lease;
use super::plan::Laid;
use super::stored::{seal_content, seal_inputs};
use crate::certificates::LOOKUP_NAME_RULE;
use crate::cipher::{Hash, Subject, Vault, WrappedKey};
use crate::error::{Error, Result};
use crate::store::plans::{ClaimKind, Hashed, LookupKind, NewCertificate};

/// A new row on its way into the plan transaction, with all that can be computed before it.
pub(super) struct Fresh {
    pub(super) approved: Approved,
    pub(super) digests: PlanDigests,
    pub(super) wrapped: WrappedKey,
    pub(super) digest: [u8; 32],
    pub(super) face: Vec<u8>,
    pub(super) inputs: Vec<u8>,
    pub(super) claims: [Hashed<ClaimKind>; 3],
    pub(super) lookups: Vec<Hashed<LookupKind>>,
    /// Of each holder, under every live key; empty unless the type allows one instance.
    pub(super) single: Vec<Hash>,
}

/// A plan on record that was laid out again.
pub(super) struct Again {
    pub(super) approved: Approved,
    pub(super) digests: PlanDigests,
}

/// A group before its transaction.
pub(super) struct Prepared {
    pub(super) fresh: Vec<Fresh>,
    pub(super) again: Vec<Again>,
    pub(super) answered: Vec<Answered>,
    /// The rows that are answered by this call, if the whole group has come back.
    pub(super) span: Option<(u64, u64)>,
}

impl Prepared {
    pub(super) fn of(laid: Vec<Laid>, vault: &Vault, single: bool) -> Result<Self> {
        let mut prepared = Self {
            fresh: Vec::new(),
            again: Vec::new(),
            answered: Vec::new(),
            span: None,
        };
        prepared.span = whole_group(&laid);
        for laid in laid {
            match laid {
                Laid::Out(approved, digests) => match &approved.record.origin {
                    Origin::Row { .. } => {
                        prepared
                            .fresh
                            .push(Fresh::of(approved, digests, vault, single)?);
                    }
                    Origin::Plan(_) => prepared.again.push(Again { approved, digests }),
                },
                Laid::Refused(approved, fault) => match approved.record.origin {
                    Origin::Row { .. } => {
                        prepared
                            .answered
                            .push(Answered::refused(approved.record.place, fault));
                    }
                    // It was laid out once, so fonts or program have changed: the plan stays open.
                    Origin::Plan(_) => return Err(refused_again(&approved, &fault)),
                },
            }
        }
        Ok(prepared)
    }
}

/// The span of rows of a group, where all its approved rows are here.
fn whole_group(laid: &[Laid]) -> Option<(u64, u64)> {
    let mut group: Option<&Arc<GroupSpan>> = None;
    for laid in laid {
        let (Laid::Out(approved, _) | Laid::Refused(approved, _)) = laid;
        let Origin::Row { group: of, .. } = &approved.record.origin else {
            return None;
        };
        if group.is_some_and(|group| !Arc::ptr_eq(group, of)) {
            return None;
        }
        group = Some(of);
    }
    let group = group?;
    (group.approved == laid.len()).then_some((group.after, group.upto))
}

impl Fresh {
    fn of(approved: Approved, digests: PlanDigests, vault: &Vault, single: bool) -> Result<Self> {
        let Origin::Row {
            wrapped, digest, ..
        } = &approved.record.origin
        else {
            return Err(stopped());
        };
        let (wrapped, digest) = (wrapped.clone(), *digest);
        let face = seal_content(&approved.record.key, &approved.number, &approved.content)?;
        let inputs = seal_inputs(&approved.record.key, &approved.file)?;
        let certificate = approved.record.certificate;
        let claim = |kind, (version, hash)| Hashed {
            kind,
            version,
            hash,
            certificate,
        };
        let claims = [
            claim(ClaimKind::Ref, vault.hash(reference(&approved))),
            claim(ClaimKind::Number, vault.hash(number(&approved))),
            claim(ClaimKind::PrintedCode, printed_code(vault, &approved)),
        ];
        let type_code = approved.published.definition().code.as_str();
        let mut lookups = Vec::with_capacity(3 * approved.content.holders.len());
        let mut all_single = Vec::new();
        for holder in &approved.content.holders {
            let (kind, code) = (holder.kind().code(), holder.code());
            let name = holder.lookup_name();
            let name = Subject::HolderName {
                type_code,
                rule: LOOKUP_NAME_RULE,
                name: name.as_str(),
            };
            let lookup = |kind, (version, hash)| Hashed {
                kind,
                version,
                hash,
                certificate,
            };
            let code_subject = Subject::HolderCode { kind, code };
            lookups.push(lookup(LookupKind::HolderCode, vault.hash(code_subject)));
            lookups.push(lookup(LookupKind::HolderName, vault.hash(name)));
            if single {
                let subject = Subject::SingleInstance {
                    type_code,
                    kind,
                    code,
                };
                lookups.push(lookup(LookupKind::SingleInstance, vault.hash(subject)));
                all_single.extend(vault.hashes(subject).into_iter().map(|(_, hash)| hash));
            }
        }
        Ok(Self {
            approved,
            digests,
            wrapped,
            digest,
            face,
            inputs,
            claims,
            lookups,
            single: all_single,
        })
    }

    pub(super) fn reference(&self) -> Subject<'_> {
        reference(&self.approved)
    }

    pub(super) fn subjects(&self) -> [Subject<'_>; 2] {
        [reference(&self.approved), number(&self.approved)]
    }

    pub(super) fn certificate<'a>(
        &'a self,
        lease: &Lease,
        vault: &Vault,
        at: i64,
    ) -> NewCertificate<'a> {
        let approved = &self.approved;
        let identifier = &approved.identifier;
        NewCertificate {
            id: approved.record.certificate,
            type_code: identifier.type_code().as_str(),
            type_version: approved.published.version(),
            agency: identifier.agency().as_str(),
            serial: identifier.serial().as_str(),
            version: identifier.version().number(),
            issued: approved.issued.to_string(),
            effective: approved.validity.effective().to_string(),
            expiring: approved.validity.expiring().map(|day| day.to_string()),
            approved_at: at,
            job: lease.job,
            place: approved.record.place,
            content: vault.hash(Subject::RowContent(&self.digest)),
            face: self.face.clone(),
        }
    }
}

impl Again {
    /// Whether the layout is the one of the plan, or the first of its attempt.
    pub(super) fn is_same(&self) -> bool {
        match &self.approved.record.origin {
            Origin::Plan(Some(planned)) => *planned == self.digests,
            _ => true,
        }
    }
}

fn reference(approved: &Approved) -> Subject<'_> {
    Subject::Ref {
        agency: approved.identifier.agency().as_str(),
        type_code: approved.identifier.type_code().as_str(),
        name: &approved.content.reference,
    }
}

fn number(approved: &Approved) -> Subject<'_> {
    Subject::Number {
        agency: approved.identifier.agency().as_str(),
        type_code: approved.identifier.type_code().as_str(),
        number: &approved.number,
    }
}

pub(super) fn printed_code(vault: &Vault, approved: &Approved) -> (u32, Hash) {
    vault.hash(Subject::PrintedCode(approved.file.printed_code.as_str()))
}

fn refused_again(approved: &Approved, fault: &RowFault) -> Error {
    Error::refused(
        "layout_changed",
        format!(
            "row {} was planned and can no longer be laid out ({}); restore the fonts of the plan, \
             or cancel the batch",
            approved.record.place, fault.en
        ),
    )
}

pub(super) fn stopped() -> Error {
    Error::Damaged("the preparation of a group stopped".to_owned())
}

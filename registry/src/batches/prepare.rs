//! A group on its way into the plan transaction: what can be computed and sealed before it.

use std::sync::Arc;

use super::answers::RowFault;
use super::approved::{Approved, GroupSpan, Origin};
use super::check::Answered;
use super::digests::PlanDigests;
use super::lease::Lease;
use super::plan::Laid;
use super::replaces::Replaces;
use super::stored::seal_inputs;
use crate::certificates::{ClaimKind, KeyedHash, LookupKind};
use crate::cipher::{Hash, Subject, Vault, WrappedKey};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::store::plans::NewCertificate;

/// A new row on its way into the plan transaction, with all that can be computed before it.
pub(super) struct Fresh {
    pub(super) approved: Approved,
    pub(super) digests: PlanDigests,
    pub(super) wrapped: WrappedKey,
    pub(super) digest: [u8; 32],
    pub(super) face: Vec<u8>,
    pub(super) inputs: Vec<u8>,
    pub(super) claims: Vec<KeyedHash<ClaimKind>>,
    pub(super) lookups: Vec<KeyedHash<LookupKind>>,
    /// Of each holder, under every live key; empty unless the type allows one instance.
    pub(super) single: Vec<Hash>,
}

/// A plan on record that was laid out again.
pub(super) struct Again {
    pub(super) approved: Approved,
    pub(super) digests: PlanDigests,
    /// Of what was decided about its certificate.
    pub(super) decided: [u8; 32],
}

/// A group before its transaction.
pub(super) struct Prepared {
    pub(super) fresh: Vec<Fresh>,
    pub(super) again: Vec<Again>,
    pub(super) answered: Vec<Answered>,
    /// The rows that are answered by this call, if the whole group has come back.
    pub(super) span: Option<(u64, u64)>,
    /// The group whose turn it must be; none for plans of an earlier worker, which have their
    /// claims already.
    pub(super) group: Option<Arc<GroupSpan>>,
}

impl Prepared {
    pub(super) fn of(laid: Vec<Laid>, vault: &Vault) -> Result<Self> {
        let mut prepared = Self {
            fresh: Vec::new(),
            again: Vec::new(),
            answered: Vec::new(),
            span: None,
            group: laid.iter().find_map(group_of).cloned(),
        };
        prepared.span = whole_group(&laid);
        for laid in laid {
            match laid {
                Laid::Out(approved, digests) => match &approved.record.origin {
                    Origin::Row { .. } => {
                        prepared.fresh.push(Fresh::of(approved, digests, vault)?);
                    }
                    Origin::Plan { decided, .. } => {
                        let decided = *decided;
                        prepared.again.push(Again {
                            approved,
                            digests,
                            decided,
                        });
                    }
                },
                Laid::Refused(approved, fault) => match approved.record.origin {
                    Origin::Row { .. } => {
                        prepared
                            .answered
                            .push(Answered::refused(approved.record.place, fault));
                    }
                    // It was laid out once, so fonts or program have changed: the plan stays open.
                    Origin::Plan { .. } => return Err(refused_again(&approved, &fault)),
                },
            }
        }
        Ok(prepared)
    }
}

/// The group that a row was read with.
fn group_of(laid: &Laid) -> Option<&Arc<GroupSpan>> {
    let (Laid::Out(approved, _) | Laid::Refused(approved, _)) = laid;
    match &approved.record.origin {
        Origin::Row { group, .. } => Some(group),
        Origin::Plan { .. } => None,
    }
}

/// The span of rows of a group, where all its approved rows are here.
fn whole_group(laid: &[Laid]) -> Option<(u64, u64)> {
    let mut group: Option<&Arc<GroupSpan>> = None;
    for laid in laid {
        let of = group_of(laid)?;
        if group.is_some_and(|group| !Arc::ptr_eq(group, of)) {
            return None;
        }
        group = Some(of);
    }
    let group = group?;
    (group.approved == laid.len()).then_some((group.after, group.upto))
}

impl Fresh {
    fn of(approved: Approved, digests: PlanDigests, vault: &Vault) -> Result<Self> {
        let Origin::Row {
            wrapped, digest, ..
        } = &approved.record.origin
        else {
            return Err(stopped());
        };
        let (wrapped, digest) = (wrapped.clone(), *digest);
        let content = &approved.content;
        let definition = approved.published.definition();
        let agency = approved.identifier.agency();
        let single = content.single_instance(vault, definition);
        let mut claims = vec![printed_code(vault, &approved)];
        for (kind, subject) in content.claims(agency, &definition.code) {
            claims.push(KeyedHash::of(vault, kind, subject));
        }
        Ok(Self {
            face: content.seal(&approved.record.key)?,
            inputs: seal_inputs(&approved.record.key, &approved.file)?,
            lookups: content.lookups(vault, definition),
            approved,
            digests,
            wrapped,
            digest,
            single,
            claims,
        })
    }

    /// Its record.
    pub(super) fn id(&self) -> Id {
        self.approved.record.certificate
    }

    /// The certificate whose place it takes.
    pub(super) fn replaces(&self) -> Option<&Replaces> {
        match &self.approved.record.origin {
            Origin::Row { replaces, .. } => replaces.as_deref(),
            Origin::Plan { .. } => None,
        }
    }

    /// The record of that certificate.
    pub(super) fn predecessor(&self) -> Option<Id> {
        self.replaces().map(|replaces| replaces.predecessor.id)
    }

    /// The ref and number that it claims, as they are hashed.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject<'_>> {
        let identifier = &self.approved.identifier;
        let content = &self.approved.content;
        let subjects = content
            .claims(identifier.agency(), identifier.type_code())
            .into_iter();
        subjects
            .filter(|(kind, _)| self.claims.iter().any(|claim| claim.kind == *kind))
            .map(|(_, subject)| subject)
    }

    pub(super) fn certificate<'a>(
        &'a self,
        lease: &Lease,
        vault: &Vault,
        state: &'static str,
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
            state,
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
            Origin::Plan {
                digests: Some(planned),
                ..
            } => *planned == self.digests,
            _ => true,
        }
    }
}

pub(super) fn printed_code(vault: &Vault, approved: &Approved) -> KeyedHash<ClaimKind> {
    let code = approved.file.printed_code.as_str();
    KeyedHash::of(vault, ClaimKind::PrintedCode, Subject::PrintedCode(code))
}

fn refused_again(approved: &Approved, fault: &RowFault) -> Error {
    Error::refused(
        "layout_changed",
        format!(
            "第 {} 行已列入计划，但现在无法排版（{}）；请恢复计划时的字体，或取消该批次",
            approved.record.place, fault.zh
        ),
        format!(
            "row {} was planned and can no longer be laid out ({}); restore the fonts of the plan, \
             or cancel the batch",
            approved.record.place, fault.en
        ),
    )
}

pub(super) fn stopped() -> Error {
    Error::damaged("一组证照的准备已停止", "the preparation of a group stopped")
}

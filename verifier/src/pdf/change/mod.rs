//! What came after a signature: each later revision against the one before it, default deny.
//!
//! Everything the document catalog reaches must say the same in both, except where a rule here names the place and the
//! kind of change (ISO 32000-1 12.8.2.2; ETSI EN 319 142-1 5.4 for DSS and document time-stamps). An object that
//! changed must be excused along every path that leads to it: the walk follows all of them, and only the paths that a
//! rule excuses end early.

mod addition;
mod form;
mod page;
mod same;

use std::collections::HashSet;
use std::fmt::{self, Display};

use super::object::{Dictionary, Id, Object};
use super::reader::Reader;
use super::site::{Lock, Site};
use super::{Pdf, Stop};
use crate::budget::{Meter, Resource};
use crate::report::{Finding, Rulebook, Severity, SubIndication};
use same::Pair;

/// Judges every revision after the one that `site` covers. Nothing is read when there is none.
pub(super) fn analyse(
    pdf: &Pdf<'_>,
    site: &Site,
    rulebook: Rulebook,
    meter: &mut Meter,
) -> Result<Vec<Finding>, Stop> {
    let last = pdf.revisions.len().saturating_sub(1);
    let Some(signed) = site.revision.filter(|signed| *signed < last) else {
        return Ok(Vec::new());
    };
    let mut reader = Reader::new(pdf, meter);
    let mut changes = Vec::new();
    for before in signed..last {
        let scope = Scope {
            issued: rulebook == Rulebook::Issued,
            level: level(pdf, site),
            lock: site.lock.as_ref(),
        };
        let mut step = Step::new(&mut reader, before, scope);
        step.run()?;
        changes.append(&mut step.changes);
    }
    Ok(changes.into_iter().map(Change::into_finding).collect())
}

/// The level P that holds for `site`: its own, else that of the signature that certified the document before it,
/// else form filling and signing (12.8.2.2.2).
fn level(pdf: &Pdf<'_>, site: &Site) -> u8 {
    let earlier = pdf
        .sites
        .iter()
        .filter(|other| other.revision <= site.revision);
    site.certifies
        .or_else(|| earlier.filter_map(|other| other.certifies).min())
        .unwrap_or(2)
}

/// What is allowed.
#[derive(Clone, Copy)]
struct Scope<'s> {
    issued: bool,
    /// 1: DSS and document time-stamps; 2: also filling and signing; 3: also annotations.
    level: u8,
    lock: Option<&'s Lock>,
}

impl Scope<'_> {
    fn may_fill(&self, field: &str) -> bool {
        !self.issued
            && self.level >= 2
            && !self.lock.is_some_and(|lock| lock.holds(field.as_bytes()))
    }

    fn may_annotate(&self) -> bool {
        !self.issued && self.level >= 3
    }
}

/// A change that no rule excuses, or one worth a remark.
struct Change {
    code: &'static str,
    severity: Severity,
    seen: String,
}

impl Change {
    fn into_finding(self) -> Finding {
        let failed = self.severity == Severity::Failed;
        Finding {
            code: self.code,
            severity: self.severity,
            sub_indication: failed.then_some(SubIndication::FormatFailure),
            seen: self.seen,
            clause: "ISO 32000-1 12.8.2.2",
        }
    }
}

/// One revision compared with the one before it.
struct Step<'s, 'p, 'm> {
    reader: &'s mut Reader<'p, 'm>,
    before: usize,
    after: usize,
    scope: Scope<'s>,
    changes: Vec<Change>,
    /// Values that must say the same, compared when it is known which objects are pages and fields.
    fixed: Vec<(bool, Object<'p>, Object<'p>)>,
    /// Pages and page-tree nodes: compared as such, wherever a reference to them stands.
    pages: HashSet<Id>,
    /// Fields and their widgets: compared as such, where references to them belong.
    fields: HashSet<Id>,
    /// Fields and widgets of signatures that this revision adds.
    added: HashSet<Id>,
    /// Pages whose annotations changed.
    annotated: Vec<Id>,
}

/// Keys under which a field or widget stands as such (12.5.2, 12.7.3, 14.7.4.3).
fn leads_to_field(key: &[u8]) -> bool {
    matches!(
        key,
        b"Annots" | b"Fields" | b"Kids" | b"Parent" | b"Obj" | b"CO" | b"Popup" | b"IRT"
    )
}

impl<'s, 'p, 'm> Step<'s, 'p, 'm> {
    fn new(reader: &'s mut Reader<'p, 'm>, before: usize, scope: Scope<'s>) -> Self {
        Self {
            reader,
            before,
            after: before + 1,
            scope,
            changes: Vec::new(),
            fixed: Vec::new(),
            pages: HashSet::new(),
            fields: HashSet::new(),
            added: HashSet::new(),
            annotated: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        self.trailer()?;
        self.catalog()?;
        self.compare_fixed()?;
        if self.scope.issued {
            self.explain_additions()?;
        }
        Ok(())
    }

    fn deny(&mut self, code: &'static str, seen: impl Display) {
        const MOST: usize = 8;
        if self.changes.len() < MOST {
            let seen = format!("{seen} (revision {})", self.after + 1);
            self.changes.push(Change {
                code,
                severity: Severity::Failed,
                seen,
            });
        }
    }

    fn remark(&mut self, code: &'static str, seen: &str) {
        let seen = format!("{seen} (revision {})", self.after + 1);
        self.changes.push(Change {
            code,
            severity: Severity::Warning,
            seen,
        });
    }

    /// Takes the work of looking at so many values.
    fn charge(&mut self, values: usize) -> Result<(), Stop> {
        const VALUE: usize = 10;
        self.charge_bytes(VALUE * values)
    }

    /// Takes the work of reading so many bytes.
    fn charge_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        Ok(self.reader.meter.spend(Resource::Work, bytes as u64)?)
    }

    fn is_new(&self, id: Id) -> bool {
        self.reader.pdf.places.at(id.number, self.before) == super::xref::Place::Free
    }

    /// Trailers (7.5.5): the same Root and Encrypt; Info, and with careless writers ID, may be brought up to date.
    fn trailer(&mut self) -> Result<(), Stop> {
        let pdf = self.reader.pdf;
        let trailer = |index: usize| pdf.revisions.get(index).map(|revision| &revision.trailer);
        let (Some(old), Some(new)) = (trailer(self.before), trailer(self.after)) else {
            return Ok(());
        };
        if !self.equal_entries(old.get(b"Root"), new.get(b"Root"))? {
            self.deny("change.trailer", "another object became the catalog");
        }
        if !self.equal_entries(old.get(b"Encrypt"), new.get(b"Encrypt"))? {
            self.deny("change.trailer", "the encryption changed");
        }
        let (old_id, new_id) = (first_id(old), first_id(new));
        if old_id.is_some() && !self.equal_entries(old_id, new_id)? {
            match self.scope.issued {
                true => self.deny("change.trailer", "the file identifier changed"),
                false => self.remark("change.trailer", "the file identifier changed"),
            }
        }
        match (old.get(b"Info"), new.get(b"Info")) {
            (old, new) if !self.scope.issued => {
                if self.differs_on_top(old, new)? {
                    self.remark("change.metadata", "the document information changed");
                }
            }
            (Some(old), Some(new)) => self.fix(false, old, new),
            (None, None) => {}
            _ => self.deny("change.trailer", "the document information changed"),
        }
        Ok(())
    }

    /// Whether the value itself changed; what it refers to further on is not looked at.
    fn differs_on_top(
        &mut self,
        old: Option<&Object<'p>>,
        new: Option<&Object<'p>>,
    ) -> Result<bool, Stop> {
        match (old, new) {
            (Some(Object::Reference(old)), Some(Object::Reference(new))) if old == new => {
                let pdf = self.reader.pdf;
                Ok(pdf.seat(*old, self.before) != pdf.seat(*new, self.after))
            }
            (old, new) => self.equal_entries(old, new).map(|equal| !equal),
        }
    }

    /// The catalog (7.7.2): DSS and Extensions may come, the form and the pages change by their own rules.
    fn catalog(&mut self) -> Result<(), Stop> {
        let (old, new) = (
            self.reader.catalog(self.before)?,
            self.reader.catalog(self.after)?,
        );
        let (Some(old), Some(new)) = (old.dictionary(), new.dictionary()) else {
            self.deny("change.catalog", "the catalog is no dictionary");
            return Ok(());
        };
        self.form(old.get(b"AcroForm"), new.get(b"AcroForm"))?;
        self.page_tree(old.get(b"Pages"), new.get(b"Pages"), 1)?;
        for (key, old, new) in self.pairs(old, new)? {
            match (key, old, new) {
                (b"AcroForm" | b"Pages", ..) | (b"DSS" | b"Extensions", _, Some(_)) => {}
                (b"Version", _, Some(Object::Name(_))) if !self.scope.issued => {}
                (b"Metadata", old, new @ Some(_)) if !self.scope.issued => {
                    if self.differs_on_top(old, new)? {
                        self.remark("change.metadata", "the document's metadata changed");
                    }
                }
                (key, Some(old), Some(new)) => self.fix(leads_to_field(key), old, new),
                (key, ..) => self.deny(
                    "change.catalog",
                    format_args!("the catalog's /{} came or went", Key(key)),
                ),
            }
        }
        Ok(())
    }

    /// Puts a pair of values on the list of those that must say the same.
    fn fix(&mut self, leads_to_field: bool, old: &Object<'p>, new: &Object<'p>) {
        self.fixed.push((leads_to_field, old.clone(), new.clone()));
    }

    /// Every other entry of two dictionaries must say the same.
    fn fix_entry(&mut self, code: &'static str, entry: Pair<'_, 'p>) {
        match entry {
            (key, Some(old), Some(new)) => self.fix(leads_to_field(key), old, new),
            (key, ..) => self.deny(code, format_args!("an entry /{} came or went", Key(key))),
        }
    }
}

/// The part of the file identifier (14.4) that stays as it is.
fn first_id<'d, 'p>(trailer: &'d Dictionary<'p>) -> Option<&'d Object<'p>> {
    let first = trailer.get(b"ID")?.array()?.first()?;
    matches!(first, Object::Text(_)).then_some(first)
}

/// A key as findings show it.
struct Key<'k>(&'k [u8]);

impl Display for Key<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.0.get(..160).unwrap_or(self.0);
        let shown: String = String::from_utf8_lossy(start).chars().take(40).collect();
        out.write_str(&shown)
    }
}

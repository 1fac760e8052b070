//! `issued`: whatever a later revision lists must be one of the few objects that may be redefined (catalog, form and
//! its field list, one page and its annotations) or a new one that DSS or a document time-stamp needs
//! (ETSI EN 319 142-1 5.4). Objects that nothing reaches are refused too: another reader may reach them.

use std::collections::HashSet;

use super::super::Stop;
use super::super::object::{Dictionary, Object};
use super::super::xref::Place;
use super::{Key, Step};

impl<'p> Step<'_, 'p, '_> {
    pub(super) fn explain_additions(&mut self) -> Result<(), Stop> {
        let pdf = self.reader.pdf;
        let Some(revision) = pdf.revisions.get(self.after) else {
            return Ok(());
        };
        let catalog = self.reader.catalog(self.after)?;
        let empty = Dictionary::default();
        let catalog = catalog.dictionary().unwrap_or(&empty);
        if self.annotated.len() > 1 {
            self.deny("change.page", "more than one page changed");
        }
        let mut explained = self.redefinable(catalog)?;
        self.check_dss(catalog)?;
        let roots = catalog
            .get(b"DSS")
            .into_iter()
            .cloned()
            .chain(self.added.iter().map(|id| Object::Reference(*id)));
        let roots: Vec<Object<'p>> = roots.collect();
        self.reach_new(roots, &mut explained)?;
        for slot in revision.slots.iter().filter(|slot| slot.number != 0) {
            self.charge(1)?;
            let section = matches!(slot.place, Place::At { offset, .. } if revision.streams.contains(&offset));
            let container = matches!(slot.place, Place::At { offset, generation: 0 } if pdf.streams.contains_key(&offset));
            if slot.place == Place::Free {
                self.deny(
                    "change.addition",
                    format_args!("object {} was deleted", slot.number),
                );
            } else if !section && !container && !explained.contains(&slot.number) {
                self.deny(
                    "change.addition",
                    format_args!("nothing explains object {}", slot.number),
                );
            }
        }
        Ok(())
    }

    /// The objects that may be written again.
    fn redefinable(&mut self, catalog: &Dictionary<'p>) -> Result<HashSet<u32>, Stop> {
        let trailer = self
            .reader
            .pdf
            .revisions
            .get(self.after)
            .map(|revision| &revision.trailer);
        let mut references = vec![
            trailer
                .and_then(|trailer| trailer.get(b"Root"))
                .and_then(Object::reference),
        ];
        references.push(catalog.get(b"AcroForm").and_then(Object::reference));
        let form = self.reader.entry(catalog, b"AcroForm", self.after)?;
        references.push(
            form.dictionary()
                .and_then(|form| form.get(b"Fields"))
                .and_then(Object::reference),
        );
        for page in self.annotated.clone() {
            references.push(Some(page));
            let page = self.reader.get(page, self.after)?;
            references.push(
                page.dictionary()
                    .and_then(|page| page.get(b"Annots"))
                    .and_then(Object::reference),
            );
        }
        references.push(catalog.get(b"Extensions").and_then(Object::reference));
        Ok(references
            .into_iter()
            .flatten()
            .map(|id| id.number)
            .collect())
    }

    /// New objects that the roots reach, through new objects only.
    fn reach_new(
        &mut self,
        roots: Vec<Object<'p>>,
        explained: &mut HashSet<u32>,
    ) -> Result<(), Stop> {
        let mut open = roots;
        while let Some(value) = open.pop() {
            self.charge(1)?;
            match value {
                Object::Reference(id) if self.is_new(id) && explained.insert(id.number) => {
                    open.push((*self.reader.get(id, self.after)?).clone());
                }
                Object::Array(items) => open.extend(items.iter().cloned()),
                Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => {
                    open.extend(dictionary.entries().iter().map(|entry| entry.value.clone()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// DSS (ETSI EN 319 142-1 5.4.2): lists of streams, and nothing but them.
    fn check_dss(&mut self, catalog: &Dictionary<'p>) -> Result<(), Stop> {
        let dss = self.reader.entry(catalog, b"DSS", self.after)?;
        let Some(dss) = dss.dictionary() else {
            return Ok(());
        };
        for entry in dss.entries() {
            self.charge(1)?;
            match &*entry.key {
                b"Type" => {}
                b"Certs" | b"OCSPs" | b"CRLs" => self.check_streams(&entry.value)?,
                b"VRI" => {
                    let vri = self.reader.resolve(&entry.value, self.after)?;
                    for signature in vri
                        .dictionary()
                        .map(Dictionary::entries)
                        .unwrap_or_default()
                    {
                        self.charge(1)?;
                        self.check_vri(&signature.value)?;
                    }
                }
                other => self.deny("change.dss", format_args!("DSS holds /{}", Key(other))),
            }
        }
        Ok(())
    }

    fn check_vri(&mut self, value: &Object<'p>) -> Result<(), Stop> {
        let vri = self.reader.resolve(value, self.after)?;
        for entry in vri
            .dictionary()
            .map(Dictionary::entries)
            .unwrap_or_default()
        {
            self.charge(1)?;
            match &*entry.key {
                b"Type" | b"TU" => {}
                b"TS" => self.check_stream(&entry.value)?,
                b"Cert" | b"OCSP" | b"CRL" => self.check_streams(&entry.value)?,
                other => self.deny("change.dss", format_args!("a VRI holds /{}", Key(other))),
            }
        }
        Ok(())
    }

    fn check_streams(&mut self, value: &Object<'p>) -> Result<(), Stop> {
        let list = self.reader.resolve(value, self.after)?;
        match list.array() {
            Some(streams) => streams
                .iter()
                .try_for_each(|stream| self.check_stream(stream)),
            None => {
                self.deny(
                    "change.dss",
                    "DSS holds something other than lists of streams",
                );
                Ok(())
            }
        }
    }

    fn check_stream(&mut self, value: &Object<'p>) -> Result<(), Stop> {
        self.charge(1)?;
        let stream = self.reader.resolve(value, self.after)?;
        let plain = match &*stream {
            Object::Stream(dictionary, _) => {
                self.charge(dictionary.entries().len())?;
                let mut entries = dictionary.entries().iter();
                entries.all(|e| matches!(&*e.key, b"Length" | b"Filter"))
            }
            _ => false,
        };
        if !plain {
            self.deny(
                "change.dss",
                "DSS refers to something other than a plain stream",
            );
        }
        Ok(())
    }
}

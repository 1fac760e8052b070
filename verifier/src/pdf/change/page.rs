//! The pages (ISO 32000-1 7.7.3): the same tree; a page's annotations may gain the widgets of new signatures, and
//! at level 3 may change.

use std::collections::HashSet;

use super::super::Stop;
use super::super::object::{Id, Object};
use super::Step;
use crate::budget::Resource;

impl<'p> Step<'_, 'p, '_> {
    pub(super) fn page_tree(
        &mut self,
        old: Option<&Object<'p>>,
        new: Option<&Object<'p>>,
        depth: u64,
    ) -> Result<(), Stop> {
        self.reader.meter.within(Resource::Nesting, depth)?;
        self.charge(1)?;
        let id = match (old, new) {
            (Some(Object::Reference(old)), Some(Object::Reference(new))) if old == new => *old,
            (None, None) => return Ok(()),
            _ => {
                self.deny("change.page", "the page tree was replaced");
                return Ok(());
            }
        };
        if !self.pages.insert(id) {
            return Ok(());
        }
        let (old, new) = (
            self.reader.get(id, self.before)?,
            self.reader.get(id, self.after)?,
        );
        let (Object::Dictionary(old), Object::Dictionary(new)) = (&*old, &*new) else {
            self.deny("change.page", "a page is no dictionary");
            return Ok(());
        };
        let is_leaf = old.get(b"Kids").is_none();
        if is_leaf {
            self.annotations(id, old.get(b"Annots"), new.get(b"Annots"))?;
        }
        for entry in self.pairs(old, new)? {
            match entry {
                (b"Annots", ..) if is_leaf => {}
                (b"Kids", Some(old), Some(new)) => self.page_kids(old, new, depth)?,
                entry => self.fix_entry("change.page", entry),
            }
        }
        Ok(())
    }

    fn page_kids(&mut self, old: &Object<'p>, new: &Object<'p>, depth: u64) -> Result<(), Stop> {
        let (old, new) = (
            self.reader.resolve(old, self.before)?,
            self.reader.resolve(new, self.after)?,
        );
        self.charge(new.array().unwrap_or_default().len())?;
        match (old.array(), new.array()) {
            (Some(old), Some(new)) if self.equal_lists(old, new)? => new
                .iter()
                .try_for_each(|kid| self.page_tree(Some(kid), Some(kid), depth + 1)),
            _ => {
                self.deny("change.page", "pages came, went or moved");
                Ok(())
            }
        }
    }

    fn annotations(
        &mut self,
        page: Id,
        old: Option<&Object<'p>>,
        new: Option<&Object<'p>>,
    ) -> Result<(), Stop> {
        let (old, new) = (
            self.reader
                .resolve(old.unwrap_or(&Object::Null), self.before)?,
            self.reader
                .resolve(new.unwrap_or(&Object::Null), self.after)?,
        );
        let (old, new) = (
            old.array().unwrap_or_default(),
            new.array().unwrap_or_default(),
        );
        self.charge(old.len() + new.len())?;
        if !self.equal_lists(old, new)? {
            self.annotated.push(page);
        }
        if self.scope.may_annotate() {
            self.free_annotations(old, new)
        } else {
            self.kept_annotations(old, new)
        }
    }

    /// All stay, in their order; only the widgets of new signatures come.
    fn kept_annotations(&mut self, old: &[Object<'p>], new: &[Object<'p>]) -> Result<(), Stop> {
        let mut standing = old.iter().peekable();
        for item in new {
            if self.stands(&mut standing, item)? {
                self.fix(true, item, item);
            } else if !item.reference().is_some_and(|id| self.added.contains(&id)) {
                self.deny("change.annotation", "an annotation was added");
            }
        }
        if standing.next().is_some() {
            self.deny("change.annotation", "an annotation was removed or moved");
        }
        Ok(())
    }

    /// Level 3: annotations other than widgets come, go and change.
    fn free_annotations(&mut self, old: &[Object<'p>], new: &[Object<'p>]) -> Result<(), Stop> {
        let stood: HashSet<Id> = old.iter().filter_map(Object::reference).collect();
        let stands: HashSet<Id> = new.iter().filter_map(Object::reference).collect();
        for item in old {
            let kept = item.reference().is_none_or(|id| stands.contains(&id));
            match self.is_widget(item, self.before)? {
                true if kept => self.fix(true, item, item),
                true => self.deny("change.annotation", "a form field was taken off its page"),
                false => {}
            }
        }
        for item in new
            .iter()
            .filter(|item| item.reference().is_none_or(|id| !stood.contains(&id)))
        {
            let added = item.reference().is_some_and(|id| self.added.contains(&id));
            let fresh = item.reference().is_none_or(|id| self.is_new(id));
            if !added && (!fresh || self.is_widget(item, self.after)?) {
                self.deny(
                    "change.annotation",
                    "something other than an annotation was added to a page",
                );
            }
        }
        Ok(())
    }

    fn is_widget(&mut self, item: &Object<'p>, revision: usize) -> Result<bool, Stop> {
        let annotation = self.reader.resolve(item, revision)?;
        let subtype = annotation
            .dictionary()
            .and_then(|annotation| annotation.get(b"Subtype"));
        Ok(subtype.and_then(Object::name) == Some(b"Widget"))
    }
}

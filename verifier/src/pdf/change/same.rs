//! Whether two values say the same, counted by what they hold: a revision may be held against the next a hundred
//! times, and values may be as large as the file.

use std::collections::HashSet;
use std::iter::Peekable;
use std::slice::Iter;

use super::super::Stop;
use super::super::object::{Dictionary, Entry, Id, Object};
use super::{Step, leads_to_field};

/// Bytes compared one by one for one unit of work.
const PER_UNIT: usize = 8;

impl<'p> Step<'_, 'p, '_> {
    /// Compares what must say the same, through every reference.
    pub(super) fn compare_fixed(&mut self) -> Result<(), Stop> {
        let mut followed: HashSet<(Id, bool)> = HashSet::new();
        let mut references = Vec::new();
        loop {
            if let Some((leads, old, new)) = self.fixed.pop() {
                if !self.same(leads, &old, &new, &mut references)? {
                    self.deny("change.object", "a value changed that no rule lets change");
                }
            } else if let Some((id, leads)) = references.pop() {
                if !followed.insert((id, leads)) {
                    continue;
                }
                let (old, new) = (
                    self.reader.get(id, self.before)?,
                    self.reader.get(id, self.after)?,
                );
                if !self.same(leads, &old, &new, &mut references)? {
                    self.deny(
                        "change.object",
                        format_args!("object {} changed", id.number),
                    );
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Whether two values say the same; references in them are left on `references`.
    fn same(
        &mut self,
        leads_here: bool,
        old: &Object<'p>,
        new: &Object<'p>,
        references: &mut Vec<(Id, bool)>,
    ) -> Result<bool, Stop> {
        self.charge(1)?;
        Ok(match (old, new) {
            (Object::Reference(a), Object::Reference(b)) => {
                if a == b && !self.pages.contains(a) && !(leads_here && self.fields.contains(a)) {
                    references.push((*a, leads_here));
                }
                a == b
            }
            (Object::Array(a), Object::Array(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                for (a, b) in a.iter().zip(&**b) {
                    if !self.same(leads_here, a, b, references)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Object::Dictionary(a), Object::Dictionary(b)) => {
                self.same_entries(a, b, references)?
            }
            (Object::Stream(a, data_a), Object::Stream(b, data_b)) => {
                self.charge_pair(data_a, data_b)?;
                data_a == data_b && self.same_entries(a, b, references)?
            }
            (Object::Text(a), Object::Text(b)) => {
                self.charge_pair(a.raw, b.raw)?;
                a.says(b)
            }
            (Object::Name(a), Object::Name(b)) => {
                self.charge_pair(a, b)?;
                a == b
            }
            (Object::Real(a), Object::Real(b)) => a == b,
            (Object::Integer(a), Object::Integer(b)) => a == b,
            (Object::Boolean(a), Object::Boolean(b)) => a == b,
            (Object::Null, Object::Null) => true,
            _ => false,
        })
    }

    fn same_entries(
        &mut self,
        old: &Dictionary<'p>,
        new: &Dictionary<'p>,
        references: &mut Vec<(Id, bool)>,
    ) -> Result<bool, Stop> {
        for (key, old, new) in self.pairs(old, new)? {
            let (Some(old), Some(new)) = (old, new) else {
                return Ok(false);
            };
            if !self.same(leads_to_field(key), old, new, references)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The entries of both dictionaries, by key.
    pub(super) fn pairs<'d>(
        &mut self,
        old: &'d Dictionary<'p>,
        new: &'d Dictionary<'p>,
    ) -> Result<Vec<Pair<'d, 'p>>, Stop> {
        let entries = || old.entries().iter().chain(new.entries());
        let keys: usize = entries().map(|entry| entry.key.len()).sum();
        self.charge(entries().count())?;
        self.charge_bytes(keys / PER_UNIT)?;
        Ok(pairs(old, new))
    }

    /// Whether two values say the same as they stand; references in them are not followed.
    fn equal(&mut self, old: &Object<'p>, new: &Object<'p>) -> Result<bool, Stop> {
        match (old, new) {
            (Object::Array(a), Object::Array(b)) => self.equal_lists(a, b),
            (Object::Dictionary(a), Object::Dictionary(b)) if a.is(b) => Ok(true),
            (a, b) => self.same(false, a, b, &mut Vec::new()),
        }
    }

    /// The same for entries, either of which may be absent.
    pub(super) fn equal_entries(
        &mut self,
        old: Option<&Object<'p>>,
        new: Option<&Object<'p>>,
    ) -> Result<bool, Stop> {
        match (old, new) {
            (Some(old), Some(new)) => self.equal(old, new),
            (old, new) => Ok(old.is_none() && new.is_none()),
        }
    }

    /// The same for lists.
    pub(super) fn equal_lists(
        &mut self,
        old: &[Object<'p>],
        new: &[Object<'p>],
    ) -> Result<bool, Stop> {
        if old.len() != new.len() {
            return Ok(false);
        }
        if std::ptr::eq(old, new) {
            return Ok(true);
        }
        for (old, new) in old.iter().zip(new) {
            if !self.equal(old, new)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the next of those that stood before when `item` is that one.
    pub(super) fn stands(
        &mut self,
        standing: &mut Peekable<Iter<'_, Object<'p>>>,
        item: &Object<'p>,
    ) -> Result<bool, Stop> {
        let stands = match standing.peek() {
            Some(next) => self.equal(next, item)?,
            None => false,
        };
        if stands {
            standing.next();
        }
        Ok(stands)
    }

    /// Takes the work of holding two runs of bytes against each other; one that was read once is taken as it is.
    fn charge_pair(&mut self, old: &[u8], new: &[u8]) -> Result<(), Stop> {
        if std::ptr::eq(old, new) {
            self.charge_bytes(old.len() / PER_UNIT)
        } else {
            self.charge_bytes(old.len() + new.len())
        }
    }
}

/// A key with its values before and after.
pub(super) type Pair<'d, 'p> = (&'d [u8], Option<&'d Object<'p>>, Option<&'d Object<'p>>);

/// The entries of both dictionaries, by key; null counts as absent.
fn pairs<'d, 'p>(old: &'d Dictionary<'p>, new: &'d Dictionary<'p>) -> Vec<Pair<'d, 'p>> {
    let old_entries = present(old);
    if old.is(new) {
        let both = |entry: &'d Entry<'p>| (&*entry.key, Some(&entry.value), Some(&entry.value));
        return old_entries.into_iter().map(both).collect();
    }
    let mut new = present(new).into_iter().peekable();
    let mut pairs = Vec::with_capacity(old_entries.len());
    for entry in old_entries {
        while let Some(came) = new.next_if(|came| came.key < entry.key) {
            pairs.push((&*came.key, None, Some(&came.value)));
        }
        let stayed = new.next_if(|came| came.key == entry.key);
        pairs.push((
            &*entry.key,
            Some(&entry.value),
            stayed.map(|entry| &entry.value),
        ));
    }
    pairs.extend(new.map(|came| (&*came.key, None, Some(&came.value))));
    pairs
}

/// The entries that are not null, by key, the last one of each.
fn present<'d, 'p>(dictionary: &'d Dictionary<'p>) -> Vec<&'d Entry<'p>> {
    let mut entries = dictionary.by_key();
    entries.retain(|entry| !entry.value.is_null());
    entries.dedup_by(|later, kept| {
        let same = later.key == kept.key;
        if same {
            *kept = later;
        }
        same
    });
    entries
}

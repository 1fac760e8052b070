//! The form (ISO 32000-1 12.7): signature fields may come, fields that stand may be filled, nothing else.

use super::super::Stop;
use super::super::object::{Dictionary, Id, Object};
use super::{Key, Step};
use crate::budget::Resource;

/// What a field has from the nodes above it.
#[derive(Clone, Copy, Default)]
struct Above<'n> {
    is_signature: bool,
    name: &'n str,
    /// A node above was filled: its widgets show that.
    filled: bool,
    depth: u64,
}

impl<'p> Step<'_, 'p, '_> {
    pub(super) fn form(
        &mut self,
        old: Option<&Object<'p>>,
        new: Option<&Object<'p>>,
    ) -> Result<(), Stop> {
        let (Some(old), Some(new)) = (old, new) else {
            if old.is_some() || new.is_some() {
                self.deny("change.form", "the form came or went");
            }
            return Ok(());
        };
        if old.reference() != new.reference() {
            self.deny("change.form", "another object became the form");
            return Ok(());
        }
        let (old, new) = (
            self.reader.resolve(old, self.before)?,
            self.reader.resolve(new, self.after)?,
        );
        let (Some(old), Some(new)) = (old.dictionary(), new.dictionary()) else {
            self.deny("change.form", "the form is no dictionary");
            return Ok(());
        };
        for entry in self.pairs(old, new)? {
            match entry {
                (b"Fields", Some(old), Some(new)) => self.field_list(old, new)?,
                (b"SigFlags", old, Some(Object::Integer(flags @ 0..=3))) => {
                    let old = old.and_then(Object::integer).unwrap_or(0);
                    if old & !flags != 0 {
                        self.deny("change.form", "a signature flag was taken back");
                    }
                }
                // Defaults for fields that have none of their own; writers add them with a signature.
                (b"DA" | b"DR", None, Some(_)) if !self.scope.issued => {}
                entry => self.fix_entry("change.form", entry),
            }
        }
        Ok(())
    }

    /// The roots that stood stay, in their order; new ones are signatures.
    fn field_list(&mut self, old: &Object<'p>, new: &Object<'p>) -> Result<(), Stop> {
        let (old, new) = (
            self.reader.resolve(old, self.before)?,
            self.reader.resolve(new, self.after)?,
        );
        let (Some(old), Some(new)) = (old.array(), new.array()) else {
            self.deny("change.form", "/Fields is no array");
            return Ok(());
        };
        self.charge(old.len() + new.len())?;
        let mut standing = old.iter().peekable();
        for item in new {
            if self.stands(&mut standing, item)? {
                let above = Above {
                    depth: 1,
                    ..Above::default()
                };
                self.field(item, above)?;
            } else {
                self.new_signature(item)?;
            }
        }
        if standing.next().is_some() {
            self.deny("change.form", "a field was taken out of the form or moved");
        }
        Ok(())
    }

    /// A field that stands in both. Only its value and what shows the value may change, and only if it had none
    /// that is signed.
    fn field(&mut self, item: &Object<'p>, above: Above<'_>) -> Result<(), Stop> {
        self.reader.meter.within(Resource::Nesting, above.depth)?;
        self.charge(1)?;
        if item.reference().is_some_and(|id| !self.fields.insert(id)) {
            return Ok(());
        }
        let (old, new) = (
            self.reader.resolve(item, self.before)?,
            self.reader.resolve(item, self.after)?,
        );
        let (Some(old), Some(new)) = (old.dictionary(), new.dictionary()) else {
            self.deny("change.field", "a field is no dictionary");
            return Ok(());
        };
        let kind = old.get(b"FT").map(|kind| kind.name() == Some(b"Sig"));
        let is_signature = kind.unwrap_or(above.is_signature);
        let name = self.reader.field_name(above.name, old)?;
        let mut changed = false;
        for shown in [b"V".as_slice(), b"AS"] {
            changed = changed || !self.equal_entries(old.get(shown), new.get(shown))?;
        }
        let filled = above.filled || (changed && self.may_fill(is_signature, &name, old, new)?);
        for entry in self.pairs(old, new)? {
            match entry {
                (b"V" | b"AS" | b"AP" | b"I" | b"RV" | b"M", _, Some(_)) if filled => {}
                (b"F", ..) if filled && is_signature => {}
                (b"Parent", old, new) if self.equal_entries(old, new)? => {}
                (b"Kids", Some(old), Some(new)) => {
                    let below = Above {
                        is_signature,
                        name: &name,
                        filled,
                        depth: above.depth + 1,
                    };
                    self.kids(old, new, below)?;
                }
                entry => self.fix_entry("change.field", entry),
            }
        }
        Ok(())
    }

    fn kids(&mut self, old: &Object<'p>, new: &Object<'p>, above: Above<'_>) -> Result<(), Stop> {
        let (old, new) = (
            self.reader.resolve(old, self.before)?,
            self.reader.resolve(new, self.after)?,
        );
        self.charge(new.array().unwrap_or_default().len())?;
        match (old.array(), new.array()) {
            (Some(old), Some(new)) if self.equal_lists(old, new)? => {
                new.iter().try_for_each(|kid| self.field(kid, above))
            }
            _ => {
                self.deny("change.field", "the parts of a field changed");
                Ok(())
            }
        }
    }

    /// Whether the new value may be there. A signature goes into an empty field only, as an object of its own.
    fn may_fill(
        &mut self,
        is_signature: bool,
        name: &str,
        old: &Dictionary<'p>,
        new: &Dictionary<'p>,
    ) -> Result<bool, Stop> {
        self.charge(name.len())?;
        if !self.scope.may_fill(name) {
            self.deny("change.field", "a field was filled that may not be");
            return Ok(false);
        }
        if !is_signature {
            return Ok(true);
        }
        let signature = new.get(b"V").and_then(Object::reference);
        let fresh = old.get(b"V").is_none() && signature.is_some_and(|id| self.is_new(id));
        if !fresh {
            self.deny(
                "change.field",
                "a signature was replaced or is no object of its own",
            );
        }
        Ok(fresh)
    }

    /// A signature field that was not there (12.7.4.5), with its signature.
    fn new_signature(&mut self, item: &Object<'p>) -> Result<(), Stop> {
        let Some(id) = item.reference().filter(|id| self.is_new(*id)) else {
            self.deny("change.form", "a new field is no object of its own");
            return Ok(());
        };
        let field = self.reader.get(id, self.after)?;
        let Some(field) = field.dictionary() else {
            self.deny("change.form", "a new field is no dictionary");
            return Ok(());
        };
        let signature = field
            .get(b"V")
            .and_then(Object::reference)
            .filter(|id| self.is_new(*id));
        let is_signature = field.get(b"FT").and_then(Object::name) == Some(b"Sig");
        let Some(signature) = signature.filter(|_| is_signature) else {
            self.deny(
                "change.form",
                "a new field is not a signature field with a signature of its own",
            );
            return Ok(());
        };
        let value = self.reader.get(signature, self.after)?;
        let sub_filter = value
            .dictionary()
            .and_then(|value| value.get(b"SubFilter"))
            .and_then(Object::name);
        let is_time_stamp = sub_filter == Some(b"ETSI.RFC3161");
        if !is_time_stamp && (self.scope.issued || self.scope.level < 2) {
            self.deny(
                "change.form",
                "a signature was added where only document time-stamps may be",
            );
        }
        self.new_widget(id, field)?;
        let kids = self.reader.entry(field, b"Kids", self.after)?;
        self.charge(kids.array().unwrap_or_default().len())?;
        for kid in kids.array().unwrap_or_default() {
            match kid.reference().filter(|kid| self.is_new(*kid)) {
                Some(kid) => {
                    let widget = self.reader.get(kid, self.after)?;
                    let empty = Dictionary::default();
                    self.new_widget(kid, widget.dictionary().unwrap_or(&empty))?;
                }
                None => self.deny("change.form", "a new field has parts that stood before"),
            }
        }
        Ok(())
    }

    /// A field or widget may hold what 12.5.2, 12.5.6.19 and 12.7.3 name for signatures, and no actions.
    fn new_widget(&mut self, id: Id, widget: &Dictionary<'p>) -> Result<(), Stop> {
        if !self.added.insert(id) {
            return Ok(());
        }
        self.charge(widget.entries().len())?;
        let odd = widget
            .entries()
            .iter()
            .find(|entry| !is_widget_key(&entry.key));
        if let Some(entry) = odd {
            self.deny(
                "change.form",
                format_args!("a new signature field has an entry /{}", Key(&entry.key)),
            );
        }
        let strict = self.scope.issued || self.scope.level < 2;
        let visible = widget.get(b"Rect").is_some_and(|rect| !is_nothing(rect));
        if strict && (visible || (self.scope.issued && widget.get(b"AP").is_some())) {
            self.deny(
                "change.form",
                "a document time-stamp shows something on the page",
            );
        }
        Ok(())
    }
}

fn is_widget_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"FT"
            | b"T"
            | b"V"
            | b"Kids"
            | b"Parent"
            | b"Type"
            | b"Subtype"
            | b"F"
            | b"P"
            | b"Rect"
            | b"AP"
            | b"Ff"
            | b"TU"
            | b"TM"
            | b"NM"
            | b"M"
            | b"MK"
            | b"BS"
            | b"Border"
            | b"DA"
            | b"DR"
            | b"Lock"
            | b"SV"
            | b"H"
    )
}

/// A rectangle of four zeros.
fn is_nothing(rect: &Object<'_>) -> bool {
    let zero = |value: &Object<'_>| match value {
        Object::Integer(value) => *value == 0,
        Object::Real(raw) => raw.iter().all(|byte| matches!(byte, b'0' | b'.')),
        _ => false,
    };
    rect.array()
        .is_some_and(|sides| sides.len() == 4 && sides.iter().all(zero))
}

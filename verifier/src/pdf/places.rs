//! Where each object stands in each revision: one list for the whole file, so that asking costs the same however
//! many revisions there are.

use super::revision::Revision;
use super::xref::Place;

/// Made once the revisions are read.
#[derive(Debug)]
pub(crate) struct Places {
    /// Ordered by number, then revision.
    list: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    number: u32,
    revision: u32,
    place: Place,
}

impl Places {
    pub(crate) fn of(revisions: &[Revision<'_>]) -> Self {
        let count = revisions.iter().map(|revision| revision.slots.len()).sum();
        let mut list = Vec::with_capacity(count);
        for (index, revision) in (0..).zip(revisions) {
            list.extend(revision.slots.iter().map(|slot| Line {
                number: slot.number,
                revision: index,
                place: within(revision, slot.place),
            }));
        }
        if revisions.len() > 1 {
            list.sort_by_key(|line| (line.number, line.revision));
        }
        Self { list }
    }

    /// Where `number` stands as of revision `index`.
    pub(crate) fn at(&self, number: u32, index: usize) -> Place {
        let asked = (number, u32::try_from(index).unwrap_or(u32::MAX));
        let after = self
            .list
            .partition_point(|line| (line.number, line.revision) <= asked);
        let last = after.checked_sub(1).and_then(|at| self.list.get(at));
        last.filter(|line| line.number == number)
            .map_or(Place::Free, |line| line.place)
    }

    /// Every place that some revision gives `number`.
    pub(crate) fn ever(&self, number: u32) -> impl Iterator<Item = Place> {
        let first = self.list.partition_point(|line| line.number < number);
        let lines = self.list.get(first..).unwrap_or_default();
        let lines = lines.iter().take_while(move |line| line.number == number);
        lines.map(|line| line.place)
    }
}

/// A line that leads past the end of its own revision leads nowhere: whoever appends there later must not be able to
/// fill it.
fn within(revision: &Revision<'_>, place: Place) -> Place {
    match place {
        Place::At { offset, .. } if offset >= revision.end => Place::Free,
        place => place,
    }
}

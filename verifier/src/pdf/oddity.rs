//! What the walk over the bytes of a file notes. Notes are facts, not verdicts: the rules weigh them.

/// Something that a well-formed revision does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oddity {
    /// Index of the revision; one past the last for what follows the last one.
    pub(crate) revision: usize,
    pub(crate) at: usize,
    pub(crate) kind: OddityKind,
}

/// See [`Oddity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OddityKind {
    /// `%PDF-` is not the first thing in the file.
    NoHeader,
    /// Bytes that belong to nothing.
    Unlisted,
    /// An object that runs over a section or `startxref`.
    Overlap,
    /// A comment where none is needed.
    Comment,
    /// A cross-reference line that does not lead to its `n g obj`.
    Mistargeted(u32),
    /// A line that leads to white space before its `n g obj`.
    Loose(u32),
    /// A line that leads into an earlier revision.
    Borrowed(u32),
    /// An object that stands where it should but cannot be read; it counts as null.
    Broken(u32),
    /// A number listed twice in one revision.
    Repeated(u32),
    /// A dictionary with a key twice.
    DoubleKey,
    /// A script, an open action, an XFA form.
    ActiveContent,
    /// The revision's own `startxref` does not name its section.
    Startxref,
}

/// Oddities of one kind in one revision that are worth naming.
pub(crate) const MOST_ODDITIES: usize = 8;

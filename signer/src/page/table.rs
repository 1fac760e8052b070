//! Rows of label and value: as high as their values need, all at one size.

use super::fit::{ASCENT, break_all, largest};
use super::{Line, PT_PER_MM};
use crate::font::Glyph;
use crate::template::{Align, Fit, Style, Table};

/// A table that found its size; points from the page's upper left corner, y downwards.
#[derive(Debug, Clone)]
pub(crate) struct PlacedTable {
    pub(crate) size: f32,
    pub(crate) labels: Vec<Line>,
    pub(crate) values: Vec<Line>,
    /// Height of the line under each row.
    pub(crate) rules: Vec<f32>,
}

/// A row's glyphs: label and paragraphs of the value.
pub(crate) type ShapedRow = (Vec<Vec<Glyph>>, Vec<Vec<Glyph>>);

/// Sets rows into the table's box; none where they do not fit at the smallest size.
pub(crate) fn place_table(rows: &[ShapedRow], table: &Table) -> Option<PlacedTable> {
    largest(&table.style, |size| place_at(rows, table, size))
}

fn place_at(rows: &[ShapedRow], table: &Table, size: f32) -> Option<PlacedTable> {
    let label_style = Style {
        align: table.label_align,
        fit: Fit::Refuse,
        indent: 0.0,
        ..table.style.clone()
    };
    let value_style = Style {
        align: if table.style.align == Align::Distribute {
            Align::Left
        } else {
            table.style.align
        },
        ..table.style.clone()
    };
    let left = table.area.x * PT_PER_MM;
    let label_width = table.label_width * PT_PER_MM;
    let value_left = left + label_width + table.gap * PT_PER_MM;
    let value_width = left + table.area.width * PT_PER_MM - value_left;
    let leading = table.style.line_height * size;
    let row_gap = table.row_gap * PT_PER_MM;
    let bottom = (table.area.y + table.area.height) * PT_PER_MM;

    let mut placed = PlacedTable {
        size,
        labels: Vec::new(),
        values: Vec::new(),
        rules: Vec::new(),
    };
    let mut top = table.area.y * PT_PER_MM;
    for (label, value) in rows {
        let first = top + (leading - size) / 2.0 + ASCENT * size;
        let labels = break_all(label, label_width, &label_style, size)?;
        let values = break_all(value, value_width, &value_style, size)?;
        let height = leading * labels.len().max(values.len()) as f32;
        for (n, line) in labels.into_iter().enumerate() {
            let y = first + leading * n as f32;
            placed
                .labels
                .push(line.stand(left, y, label_width, &label_style, size));
        }
        for (n, line) in values.into_iter().enumerate() {
            let y = first + leading * n as f32;
            placed
                .values
                .push(line.stand(value_left, y, value_width, &value_style, size));
        }
        placed.rules.push(top + height + row_gap / 2.0);
        top += height + row_gap;
    }
    // The gap after the last row need not fit.
    (top - row_gap <= bottom + 0.05).then_some(placed)
}

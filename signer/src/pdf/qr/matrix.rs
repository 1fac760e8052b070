//! The modules of a QR code as bits, a line in a word, so that whole lines are added and compared at once.

/// The longest side: version 11. Larger codes cannot be scanned from a certificate anyway.
pub(super) const LONGEST: usize = 61;

/// A square of modules: its rows from the top, then its columns from the left. Bit n of a line is its nth
/// module from the left or the top, and set where that is dark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matrix(Vec<u64>);

impl Matrix {
    /// Asks `dark` for every row and column; none where the side is longer than a line can hold.
    pub(super) fn new(side: usize, dark: impl Fn(usize, usize) -> bool) -> Option<Self> {
        if side > LONGEST {
            return None;
        }
        let line = |dark: &dyn Fn(usize) -> bool| {
            (0..side).fold(0, |line, n| line | u64::from(dark(n)) << n)
        };
        let rows = (0..side).map(|row| line(&|column| dark(row, column)));
        let columns = (0..side).map(|column| line(&|row| dark(row, column)));
        Some(Self(rows.chain(columns).collect()))
    }

    /// All light.
    pub(super) fn light(side: usize) -> Self {
        Self(vec![0; 2 * side])
    }

    pub(super) fn side(&self) -> usize {
        self.0.len() / 2
    }

    pub(super) fn rows(&self) -> &[u64] {
        &self.0[..self.side()]
    }

    pub(super) fn columns(&self) -> &[u64] {
        &self.0[self.side()..]
    }

    /// Changes the modules that are dark in the other: addition over GF(2).
    pub(super) fn add(&mut self, other: &Self) {
        for (line, other) in self.0.iter_mut().zip(&other.0) {
            *line ^= other;
        }
    }

    /// The sum of both.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Rectangles that cover just the dark modules: column, row, width, height. Each grows from the first
    /// module that none covers yet, to the right and then down or straight down, whichever covers more.
    pub(super) fn rectangles(&self) -> Vec<[usize; 4]> {
        let mut rows = self.rows().to_vec();
        let mut rectangles = Vec::with_capacity(8 * rows.len());
        for top in 0..rows.len() {
            while rows[top] != 0 {
                let left = rows[top].trailing_zeros();
                let width = (rows[top] >> left).trailing_ones();
                let high = |part: u64| {
                    rows[top..]
                        .iter()
                        .take_while(|row| *row & part == part)
                        .count()
                };
                let (row, column) = (((1 << width) - 1) << left, 1 << left);
                let (wide, tall) = ((width as usize, high(row)), (1, high(column)));
                let (part, (width, height)) = if tall.1 > wide.0 * wide.1 {
                    (column, tall)
                } else {
                    (row, wide)
                };
                for row in &mut rows[top..top + height] {
                    *row &= !part;
                }
                rectangles.push([left as usize, top, width, height]);
            }
        }
        rectangles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_cover_each_dark_module_once() {
        let check = |picture: &[&[u8]], expect: &[[usize; 4]]| {
            let matrix = Matrix::new(picture.len(), |row, column| picture[row][column] == b'#');
            assert_eq!(matrix.expect("short").rectangles(), expect);
        };
        check(&[b"...", b"...", b"..."], &[]);
        check(&[b"##.", b"##.", b"..#"], &[[0, 0, 2, 2], [2, 2, 1, 1]]);
        check(&[b"##.", b"#..", b"#.."], &[[0, 0, 1, 3], [1, 0, 1, 1]]);
        check(
            &[b"###", b"#.#", b"###"],
            &[[0, 0, 3, 1], [0, 1, 1, 2], [2, 1, 1, 2], [1, 2, 1, 1]],
        );
    }

    #[test]
    fn a_side_longer_than_a_line_is_refused() {
        assert!(Matrix::new(LONGEST, |_, _| true).is_some());
        assert!(Matrix::new(LONGEST + 1, |_, _| true).is_none());
    }
}

//! How hard a masked code is to read: the penalties by which its mask is chosen (ISO/IEC 18004, 7.8.3).

use super::Matrix;

/// The sum of the four penalties; the lowest is best.
pub(super) fn penalty(code: &Matrix) -> u32 {
    let side = code.side() as u32;
    let lines = code.rows().iter().chain(code.columns());
    let lines: u32 = lines
        .map(|line| runs(*line, side) + like_finders(*line))
        .sum();
    lines + blocks(code.rows(), side) + imbalance(code.rows(), side)
}

/// Runs of five or more modules of one colour: 3, and 1 for each module beyond five.
fn runs(line: u64, side: u32) -> u32 {
    let alike = alike(line, side);
    let five = alike & alike >> 1 & alike >> 2 & alike >> 3;
    let begin = five & !(five << 1);
    five.count_ones() + 2 * begin.count_ones()
}

/// Where a module is of the colour of the next.
fn alike(line: u64, side: u32) -> u64 {
    !(line ^ line >> 1) & ((1 << (side - 1)) - 1)
}

/// Blocks of 2 × 2 modules of one colour, overlapping ones too: 3 each.
fn blocks(rows: &[u64], side: u32) -> u32 {
    let pairs = rows.windows(2).map(|rows| {
        let below = !(rows[0] ^ rows[1]);
        (alike(rows[0], side) & below & below >> 1).count_ones()
    });
    3 * pairs.sum::<u32>()
}

/// What looks like a finder pattern, 1:1:3:1:1 with four light modules before or behind: 40 each. Around the
/// code all is light.
fn like_finders(line: u64) -> u32 {
    let finder = line & !(line >> 1) & line >> 2 & line >> 3 & line >> 4 & !(line >> 5) & line >> 6;
    let dark_before = line << 1 | line << 2 | line << 3 | line << 4;
    let dark_behind = line >> 7 | line >> 8 | line >> 9 | line >> 10;
    40 * ((finder & !dark_before).count_ones() + (finder & !dark_behind).count_ones())
}

/// 10 for every 5 % by which the dark modules are more or fewer than half.
fn imbalance(rows: &[u64], side: u32) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let all = side * side;
    10 * ((2 * dark).abs_diff(all) * 10 / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(picture: &str) -> (u64, u32) {
        let dark = picture
            .bytes()
            .rev()
            .fold(0, |line, c| line << 1 | u64::from(c == b'#'));
        (dark, picture.len() as u32)
    }

    #[test]
    fn each_penalty() {
        let check = |picture: &str, expect: [u32; 2]| {
            let (dark, side) = line(picture);
            assert_eq!([runs(dark, side), like_finders(dark)], expect, "{picture}");
        };
        check("#.#.#.#.#.", [0, 0]);
        check("####.####.", [0, 0]);
        check("#####.....", [6, 0]);
        check("##########", [8, 0]);
        check("#.#####.#.######", [7, 0]);
        check("#.###.#", [0, 80]);
        check("####.#.###.#....", [0, 40]);
        check("....#.###.#.####", [0, 40]);
        check("#...#.###.#...##", [0, 0]);
        let all = |colour: u64| penalty(&Matrix::new(21, |_, _| colour == 1).expect("short"));
        let uniform = 42 * 19 + 400 * 3 + 100;
        assert_eq!([all(0), all(1)], [uniform; 2]);
        let half = Matrix::new(21, |row, column| (row + column) % 2 == 0).expect("short");
        assert_eq!(penalty(&half), 0);
    }
}

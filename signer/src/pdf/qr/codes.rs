//! The codes of many addresses that differ in their last characters only.
//!
//! A QR code is linear: whatever the rest of the text, a change of one bit of it changes the same modules,
//! for the error correction is a linear code and a mask is added to the modules. So the library encodes one
//! address under each mask, and once more for each bit that may change; the code of any other address is a sum
//! of these. Encoding and choosing the mask anew took half the time of a page.

use std::sync::OnceLock;

use fast_qr::{ECL, Mask, Mode, QRBuilder};

use super::Matrix;
use super::matrix::LONGEST;
use super::penalty::penalty;

/// How many characters at the end may change: the printed code.
const TAIL: usize = 16;
/// Bits of an ASCII character.
const BITS: usize = 7;

const MASKS: [Mask; 8] = [
    Mask::Checkerboard,
    Mask::HorizontalLines,
    Mask::VerticalLines,
    Mask::DiagonalLines,
    Mask::LargeCheckerboard,
    Mask::Fields,
    Mask::Diamonds,
    Mask::Meadow,
];

/// Makes codes; from the second address on quickly, if it is as long as the first and begins alike.
#[derive(Default)]
pub(crate) struct QrCodes(OnceLock<Option<Known>>);

/// The code of one text, and how others differ from it.
struct Known {
    text: Vec<u8>,
    masked: Vec<Matrix>,
    /// What a bit changes: the bits of the first character of the tail, of the second, …
    changes: Vec<Matrix>,
}

impl QrCodes {
    /// The code of the text under the mask with the lowest penalty; none where it is too long.
    pub(super) fn code(&self, text: &str) -> Option<Matrix> {
        let text = text.as_bytes();
        let known = self.0.get_or_init(|| Known::new(text)).as_ref();
        let known = known.and_then(|known| known.with_changes_to(text));
        let masked = match known {
            Some(masked) => masked,
            None => all_masks(text)?,
        };
        // of equals the first, so that a text always has the same code
        masked.into_iter().min_by_key(penalty)
    }
}

impl Known {
    /// None where the text is shorter than its tail or too long.
    fn new(text: &[u8]) -> Option<Self> {
        let tail = text.len().checked_sub(TAIL)?..text.len();
        let masked = all_masks(text)?;
        let change = |place: usize, bit: usize| {
            let mut changed = text.to_vec();
            changed[place] ^= 1 << bit;
            Some(encoded(&changed, MASKS[0])?.plus(&masked[0]))
        };
        let changes = tail.flat_map(|place| (0..BITS).map(move |bit| (place, bit)));
        Some(Self {
            changes: changes
                .map(|(place, bit)| change(place, bit))
                .collect::<Option<_>>()?,
            text: text.to_vec(),
            masked,
        })
    }

    /// The code of another text under each mask; none where the two differ before the tail.
    fn with_changes_to(&self, text: &[u8]) -> Option<Vec<Matrix>> {
        let head = self.text.len() - TAIL;
        if text.len() != self.text.len() || text[..head] != self.text[..head] || !text.is_ascii() {
            return None;
        }
        let differences = text[head..]
            .iter()
            .zip(&self.text[head..])
            .map(|(a, b)| a ^ b);
        let bits = differences.flat_map(|byte| (0..BITS).map(move |bit| byte >> bit & 1 == 1));
        let mut change = Matrix::light(self.masked[0].side());
        for (_, one) in bits.zip(&self.changes).filter(|(differs, _)| *differs) {
            change.add(one);
        }
        Some(
            self.masked
                .iter()
                .map(|code| code.clone().plus(&change))
                .collect(),
        )
    }
}

/// Modules on a side for a text of so many bytes; none where it is too long.
pub(super) fn side(bytes: usize) -> Option<usize> {
    encoded(&vec![b'x'; bytes], MASKS[0]).map(|code| code.side())
}

fn all_masks(text: &[u8]) -> Option<Vec<Matrix>> {
    MASKS.into_iter().map(|mask| encoded(text, mask)).collect()
}

/// Level M: 15 % may be damaged.
fn encoded(text: &[u8], mask: Mask) -> Option<Matrix> {
    let code = QRBuilder::new(text)
        .ecl(ECL::M)
        .mode(Mode::Byte)
        .mask(mask)
        .build()
        .ok()?;
    (code.size <= LONGEST).then_some(())?;
    Matrix::new(code.size, |row, column| code[row][column].value())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the library alone makes it.
    fn alone(text: &str) -> Option<Matrix> {
        all_masks(text.as_bytes())?.into_iter().min_by_key(penalty)
    }

    #[test]
    fn what_is_unlike_the_first_is_encoded_anew() {
        let codes = QrCodes::default();
        for text in [
            "https://zz.example/v#0123456789ABCDEF",
            "https://yy.example/v#0123456789ABCDEF",
            "https://zz.example/v#0123456789ABCDEFG",
            "https://zz.example/v#0123456789ABCDÉ",
            "short",
        ] {
            assert!(codes.code(text).is_some());
            assert_eq!(codes.code(text), alone(text), "{text}");
        }
        assert_eq!(QrCodes::default().code("short"), alone("short"));
        assert_eq!(QrCodes::default().code(&"x".repeat(300)), None);
    }

    #[test]
    fn sides_follow_the_versions() {
        let check = |bytes, expect| assert_eq!(side(bytes), expect, "{bytes}");
        check(14, Some(21));
        check(42, Some(29));
        check(43, Some(33));
        check(251, Some(61));
        check(252, None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]
        #[test]
        fn every_sum_is_the_code_that_the_library_makes(
            head in "[a-z:/.#]{5,100}", tails in prop::collection::vec("[0-9A-Z]{16}", 2..6),
        ) {
            let codes = QrCodes::default();
            for tail in tails {
                let text = head.clone() + &tail;
                prop_assert_eq!(codes.code(&text), alone(&text));
            }
        }
    }
}

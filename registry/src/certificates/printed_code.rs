//! The code printed under the QR code of a file: enough alone to look a certificate up.

use std::fmt;

use ring::rand::SecureRandom;
use zeroize::Zeroize;

use crate::units::{CodeFault, fold_width};

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 80 random bits as 16 characters of Crockford's base32. Who has it may see state and masked
/// holder, so the registry keeps only its HMAC.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintedCode(String);

impl PrintedCode {
    /// Draws a code.
    pub fn draw(random: &dyn SecureRandom) -> Result<Self, ring::error::Unspecified> {
        let mut bytes = [0u8; 16];
        random.fill(&mut bytes)?;
        // Five bits of each byte: 32 divides 256, so every character is equally likely.
        let code = bytes
            .iter()
            .map(|b| char::from(CROCKFORD[usize::from(b % 32)]))
            .collect();
        bytes.zeroize();
        Ok(Self(code))
    }

    /// Reads a code as people type it: any case, with or without groups, O for 0, I or L for 1.
    pub fn parse(text: &str) -> Result<Self, CodeFault> {
        let folded = fold_width(text);
        let typed = folded.chars().filter(|c| !matches!(c, '-' | ' '));
        let code: String = typed
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        if !code.bytes().all(|b| CROCKFORD.contains(&b)) {
            return Err(CodeFault::Alphabet);
        }
        if code.len() != 16 {
            return Err(CodeFault::Length { expected: "16" });
        }
        Ok(Self(code))
    }

    /// The 16 characters, as the QR code carries them and as they are hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PrintedCode {
    /// In four groups, as printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = [0, 4, 8, 12].map(|at| &self.0[at..at + 4]);
        write!(f, "{a}-{b}-{c}-{d}")
    }
}

impl fmt::Debug for PrintedCode {
    /// Never the code itself: it opens a look-up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrintedCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let code = PrintedCode::draw(&ring::rand::SystemRandom::new()).unwrap();
        assert_eq!(
            PrintedCode::parse(&code.to_string().to_lowercase()).unwrap(),
            code
        );
        assert_eq!(
            PrintedCode::parse("oil0 0000 0000 0000").unwrap().as_str(),
            "0110000000000000"
        );
        assert_eq!(
            PrintedCode::parse("0000"),
            Err(CodeFault::Length { expected: "16" })
        );
        assert_eq!(
            PrintedCode::parse("U000-0000-0000-0000"),
            Err(CodeFault::Alphabet)
        );
    }
}

//! The permit, and what a caller states to get one.

use crate::units::Actor;

/// What a certificate is used for (GB/T 36906 `useCause`): 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose(String);

/// The number of the business at hand: 1 to 64 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessNumber(String);

/// Why a stated term cannot be taken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermFault {
    /// Empty, or longer than it may be.
    #[error("must have 1 to {0} characters")]
    Length(usize),
    /// Control, bidirectional or other characters that are not seen as they are stored.
    #[error("holds characters that cannot be seen, or are not allowed here")]
    Characters,
}

impl TermFault {
    /// The same in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::Length(most) => format!("须为 1 至 {most} 个字符"),
            Self::Characters => "含有不可见或此处不允许的字符".to_owned(),
        }
    }
}

/// The proof that a call may learn state and verdict. It opens no face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    masked_holders: bool,
    caller: Option<Actor>,
    purpose: Option<Purpose>,
    business: Option<BusinessNumber>,
}

/// The proof that a person may see what waits for review in an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewPermit {
    reviewer: Actor,
}

impl ReviewPermit {
    pub(crate) fn of(reviewer: Actor) -> Self {
        Self { reviewer }
    }

    /// Who reviews.
    pub fn reviewer(&self) -> &Actor {
        &self.reviewer
    }
}

impl Permit {
    pub(super) fn stated(caller: Actor, purpose: Purpose, business: BusinessNumber) -> Self {
        Self {
            masked_holders: false,
            caller: Some(caller),
            purpose: Some(purpose),
            business: Some(business),
        }
    }

    pub(super) fn anonymous() -> Self {
        Self {
            masked_holders: true,
            caller: None,
            purpose: None,
            business: None,
        }
    }

    /// Whether the last letter of each holder's name may be shown: to whoever has the paper with its printed code.
    pub(crate) fn shows_masked_holders(&self) -> bool {
        self.masked_holders
    }

    /// Who calls; none for anybody.
    pub fn caller(&self) -> Option<&Actor> {
        self.caller.as_ref()
    }

    /// What it was stated for.
    pub fn purpose(&self) -> Option<&Purpose> {
        self.purpose.as_ref()
    }

    /// For which business.
    pub fn business(&self) -> Option<&BusinessNumber> {
        self.business.as_ref()
    }
}

impl Purpose {
    /// Reads a purpose; spaces at its ends are dropped.
    ///
    /// # Errors
    /// [`TermFault`].
    pub fn parse(text: &str) -> Result<Self, TermFault> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 200 {
            return Err(TermFault::Length(200));
        }
        if text.chars().any(is_unseen) {
            return Err(TermFault::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was stated.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BusinessNumber {
    /// Reads a business number.
    ///
    /// # Errors
    /// [`TermFault`].
    pub fn parse(text: &str) -> Result<Self, TermFault> {
        if text.is_empty() || text.len() > 64 {
            return Err(TermFault::Length(64));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TermFault::Characters);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was stated.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_short_and_seen() {
        let long = "用".repeat(201);
        for (text, expected) in [
            ("办理住房公积金提取", None),
            ("  ", Some(TermFault::Length(200))),
            (long.as_str(), Some(TermFault::Length(200))),
            ("甲\u{202E}乙", Some(TermFault::Characters)),
            ("甲\n乙", Some(TermFault::Characters)),
        ] {
            assert_eq!(Purpose::parse(text).err(), expected, "{text:?}");
        }
        for (text, expected) in [
            ("BJ-2026-000123", None),
            ("", Some(TermFault::Length(64))),
            ("２０２６", Some(TermFault::Characters)),
            ("a b", Some(TermFault::Characters)),
        ] {
            assert_eq!(BusinessNumber::parse(text).err(), expected, "{text:?}");
        }
    }
}

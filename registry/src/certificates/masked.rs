//! The masked holder (design §7): enough to compare with the paper in hand, too little to learn a name.
//!
//! A [`MaskedName`] is made only here, for a permit that shows it. No face is opened to anybody by it.

use std::fmt;

use super::{Certificates, Particulars, Record};
use crate::error::Result;
use crate::grants::Permit;
use crate::store::{jobs, records};

/// Two asterisks, whatever the length of the name, and its last letter: `**三`. Never a digit.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedName(String);

impl MaskedName {
    fn of(name: &str) -> Self {
        let last = name.chars().rev().find(|letter| letter.is_alphabetic());
        Self(match last {
            Some(letter) => format!("**{letter}"),
            None => "***".to_owned(),
        })
    }

    /// As it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MaskedName {
    /// Part of a name still.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MaskedName(..)")
    }
}

impl Certificates<'_> {
    /// Every holder, masked, in the order of the record; none where the permit shows none, or where the content
    /// has been erased.
    pub async fn masked_holders(
        &self,
        record: &Record,
        permit: &Permit,
    ) -> Result<Vec<MaskedName>> {
        if !permit.shows_masked_holders() {
            return Ok(Vec::new());
        }
        let mut reader = self.registry.store().reader().await?;
        let Some(wrapped) = jobs::data_key(&mut reader, record.id).await? else {
            return Ok(Vec::new());
        };
        let Some(sealed) = records::face(&mut reader, record.id).await? else {
            return Ok(Vec::new());
        };
        drop(reader);
        let owner = record.id.to_string();
        let key = self.registry.vault().open_key(&owner, &wrapped)?;
        let particulars = Particulars::open(&key, sealed)?;
        let holders = particulars.holders.iter();
        Ok(holders
            .map(|holder| MaskedName::of(holder.name()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_leaves_one_letter() {
        for (name, masked) in [
            ("张三", "**三"),
            ("欧阳娜娜", "**娜"),
            ("买买提·吐尔逊", "**逊"),
            ("Anna Lee", "**e"),
            ("望澜市甲公司（有限合伙）", "**伙"),
            ("第2", "**第"),
            ("甲", "**甲"),
            ("12345", "***"),
            ("", "***"),
        ] {
            assert_eq!(MaskedName::of(name).as_str(), masked, "{name}");
        }
    }
}

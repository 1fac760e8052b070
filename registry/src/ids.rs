//! Identifiers of records inside the registry: sorted by time, so that keys grow at one end of
//! their index, and random enough that no two makers meet.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::cipher::random;
use crate::error::{Error, Result};

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 48 bits of milliseconds, 80 random bits; written as 26 characters that sort as the bytes do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// A new identifier.
    pub(crate) fn new(now: Timestamp) -> Result<Self> {
        Ok(Self::run(now, 1)?[0])
    }

    /// Identifiers for a group: a random start and its successors.
    pub(crate) fn run(now: Timestamp, count: usize) -> Result<Vec<Self>> {
        let random: [u8; 16] = random()?;
        let millis = u128::from(now.as_millisecond().unsigned_abs()) << 80;
        // The top random bit stays clear, so that counting up never reaches the time.
        let start = u128::from_be_bytes(random) & ((1 << 79) - 1);
        let ids = (0..count as u128).map(|n| Self((millis | (start + n)).to_be_bytes()));
        Ok(ids.collect())
    }

    /// When it was made, to the millisecond. `None` for one that this program did not make.
    pub fn made_at(&self) -> Option<Timestamp> {
        let millis = u128::from_be_bytes(self.0) >> 80;
        Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads an identifier that this program stored.
    pub(crate) fn stored(text: &str) -> Result<Self> {
        text.parse()
            .map_err(|()| Error::damaged("登记号无法读出", "a stored identifier has another form"))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u128::from_be_bytes(self.0);
        let mut text = [0; 26];
        for (place, byte) in text.iter_mut().enumerate() {
            let shift = 5 * (25 - place);
            *byte = CROCKFORD[((value >> shift) & 31) as usize];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let fits = text.len() == 26 && text.as_bytes()[0] <= b'7';
        let mut value: u128 = 0;
        for byte in text.bytes() {
            let digit = CROCKFORD.iter().position(|c| *c == byte).ok_or(())?;
            value = (value << 5) | digit as u128;
        }
        if fits {
            Ok(Self(value.to_be_bytes()))
        } else {
            Err(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_by_time_and_read_back() {
        let early = Id::new(Timestamp::from_millisecond(1).unwrap()).unwrap();
        let run = Id::run(Timestamp::from_millisecond(2).unwrap(), 3).unwrap();
        assert!(early < run[0] && run[0] < run[1] && run[1] < run[2]);
        assert!(early.to_string() < run[0].to_string() && run[0].to_string() < run[1].to_string());
        for id in run {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for bad in [
            "",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "0000000000000000000000000U",
            "é",
        ] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
    }
}

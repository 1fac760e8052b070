//! Places in a status list: unique because a counter gives them, and random-looking because a
//! keyed permutation of all 2^20 places scatters the counter. Neighbours in time are no neighbours
//! in the list, so a list tells nothing about who was issued with whom.

use ring::hmac;

/// Bits of one half of a place; a list has 2^20 places.
const HALF: u32 = 10;
const MASK: u32 = (1 << HALF) - 1;
/// Four rounds of a Feistel network with a pseudo-random round function make a permutation that
/// cannot be told from a random one by whom does not hold the key (Luby and Rackoff 1988).
const ROUNDS: u8 = 4;

/// The place of the counter's value, below 2^20, in the list of this secret.
pub(crate) fn scatter(secret: &hmac::Key, counter: u32) -> u32 {
    let (mut left, mut right) = ((counter >> HALF) & MASK, counter & MASK);
    for round in 0..ROUNDS {
        (left, right) = (right, left ^ mix(secret, round, right));
    }
    (left << HALF) | right
}

fn mix(secret: &hmac::Key, round: u8, half: u32) -> u32 {
    let [high, low] = (half as u16).to_be_bytes();
    let tag = hmac::sign(secret, &[round, high, low]);
    u32::from(u16::from_be_bytes([tag.as_ref()[0], tag.as_ref()[1]])) & MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    #[test]
    fn no_place_is_given_twice() {
        let secret = secret(3);
        let mut seen = vec![false; 1 << 20];
        // Every 16th counter keeps the test short; distinct counters meet in no place.
        for counter in (0..1 << 20).step_by(16) {
            let place = scatter(&secret, counter) as usize;
            assert!(!std::mem::replace(&mut seen[place], true), "{counter}");
        }
    }

    #[test]
    fn neighbours_are_scattered_and_lists_differ() {
        let places: Vec<u32> = (0..64)
            .map(|counter| scatter(&secret(3), counter))
            .collect();
        let near = places
            .windows(2)
            .filter(|pair| pair[0].abs_diff(pair[1]) < 1024)
            .count();
        assert!(near < 8, "{places:?}");
        assert_ne!(
            places,
            (0..64).map(|c| scatter(&secret(4), c)).collect::<Vec<_>>()
        );
    }
}

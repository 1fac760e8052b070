//! How often one caller may call: budgets of calls a minute, for cheap reads and for files and verifications apart.
//!
//! Strangers are told apart by address (IPv6 by its /64), units by the person who calls. A budget is a token bucket
//! that holds one minute's calls; however many callers there are, the number of buckets is fixed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use registry::units::Actor;
use ring::digest::{SHA256, digest};

use super::refusal::Refusal;
use crate::settings::RateSettings;

/// Callers of one budget that are told apart at once; those beyond share one bucket.
const CALLERS: usize = 1 << 16;
const WINDOW: u64 = 60;
const SECOND: u64 = 1_000_000_000;

/// Every budget of a service.
#[derive(Debug)]
pub(crate) struct Rates {
    strangers: [Budget; 2],
    units: [Budget; 2],
}

/// Who pays for a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Payer<'a> {
    /// Somebody unknown, by address.
    Stranger(IpAddr),
    /// Somebody on record.
    Unit(&'a Actor),
}

/// What a call costs: its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// A look at what is on record.
    Read,
    /// A file, a verification, a push.
    File,
}

/// Where a caller stands in a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    quota: u64,
    left: u64,
    /// Seconds until the budget is whole again.
    whole_in: u64,
}

impl Load {
    /// The budget of a route.
    pub(crate) fn of(method: &str, path: &str) -> Self {
        let heavy = ["/v1/public/", "/v1/verifications", "/v1/36906/"];
        let pushes = matches!(path, "/v1/batches" | "/v1/images") && method == "POST";
        let files = ["/page", "/file", "/files", "/errors", "/repair"];
        let whole = path.starts_with("/v1/") && files.iter().any(|end| path.ends_with(end));
        match pushes || whole || heavy.iter().any(|start| path.starts_with(start)) {
            true => Self::File,
            false => Self::Read,
        }
    }
}

impl Rates {
    /// All whole.
    pub(crate) fn new(settings: &RateSettings) -> Self {
        let pair = |reads, files| [Budget::new("reads", reads), Budget::new("files", files)];
        Self {
            strangers: pair(settings.strangers_reads, settings.strangers_files),
            units: pair(settings.units_reads, settings.units_files),
        }
    }

    /// Takes that many calls from a budget of the caller; none where it has no limit.
    ///
    /// # Errors
    /// 429 `too_often` with `Retry-After`; then nothing is taken.
    pub(crate) fn take(
        &self,
        payer: Payer<'_>,
        load: Load,
        calls: u64,
    ) -> Result<Option<Standing>, Refusal> {
        let (budgets, caller) = match payer {
            Payer::Stranger(address) => (&self.strangers, of_address(address)),
            Payer::Unit(actor) => (&self.units, of_actor(actor)),
        };
        let budget = match load {
            Load::Read => &budgets[0],
            Load::File => &budgets[1],
        };
        let now = u64::try_from(budget.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        match budget.take(caller, calls, now) {
            Ok(standing) => Ok(standing),
            Err((standing, wait)) => Err(Refusal::too_often(standing, wait)),
        }
    }
}

impl Standing {
    /// Writes `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let Self {
            name,
            quota,
            left,
            whole_in,
        } = self;
        for (field, value) in [
            (
                "ratelimit-policy",
                format!("\"{name}\";q={quota};w={WINDOW}"),
            ),
            ("ratelimit", format!("\"{name}\";r={left};t={whole_in}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(field), value);
            }
        }
    }

    /// Calls a minute.
    pub(crate) fn quota(&self) -> u64 {
        self.quota
    }
}

type CallerKey = [u8; 16];

/// Whoever comes when every bucket is in use.
const OTHERS: CallerKey = [0xFF; 16];

fn of_address(address: IpAddr) -> CallerKey {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        // One household or machine has a /64, and draws new addresses from it at will.
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets[8..].fill(0);
            octets
        }
    }
}

fn of_actor(actor: &Actor) -> CallerKey {
    let digest = digest(&SHA256, actor.to_string().as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&digest.as_ref()[..16]);
    key
}

/// One budget. A bucket is the instant at which it will be whole again (the generic cell rate algorithm), so that one
/// that is whole need not be kept.
#[derive(Debug)]
struct Budget {
    name: &'static str,
    quota: u64,
    begun: Instant,
    buckets: Mutex<Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    whole_at: HashMap<CallerKey, u64>,
    /// When those that are whole were last let go.
    cleared: u64,
}

impl Budget {
    fn new(name: &'static str, a_minute: u32) -> Self {
        Self {
            name,
            quota: u64::from(a_minute),
            begun: Instant::now(),
            buckets: Mutex::default(),
        }
    }

    /// `now` in nanoseconds since the budget began. An error says how many seconds to wait.
    fn take(
        &self,
        caller: CallerKey,
        calls: u64,
        now: u64,
    ) -> Result<Option<Standing>, (Standing, u64)> {
        if self.quota == 0 {
            return Ok(None);
        }
        let window = WINDOW * SECOND;
        let each = (window / self.quota).max(1);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let caller = buckets.place(caller, now);
        let whole_at = buckets.whole_at.get(&caller).copied().unwrap_or(0).max(now);
        // More than a minute's calls at once are a minute's calls.
        let cost = each.saturating_mul(calls.min(self.quota));
        let then = whole_at.saturating_add(cost);
        let standing = |whole_at: u64| Standing {
            name: self.name,
            quota: self.quota,
            left: window.saturating_sub(whole_at - now) / each,
            whole_in: (whole_at - now).div_ceil(SECOND),
        };
        let over = (then - now).saturating_sub(window);
        if over > 0 {
            return Err((standing(whole_at), over.div_ceil(SECOND)));
        }
        buckets.whole_at.insert(caller, then);
        Ok(Some(standing(then)))
    }
}

impl Buckets {
    /// The caller's own bucket, or that of all others where there is no room.
    fn place(&mut self, caller: CallerKey, now: u64) -> CallerKey {
        let full = |buckets: &Self| buckets.whole_at.len() >= CALLERS;
        if !full(self) || self.whole_at.contains_key(&caller) {
            return caller;
        }
        // To look through all of them for each stranger of a flood would itself be the flood.
        if now >= self.cleared.saturating_add(SECOND) {
            self.cleared = now;
            self.whole_at.retain(|_, whole_at| *whole_at > now);
        }
        if full(self) { OTHERS } else { caller }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(taken: Result<Option<Standing>, (Standing, u64)>) -> Result<u64, u64> {
        taken
            .map(|standing| standing.unwrap().left)
            .map_err(|(_, wait)| wait)
    }

    #[test]
    fn a_budget_is_spent_and_comes_back() {
        let budget = Budget::new("reads", 60);
        let (one, other) = ([1; 16], [2; 16]);
        assert_eq!(left(budget.take(one, 59, 0)), Ok(1));
        assert_eq!(left(budget.take(one, 1, 0)), Ok(0));
        assert_eq!(left(budget.take(one, 1, 0)), Err(1));
        assert_eq!(
            left(budget.take(one, 10, 0)),
            Err(10),
            "refused, and not counted"
        );
        assert_eq!(left(budget.take(other, 1, 0)), Ok(59));
        assert_eq!(left(budget.take(one, 1, SECOND)), Ok(0));
        assert_eq!(left(budget.take(one, 1, 61 * SECOND)), Ok(59));
        assert_eq!(left(budget.take(other, 1000, 200 * SECOND)), Ok(0));
        assert_eq!(Budget::new("reads", 0).take(one, 1, 0), Ok(None));
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_room() {
        let budget = Budget::new("reads", 60);
        for number in 0..2 * CALLERS as u128 {
            let _ = budget.take(number.to_be_bytes(), 1, 0);
        }
        let held = budget.buckets.lock().unwrap().whole_at.len();
        assert_eq!(held, CALLERS + 1);
        // Those who were there have their own still; the others share one until there is room.
        assert_eq!(left(budget.take([0; 16], 1, 0)), Ok(58));
        assert!(left(budget.take([9; 16], 1, 0)).is_err());
        assert_eq!(left(budget.take([9; 16], 1, 61 * SECOND)), Ok(59));
    }

    #[test]
    fn callers_are_told_apart_by_what_they_cannot_choose() {
        let key = |text: &str| of_address(text.parse().unwrap());
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    }

    #[test]
    fn files_and_verifications_have_a_budget_of_their_own() {
        for (method, path, load) in [
            ("GET", "/v1/catalogue", Load::Read),
            ("GET", "/v1/batches", Load::Read),
            ("POST", "/v1/batches", Load::File),
            ("POST", "/v1/public/codes", Load::File),
            ("POST", "/v1/verifications/many", Load::File),
        ] {
            assert_eq!(Load::of(method, path), load, "{method} {path}");
        }
    }

    #[test]
    fn the_fields_are_those_of_the_draft() {
        let mut headers = HeaderMap::new();
        let standing = Standing {
            name: "reads",
            quota: 60,
            left: 59,
            whole_in: 1,
        };
        standing.write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"reads\";q=60;w=60");
        assert_eq!(headers["ratelimit"], "\"reads\";r=59;t=1");
    }
}

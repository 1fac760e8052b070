//! Named points at which a test lets this process die, as if the machine had lost power.

/// Dies here if the test asks for it by `YINXIN_CRASH_AT=name`, or `name:n` for the n-th time.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);

    let Ok(wanted) = std::env::var("YINXIN_CRASH_AT") else {
        return;
    };
    let (wanted, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if wanted == name && count.parse() == Ok(PASSED.fetch_add(1, Ordering::Relaxed) + 1) {
        std::process::abort();
    }
}

/// Nothing, outside of tests.
#[cfg(not(any(test, feature = "testing")))]
pub(crate) fn point(_: &str) {}

//! Named points at which a test lets this process die, as if the machine had lost power. They are there in
//! tests alone.

/// What a line begins with that names a point.
#[cfg(any(test, feature = "testing"))]
pub const TOLD: &str = "point ";

/// Dies here if the test asks for it by `YINXIN_CRASH_AT=name`, or `name:n` for the n-th time. Says the name
/// on standard output if the test asks for `YINXIN_TELL_POINTS`.
#[cfg(any(test, feature = "testing"))]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static PASSED: AtomicU64 = AtomicU64::new(0);

    if std::env::var_os("YINXIN_TELL_POINTS").is_some() {
        println!("{TOLD}{name}");
    }
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
pub fn point(_: &str) {}

//! The same work on many values, on all cores.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use rustix::process::setpriority_process;
use rustix::time::{ClockId, clock_gettime};

use crate::Error;

/// How far a thread of a batch steps back (nice; on Linux a thread has one of its own).
const GIVES_WAY: i32 = 10;

/// Applies `work` to every value, in order, with as many threads as there are cores. Also says how much
/// time of the cores it took, all threads together.
///
/// # Errors
/// The first error of the work, by the order of the values.
pub(super) fn on_all_cores<T: Send, U: Send>(
    values: Vec<T>,
    work: impl Fn(T) -> Result<U, Error> + Sync,
) -> Result<(Vec<U>, Duration), Error> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = values.len().div_ceil(cores).max(1);
    let mut shares = Vec::with_capacity(cores);
    let mut values = values.into_iter();
    loop {
        let next: Vec<T> = values.by_ref().take(share).collect();
        if next.is_empty() {
            break;
        }
        shares.push(next);
    }
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| {
                scope.spawn(move || {
                    // Who waits for an answer goes first; where the system knows no priorities, all are equal.
                    let _ = setpriority_process(None, GIVES_WAY);
                    let done = share
                        .into_iter()
                        .map(work)
                        .collect::<Result<Vec<U>, Error>>()?;
                    Ok::<_, Error>((done, spent_by_this_thread()))
                })
            })
            .collect();
        let (mut all, mut spent) = (Vec::new(), Duration::ZERO);
        for thread in threads {
            let (done, time) = thread.join().map_err(|_| Error::Stopped)??;
            all.extend(done);
            spent += time;
        }
        Ok((all, spent))
    })
}

/// Time of a core that this thread has had; no clock on a wall.
fn spent_by_this_thread() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(spent).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays_and_the_first_error_speaks() {
        for count in [0, 1, 2, 7, 1000] {
            let (done, _) = on_all_cores((0..count).collect(), |n: u32| Ok(n * 2)).unwrap();
            assert_eq!(done, (0..count).map(|n| n * 2).collect::<Vec<_>>());
        }
        let wrong = |n: u32| {
            if n < 3 {
                Ok(n)
            } else {
                Err(Error::ContentsTooSmall {
                    needed: n as usize,
                    reserved: 0,
                })
            }
        };
        let error = on_all_cores((0..9).collect(), wrong).unwrap_err();
        assert!(error.to_string().contains("takes 3 bytes"), "{error}");
    }
}

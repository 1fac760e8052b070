//! A process that works on a batch, and its end.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use house::works::Site;
use registry::Id;

const SIGKILL: i32 = 9;
const SIGABRT: i32 = 6;

/// A running `works_process`.
pub(crate) struct Process {
    child: Child,
    said: Receiver<String>,
}

/// How one ended.
pub(crate) struct Ended {
    /// The batch that it acknowledged, if it came to that.
    pub(crate) accepted: Option<Id>,
    /// Whether it came to the end of the batch before it was killed.
    pub(crate) by_itself: bool,
}

impl Process {
    /// Starts one on a batch of so many rows; it dies at the named point, if one is named.
    pub(crate) fn start(site: &Site, rows: u32, dies_at: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_works_process"));
        command
            .arg(&site.folder)
            .args([site.url(), &rows.to_string()])
            .envs(dies_at.map(|point| ("YINXIN_CRASH_AT", point)))
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the process starts");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let (say, said) = channel();
        // Ends with the output of the process, or with nobody listening.
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, said }
    }

    /// Lets it work for a while and kills it, unless it has come to its end.
    pub(crate) fn killed_after(mut self, while_: Duration) -> Ended {
        let deadline = Instant::now() + while_;
        let mut accepted = None;
        loop {
            match self.said.recv_timeout(deadline - Instant::now()) {
                Ok(line) => accepted = accepted.or(job(&line)),
                Err(RecvTimeoutError::Timeout) => self.child.kill().expect("SIGKILL"),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait().expect("its end");
        let by_itself = status.success();
        assert!(by_itself || status.signal() == Some(SIGKILL), "{status}");
        Ended {
            accepted,
            by_itself,
        }
    }

    /// Waits until it is done, and gives its batch.
    pub(crate) fn done(self) -> Id {
        let (accepted, status) = self.ended();
        assert!(status.success(), "{status}");
        accepted.expect("it said its job")
    }

    /// Waits until it dies at the point that it was started with.
    pub(crate) fn dies_by_itself(self) {
        let (_, status) = self.ended();
        assert_eq!(status.signal(), Some(SIGABRT), "it dies at the point");
    }

    fn ended(mut self) -> (Option<Id>, std::process::ExitStatus) {
        let accepted = self.said.iter().filter_map(|line| job(&line)).last();
        (accepted, self.child.wait().expect("its end"))
    }
}

fn job(line: &str) -> Option<Id> {
    line.strip_prefix("accepted ")?.parse().ok()
}

//! A process that is killed, or dies at a named point.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use house::works::Site;
use registry::Id;
use registry::crash::TOLD;

const SIGKILL: i32 = 9;
const SIGABRT: i32 = 6;

/// A running process.
pub(crate) struct Process {
    child: Child,
    said: Receiver<String>,
}

/// How one ended.
#[derive(Default)]
pub(crate) struct Ended {
    /// The batch that it acknowledged, if it came to that.
    pub(crate) accepted: Option<Id>,
    /// Whether it came to the end of the batch before it was killed.
    pub(crate) by_itself: bool,
    /// How many lines it said.
    pub(crate) lines: usize,
    /// Whether it said that plans are durable.
    pub(crate) planned: bool,
}

impl Process {
    /// Starts one on a batch of so many rows; it dies at the named point, if one is named.
    pub(crate) fn start(site: &Site, rows: u32, dies_at: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_works_process"));
        command
            .arg(&site.folder)
            .args([site.url(), &rows.to_string()])
            .envs(dies_at.map(|point| ("YINXIN_CRASH_AT", point)));
        Self::of(command)
    }

    /// Starts a program that says what it does, a line each.
    pub(crate) fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped());
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
        let mut ended = Ended::default();
        loop {
            match self.said.recv_timeout(deadline - Instant::now()) {
                Ok(line) => ended.hear(&line),
                Err(RecvTimeoutError::Timeout) => self.child.kill().expect("SIGKILL"),
                Err(RecvTimeoutError::Disconnected) => return self.judged(ended),
            }
        }
    }

    /// Kills it upon the n-th line that it says, counted from 1, unless it comes to its end before.
    pub(crate) fn killed_upon(mut self, n: usize) -> Ended {
        let mut ended = Ended::default();
        while let Ok(line) = self.said.recv() {
            ended.hear(&line);
            if ended.lines == n {
                self.child.kill().expect("SIGKILL");
            }
        }
        self.judged(ended)
    }

    /// Waits until it says a line that begins so.
    pub(crate) fn says(&self, start: &str) -> String {
        let mut lines = self.said.iter();
        lines.find(|line| line.starts_with(start)).expect(start)
    }

    /// Lets the system stop it where it is, until it shall go on.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {name}");
    }

    /// Its number in the system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn judged(mut self, mut ended: Ended) -> Ended {
        let status = self.child.wait().expect("its end");
        ended.by_itself = status.success();
        assert!(
            ended.by_itself || status.signal() == Some(SIGKILL),
            "{status}"
        );
        ended
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

impl Ended {
    fn hear(&mut self, line: &str) {
        self.lines += 1;
        self.accepted = self.accepted.or(job(line));
        self.planned |= line == format!("{TOLD}after_plans_commit");
    }
}

fn job(line: &str) -> Option<Id> {
    line.strip_prefix("accepted ")?.parse().ok()
}

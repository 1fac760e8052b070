//! Files of strangers are read in a process of their own, with bounded memory and time: whatever such a file does to its
//! reader, the service stands. The process lives long; it is replaced when a file was too much for it.
//!
//! Both ends of the pipe stand here. The other process holds no key, opens no database and reaches no network: it is
//! sent a file, says what the file claims, is sent the facts about that, and judges.

use std::io::{self, Read, Write};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use verifier::inspect::inspect;
use verifier::verdict::Facts;
use verifier::verdict::words::{Language, words};
use verifier::{Asked, Budgets, FileReport, Trust, Verdict, examine, judge};

/// Processes at work at once.
const AT_ONCE: usize = 2;
/// How long one file may take, and how many files a process reads before it is replaced.
const LIMIT: Duration = Duration::from_secs(10);
const FILES: u32 = 10_000;
/// Memory of a process, in bytes of address space.
const MEMORY: u64 = 1 << 30;
/// Longest message on the pipe.
const MESSAGE: u32 = 64 << 20;

/// A verdict as it leaves the service: with its words, and what the audit and the alarm need of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Judged {
    /// The verdict as JSON.
    pub verdict: serde_json::Value,
    /// Its outcome.
    pub outcome: String,
    /// Result codes of GB/T 36906: information, then file.
    pub codes: (u8, Option<u8>),
    /// Whether the centre must be told.
    pub alarm: bool,
    /// What happened, why, what to do, in Chinese.
    pub zh: [String; 3],
    /// The same in English.
    pub en: [String; 3],
}

impl Judged {
    /// Of a verdict.
    pub(crate) fn of(verdict: &Verdict) -> Self {
        let say = |language| {
            let words = words(verdict, language);
            [
                words.happened.into_owned(),
                words.why.to_owned(),
                words.to_do.to_owned(),
            ]
        };
        let codes = verdict.code36906();
        Self {
            outcome: verdict.outcome().name().to_owned(),
            codes: (codes.information, codes.file),
            alarm: verdict.alarm().is_some(),
            zh: say(Language::Chinese),
            en: say(Language::English),
            // A verdict is plain data; there is nothing in it that JSON cannot hold.
            verdict: serde_json::to_value(verdict).unwrap_or_default(),
        }
    }
}

/// What a file claims, which is what facts are looked up by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claimed {
    /// SHA-256 of each revision.
    pub revisions: Vec<[u8; 32]>,
    /// The identifier that it names.
    pub identifier: Option<String>,
}

impl Claimed {
    /// Of a file.
    pub(crate) fn by(inspected: &verifier::inspect::Inspected) -> Self {
        Self {
            revisions: inspected.revisions.iter().map(|end| end.sha256).collect(),
            identifier: inspected.claimed_identifier.clone(),
        }
    }
}

/// The processes that read files of strangers.
#[derive(Debug)]
pub(crate) struct Examiners {
    room: Semaphore,
    idle: Mutex<Vec<Examiner>>,
    policy: Mutex<Arc<str>>,
}

/// One of them, with both ends of its pipe.
#[derive(Debug)]
struct Examiner {
    // Killed when it is dropped.
    _child: Child,
    to: ChildStdin,
    from: ChildStdout,
    left: u32,
    policy: Arc<str>,
}

impl Examiners {
    /// None yet: each is started when it is needed.
    pub(crate) fn new(policy: &str) -> Self {
        Self {
            room: Semaphore::new(AT_ONCE),
            idle: Mutex::default(),
            policy: Mutex::new(policy.into()),
        }
    }

    /// From now on files are judged by another policy; processes under the one before are let go.
    pub(crate) fn trust(&self, policy: &str) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = policy.into();
        self.idle().clear();
    }

    /// Judges a file; `facts` looks up what is on record about its claims.
    ///
    /// # Errors
    /// What broke: time, memory, or the pipe. Then the process is gone, and with it whatever the file did to it.
    pub(crate) async fn judge<E: From<io::Error>>(
        &self,
        untrusted: &[u8],
        at: Timestamp,
        facts: impl AsyncFnOnce(Claimed) -> Result<Facts, E>,
    ) -> Result<Judged, E> {
        let _room = self
            .room
            .acquire()
            .await
            .map_err(|_| io::Error::other("the examiners are closed"))?;
        let policy = Arc::clone(&self.policy.lock().unwrap_or_else(PoisonError::into_inner));
        let idle = self.idle().pop();
        let mut examiner = match idle.filter(|idle| idle.left > 0 && idle.policy == policy) {
            Some(idle) => idle,
            None => Examiner::start(policy).await?,
        };
        let claimed = within(examiner.inspect(untrusted, at)).await?;
        let facts = facts(claimed).await?;
        let judged = within(examiner.verdict(&facts)).await?;
        examiner.left -= 1;
        self.idle().push(examiner);
        Ok(judged)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Examiner>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the file took too long",
        )),
    }
}

impl Examiner {
    async fn start(policy: Arc<str>) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("examine-files")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the examiner has no pipe"));
        };
        let mut examiner = Self {
            _child: child,
            to,
            from,
            left: FILES,
            policy: Arc::clone(&policy),
        };
        examiner.send(policy.as_bytes()).await?;
        Ok(examiner)
    }

    async fn inspect(&mut self, untrusted: &[u8], at: Timestamp) -> io::Result<Claimed> {
        self.send(at.to_string().as_bytes()).await?;
        self.send(untrusted).await?;
        serde_json::from_slice(&self.receive().await?).map_err(io::Error::other)
    }

    async fn verdict(&mut self, facts: &Facts) -> io::Result<Judged> {
        self.send(&serde_json::to_vec(facts).map_err(io::Error::other)?)
            .await?;
        serde_json::from_slice(&self.receive().await?).map_err(io::Error::other)
    }

    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.to.write_u32(length(message.len())?).await?;
        self.to.write_all(message).await?;
        self.to.flush().await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let announced = self.from.read_u32().await?;
        let mut message = vec![0; length(announced as usize)? as usize];
        self.from.read_exact(&mut message).await?;
        Ok(message)
    }
}

/// The other process: reads files until its pipe is closed.
///
/// # Errors
/// When the pipe breaks, or what comes through it does not read.
pub(crate) fn serve_pipe() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let bound = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    setrlimit(Resource::As, bound(MEMORY))?;
    // No files, no core of what strangers sent.
    setrlimit(Resource::Fsize, bound(0))?;
    setrlimit(Resource::Core, bound(0))?;
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let Some(policy) = receive(&mut from)? else {
        return Ok(());
    };
    let policy = String::from_utf8(policy).map_err(io::Error::other)?;
    let trust = Trust::from_policy(&policy).map_err(io::Error::other)?;
    while let Some(at) = receive(&mut from)? {
        let at = String::from_utf8(at).map_err(io::Error::other)?;
        let at: Timestamp = at.parse().map_err(io::Error::other)?;
        let untrusted = receive(&mut from)?.unwrap_or_default();
        let inspected = inspect(&untrusted);
        let claimed = Claimed::by(&inspected);
        send(&mut to, &serde_json::to_vec(&claimed)?)?;
        let seal = examine(&untrusted, &trust, at, &Budgets::default());
        let report = FileReport { inspected, seal };
        let Some(facts) = receive(&mut from)? else {
            return Ok(());
        };
        let facts: Facts = serde_json::from_slice(&facts)?;
        let judged = Judged::of(&judge(Asked::File(&report), &facts));
        send(&mut to, &serde_json::to_vec(&judged)?)?;
    }
    Ok(())
}

fn send(to: &mut impl Write, message: &[u8]) -> io::Result<()> {
    to.write_all(&length(message.len())?.to_be_bytes())?;
    to.write_all(message)?;
    to.flush()
}

/// The next message; none where the pipe is closed between two.
fn receive(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut message = vec![0; length(u32::from_be_bytes(head) as usize)? as usize];
    from.read_exact(&mut message)?;
    Ok(Some(message))
}

fn length(bytes: usize) -> io::Result<u32> {
    let short = u32::try_from(bytes).ok().filter(|bytes| *bytes <= MESSAGE);
    short.ok_or_else(|| io::Error::other("a message is too long"))
}

//! Reads on record: an answer leaves only after its entry is durable, and one sync serves many answers.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::chain::Entry;
use super::journal::{Acts, Journal};
use crate::error::Result;
use crate::store::Store;

/// An answer whose entry in the audit is durable. Made only by [`super::Audit::record`].
#[derive(Debug)]
pub struct Recorded<T>(T);

impl<T> Recorded<T> {
    pub(super) fn durable(answer: T) -> Self {
        Self(answer)
    }

    /// The answer, to be given out.
    pub fn into_answer(self) -> T {
        self.0
    }
}

/// Entries that wait for the next commit. Whoever gets the turn commits for all that wait.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    waiting: Mutex<Vec<(Vec<Entry>, oneshot::Sender<()>)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Recorder {
    /// Returns when the entries are durable, all of them in one commit.
    pub(crate) async fn record(
        &self,
        store: &Store,
        journal: &Journal,
        entries: Vec<Entry>,
    ) -> Result<()> {
        let (done, mut told) = oneshot::channel();
        self.waiting().push((entries, done));
        let _turn = self.turn.lock().await;
        if told.try_recv().is_ok() {
            return Ok(());
        }
        // Ours waits still, unless who had the turn before failed with it: then it is gone, and the caller is told.
        let group = std::mem::take(&mut *self.waiting());
        let (entries, done): (Vec<Vec<Entry>>, Vec<_>) = group.into_iter().unzip();
        let acts = Acts {
            audit: entries.into_iter().flatten().collect(),
            events: Vec::new(),
        };
        journal.commit(store.begin().await?, acts).await?;
        for told in done {
            // Who no longer listens does not want the answer either.
            let _ = told.send(());
        }
        match told.try_recv() {
            Ok(()) => Ok(()),
            Err(_) => Err(crate::Error::set_up(
                "审计未能写入，因此没有作答；请重试",
                "the audit could not be written, so nothing was answered; try again",
            )),
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<(Vec<Entry>, oneshot::Sender<()>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What every handler shares: the open installation, what verifiers trust, and who waits for work.

use std::sync::{Arc, PoisonError, RwLock};

use registry::Registry;
use tokio::sync::{Notify, watch};
use verifier::Trust;

use super::metrics::Metrics;
use crate::installation::Installation;
use crate::problem::Problem;

/// The shared state of the service.
pub(crate) struct App {
    /// Settings, records, keys.
    pub installation: Installation,
    /// Counters.
    pub metrics: Metrics,
    /// Woken when a batch was accepted.
    pub work: Notify,
    /// True once the service shall stop.
    pub stopping: watch::Receiver<bool>,
    trust: RwLock<Arc<Trust>>,
}

impl App {
    /// Over an open installation, with its policy read.
    ///
    /// # Errors
    /// [`Problem::Unreadable`], [`Problem::Verifier`] for the policy.
    pub(crate) fn new(
        installation: Installation,
        metrics: Metrics,
        stopping: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Problem> {
        let trust = RwLock::new(Arc::new(read_policy(&installation)?));
        Ok(Arc::new(Self {
            installation,
            metrics,
            work: Notify::new(),
            stopping,
            trust,
        }))
    }

    /// What is on record.
    pub(crate) fn registry(&self) -> &Registry {
        &self.installation.registry
    }

    /// What verifiers trust now.
    pub(crate) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the policy again, after CRLs or keys have changed.
    ///
    /// # Errors
    /// As for [`App::new`]; then what was trusted before stays.
    pub(crate) fn reload_policy(&self) -> Result<(), Problem> {
        let fresh = Arc::new(read_policy(&self.installation)?);
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

/// Returns once the service shall stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody can say so any more, which is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn read_policy(installation: &Installation) -> Result<Trust, Problem> {
    let path = installation.folder.policy();
    let text = std::fs::read_to_string(&path).map_err(|e| Problem::unreadable(&path, e))?;
    Ok(Trust::from_policy(&text)?)
}

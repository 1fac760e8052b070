//! What every handler shares: the open installation, what verifiers trust, and who waits for work.

use std::sync::{Arc, PoisonError, RwLock};

use registry::Registry;
use signer::Fonts;
use signer::batch::Workshop;
use tokio::sync::{Notify, OnceCell, Semaphore, watch};
use verifier::Trust;

use super::examiner::Examiners;
use super::holds::Holds;
use super::metrics::Metrics;
use super::rates::Rates;
use super::routes::trust::Catalogue;
use super::traces::Traces;
use super::verifying::Verifying;
use crate::installation::{Installation, off_the_runtime};
use crate::problem::Problem;

/// Files in memory at once: with the longest of them a quarter of a GiB.
const FILES: usize = 5;
const FILES_OF_STRANGERS: usize = 3;
/// Calls under way at once, and batches watched at once: by one caller, and by all.
const CALLS: usize = 128;
const CALLS_OF_ALL: usize = 1024;
const WATCHERS: usize = 16;
const WATCHERS_OF_ALL: usize = 256;

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
    /// Files of units that may be in memory at once.
    pub files: Semaphore,
    /// Files of strangers, who take no room from units.
    pub files_of_strangers: Semaphore,
    /// Calls of units under way.
    pub calls: Holds,
    /// Batches that are watched.
    pub watchers: Holds,
    /// The catalogue as it was last read.
    pub catalogue: Catalogue,
    /// Where traces go, if anywhere.
    pub traces: Option<Traces>,
    /// How often each caller may call.
    pub rates: Rates,
    /// Those who read files of strangers.
    pub examiners: Examiners,
    /// Who asks at the moment; batches give way to them.
    pub verifying: Arc<Verifying>,
    trust: RwLock<Arc<Trust>>,
    fonts: OnceCell<Arc<Fonts>>,
}

impl App {
    /// Over an open installation, with its policy read.
    ///
    /// # Errors
    /// [`Problem::Unreadable`], [`Problem::Verifier`] for the policy; [`Problem::Usage`] for the collector of traces.
    pub(crate) fn new(
        installation: Installation,
        metrics: Metrics,
        stopping: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Problem> {
        let policy = read_policy(&installation)?;
        let trust = RwLock::new(Arc::new(Trust::from_policy(&policy)?));
        let traces = installation.settings.serve.otlp.as_deref();
        let traces = traces.map(Traces::to).transpose()?;
        let rates = Rates::new(&installation.settings.serve.rates);
        Ok(Arc::new(Self {
            installation,
            calls: Holds::new(CALLS, CALLS_OF_ALL),
            watchers: Holds::new(WATCHERS, WATCHERS_OF_ALL),
            catalogue: Catalogue::default(),
            rates,
            traces,
            metrics,
            work: Notify::new(),
            stopping,
            files: Semaphore::new(FILES),
            files_of_strangers: Semaphore::new(FILES_OF_STRANGERS),
            examiners: Examiners::new(&policy),
            trust,
            verifying: Arc::new(Verifying::new()),
            fonts: OnceCell::new(),
        }))
    }

    /// The fonts of every page, read once.
    ///
    /// # Errors
    /// [`Problem::Signer`] with the font that cannot be used and what to install.
    pub(crate) async fn fonts(&self) -> Result<Arc<Fonts>, Problem> {
        let settings = self.installation.settings.fonts();
        let load = || off_the_runtime(move || Workshop::load_fonts(&settings));
        self.fonts.get_or_try_init(load).await.cloned()
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
        let policy = read_policy(&self.installation)?;
        let fresh = Arc::new(Trust::from_policy(&policy)?);
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.examiners.trust(&policy);
        Ok(())
    }
}

/// Returns once the service shall stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody can say so any more, which is a stop too.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn read_policy(installation: &Installation) -> Result<String, Problem> {
    let path = installation.folder.policy();
    std::fs::read_to_string(&path).map_err(|e| Problem::unreadable(&path, e))
}

//! `yinxin serve`: the service over HTTP. Wires listeners, routes and what runs beside them; no rule of the field
//! lives here. Called by the command line; [`router`] is the table of contents, [`access`] says who may call what.

pub(crate) mod access;
mod answer;
mod app;
mod background;
mod body;
mod caller;
mod editions;
pub(crate) mod examiner;
mod holds;
mod idle;
mod listen;
mod metrics;
mod proxy;
mod rates;
mod refusal;
mod router;
pub(crate) mod routes;
mod tls;
mod tls_key;
mod traces;
mod verifying;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::folder::DataFolder;
use crate::installation::Installation;
use crate::problem::Problem;
use app::App;

/// How long requests under way may take once the service is told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Where a running service listens.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Addresses {
    /// Anybody, plain HTTP; a reverse proxy stands in front.
    pub public: SocketAddr,
    /// Units, TLS with client X.509s.
    pub extranet: SocketAddr,
    /// Metrics, loopback only.
    pub metrics: SocketAddr,
}

/// A service that is up.
pub(crate) struct Service {
    /// Where it listens.
    pub addresses: Addresses,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    tasks: tokio::task::JoinSet<()>,
}

/// Where a service shall listen; port 0 takes any free one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// For anybody.
    pub public: SocketAddr,
    /// For units.
    pub extranet: SocketAddr,
    /// For metrics.
    pub metrics: SocketAddr,
}

impl Wanted {
    /// What was said on the command line, else in `yinxin.toml`.
    ///
    /// # Errors
    /// [`Problem::Usage`] for a metrics address that others could reach.
    pub(crate) fn new(
        settings: &crate::settings::ServeSettings,
        public: Option<SocketAddr>,
        extranet: Option<SocketAddr>,
        metrics: Option<SocketAddr>,
    ) -> Result<Self, Problem> {
        let metrics = metrics.unwrap_or(settings.metrics);
        if !metrics.ip().is_loopback() {
            return Err(Problem::Usage {
                zh: format!("监控指标只能在本机地址提供，{metrics} 不是；请用 127.0.0.1 或 [::1]"),
                en: format!(
                    "metrics are served on loopback only, and {metrics} is not; use 127.0.0.1 or [::1]"
                ),
            });
        }
        Ok(Self {
            public: public.unwrap_or(settings.public),
            extranet: extranet.unwrap_or(settings.extranet),
            metrics,
        })
    }
}

impl Service {
    /// Opens the listeners and begins to serve. When it returns, `/health/ready` answers.
    ///
    /// # Errors
    /// [`Problem::Usage`] for an address that is taken; those of keys and policy.
    pub(crate) async fn start(
        installation: Installation,
        wanted: &Wanted,
    ) -> Result<Self, Problem> {
        let public = bind("public", wanted.public).await?;
        let extranet = bind("extranet", wanted.extranet).await?;
        let metrics_listener = bind("metrics", wanted.metrics).await?;
        let addresses = Addresses {
            public: local(&public)?,
            extranet: local(&extranet)?,
            metrics: local(&metrics_listener)?,
        };
        let recorder = metrics::Metrics::new();
        let (tls, tls_key) = tls::config(&installation).await?;
        let (stop, stopping) = watch::channel(false);
        let app = App::new(installation, recorder.clone(), stopping.clone())?;
        let mut tasks = tokio::task::JoinSet::new();
        let (anyone, units) = router::routers(&app);
        tasks.spawn(listen::plain(public, anyone, stopping.clone()));
        tasks.spawn(listen::tls(extranet, tls, units, stopping.clone()));
        let page = router::metrics(recorder);
        tasks.spawn(listen::plain(metrics_listener, page, stopping.clone()));
        tasks.spawn(background::work_on_jobs(Arc::clone(&app), stopping.clone()));
        tasks.spawn(background::follow_tls_key(
            Arc::clone(&app),
            tls_key,
            stopping.clone(),
        ));
        tasks.spawn(background::keep_time(Arc::clone(&app), stopping));
        Ok(Self {
            addresses,
            app,
            stop,
            tasks,
        })
    }

    /// What it serves.
    pub(crate) fn installation(&self) -> &Installation {
        &self.app.installation
    }

    /// Takes no new calls, lets those under way end, and closes what is open.
    pub(crate) async fn stop(mut self) {
        // Nobody listens any more only where every task has ended already.
        let _ = self.stop.send(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("calls under way did not end in time and were cut off");
            self.tasks.shutdown().await;
        }
        match Arc::into_inner(self.app) {
            Some(App {
                installation,
                traces,
                ..
            }) => {
                if let Some(traces) = traces {
                    // It waits for its collector for seconds; a panic in it has nothing to do with the records.
                    let _ = tokio::task::spawn_blocking(move || traces.close()).await;
                }
                installation.close().await;
            }
            None => tracing::warn!("a call still holds the records; they are closed with it"),
        }
    }
}

/// Serves until the process is told to stop (SIGTERM, SIGINT).
///
/// # Errors
/// As for [`Service::start`].
pub(crate) async fn run(
    folder: DataFolder,
    passphrase: &secrecy::SecretString,
    wanted: &Wanted,
    ready: impl FnOnce(&Addresses),
) -> Result<(), Problem> {
    let installation = Installation::open(folder, passphrase).await?;
    let service = Service::start(installation, wanted).await?;
    ready(&service.addresses);
    told_to_stop().await;
    service.stop().await;
    Ok(())
}

/// Returns when the process is asked to end.
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        // Without handlers the system ends the process by itself.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

async fn bind(which: &str, address: SocketAddr) -> Result<TcpListener, Problem> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Problem::Usage {
            zh: format!("{which} 地址 {address} 无法监听：{error}"),
            en: format!("cannot listen on the {which} address {address}: {error}"),
        })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Problem> {
    listener.local_addr().map_err(|error| Problem::Usage {
        zh: format!("监听地址不明：{error}"),
        en: format!("the system does not say where it listens: {error}"),
    })
}

//! What runs beside the listeners: the worker of batches, and what the clock asks for.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use metrics::Label;
use registry::Error::Refused;
use registry::Id;
use registry::batches::{Deliveries, DeliveryAlarm};
use tokio::sync::watch;

use super::app::{App, stopped};
use super::tls;
use super::tls_key::ShownKey;
use crate::batch::{self, TimeStamps};
use crate::clock;
use crate::problem::Problem;

/// How often jobs of other processes, and what the clock asks for, are looked for.
const ROUND: Duration = Duration::from_millis(500);
/// How often ends of X.509s and CRLs are looked at.
const ENDS: Duration = Duration::from_secs(60);
/// How often the key store is asked for the TLS key.
const KEYS: Duration = Duration::from_secs(5);
/// How long before the end of an X.509 the alarm begins.
const BEFORE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Works on accepted batches, the oldest first, until told to stop.
pub(crate) async fn work_on_jobs(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let worked = match app.registry().batches().to_work_on().await {
            Ok(jobs) => work_on(&app, jobs, &stop).await,
            Err(error) => {
                tracing::error!(%error, "the batches that wait could not be read");
                false
            }
        };
        if worked {
            continue;
        }
        tokio::select! {
            () = app.work.notified() => {}
            () = tokio::time::sleep(ROUND) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

/// Works on each; says whether any of them was brought forward.
async fn work_on(app: &Arc<App>, jobs: Vec<Id>, stop: &watch::Receiver<bool>) -> bool {
    let mut worked = false;
    for job in jobs {
        if *stop.borrow() {
            return true;
        }
        match work_on_one(app, job, stop.clone()).await {
            Ok(done) => worked |= done,
            // Another worker has it, or its file could not be read: that is its answer by now.
            Err(
                Problem::Registry(Refused { code, .. })
                | Problem::Signer(signer::Error::Registry(Refused { code, .. })),
            ) if matches!(code, "job_not_free" | "file_unreadable") => {}
            Err(error) => {
                tracing::error!(%error, %job, "a batch could not be brought to its end; it is tried again");
                app.metrics
                    .count("yinxin_batch_failures_total", Vec::new(), 1);
                tokio::time::sleep(ROUND).await;
            }
        }
    }
    worked
}

async fn work_on_one(
    app: &Arc<App>,
    job: Id,
    mut stop: watch::Receiver<bool>,
) -> Result<bool, Problem> {
    let installation = &app.installation;
    // With a time-stamp a file stays good by itself after its seal key has retired.
    let usual = match installation.settings.serve.time_stamps {
        true => TimeStamps::BuiltIn,
        false => TimeStamps::None,
    };
    let stamps = batch::usual_time_stamps(installation, job, usual).await?;
    let verifying = Arc::clone(&app.verifying);
    let wanted = Arc::new(move || verifying.is_going_on());
    let fonts = app.fonts().await?;
    let workshop = batch::workshop(installation, fonts, stamps, Some(wanted)).await?;
    let work = batch::work(installation, job, &workshop, |tally| {
        tracing::debug!(%job, issued = tally.issued, "a group is on record");
    });
    tokio::select! {
        tally = work => {
            let tally = tally?;
            app.metrics.count("yinxin_issued_total", Vec::new(), tally.issued);
            app.metrics.count("yinxin_rows_answered_total", Vec::new(), tally.answered);
            Ok(true)
        }
        // What is durable stays; the next process goes on from there.
        () = stopped(&mut stop) => Ok(true),
    }
}

/// Numbers the feed, renews CRLs at half life, watches the ends of X.509s, until told to stop.
pub(crate) async fn keep_time(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut round = tokio::time::interval(ROUND);
    let mut ends = tokio::time::interval(ENDS);
    loop {
        tokio::select! {
            _ = round.tick() => {
                if let Err(error) = app.registry().feed().number(clock::now()).await {
                    tracing::error!(%error, "the feed could not be numbered");
                }
            }
            _ = ends.tick() => {
                app.metrics.keep();
                if let Err(error) = watch_ends(&app).await {
                    tracing::error!(%error, "CRLs or ends of X.509s could not be looked after");
                }
                if let Err(error) = watch_deliveries(&app).await {
                    tracing::error!(%error, "the deliveries could not be looked at");
                }
            }
            () = stopped(&mut stop) => return,
        }
    }
}

/// Tells of feeds that are not as they are expected, and of batches that wait.
async fn watch_deliveries(app: &App) -> Result<(), Problem> {
    let all = app.registry().batches().deliveries(clock::now()).await?;
    for alarm in DeliveryAlarm::ALL {
        let of_it = all
            .iter()
            .filter(|deliveries| deliveries.alarms.contains(&alarm));
        let mut count = 0;
        for Deliveries {
            agency, type_code, ..
        } in of_it
        {
            count += 1;
            tracing::warn!(%agency, %type_code, alarm = alarm.as_str(), "deliveries are not as expected");
        }
        let labels = vec![Label::new("alarm", alarm.as_str())];
        app.metrics
            .set("yinxin_delivery_alarms", labels, f64::from(count));
    }
    let lag = all.iter().filter_map(|deliveries| deliveries.lag).max();
    let lag = lag.map_or(0.0, |lag| lag.as_secs_f64());
    app.metrics.set("yinxin_batch_lag_seconds", Vec::new(), lag);
    Ok(())
}

/// Shows the renewed X.509 of the TLS key, or its successor, soon after the key store has it, until told to stop.
pub(crate) async fn follow_tls_key(
    app: Arc<App>,
    shown: Arc<ShownKey>,
    mut stop: watch::Receiver<bool>,
) {
    let mut round = tokio::time::interval(KEYS);
    loop {
        tokio::select! {
            _ = round.tick() => match tls::follow(&app.installation, &shown).await {
                Ok(false) => {}
                Ok(true) => tracing::info!("the extranet shows another X.509 from now on"),
                Err(error) => tracing::error!(%error, "the TLS key could not be looked after"),
            },
            () = stopped(&mut stop) => return,
        }
    }
}

async fn watch_ends(app: &App) -> Result<(), Problem> {
    let now = clock::now();
    let installation = &app.installation;
    if installation.crls_are_half_spent(now)? {
        installation.issue_crls().await?;
        app.reload_policy()?;
        tracing::info!("new CRLs were issued");
    }
    let mut soon = 0;
    for key in installation.keys.list()? {
        if key.retired.is_some() {
            continue;
        }
        let Ok(x509) = key.x509() else { continue };
        if x509.not_after().duration_since(now) < BEFORE {
            soon += 1;
            tracing::warn!(key = %key.id, ends = %x509.not_after(), "the X.509 of a key ends soon; renew it");
        }
    }
    app.metrics
        .set("yinxin_x509s_ending_soon", Vec::new(), f64::from(soon));
    Ok(())
}

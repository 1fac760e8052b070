//! Counters and their page. No label names a person, unit or certificate.

use std::time::Duration;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::sync::Arc;

/// The counters of one service; not global, so that two services in one process stay apart.
#[derive(Clone)]
pub(crate) struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Self {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
        let builder = match PrometheusBuilder::new().set_buckets(&buckets) {
            Ok(builder) => builder,
            // Only for an empty list.
            Err(_) => PrometheusBuilder::new(),
        };
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    /// One call that was answered.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        let labels = vec![
            Label::new("route", route.to_owned()),
            Label::new("status", status.to_string()),
        ];
        self.count("yinxin_calls_total", labels.clone(), 1);
        let key = Key::from_parts(KeyName::from_const_str("yinxin_call_seconds"), labels);
        self.recorder
            .register_histogram(&key, &METADATA)
            .record(took.as_secs_f64());
    }

    /// Adds to a counter.
    pub(crate) fn count(&self, name: &'static str, labels: Vec<Label>, by: u64) {
        let key = Key::from_parts(KeyName::from_const_str(name), labels);
        self.recorder
            .register_counter(&key, &METADATA)
            .increment(by);
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        let key = Key::from_parts(KeyName::from_const_str(name), labels);
        self.recorder.register_gauge(&key, &METADATA).set(value);
    }

    /// Folds what was counted since the last time; without it samples pile up where nobody reads the page.
    pub(crate) fn keep(&self) {
        self.handle.run_upkeep();
    }

    /// The page, in the text format of Prometheus.
    pub(crate) fn page(&self) -> String {
        self.handle.render()
    }
}

static METADATA: Metadata<'static> = Metadata::new("yinxin", Level::INFO, None);

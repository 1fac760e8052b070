//! Traces by OTLP over HTTP (JSON), where `[serve] otlp` names a collector: a span for each call, named by its route as
//! the table of access has it. No parameter of a call and nothing about its caller is in it.
//!
//! A collector that is slow or gone costs spans, never calls: they wait in a bounded queue of a thread of its own.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use axum::http::Method;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span};

use crate::problem::Problem;

/// How long the collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
const ANSWER_BYTES: u64 = 1 << 16;

/// Where spans go.
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A call under way.
pub(crate) struct Call(Span);

impl Traces {
    /// To a collector, by its address without `/v1/traces`.
    ///
    /// # Errors
    /// [`Problem::Usage`] for an address that is none.
    pub(crate) fn to(collector: &str) -> Result<Self, Problem> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Posts::new())
            .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
            .with_protocol(Protocol::HttpJson)
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| Problem::Usage {
                zh: format!("[serve] otlp 无法使用：{error}"),
                en: format!("[serve] otlp cannot be used: {error}"),
            })?;
        // Named outright: nothing of the machine's environment is told.
        let resource = Resource::builder_empty().with_service_name("yinxin");
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("yinxin");
        Ok(Self { provider, tracer })
    }

    /// A call that begins.
    pub(crate) fn begin(&self, method: &Method, route: &str) -> Call {
        // A method is the client's word, and may be any.
        let method = match *method {
            Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE => {
                method.as_str()
            }
            _ => "_OTHER",
        };
        let builder = self.tracer.span_builder(format!("{method} {route}"));
        let builder = builder.with_kind(SpanKind::Server).with_attributes([
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route.to_owned()),
        ]);
        Call(builder.start(&self.tracer))
    }

    /// Sends what waits, for a few seconds at most; waits, so it is called off the runtime.
    pub(crate) fn close(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last traces did not reach their collector");
        }
    }
}

impl Call {
    /// The call was answered.
    pub(crate) fn end(mut self, status: u16) {
        self.0.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if status >= 500 {
            self.0.set_status(Status::error(""));
        }
        self.0.end();
    }
}

/// Posts to the collector with the client that the command line has, on the exporter's own thread.
struct Posts(ureq::Agent);

impl Posts {
    fn new() -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .build()
            .new_agent();
        Self(agent)
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, body.to_vec());
        let (parts, mut body) = self.0.run(request)?.into_parts();
        let answer = body.with_config().limit(ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(parts, answer.into()))
    }
}

impl HttpClient for Posts {
    fn send_bytes<'own, 'sent>(
        &'own self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'own: 'sent,
        Self: 'sent,
    {
        Box::pin(async move { self.post(request) })
    }
}

impl fmt::Debug for Posts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Posts")
    }
}

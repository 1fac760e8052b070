//! Connections: accepted, bounded, told who is at the other end, and let go gracefully.
//!
//! A slow or silent client costs one connection for seconds, never a thread.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::app::stopped;
use super::caller::Peer;
use super::idle::Use;

/// Connections open at once on one listener.
const CONNECTIONS: usize = 1024;
/// How long a client may take for a handshake, and for the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// Header fields of one request, and bytes of its head.
const HEADERS: usize = 64;
const HEAD_BYTES: usize = 32 << 10;
/// How long a connection may stay open with nothing under way, whatever signs of life it gives.
const IDLE: Duration = Duration::from_secs(120);
/// How long open connections may take to end.
const GRACE: Duration = Duration::from_secs(15);

/// Serves plain HTTP until told to stop.
pub(crate) async fn plain(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    serve(listener, stop, move |stream, from, connections| {
        let router = router.clone();
        async move {
            Some((
                stream,
                Protocol::Http1,
                Peer::unknown(from),
                router,
                connections,
            ))
        }
    })
    .await;
}

/// Serves HTTP over TLS until told to stop.
pub(crate) async fn tls(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(config);
    serve(listener, stop, move |stream, from, connections| {
        let (acceptor, router) = (acceptor.clone(), router.clone());
        async move {
            let handshake = tokio::time::timeout(HEAD, acceptor.accept(stream)).await;
            let stream = handshake.ok()?.ok()?;
            let session = stream.get_ref().1;
            let peer = Peer::of_chain(from, session.peer_certificates());
            let protocol = match session.alpn_protocol() {
                Some(b"h2") => Protocol::Http2,
                _ => Protocol::Http1,
            };
            Some((stream, protocol, peer, router, connections))
        }
    })
    .await;
}

/// Agreed before the first byte of HTTP: a connection that is still to be guessed at has no time limit.
#[derive(Debug, Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

/// A connection that is ready to talk.
type Greeted<S> = (S, Protocol, Peer, Router, OwnedSemaphorePermit);

async fn serve<S, F>(
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
    greet: impl Fn(TcpStream, IpAddr, OwnedSemaphorePermit) -> F,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Option<Greeted<S>>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut open = tokio::task::JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stopped(&mut stop) => break,
        };
        let Some((stream, from, permit)) = accepted else {
            continue;
        };
        let (greeted, watcher) = (greet(stream, from, permit), graceful.watcher());
        open.spawn(async move {
            if let Some((stream, protocol, peer, router, permit)) = greeted.await {
                talk(stream, protocol, peer, router, watcher).await;
                drop(permit);
            }
        });
    }
    drop(listener);
    // What has not begun ends; what is under way has time.
    let ended = async {
        graceful.shutdown().await;
        while open.join_next().await.is_some() {}
    };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        open.shutdown().await;
    }
}

/// Waits for room first, so that a flood waits in the system's queue and not in our memory.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => {
            // Small answers leave at once; where the system refuses, they leave a little later.
            let _ = stream.set_nodelay(true);
            Some((stream, from.ip(), permit))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            // Out of file descriptors: give those that are open time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn talk<S>(stream: S, protocol: Protocol, peer: Peer, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES as u32)
        .max_concurrent_streams(64)
        .keep_alive_interval(Duration::from_secs(30));
    let builder = match protocol {
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    };
    let use_of = Arc::new(Use::new());
    let used = Arc::clone(&use_of);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let (answer, under_way) = (router.clone().oneshot(request.map(Body::new)), used.begin());
        async move { Ok::<_, Infallible>(under_way.until_sent(answer.await?)) }
    });
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = pin!(watcher.watch(connection.into_owned()));
    tokio::select! {
        // A connection that breaks is the client's affair; each answer stands in the audit already.
        _ = &mut connection => {}
        // Nothing is under way on it, so nothing is lost with it.
        () = use_of.idle(IDLE) => {}
    }
}

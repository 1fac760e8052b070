//! Whether anything is under way on a connection: a request that is being answered, or an answer that is being sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

/// The use of one connection.
#[derive(Debug)]
pub(super) struct Use {
    under_way: AtomicUsize,
    /// Requests begun, so that one that came and went is not overlooked.
    begun: AtomicU64,
}

/// A request under way; ends when its answer is sent, or its client is gone.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Use>);

impl Use {
    pub(super) fn new() -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
        }
    }

    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        self.begun.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(self))
    }

    /// Returns after a time in which nothing was under way.
    pub(super) async fn idle(&self, time: Duration) {
        loop {
            let begun = self.begun();
            tokio::time::sleep(time).await;
            if self.rests_since(begun) {
                return;
            }
        }
    }

    fn begun(&self) -> u64 {
        self.begun.load(Ordering::Acquire)
    }

    /// Whether nothing is under way, and nothing was since so many requests had begun.
    fn rests_since(&self, begun: u64) -> bool {
        self.under_way.load(Ordering::Acquire) == 0 && self.begun() == begun
    }
}

impl UnderWay {
    /// Goes on until the body of an answer has been sent.
    pub(super) fn until_sent(self, answer: Response) -> Response {
        answer.map(|body| {
            Body::new(Sending {
                body,
                _under_way: self,
            })
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

struct Sending {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_rests_when_nothing_is_under_way_or_was() {
        let used = Arc::new(Use::new());
        assert!(used.rests_since(0));
        let call = used.begin();
        assert!(!used.rests_since(1), "under way");
        let answer = call.until_sent(Response::new(Body::from("x")));
        assert!(!used.rests_since(1), "not sent yet");
        drop(answer);
        assert!(used.rests_since(1));
        assert!(!used.rests_since(0), "one that came and went");
    }
}

//! The sealed files of a batch, as one stream: a tar archive (POSIX ustar), each file named by its identifier.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use futures_util::stream;
use registry::Id;
use registry::batches::{Outcome, RowAnswer};
use registry::certificates::Identifier;

use super::batches::own;
use crate::serve::answer::{About, Told, raw};
use crate::serve::app::App;
use crate::serve::body::Path;
use crate::serve::caller::Caller;
use crate::serve::refusal::Refusal;

const PAGE: u32 = 200;
const BLOCK: usize = 512;

/// Every sealed file of a batch, as far as it is on record. The archive ends with two empty blocks; without them it was
/// cut off, and is fetched again.
#[utoipa::path(get, path = "/v1/batches/{batch}/files", tag = "batches", params(("batch" = String, Path)),
    responses((status = 200, content_type = "application/x-tar"), (status = 404)))]
pub(crate) async fn files(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(name): Path<String>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let about = About::by(&caller, "batch.files_fetched", &name, String::new());
    let archive = stream::unfold(Archive::new(Arc::clone(&app), caller, job), Archive::next);
    app.tell_response(about, raw("application/x-tar", Body::from_stream(archive)))
        .await
}

/// The sealed file of one row.
#[utoipa::path(get, path = "/v1/batches/{batch}/rows/{row}/file", tag = "batches", params(("batch" = String, Path), ("row" = u64, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((name, row)): Path<(String, u64)>,
) -> Told {
    let job = own(&app, &caller, &name).await?;
    let batches = app.registry().batches();
    let answers = batches.answers(job, row.saturating_sub(1), 1).await?;
    let answer = answers.into_iter().find(|answer| answer.row == row);
    let Some(Outcome::Issued(identifier) | Outcome::Existing(identifier)) =
        answer.map(|answer| answer.outcome)
    else {
        return Err(Refusal::not_found());
    };
    let bytes = batches.file(&identifier).await?;
    let about = About::by(
        &caller,
        "batch.file_fetched",
        identifier.to_string(),
        format!("batch={name}"),
    );
    app.tell_response(about, raw("application/pdf", bytes))
        .await
}

/// Where a reader of the archive is; one file is in memory at a time.
struct Archive {
    app: Arc<App>,
    caller: Caller,
    job: Id,
    after: u64,
    page: std::vec::IntoIter<RowAnswer>,
    ended: bool,
}

impl Archive {
    fn new(app: Arc<App>, caller: Caller, job: Id) -> Self {
        Self {
            app,
            caller,
            job,
            after: 0,
            page: Vec::new().into_iter(),
            ended: false,
        }
    }

    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        if self.ended {
            return None;
        }
        match self.next_file().await {
            Ok(Some((identifier, bytes))) => {
                Some((member(&identifier, &bytes).map(Bytes::from), self))
            }
            Ok(None) => {
                self.ended = true;
                Some((Ok(Bytes::from_static(&[0; 2 * BLOCK])), self))
            }
            Err(error) => {
                tracing::error!(%error, "an archive was cut off");
                self.ended = true;
                Some((Err(io::Error::other("the archive was cut off")), self))
            }
        }
    }

    /// Each is asked for anew whether the caller's key stands.
    async fn next_file(&mut self) -> Result<Option<(Identifier, Vec<u8>)>, Refusal> {
        let app = Arc::clone(&self.app);
        self.caller.still_stands(&app).await?;
        let batches = app.registry().batches();
        loop {
            let Some(answer) = self.page.next() else {
                let page = batches.answers(self.job, self.after, PAGE).await?;
                let Some(last) = page.last() else {
                    return Ok(None);
                };
                self.after = last.row;
                self.page = page.into_iter();
                continue;
            };
            if let Outcome::Issued(identifier) | Outcome::Existing(identifier) = answer.outcome {
                let bytes = batches.file(&identifier).await?;
                return Ok(Some((identifier, bytes)));
            }
        }
    }
}

/// Header, bytes and padding of one member. It has no time of its own: the same files are the same archive.
fn member(identifier: &Identifier, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_path(format!("{identifier}.pdf"))?;
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    let mut out = Vec::with_capacity(2 * BLOCK + bytes.len());
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
    Ok(out)
}

//! `ETag` and `If-Match` of what units keep: an edition of the registry as an entity tag (RFC 9110 §8.8.3, §13.1.1).

use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::response::Response;
use registry::{Edition, Expected};

use super::answer::with_header;
use super::refusal::Refusal;

/// What the caller has read of the thing that they write; whatever stands there, where they do not say.
#[derive(Debug)]
pub(crate) struct IfMatch(pub Expected);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let values: Vec<&str> = parts
            .headers
            .get_all(IF_MATCH)
            .iter()
            .map(|value| value.to_str().unwrap_or(""))
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        Ok(Self(match values[..] {
            [] => Expected::Anything,
            ["*"] => Expected::Present,
            // A weak tag, or one that we never gave, names nothing that stands here.
            _ => Expected::OneOf(values.into_iter().filter_map(read).collect()),
        }))
    }
}

fn read(tag: &str) -> Option<Edition> {
    let text = tag.strip_prefix('"')?.strip_suffix('"')?;
    let bytes = hex::decode(text).ok()?;
    bytes.try_into().ok().map(Edition)
}

/// Says beside an answer which edition it shows.
pub(crate) fn tagged(response: Response, edition: Edition) -> Response {
    with_header(response, ETAG, &format!("\"{}\"", hex::encode(edition.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[tokio::test]
    async fn what_is_expected_is_read_strictly() {
        let hex = "0f".repeat(16);
        let tag = format!("\"{hex}\"");
        let edition = Edition([0x0F; 16]);
        for (said, expected) in [
            (None, Expected::Anything),
            (Some("*".to_owned()), Expected::Present),
            (Some(tag.clone()), Expected::OneOf(vec![edition])),
            (
                Some(format!("\"other\" , {tag}")),
                Expected::OneOf(vec![edition]),
            ),
            (Some(format!("W/{tag}")), Expected::OneOf(Vec::new())),
            (Some(hex), Expected::OneOf(Vec::new())),
            (Some(String::new()), Expected::OneOf(Vec::new())),
        ] {
            let mut request = Request::builder();
            if let Some(said) = &said {
                request = request.header(IF_MATCH, said);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            let IfMatch(read) = IfMatch::from_request_parts(&mut parts, &()).await.unwrap();
            assert_eq!(read, expected, "{said:?}");
        }
    }
}

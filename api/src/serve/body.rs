//! Bodies and parameters: bounded, read once, and refused with the place of what is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::refusal::Refusal;

/// Longest JSON body.
const JSON_BYTES: usize = 1 << 20;
/// Bytes of a body that is too long anyway which are read and thrown away.
const DRAINED: usize = 256 << 20;
/// How long a file may wait for room, and how long it may take to arrive.
const QUEUE: Duration = Duration::from_secs(10);
const UPLOAD: Duration = Duration::from_secs(120);
/// How long a client may pause within a body.
pub(crate) const PAUSE: Duration = Duration::from_secs(30);

/// A JSON body; unknown fields, doubled keys and trailing bytes are refused.
#[derive(Debug)]
pub(crate) struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let media = request.headers().get(header::CONTENT_TYPE);
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or("");
        if !is_json(media) {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "请求体应为 application/json",
                "the body must be application/json",
            ));
        }
        // A body of this size comes at once, or is not wanted.
        match tokio::time::timeout(PAUSE, whole(request.into_body(), JSON_BYTES)).await {
            Ok(bytes) => parse(&bytes?).map(Self),
            Err(_) => Err(too_slow()),
        }
    }
}

/// Whether a media type (RFC 9110 §8.3.1) is JSON, which is UTF-8 whatever else is said beside it.
fn is_json(media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let named = parts.next().unwrap_or("");
    named.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// Reads an object into a map; a name that stands twice is refused, as it is among the members of a body.
///
/// # Errors
/// Those of the parser.
pub(crate) fn each_once<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = BTreeMap<String, String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts, each name once")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = BTreeMap::new();
            while let Some((name, text)) = map.next_entry()? {
                if found.insert(name, text).is_some() {
                    return Err(A::Error::custom("a name stands twice in an object"));
                }
            }
            Ok(found)
        }
    }
    from.deserialize_map(EachOnce)
}

/// Reads JSON; the refusal names line and column.
///
/// # Errors
/// 400 `malformed`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::malformed(
            format!(
                "请求体不是所要求的 JSON：第 {} 行第 {} 列：{}",
                error.line(),
                error.column(),
                kind(&error)
            ),
            format!("the body is not the JSON that is asked for: {error}"),
        )
    })
}

fn kind(error: &serde_json::Error) -> String {
    // What serde says names fields and no values of ours; it exists in English alone.
    error.to_string()
}

/// A whole body, if it is no longer than that.
///
/// # Errors
/// 413 `body_too_long`; 408 `body_too_slow`; 400 where the connection broke.
pub(crate) async fn whole(body: Body, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = next(&mut stream).await? {
        if bytes.len() + piece.len() > limit {
            drain(&mut stream).await;
            return Err(too_long(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A file in memory, with the room that it takes.
pub(crate) struct File<'a> {
    /// Its bytes, of which nothing has been checked.
    pub untrusted: Vec<u8>,
    _room: SemaphorePermit<'a>,
}

/// A whole file, once there is room for it.
///
/// # Errors
/// 429 `busy` while too many others are being read; 408 `body_too_slow`; as for [`whole`].
pub(crate) async fn file(room: &Semaphore, body: Body, limit: usize) -> Result<File<'_>, Refusal> {
    let room = tokio::time::timeout(QUEUE, room.acquire()).await;
    let Ok(Ok(room)) = room else {
        return Err(Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "busy",
            "正在核验的文件过多；请稍后重试",
            "too many files are being verified; try again shortly",
        ));
    };
    // Room is scarce, so nobody keeps it by sending byte after byte.
    match tokio::time::timeout(UPLOAD, whole(body, limit)).await {
        Ok(untrusted) => Ok(File {
            untrusted: untrusted?,
            _room: room,
        }),
        Err(_) => Err(too_slow()),
    }
}

/// Reads on for a while, so that a client that is still sending gets to read why it is refused.
async fn drain(stream: &mut axum::body::BodyDataStream) {
    let mut left = DRAINED;
    while let Ok(Some(piece)) = next(stream).await {
        match left.checked_sub(piece.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// The next piece of a body.
///
/// # Errors
/// 408 `body_too_slow`; 400 where the connection broke.
pub(crate) async fn next(
    stream: &mut axum::body::BodyDataStream,
) -> Result<Option<axum::body::Bytes>, Refusal> {
    match tokio::time::timeout(PAUSE, stream.next()).await {
        Ok(None) => Ok(None),
        Ok(Some(Ok(piece))) => Ok(Some(piece)),
        Ok(Some(Err(_))) => Err(Refusal::malformed(
            "请求体没有传完",
            "the body broke off before its end",
        )),
        Err(_) => Err(too_slow()),
    }
}

fn too_slow() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "body_too_slow",
        "请求体传输过慢或停顿过久；请重试",
        "the body came too slowly, or paused for too long; try again",
    )
}

pub(crate) fn too_long(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_long",
        format!("请求体超过 {limit} 字节；请拆分"),
        format!("the body is longer than {limit} bytes; split it"),
    )
}

/// Parts of an address; one that does not read leads nowhere.
#[derive(Debug)]
pub(crate) struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Refusal::not_found()),
        }
    }
}

/// Query parameters; unknown ones are refused by types that deny them.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| {
                Refusal::malformed(
                    format!("查询参数有误：{}", error.body_text()),
                    format!("the query is not right: {}", error.body_text()),
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_what_is_called_json() {
        for (media, json) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true),
            ("application/json; charset=gb18030", false),
            ("application/jsonp", false),
            ("application/json-seq", false),
            ("text/plain; a=application/json", false),
            ("", false),
        ] {
            assert_eq!(is_json(media), json, "{media}");
        }
    }

    #[test]
    fn a_name_stands_once_in_every_object() {
        #[derive(Debug, serde::Deserialize)]
        struct Held {
            #[serde(deserialize_with = "each_once")]
            assets: BTreeMap<String, String>,
        }
        let held: Held = parse(br#"{"assets":{"a":"1","b":"2"}}"#).unwrap();
        assert_eq!(held.assets.len(), 2);
        let (code, _, en) = parse::<Held>(br#"{"assets":{"a":"1","a":"2"}}"#)
            .unwrap_err()
            .into_words();
        assert_eq!(code, "malformed");
        assert!(en.contains("twice"), "{en}");
    }
}

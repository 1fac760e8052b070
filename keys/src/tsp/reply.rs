//! The reply of an outside time-stamp authority (RFC 3161 §2.4.2), read as untrusted bytes.

use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::message_imprint;
use crate::Sentence;
use crate::cms::ID_CT_TST_INFO;

/// Why a reply is no answer to the question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("its reply is malformed: {0}")]
    Malformed(&'static str),
    #[error("it refused the request with status {0} (RFC 3161 §2.4.2)")]
    Status(u8),
    #[error("its token is over other data than was sent")]
    OtherImprint,
    #[error("its token answers another request (nonce differs or is missing)")]
    OtherNonce,
}

impl Refused {
    pub(super) fn said(&self) -> Sentence {
        let zh = match self {
            Refused::Malformed(what) => format!("答复格式有误（{what}）"),
            Refused::Status(status) => {
                format!("服务拒绝了请求，状态为 {status}（RFC 3161 §2.4.2）")
            }
            Refused::OtherImprint => "时间戳所盖的不是所送的数据".to_owned(),
            Refused::OtherNonce => "时间戳答的是另一请求（nonce 不符或缺失）".to_owned(),
        };
        Sentence::new(zh, self.to_string())
    }
}

/// The TimeStampToken of a TimeStampResp that was granted and answers the question: same imprint, same nonce (a whole
/// DER INTEGER). Its signature is not checked here.
pub(super) fn token(reply: &[u8], sha256: &[u8; 32], nonce: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut reply = Fields::of(reply, "TimeStampResp")?;
    let mut status = Fields::inside(reply.next("PKIStatusInfo")?, "PKIStatusInfo")?;
    match status.next("PKIStatus")?.decode_as::<u8>() {
        // granted, grantedWithMods
        Ok(0 | 1) => {}
        Ok(other) => return Err(Refused::Status(other)),
        Err(_) => return Err(Refused::Malformed("PKIStatus")),
    }
    let token = reply.next("TimeStampToken")?;
    reply.end("TimeStampResp")?;

    let info = tst_info(token)?;
    let mut info = Fields::of(&info, "TSTInfo")?;
    info.next("version")?;
    info.next("policy")?;
    let imprint = encoded(info.next("messageImprint")?)?;
    if !same_imprint(&imprint, sha256) {
        return Err(Refused::OtherImprint);
    }
    info.next("serialNumber")?;
    info.next("genTime")?;
    // accuracy SEQUENCE, ordering BOOLEAN, nonce INTEGER, all optional: the nonce is the only INTEGER left.
    while let Some(field) = info.maybe()? {
        if field.tag() == Tag::Integer {
            return if encoded(field)? == nonce {
                encoded(token)
            } else {
                Err(Refused::OtherNonce)
            };
        }
    }
    Err(Refused::OtherNonce)
}

/// Down to the eContent: ContentInfo, `[0]`, SignedData, encapContentInfo, `[0]`, OCTET STRING.
fn tst_info(token: AnyRef<'_>) -> Result<Vec<u8>, Refused> {
    let mut content_info = Fields::inside(token, "ContentInfo")?;
    content_info.next("contentType")?;
    let mut content = Fields::explicit(content_info.next("content")?, "content")?;
    let mut signed_data = Fields::inside(content.next("SignedData")?, "SignedData")?;
    signed_data.next("version")?;
    signed_data.next("digestAlgorithms")?;
    let mut encapsulated =
        Fields::inside(signed_data.next("encapContentInfo")?, "encapContentInfo")?;
    if encoded(encapsulated.next("eContentType")?)? != ID_CT_TST_INFO {
        return Err(Refused::Malformed("the content is no TSTInfo"));
    }
    let mut content = Fields::explicit(encapsulated.next("eContent")?, "eContent")?;
    let octets = content.next("eContent")?;
    match octets.tag() {
        Tag::OctetString => Ok(octets.value().to_vec()),
        _ => Err(Refused::Malformed("eContent")),
    }
}

/// SHA-256's AlgorithmIdentifier is met with parameters absent and with NULL.
fn same_imprint(imprint: &[u8], sha256: &[u8; 32]) -> bool {
    let null = [
        b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        &sha256[..],
    ];
    imprint == message_imprint(sha256) || imprint == null.concat()
}

fn encoded(element: AnyRef<'_>) -> Result<Vec<u8>, Refused> {
    element.to_der().map_err(|_| Refused::Malformed("element"))
}

/// The elements of a constructed one, in order.
struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    fn of(der: &'a [u8], what: &'static str) -> Result<Fields<'a>, Refused> {
        Fields::inside(
            AnyRef::from_der(der).map_err(|_| Refused::Malformed(what))?,
            what,
        )
    }

    fn inside(element: AnyRef<'a>, what: &'static str) -> Result<Fields<'a>, Refused> {
        Fields::tagged(element, Tag::Sequence, what)
    }

    fn explicit(element: AnyRef<'a>, what: &'static str) -> Result<Fields<'a>, Refused> {
        let tag = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber::N0,
        };
        Fields::tagged(element, tag, what)
    }

    fn tagged(element: AnyRef<'a>, tag: Tag, what: &'static str) -> Result<Fields<'a>, Refused> {
        if element.tag() != tag {
            return Err(Refused::Malformed(what));
        }
        SliceReader::new(element.value())
            .map(Fields)
            .map_err(|_| Refused::Malformed(what))
    }

    fn next(&mut self, what: &'static str) -> Result<AnyRef<'a>, Refused> {
        self.0.decode().map_err(|_| Refused::Malformed(what))
    }

    fn maybe(&mut self) -> Result<Option<AnyRef<'a>>, Refused> {
        if self.0.is_finished() {
            Ok(None)
        } else {
            self.next("optional field").map(Some)
        }
    }

    fn end(&self, what: &'static str) -> Result<(), Refused> {
        if self.0.is_finished() {
            Ok(())
        } else {
            Err(Refused::Malformed(what))
        }
    }
}

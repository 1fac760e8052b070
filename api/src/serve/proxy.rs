//! `Client-Cert` and `Client-Cert-Chain` (RFC 9440): taken from a listed proxy that has itself proven its key, refused
//! from everybody else, so that nobody can say in a header who they are.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use keys::X509;

use super::caller::ProvenKey;
use super::refusal::Refusal;

const HEADERS: [&str; 2] = ["client-cert", "client-cert-chain"];

/// Whose key a call is under: the connection's own, or the one that a listed proxy names.
///
/// # Errors
/// 400 for any such header that does not come from a listed proxy, or that does not read.
pub(crate) fn key_of_call(
    headers: &HeaderMap,
    connection: Option<ProvenKey>,
    proxies: &[String],
    now: Timestamp,
) -> Result<Option<ProvenKey>, Refusal> {
    // A proxy whose own X.509 has ended is no proxy any more.
    let listed = connection
        .filter(|key| key.ends() >= now)
        .is_some_and(|key| {
            let digest = hex::encode(key.digest().0);
            proxies
                .iter()
                .any(|proxy| proxy.eq_ignore_ascii_case(&digest))
        });
    let named = HEADERS.iter().any(|name| headers.contains_key(*name));
    match (listed, named) {
        (false, false) => Ok(connection),
        (false, true) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "client_cert_header",
            "Client-Cert 请求头只接受来自已登记且自身已认证的代理；请去掉该请求头",
            "the header Client-Cert is taken from a listed, itself authenticated proxy only; leave it out",
        )),
        // A proxy speaks for its clients, never for itself.
        (true, false) => Ok(None),
        (true, true) => read(headers).map(Some),
    }
}

/// Whence a call comes: the peer, or who a listed reverse proxy says it speaks for. What stands further left in
/// `X-Forwarded-For` anybody may have written.
pub(crate) fn address_of_call(headers: &HeaderMap, peer: IpAddr, forwarders: &[IpAddr]) -> IpAddr {
    let listed = |address: &IpAddr| forwarders.contains(&address.to_canonical());
    if !listed(&peer) {
        return peer;
    }
    let values: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .map(|value| value.to_str().unwrap_or(""))
        .flat_map(|value| value.split(','))
        .collect();
    let mut address = peer;
    for value in values.iter().rev() {
        let value = value.trim();
        let read = value.parse().ok();
        let read = read.or_else(|| Some(value.parse::<SocketAddr>().ok()?.ip()));
        let Some(read) = read else { break };
        address = read;
        if !listed(&address) {
            break;
        }
    }
    address
}

/// One structured-field byte sequence (RFC 9440 §2.2): the DER of the client's X.509, which the proxy has verified.
fn read(headers: &HeaderMap) -> Result<ProvenKey, Refusal> {
    let refuse = || {
        Refusal::malformed(
            "Client-Cert 应为一个 :base64: 形式的 X.509（RFC 9440）",
            "Client-Cert must be one X.509 as :base64: (RFC 9440)",
        )
    };
    let mut values = headers.get_all("client-cert").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(refuse());
    };
    let text = value.to_str().map_err(|_| refuse())?.trim();
    let inner = text
        .strip_prefix(':')
        .and_then(|text| text.strip_suffix(':'))
        .ok_or_else(refuse)?;
    let der = STANDARD.decode(inner).map_err(|_| refuse())?;
    let x509 = X509::parse(der).map_err(|_| refuse())?;
    Ok(ProvenKey::of(&x509))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_listed_proxy_alone_says_whence_a_call_comes() {
        let listed: [IpAddr; 2] = [[127, 0, 0, 1].into(), [10, 0, 0, 2].into()];
        for (peer, said, expected) in [
            ("127.0.0.1", None, "127.0.0.1"),
            ("127.0.0.1", Some("192.0.2.7"), "192.0.2.7"),
            ("::ffff:127.0.0.1", Some("192.0.2.7:4711"), "192.0.2.7"),
            ("127.0.0.1", Some("2001:db8::1"), "2001:db8::1"),
            // Written by the caller, then added to by the proxies.
            (
                "127.0.0.1",
                Some("198.51.100.1, 192.0.2.7, 10.0.0.2"),
                "192.0.2.7",
            ),
            ("127.0.0.1", Some("198.51.100.1, unknown"), "127.0.0.1"),
            ("192.0.2.9", Some("192.0.2.7"), "192.0.2.9"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert("x-forwarded-for", HeaderValue::from_static(said));
            }
            let address = address_of_call(&headers, peer.parse().unwrap(), &listed);
            assert_eq!(
                address,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {said:?}"
            );
        }
    }

    #[test]
    fn nobody_says_in_a_header_who_they_are() {
        let named = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        for headers in [
            named("client-cert", ":AAAA:"),
            named("client-cert-chain", ":AAAA:"),
            named("client-cert", ""),
        ] {
            let refused = key_of_call(&headers, None, &[], Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(refused.into_words().0, "client_cert_header");
        }
        assert!(
            key_of_call(&HeaderMap::new(), None, &[], Timestamp::UNIX_EPOCH)
                .unwrap()
                .is_none()
        );
    }
}

//! The client of an outside time-stamp authority over HTTP or HTTPS (RFC 3161 §3.4).

use std::sync::Arc;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use rustls::crypto::ring::default_provider;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::{TimeStampSource, message_imprint, reply};
use crate::asn1::{sequence, unsigned};
use crate::{Error, Sentence};

/// Bytes of a reply that are read.
const MAX_REPLY: u64 = 64 * 1024;
/// Bytes that room is kept for in a file; a token with a chain of RSA-4096 has 6 to 7 KiB.
const LONGEST_TOKEN: usize = 8 * 1024;

/// An outside time-stamp authority by its address.
pub struct RemoteTsa {
    url: String,
    agent: Agent,
    random: SystemRandom,
}

impl RemoteTsa {
    /// `url` begins with `http://`: tokens are signed, so that they need no TLS. A call ends after `time_limit` at
    /// the latest.
    ///
    /// # Errors
    /// [`Error::Argument`] for another kind of address.
    pub fn new(url: &str, time_limit: Duration) -> Result<RemoteTsa, Error> {
        if !url.starts_with("http://") {
            return Err(Error::argument(
                format!("“{url}”不是时间戳服务的地址；须以 http:// 开头"),
                format!("{url:?} is no address of a time-stamp authority: it begins with http://"),
            ));
        }
        Ok(Self::at(url, time_limit, TlsConfig::default()))
    }

    /// The same for an address that begins with `https://`; `anchors` are the X.509s in PEM that its server's chain
    /// ends at.
    ///
    /// # Errors
    /// [`Error::Argument`] for another kind of address, or where the PEM holds no X.509.
    pub fn over_tls(url: &str, time_limit: Duration, anchors: &[u8]) -> Result<RemoteTsa, Error> {
        if !url.starts_with("https://") {
            return Err(Error::Argument(Sentence::new(
                format!("“{url}”不是 TLS 时间戳服务地址：应以 https:// 开头"),
                format!(
                    "{url:?} is no address of a time-stamp authority over TLS: it begins with https://"
                ),
            )));
        }
        let x509s: Vec<_> = parse_pem(anchors)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(x509)) => Some(x509),
                _ => None,
            })
            .collect();
        if x509s.is_empty() {
            return Err(Error::Argument(Sentence::new(
                format!("没有可用来信任 {url} 的证书：请给出为其服务器签发证书的 CA 的 PEM"),
                format!(
                    "no X.509 to trust {url} by: name the X.509s, in PEM, of the CA that certified its server"
                ),
            )));
        }
        // The provider is named here: nothing is left to a default of the process.
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&x509s))
            .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
            .build();
        Ok(Self::at(url, time_limit, tls))
    }

    fn at(url: &str, time_limit: Duration, tls: TlsConfig) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(time_limit))
            .max_redirects(0)
            .http_status_as_error(true)
            .tls_config(tls)
            .build();
        Self {
            url: url.to_owned(),
            agent: config.into(),
            random: SystemRandom::new(),
        }
    }

    fn post(&self, query: &[u8]) -> Result<Vec<u8>, Sentence> {
        let mut response = self
            .agent
            .post(&self.url)
            .content_type("application/timestamp-query")
            .send(query)
            .map_err(|error| unreachable(&error))?;
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/timestamp-reply")) {
            return Err(Sentence::new(
                format!("答复的类型是 {kind:?}，不是 application/timestamp-reply；请核对地址"),
                format!("it answered {kind:?}, not application/timestamp-reply"),
            ));
        }
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_REPLY)
            .read_to_vec();
        body.map_err(|error| unreachable(&error))
    }
}

impl TimeStampSource for RemoteTsa {
    fn stamp(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; 16];
        self.random
            .fill(&mut nonce)
            .map_err(|_| Error::Crypto("random bytes"))?;
        let nonce = unsigned(&nonce);
        let token = self
            .post(&query(sha256, &nonce))
            .and_then(|body| reply::token(&body, sha256, &nonce).map_err(|why| why.said()));
        token
            .and_then(|token| match token.len() <= LONGEST_TOKEN {
                true => Ok(token),
                false => {
                    let length = token.len();
                    Err(Sentence::new(
                        format!("时间戳有 {length} 字节，只留有 {LONGEST_TOKEN} 字节"),
                        format!("its token has {length} bytes; {LONGEST_TOKEN} fit"),
                    ))
                }
            })
            .map_err(|why| Error::OutsideTsa {
                url: self.url.clone(),
                why,
            })
    }

    fn longest_token(&self) -> usize {
        LONGEST_TOKEN
    }
}

fn unreachable(error: &ureq::Error) -> Sentence {
    Sentence::new(
        format!("连接失败（{error}）；请检查地址和网络"),
        error.to_string(),
    )
}

/// TimeStampReq (RFC 3161 §2.4.1) that asks for the authority's X.509.
fn query(sha256: &[u8; 32], nonce: &[u8]) -> Vec<u8> {
    const TRUE: &[u8] = b"\x01\x01\xff";
    sequence(&[&unsigned(&[1]), &message_imprint(sha256), nonce, TRUE])
}

//! PEM (RFC 7468): the blocks of one label, in order. Text between blocks is comment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Sentence;
use crate::x509::{Crl, X509};

/// Every X.509 in `text`; anything else in it is an error.
pub(super) fn x509s(text: &str) -> Result<Vec<X509>, Sentence> {
    let parse = |der: Vec<u8>| {
        X509::parse(&der).map_err(|e| {
            Sentence::new(
                format!("有 X.509 证书的结构有误（{e}）"),
                format!("an X.509 is malformed: {e}"),
            )
        })
    };
    blocks(text, "CERTIFICATE")?
        .into_iter()
        .map(parse)
        .collect()
}

/// Every CRL in `text`; anything else in it is an error.
pub(super) fn crls(text: &str) -> Result<Vec<Crl>, Sentence> {
    let parse = |der: Vec<u8>| {
        Crl::parse(&der).map_err(|e| {
            Sentence::new(
                format!("有吊销列表的结构有误（{e}）"),
                format!("a CRL is malformed: {e}"),
            )
        })
    };
    blocks(text, "X509 CRL")?.into_iter().map(parse).collect()
}

fn blocks(text: &str, label: &str) -> Result<Vec<Vec<u8>>, Sentence> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        if line.starts_with("-----") && line != begin {
            return Err(Sentence::new(
                format!("应为 {begin:?}，得到 {line:?}"),
                format!("{line:?} where {begin:?} belongs"),
            ));
        }
        if line != begin {
            continue;
        }
        let mut base64 = String::new();
        loop {
            match lines.next() {
                Some(line) if line == end => break,
                Some(line) => base64.push_str(line),
                None => {
                    return Err(Sentence::new(
                        format!("有一段没有 {end:?}"),
                        format!("a block without {end:?}"),
                    ));
                }
            }
        }
        blocks.push(STANDARD.decode(&base64).map_err(|e| {
            Sentence::new(
                format!("base64 有误（{e}）"),
                format!("base64 is broken: {e}"),
            )
        })?);
    }
    Ok(blocks)
}

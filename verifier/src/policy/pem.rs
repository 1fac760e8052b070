//! PEM (RFC 7468): the blocks of one label, in order. Text between blocks is comment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::x509::{Crl, X509};

/// Every X.509 in `text`; anything else in it is an error.
pub(super) fn x509s(text: &str) -> Result<Vec<X509>, String> {
    let parse = |der: Vec<u8>| X509::parse(&der).map_err(|e| format!("an X.509 is malformed: {e}"));
    blocks(text, "CERTIFICATE")?
        .into_iter()
        .map(parse)
        .collect()
}

/// Every CRL in `text`; anything else in it is an error.
pub(super) fn crls(text: &str) -> Result<Vec<Crl>, String> {
    let parse = |der: Vec<u8>| Crl::parse(&der).map_err(|e| format!("a CRL is malformed: {e}"));
    blocks(text, "X509 CRL")?.into_iter().map(parse).collect()
}

fn blocks(text: &str, label: &str) -> Result<Vec<Vec<u8>>, String> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        if line.starts_with("-----") && line != begin {
            return Err(format!("{line:?} where {begin:?} belongs"));
        }
        if line != begin {
            continue;
        }
        let mut base64 = String::new();
        loop {
            match lines.next() {
                Some(line) if line == end => break,
                Some(line) => base64.push_str(line),
                None => return Err(format!("a block without {end:?}")),
            }
        }
        blocks.push(
            STANDARD
                .decode(&base64)
                .map_err(|e| format!("base64 is broken: {e}"))?,
        );
    }
    Ok(blocks)
}

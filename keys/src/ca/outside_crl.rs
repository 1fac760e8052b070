//! CRLs of outside CAs that certified our seal keys: taken from a file, held against the policy's issuers.

use jiff::Timestamp;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate, X509Extension};

use super::Crl;
use super::outside::{blocks, refuse};
use crate::{Error, FileKeyStore, X509};

/// deltaCRLIndicator (RFC 5280 §5.2.4)
const DELTA: &str = "2.5.29.27";

/// A CRL whose signature an outside CA of the policy made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideCrl {
    /// The CRL.
    pub crl: Crl,
    /// SHA-256 of the X.509 whose key signed it.
    pub issuer: [u8; 32],
    /// When it was made.
    pub this_update: Timestamp,
}

/// Reads CRLs: one in DER, or any number in PEM.
///
/// # Errors
/// [`Error::OutsideCa`] when there is none, one is a delta, has ended before `now` or says no end, or was not signed by
/// an issuer of a seal X.509 that an outside CA made.
pub fn read_crls(
    store: &FileKeyStore,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Vec<OutsideCrl>, Error> {
    let ders = match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN") => blocks(text, "X509 CRL")?,
        _ => vec![bytes.to_vec()],
    };
    if ders.is_empty() {
        return Err(refuse("其中没有 X509 CRL", "it holds no X509 CRL"));
    }
    let keys = store.list()?;
    let chains = || keys.iter().flat_map(|key| key.chains());
    // Our own chains are of one X.509.
    let issuers: Vec<&X509> = chains().flat_map(|chain| chain.iter().skip(1)).collect();
    ders.into_iter()
        .map(|der| read(der, &issuers, now))
        .collect()
}

fn read(der: Vec<u8>, issuers: &[&X509], now: Timestamp) -> Result<OutsideCrl, Error> {
    let malformed =
        |why: &str| refuse(format!("不是 CRL（{why}）"), format!("it is no CRL: {why}"));
    let crl = match CertificateRevocationList::from_der(&der) {
        Ok(([], crl)) => crl,
        Ok(_) => return Err(malformed("bytes follow its end")),
        Err(error) => return Err(malformed(&error.to_string())),
    };
    let delta = |extension: &X509Extension<'_>| extension.oid.to_id_string() == DELTA;
    if crl.extensions().iter().any(delta) {
        return Err(refuse(
            "是增量 CRL；请提供完整的 CRL",
            "it is a delta CRL: give the complete one",
        ));
    }
    let seconds = |at: i64| Timestamp::from_second(at).map_err(|e| malformed(&e.to_string()));
    let this_update = seconds(crl.last_update().timestamp())?;
    match crl.next_update() {
        None => {
            return Err(refuse(
                "没有写明下次更新时间",
                "it does not say when the next one comes",
            ));
        }
        Some(next) if seconds(next.timestamp())? < now => {
            return Err(refuse(
                format!("已于 {next} 过期；请取得最新的 CRL"),
                format!("it ended on {next}: fetch the current one"),
            ));
        }
        Some(_) => {}
    }
    let signed = |issuer: &&&X509| {
        let parsed = X509Certificate::from_der(issuer.der());
        parsed.is_ok_and(|(_, parsed)| {
            parsed.subject().as_raw() == crl.issuer().as_raw()
                && crl.verify_signature(parsed.public_key()).is_ok()
        })
    };
    let Some(issuer) = issuers.iter().find(signed) else {
        let name = crl.issuer();
        return Err(refuse(
            format!("“{name}”的 CRL 并非策略中的外部 CA 所签；请先导入密钥的 X.509 证书"),
            format!(
                "the CRL of \"{name}\" is signed by no outside CA in the policy: import the X.509 of a key first"
            ),
        ));
    };
    let issuer = *issuer.sha256();
    Ok(OutsideCrl {
        this_update,
        issuer,
        crl: Crl::from_der(der.clone()),
    })
}

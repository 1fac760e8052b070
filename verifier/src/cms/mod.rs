//! CMS signatures (RFC 5652) and time-stamp tokens (RFC 3161): taken apart, then judged rule by rule.
//!
//! Knows neither PDF nor chains: the covered bytes and the signer's X.509 come in from `seal`,
//! which calls it and joins what it finds with `pdf` and `x509`.

pub(crate) mod ber;
pub(crate) mod oid;
pub(crate) mod rules;
pub(crate) mod signed_data;
pub(crate) mod strict;
pub(crate) mod time_stamp;

//! Routes, a file a noun. Each reads the request, calls one room, and puts the answer on record; none decides anything.

pub(super) mod audit;
pub(super) mod batch_errors;
pub(super) mod batch_files;
pub(crate) mod batch_rows;
pub(crate) mod batches;
pub(super) mod deliverers;
pub(super) mod deliveries;
pub(super) mod gb36906;
pub(super) mod health;
pub(crate) mod images;
pub(super) mod me;
pub(super) mod page;
pub(crate) mod persons;
pub(super) mod public;
pub(crate) mod reviews;
pub(super) mod rights;
mod sought;
pub(super) mod transitions;
pub(super) mod trust;
pub(crate) mod types;
pub(super) mod units;
pub(super) mod verifications;

use registry::certificates::TypeCode;
use registry::units::{Actor, CreditCode, PersonId, UnitKind};

use super::refusal::Refusal;

/// Reads a credit code.
fn credit_code(pointer: &str, text: &str) -> Result<CreditCode, Refusal> {
    CreditCode::parse(text).map_err(|fault| {
        Refusal::value(
            pointer,
            "应为 18 位统一社会信用代码，校验码须正确",
            format!("must be a unified social credit code: {fault}"),
        )
    })
}

/// Reads a type code.
fn type_code(pointer: &str, text: &str) -> Result<TypeCode, Refusal> {
    TypeCode::parse(text).map_err(|fault| {
        Refusal::value(
            pointer,
            "应为证照类型代码，校验位须正确",
            format!("must be a certificate type code: {fault}"),
        )
    })
}

/// Reads a kind of unit out of an address.
fn unit_kind(text: &str) -> Result<UnitKind, Refusal> {
    UnitKind::parse(text).ok_or_else(|| {
        let kinds: Vec<&str> = UnitKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let kinds = kinds.join(", ");
        Refusal::value(
            "#/path/kind",
            format!("单位类别应为 {kinds} 之一"),
            format!("the kind of a unit is one of {kinds}"),
        )
    })
}

/// Reads an account of a unit out of an address.
fn account(unit: CreditCode, text: &str) -> Result<Actor, Refusal> {
    let person = PersonId::parse(text).map_err(|fault| {
        Refusal::value(
            "#/path/account",
            "账号由 1 至 64 个 a-z 0-9 . _ - 组成",
            format!("an account is 1 to 64 of a-z 0-9 . _ -: {fault}"),
        )
    })?;
    Ok(Actor { person, unit })
}

/// Reads the SHA-256 of a file.
fn sha256(pointer: &str, text: &str) -> Result<[u8; 32], Refusal> {
    let digest = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    digest.ok_or_else(|| {
        Refusal::value(
            pointer,
            "应为文件的 SHA-256，64 位十六进制",
            "must be the SHA-256 of the file, 64 hexadecimal digits",
        )
    })
}

//! What a caller has of a certificate, and the verdict on what is on record under it.

use jiff::Timestamp;
use registry::certificates::{HolderKind, Identifier, Key, MaskedName, PrintedCode, Record};
use registry::grants::Permit;
use serde::Deserialize;
use verifier::{Asked, Verdict, judge};

use super::verifications::asker;
use super::{credit_code, sha256, type_code};
use crate::clock;
use crate::facts;
use crate::serve::app::App;
use crate::serve::refusal::Refusal;

/// What a caller has of a certificate: one of identifier, printed code, digest of the file, or number.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sought {
    /// Identifier (GB/T 36904).
    identifier: Option<String>,
    /// The code under the QR code.
    printed_code: Option<String>,
    /// SHA-256 of the whole file, hexadecimal.
    sha256: Option<String>,
    /// Type, agency and printed number; asked together with the holder.
    number: Option<Number>,
    /// The holder as the caller knows them; where they differ, the answer is `unknown`.
    holder: Option<Holder>,
}

impl Sought {
    /// By the code under the QR code.
    pub(super) fn by_printed_code(code: String) -> Self {
        Self {
            printed_code: Some(code),
            ..Self::default()
        }
    }

    /// By identifier.
    pub(super) fn by_identifier(identifier: String) -> Self {
        Self {
            identifier: Some(identifier),
            ..Self::default()
        }
    }
}

/// A printed number, unique within agency and type.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// Type code.
    r#type: String,
    /// Credit code of the issuing agency.
    agency: String,
    /// As printed.
    number: String,
}

/// Who holds a certificate.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holder {
    /// Kind of the code, such as `111`.
    kind: String,
    /// The code.
    code: String,
}

/// A verdict, and what it was about as the audit names it.
pub(super) struct Found {
    pub(super) verdict: Verdict,
    pub(super) object: String,
    /// The holders as the permit shows them: masked, or not at all.
    pub(super) holders: Vec<MaskedName>,
}

/// The verdict on what is on record under what a caller has.
pub(super) async fn of_sought(
    app: &App,
    sought: &Sought,
    permit: &Permit,
    at: Timestamp,
    pointer: &str,
) -> Result<Found, Refusal> {
    let record = find(app, sought, pointer).await?;
    let object = record.as_ref().map_or("none".to_owned(), Record::name);
    let asker = asker(permit);
    let known_at = clock::now();
    let certificates = app.registry().certificates();
    let holders = match &record {
        Some(record) => certificates.masked_holders(record, permit).await?,
        None => Vec::new(),
    };
    let facts = facts::of_record(app.registry(), record, asker, at, known_at).await?;
    let verdict = judge(Asked::Record, &facts);
    // Who is told nothing certain about a certificate learns nothing of whose it is either.
    let certain = verdict.outcome().name().starts_with("authentic");
    Ok(Found {
        holders: if certain { holders } else { Vec::new() },
        verdict,
        object,
    })
}

async fn find(app: &App, sought: &Sought, pointer: &str) -> Result<Option<Record>, Refusal> {
    let given = [
        sought.identifier.is_some(),
        sought.printed_code.is_some(),
        sought.sha256.is_some(),
        sought.number.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() != 1 {
        return Err(Refusal::value(
            pointer,
            "identifier、printed_code、sha256、number 四者须且只须给出一项",
            "give exactly one of identifier, printed_code, sha256 and number",
        ));
    }
    // Read before anything is looked up: what is wrong with a question is told whether or not there is an answer.
    let holder = match &sought.holder {
        None => None,
        Some(holder) => {
            let kind = HolderKind::parse(&holder.kind).map_err(|fault| {
                Refusal::value(
                    &format!("{pointer}/holder/kind"),
                    "没有这一证件类型代码",
                    format!("there is no such kind of code: {fault}"),
                )
            })?;
            Some((kind, holder.code.as_str()))
        }
    };
    let certificates = app.registry().certificates();
    let found = if let Some(text) = &sought.identifier {
        let identifier = identifier(&format!("{pointer}/identifier"), text)?;
        certificates.find(Key::Identifier(&identifier)).await?
    } else if let Some(text) = &sought.printed_code {
        let code = printed_code(&format!("{pointer}/printed_code"), text)?;
        certificates.find(Key::PrintedCode(&code)).await?
    } else if let Some(text) = &sought.sha256 {
        let digest = sha256(&format!("{pointer}/sha256"), text)?;
        certificates.find(Key::FileRevisions(&[digest])).await?
    } else if let Some(number) = &sought.number {
        let place = format!("{pointer}/number");
        if sought.holder.is_none() {
            return Err(Refusal::value(
                &format!("{pointer}/holder"),
                "按编号核验须同时给出持证主体",
                "a number is asked together with its holder",
            ));
        }
        let type_code = type_code(&format!("{place}/type"), &number.r#type)?;
        let agency = credit_code(&format!("{place}/agency"), &number.agency)?;
        let key = Key::Number {
            type_code: &type_code,
            agency: &agency,
            number: &number.number,
        };
        certificates.find(key).await?
    } else {
        None
    };
    let (Some(record), Some((kind, code))) = (&found, holder) else {
        return Ok(found);
    };
    // No permit tells a wrong holder from nothing at all yet: both are the same answer.
    let held = certificates.is_held_by(record, kind, code).await?;
    Ok(found.filter(|_| held))
}

pub(super) fn identifier(pointer: &str, text: &str) -> Result<Identifier, Refusal> {
    facts::identifier(text).ok_or_else(|| {
        Refusal::value(
            pointer,
            "不是电子证照标识（GB/T 36904）；请核对",
            "is no certificate identifier (GB/T 36904); check it",
        )
    })
}

pub(super) fn printed_code(pointer: &str, text: &str) -> Result<PrintedCode, Refusal> {
    PrintedCode::parse(text).map_err(|_| {
        Refusal::value(
            pointer,
            "应为二维码下方的 16 位核验码",
            "must be the code of 16 characters under the QR code",
        )
    })
}

//! A verdict in plain words, Chinese or English: what happened, why, what to do.
//!
//! For the command line and for pages; the JSON is the API.

use std::borrow::Cow;

use super::answer::{SealAnswer, Verdict, VerdictBasis};
use super::facts::About;
use super::outcome::{Advice, Outcome};
use super::state::State;
use crate::report::{Finding, Severity, SubIndication};

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

/// Three sentences for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What the verdict is; with the reason of the state, for those who may read it.
    pub happened: Cow<'static, str>,
    /// Why it is so.
    pub why: &'static str,
    /// What to do now.
    pub to_do: &'static str,
}

/// A text in both languages.
type Both = (&'static str, &'static str);

/// The verdict for a person.
pub fn words(verdict: &Verdict, language: Language) -> Words {
    let pick = |(chinese, english): Both| match language {
        Language::Chinese => chinese,
        Language::English => english,
    };
    Words {
        happened: with_reason(pick(happened(verdict)), verdict, language),
        why: pick(why(verdict)),
        to_do: pick(match (verdict.basis(), verdict.advice()) {
            (VerdictBasis::Record, Advice::Use) => USE_AND_CHECK_THE_FILE,
            (_, advice) => to_do(advice),
        }),
    }
}

/// Where nobody has shown the file itself.
const USE_AND_CHECK_THE_FILE: Both = (
    "可以使用；对方出示文件的，请一并核验文件。",
    "It may be used; where a file is shown, verify the file, too.",
);

/// The sentence with the reason, in the words of the type, before its full stop.
fn with_reason(sentence: &'static str, verdict: &Verdict, language: Language) -> Cow<'static, str> {
    let label = verdict
        .status()
        .and_then(|status| status.reason_label.as_deref());
    let (Some(label), Outcome::Authentic(_)) = (label, verdict.outcome()) else {
        return Cow::Borrowed(sentence);
    };
    Cow::Owned(match language {
        Language::Chinese => format!("{}（原因：{label}）。", sentence.trim_end_matches('。')),
        Language::English => format!("{} (reason: {label}).", sentence.trim_end_matches('.')),
    })
}

/// Where the file alone is at fault, nothing is said against the licence.
fn happened(verdict: &Verdict) -> Both {
    let about = verdict.status().and_then(|status| status.about);
    match (verdict.outcome(), about) {
        (Outcome::Authentic(State::Suspended), Some(About::File)) => (
            "证照真实，但这份电子文件有误，已被暂停使用；证照所载的许可并未因此暂停。",
            "Authentic, but this electronic file is at fault and suspended; the licence itself is not.",
        ),
        (
            Outcome::Authentic(State::Cancelled | State::Revoked | State::Withdrawn),
            Some(About::File),
        ) => (
            "证照真实，但这份电子文件制作有误，已被注销；证照所载的许可并未因此终止。",
            "Authentic, but this electronic file was made in error and is cancelled; the licence itself has not ended by it.",
        ),
        (outcome, _) => happened_to_the_licence(outcome),
    }
}

fn happened_to_the_licence(outcome: Outcome) -> Both {
    match outcome {
        Outcome::Authentic(State::Valid) => ("证照真实，现行有效。", "Authentic and valid."),
        Outcome::Authentic(State::NotYetValid) => {
            ("证照真实，尚未生效。", "Authentic, but not valid yet.")
        }
        Outcome::Authentic(State::Suspended) => {
            ("证照真实，但已被暂停使用。", "Authentic, but suspended.")
        }
        Outcome::Authentic(State::Expired) => {
            ("证照真实，但已过有效期。", "Authentic, but expired.")
        }
        Outcome::Authentic(State::Superseded) => (
            "证照真实，但已被新版本取代。",
            "Authentic, but superseded by a later version.",
        ),
        Outcome::Authentic(State::Cancelled) => {
            ("证照真实，但已注销。", "Authentic, but cancelled.")
        }
        Outcome::Authentic(State::Revoked) => ("证照真实，但已吊销。", "Authentic, but revoked."),
        Outcome::Authentic(State::Withdrawn) => (
            "证照真实，但其颁发已被撤销。",
            "Authentic, but its issue was withdrawn.",
        ),
        Outcome::AuthenticUnentitled => (
            "证照由系统签发，但颁发机构当日无权颁发此类证照。",
            "Authentic, but the agency had no right to issue this type on that day.",
        ),
        Outcome::CopyExpired => (
            "加注件真实，但已过使用期限。",
            "A genuine copy whose period is over.",
        ),
        Outcome::CopyRevoked => (
            "加注件真实，但已被收回。",
            "A genuine copy that was revoked.",
        ),
        Outcome::NotAuthentic => ("文件不真实。", "Not authentic."),
        Outcome::Unknown => ("未查到相关记录。", "Nothing on record."),
        Outcome::Mismatch => (
            "查到记录，但所报信息不符。",
            "On record, but what was given does not match.",
        ),
        Outcome::CouldNotCheck => ("暂时无法核验。", "It could not be checked."),
    }
}

fn why(verdict: &Verdict) -> Both {
    let seal_holds = (
        "印章完好，文件与记录一致。",
        "The seal holds and the file is the one on record.",
    );
    let record_only = (
        "仅查询了登记记录，未核验任何文件。",
        "Only the record was asked; no file was checked.",
    );
    let record_only_outcome = verdict.basis() == VerdictBasis::Record;
    match verdict.outcome() {
        _ if record_only_outcome => record_only,
        Outcome::Authentic(_) | Outcome::CopyExpired | Outcome::CopyRevoked => seal_holds,
        Outcome::AuthenticUnentitled => (
            "印章完好，但颁发日期不在该机构的授权期内。",
            "The seal holds, but the day of issue lies outside the agency's authority.",
        ),
        _ => reason(verdict),
    }
}

/// The remark that decided against the file.
fn reason(verdict: &Verdict) -> Both {
    let has = |code: &str| {
        verdict
            .findings()
            .iter()
            .any(|finding| finding.code == code)
    };
    if let SealAnswer::Examined {
        indication: None, ..
    } = verdict.seal()
    {
        return ("文件上没有数字签章。", "The file bears no digital seal.");
    }
    if has("seal.intact_bytes_differ") {
        return (
            "印章本身完好，但文件不是登记在案的那一份。",
            "The seal itself holds, but this is not the file on record.",
        );
    }
    if has("sealed_not_on_record") {
        return (
            "印章属于本中心，但登记中没有这份文件；已报警。",
            "The seal is ours, but this file is not on record; the centre has been alerted.",
        );
    }
    let worst = verdict
        .findings()
        .iter()
        .find(|finding| finding.severity >= Severity::Indeterminate);
    match worst {
        Some(finding) if finding.severity == Severity::Failed => of_finding(finding),
        _ if has("signer.not_a_seal_key") => (
            "签名所用的密钥不是签章密钥。",
            "It was signed with a key that is not a seal key.",
        ),
        Some(finding) => of_finding(finding),
        None => (
            "登记系统暂时无法回答。",
            "The record could not give an answer.",
        ),
    }
}

fn of_finding(finding: &Finding) -> Both {
    if finding.code == "limit.exceeded" {
        return (
            "文件过于复杂，超出核验限额。",
            "The file is too large or too complex to examine.",
        );
    }
    match finding.sub_indication {
        Some(SubIndication::FormatFailure) => (
            "文件结构不符合规范，或在签章之后被改动。",
            "The file's structure breaks the rules, or it was changed after it was sealed.",
        ),
        Some(SubIndication::HashFailure) => (
            "文件内容在签章之后被改动。",
            "The content was changed after it was sealed.",
        ),
        Some(SubIndication::SigCryptoFailure) => {
            ("数字签名不成立。", "The digital signature does not hold.")
        }
        Some(
            SubIndication::Revoked | SubIndication::RevokedNoPoe | SubIndication::RevokedCaNoPoe,
        ) => (
            "签章密钥的证书已被吊销。",
            "The X.509 of the seal key was revoked.",
        ),
        Some(
            SubIndication::Expired
            | SubIndication::NotYetValid
            | SubIndication::OutOfBoundsNoPoe
            | SubIndication::OutOfBoundsNotRevoked,
        ) => (
            "不能证明签章时密钥的证书在有效期内。",
            "It is not proven that the seal key's X.509 was valid when the seal was made.",
        ),
        Some(
            SubIndication::CryptoConstraintsFailure | SubIndication::CryptoConstraintsFailureNoPoe,
        ) => (
            "签名算法不受支持或强度不足。",
            "The signature's algorithm is unknown or too weak.",
        ),
        Some(SubIndication::NoCertificateChainFound | SubIndication::NoSigningCertificateFound) => {
            (
                "无法确认签名者的身份。",
                "Who signed could not be established.",
            )
        }
        Some(SubIndication::TryLater) => (
            "缺少最新的证书吊销信息。",
            "Current revocation data is missing.",
        ),
        _ => (
            "核验未能得出结论。",
            "The examination reached no conclusion.",
        ),
    }
}

fn to_do(advice: Advice) -> Both {
    match advice {
        Advice::Use => ("可以使用。", "It may be used."),
        Advice::GoOnWithValidOriginals => (
            "请凭有效原件继续办理，不要要求当事人先行更正数据。",
            "Go on with valid originals; do not send the person to have data corrected first.",
        ),
        Advice::AskForCurrent => (
            "请当事人出示现行有效的证照。",
            "Ask for the certificate that is valid now.",
        ),
        Advice::DoNotRelyOnFile => (
            "不要采信此文件；请核验原始文件，或凭核验码查询登记。",
            "Do not rely on this file; check the original file, or look the printed code up.",
        ),
        Advice::CheckAgain => (
            "请稍后重试，或联系认证中心。",
            "Check again later, or ask the centre.",
        ),
        Advice::AskAgency => (
            "请向颁发机构核实。",
            "Ask the agency that is named as issuer.",
        ),
    }
}

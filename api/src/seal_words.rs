//! A seal report in plain words. It never says "valid": the state of the certificate was not asked.

use std::fmt::Write;
use std::path::Path;

use verifier::report::{Indication, SealReport, Severity, words_of};

use crate::language::Language;

/// What was found about the seal of a file, line by line.
pub(crate) fn plain(path: &Path, report: &SealReport, language: Language) -> String {
    let (zh, en) = match report.indication {
        Some(Indication::TotalPassed) => (
            "印章完好：由受信任的印章密钥签署，之后未被改动。证照状态未查询。",
            "The seal holds: made by a trusted seal key, nothing changed since. The state was not asked.",
        ),
        Some(Indication::Indeterminate) => (
            "印章无法判定：缺少证据或不在信任范围内。",
            "The seal cannot be decided: evidence is missing, or its signer is not trusted here.",
        ),
        Some(Indication::TotalFailed) => (
            "印章无效：文件被改动或签名有误，不可采信。",
            "The seal fails: the file was changed or the signature is wrong. Do not rely on it.",
        ),
        None => ("文件没有印章。", "The file bears no seal."),
    };
    let mut text = format!("{}\n  {}", path.display(), language.pick(zh, en));
    for finding in report
        .findings
        .iter()
        .filter(|f| f.severity > Severity::Info)
    {
        let sentence = words_of(finding.code).map_or("", |(zh, en)| language.pick(zh, en));
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n  {sentence}\n    {}: {} [{}]",
            finding.code, finding.seen, finding.clause
        );
    }
    text
}

//! What can be wrong with what the operator hands in. A bad PDF is never an error: it gets a report.
//! Displayed an error speaks English, [`Error::zh`] says the same in Chinese.

/// One thing said in both languages; displayed it speaks English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Sentence {
    /// Both say the same.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// Why a [`crate::Trust`] could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The policy file is no TOML, or has a field too many, too few or of another type.
    #[error("the policy file cannot be read: {0}")]
    PolicySyntax(String),
    /// A value in the policy file does not hold.
    #[error("the policy file cannot be used: {place}: {what}")]
    Policy {
        /// Where, e.g. `seal_x509[0].from`.
        place: String,
        /// What was seen and what belongs there.
        what: Sentence,
    },
    /// The PEM file of anchors.
    #[error("the file of anchors cannot be used: {0}")]
    Anchors(Sentence),
    /// The PEM file of CRLs.
    #[error("the file of CRLs cannot be used: {0}")]
    Crls(Sentence),
}

impl Error {
    /// The stable machine name, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Error::PolicySyntax(_) => "policy_syntax",
            Error::Policy { .. } => "policy_value",
            Error::Anchors(_) => "anchors_unusable",
            Error::Crls(_) => "crls_unusable",
        }
    }

    /// What happened, in Chinese. English is what is displayed.
    pub fn zh(&self) -> String {
        match self {
            Error::PolicySyntax(why) => format!("策略文件无法读取：写法有误（{why}）"),
            Error::Policy { place, what } => format!("策略文件不能使用：{place}：{}", what.zh),
            Error::Anchors(what) => format!("根证书文件不能使用：{}", what.zh),
            Error::Crls(what) => format!("吊销列表文件不能使用：{}", what.zh),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_speaks_chinese_and_english() {
        let what = || Sentence::new("有误", "is wrong");
        for error in [
            Error::PolicySyntax("expected `=`".to_owned()),
            Error::Policy {
                place: "made".to_owned(),
                what: what(),
            },
            Error::Anchors(what()),
            Error::Crls(what()),
        ] {
            let (zh, en) = (error.zh(), error.to_string());
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&zh) && !chinese(&en), "{zh} | {en}");
        }
    }
}

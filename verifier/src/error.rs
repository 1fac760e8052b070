//! What can be wrong with what the operator hands in. A bad PDF is never an error: it gets a report.

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
        what: String,
    },
    /// The PEM file of anchors.
    #[error("the file of anchors cannot be used: {0}")]
    Anchors(String),
    /// The PEM file of CRLs.
    #[error("the file of CRLs cannot be used: {0}")]
    Crls(String),
}

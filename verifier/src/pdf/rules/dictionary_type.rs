//! ETSI EN 319 142-1 5.4.3, 6.3 and ISO 32000-1 table 252: /Type and /SubFilter agree and name a format that we know.
//! `issued`: ETSI.CAdES.detached or a document time-stamp, without /Cert.

use super::super::site::Kind;
use super::{Breach, Case, Rule};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    code: "dictionary.type",
    clause: "ISO 32000-1 12.8.1",
    check,
};

fn check(case: &Case<'_>) -> Vec<Breach> {
    let expected: &[u8] = if case.site.kind == Kind::DocTimeStamp {
        b"DocTimeStamp"
    } else {
        b"Sig"
    };
    let named = &*case.site.owner.type_name;
    let mut breaches = Vec::new();
    if named != expected {
        let severity = if case.issued() {
            Severity::Failed
        } else {
            Severity::Warning
        };
        breaches.push(Breach {
            severity,
            seen: "/Type and /SubFilter do not agree".into(),
        });
    }
    breaches.extend(check_format(case));
    breaches
}

fn check_format(case: &Case<'_>) -> Option<Breach> {
    match case.site.kind {
        Kind::CadesDetached | Kind::DocTimeStamp if case.issued() && case.site.owner.has_cert => {
            Some(Breach::failed("the signature dictionary holds /Cert"))
        }
        Kind::CadesDetached | Kind::DocTimeStamp => None,
        _ if case.issued() => Some(Breach::failed("the seal is not ETSI.CAdES.detached")),
        Kind::Pkcs7Detached => None,
        Kind::Other => Some(Breach {
            severity: Severity::Indeterminate,
            seen: "the /SubFilter is not supported".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{refused_only_by, sealed, signature, unsigned};
    use crate::report::Rulebook;

    #[test]
    fn samples() {
        let seal = |entries: &str| unsigned().object(6, entries).revision();
        let old = seal(&signature("adbe.pkcs7.detached", ""));
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &old);
        refused_only_by(
            super::RULE.code,
            Rulebook::Foreign,
            &old,
            &seal(&signature("adbe.x509.rsa_sha1", "")),
        );
        let with_cert = seal(&signature("ETSI.CAdES.detached", "/Cert <00>"));
        refused_only_by(super::RULE.code, Rulebook::Issued, &sealed(), &with_cert);
    }
}

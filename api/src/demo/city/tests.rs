//! The files of the city are sound, and so are the numbers of its people.

use std::collections::HashSet;

use jiff::civil::{Date, date};
use registry::certificates::CitizenId;
use registry::types::{FieldKind, TypeDefinition};
use registry::units::CreditCode;

use super::*;

const TODAY: Date = date(2026, 11, 22);

fn definition(kind: Kind) -> TypeDefinition {
    TypeDefinition::parse(kind.files().definition).expect("a type")
}

#[test]
fn every_type_file_is_a_type_of_its_agency() {
    for kind in Kind::ALL {
        let definition = definition(kind);
        assert_eq!(definition.owner.as_str(), kind.agency().code);
        assert_eq!(
            definition.template,
            format!("{}.template.toml", kind.file_name())
        );
        assert!(!definition.review, "`sign` refuses types with review");
    }
}

#[test]
fn rows_fit_their_types() {
    for kind in Kind::ALL {
        let definition = definition(kind);
        for row in rows(kind, 100, 7, TODAY) {
            for (name, value) in row.iter().filter(|(name, _)| *name != "ref") {
                let field = definition
                    .field(name)
                    .unwrap_or_else(|| panic!("{kind:?} {name}"));
                let text = value.as_str().expect("text");
                match &field.kind {
                    FieldKind::CitizenId => drop(CitizenId::parse(text, TODAY).expect(text)),
                    FieldKind::CreditCode => drop(CreditCode::parse(text).expect(text)),
                    FieldKind::Code(codes) => assert!(codes.iter().any(|entry| entry.code == text)),
                    FieldKind::Date { .. } => assert!(text.parse::<Date>().is_ok(), "{text}"),
                    FieldKind::Image { max_bytes } => assert!(text.len() / 4 * 3 <= *max_bytes),
                    kind => {
                        let most = kind.max_length().unwrap_or(usize::MAX);
                        assert!(text.chars().count() <= most, "{name}: {text}");
                    }
                }
                assert!(
                    field
                        .pattern
                        .as_ref()
                        .is_none_or(|pattern| pattern.matches(text)),
                    "{text}"
                );
            }
            let missing = definition
                .fields
                .iter()
                .find(|f| f.required && !row.contains_key(&f.name));
            assert!(missing.is_none(), "{kind:?}: {missing:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_rows() {
    let of_seed = |seed| rows(Kind::Diploma, 20, seed, TODAY).collect::<Vec<_>>();
    assert_eq!(of_seed(1), of_seed(1));
    assert_ne!(of_seed(1), of_seed(2));
}

#[test]
fn no_two_rows_have_the_same_holder() {
    for kind in [
        Kind::BusinessLicence,
        Kind::DisabilityCard,
        Kind::BirthCertificate,
    ] {
        let code = definition(kind).holder.code_field;
        let mut seen = HashSet::new();
        for row in rows(kind, 5_000, 3, TODAY) {
            assert!(
                seen.insert(row[&code].to_string()),
                "{kind:?} {}",
                row[&code]
            );
        }
    }
}

#[test]
fn agencies_have_right_codes() {
    for code in AGENCIES.iter().map(|agency| agency.code).chain([CENTRE.1]) {
        assert!(CreditCode::parse(code).is_ok(), "{code}");
    }
}

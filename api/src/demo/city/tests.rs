//! The files of the city are sound, and so are the numbers of its people.

use std::collections::HashSet;
use std::io::Cursor;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use registry::rows::{Blobs, RowFormat, RowLimits, check_row, read};
use registry::types::{
    Mark, PublishedType, Side, Step, TemplateSource, TypeDefinition, TypePackage, TypeVersion,
};
use registry::units::{Actor, CreditCode};

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

/// Publishes a type of the city.
fn published(kind: Kind) -> PublishedType {
    let package = TypePackage::parse(kind.files().definition, TemplateSource::default());
    let mut version = TypeVersion::draft(package.expect("a type"), 1);
    let agency = kind.agency();
    let (clerk, second) = (agency.clerk, agency.second);
    let steps = [
        (Step::Propose, clerk),
        (Step::Check, "centre"),
        (Step::Confirm, second),
        (Step::Publish, "centre"),
    ];
    for (step, person) in steps {
        let actor = Actor::parse(&format!("{person}@{}", agency.code)).expect("an actor");
        let (at, note) = (Timestamp::UNIX_EPOCH, String::new());
        let side = step.side().unwrap_or(Side::Centre);
        version
            .take(
                side,
                Mark {
                    step,
                    actor,
                    at,
                    note,
                },
            )
            .expect("the next step");
    }
    version.published().expect("published")
}

#[test]
fn the_registry_takes_every_row() {
    for kind in Kind::ALL {
        let published = published(kind);
        let lines: Vec<String> = rows(kind, 100, 7, TODAY)
            .map(|row| serde_json::Value::Object(row).to_string())
            .collect();
        let file = Cursor::new(lines.join("\n"));
        let mut taken = 0;
        for row in read(file, RowFormat::Ndjson, &RowLimits::default()).expect("NDJSON") {
            let row = row.expect("a row");
            check_row(&published, row, TODAY, &Blobs::new())
                .unwrap_or_else(|errors| panic!("{kind:?}: {errors:?}"));
            taken += 1;
        }
        assert_eq!(taken, 100);
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

//! What is pushed: a type of text alone, and a type of the city with a photo.

use std::collections::BTreeMap;

use jiff::civil::Date;
use registry::certificates::day_of;
use registry::types::{TemplateSource, TypePackage};
use serde_json::{Value, json};

use crate::cli::every;
use crate::clock;
use crate::demo::city::{self, AGENCIES, Kind};
use crate::demo::{Subject, package};
use crate::problem::Problem;

/// A notice of one page: the type that rates are quoted for.
pub(super) fn notice() -> Result<Subject, Problem> {
    let template = TemplateSource {
        text: include_str!("assets/notice.template.toml").to_owned(),
        assets: BTreeMap::new(),
    };
    let package = TypePackage::parse(include_str!("assets/notice.type.toml"), template)
        .map_err(|faults| every("notice.type.toml".as_ref(), &faults))?;
    Ok(Subject {
        package,
        agency: &AGENCIES[1],
        rows: notices,
    })
}

/// A type of the city.
pub(super) fn of_city(kind: Kind) -> Result<Subject, Problem> {
    Ok(Subject {
        package: package(kind)?,
        agency: kind.agency(),
        rows: permits,
    })
}

fn notices(from: u64, count: u32) -> Vec<u8> {
    let today = today();
    let people = city::rows(Kind::DisabilityCard, u64::from(count), from, today);
    let rows = people.enumerate().map(|(at, person)| {
        json!({
            "ref": format!("notice-{}", from + at as u64),
            "name": person["name"],
            "id_number": person["id_number"],
            "address": person["address"],
            "issued": today.to_string(),
        })
    });
    lines(rows)
}

fn permits(from: u64, count: u32) -> Vec<u8> {
    let rows = city::rows(Kind::ResidencePermit, u64::from(count), from, today());
    lines(rows.map(Value::Object))
}

fn lines(rows: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut body = Vec::new();
    for row in rows {
        body.extend_from_slice(row.to_string().as_bytes());
        body.push(b'\n');
    }
    body
}

fn today() -> Date {
    day_of(clock::now())
}

//! The file of a unit, as a person writes it: code, name, region and the three contacts.

use std::path::Path;

use registry::Sentence;
use registry::units::{Contact, Contacts, CreditCode, RegionCode, Unit, UnitKind};
use serde::Deserialize;

use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitFile {
    code: CreditCode,
    kind: UnitKind,
    name: String,
    region: RegionCode,
    region_name: String,
    responsible: Contact,
    business: Contact,
    technical: Contact,
}

/// Reads a unit file.
///
/// # Errors
/// [`Problem::Unreadable`]; [`Problem::BadFile`] with line and key.
pub(crate) fn read(path: &Path) -> Result<Unit, Problem> {
    let text = std::fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source))?;
    parse(&text).map_err(|reason| Problem::bad_file(path, reason))
}

/// Reads the text of a unit file; on failure says line and key.
pub(crate) fn parse(text: &str) -> Result<Unit, Sentence> {
    let file: UnitFile = toml::from_str(text)
        .map_err(|error| Sentence::new(format!("写法有误（{error}）"), error.to_string()))?;
    let contacts = Contacts {
        responsible: file.responsible,
        business: file.business,
        technical: file.technical,
    };
    Ok(Unit {
        code: file.code,
        kind: file.kind,
        name: file.name,
        region: file.region,
        region_name: file.region_name,
        contacts,
    })
}

#[cfg(test)]
mod tests {
    use super::{UnitKind, parse};

    const GOOD: &str = r#"
code = "11990000MB99990094"
kind = "agency"
name = "示例市住房和城乡建设局"
region = "990100"
region_name = "示例市"
responsible = { name = "甲", phone = "0999-1" }
business = { name = "乙", phone = "0999-2" }
technical = { name = "丙", phone = "0999-3" }
"#;

    #[test]
    fn the_files_of_the_docs_are_right() {
        for (text, kind) in [
            (
                include_str!("../../docs/centre.example.toml"),
                UnitKind::Centre,
            ),
            (
                include_str!("../../docs/agency.example.toml"),
                UnitKind::Agency,
            ),
        ] {
            assert_eq!(parse(text).map(|unit| unit.kind), Ok(kind));
        }
    }

    #[test]
    fn a_unit_file_names_three_contacts() {
        assert_eq!(parse(GOOD).unwrap().contacts.technical.name, "丙");
        for (from, to, said) in [
            ("MB99990094\"", "MB99990095\"", "code"),
            ("technical =", "technician =", "technician"),
            ("\"agency\"", "\"office\"", "office"),
        ] {
            let error = parse(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.en.contains(said), "{error}");
        }
    }
}

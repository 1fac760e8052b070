//! Service items (事项) and the types they need, so that a desk is told what is on hand.

use super::fault::{DefinitionFault, Faults, read};
use crate::certificates::TypeCode;
use crate::units::CreditCode;

/// A matter that an agency handles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceItem {
    /// Its code in the list of the region.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who handles it.
    pub agency: CreditCode,
    /// What an applicant would otherwise bring on paper.
    pub needs: Vec<Need>,
}

/// A type that an item needs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The type.
    #[serde(rename = "type")]
    pub type_code: TypeCode,
    /// Whether the item cannot go on without it.
    pub required: bool,
    /// Of whom: `applicant`, or another role of the case.
    pub of: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    item: Vec<RawItem>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    code: String,
    name: String,
    agency: CreditCode,
    #[serde(default)]
    needs: Vec<Need>,
}

impl ServiceItem {
    /// Reads a file of `[[item]]` tables.
    pub fn parse_file(text: &str) -> Result<Vec<Self>, Vec<DefinitionFault>> {
        let raw: RawFile = read(text).map_err(|fault| vec![fault])?;
        let mut faults = Faults::new(text);
        let mut items: Vec<Self> = Vec::new();
        for (
            at,
            RawItem {
                code,
                name,
                agency,
                needs,
            },
        ) in raw.item.into_iter().enumerate()
        {
            let place = |key: &str| format!("item[{}].{key}", at + 1);
            if code.trim().is_empty() || name.trim().is_empty() {
                faults.note(
                    place("code"),
                    "事项须有代码和名称",
                    "an item needs a code and a name",
                );
            }
            if items.iter().any(|item| item.code == code) {
                faults.note(
                    place("code"),
                    "该代码出现两次；每个事项只有一张表",
                    "this code stands twice; an item has one table",
                );
            }
            items.push(Self {
                code,
                name,
                agency,
                needs,
            });
        }
        match faults.into_found() {
            found if found.is_empty() => Ok(items),
            found => Err(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[item]]
code = "990100-0001"
name = "建设工程开工登记"
agency = "11990000MB99990094"
needs = [{ type = "11990000MB99990094006", required = true, of = "applicant" }]
"#;

    #[test]
    fn items_name_what_they_need() {
        let items = ServiceItem::parse_file(GOOD).unwrap();
        assert_eq!(items[0].needs.len(), 1);
        let twice = format!("{GOOD}{GOOD}");
        assert_eq!(
            ServiceItem::parse_file(&twice).unwrap_err()[0].line,
            Some(9)
        );
        let unknown = GOOD.replace("name =", "title =");
        assert_eq!(
            ServiceItem::parse_file(&unknown).unwrap_err()[0].line,
            Some(4)
        );
    }
}

//! Who acts in the demo: persons of the centre, of two agencies and of a service hall, each with a key of their own,
//! who do everything over the service as real ones would.

use std::collections::BTreeMap;

use registry::units::UnitKind;
use serde_json::{Value, json};

use super::city::{AGENCIES, Agency, HALL};
use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::remote::{Identity, Remote};
use crate::serve::routes::persons::{Enrolled, Request};

/// Account of the officer at the counter.
pub(super) const OFFICER: &str = "officer";
/// Account of the system that pushes and asks by itself.
pub(super) const SYSTEM: &str = "system";
const ADMINISTRATOR: &str = "admin";

/// Persons by account, ready to call.
pub(super) struct People {
    operator: Remote,
    others: BTreeMap<String, Remote>,
}

impl People {
    /// Registers every unit and person of the city, each by whom the rules name: units and their administrators by the
    /// centre's operator, everybody else by their own administrator.
    pub(super) fn register(folder: &DataFolder, server: &str) -> Result<Self, Problem> {
        let mut people = Self {
            operator: Remote::open(server, &folder.operator())?,
            others: BTreeMap::new(),
        };
        for agency in &AGENCIES {
            let unit = agency_unit(agency);
            let clerk = (agency.clerk, &["clerk", "catalogue_keeper"][..]);
            let second = (agency.second, &["reviewer", "catalogue_reviewer"][..]);
            people.found(
                folder,
                server,
                UnitKind::Agency,
                agency.code,
                &unit,
                &[clerk, second],
            )?;
        }
        let (name, code) = HALL;
        let contact = json!({ "name": "何静姝", "phone": "0990-5550301" });
        let hall = json!({
            "name": name, "region": AGENCIES[0].region, "region_name": AGENCIES[0].region_name,
            "responsible": contact, "business": contact, "technical": contact,
        });
        let own = [(OFFICER, &["desk_officer"][..]), (SYSTEM, &["system"][..])];
        people.found(folder, server, UnitKind::Desk, code, &hall, &own)?;
        Ok(people)
    }

    /// The centre's operator.
    pub(super) fn operator(&self) -> &Remote {
        &self.operator
    }

    /// A person of a unit by account; each account of the demo stands once.
    pub(super) fn of(&self, account: &str) -> Result<&Remote, Problem> {
        self.others.get(account).ok_or_else(|| {
            Problem::usage(
                format!("演示中没有 {account} 其人"),
                format!("the demo has no person {account}"),
            )
        })
    }

    fn found(
        &mut self,
        folder: &DataFolder,
        server: &str,
        kind: UnitKind,
        code: &str,
        unit: &Value,
        persons: &[(&str, &[&str])],
    ) -> Result<(), Problem> {
        let path = format!("/v1/units/{}/{code}", kind.as_str());
        let _: Value = self.operator.send("PUT", &path, unit)?;
        // Two agencies have an administrator each; a folder is named by account and unit.
        let identity = enrol(
            &self.operator,
            folder,
            &path,
            ADMINISTRATOR,
            code,
            &["unit_administrator"],
        )?;
        let administrator = Remote::open(server, &identity)?;
        for (account, roles) in persons {
            let identity = enrol(&administrator, folder, &path, account, code, roles)?;
            self.others
                .insert((*account).to_owned(), Remote::open(server, &identity)?);
        }
        Ok(())
    }
}

/// Registers a person, makes their key and has it enrolled.
fn enrol(
    by: &Remote,
    folder: &DataFolder,
    unit: &str,
    account: &str,
    code: &str,
    roles: &[&str],
) -> Result<Identity, Problem> {
    let path = format!("{unit}/persons/{account}");
    let _: Value = by.send("PUT", &path, &json!({ "roles": roles }))?;
    let identity = folder.person(account, code);
    let request = identity.create()?;
    let enrolled: Enrolled = by.send("POST", &format!("{path}/keys"), &Request { request })?;
    let anchors = folder.anchors();
    let anchors =
        std::fs::read_to_string(&anchors).map_err(|e| Problem::unreadable(&anchors, e))?;
    identity.take_x509(&enrolled.x509, &anchors)?;
    Ok(identity)
}

fn agency_unit(agency: &Agency) -> Value {
    let [responsible, business, technical] = agency
        .contacts
        .map(|(name, phone, post)| json!({ "name": name, "phone": phone, "post": post }));
    json!({
        "name": agency.name, "region": agency.region, "region_name": agency.region_name,
        "responsible": responsible, "business": business, "technical": technical,
    })
}

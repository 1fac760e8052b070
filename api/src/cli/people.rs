//! `yinxin person|unit …`: persons, their keys and units, over the service.

use std::fs;

use registry::units::Actor;
use serde_json::{Value, json};

use super::args::{Person, Server, Unit};
use super::parse_actor;
use crate::language::Language;
use crate::problem::Problem;
use crate::remote::{Identity, Remote};
use crate::say::Say;
use crate::serve::routes::persons::{Enrolled, Request};
use crate::unit_file;

pub(super) fn persons(command: Person, say: Say) -> Result<(), Problem> {
    match command {
        Person::Request { out } => {
            let identity = Identity::at(&out);
            identity.create()?;
            let (key, request) = (identity.key(), identity.request());
            say.line(
                format!(
                    "密钥 {}（请妥善保管，不得外传）；请将 {} 交本单位管理员登记",
                    key.display(),
                    request.display()
                ),
                format!(
                    "key {} (keep it to yourself); give {} to your unit's administrator",
                    key.display(),
                    request.display()
                ),
            );
            Ok(())
        }
        Person::Register {
            server,
            person,
            kind,
            roles,
        } => {
            let path = address(&person, &kind)?;
            let answer: Value = open(&server)?.send("PUT", &path, &json!({ "roles": roles }))?;
            say.answer(&answer, |language| {
                language.pick("已登记", "registered").to_owned()
            })
        }
        Person::Enrol {
            server,
            person,
            kind,
            request,
            out,
        } => {
            let text =
                fs::read_to_string(&request).map_err(|e| Problem::unreadable(&request, e))?;
            let path = address(&person, &kind)? + "/keys";
            let enrolled: Enrolled =
                open(&server)?.send("POST", &path, &Request { request: text })?;
            keep(&server, &Identity::at(&out), &enrolled, say)
        }
        Person::Renew { server, out } => {
            let identity = Identity::at(&out);
            let request = identity.create()?;
            let enrolled: Enrolled =
                open(&server)?.send("POST", "/v1/me/keys", &Request { request })?;
            keep(&server, &identity, &enrolled, say)
        }
        Person::EndKey {
            server,
            person,
            kind,
            key,
            reason,
        } => {
            let path = format!("{}/keys/{key}?reason={reason}", address(&person, &kind)?);
            end(&server, &path, say)
        }
        Person::End {
            server,
            person,
            kind,
        } => end(&server, &address(&person, &kind)?, say),
        Person::List { server, unit, kind } => {
            let persons: Vec<Value> =
                open(&server)?.get(&format!("/v1/units/{kind}/{unit}/persons"))?;
            for person in persons {
                say.answer(&person, |language| person_line(&person, language))?;
            }
            Ok(())
        }
    }
}

pub(super) fn units(command: Unit, say: Say) -> Result<(), Problem> {
    match command {
        Unit::Put { server, file } => {
            let unit = unit_file::read(&file)?;
            let path = format!("/v1/units/{}/{}", unit.kind.as_str(), unit.code);
            let body = json!({
                "name": unit.name, "region": unit.region.to_string(), "region_name": unit.region_name,
                "responsible": unit.contacts.responsible, "business": unit.contacts.business,
                "technical": unit.contacts.technical,
            });
            let answer: Value = open(&server)?.send("PUT", &path, &body)?;
            say.answer(&answer, |language| {
                language.pick("已登记", "registered").to_owned()
            })
        }
        Unit::List { server } => {
            let units: Vec<Value> = open(&server)?.get("/v1/units")?;
            for unit in units {
                say.answer(&unit, |_| {
                    let part = |name: &str| unit[name].as_str().unwrap_or("").to_owned();
                    format!("{}  {}  {}", part("kind"), part("code"), part("name"))
                })?;
            }
            Ok(())
        }
    }
}

/// A person with roles, then each key on a line of its own.
fn person_line(person: &Value, language: Language) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let list = |name: &str| person[name].as_array().cloned().unwrap_or_default();
    let roles: Vec<String> = list("roles").iter().map(text).collect();
    let mut line = format!("{}  {}", text(&person["account"]), roles.join(", "));
    for key in list("keys") {
        let ended = match key["ended"].as_str() {
            Some(at) => format!("  {} {at}", language.pick("已停用", "ended")),
            None => format!(
                "  {} {}",
                language.pick("有效至", "good until"),
                text(&key["not_after"])
            ),
        };
        line.push_str(&format!("\n    {}{ended}", text(&key["key"])));
    }
    line
}

/// Opens the service as the person of an identity.
pub(super) fn open(server: &Server) -> Result<Remote, Problem> {
    Remote::open(&server.server, &Identity::at(&server.identity))
}

fn end(server: &Server, path: &str, say: Say) -> Result<(), Problem> {
    let answer: Value = open(server)?.delete(path)?;
    say.answer(&answer, |language| {
        language
            .pick("已停用，立即生效", "ended, at once")
            .to_owned()
    })
}

/// Puts an X.509 into the folder of its person, with the anchors by which the caller knows the service.
fn keep(
    server: &Server,
    identity: &Identity,
    enrolled: &Enrolled,
    say: Say,
) -> Result<(), Problem> {
    let anchors = Identity::at(&server.identity).anchors();
    let anchors = fs::read_to_string(&anchors).map_err(|e| Problem::unreadable(&anchors, e))?;
    identity.take_x509(&enrolled.x509, &anchors)?;
    let value = json!({ "key": enrolled.key, "not_after": enrolled.not_after });
    say.answer(&value, |language| {
        let words = language.pick("已登记，证书有效至", "enrolled; the X.509 is good until");
        format!("{words} {}", enrolled.not_after)
    })
}

fn address(person: &str, kind: &str) -> Result<String, Problem> {
    let Actor { person, unit } = parse_actor("PERSON@UNIT", person)?;
    Ok(format!(
        "/v1/units/{kind}/{unit}/persons/{}",
        person.as_str()
    ))
}

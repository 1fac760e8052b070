//! The first operator of the centre: registered when the installation is made, so that somebody can call the service
//! and register everybody else.

use registry::persons::{Person, Roles};
use registry::units::{Actor, CreditCode, PersonId, UnitKind};

use crate::clock;
use crate::installation::Installation;
use crate::problem::Problem;
use crate::remote::Identity;
use crate::serve::routes::persons::enrol_on_record;

/// Registers an operator and writes their identity, unless it is there already. The administrator's role is theirs too:
/// the centre's own persons are registered by them.
///
/// # Errors
/// [`Problem::Registry`], [`Problem::Keys`], [`Problem::Unwritable`].
pub(crate) async fn first(
    installation: &Installation,
    account: &str,
    founder: &Actor,
) -> Result<Identity, Problem> {
    let identity = installation.folder.operator();
    if identity.x509().exists() {
        return Ok(identity);
    }
    let code = |what: &str, fault: &dyn std::fmt::Display| Problem::Usage {
        zh: format!("{what}有误：{fault}"),
        en: format!("{what}: {fault}"),
    };
    let unit =
        CreditCode::parse(&installation.settings.centre).map_err(|fault| code("centre", &fault))?;
    let person = PersonId::parse(account).map_err(|fault| code("--operator", &fault))?;
    let operator = Person {
        actor: Actor { person, unit },
        kind: UnitKind::Centre,
        roles: Roles::parse(["centre_operator", "unit_administrator"], UnitKind::Centre)
            .map_err(|fault| code("--operator", &fault))?,
        ended: None,
    };
    let persons = installation.registry.persons();
    persons.register(&operator, founder, clock::now()).await?;
    // A key that was made and never enrolled is enrolled now; one that was is no request any more.
    let request = match std::fs::read_to_string(identity.request()) {
        Ok(request) if identity.key().exists() => request,
        _ => identity.create()?,
    };
    let enrolled = enrol_on_record(
        installation,
        &operator.actor,
        UnitKind::Centre,
        &request,
        founder,
    )
    .await?;
    let anchors = installation.folder.anchors();
    let anchors =
        std::fs::read_to_string(&anchors).map_err(|e| Problem::unreadable(&anchors, e))?;
    identity.take_x509(&enrolled.x509, &anchors)?;
    Ok(identity)
}

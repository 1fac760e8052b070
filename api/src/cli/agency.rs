//! `yinxin agency …`: who may issue what, and who follows whom.

use registry::certificates::TypeCode;
use registry::units::{Authority, CreditCode, Succession};

use super::args::Agency;
use super::{actor, code, open};
use crate::clock;
use crate::problem::Problem;
use crate::say::Say;
use crate::unit_file;

pub(super) async fn run(command: Agency, say: Say) -> Result<(), Problem> {
    match command {
        Agency::Add {
            folder,
            acting,
            file,
        } => {
            let (unit, actor) = (unit_file::read(&file)?, actor(&acting)?);
            let (name, credit_code) = (unit.name.clone(), unit.code.clone());
            let installation = open(&folder).await?;
            installation
                .registry
                .units()
                .register(unit, &actor, clock::now())
                .await?;
            installation.close().await;
            say.line(
                format!("已登记 {name}（{credit_code}）"),
                format!("registered {name} ({credit_code})"),
            );
        }
        Agency::Authorise {
            folder,
            acting,
            agency,
            type_code,
            from,
            to,
            legal_basis,
        } => {
            let actor = actor(&acting)?;
            let agency = code("agency", &agency, CreditCode::parse)?;
            let type_code = code("--type", &type_code, TypeCode::parse)?;
            let right = Authority::new(agency, type_code, from, to, &legal_basis)
                .map_err(|fault| Problem::usage(fault.zh(), fault.to_string()))?;
            let installation = open(&folder).await?;
            installation
                .registry
                .units()
                .authorise(right, &actor, clock::now())
                .await?;
            installation.close().await;
            say.line(
                format!("自 {from} 起可颁发"),
                format!("may issue from {from} on"),
            );
        }
        Agency::Succeed {
            folder,
            acting,
            predecessor,
            successor,
            from,
            legal_basis,
        } => {
            let actor = actor(&acting)?;
            let succession = Succession {
                predecessor: code("predecessor", &predecessor, CreditCode::parse)?,
                successor: code("successor", &successor, CreditCode::parse)?,
                from,
                legal_basis,
            };
            let installation = open(&folder).await?;
            installation
                .registry
                .units()
                .succeed(succession, &actor, clock::now())
                .await?;
            installation.close().await;
            say.line(
                format!("自 {from} 起由承继机关办理"),
                format!("the successor acts from {from} on"),
            );
        }
    }
    Ok(())
}

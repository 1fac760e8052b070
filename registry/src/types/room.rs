//! Types on record: from a draft to a version that certificates pin.

use jiff::Timestamp;

use super::{
    Lint, LintFinding, Mark, PublishedType, ServiceItem, Severity, Side, Stage, Step, TypePackage,
    TypeVersion,
};
use crate::Registry;
use crate::audit::{Acts, Entry};
use crate::certificates::TypeCode;
use crate::edition::Expected;
use crate::error::{Error, Result};
use crate::store::types as rows;
pub use crate::store::types::TypeLine;
use crate::units::{Act, Actor, UnitKind};

/// The room of types.
#[derive(Debug, Clone, Copy)]
pub struct Types<'r> {
    registry: &'r Registry,
}

impl<'r> Types<'r> {
    pub(crate) fn new(registry: &'r Registry) -> Self {
        Self { registry }
    }

    /// Takes in a type file with its template as a draft: over the draft that is there, or as the
    /// next version. Returns its number.
    ///
    /// # Errors
    /// [`Error::Refused`] `type_under_way` while an earlier version is between proposal and
    /// publication; `not_your_type` for another unit than the owner or the centre.
    pub async fn import(
        &self,
        package: &TypePackage,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u32> {
        let expected = Expected::Anything;
        self.import_if(package, &expected, actor, now).await
    }

    /// The same if the newest version on record is the one that the caller has read.
    ///
    /// # Errors
    /// As for [`Self::import`], and [`Error::Refused`] `precondition_failed`.
    pub async fn import_if(
        &self,
        package: &TypePackage,
        expected: &Expected,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<u32> {
        self.side(package, actor).await?;
        let code = &package.definition().code;
        let mut tx = self.registry.store().begin().await?;
        let newest = rows::newest_for_update(&mut tx, code).await?;
        if expected.asks() {
            let standing = match &newest {
                Some(line) => Some(self.version(code, line.version).await?.edition()),
                None => None,
            };
            expected.met_by(standing)?;
        }
        let version = match newest {
            None => 1,
            Some(newest) => match newest.stage {
                Stage::Draft => newest.version,
                Stage::Published | Stage::Retired => newest.version + 1,
                under_way => {
                    return Err(Error::refused(
                        "type_under_way",
                        format!(
                            "类型 {code} 的第 {} 版{}；请先发布或退回",
                            newest.version,
                            under_way.zh()
                        ),
                        format!(
                            "version {} of {code} is {}; publish it or send it back first",
                            newest.version,
                            under_way.as_str()
                        ),
                    ));
                }
            },
        };
        rows::put_draft(&mut tx, package, version).await?;
        let act = entry(code, version, "type.imported", actor, now);
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        Ok(version)
    }

    /// Takes a version one step further (or back), after the rules of its workflow. Before
    /// publication `lint` examines type and template, and an error of it stops the step.
    ///
    /// # Errors
    /// [`Error::Refused`] `step_refused` with the rule, `lint_failed` with every finding,
    /// `unknown_type`, `not_your_type`.
    pub async fn step(
        &self,
        code: &TypeCode,
        version: u32,
        mark: Mark,
        lint: &(dyn Lint + Sync),
    ) -> Result<TypeVersion> {
        let expected = Expected::Anything;
        self.step_if(code, version, &expected, mark, lint).await
    }

    /// The same if the version on record is as the caller has read it.
    ///
    /// # Errors
    /// As for [`Self::step`], and [`Error::Refused`] `precondition_failed`.
    pub async fn step_if(
        &self,
        code: &TypeCode,
        version: u32,
        expected: &Expected,
        mark: Mark,
        lint: &(dyn Lint + Sync),
    ) -> Result<TypeVersion> {
        // The lock is taken first, then the version is read as it is.
        let mut tx = self.registry.store().begin().await?;
        rows::newest_for_update(&mut tx, code).await?;
        let mut found = self.version(code, version).await?;
        let side = self.side(found.package(), &mark.actor).await?;
        expected.met_by(Some(found.edition()))?;
        let (step, actor, now) = (mark.step, mark.actor.clone(), mark.at);
        found
            .take(side, mark)
            .map_err(|refused| Error::refused("step_refused", refused.zh(), refused.to_string()))?;
        if step == Step::Publish {
            refuse_errors(lint, found.package())?;
        }
        rows::put_mark(&mut tx, &found).await?;
        let kind = format!("type.{}", step.as_str());
        let act = entry(code, version, &kind, &actor, now);
        self.registry.journal().commit(tx, Acts::one(act)).await?;
        Ok(found)
    }

    /// One version.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_type`.
    pub async fn version(&self, code: &TypeCode, version: u32) -> Result<TypeVersion> {
        let mut reader = self.registry.store().reader().await?;
        rows::version(&mut reader, code, version)
            .await?
            .ok_or_else(|| {
                Error::refused(
                    "unknown_type",
                    format!("类型 {code} 没有第 {version} 版；可用 yinxin type list 查看"),
                    format!("there is no version {version} of type {code}; see `yinxin type list`"),
                )
            })
    }

    /// The number of the newest version.
    ///
    /// # Errors
    /// [`Error::Refused`] `unknown_type`.
    pub async fn newest(&self, code: &TypeCode) -> Result<u32> {
        let newest = self
            .list()
            .await?
            .into_iter()
            .rfind(|line| line.code == *code);
        newest.map(|line| line.version).ok_or_else(|| {
            Error::refused(
                "unknown_type",
                format!("没有类型 {code}；可用 yinxin type list 查看"),
                format!("there is no type {code}; see `yinxin type list`"),
            )
        })
    }

    /// The version that new certificates pin: the newest published one.
    ///
    /// # Errors
    /// [`Error::Refused`] `type_not_published`.
    pub async fn published(&self, code: &TypeCode) -> Result<PublishedType> {
        let line = self
            .list()
            .await?
            .into_iter()
            .rfind(|line| line.code == *code && line.stage == Stage::Published);
        let Some(line) = line else {
            return Err(Error::refused(
                "type_not_published",
                format!("类型 {code} 没有已发布的版本，不能颁发"),
                format!("no version of type {code} is published, so none can be issued"),
            ));
        };
        self.pinned(code, line.version).await
    }

    /// A version that a certificate pins, also when it has been retired since.
    pub async fn pinned(&self, code: &TypeCode, version: u32) -> Result<PublishedType> {
        self.version(code, version)
            .await?
            .published()
            .ok_or_else(|| {
                Error::damaged(
                    format!("类型 {code} 的第 {version} 版从未发布"),
                    format!("version {version} of type {code} was never published"),
                )
            })
    }

    /// Every version of every type, by code and version.
    pub async fn list(&self) -> Result<Vec<TypeLine>> {
        rows::all_lines(&mut self.registry.store().reader().await?).await
    }

    /// Every service item with what it needs, by code.
    pub async fn items(&self) -> Result<Vec<ServiceItem>> {
        rows::items(&mut self.registry.store().reader().await?).await
    }

    /// Writes service items and what they need, over what was known of them.
    ///
    /// # Errors
    /// [`Error::Refused`] `not_your_agency` for another unit than the item's agency, its successor or the centre.
    pub async fn put_items(
        &self,
        items: &[ServiceItem],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        for item in items {
            let act = Act::Deliver(&item.agency);
            self.registry.units().may(actor, act, now).await?;
        }
        let mut tx = self.registry.store().begin().await?;
        let mut acts = Acts::default();
        for item in items {
            rows::put_item(&mut tx, item).await?;
            acts.audit.push(Entry {
                at: now.as_millisecond(),
                kind: "service_item.recorded".into(),
                object: item.code.clone(),
                actor: actor.to_string(),
                detail: format!("needs={}", item.needs.len()),
            });
        }
        self.registry.journal().commit(tx, acts).await
    }

    /// The codes of the service items that need a type.
    pub async fn items_needing(&self, code: &TypeCode) -> Result<Vec<String>> {
        rows::items_needing(&mut self.registry.store().reader().await?, code).await
    }

    /// For whom an actor stands: the owner of the type, or the centre.
    async fn side(&self, package: &TypePackage, actor: &Actor) -> Result<Side> {
        let units = self.registry.units();
        if actor.unit == package.definition().owner
            && units.stands_as(actor, UnitKind::Agency).await?
        {
            return Ok(Side::Agency);
        }
        if units.find(&actor.unit, UnitKind::Centre).await?.is_some()
            && units.stands_as(actor, UnitKind::Centre).await?
        {
            return Ok(Side::Centre);
        }
        Err(Error::refused(
            "not_your_type",
            format!(
                "类型 {} 属于 {}；只有该机构和认证中心可以操作",
                package.definition().code,
                package.definition().owner
            ),
            format!(
                "type {} belongs to {}; only that agency and the centre act on it",
                package.definition().code,
                package.definition().owner
            ),
        ))
    }
}

fn refuse_errors(lint: &dyn Lint, package: &TypePackage) -> Result<()> {
    let (zh, en): (Vec<String>, Vec<String>) = lint
        .lint(package)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(
            |LintFinding {
                 place, what, code, ..
             }| {
                (
                    format!("{}：{}（{code}）", place.zh, what.zh),
                    format!("{}: {} ({code})", place.en, what.en),
                )
            },
        )
        .unzip();
    if en.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        "lint_failed",
        format!("该版本不能发布：\n{}", zh.join("\n")),
        format!("the version cannot be published:\n{}", en.join("\n")),
    ))
}

fn entry(code: &TypeCode, version: u32, kind: &str, actor: &Actor, now: Timestamp) -> Entry {
    Entry {
        at: now.as_millisecond(),
        kind: kind.to_owned(),
        object: code.to_string(),
        actor: actor.to_string(),
        detail: format!("version={version}"),
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;

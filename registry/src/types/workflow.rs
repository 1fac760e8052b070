//! The way of a type version: draft → proposed → checked → confirmed → published → retired.
//!
//! Agencies deliver and confirm, the centre checks and publishes (Wuhu 2016, §8, §10); who keeps
//! the directory does not review it (Fujian 2010, §16); what fails review goes back for repair.

use std::sync::Arc;

use jiff::Timestamp;

use super::{PublishedType, TypePackage};
use crate::edition::Edition;
use crate::units::Actor;

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Imported from a file, or sent back.
    Draft,
    /// Put forward by the agency.
    Proposed,
    /// Found in order by the centre.
    Checked,
    /// Confirmed by a second person of the agency.
    Confirmed,
    /// May be issued.
    Published,
    /// Issued no more; certificates go on pinning it.
    Retired,
}

/// A step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// draft → proposed, by the agency.
    Propose,
    /// proposed → checked, by the centre.
    Check,
    /// checked → confirmed, by another person of the agency.
    Confirm,
    /// confirmed → published, by the centre.
    Publish,
    /// published → retired, by the agency or the centre.
    Retire,
    /// proposed, checked or confirmed → draft, by the agency or the centre.
    SendBack,
}

/// For whom an actor acts in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The agency that owns the type.
    Agency,
    /// The certification centre.
    Centre,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which.
    pub step: Step,
    /// By whom.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What was said; a reason where the version was sent back.
    pub note: String,
}

/// Why a step is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// Another step comes first, or the way is at its end.
    #[error("cannot {step}: the version is {stage}")]
    NotNow {
        /// What was asked.
        step: &'static str,
        /// Where the version stands.
        stage: &'static str,
    },
    /// The other side takes this step.
    #[error("{step} is for {side}; ask there")]
    OtherSide {
        /// What was asked.
        step: &'static str,
        /// Who takes it.
        side: &'static str,
    },
    /// The same person put it forward.
    #[error("who proposed a version cannot also {0} it; a second person must")]
    SamePerson(&'static str),
    /// Sent back, and nobody can tell why.
    #[error("say why the version is sent back, so that it can be repaired")]
    NoReason,
}

impl StepRefused {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::NotNow { step, stage } => {
                let stage = Stage::parse(stage).map_or("", Stage::zh);
                format!("该版本{stage}，不能{}", step_zh(step))
            }
            Self::OtherSide { step, side } => {
                let side = match *side {
                    side if side == Side::Centre.as_str() => "认证中心",
                    _ => "拥有该类型的机构",
                };
                format!("{}由{side}办理；请由其操作", step_zh(step))
            }
            Self::SamePerson(step) => {
                format!("提出者本人不能{}；须由第二人办理", step_zh(step))
            }
            Self::NoReason => "请说明退回的原因，以便修改".to_owned(),
        }
    }
}

fn step_zh(step: &str) -> &'static str {
    Step::parse(step).map_or("", Step::zh)
}

/// One version of a type on its way.
#[derive(Debug, Clone)]
pub struct TypeVersion {
    package: Arc<TypePackage>,
    version: u32,
    stage: Stage,
    marks: Vec<Mark>,
}

impl TypeVersion {
    /// A new draft.
    pub fn draft(package: TypePackage, version: u32) -> Self {
        Self::from_record(Arc::new(package), version, Stage::Draft, Vec::new())
    }

    /// A version as the store holds it.
    pub(crate) fn from_record(
        package: Arc<TypePackage>,
        version: u32,
        stage: Stage,
        marks: Vec<Mark>,
    ) -> Self {
        Self {
            package,
            version,
            stage,
            marks,
        }
    }

    /// Takes a step.
    pub fn take(&mut self, side: Side, mark: Mark) -> Result<(), StepRefused> {
        let step = mark.step;
        let stage = self.stage.after(step).ok_or(StepRefused::NotNow {
            step: step.as_str(),
            stage: self.stage.as_str(),
        })?;
        if let Some(owner) = step.side()
            && owner != side
        {
            return Err(StepRefused::OtherSide {
                step: step.as_str(),
                side: owner.as_str(),
            });
        }
        if matches!(step, Step::Check | Step::Confirm) && self.proposer() == Some(&mark.actor) {
            return Err(StepRefused::SamePerson(step.as_str()));
        }
        if step == Step::SendBack && mark.note.trim().is_empty() {
            return Err(StepRefused::NoReason);
        }
        self.stage = stage;
        self.marks.push(mark);
        Ok(())
    }

    /// The version as certificates pin it, once it has been published; also when it is retired.
    pub fn published(&self) -> Option<PublishedType> {
        matches!(self.stage, Stage::Published | Stage::Retired).then(|| PublishedType {
            package: Arc::clone(&self.package),
            version: self.version,
        })
    }

    /// File and template.
    pub fn package(&self) -> &Arc<TypePackage> {
        &self.package
    }

    /// Its number, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The steps taken, oldest first.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What stands on record about it: its content and the steps it took.
    pub fn edition(&self) -> Edition {
        let digest = hex::encode(self.package.digest());
        Edition::of(&[
            self.package.definition().code.as_str(),
            &self.version.to_string(),
            self.stage.as_str(),
            &digest,
            &self.marks.len().to_string(),
        ])
    }

    fn proposer(&self) -> Option<&Actor> {
        let proposal = self
            .marks
            .iter()
            .rev()
            .find(|mark| mark.step == Step::Propose);
        proposal.map(|mark| &mark.actor)
    }
}

impl Stage {
    const ALL: [Self; 6] = [
        Self::Draft,
        Self::Proposed,
        Self::Checked,
        Self::Confirmed,
        Self::Published,
        Self::Retired,
    ];

    /// The table of steps: where one leads from here, `None` where it cannot be taken.
    pub fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Draft, Step::Propose) => Some(Self::Proposed),
            (Self::Proposed, Step::Check) => Some(Self::Checked),
            (Self::Checked, Step::Confirm) => Some(Self::Confirmed),
            (Self::Confirmed, Step::Publish) => Some(Self::Published),
            (Self::Published, Step::Retire) => Some(Self::Retired),
            (Self::Proposed | Self::Checked | Self::Confirmed, Step::SendBack) => Some(Self::Draft),
            _ => None,
        }
    }

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Checked => "checked",
            Self::Confirmed => "confirmed",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }

    /// The word in Chinese messages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Draft => "为草稿",
            Self::Proposed => "已提出",
            Self::Checked => "已核对",
            Self::Confirmed => "已确认",
            Self::Published => "已发布",
            Self::Retired => "已停用",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

impl Step {
    const ALL: [Self; 6] = [
        Self::Propose,
        Self::Check,
        Self::Confirm,
        Self::Publish,
        Self::Retire,
        Self::SendBack,
    ];

    /// Who takes it; `None` where either may.
    pub fn side(self) -> Option<Side> {
        match self {
            Self::Propose | Self::Confirm => Some(Side::Agency),
            Self::Check | Self::Publish => Some(Side::Centre),
            Self::Retire | Self::SendBack => None,
        }
    }

    /// The word stored, typed and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Check => "check",
            Self::Confirm => "confirm",
            Self::Publish => "publish",
            Self::Retire => "retire",
            Self::SendBack => "send_back",
        }
    }

    /// The word in Chinese messages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Propose => "提出",
            Self::Check => "核对",
            Self::Confirm => "确认",
            Self::Publish => "发布",
            Self::Retire => "停用",
            Self::SendBack => "退回",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

impl Side {
    fn as_str(self) -> &'static str {
        match self {
            Self::Agency => "the agency that owns the type",
            Self::Centre => "the centre",
        }
    }
}

#[cfg(test)]
#[path = "workflow_tests.rs"]
mod tests;

//! `yinxin type …`: from a file that a person wrote to a version that certificates pin.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use registry::certificates::TypeCode;
use registry::types::{
    DefinitionFault, Lint, LintFinding, Mark, Severity, Step, TemplateSource, TypeDefinition,
    TypePackage,
};

use super::args::{Type, TypeStep};
use super::{actor, code, open};
use crate::clock;
use crate::problem::Problem;
use crate::say::Say;
use crate::settings;
use crate::template_lint;

/// Length of an address in a QR code where no installation says its own.
const USUAL_URL_LENGTH: usize = 60;

pub(super) async fn run(command: Type, say: Say) -> Result<(), Problem> {
    let (step, args) = match command {
        Type::Import {
            folder,
            acting,
            file,
        } => {
            let (package, actor) = (read_package(&file)?, actor(&acting)?);
            let installation = open(&folder).await?;
            let types = installation.registry.types();
            let version = types.import(&package, &actor, clock::now()).await?;
            let code = package.definition().code.clone();
            installation.close().await;
            say.line(
                format!("{code} 第 {version} 版（草稿）已导入"),
                format!("imported {code} version {version} as a draft"),
            );
            return Ok(());
        }
        Type::List { folder } => {
            let installation = open(&folder).await?;
            for line in installation.registry.types().list().await? {
                let stage = line.stage.as_str();
                let value = serde_json::json!({
                    "code": line.code, "version": line.version, "stage": stage,
                });
                say.answer(&value, |_| {
                    format!("{}  {:>3}  {stage}", line.code, line.version)
                })?;
            }
            installation.close().await;
            return Ok(());
        }
        Type::Lint { file } => return lint(&file, say),
        Type::Propose(args) => (Step::Propose, args),
        Type::Check(args) => (Step::Check, args),
        Type::Confirm(args) => (Step::Confirm, args),
        Type::Publish(args) => (Step::Publish, args),
        Type::SendBack(args) => (Step::SendBack, args),
        Type::Retire(args) => (Step::Retire, args),
    };
    take(step, args, say).await
}

async fn take(step: Step, args: TypeStep, say: Say) -> Result<(), Problem> {
    let actor = actor(&args.acting)?;
    let type_code = code("type", &args.code, TypeCode::parse)?;
    let installation = open(&args.folder).await?;
    let types = installation.registry.types();
    let version = match args.version {
        Some(version) => version,
        None => types.newest(&type_code).await?,
    };
    let mark = Mark {
        step,
        actor,
        at: clock::now(),
        note: args.note,
    };
    let lint = template_lint::ready(
        &installation.settings.fonts(),
        installation.settings.verify_url_len(),
    )?;
    let taken = types.step(&type_code, version, mark, &lint).await?;
    let stage = taken.stage().as_str();
    installation.close().await;
    say.line(
        format!("{type_code} 第 {version} 版：{stage}"),
        format!("{type_code} version {version}: {stage}"),
    );
    Ok(())
}

/// Checks a type file and its template with the usual fonts; no data folder is needed.
pub(super) fn lint(file: &Path, say: Say) -> Result<(), Problem> {
    let package = read_package(file)?;
    let lint = template_lint::ready(&settings::usual_font_settings(), USUAL_URL_LENGTH)?;
    let findings = lint.lint(&package);
    for LintFinding {
        severity,
        code,
        place,
        message,
    } in &findings
    {
        let weight = match severity {
            Severity::Error => say.language.pick("错误", "error"),
            Severity::Warning => say.language.pick("提示", "warning"),
        };
        let value = serde_json::json!({
            "severity": weight, "code": code, "place": place, "message": message,
        });
        say.answer(&value, |_| format!("{weight} {code}: {place}: {message}"))?;
    }
    if findings
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        return Err(Problem::BadOutcome(1));
    }
    say.line("可以发布", "fit to be published");
    Ok(())
}

/// Reads a type file and, from beside it, its template and the files that this names.
pub(crate) fn read_package(file: &Path) -> Result<TypePackage, Problem> {
    let read =
        |path: &Path| fs::read_to_string(path).map_err(|source| Problem::unreadable(path, source));
    let bad = |path: &Path, reason: String| Problem::BadFile {
        path: path.to_owned(),
        reason,
    };
    let every = |faults: Vec<DefinitionFault>| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    };
    let source = read(file)?;
    let definition = TypeDefinition::parse(&source).map_err(|faults| bad(file, every(faults)))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let template = folder.join(&definition.template);
    let text = read(&template)?;
    let mut assets = BTreeMap::new();
    for name in
        signer::Template::asset_names(&text).map_err(|error| bad(&template, error.to_string()))?
    {
        let path = folder.join(&name);
        let bytes = fs::read(&path).map_err(|source| Problem::unreadable(&path, source))?;
        assets.insert(name, bytes);
    }
    let template = TemplateSource { text, assets };
    TypePackage::parse(&source, template).map_err(|faults| bad(file, every(faults)))
}

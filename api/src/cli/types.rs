//! `yinxin type …`: from a file that a person wrote to a version that certificates pin.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use registry::Sentence;
use registry::certificates::TypeCode;
use registry::types::{
    DefinitionFault, Lint, LintFinding, Mark, ServiceItem, Severity, Step, TemplateSource,
    TypeDefinition, TypePackage,
};

use super::args::{Acting, Folder, Type, TypeStep};
use super::{actor, code, open, open_to_read};
use crate::clock;
use crate::folder::DataFolder;
use crate::language::Language;
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
        Type::Items {
            folder,
            acting,
            file: Some(file),
        } => return put_items(&folder, &acting, &file, say).await,
        Type::Items {
            folder, file: None, ..
        } => return items(&folder, say).await,
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

/// Records the service items of a file, over what was known of them.
async fn put_items(folder: &Folder, acting: &Acting, file: &Path, say: Say) -> Result<(), Problem> {
    let actor = actor(acting)?;
    let text = fs::read_to_string(file).map_err(|source| Problem::unreadable(file, source))?;
    let items = ServiceItem::parse_file(&text).map_err(|faults| every(file, &faults))?;
    let installation = open(folder).await?;
    let types = installation.registry.types();
    let put = types.put_items(&items, &actor, clock::now()).await;
    installation.close().await;
    put?;
    let count = items.len();
    say.line(
        format!("已登记 {count} 个事项"),
        format!("{count} service items recorded"),
    );
    Ok(())
}

async fn items(folder: &Folder, say: Say) -> Result<(), Problem> {
    let registry = open_to_read(&DataFolder::at(&folder.data)).await?;
    let items = registry.types().items().await?;
    registry.close().await;
    for item in items {
        let needs = item.needs.iter();
        let listed: Vec<_> = needs
            .clone()
            .map(|need| {
                serde_json::json!({
                    "type": need.type_code, "required": need.required, "of": need.of,
                })
            })
            .collect();
        let value = serde_json::json!({
            "code": item.code, "name": item.name, "agency": item.agency, "needs": listed,
        });
        say.answer(&value, |language| {
            let lines = needs.map(|need| {
                let required = match need.required {
                    true => language.pick("必需", "required"),
                    false => language.pick("可选", "optional"),
                };
                format!("\n    {}  {}  {required}", need.type_code, need.of)
            });
            let lines: String = lines.collect();
            format!("{}  {}  {}{lines}", item.code, item.agency, item.name)
        })?;
    }
    Ok(())
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
    let stage = taken.stage();
    installation.close().await;
    say.line(
        format!("{type_code} 第 {version} 版{}", stage.zh()),
        format!("{type_code} version {version}: {}", stage.as_str()),
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
        what,
    } in &findings
    {
        let (zh, en) = match severity {
            Severity::Error => ("错误", "error"),
            Severity::Warning => ("提示", "warning"),
        };
        let value = serde_json::json!({
            "severity": en, "code": code, "place": place.en, "zh": what.zh, "en": what.en,
        });
        say.answer(&value, |language| match language {
            Language::Zh => format!("{zh} {code}：{}：{}", place.zh, what.zh),
            Language::En => format!("{en} {code}: {}: {}", place.en, what.en),
        })?;
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
    let source = read(file)?;
    let definition = TypeDefinition::parse(&source).map_err(|faults| every(file, &faults))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let template = folder.join(&definition.template);
    let text = read(&template)?;
    let mut assets = BTreeMap::new();
    for name in signer::Template::asset_names(&text).map_err(|error| {
        Problem::bad_file(&template, Sentence::new(error.zh(), error.to_string()))
    })? {
        let path = folder.join(&name);
        let bytes = fs::read(&path).map_err(|source| Problem::unreadable(&path, source))?;
        assets.insert(name, bytes);
    }
    let template = TemplateSource { text, assets };
    TypePackage::parse(&source, template).map_err(|faults| every(file, &faults))
}

/// Every fault, a line each.
pub(crate) fn every(file: &Path, faults: &[DefinitionFault]) -> Problem {
    let zh: Vec<String> = faults.iter().map(DefinitionFault::zh).collect();
    let en: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Problem::bad_file(file, Sentence::new(zh.join("\n"), en.join("\n")))
}

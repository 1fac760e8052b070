//! `yinxin batch push|watch|fetch|cancel` at the service: the agency's client.
//!
//! A push that was cut off is pushed again by the same command: its key follows from the file, so it is answered the
//! batch that there is already.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use registry::rows::{Encoding, RowFormat};
use ring::digest::{Context, SHA256};
use serde_json::json;

use super::args::{Batch, Server};
use super::people::open;
use super::sign::{answered_on, bar};
use crate::batch::{format_of, pictures_in};
use crate::problem::Problem;
use crate::remote::Remote;
use crate::say::Say;
use crate::serve::routes::batch_rows::Row;
use crate::serve::routes::batches::{Acknowledged, Batch as State, REPEATED};
use crate::serve::routes::images::ImagePut;

/// How often a watched batch is asked about, and how many rows of it are read at once.
const GLANCE: Duration = Duration::from_millis(300);
const PAGE: usize = 1000;

pub(super) fn run(command: Batch, say: Say) -> Result<(), Problem> {
    match command {
        Batch::Push {
            server,
            agency,
            type_code,
            key,
            encoding,
            images,
            watch,
            file,
        } => {
            let remote = open(&server)?;
            if let Some(folder) = images {
                put_images(&remote, &folder, say)?;
            }
            let media = media(format_of(&file, encoding.map(Encoding::from))?);
            let key = match key {
                Some(key) => key,
                None => key_of(&file, &agency, &type_code, media)?,
            };
            let mut rows = File::open(&file).map_err(|e| Problem::unreadable(&file, e))?;
            let path = format!("/v1/batches?agency={agency}&type={type_code}");
            let headers = [("content-type", media), ("idempotency-key", key.as_str())];
            let (acknowledged, repeated): (Acknowledged, bool) =
                remote.upload_and_see(&path, &headers, &mut rows, REPEATED.as_str())?;
            say.answer(&acknowledged, |_| {
                format!("accepted {}", acknowledged.batch)
            })?;
            if !watch {
                return Ok(());
            }
            let followed = follow(&remote, &acknowledged.batch, say);
            if repeated
                && followed.is_err()
                && let Ok(job) = acknowledged.batch.parse()
            {
                answered_on(job, "--key", say);
            }
            followed
        }
        Batch::Watch { server, batch } => follow(&open(&server)?, &batch, say),
        Batch::Fetch {
            server,
            batch,
            out,
            errors,
        } => {
            if let Some(out) = out {
                fetch(&server, &batch, &out, say)?;
            }
            match errors {
                Some(file) => fetch_errors(&server, &batch, &file, say),
                None => Ok(()),
            }
        }
        Batch::Cancel {
            server: Some(server),
            identity: Some(identity),
            job,
            ..
        } => {
            let server = Server { server, identity };
            let path = format!("/v1/batches/{job}/cancel");
            let state: State = open(&server)?.send("POST", &path, &json!({}))?;
            say.answer(&state, |language| {
                let issued = state.issued;
                match language {
                    crate::language::Language::Zh => {
                        format!("批次 {job} 已取消；此前签发的 {issued} 份仍然有效")
                    }
                    crate::language::Language::En => {
                        format!("batch {job} is cancelled; the {issued} issued before stay issued")
                    }
                }
            })
        }
        // The command line sends nothing else here.
        Batch::Cancel { .. } => Ok(()),
    }
}

/// Puts every picture of a folder.
fn put_images(remote: &Remote, folder: &Path, say: Say) -> Result<(), Problem> {
    let mut put = 0;
    for path in pictures_in(folder)? {
        let mut picture = File::open(&path).map_err(|e| Problem::unreadable(&path, e))?;
        let headers = [("content-type", "application/octet-stream")];
        let _: ImagePut = remote.upload("/v1/images", &headers, &mut picture)?;
        put += 1;
    }
    say.line(
        format!("{put} 张图片已存入，供各行按 sha256 引用"),
        format!("{put} pictures put, for rows that name them by sha256"),
    );
    Ok(())
}

/// Watches a batch to its end, then lists the rows in error. Rows in error are a bad outcome.
fn follow(remote: &Remote, batch: &str, say: Say) -> Result<(), Problem> {
    let drawn = bar(say, 0);
    let state = loop {
        let state: State = remote.get(&format!("/v1/batches/{batch}"))?;
        drawn.set_length(drawn.length().unwrap_or(0).max(state.issued));
        drawn.set_position(state.issued);
        // What waits for a reviewer may wait for days.
        if state.over || state.state == "in_review" {
            break state;
        }
        thread::sleep(GLANCE);
    };
    drawn.finish_and_clear();
    say.answer(&state, |language| {
        let State {
            issued,
            existing,
            refused,
            ..
        } = &state;
        let fault = state.fault.as_ref();
        let fault = fault.map_or("", |said| language.pick(&said.zh, &said.en));
        match language {
            crate::language::Language::Zh => format!(
                "{}：签发 {issued}，已有 {existing}，有误 {refused} {fault}",
                state_zh(&state.state)
            ),
            crate::language::Language::En => format!(
                "{}: issued {issued}, there before {existing}, in error {refused} {fault}",
                state.state
            ),
        }
    })?;
    tell_errors(remote, batch, say)?;
    match matches!(state.state.as_str(), "done" | "in_review") && state.refused == 0 {
        true => Ok(()),
        false => Err(Problem::BadOutcome(1)),
    }
}

fn tell_errors(remote: &Remote, batch: &str, say: Say) -> Result<(), Problem> {
    let mut after = 0;
    loop {
        let rows: Vec<Row> = remote.get(&format!(
            "/v1/batches/{batch}/rows?after={after}&limit={PAGE}"
        ))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.row;
        for row in &rows {
            for fault in &row.errors {
                let field = fault.field.as_deref().unwrap_or("");
                let value = json!({ "row": row.row, "field": field, "code": fault.code, "zh": fault.zh, "en": fault.en });
                say.answer(&value, |language| {
                    let words = language.pick(&fault.zh, &fault.en);
                    format!("{}  {field}  {words} [{}]", row.row, fault.code)
                })?;
            }
        }
    }
}

/// A file, made or emptied, that nobody else may read: it holds what is somebody's.
pub(super) fn own_file(path: &Path) -> std::io::Result<File> {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

/// Writes the files of a batch; one that is cut off is fetched again as a whole.
fn fetch(server: &Server, batch: &str, out: &Path, say: Say) -> Result<(), Problem> {
    std::fs::create_dir_all(out).map_err(|e| Problem::unwritable(out, e))?;
    let stream = open(server)?.stream(&format!("/v1/batches/{batch}/files"))?;
    let mut archive = tar::Archive::new(stream);
    let broken = |source| Problem::unreadable(Path::new(&format!("{batch}.tar")), source);
    let mut count = 0_u64;
    for member in archive.entries().map_err(broken)? {
        let mut member = member.map_err(broken)?;
        let name = member.path().map_err(broken)?.into_owned();
        // A name is a name here, and leads nowhere else.
        let Some(name) = name.file_name().filter(|own| Path::new(own) == name) else {
            return Err(broken(std::io::Error::other("a member has no plain name")));
        };
        let path = out.join(name);
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).map_err(broken)?;
        std::fs::write(&path, bytes).map_err(|e| Problem::unwritable(&path, e))?;
        count += 1;
    }
    say.answer(&json!({ "files": count }), |language| {
        let words = language.pick("已取得文件", "files fetched");
        format!("{words} {count}: {}", out.display())
    })
}

/// Writes the rows in error, for their owner's eyes only: they hold what was pushed.
fn fetch_errors(server: &Server, batch: &str, file: &Path, say: Say) -> Result<(), Problem> {
    let csv = file
        .extension()
        .is_some_and(|own| own.eq_ignore_ascii_case("csv"));
    let form = if csv { "csv" } else { "ndjson" };
    let mut rows = open(server)?.stream(&format!("/v1/batches/{batch}/repair?form={form}"))?;
    let unwritable = |source| Problem::unwritable(file, source);
    let mut out = own_file(file).map_err(unwritable)?;
    std::io::copy(&mut rows, &mut out).map_err(unwritable)?;
    out.sync_all().map_err(unwritable)?;
    say.line(
        format!(
            "有误的行已写入 {}；改正后用 yinxin batch push 重新推送，无须删除 _error 开头的列",
            file.display()
        ),
        format!(
            "the rows in error are in {}; repair them and push the file again, columns _error… and all",
            file.display()
        ),
    );
    Ok(())
}

/// How a batch stands, in Chinese.
fn state_zh(state: &str) -> &str {
    match state {
        "accepted" => "已受理",
        "running" => "办理中",
        "in_review" => "待审核",
        "done" => "已办结",
        "failed" => "未能办理",
        "cancelled" => "已取消",
        other => other,
    }
}

/// The same file for the same agency and type, read in the same way, has the same key.
fn key_of(file: &Path, agency: &str, type_code: &str, media: &str) -> Result<String, Problem> {
    let mut rows = File::open(file).map_err(|e| Problem::unreadable(file, e))?;
    let mut context = Context::new(&SHA256);
    context.update(format!("{agency} {type_code} {media} ").as_bytes());
    let mut piece = vec![0; 1 << 16];
    loop {
        let length = rows
            .read(&mut piece)
            .map_err(|e| Problem::unreadable(file, e))?;
        if length == 0 {
            return Ok(hex::encode(context.finish()));
        }
        context.update(&piece[..length]);
    }
}

fn media(format: RowFormat) -> &'static str {
    match format {
        RowFormat::Ndjson => "application/x-ndjson",
        RowFormat::Csv(None) => "text/csv",
        RowFormat::Csv(Some(Encoding::Utf8)) => "text/csv; charset=utf-8",
        RowFormat::Csv(Some(Encoding::Gb18030)) => "text/csv; charset=gb18030",
        RowFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
}

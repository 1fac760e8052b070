//! When a demo may make a folder anew: its own, with nothing in it that came after the demo.
//!
//! A mark in the folder says that a demo made it and, once its story has been told, when that was. What the audit
//! holds since is somebody's work and is not erased. Called by the story and by `bench`.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use jiff::Timestamp;
use registry::{Registry, crash};

use crate::folder::DataFolder;
use crate::installation::database;
use crate::problem::Problem;
use crate::settings::Settings;

const MADE: &str = "made by yinxin demo; may be deleted";
/// Begins the line of the mark that says when the story had been told.
const TOLD: &str = "told ";

/// Makes the folder of a demo that nobody has changed empty; any other folder with something in it is left alone.
///
/// # Errors
/// [`Problem::Usage`] for a folder with something else in it, with later work in it, or in use.
pub(crate) async fn clear(folder: &DataFolder) -> Result<(), Problem> {
    let path = folder.path();
    let unwritable = |source| Problem::unwritable(path, source);
    if folder.demo_mark().exists() {
        refuse_if_in_use(path)?;
        if let Some(told) = told(folder)? {
            refuse_if_changed(folder, told).await?;
        }
        // The mark stays and no longer tells of an end: cut off here, the next demo still knows the rest as its own.
        mark(folder, None)?;
        return remove_all_but(&folder.demo_mark(), path).map_err(unwritable);
    }
    let is_empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
    if !is_empty {
        return Err(Problem::Usage {
            zh: format!("{} 中已有其他内容；请用 --data 另选目录", path.display()),
            en: format!(
                "{} holds something else; choose another folder with --data",
                path.display()
            ),
        });
    }
    fs::create_dir_all(path).map_err(unwritable)?;
    mark(folder, None)
}

/// Marks a folder as made by a demo, and from when on everything in it is somebody's work.
///
/// # Errors
/// [`Problem::Unwritable`].
pub(super) fn mark(folder: &DataFolder, told: Option<Timestamp>) -> Result<(), Problem> {
    let told = told.map_or(String::new(), |at| format!("{TOLD}{at}\n"));
    let path = folder.demo_mark();
    fs::write(&path, format!("{MADE}\n{told}")).map_err(|e| Problem::unwritable(&path, e))
}

/// When the story of the folder had been told; `None` for a demo that was cut off, and for what `bench` left.
fn told(folder: &DataFolder) -> Result<Option<Timestamp>, Problem> {
    let path = folder.demo_mark();
    let text = fs::read_to_string(&path).map_err(|e| Problem::unreadable(&path, e))?;
    let line = text.lines().find_map(|line| line.strip_prefix(TOLD));
    Ok(line.and_then(|at| at.parse().ok()))
}

fn refuse_if_in_use(path: &Path) -> Result<(), Problem> {
    let held = File::open(path.join("lock"))
        .is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
    if !held {
        return Ok(());
    }
    Err(Problem::Usage {
        zh: format!(
            "{} 正由另一进程使用（演示或服务仍在运行）；请先停止它，或用 --data 另选目录",
            path.display()
        ),
        en: format!(
            "another process works in {}: a demo or service still runs; stop it first, or choose another folder with --data",
            path.display()
        ),
    })
}

async fn refuse_if_changed(folder: &DataFolder, told: Timestamp) -> Result<(), Problem> {
    const PAGE: u32 = 1000;
    let path = folder.path();
    let settings = Settings::of_installation(folder)?;
    let registry = Registry::open_to_read(path, &database(&settings)).await?;
    let (mut after, mut acts) = (0, 0_u64);
    loop {
        let page = registry.audit().after(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        let later = page
            .iter()
            .filter(|(_, entry)| entry.at > told.as_millisecond() && !is_a_look(&entry.kind));
        acts += later.count() as u64;
    }
    registry.close().await;
    if acts == 0 {
        return Ok(());
    }
    let path = path.display();
    Err(Problem::Usage {
        zh: format!(
            "{path} 中有演示结束（{told:.0}）之后的 {acts} 项办理，重做演示会将其清除；请用 --data 另选目录，确不需要则先自行删除该目录"
        ),
        en: format!(
            "{path} holds {acts} acts from after its demo ({told:.0}), and a new demo would erase them; choose another folder with --data, or delete this one yourself"
        ),
    })
}

/// Whether an entry tells of a look at the record, or of the housekeeping of keys, and so of nothing that could be lost.
fn is_a_look(kind: &str) -> bool {
    const LOOKS: [&str; 7] = [
        "answered", "fetched", "listed", "read", "tried", "verified", "watched",
    ];
    let last = kind.rsplit(['.', '_']).next().unwrap_or(kind);
    LOOKS.contains(&last)
        || matches!(
            kind,
            "key.reserved" | "key.settled" | "key.gap" | "key.orphan"
        )
}

fn remove_all_but(kept: &Path, folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        match entry.file_type()?.is_dir() {
            _ if path == kept => {}
            true => fs::remove_dir_all(&path)?,
            false => fs::remove_file(&path)?,
        }
        crash::point("demo_clearing");
    }
    Ok(())
}

//! The making of an installation: whole, or not at all.
//!
//! Until `yinxin.toml` has its name there is no installation, and no command opens the folder. An earlier
//! `init` that was cut off has left `yinxin.toml.unfinished`; what it made is then cleared away.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use registry::units::{CreditCode, UnitKind};
use registry::{Registry, crash};

use crate::folder::DataFolder;
use crate::problem::Problem;
use crate::settings::Settings;

/// A folder in which an installation is being made, by this process alone.
pub(crate) struct Founding {
    folder: DataFolder,
    /// What has or had the name of `unfinished`; locked, so that nobody else founds here.
    held: Vec<File>,
    /// The settings of an earlier founding that was cut off after it began to write to its database.
    earlier: Option<Settings>,
}

impl Founding {
    /// Takes hold of a folder, and clears away what an earlier founding left that was cut off.
    ///
    /// # Errors
    /// [`Problem::AlreadyThere`]; [`Problem::BeingMade`] by another process; [`Problem::PartsThere`] where
    /// something lies that only an installation has, and no cut-off founding left it.
    pub(crate) fn begin(folder: &DataFolder) -> Result<Self, Problem> {
        let at = || folder.path().to_owned();
        let path = folder.unfinished();
        refuse_installation(folder)?;
        if !path.exists()
            && let Some(part) = folder.parts().into_iter().find(|part| part.exists())
        {
            return Err(Problem::PartsThere { path: at(), part });
        }
        let failed = |source| Problem::unwritable(&path, source);
        fs::create_dir_all(folder.path())
            .map_err(|source| Problem::unwritable(folder.path(), source))?;
        let mut unfinished = lock(&path, folder)?;
        // Whoever held it until now may have come to its end.
        refuse_installation(folder)?;
        if fs::metadata(&path).map_err(failed)?.ino()
            != unfinished.metadata().map_err(failed)?.ino()
        {
            return Err(Problem::BeingMade { path: at() });
        }
        let mut text = String::new();
        let earlier = unfinished.read_to_string(&mut text).ok();
        let earlier = earlier.and_then(|_| toml::from_str(&text).ok());
        let founding = Self {
            folder: folder.clone(),
            held: vec![unfinished],
            earlier,
        };
        founding.clear()?;
        Ok(founding)
    }

    /// Writes down that this founding now begins to write to its database. One that holds something
    /// is left alone, unless an earlier founding here, of the same centre, was cut off while it wrote.
    ///
    /// # Errors
    /// [`Problem::DatabaseTaken`]; the folder is then as it was before.
    pub(crate) async fn claim(
        &mut self,
        registry: &Registry,
        settings: &Settings,
        centre: &CreditCode,
    ) -> Result<(), Problem> {
        let units = registry.units().list().await?;
        let resumed = self
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.database == settings.database)
            && !registry.is_in_use().await?
            && units
                .iter()
                .all(|unit| unit.kind == UnitKind::Centre && unit.code == *centre);
        if !units.is_empty() && !resumed {
            return Err(Problem::DatabaseTaken);
        }
        // Whole under its name, or not there: the earlier text stands until then.
        let (part, path) = (self.folder.unfinished_part(), self.folder.unfinished());
        let text = settings.text(&path)?;
        let mut file = lock(&part, &self.folder)?;
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&part, &path))
            .and_then(|()| sync_folder(self.folder.path()))
            .map_err(|source| Problem::unwritable(&path, source))?;
        self.held.push(file);
        Ok(())
    }

    /// From now on there is an installation.
    ///
    /// # Errors
    /// [`Problem::Unwritable`].
    pub(crate) fn finish(self) -> Result<(), Problem> {
        let (from, to) = (self.folder.unfinished(), self.folder.settings());
        sync_folder(self.folder.path())
            .and_then(|()| fs::rename(from, &to))
            .and_then(|()| sync_folder(self.folder.path()))
            .map_err(|source| Problem::unwritable(&to, source))
    }

    /// Leaves the folder without a trace of this founding.
    pub(crate) fn give_up(self) {
        // Where this fails, the next founding here clears it away.
        if self.clear().is_ok() {
            let _ = fs::remove_file(self.folder.unfinished());
        }
    }

    fn clear(&self) -> Result<(), Problem> {
        for part in self.folder.parts() {
            let removed = match fs::symlink_metadata(&part) {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&part),
                Ok(_) => fs::remove_file(&part),
                Err(_) => Ok(()),
            };
            removed.map_err(|source| Problem::unwritable(&part, source))?;
            crash::point("init_clearing");
        }
        Ok(())
    }
}

/// Opens a file that nobody else has locked.
fn lock(path: &Path, folder: &DataFolder) -> Result<File, Problem> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options
        .open(path)
        .map_err(|source| Problem::unwritable(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Problem::BeingMade {
            path: folder.path().to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(Problem::unwritable(path, source)),
    }
}

fn refuse_installation(folder: &DataFolder) -> Result<(), Problem> {
    if folder.settings().exists() {
        return Err(Problem::AlreadyThere {
            path: folder.path().to_owned(),
        });
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

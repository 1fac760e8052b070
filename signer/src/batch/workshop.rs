//! What sealing needs besides the rows: fonts, the key, the log of its uses, time-stamps.

use std::sync::Arc;

use keys::{FileKeyStore, KeyId, Purpose, Reservation, Signer, TimeStampSource, UseLog};
use registry::batches::KeyUse;
use registry::types::{FinalLevel, PublishedType};

use crate::font::Fonts;
use crate::layout::Compiled;
use crate::seal::{Level, contents_reserved};
use crate::template::{Template, TypeInfo};
use crate::{Error, FontSettings};

/// The means of an installation. Shared by all batches.
pub struct Workshop {
    /// The fonts of every page.
    pub fonts: Arc<Fonts>,
    /// Where the seal key lies.
    pub keys: Arc<FileKeyStore>,
    /// Which it is.
    pub seal_key: KeyId,
    /// How the registry names the key and what it is for.
    pub key_use: KeyUse,
    /// Where its uses are confirmed.
    pub log: Arc<dyn UseLog>,
    /// Where time-stamps come from; with none, files are B-B.
    pub time_stamps: Option<Arc<dyn TimeStampSource>>,
    /// Whom the stamp names: the certification centre.
    pub seal_label: String,
    /// Length of the address in QR codes, in bytes.
    pub verify_url_len: usize,
    /// Whether somebody waits for answers, to whom a batch gives way.
    pub wanted_elsewhere: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

/// A workshop set up for one type: its template compiled, its level chosen.
pub(super) struct Press {
    workshop: Arc<Workshop>,
    pub(super) compiled: Compiled,
    time_stamps: Option<Arc<dyn TimeStampSource>>,
}

impl Workshop {
    /// Loads the fonts of an installation.
    ///
    /// # Errors
    /// [`Error::Font`] with the file and what to install.
    pub fn load_fonts(settings: &FontSettings) -> Result<Arc<Fonts>, Error> {
        Ok(Arc::new(Fonts::load(settings)?))
    }

    pub(super) fn is_wanted_elsewhere(&self) -> bool {
        self.wanted_elsewhere
            .as_ref()
            .is_some_and(|wanted| wanted())
    }

    pub(super) fn set_up(self: &Arc<Self>, published: &PublishedType) -> Result<Press, Error> {
        let definition = published.definition();
        let time_stamps = match definition.final_level {
            Some(FinalLevel::BB) => None,
            Some(FinalLevel::BT) if self.time_stamps.is_none() => {
                return Err(Error::NoTimeStamps {
                    type_code: definition.code.to_string(),
                });
            }
            _ => self.time_stamps.clone(),
        };
        let key = self.keys.facts(&self.seal_key)?;
        let contents = contents_reserved(&key, level(time_stamps.as_deref()))?;
        let info = TypeInfo::of(definition, self.verify_url_len, contents);
        let compiled = Template::of(published.package())?.compile(&self.fonts, &info)?;
        Ok(Press {
            workshop: Arc::clone(self),
            compiled,
            time_stamps,
        })
    }
}

impl Press {
    pub(super) fn seal_label(&self) -> &str {
        &self.workshop.seal_label
    }

    pub(super) fn key_use(&self) -> &KeyUse {
        &self.workshop.key_use
    }

    pub(super) fn level(&self) -> Level<'_> {
        level(self.time_stamps.as_deref())
    }

    /// Opens the seal key for the uses of one reservation.
    pub(super) fn open_key(
        &self,
        reservation: registry::batches::Reservation,
    ) -> Result<Signer, Error> {
        let Workshop {
            keys,
            seal_key,
            log,
            ..
        } = &*self.workshop;
        let reservation = Reservation {
            number: reservation.number,
            uses: reservation.uses,
        };
        Ok(keys.signer(seal_key, Purpose::Seal, log.as_ref(), reservation)?)
    }
}

fn level(time_stamps: Option<&dyn TimeStampSource>) -> Level<'_> {
    time_stamps.map_or(Level::BB, Level::BT)
}

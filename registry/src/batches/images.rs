//! Pictures that are put before the rows that name them by their SHA-256: bounded, each under a key of its own,
//! for the rows of the unit that put them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};

use super::Batches;
use crate::certificates::Image;
use crate::cipher::{Content, Subject};
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::rows::{Blobs, RawRow};
use crate::store::images::{self, StoredImage};
use crate::units::{Actor, CreditCode};

/// How long a picture is kept after it was last put; longer only while a batch waits.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Batches<'_> {
    /// Keeps a picture for rows of the same unit that name it `sha256:<64 hex>`, at least 30 days from when it was
    /// last put. Durable when it returns its digest. `expected` is the digest that the sender gives, if any.
    ///
    /// # Errors
    /// [`Error::Refused`] `image_digest` where the bytes have another one, `image_format` for what is neither PNG nor
    /// JPEG, `image_too_large`, `images_full`, `unknown_unit`.
    pub async fn put_image(
        &self,
        bytes: &[u8],
        expected: Option<&[u8; 32]>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<[u8; 32]> {
        let limits = self.registry.spool().limits();
        if bytes.len() as u64 > limits.image {
            return Err(Error::refused(
                "image_too_large",
                format!("图片超过 {} 字节；请缩小", limits.image),
                format!(
                    "the picture has more than {} bytes; make it smaller",
                    limits.image
                ),
            ));
        }
        let sha256 = sha256(bytes);
        if expected.is_some_and(|expected| *expected != sha256) {
            return Err(Error::refused(
                "image_digest",
                "图片的 SHA-256 与所报不符，传输中有改动；请重新发送",
                "the picture has another SHA-256 than was said; it was changed on its way: send it again",
            ));
        }
        if Image::recognise(Arc::from(bytes)).is_none() {
            return Err(Error::refused(
                "image_format",
                "图片不是 PNG 或 JPEG；请转换格式",
                "the picture is neither PNG nor JPEG; convert it",
            ));
        }
        self.registry.units().of_any_kind(&actor.unit).await?;
        let vault = self.registry.vault();
        let subject = Subject::Image {
            unit: actor.unit.as_str(),
            sha256: &sha256,
        };
        let at = now.as_millisecond();
        let mut tx = self.registry.store().begin().await?;
        images::forget(&mut tx, (now - KEPT).as_millisecond()).await?;
        let mut known = false;
        for (_, hash) in vault.hashes(subject) {
            known |= images::touch(&mut tx, hash, at).await?;
        }
        if !known {
            let taken = images::room_taken(&mut tx).await?;
            if taken + bytes.len() as u64 > limits.images {
                return Err(full());
            }
            let id = Id::new(now)?;
            let (key, wrapped) = vault.new_key(&id.to_string())?;
            let content = key.seal(Content::Image, bytes)?;
            let image = StoredImage {
                id,
                wrapped,
                content,
            };
            images::insert(&mut tx, vault.hash(subject).1, &image, at).await?;
        }
        tx.commit().await?;
        Ok(sha256)
    }

    /// Removes pictures that have been kept for long enough.
    pub(crate) async fn forget_images(&self, now: Timestamp) -> Result<()> {
        let mut tx = self.registry.store().begin().await?;
        images::forget(&mut tx, (now - KEPT).as_millisecond()).await?;
        Ok(tx.commit().await?)
    }

    /// The pictures that a row of a unit names, as far as they were put.
    pub(super) async fn images_of(&self, unit: &CreditCode, row: &RawRow) -> Result<Blobs> {
        let mut found = Blobs::new();
        let vault = self.registry.vault();
        for sha256 in row.named_blobs() {
            let subject = Subject::Image {
                unit: unit.as_str(),
                sha256: &sha256,
            };
            let mut reader = self.registry.store().reader().await?;
            for (_, hash) in vault.hashes(subject) {
                if let Some(image) = images::find(&mut reader, hash).await? {
                    let key = vault.open_key(&image.id.to_string(), &image.wrapped)?;
                    let bytes = key.open(Content::Image, image.content)?;
                    found.insert(sha256, Arc::from(bytes));
                    break;
                }
            }
        }
        Ok(found)
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sha256
}

fn full() -> Error {
    Error::refused(
        "images_full",
        "等待各行使用的图片过多；请先推送这些行，或结束等待中的批次，然后再上传",
        "too many pictures wait for their rows; push the rows, end the batches that wait, then put again",
    )
}

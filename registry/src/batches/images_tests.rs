//! Pictures put before their rows.

use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};

use super::Finished;
use super::tests::{outcomes, whole};
use crate::files::SpoolLimits;
use crate::testing::{
    AGENCY, CENTRE, expire_leases, on_both, on_both_grounds, open, options, person, publish, push,
    row, run_job, story_time,
};
use crate::units::Actor;
use crate::{Error, Registry};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nof somebody";
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0of somebody";

/// The type of the stories with a picture.
fn with_photo(text: &str) -> String {
    format!(
        "{text}\n[[field]]\nname = \"photo\"\nlabel = \"照片\"\nkind = \"image\"\nrequired = false\n"
    )
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

fn named(bytes: &[u8]) -> String {
    format!("\"sha256:{}\"", hex::encode(sha256(bytes)))
}

fn clerk() -> Actor {
    person("li", AGENCY)
}

async fn put(registry: &Registry, bytes: &[u8], now: Timestamp) -> Result<[u8; 32], Error> {
    let batches = registry.batches();
    batches.put_image(bytes, None, &clerk(), now).await
}

/// A row with a picture as JSON.
fn pictured(n: u32, photo: &str) -> String {
    let row = row(n, &format!("r{n}"), "新建项目，批准建设内容若干。");
    row.replacen('{', &format!("{{\"photo\":{photo},"), 1)
}

/// What becomes of one row with a picture, pushed by the agency.
async fn pushed(registry: &Registry, n: u32, photo: &str, now: Timestamp) -> String {
    let key = format!("{n} {photo} {now}");
    let job = push(registry, &key, &pictured(n, photo)).await.unwrap().job;
    assert_eq!(run_job(registry, job, now).await.unwrap(), Finished::Done);
    outcomes(registry, job).await.remove(0)
}

#[test]
fn a_row_names_a_picture_that_was_put_before() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, with_photo).await;
        assert_eq!(
            put(&registry, PNG, story_time()).await.unwrap(),
            sha256(PNG)
        );
        put(&registry, JPEG, story_time()).await.unwrap();
        // Put again, the same.
        put(&registry, PNG, story_time()).await.unwrap();
        // It outlives the process that took it in.
        registry.close().await;
        let registry = open(&ground).await;
        for (n, bytes) in [(0, PNG), (1, JPEG)] {
            let outcome = pushed(&registry, n, &named(bytes), story_time()).await;
            assert_eq!(outcome, "1: issued");
        }
        // The same picture within the row is the same content.
        let within = "{\"base64\":\"iVBORw0KGgpvZiBzb21lYm9keQ==\"}";
        let outcome = pushed(&registry, 0, within, story_time()).await;
        assert_eq!(outcome, "1: existing");
        let outcome = pushed(&registry, 2, &named(b"never put"), story_time()).await;
        assert_eq!(outcome, "1: image.missing");
        whole(&registry).await;
    });
}

#[test]
fn a_picture_serves_the_rows_of_the_unit_that_put_it() {
    on_both(|registry| async move {
        publish(&registry, with_photo).await;
        let batches = registry.batches();
        let centre = person("zhao", CENTRE);
        let put = batches.put_image(PNG, None, &centre, story_time()).await;
        put.unwrap();
        let outcome = pushed(&registry, 0, &named(PNG), story_time()).await;
        assert_eq!(outcome, "1: image.missing");
    });
}

#[test]
fn what_is_no_picture_of_bounded_size_is_not_kept() {
    on_both_grounds(|ground| async move {
        let mut limited = options(&ground);
        limited.spool = SpoolLimits {
            image: 40,
            images: 100,
            ..SpoolLimits::default()
        };
        let registry = Registry::open(limited, story_time()).await.unwrap();
        publish(&registry, with_photo).await;
        let batches = registry.batches();
        let stranger = person("li", "91350100M000100Y43");
        let other = sha256(JPEG);
        let large = [PNG, &[0; 40]].concat();
        for (bytes, expected, actor, refused) in [
            (PNG, Some(&other), clerk(), "image_digest"),
            (&large[..], None, clerk(), "image_too_large"),
            (b"%PDF-1.7", None, clerk(), "image_format"),
            (b"", None, clerk(), "image_format"),
            (PNG, None, stranger, "unknown_unit"),
        ] {
            let put = batches
                .put_image(bytes, expected, &actor, story_time())
                .await;
            assert_eq!(put.unwrap_err().code(), refused);
        }
        let digest = sha256(PNG);
        let put_it = batches
            .put_image(PNG, Some(&digest), &clerk(), story_time())
            .await;
        put_it.unwrap();
        put(&registry, JPEG, story_time()).await.unwrap();
        let third = put(&registry, &[PNG, b"!"].concat(), story_time()).await;
        assert_eq!(third.unwrap_err().code(), "images_full");
        // What is there may be put again.
        put(&registry, PNG, story_time()).await.unwrap();
    });
}

#[test]
fn a_picture_is_kept_for_thirty_days_and_while_a_batch_waits() {
    on_both_grounds(|ground| async move {
        let registry = open(&ground).await;
        publish(&registry, with_photo).await;
        let days = |days: i64| story_time() + SignedDuration::from_hours(24 * days);
        put(&registry, PNG, days(0)).await.unwrap();
        put(&registry, JPEG, days(0)).await.unwrap();
        put(&registry, JPEG, days(20)).await.unwrap();
        let waiting = pictured(0, &named(PNG));
        let job = push(&registry, "waiting", &waiting).await.unwrap().job;
        registry.batches().forget_images(days(31)).await.unwrap();
        expire_leases(&registry).await;
        assert_eq!(
            run_job(&registry, job, days(31)).await.unwrap(),
            Finished::Done
        );
        let outcome = outcomes(&registry, job).await.remove(0);
        assert_eq!(outcome, "1: issued");
        registry.batches().forget_images(days(31)).await.unwrap();
        let outcome = pushed(&registry, 1, &named(PNG), days(31)).await;
        assert_eq!(outcome, "1: image.missing");
        let outcome = pushed(&registry, 1, &named(JPEG), days(31)).await;
        assert_eq!(outcome, "1: issued");
    });
}

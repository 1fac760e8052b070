use jiff::SignedDuration;

use super::*;
use crate::persons::{Role, Roles};
use crate::testing::{on_both, story_time};
use crate::units::{Contact, Contacts, RegionCode, Unit};

const DESK: &str = "11990000MB99990094";

fn actor(text: &str) -> Actor {
    Actor::parse(text).unwrap()
}

fn operator() -> Actor {
    actor("operator@11990000MB9999017Y")
}

async fn register_desk(registry: &Registry) {
    let contact = Contact {
        name: "甲".into(),
        phone: "0999-1234567".into(),
        post: String::new(),
    };
    let desk = Unit {
        code: CreditCode::parse(DESK).unwrap(),
        kind: UnitKind::Desk,
        name: "示例市政务服务大厅".into(),
        region: RegionCode::parse("990100").unwrap(),
        region_name: "示例市".into(),
        contacts: Contacts {
            responsible: contact.clone(),
            business: contact.clone(),
            technical: contact,
        },
    };
    let centre = crate::testing::unit(crate::testing::CENTRE, UnitKind::Centre);
    for unit in [centre, desk] {
        let units = registry.units();
        units
            .register(unit, &operator(), story_time())
            .await
            .unwrap();
    }
}

fn officer(account: &str) -> Person {
    Person {
        actor: actor(&format!("{account}@{DESK}")),
        kind: UnitKind::Desk,
        roles: Roles::parse(["desk_officer"], UnitKind::Desk).unwrap(),
        ended: None,
    }
}

fn key(byte: u8) -> EnrolledKey {
    EnrolledKey {
        key: KeyDigest([byte; 32]),
        serial: format!("{byte:02x}"),
        not_after: story_time() + SignedDuration::from_hours(24),
        ended: None,
    }
}

#[test]
fn a_key_is_its_person_until_one_of_them_ends() {
    on_both(|registry| async move {
        register_desk(&registry).await;
        let (persons, now, by) = (registry.persons(), story_time(), operator());
        let wei = officer("wei");
        persons.register(&wei, &by, now).await.unwrap();
        for n in [1, 2] {
            let kept = persons.enrol(&wei.actor, wei.kind, &key(n), &by, now).await;
            kept.unwrap();
        }
        let found = persons.subject(KeyDigest([1; 32]), now).await.unwrap();
        let found = found.expect("an enrolled key");
        assert_eq!(found.actor(), &wei.actor);
        assert!(found.roles().any_of(&[Role::DeskOfficer]));
        assert!(!found.administers(&wei.actor.unit, UnitKind::Desk));

        // lost: this key alone
        let lost = persons.end_key(KeyDigest([1; 32]), "lost", &by, now).await;
        lost.unwrap();
        assert_eq!(
            persons.subject(KeyDigest([1; 32]), now).await.unwrap(),
            None
        );
        assert!(
            persons
                .subject(KeyDigest([2; 32]), now)
                .await
                .unwrap()
                .is_some()
        );

        // at the end of its X.509 without anybody's doing
        let later = now + SignedDuration::from_hours(24);
        assert_eq!(
            persons.subject(KeyDigest([2; 32]), later).await.unwrap(),
            None
        );

        // with the person: every key
        persons.end(&wei.actor, wei.kind, &by, now).await.unwrap();
        assert_eq!(
            persons.subject(KeyDigest([2; 32]), now).await.unwrap(),
            None
        );
        let keys = persons.keys(&wei.actor, wei.kind).await.unwrap();
        assert!(keys.iter().all(|key| key.ended.is_some()), "{keys:?}");
        assert_eq!(
            persons
                .list(&wei.actor.unit, UnitKind::Desk)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn what_cannot_be_enrolled_says_why() {
    on_both(|registry| async move {
        let (persons, now, by) = (registry.persons(), story_time(), operator());
        let wei = officer("wei");
        let refused = persons.register(&wei, &by, now).await.unwrap_err();
        assert_eq!(refused.code(), "unknown_unit");
        register_desk(&registry).await;
        let refused = persons.enrol(&wei.actor, wei.kind, &key(1), &by, now).await;
        assert_eq!(refused.unwrap_err().code(), "unknown_person");
        persons.register(&wei, &by, now).await.unwrap();
        let kept = persons.enrol(&wei.actor, wei.kind, &key(1), &by, now).await;
        kept.unwrap();
        persons.register(&officer("lin"), &by, now).await.unwrap();
        let lin = actor(&format!("lin@{DESK}"));
        let refused = persons.enrol(&lin, UnitKind::Desk, &key(1), &by, now).await;
        assert_eq!(refused.unwrap_err().code(), "key_enrolled");
        let refused = persons.end_key(KeyDigest([9; 32]), "lost", &by, now).await;
        assert_eq!(refused.unwrap_err().code(), "unknown_key");
        // one organisation as another kind of unit is another person
        let refused = persons.end(&wei.actor, UnitKind::Agency, &by, now).await;
        assert_eq!(refused.unwrap_err().code(), "unknown_person");
    });
}

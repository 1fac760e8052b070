//! Stories: what may follow a signature, what the reader refuses, and that no bytes make it panic or run away.

use proptest::prelude::*;

use super::read;
use super::testing::*;
use crate::budget::{Budgets, Meter};
use crate::report::Rulebook::{self, Foreign, Issued};

#[track_caller]
fn check(builder: &Builder, rulebook: Rulebook, expect: &[&str]) {
    assert_eq!(refusals(&builder.clone().build(), rulebook), expect);
}

/// A sealed document with more in its catalog, its seal's dictionary, its fields.
fn sealed_with(catalog_entries: &str, seal_entries: &str, fields: &[(u32, &str)]) -> Builder {
    sealed_beside(catalog_entries, seal_entries, fields, &[])
}

/// The same with objects that are no fields.
fn sealed_beside(
    catalog_entries: &str,
    seal_entries: &str,
    fields: &[(u32, &str)],
    others: &[(u32, &str)],
) -> Builder {
    let list: String = fields
        .iter()
        .map(|(number, _)| format!(" {number} 0 R"))
        .collect();
    let mut builder = unsigned_with(&catalog(catalog_entries), FIELD)
        .without(7)
        .without(8)
        .object(7, &format!("[5 0 R{list}]"))
        .object(8, &format!("[5 0 R{list}]"));
    for (number, body) in fields.iter().chain(others) {
        builder = builder.object(*number, body);
    }
    builder
        .object(6, &signature("ETSI.CAdES.detached", seal_entries))
        .revision()
}

/// A signature dictionary's entries that certify at a level.
fn certifies(level: u8) -> String {
    format!(
        "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P {level} /V /1.2 >> >>]"
    )
}

const TEXT_FIELD: &str =
    "<< /FT /Tx /T (name) /Type /Annot /Subtype /Widget /Rect [0 0 1 1] /P 3 0 R >>";
const EMPTY_FIELD: &str =
    "<< /FT /Sig /T (next) /Type /Annot /Subtype /Widget /Rect [0 0 1 1] /P 3 0 R >>";

fn filled(field: &str, value: &str) -> String {
    field.replace(" >>", &format!(" /V {value} >>"))
}

fn with_second_signature(builder: Builder) -> Builder {
    builder
        .object(7, "[5 0 R 30 0 R]")
        .object(8, "[5 0 R 30 0 R]")
        .object(30, &filled(EMPTY_FIELD, "31 0 R"))
        .object(31, &signature("ETSI.CAdES.detached", ""))
        .revision()
}

#[test]
fn evidence_may_follow_a_seal() {
    for rulebook in [Issued, Foreign] {
        check(&sealed(), rulebook, &[]);
        check(&with_dss(sealed()), rulebook, &[]);
        check(&with_time_stamp(sealed()), rulebook, &[]);
        check(&with_time_stamp(with_dss(sealed())), rulebook, &[]);
    }
    for level in 1..=3 {
        let certified = sealed_with("", &certifies(level), &[]);
        check(&with_time_stamp(with_dss(certified)), Foreign, &[]);
    }
}

#[test]
fn a_second_signature_needs_leave() {
    check(&with_second_signature(sealed()), Foreign, &[]);
    check(
        &with_second_signature(sealed_with("", &certifies(2), &[])),
        Foreign,
        &[],
    );
    check(
        &with_second_signature(sealed_with("", &certifies(1), &[])),
        Foreign,
        &["change.form"],
    );
    check(
        &with_second_signature(sealed()),
        Issued,
        &["change.form", "dictionary.single_seal"],
    );
}

#[test]
fn fields_that_stand_may_be_filled_where_the_level_allows() {
    let fill = |seal: &str| {
        sealed_with("", seal, &[(10, TEXT_FIELD)])
            .object(10, &filled(TEXT_FIELD, "(x)"))
            .revision()
    };
    check(&fill(""), Foreign, &[]);
    check(&fill(&certifies(2)), Foreign, &[]);
    check(&fill(&certifies(1)), Foreign, &["change.field"]);
    check(&fill(""), Issued, &["change.addition", "change.field"]);
    let lock = |action: &str| {
        format!(
            "/Reference [<< /TransformMethod /FieldMDP /TransformParams << /Action {action} /Fields [(name)] >> >>]"
        )
    };
    check(&fill(&lock("/Exclude")), Foreign, &[]);
    check(&fill(&lock("/Include")), Foreign, &["change.field"]);
    check(&fill(&lock("/All")), Foreign, &["change.field"]);
}

#[test]
fn an_empty_signature_field_takes_one_new_signature() {
    let base = || sealed_with("", "", &[(10, EMPTY_FIELD)]);
    let sign = |builder: Builder, value: u32| {
        builder.object(10, &filled(EMPTY_FIELD, &format!("{value} 0 R")))
    };
    let seal = signature("ETSI.CAdES.detached", "");
    check(&sign(base(), 11).object(11, &seal).revision(), Foreign, &[]);
    check(&sign(base(), 6).revision(), Foreign, &["change.field"]);
    let signed_twice = sign(sign(base(), 11).object(11, &seal).revision(), 12)
        .object(12, &seal)
        .revision();
    check(&signed_twice, Foreign, &["change.field", "change.object"]);
}

#[test]
fn what_shows_a_field_changes_only_with_its_value() {
    let field =
        "<< /FT /Tx /T (name) /Type /Annot /Subtype /Widget /Rect [0 0 1 1] /AP << /N 11 0 R >> >>";
    let appearance = |text: &str| format!("<< /Length 3 >>\nstream\n{text}\nendstream");
    let (old, new) = (appearance("old"), appearance("new"));
    let base = sealed_beside("", "", &[(10, field)], &[(11, &old)]).object(11, &new);
    check(&base.clone().revision(), Foreign, &["change.object"]);
    check(
        &base.object(10, &filled(field, "(x)")).revision(),
        Foreign,
        &[],
    );
    // The page shows the same object: that path is not excused.
    let shown = unsigned()
        .without(3)
        .without(7)
        .without(8)
        .object(7, "[5 0 R 10 0 R]")
        .object(8, "[5 0 R 10 0 R]");
    let shown = shown
        .object(3, &PAGE.replace("9 0 R", "11 0 R"))
        .object(10, field)
        .object(11, &old);
    let shown = shown
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .revision();
    let swapped = shown
        .object(11, &new)
        .object(10, &filled(field, "(x)"))
        .revision();
    check(&swapped, Foreign, &["change.object"]);
}

#[test]
fn annotations_come_and_go_at_level_three_only() {
    let note = "<< /Type /Annot /Subtype /Text /Rect [0 0 1 1] /Contents (x) >>";
    let annotate = |seal: &str| {
        sealed_with("", seal, &[])
            .object(7, "[5 0 R 40 0 R]")
            .object(40, note)
            .revision()
    };
    check(&annotate(&certifies(3)), Foreign, &[]);
    check(&annotate(&certifies(2)), Foreign, &["change.annotation"]);
    check(&annotate(""), Foreign, &["change.annotation"]);
    check(
        &annotate(&certifies(3)),
        Issued,
        &["change.addition", "change.annotation"],
    );
    let widget = note.replace("Text", "Widget");
    let smuggled = sealed_with("", &certifies(3), &[])
        .object(7, "[5 0 R 40 0 R]")
        .object(40, &widget)
        .revision();
    check(&smuggled, Foreign, &["change.annotation"]);
    let removed = sealed_with("", &certifies(3), &[])
        .object(7, "[]")
        .revision();
    check(&removed, Foreign, &["change.annotation"]);
}

#[test]
fn nothing_else_may_change() {
    let story = |change: fn(Builder) -> Builder, expect: &[&str]| {
        check(&change(sealed()).revision(), Foreign, expect)
    };
    const CONTENT: &str = "<< /Length 4 >>\nstream\nQ  q\nendstream";
    story(
        |b| b.object(9, "<< /Length 4 >>\nstream\nQ  q\nendstream"),
        &["change.object"],
    );
    story(
        |b| b.object(9, "<< /Length 4 >>\nstream\nq  Q\nendstream"),
        &[],
    );
    story(
        |b| b.object(2, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"),
        &["change.object", "change.page"],
    );
    story(
        |b| b.object(3, &PAGE.replace("[0 0 9 9]", "[0 0 8 8]")),
        &["change.object"],
    );
    story(
        |b| {
            b.object(3, &PAGE.replace("9 0 R", "50 0 R"))
                .object(50, "<< /Length 0 >>\nstream\n\nendstream")
        },
        &["change.object"],
    );
    story(
        |b| b.object(1, &catalog("/OpenAction [3 0 R /Fit]")),
        &["change.catalog"],
    );
    story(
        |b| {
            b.object(1, &catalog("").replace("2 0 R", "51 0 R"))
                .object(51, "<< /Type /Pages /Kids [] /Count 0 >>")
        },
        &["change.page"],
    );
    story(
        |b| b.object(1, "<< /Type /Catalog /Pages 2 0 R >>"),
        &["change.form", "dictionary.reached"],
    );
    story(
        |b| b.object(4, "<< /Fields [] /SigFlags 3 >>"),
        &["change.form", "dictionary.reached"],
    );
    story(
        |b| b.object(4, "<< /Fields 8 0 R /SigFlags 1 >>"),
        &["change.form"],
    );
    story(
        |b| b.object(5, &FIELD.replace("[0 0 1 1]", "[0 0 9 9]")),
        &["change.object"],
    );
    story(
        |b| {
            b.object(5, FIELD)
                .object(6, &signature("ETSI.CAdES.detached", ""))
        },
        &["change.object", "dictionary.reached"],
    );
    story(|b| b.object(60, CONTENT), &[]);
    check(
        &sealed().object(60, CONTENT).revision(),
        Issued,
        &["change.addition"],
    );
    check(
        &with_dss(sealed()).object(20, "<< /Type /DSS >>").revision(),
        Issued,
        &["change.addition"],
    );
    check(&sealed().revision(), Foreign, &[]);
}

#[test]
fn an_object_must_be_excused_along_every_path() {
    let base = |catalog: &str| {
        unsigned_with(catalog, FIELD)
            .object(50, "<< >>")
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision()
            .object(50, "<< /X 1 >>")
            .revision()
    };
    check(&base(&catalog("/Extensions 50 0 R")), Foreign, &[]);
    check(&base(&catalog("/DSS 50 0 R")), Foreign, &[]);
    check(
        &base(&catalog("/DSS 50 0 R /PieceInfo << /A 50 0 R >>")),
        Foreign,
        &["change.object"],
    );
    check(
        &base(&catalog("/Metadata 50 0 R /PieceInfo << /A [[50 0 R]] >>")),
        Foreign,
        &["change.object"],
    );
    // A reference into nothing must stay one.
    let dangling = unsigned_with(&catalog("/PieceInfo 51 0 R"), FIELD)
        .object(6, &signature("ETSI.CAdES.detached", ""))
        .revision()
        .object(51, "<< >>")
        .revision();
    check(&dangling, Foreign, &["change.object"]);
}

#[test]
fn a_time_stamp_that_shows_something_is_refused_in_what_we_issued() {
    let stamp = |widget: &str| {
        sealed()
            .object(7, "[5 0 R 30 0 R]")
            .object(8, "[5 0 R 30 0 R]")
            .object(
                30,
                &format!("<< /FT /Sig /T (time) /Subtype /Widget /V 31 0 R {widget} >>"),
            )
            .object(31, &signature("ETSI.RFC3161", ""))
            .revision()
    };
    check(&stamp("/Rect [0 0 0 0]"), Issued, &[]);
    check(&stamp("/Rect [0 0 0.0 0]"), Issued, &[]);
    check(&stamp("/Rect [0 0 1 1]"), Issued, &["change.form"]);
    check(&stamp("/Rect [0 0 1 1]"), Foreign, &[]);
    check(
        &stamp("/Rect [0 0 0 0] /A << /S /URI >>"),
        Foreign,
        &["change.form"],
    );
}

#[test]
fn only_whole_and_honest_chains_are_read() {
    let refuse = |bytes: &[u8], expect: &str| assert_eq!(refusals(bytes, Foreign), [expect]);
    refuse(b"", "revision.malformed");
    refuse(b"%PDF-1.7\n", "revision.malformed");
    refuse(b"%PDF-1.7\nstartxref\n0\n%%EOF", "revision.malformed");
    let good = sealed().build();
    let replace = |from: &str, to: &str| {
        let at = memchr::memmem::rfind(&good, from.as_bytes()).unwrap();
        [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
    };
    refuse(&replace("trailer", "trailor"), "revision.malformed");
    refuse(&replace("00000 n \n", "00000 n\n"), "revision.malformed");
    refuse(&replace("%%EOF", "%EOF"), "revision.malformed");
    refuse(&replace("/Size 10", "/Size 9"), "revision.malformed");
    refuse(&replace("/Root 1 0 R", "/Root null"), "revision.malformed");
    let loop_back = replace("/Root 1 0 R", "/Root 1 0 R /Prev 99999");
    refuse(&loop_back, "revision.malformed");
}

#[test]
fn a_line_that_leads_past_its_revision_leads_nowhere() {
    // The seal's own section lists object 50 where a later revision will write it.
    let open = |at: usize| {
        unsigned_with(&catalog("/PieceInfo 50 0 R"), FIELD)
            .line(50, at)
            .object(6, &signature("ETSI.CAdES.detached", ""))
            .revision()
    };
    let end = open(0).len();
    let filled = open(end).object(50, "<< /X 1 >>").revision();
    let refused = refusals(&filled.build(), Foreign);
    assert!(refused.contains(&"revision.xref_target"), "{refused:?}");
}

#[test]
fn a_file_without_signature_still_has_revision_ends() {
    let one = Builder::new().object(1, "<< /Type /Catalog >>").revision();
    let two = one.clone().object(2, "1").revision();
    let bytes = two.build();
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let pdf = read(&bytes, &mut meter).unwrap();
    assert!(!pdf.is_signed());
    let ends = pdf.revision_ends();
    let lengths: Vec<u64> = ends.iter().map(|end| end.length).collect();
    assert_eq!(lengths, [one.len() as u64, bytes.len() as u64]);
    for end in ends {
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes[..end.length as usize]);
        assert_eq!(digest.as_ref(), end.sha256);
    }
}

/// Reads and checks everything under both rulebooks; only to see that it returns.
fn exercise(bytes: &[u8]) {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let Ok(pdf) = read(bytes, &mut meter) else {
        return;
    };
    for site in pdf.sites() {
        for rulebook in [Issued, Foreign] {
            let _ = pdf.check(rulebook, site, &mut meter);
        }
    }
    let _ = pdf.claimed_identifier(&mut meter);
    let _ = pdf.revision_ends();
}

fn passes(bytes: &[u8]) -> bool {
    let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
    let Ok(pdf) = read(bytes, &mut meter) else {
        return false;
    };
    let [site] = pdf.sites() else { return false };
    let findings = pdf.check(Issued, site, &mut meter);
    findings
        .iter()
        .all(|finding| finding.severity < crate::report::Severity::NotRun)
}

/// What no digest covers is the gap; what no rule covers must be covered by the digest.
#[test]
fn no_byte_outside_the_digest_can_change() {
    let good = sealed().build();
    let mut meter = Meter::new(&Budgets::default(), good.len()).unwrap();
    let covered = read(&good, &mut meter).unwrap().sites()[0]
        .covered
        .clone()
        .unwrap();
    let signed = |bytes: &[u8]| {
        let mut meter = Meter::new(&Budgets::default(), bytes.len()).unwrap();
        let pdf = read(bytes, &mut meter).ok()?;
        let [first, second] = pdf.sites().first()?.covered.clone()?;
        Some((
            bytes[first].to_vec(),
            bytes[second].to_vec(),
            pdf.sites()[0].cms.clone(),
        ))
    };
    let original = signed(&good);
    let check = |changed: Vec<u8>, what: String| {
        assert!(!passes(&changed) || signed(&changed) != original, "{what}");
    };
    assert!(passes(&good));
    let gap = covered[0].end..covered[1].start;
    for at in gap.start - 2..=gap.end + 2 {
        for bit in 0..8 {
            let mut changed = good.clone();
            changed[at] ^= 1 << bit;
            check(changed, format!("bit {bit} of byte {at}"));
        }
        let mut changed = good.clone();
        changed.remove(at);
        check(changed, format!("byte {at} deleted"));
    }
    for at in (gap.start - 2..=gap.end + 2).chain([good.len()]) {
        for byte in [0x00, 0x0a, 0x20, 0x30, 0xff] {
            let mut changed = good.clone();
            changed.insert(at, byte);
            check(changed, format!("{byte:02x} inserted at {at}"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn random_bytes_are_only_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise(&bytes);
        let framed = [b"%PDF-1.7\n".as_slice(), &bytes, b"\nstartxref\n9\n%%EOF\n"].concat();
        exercise(&framed);
    }

    #[test]
    fn mutated_files_are_only_refused(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..12),
    ) {
        let mut bytes = with_time_stamp(with_dss(with_second_signature(sealed()))).build();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        exercise(&bytes);
    }

    #[test]
    fn swapped_numbers_are_only_refused(
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), 0..100_000u32), 1..6),
    ) {
        let text = String::from_utf8_lossy(&with_time_stamp(with_dss(sealed())).build()).into_owned();
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        for (at, number) in swaps {
            let at = at.index(words.len());
            words[at] = number.to_string();
        }
        exercise(words.join(" ").as_bytes());
    }
}

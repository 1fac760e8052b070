//! A sealed file taken apart and put together in another way: objects, cross-reference lines, trailers and ends of
//! revisions dropped, doubled or exchanged, and words within them; the offsets are made to fit again or left to lie.
//! Whatever comes of it is examined without a panic, and passes only if it starts with the bytes that were sealed.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{CENTRE, SOMEBODY, Signer, changes, sealed};
use crate::report::Indication;

/// One thing done to the pieces; positions count modulo what there is.
#[derive(Clone, Debug)]
enum Edit {
    Drop(usize),
    Double { from: usize, to: usize },
    Exchange(usize, usize),
    DropWord(usize, usize),
    DoubleWord(usize, usize),
    ExchangeWords(usize, usize, usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    let at = || 0..64usize;
    prop_oneof![
        at().prop_map(Edit::Drop),
        (at(), at()).prop_map(|(from, to)| Edit::Double { from, to }),
        (at(), at()).prop_map(|(one, other)| Edit::Exchange(one, other)),
        (at(), at()).prop_map(|(piece, word)| Edit::DropWord(piece, word)),
        (at(), at()).prop_map(|(piece, word)| Edit::DoubleWord(piece, word)),
        (at(), at(), at()).prop_map(|(piece, one, other)| Edit::ExchangeWords(piece, one, other)),
    ]
}

/// A part of the file that stays together, and where it stood.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    stood_at: usize,
}

/// Objects, sections, their lines, trailers, `startxref` … `%%EOF`.
fn pieces(file: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in file.split_inclusive('\n') {
        at += line.len();
        let is_xref_line = line.ends_with(" n \n");
        let ends = ["endobj\n", "%%EOF\n", "xref\n"].contains(&line)
            || is_xref_line
            || line.starts_with("%PDF")
            || line.ends_with(">>\n") && file[start..at].starts_with("trailer");
        if ends {
            let text = file[start..at].to_owned();
            pieces.push(Piece {
                text,
                stood_at: start,
            });
            start = at;
        }
    }
    pieces
}

fn edit(pieces: &mut Vec<Piece>, edit: &Edit) {
    let count = pieces.len();
    if count == 0 {
        return;
    }
    match *edit {
        Edit::Drop(at) => drop(pieces.remove(at % count)),
        Edit::Double { from, to } => pieces.insert(to % count, pieces[from % count].clone()),
        Edit::Exchange(one, other) => pieces.swap(one % count, other % count),
        Edit::DropWord(piece, at) => words(&mut pieces[piece % count], |words| {
            drop(words.remove(at % words.len()));
        }),
        Edit::DoubleWord(piece, at) => words(&mut pieces[piece % count], |words| {
            let at = at % words.len();
            words.insert(at, words[at].clone());
        }),
        Edit::ExchangeWords(piece, one, other) => words(&mut pieces[piece % count], |words| {
            let count = words.len();
            words.swap(one % count, other % count);
        }),
    }
}

fn words(piece: &mut Piece, edit: impl FnOnce(&mut Vec<String>)) {
    let mut words: Vec<String> = piece.text.split_inclusive(' ').map(str::to_owned).collect();
    if !words.is_empty() {
        edit(&mut words);
    }
    piece.text = words.concat();
}

/// The pieces as a file; with `fitting`, every offset leads to where its target stands now, as far as it stands.
fn joined(pieces: &[Piece], fitting: bool) -> Vec<u8> {
    let mut texts: Vec<String> = pieces.iter().map(|piece| piece.text.clone()).collect();
    // An offset that fits can move what follows it, so they are fitted until nothing moves.
    for _ in 0..if fitting { 3 } else { 0 } {
        let mut moved = HashMap::new();
        let mut at = 0;
        for (piece, text) in pieces.iter().zip(&texts) {
            moved.entry(piece.stood_at).or_insert(at);
            at += text.len();
        }
        texts = pieces
            .iter()
            .map(|piece| fitted(&piece.text, &moved))
            .collect();
    }
    texts.concat().into_bytes()
}

/// A piece with the one offset in it, if there is one, made to fit.
fn fitted(text: &str, moved: &HashMap<usize, usize>) -> String {
    let before = ["startxref\n", "/Prev "]
        .iter()
        .find_map(|word| Some(text.find(word)? + word.len()));
    let line = text
        .ends_with(" n \n")
        .then(|| text.len().checked_sub(20))
        .flatten();
    let Some((head, rest)) = before.or(line).and_then(|at| text.split_at_checked(at)) else {
        return text.to_owned();
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let stands = rest[..digits]
        .parse()
        .ok()
        .and_then(|stood: usize| moved.get(&stood));
    match stands {
        Some(now) if line.is_some() => format!("{head}{now:010}{}", &rest[digits..]),
        Some(now) => format!("{head}{now}{}", &rest[digits..]),
        None => text.to_owned(),
    }
}

/// The signed file, and how many bytes of it the seal covers from end to end.
fn samples(signer: &Signer) -> [(String, usize); 3] {
    let sealed_alone = sealed();
    let length = sealed_alone.len();
    let files = [
        sealed_alone,
        changes::with_dss(sealed(), ""),
        changes::with_time_stamp(sealed(), &changes::Stamp::default()),
    ];
    files.map(|open| {
        // The comment of high bytes after the header would be no text; it is covered like everything else.
        let text = String::from_utf8(signer.sign(open)).expect("UTF-8");
        (text, length)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_passes_starts_with_what_was_sealed(
        edits in prop::collection::vec(edits(), 1..5),
        which in 0..3usize,
        foreign: bool,
        fitting: bool,
    ) {
        let signer: &Signer = if foreign { &SOMEBODY } else { &CENTRE };
        let (text, length) = &samples(signer)[which];
        let mut parts = pieces(text);
        prop_assert_eq!(joined(&parts, true), text.as_bytes());
        edits.iter().for_each(|one| edit(&mut parts, one));
        let file = joined(&parts, fitting);
        let report = signer.examine(&file);
        if report.indication == Some(Indication::TotalPassed) {
            let sealed = &text.as_bytes()[..*length];
            prop_assert!(file.starts_with(sealed), "{:?} passes", edits);
        }
    }
}

//! What a template may say, and the words a person gets for what it may not.

use super::*;

fn whole(element: &str) -> String {
    format!(
        "version = 1\n[[page]]\nsize = \"A4\"\n[[page.element]]\nkind = \"seal\"\ncentre = [150, 240]\ndiameter = 42\n{element}"
    )
}

fn check(toml: &str, expect: &str) {
    let said = match Template::parse(toml, Assets::new()) {
        Ok(_) => "understood".to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(
        said.contains(expect),
        "{toml}\nsaid: {said}\nexpected: {expect}"
    );
}

fn element(element: &str, expect: &str) {
    check(&whole(&format!("[[page.element]]\n{element}")), expect);
}

#[test]
fn files_and_pages() {
    check(&whole(""), "understood");
    check(
        "version = 2\npage = []",
        "key `version`: version 2 is not known",
    );
    check("version = 1\npage = []", "key `page`: one to 50 pages");
    check("version = 1\nbogus = 1\npage = []", "unknown field `bogus`");
    check(
        "version = 1\n[[page]]\nsize = \"B9\"",
        "page 1, key `size`: `B9` is not known",
    );
    check("version = 1\n[[page]]\nsize = [5, 5]", "sides of 10 to");
    check(
        "version = 1\n[[page]]\nsize = \"card\"\nlandscape = true",
        "no seal",
    );
    check(
        "version = 1\n[[page]]\nsize = \"A4\"\nbackground = \"a.svg\"",
        "the file `a.svg` is not beside",
    );
}

#[test]
fn values_are_shown_a_bounded_number_of_times() {
    let text = |times: usize| {
        let shown = "{a}".repeat(times);
        whole(&format!(
            "[[page.element]]\nkind = \"text\"\ntext = \"{shown}\"\nbox = [10, 10, 50, 8]"
        ))
    };
    check(&text(1000), "understood");
    check(&text(1001), "shows 1001 values; at most 1000");
}

#[test]
fn elements() {
    element(
        "kind = \"text\"\ntext = \"{name}\"\nbox = [10, 10, 50, 8]",
        "understood",
    );
    element(
        "kind = \"text\"\ntext = \"a\"\nbox = [10, 10, 50, 8]\ncolr = \"#000000\"",
        "element 2 (text): unknown field `colr`",
    );
    element(
        "kind = \"text\"\nbox = [10, 10, 50, 8]",
        "missing field `text`",
    );
    element(
        "kind = \"text\"\ntext = \"{name\"\nbox = [10, 10, 50, 8]",
        "key `text`: a `{` without `}`",
    );
    element(
        "kind = \"text\"\ntext = \"{cert.nme}\"\nbox = [10, 10, 50, 8]",
        "cert. goes with number,",
    );
    element(
        "kind = \"text\"\ntext = \"a\"\nbox = [10, 10, 0, 8]",
        "key `box`: 0 is not between",
    );
    element(
        "kind = \"text\"\ntext = \"a\"\nbox = [1, 1, 5, 5]\ncolour = \"red\"",
        "`red` is not a colour",
    );
    element(
        "kind = \"text\"\ntext = \"a\"\nbox = [nan, 1, 5, 5]",
        "not a place on a page",
    );
    element(
        "kind = \"date\"\nfield = \"birth\"\nformat = \"yy年\"\nbox = [1, 1, 5, 5]",
        "key `format`: `yy` in the date pattern",
    );
    element(
        "kind = \"date\"\nfield = \"cert.issued\"\nformat = \"chinese\"\nbox = [1, 1, 5, 5]",
        "understood",
    );
    element("kind = \"qr\"\nat = [10, 10]\nside = 25", "understood");
    element(
        "kind = \"code\"\nbox = [10, 40, 25, 5]\nsize = 8",
        "understood",
    );
    element(
        "kind = \"image\"\nfield = \"photo\"\nbox = [10, 10, 25, 35]\nframe = \"#999999\"",
        "understood",
    );
    element(
        "kind = \"watermark\"\ntext = \"{copy.cause}\"\nstep = 60",
        "understood",
    );
    element(
        "kind = \"line\"\nfrom = [10, 10]\nto = [200, 10]",
        "understood",
    );
    element(
        "kind = \"rect\"\nbox = [10, 10, 25, 35]\nfill = \"#fafafa\"",
        "understood",
    );
    element(
        "kind = \"table\"\nbox = [20, 60, 170, 90]\nlabel_width = 28\nrows = [{ label = \"姓名\", value = \"{name}\" }]",
        "understood",
    );
    element(
        "kind = \"table\"\nbox = [20, 60, 20, 90]\nlabel_width = 28\nrows = []",
        "key `label_width`: wider than the box",
    );
    element(
        "kind = \"seal\"\ncentre = [1, 1]\ndiameter = 40",
        "element 2 (seal): a second seal",
    );
    element("kind = \"stamp\"", "key `kind`: `stamp` is not known");
    element("text = \"a\"", "key `kind`: every element says its kind");
}

#[test]
fn defaults_of_the_file_give_way_to_the_element() {
    let toml =
        whole("[[page.element]]\nkind = \"text\"\ntext = \"a\"\nbox = [1, 1, 9, 9]\nsize = 9")
            .replace(
                "version = 1",
                "version = 1\nstyle = { size = 14, bold = true }",
            );
    let template = Template::parse(&toml, Assets::new()).expect("understood");
    let ElementKind::Text(text) = &template.pages[0].elements[1].kind else {
        panic!("a text")
    };
    assert_eq!((text.style.size, text.style.bold), (9.0, true));
}

#[test]
fn patterns() {
    let literal = |text: &str| Pattern::parse(text).map(|p| p.literal().map(str::to_owned));
    assert_eq!(literal("a{{b}}c"), Ok(Some("a{b}c".to_owned())));
    assert_eq!(literal(""), Ok(Some(String::new())));
    assert_eq!(literal("{a}"), Ok(None));
    assert!(Pattern::parse("}").is_err());
    assert!(Pattern::parse("{}").is_err());
    assert!(Pattern::parse("{a b}").is_err());
    let pattern = Pattern::parse("自{from}至{ to :yyyy-MM-dd}").expect("a pattern");
    assert_eq!(pattern.fields().collect::<Vec<_>>(), ["from", "to"]);
    assert_eq!(pattern.literals().collect::<String>(), "自至");
}

#[test]
fn dates() {
    let write = |pattern: &str, date: jiff::civil::Date| {
        let mut out = String::new();
        DatePattern::parse(pattern)
            .expect("a pattern")
            .write(date, &mut out);
        out
    };
    let day = jiff::civil::date(2026, 1, 22);
    assert_eq!(write("yyyy年M月d日", day), "2026年1月22日");
    assert_eq!(write("yyyy.MM.dd", day), "2026.01.22");
    assert_eq!(write("chinese", day), "二〇二六年一月二十二日");
    assert_eq!(
        write("chinese", jiff::civil::date(2030, 10, 11)),
        "二〇三〇年十月十一日"
    );
    assert_eq!(
        write("chinese", jiff::civil::date(1999, 12, 30)),
        "一九九九年十二月三十日"
    );
    assert!(DatePattern::parse("年").is_err());
    assert!(DatePattern::parse("yyyyMMddHH").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}", toml in "[a-z\\[\\]\"={}. \n0-9]{0,120}") {
        let _ = Pattern::parse(&text);
        let _ = DatePattern::parse(&text);
        let _ = Template::parse(&toml, Assets::new());
        let _ = Template::parse(&whole(&toml), Assets::new());
    }
}

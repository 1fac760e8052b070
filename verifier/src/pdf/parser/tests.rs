use super::*;
use crate::budget::Budgets;

fn parse(input: &[u8]) -> Option<(Object<'_>, usize)> {
    let mut meter = Meter::new(&Budgets::default(), input.len()).unwrap();
    let mut parser = Parser::new(input, 0, &mut meter);
    let object = parser.object().ok()?;
    Some((object, parser.position))
}

#[test]
fn values_are_read_as_the_grammar_says() {
    let check = |input: &str, expect: &str| {
        let seen = parse(input.as_bytes()).map_or("refused".into(), |(object, _)| match object {
            Object::Dictionary(d) => format!("dictionary of {}", d.entries().len()),
            Object::Array(items) => format!("array of {}", items.len()),
            Object::Text(text) => {
                format!("text {:?}", String::from_utf8_lossy(&text.decode()))
            }
            Object::Name(name) => format!("name {}", String::from_utf8_lossy(&name)),
            Object::Real(raw) => format!("real {}", String::from_utf8_lossy(raw)),
            other => format!("{other:?}"),
        });
        assert_eq!(seen, expect, "{input}");
    };
    check("12", "Integer(12)");
    check("-7 ", "Integer(-7)");
    check("+7]", "Integer(7)");
    check("-.5", "real -.5");
    check("1.2.3", "refused");
    check("1e5", "refused");
    check("99999999999999999999", "refused");
    check("12 0 R", "Reference(Id { number: 12, generation: 0 })");
    check("12 0 Rx", "Integer(12)");
    check("[1 2 R 3 0 R]", "array of 2");
    check("[1 0 2 0 R]", "array of 3");
    check("[1%]\n2]", "array of 2");
    check("/A#42", "name AB");
    check("/A#4", "refused");
    check("/A#00B", "refused");
    check("/", "name ");
    check("(a(b)\\)c)", "text \"a(b))c\"");
    check("(a", "refused");
    check("<6 1>", "text \"a\"");
    check("<6x>", "refused");
    check("<</A 1/A 2>>", "dictionary of 2");
    check("<</A>>", "refused");
    check("<<1 2>>", "refused");
    check("true", "Boolean(true)");
    check("trueish", "refused");
    check("", "refused");
}

#[test]
fn nesting_ends_in_a_limit_not_in_the_stack() {
    for unit in ["[", "<</A "] {
        let input = unit.repeat(100_000);
        let mut meter = Meter::new(&Budgets::default(), input.len()).unwrap();
        let stop = Parser::new(input.as_bytes(), 0, &mut meter)
            .object()
            .unwrap_err();
        assert_eq!(crate::report::Finding::from(stop).code, "limit.exceeded");
    }
}

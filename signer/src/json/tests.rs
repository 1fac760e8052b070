//! The bytes of `certificate.json` are final: examples in docs/ hold them, the schema describes them.

use serde_json::Value as Json;

use super::*;
use crate::document::CopyNote;
use crate::layout::tests::approval;

const SCHEMA: &str = include_str!("../../../docs/certificate.schema.json");
const ORIGINAL: &str = include_str!("../../../docs/certificate.original.json");
const COPY: &str = include_str!("../../../docs/certificate.copy.json");

fn original() -> Document {
    let mut document = approval();
    document.fields.truncate(3);
    let more = |name: &str, label: &str, value, printed| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        value,
        printed,
    };
    let level = Value::Coded {
        code: "2".to_owned(),
        label: "重点管理".to_owned(),
    };
    let map = Value::Image {
        media: "image/png".to_owned(),
        bytes: Vec::new(),
        sha256: [0xab; 32],
    };
    document.fields.extend([
        more(
            "accepted",
            "受理日期",
            Value::Date(jiff::civil::date(2026, 11, 2)),
            true,
        ),
        more("level", "管理类别", level, true),
        more("map", "位置图", map, true),
        more(
            "phone",
            "联系电话",
            Value::Text("000-0000000".to_owned()),
            false,
        ),
    ]);
    document.status.idx = 4711;
    document
}

fn copy() -> Document {
    let mut document = original();
    document.kind = Kind::Copy(CopyNote {
        copy_id: *b"yinxin copy test",
        created: "2026-12-01T08:00:00Z".parse().expect("an instant"),
        creator: "滨河新区水务发展有限公司".to_owned(),
        cause: "申领排污许可证".to_owned(),
        expiring: "2027-02-28T15:59:59Z".parse().expect("an instant"),
        receiver: "滨河新区生态环境分局".to_owned(),
    });
    document.expiring = None;
    document.status.idx = 4712;
    document
}

fn check(document: &Document, example: &str) {
    let bytes = certificate_json(document).expect("plain data");
    assert_eq!(
        String::from_utf8(bytes).expect("UTF-8"),
        example.trim_end(),
        "byte for byte"
    );
    let schema: Json = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let json: Json = serde_json::from_str(example).expect("the example is JSON");
    assert_eq!(against(&schema, &json, "$"), Vec::<String>::new());
    for secret in [&document.printed_code, &document.verify_url, "000-0000000"] {
        assert!(!example.contains(secret), "{secret} stays outside");
    }
}

#[test]
fn an_original_is_as_documented() {
    check(&original(), ORIGINAL);
}

#[test]
fn a_copy_is_as_documented() {
    check(&copy(), COPY);
}

#[test]
fn a_holder_s_code_that_is_not_printed_stays_outside() {
    let schema: Json = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    for (printed, expect) in [(true, true), (false, false)] {
        let mut document = original();
        document.holders[0].code_printed = printed;
        let code = document.holders[0].code.clone();
        let bytes = certificate_json(&document).expect("plain data");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let xmp = crate::pdf::write_xmp(&document, "title", "producer");
        for file in [&text, &xmp] {
            assert_eq!(file.contains(&code), expect, "printed {printed}: {file}");
            assert_eq!(file.contains("certificateHolderCode"), expect);
            assert!(file.contains("certificateHolderName"));
        }
        let json: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(against(&schema, &json, "$"), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_it_should() {
    let schema: Json = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let changed = |example: &str, from: &str, to: &str| {
        assert!(example.contains(from), "{from}");
        let json = serde_json::from_str(&example.replace(from, to)).expect("JSON still");
        against(&schema, &json, "$")
    };
    for (from, to) in [
        ("\"version\":1", "\"version\":2"),
        ("\"original\"", "\"copy\""),
        ("\"long_term\":false", "\"long_term\":\"no\""),
        ("\"label\":\"标题\"", "\"lable\":\"标题\""),
        ("\"idx\":4711", "\"idx\":\"4711\""),
        ("\"kind\":\"date\"", "\"kind\":\"day\""),
        ("\"status\":", "\"state\":"),
    ] {
        assert_ne!(changed(ORIGINAL, from, to), Vec::<String>::new(), "{to}");
    }
    assert_ne!(
        changed(COPY, "\"copy\",", "\"original\","),
        Vec::<String>::new()
    );
}

/// The part of JSON Schema that ours uses.
fn against(schema: &Json, value: &Json, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |good: bool, what: &str| {
        if !good {
            wrong.push(format!("{at}: {what}"));
        }
    };
    if let Json::Bool(allowed) = schema {
        expect(*allowed, "not allowed here");
        return wrong;
    }
    if let Some(kind) = schema["type"].as_str() {
        let good = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64(),
            "boolean" => value.is_boolean(),
            other => panic!("type {other} is not in our schema"),
        };
        expect(good, kind);
    }
    if let Some(only) = schema.get("const") {
        expect(only == value, "const");
    }
    if let Some(some) = schema["enum"].as_array() {
        expect(some.contains(value), "enum");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        expect(
            value.get(name.as_str().expect("a name")).is_some(),
            &format!("{name} is missing"),
        );
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(property) => wrong.extend(against(property, inner, &format!("{at}.{name}"))),
            None if schema["additionalProperties"] == false => {
                wrong.push(format!("{at}: {name} is not known"));
            }
            None => {}
        }
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
        wrong.extend(items.iter().flat_map(|item| against(schema, item, at)));
    }
    if let Some(condition) = schema.get("if") {
        let branch = if against(condition, value, at).is_empty() {
            "then"
        } else {
            "else"
        };
        wrong.extend(against(&schema[branch], value, at));
    }
    wrong
}

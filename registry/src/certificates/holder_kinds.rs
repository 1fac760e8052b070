//! Codes of holder identity kinds (GB/T 36903, Annex A), as data.
//!
//! 001 and 111 are certain. The others are met as values; their names follow the customary list
//! of identity papers and are to be corrected here when the annex can be read.

use super::holder::KindCheck::{self, CitizenId, CreditCode, None as Nothing};

/// Code, name in Chinese, name in English, natural person, how the code is checked.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) bool,
    pub(super) KindCheck,
);

pub(super) static KINDS: &[Row] = &[
    Row(
        "001",
        "统一社会信用代码",
        "unified social credit code",
        false,
        CreditCode,
    ),
    Row(
        "099",
        "其他法人或组织代码",
        "other code of an organisation",
        false,
        Nothing,
    ),
    Row(
        "111",
        "公民身份号码",
        "citizen identity number",
        true,
        CitizenId,
    ),
    Row("114", "军官证", "military officer's card", true, Nothing),
    Row(
        "115",
        "警官证",
        "armed police officer's card",
        true,
        Nothing,
    ),
    Row("118", "其他证件（118）", "other paper (118)", true, Nothing),
    Row("119", "其他证件（119）", "other paper (119)", true, Nothing),
    Row("120", "其他证件（120）", "other paper (120)", true, Nothing),
    Row("122", "其他证件（122）", "other paper (122)", true, Nothing),
    Row("411", "外交护照", "diplomatic passport", true, Nothing),
    Row("412", "公务护照", "service passport", true, Nothing),
    Row(
        "413",
        "公务普通护照",
        "passport for public affairs",
        true,
        Nothing,
    ),
    Row("414", "普通护照", "passport", true, Nothing),
    Row(
        "511",
        "台湾居民来往大陆通行证",
        "travel permit for Taiwan residents",
        true,
        Nothing,
    ),
    Row(
        "516",
        "港澳居民来往内地通行证",
        "travel permit for Hong Kong and Macao residents",
        true,
        Nothing,
    ),
    Row(
        "999",
        "其他自然人证件号码",
        "other number of a natural person",
        true,
        Nothing,
    ),
];

//! People who do not exist, with numbers whose check digits are right.

use jiff::civil::Date;

use super::dice::{Dice, day_of};
use super::places::DISTRICTS;

const FAMILY: [&str; 40] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
    "袁", "邓", "许", "傅", "沈", "曾", "欧阳", "司徒",
];
const WOMEN: [&str; 20] = [
    "雨桐", "静怡", "梓涵", "思琪", "晓燕", "婉清", "佳宁", "若曦", "丽华", "秀兰", "芳", "敏",
    "琳", "诗瑶", "春梅", "雅雯", "玥", "慧君", "嘉怡", "语嫣",
];
const MEN: [&str; 20] = [
    "浩然", "子轩", "建国", "志强", "宇航", "俊杰", "明哲", "伟", "磊", "鹏飞", "文博", "国栋",
    "天佑", "海涛", "家豪", "永康", "喆", "思远", "立群", "一鸣",
];
/// Names with a middle dot or rare characters are people too.
const UNUSUAL: [(&str, &str); 4] = [
    ("阿依古丽·买买提", "维吾尔族"),
    ("巴特尔·孟和", "蒙古族"),
    ("卓玛央金", "藏族"),
    ("禤龘", "汉族"),
];
const PEOPLES: [&str; 8] = [
    "回族",
    "满族",
    "壮族",
    "苗族",
    "土家族",
    "彝族",
    "布依族",
    "侗族",
];

/// A made-up person.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) is_woman: bool,
    /// 民族
    pub(crate) ethnicity: &'static str,
    pub(crate) born: Date,
    /// Citizen ID (GB 11643-1999) in an invented region.
    pub(crate) id: String,
}

impl Person {
    /// Somebody born in the years from `first` up to, not including, `end`.
    pub(crate) fn born_in(dice: &mut Dice, first: u32, end: u32) -> Self {
        let is_woman = dice.one_in(2);
        Self::with(dice, is_woman, first, end)
    }

    /// The same for a given sex.
    pub(crate) fn with(dice: &mut Dice, is_woman: bool, first: u32, end: u32) -> Self {
        let slot = dice.between(0, SLOTS);
        Self::in_slot(dice, slot, is_woman, first, end)
    }

    /// The same for row `number`; two rows never have the same person.
    pub(crate) fn of_row(dice: &mut Dice, number: u64, first: u32, end: u32) -> Self {
        // The factor has no divisor in common with SLOTS, so this only shuffles.
        let slot = number * 389_171 % u64::from(SLOTS);
        let is_woman = dice.one_in(2);
        let person = Self::in_slot(dice, slot as u32, is_woman, first, end);
        if dice.one_in(40) {
            let (name, ethnicity) = dice.pick(&UNUSUAL);
            return Self {
                name: name.to_owned(),
                ethnicity,
                ..person
            };
        }
        person
    }

    fn in_slot(dice: &mut Dice, slot: u32, is_woman: bool, first: u32, end: u32) -> Self {
        let (order, slot) = (slot % 500, slot / 500);
        let (district, slot) = (slot % 4, slot / 4);
        let (day, month) = (slot % 28 + 1, slot / 28 + 1);
        let born = day_of(dice.between(first, end), month, day);
        let region = DISTRICTS[district as usize].code;
        let id = citizen_id(region, born, order * 2 + u32::from(!is_woman));
        let ethnicity = match dice.one_in(12) {
            true => dice.pick(&PEOPLES),
            false => "汉族",
        };
        Self {
            name: format!("{}{}", dice.pick(&FAMILY), given_name(dice, is_woman)),
            is_woman,
            ethnicity,
            born,
            id,
        }
    }
}

/// Citizen IDs that differ whatever the year: orders, districts, days and months.
const SLOTS: u32 = 500 * 4 * 28 * 12;

/// The name of a child: the father's family name, a given name of its own.
pub(crate) fn child_of(dice: &mut Dice, father: &Person, is_girl: bool) -> String {
    let family = FAMILY
        .iter()
        .find(|family| father.name.starts_with(*family));
    let family = family.unwrap_or(&FAMILY[0]);
    format!("{family}{}", given_name(dice, is_girl))
}

fn given_name(dice: &mut Dice, is_woman: bool) -> &'static str {
    dice.pick(if is_woman { &WOMEN } else { &MEN })
}

/// GB 11643-1999: region, birth date, order of the day (odd for men), check digit.
fn citizen_id(region: &str, born: Date, order: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (year, month, day) = (born.year(), born.month(), born.day());
    let body = format!("{region}{year:04}{month:02}{day:02}{order:03}");
    let sum: u32 = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = b"10X98765432"[sum as usize % 11];
    body + &char::from(check).to_string()
}

//! Rows as an agency would push them: one JSON object a certificate, keyed by the machine names of
//! the type's fields, with the agency's own `ref`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::companies::Company;
use super::dice::Dice;
use super::people::{Person, child_of};
use super::places::{CITY, DISTRICTS, Place};
use super::{Kind, portrait};

/// One row; values are text, and a picture is `{"base64": …}`. One that is missing is absent.
pub type Row = Map<String, Value>;

/// `count` rows of a type. The same seed and day give the same rows; issued in the year up to
/// `today`, so that none is of the future and each is still valid.
pub fn rows(kind: Kind, count: u64, seed: u64, today: Date) -> impl Iterator<Item = Row> {
    (1..=count).map(move |number| {
        let mut dice = Dice::new(seed, number * Kind::ALL.len() as u64 + kind as u64);
        let mut row = match kind {
            Kind::BusinessLicence => business_licence(&mut dice, number, today),
            Kind::ResidencePermit => residence_permit(&mut dice, number, today),
            Kind::BirthCertificate => birth_certificate(&mut dice, number, today),
            Kind::DisabilityCard => disability_card(&mut dice, number, today),
            Kind::Diploma => diploma(&mut dice, number, today),
            Kind::Approval => approval(&mut dice, number, today),
        };
        row.insert(
            "ref".to_owned(),
            Value::from(format!("{}-{:07}", kind.file_name(), number)),
        );
        row
    })
}

fn business_licence(dice: &mut Dice, number: u64, today: Date) -> Row {
    let company = Company::of_row(dice, number);
    let registered = recent(dice, today);
    let capital = ["伍拾", "壹佰", "贰佰", "伍佰", "壹仟", "叁仟", "伍仟"];
    row(json!({
        "credit_code": company.code,
        "registration_number": company.registration_number,
        "name": company.name,
        "company_type": dice.pick(&["1130", "1150", "1190"]),
        "legal_representative": company.head.name,
        "legal_representative_id": company.head.id,
        "capital": format!("{}万元人民币", dice.pick(&capital)),
        "founded": day(dice.day(2003, 2025)),
        "domicile": company.place.office(dice),
        "region_code": company.place.district.code,
        "region": format!("{CITY}{}", company.place.district.name),
        "industry": company.industry,
        "scope": company.scope,
        "registrar": format!("望澜市{}市场监督管理局", company.place.district.name),
        "registered": day(registered),
    }))
}

fn residence_permit(dice: &mut Dice, number: u64, today: Date) -> Row {
    let person = Person::of_row(dice, number, 1958, 2007);
    let place = Place::any(dice);
    let issued = recent(dice, today);
    let registered = issued.saturating_sub(i64::from(dice.between(3, 20)).days());
    let station = format!("{}派出所", place.town);
    let photo = portrait::portrait(dice, person.is_woman);
    let mut row = row(json!({
        "name": person.name,
        "id_kind": "111",
        "id_number": person.id,
        "sex": sex(&person),
        "ethnicity": person.ethnicity,
        "born": day(person.born),
        "household_address": Place::any(dice).home(dice),
        "permit_number": format!("{}{}{:08}", place.district.code, issued.year(), number % 100_000_000),
        "address": place.home(dice),
        "area": place.area(),
        "committee": format!("{}居民委员会", place.community),
        "police_station": station,
        "registrar": format!("望澜市公安局{}分局", place.district.name),
        "registrar_region": place.district.code,
        "registered": day(registered),
        "issued": day(issued),
    }));
    // A picture that cannot be drawn is left out; the registry then names the missing field.
    if let Ok(png) = photo {
        row.insert(
            "photo".to_owned(),
            json!({ "base64": STANDARD.encode(png) }),
        );
    }
    row
}

fn birth_certificate(dice: &mut Dice, number: u64, today: Date) -> Row {
    let mother = Person::with(dice, true, 1985, 2003);
    let father = Person::with(dice, false, 1982, 2002);
    let issued = recent(dice, today);
    let born = issued.saturating_sub(i64::from(dice.between(3, 30)).days());
    let is_girl = dice.one_in(2);
    // 1 健康或良好, 2 一般, 3 较弱
    let health = if dice.one_in(15) { "2" } else { "1" };
    let mut row = row(json!({
        "birth_number": format!("Z99{:07}", number % 10_000_000),
        "child_name": child_of(dice, &father, is_girl),
        "sex": if is_girl { "2" } else { "1" },
        "born": day(born),
        "birth_place": format!("{CITY}{}", dice.pick(&DISTRICTS).name),
        "weeks": (37 + dice.between(0, 5)).to_string(),
        "weight": (2600 + dice.between(0, 150) * 10).to_string(),
        "length": (47 + dice.between(0, 7)).to_string(),
        "health": health,
        "mother_name": mother.name,
        "mother_ethnicity": mother.ethnicity,
        "mother_id": mother.id,
        "issuer": dice.pick(&["望澜市妇幼保健院", "望澜市第一人民医院", "望澜市松湖医院"]),
        "issued": day(issued),
    }));
    if !dice.one_in(20) {
        row.insert("father_name".to_owned(), Value::from(father.name));
        row.insert("father_ethnicity".to_owned(), Value::from(father.ethnicity));
        row.insert("father_id".to_owned(), Value::from(father.id));
    }
    row
}

fn disability_card(dice: &mut Dice, number: u64, today: Date) -> Row {
    let person = Person::of_row(dice, number, 1945, 2016);
    let guardian = Person::born_in(dice, 1965, 1995);
    let place = Place::any(dice);
    let (category, grade) = (dice.between(1, 8), dice.between(1, 5));
    row(json!({
        // The number is the citizen ID, the category and the grade.
        "card_number": format!("{}{category}{grade}", person.id),
        "name": person.name,
        "id_number": person.id,
        "sex": sex(&person),
        "ethnicity": person.ethnicity,
        "born": day(person.born),
        "category": category.to_string(),
        "grade": grade.to_string(),
        "address": place.home(dice),
        "guardian_name": guardian.name,
        "guardian_id": guardian.id,
        "issuer": format!("望澜市{}残疾人联合会", place.district.name),
        "issuer_region": place.district.code,
        "issued": day(recent(dice, today)),
    }))
}

fn diploma(dice: &mut Dice, number: u64, today: Date) -> Row {
    let graduated = recent(dice, today);
    let (level, years) = dice.pick(&[("1", 3i16), ("2", 4), ("2", 4), ("3", 3)]);
    let enrolled = Date::new(graduated.year() - years, 9, 1).unwrap_or(graduated);
    let age = if level == "3" { 22 } else { 18 };
    let born = enrolled.year() as u32 - age;
    let person = Person::of_row(dice, number, born - 1, born + 1);
    row(json!({
        "diploma_number": format!("99901{}{level:0>2}{:06}", graduated.year(), number % 1_000_000),
        "student_number": format!("G{}", person.id),
        "name": person.name,
        "id_number": person.id,
        "sex": sex(&person),
        "born": day(person.born),
        "enrolled": day(enrolled),
        "graduated": day(graduated),
        "school": "望澜大学",
        "level": level,
        "years": years.to_string(),
        "major": dice.pick(&[
            "汉语言文学", "数学与应用数学", "计算机科学与技术", "土木工程", "护理学", "档案学",
            "信息资源管理", "农学", "法学", "水利水电工程",
        ]),
        "president": "沈怀瑾",
        "registrar": "澜江省教育考试与学籍中心",
        "registrar_region": "990000",
        "registered": day(graduated),
    }))
}

fn approval(dice: &mut Dice, number: u64, today: Date) -> Row {
    let company = Company::of_row(dice, number);
    let approved = recent(dice, today);
    let (item, subject) = dice.pick(&[
        ("建设工程规划许可", "综合楼建设工程规划"),
        ("取水许可", "地表取水"),
        ("城市绿化工程设计方案审批", "厂区绿化工程设计方案"),
        ("污水排入排水管网许可", "生产废水纳管排放"),
        ("公路建设项目施工许可", "连接线改扩建施工"),
    ]);
    let place = company.place.office(dice);
    let content = format!(
        "你单位报送的《{item}申请书》及有关材料收悉。经审查，申请材料齐全，符合法定形式，依据《中华\
         人民共和国行政许可法》第三十八条第一款的规定，现批复如下：\n一、准予你单位在{place}实施{subject}，\
         建设规模与内容以经审定的方案为准。\n二、请严格按照批准的内容和期限实施，落实安全、环保和节约\
         用地的各项要求，不得擅自变更；确需变更的，应当在变更前向本机关提出申请。\n三、项目实施过程中\
         应当接受{}有关部门的监督检查，完工后{}个工作日内提交实施情况报告。",
        company.place.district.name,
        dice.pick(&[10, 15, 20, 30]),
    );
    row(json!({
        "document_number": format!("望审批〔{}〕{}号", approved.year(), number),
        "title": format!("关于准予{}{subject}的批复", company.name),
        "item": item,
        "applicant": company.name,
        "applicant_code": company.code,
        "content": content,
        "approved": day(approved),
        "expiring": day(approved.saturating_add(i64::from(dice.between(2, 5)).years())),
    }))
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// A day in the eleven months before `today`.
fn recent(dice: &mut Dice, today: Date) -> Date {
    today.saturating_sub(i64::from(dice.between(1, 330)).days())
}

fn day(date: Date) -> String {
    date.to_string()
}

/// GB/T 2261.1: 1 男, 2 女.
fn sex(person: &Person) -> &'static str {
    if person.is_woman { "2" } else { "1" }
}

//! An invented province, city and its streets. No such place exists: the region codes begin with
//! 99, which no place has, so no number built on them can be anybody's.

use super::dice::Dice;

/// The city all of the demo lives in.
pub(crate) const CITY: &str = "澜江省望澜市";

/// A district of the city.
#[derive(Clone, Copy)]
pub(crate) struct District {
    pub(crate) name: &'static str,
    /// Region code, six digits.
    pub(crate) code: &'static str,
    /// Its sub-districts and towns, each with two communities or villages.
    pub(crate) towns: [(&'static str, [&'static str; 2]); 3],
}

pub(crate) const DISTRICTS: [District; 4] = [
    District {
        name: "青禾区",
        code: "990102",
        towns: [
            ("听澜街道", ["银杏社区", "南桥社区"]),
            ("禾风街道", ["谷雨社区", "新禾社区"]),
            ("石埠街道", ["渡口社区", "望江社区"]),
        ],
    },
    District {
        name: "松湖区",
        code: "990103",
        towns: [
            ("松涛街道", ["松韵社区", "湖畔社区"]),
            ("月牙街道", ["月桥社区", "荷塘社区"]),
            ("云栈镇", ["古栈村", "茶坪村"]),
        ],
    },
    District {
        name: "白鹭区",
        code: "990104",
        towns: [
            ("鹭洲街道", ["芦荻社区", "沙渚社区"]),
            ("临港街道", ["船坞社区", "灯塔社区"]),
            ("桃源镇", ["桃溪村", "柳岸村"]),
        ],
    },
    District {
        name: "临澜县",
        code: "990121",
        towns: [
            ("城关镇", ["东门社区", "文庙社区"]),
            ("枫林镇", ["红叶村", "枫桥村"]),
            ("清泉镇", ["石井村", "竹坞村"]),
        ],
    },
];

const ROADS: [&str; 12] = [
    "澜江大道",
    "听雨路",
    "银杏街",
    "松湖北路",
    "白鹭西路",
    "文华路",
    "春耕巷",
    "渡口街",
    "谷雨路",
    "桂香里",
    "书院弄",
    "同心路",
];
const ESTATES: [&str; 8] = [
    "江语花园",
    "银杏雅苑",
    "松风里小区",
    "月湖新村",
    "禾畔家园",
    "鹭鸣苑",
    "桂香公寓",
    "学府名邸",
];

/// Where somebody lives or works.
pub(crate) struct Place {
    pub(crate) district: District,
    pub(crate) town: &'static str,
    pub(crate) community: &'static str,
    road: &'static str,
    number: u32,
}

impl Place {
    pub(crate) fn any(dice: &mut Dice) -> Self {
        let district = dice.pick(&DISTRICTS);
        let (town, communities) = dice.pick(&district.towns);
        let community = dice.pick(&communities);
        Self {
            district,
            town,
            community,
            road: dice.pick(&ROADS),
            number: dice.between(1, 399),
        }
    }

    /// `青禾区听澜街道银杏社区`: district, town and community.
    pub(crate) fn area(&self) -> String {
        format!("{}{}{}", self.district.name, self.town, self.community)
    }

    /// The address of a flat, from the province down.
    pub(crate) fn home(&self, dice: &mut Dice) -> String {
        format!(
            "{CITY}{}{}{}{}号{}{}幢{}单元{}{:02}室",
            self.district.name,
            self.town,
            self.road,
            self.number,
            dice.pick(&ESTATES),
            dice.between(1, 30),
            dice.between(1, 4),
            dice.between(1, 19),
            dice.between(1, 5),
        )
    }

    /// The address of an office or shop, from the province down.
    pub(crate) fn office(&self, dice: &mut Dice) -> String {
        let floor = dice.between(1, 26);
        format!(
            "{CITY}{}{}{}{}号{}座{floor}层{floor}{:02}室",
            self.district.name,
            self.town,
            self.road,
            self.number,
            dice.pick(&["A", "B", "C"]),
            dice.between(1, 20),
        )
    }
}

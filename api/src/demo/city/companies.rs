//! Companies that do not exist, and what they do.

use super::dice::Dice;
use super::people::Person;
use super::places::Place;

const BRANDS: [&str; 24] = [
    "云谷",
    "禾润",
    "松源",
    "鹭鸣",
    "听澜",
    "知行",
    "嘉木",
    "远航",
    "清和",
    "恒泽",
    "晨曦",
    "百川",
    "若谷",
    "同舟",
    "启明",
    "望岳",
    "青禾里",
    "澜湾",
    "拾光",
    "方圆",
    "瑞麟",
    "博睿",
    "汇川源",
    "和光",
];

/// A line of business: what stands in the name, the industry, and what may be in the scope.
#[derive(Clone, Copy)]
struct Line {
    in_name: &'static str,
    industry: &'static str,
    general: &'static [&'static str],
    /// What needs a permit first.
    permitted: &'static [&'static str],
}

const LINES: [Line; 5] = [
    Line {
        in_name: "信息科技",
        industry: "软件和信息技术服务业",
        general: &[
            "软件开发",
            "软件销售",
            "信息系统集成服务",
            "信息技术咨询服务",
            "数据处理和存储支持服务",
            "人工智能应用软件开发",
            "人工智能基础资源与技术平台",
            "物联网技术研发",
            "物联网应用服务",
            "云计算装备技术服务",
            "网络与信息安全软件开发",
            "大数据服务",
            "区块链技术相关软件和服务",
            "地理遥感信息服务",
            "计算机软硬件及辅助设备零售",
            "计算机系统服务",
            "数字文化创意软件开发",
            "智能机器人的研发",
            "工业互联网数据服务",
            "互联网安全服务",
        ],
        permitted: &["第二类增值电信业务", "互联网信息服务", "测绘服务"],
    },
    Line {
        in_name: "农业发展",
        industry: "农业",
        general: &[
            "谷物种植",
            "蔬菜种植",
            "水果种植",
            "花卉种植",
            "茶叶种植",
            "中草药种植",
            "食用菌种植",
            "农产品的生产、销售、加工、运输、贮藏及其他相关服务",
            "农业机械服务",
            "农业专业及辅助性活动",
            "农作物病虫害防治服务",
            "农作物秸秆处理及加工利用服务",
            "智能农业管理",
            "灌溉服务",
            "休闲观光活动",
            "非主要农作物种子生产",
            "初级农产品收购",
            "食用农产品批发",
            "食用农产品零售",
        ],
        permitted: &["主要农作物种子生产", "家禽饲养", "动物饲养", "食品销售"],
    },
    Line {
        in_name: "食品",
        industry: "食品制造业",
        general: &[
            "食用农产品初加工",
            "食用农产品批发",
            "食用农产品零售",
            "水产品收购",
            "水产品批发",
            "低温仓储（不含危险化学品等需许可审批的项目）",
            "普通货物仓储服务",
            "包装服务",
            "食品用洗涤剂销售",
            "日用百货销售",
            "厨具卫具及日用杂品零售",
            "供应链管理服务",
            "会议及展览服务",
            "市场营销策划",
            "品牌管理",
            "技术推广服务",
        ],
        permitted: &[
            "食品生产",
            "食品销售",
            "餐饮服务",
            "食品互联网销售",
            "道路货物运输（不含危险货物）",
        ],
    },
    Line {
        in_name: "建筑工程",
        industry: "土木工程建筑业",
        general: &[
            "园林绿化工程施工",
            "土石方工程施工",
            "体育场地设施工程施工",
            "金属门窗工程施工",
            "对外承包工程",
            "工程管理服务",
            "工程技术服务（规划管理、勘察、设计、监理除外）",
            "建筑材料销售",
            "建筑装饰材料销售",
            "建筑工程机械与设备租赁",
            "机械设备租赁",
            "轻质建筑材料销售",
            "五金产品零售",
            "水泥制品销售",
            "专业设计服务",
            "城市绿化管理",
        ],
        permitted: &[
            "建设工程施工",
            "建设工程设计",
            "建筑劳务分包",
            "住宅室内装饰装修",
            "文物保护工程施工",
        ],
    },
    Line {
        in_name: "文化传播",
        industry: "文化艺术业",
        general: &[
            "组织文化艺术交流活动",
            "文艺创作",
            "其他文化艺术经纪代理",
            "数字内容制作服务（不含出版发行）",
            "平面设计",
            "图文设计制作",
            "广告设计、代理",
            "广告发布",
            "广告制作",
            "会议及展览服务",
            "礼仪服务",
            "摄影扩印服务",
            "摄像及视频制作服务",
            "企业形象策划",
            "项目策划与公关服务",
            "工艺美术品及礼仪用品销售（象牙及其制品除外）",
            "体育竞赛组织",
            "租借道具活动",
        ],
        permitted: &[
            "营业性演出",
            "演出经纪",
            "电视剧制作",
            "出版物零售",
            "音像制品制作",
        ],
    },
];

/// A made-up company.
pub(crate) struct Company {
    pub(crate) name: String,
    /// Unified social credit code.
    pub(crate) code: String,
    /// 企业注册号
    pub(crate) registration_number: String,
    pub(crate) industry: &'static str,
    /// 经营范围
    pub(crate) scope: String,
    pub(crate) place: Place,
    /// Legal representative.
    pub(crate) head: Person,
}

impl Company {
    /// The company of row `number`; two rows never have the same one.
    pub(crate) fn of_row(dice: &mut Dice, number: u64) -> Self {
        let line = dice.pick(&LINES);
        let place = Place::any(dice);
        let brand = dice.pick(&BRANDS);
        Self {
            name: format!("望澜市{brand}{}有限公司", line.in_name),
            registration_number: registration_number(
                place.district.code,
                number * 387_421 % 100_000_000,
            ),
            code: credit_code("91", place.district.code, number * 387_421 % 1_000_000),
            industry: line.industry,
            scope: scope(dice, &line),
            head: Person::born_in(dice, 1962, 1998),
            place,
        }
    }
}

/// From two thirds of the entries to all of them, as the form of the registration office words them.
fn scope(dice: &mut Dice, line: &Line) -> String {
    let some = |dice: &mut Dice, from: &[&'static str]| {
        let all = from.len() as u32;
        let (wanted, start) = (dice.between(all * 2 / 3, all + 1), dice.between(0, all));
        let chosen: Vec<_> = from
            .iter()
            .cycle()
            .skip(start as usize)
            .take(wanted as usize)
            .copied()
            .collect();
        chosen.join("；")
    };
    format!(
        "一般项目：{}（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）。许可项目：{}\
         （依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以相关部门批准文件\
         或许可证件为准）。",
        some(dice, line.general),
        some(dice, line.permitted),
    )
}

/// GB 32100-2015: department and kind, region, organisation code (GB 11714), check digit.
fn credit_code(department: &str, region: &str, serial: u64) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("{department}{region}{}", organisation_code(serial));
    let value = |wanted: u8| {
        ALPHABET
            .iter()
            .position(|have| *have == wanted)
            .unwrap_or(0)
    };
    let (sum, _) = body.bytes().fold((0, 1), |(sum, weight), next| {
        (sum + value(next) * weight, weight * 3 % 31)
    });
    body + &char::from(ALPHABET[(31 - sum % 31) % 31]).to_string()
}

/// GS 15-2006: region, serial, check digit (ISO/IEC 7064, MOD 11,10).
fn registration_number(region: &str, serial: u64) -> String {
    let body = format!("{region}{serial:08}");
    let rest = body.bytes().fold(10, |carried, digit| {
        let sum = (carried + u32::from(digit - b'0')) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let check = (11 - rest) % 10;
    format!("{body}{check}")
}

/// GB 11714: eight characters and their check character.
fn organisation_code(serial: u64) -> String {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("MA{serial:06}");
    let weighed = |(next, weight): (char, u32)| next.to_digit(36).unwrap_or(0) * weight;
    let sum: u32 = body.chars().zip(WEIGHTS).map(weighed).sum();
    let check = b"0X987654321"[sum as usize % 11];
    format!("{body}{}", char::from(check))
}

#[cfg(test)]
mod tests {
    use super::registration_number;

    #[test]
    fn the_check_digit_is_that_of_the_rule() {
        assert_eq!(registration_number("110108", 1), "110108000000016");
    }
}

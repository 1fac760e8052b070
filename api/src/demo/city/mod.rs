//! An invented city: its two agencies, six types of certificate with their templates, and rows of
//! people who do not exist. Data for the demo, the benchmarks and the tests; no rule of the field
//! lives here. Called by `demo` and `bench`.

mod companies;
mod dice;
mod people;
mod places;
mod portrait;
mod rows;
#[cfg(test)]
mod tests;

pub use rows::{Row, rows};

/// A type of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 营业执照, with a long scope of business.
    BusinessLicence,
    /// 居住证, with a photo.
    ResidencePermit,
    /// 出生医学证明, with several persons and code lists.
    BirthCertificate,
    /// 残疾人证.
    DisabilityCard,
    /// 毕业证书.
    Diploma,
    /// 批文, of which the text is the most.
    Approval,
}

/// A type as files: what a person would keep in git.
pub struct TypeFiles {
    /// The type file.
    pub definition: &'static str,
    /// The template.
    pub template: &'static str,
    /// Backgrounds by the name the template uses.
    pub assets: &'static [(&'static str, &'static [u8])],
}

/// An agency of the city.
pub struct Agency {
    /// Name, as pages show it.
    pub name: &'static str,
    /// Unified social credit code.
    pub code: &'static str,
    /// Region code.
    pub region: &'static str,
    /// Name of the region.
    pub region_name: &'static str,
    /// Name, telephone and post of the responsible, business and technical contact.
    pub contacts: [(&'static str, &'static str, &'static str); 3],
    /// Account of the person who acts for it.
    pub clerk: &'static str,
    /// Account of a second person, where four eyes are asked for.
    pub second: &'static str,
}

/// The two agencies of the city: [`Kind::agency`] says which issues what.
pub const AGENCIES: [Agency; 2] = [
    Agency {
        name: "望澜市行政审批局",
        code: "11990100MB01000285",
        region: "990100",
        region_name: "澜江省望澜市",
        contacts: [
            ("顾明远", "0990-5550101", "分管局长"),
            ("江若水", "0990-5550102", "审批服务处"),
            ("段子衡", "0990-5550103", "信息中心"),
        ],
        clerk: "jiang.ruoshui",
        second: "gu.mingyuan",
    },
    Agency {
        name: "望澜市民生服务局",
        code: "11990100MB01000360",
        region: "990100",
        region_name: "澜江省望澜市",
        contacts: [
            ("苏念安", "0990-5550201", "分管局长"),
            ("季晓棠", "0990-5550202", "证件服务处"),
            ("连一舟", "0990-5550203", "信息中心"),
        ],
        clerk: "ji.xiaotang",
        second: "su.nianan",
    },
];

/// The hall where certificates are shown: a desk unit, name and credit code.
pub const HALL: (&str, &str) = ("望澜市政务服务大厅", "11990100MB0100044T");

/// The certification centre, whom the stamp names.
pub const CENTRE: (&str, &str) = ("望澜市电子证照认证中心", "11990100MB99000131");

impl Kind {
    /// Every type, in the order of the samples.
    pub const ALL: [Self; 6] = [
        Self::BusinessLicence,
        Self::ResidencePermit,
        Self::BirthCertificate,
        Self::DisabilityCard,
        Self::Diploma,
        Self::Approval,
    ];

    /// Name of its files, e.g. `residence-permit`; also the start of every `ref`.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::BusinessLicence => "business-licence",
            Self::ResidencePermit => "residence-permit",
            Self::BirthCertificate => "birth-certificate",
            Self::DisabilityCard => "disability-card",
            Self::Diploma => "diploma",
            Self::Approval => "approval",
        }
    }

    /// Who issues it.
    pub fn agency(self) -> &'static Agency {
        match self {
            Self::BusinessLicence | Self::Approval => &AGENCIES[0],
            _ => &AGENCIES[1],
        }
    }

    /// Its files.
    pub fn files(self) -> TypeFiles {
        macro_rules! files {
            ($name:literal) => {
                TypeFiles {
                    definition: include_str!(concat!("assets/", $name, ".type.toml")),
                    template: include_str!(concat!("assets/", $name, ".template.toml")),
                    assets: &[(
                        concat!($name, ".svg"),
                        include_bytes!(concat!("assets/", $name, ".svg")),
                    )],
                }
            };
        }
        match self {
            Self::BusinessLicence => files!("business-licence"),
            Self::ResidencePermit => files!("residence-permit"),
            Self::BirthCertificate => files!("birth-certificate"),
            Self::DisabilityCard => files!("disability-card"),
            Self::Diploma => files!("diploma"),
            Self::Approval => files!("approval"),
        }
    }
}

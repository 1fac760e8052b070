//! What can be wrong with a row or a file of rows, in words that hold no personal value.

use std::{fmt, io};

use crate::Sentence;
use crate::units::CodeFault;

/// One thing wrong with one row. Names the row as an editor or spreadsheet counts it, the field
/// and the rule; by its types it cannot hold a value, so it may be stored, shown and logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file or row of the sheet, from 1; the heading of a table is one of them.
    pub row: u64,
    /// Where in the row; `None` where the whole row is meant.
    pub field: Option<FieldRef>,
    /// Which rule it breaks.
    pub rule: Rule,
}

/// A field by a name that the type knows, or by its place. What a file calls a column is not
/// repeated: where the heading is missing, that would be somebody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldRef {
    /// A machine name of the type, or `ref`.
    Name(String),
    /// The column or member, counted from 1.
    Position(usize),
}

/// The rules that a row can break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Not one JSON object of plain values.
    Json {
        /// The character at which it stops being one.
        column: usize,
    },
    /// A quotation mark that is not closed, or stands in the middle of a value.
    Quotes,
    /// More or fewer values than the heading has columns.
    ColumnCount {
        /// Columns of the heading.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
    /// Bytes that are no text in the encoding of the file.
    Encoding(&'static str),
    /// A row longer than a row may be.
    RowTooLong {
        /// Most bytes.
        max: usize,
    },
    /// A column or member that the type does not have.
    UnknownField,
    /// The same field twice, by name or label.
    DuplicateField,
    /// A required value is missing.
    Required,
    /// `ref` is not 1 to 100 characters without control characters.
    Reference,
    /// A number cell where text is meant: leading zeros and long numbers are already lost.
    NumericCell,
    /// A formula cell for which the workbook keeps no value.
    Uncalculated,
    /// A value of another kind than the field takes.
    Kind {
        /// The kind the field takes, in Chinese and English.
        expected: (&'static str, &'static str),
    },
    /// NUL or another control character, or a character that changes the direction of text or
    /// cannot be seen.
    ControlCharacter,
    /// Longer than the field allows.
    TooLong {
        /// Most characters.
        max: usize,
    },
    /// Does not match the field's pattern.
    Pattern,
    /// Not on the field's list.
    NotInCodeList,
    /// Not a decimal number.
    Number,
    /// Not a day that exists, in one of the accepted forms.
    Date,
    /// An identity, credit, region or kind code that is wrong.
    Code(CodeFault),
    /// A kind of identity code that the type does not allow.
    HolderKind,
    /// Codes, names or kinds of several holders differ in count, or several where one is allowed.
    HolderCount,
    /// The same holder twice.
    HolderTwice,
    /// A picture that is neither PNG nor JPEG.
    Image,
    /// A picture larger than the field allows.
    ImageTooLarge {
        /// Most bytes.
        max: usize,
    },
    /// A picture named by its digest that was not put before.
    ImageMissing,
    /// The last day lies before the first.
    EndsBeforeItBegins,
    /// The day of issue lies after today.
    IssuedInFuture,
}

impl Rule {
    /// The stable machine name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json { .. } => "row.json",
            Self::Quotes => "row.quotes",
            Self::ColumnCount { .. } => "row.column_count",
            Self::Encoding(_) => "row.encoding",
            Self::RowTooLong { .. } => "row.too_long",
            Self::UnknownField => "field.unknown",
            Self::DuplicateField => "field.duplicate",
            Self::Required => "field.required",
            Self::Reference => "ref.form",
            Self::NumericCell => "field.numeric_cell",
            Self::Uncalculated => "field.uncalculated",
            Self::Kind { .. } => "field.kind",
            Self::ControlCharacter => "field.control_character",
            Self::TooLong { .. } => "field.too_long",
            Self::Pattern => "field.pattern",
            Self::NotInCodeList => "field.not_in_code_list",
            Self::Number => "field.number",
            Self::Date => "field.date",
            Self::Code(_) => "field.code",
            Self::HolderKind => "holder.kind",
            Self::HolderCount => "holder.count",
            Self::HolderTwice => "holder.twice",
            Self::Image => "image.format",
            Self::ImageTooLarge { .. } => "image.too_large",
            Self::ImageMissing => "image.missing",
            Self::EndsBeforeItBegins => "validity.order",
            Self::IssuedInFuture => "validity.issued_in_future",
        }
    }

    /// What is wrong and what to do, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Json { column } => {
                format!("不是由简单值组成的 JSON 对象（第 {column} 个字符处）")
            }
            Self::Quotes => {
                "引号未闭合，或出现在值的中间；含引号的值须整体加引号，内部引号写两次".into()
            }
            Self::ColumnCount { expected, found } => format!("应有 {expected} 列，实有 {found} 列"),
            Self::Encoding(name) => {
                format!("有不属于 {name} 编码的字节；请另存为 UTF-8，或用 --encoding 声明编码")
            }
            Self::RowTooLong { max } => format!("该行超过 {max} 字节"),
            Self::UnknownField => "该类型没有这一字段；请更正列名或删除该列".into(),
            Self::DuplicateField => "同一字段出现两次；请只保留一个".into(),
            Self::Required => "必填，但为空".into(),
            Self::Reference => "ref 须为 1 至 100 个字符，不含控制字符".into(),
            Self::NumericCell => {
                "是数值，可能已丢失前导零或末位；请在表格中设为文本格式后重新填写（JSON 中请加引号）".into()
            }
            Self::Uncalculated => {
                "单元格是公式，但文件中没有它的计算结果；请以“选择性粘贴—数值”代替公式后再推送"
                    .into()
            }
            Self::Kind { expected: (zh, _) } => format!("值的种类不符，应为{zh}"),
            Self::ControlCharacter => {
                "含有控制字符、不可见字符或改变文字方向的字符；请删除后重新录入".into()
            }
            Self::TooLong { max } => format!("超过 {max} 个字符"),
            Self::Pattern => "不符合该字段规定的格式".into(),
            Self::NotInCodeList => "不在该字段的代码表中；请填写代码或其名称".into(),
            Self::Number => "不是十进制数".into(),
            Self::Date => "不是有效日期；请写作 2026-01-31".into(),
            Self::Code(fault) => format!("代码有误：{}", fault.zh()),
            Self::HolderKind => "该类型不允许这一证件种类".into(),
            Self::HolderCount => {
                "持证主体的名称、代码、种类数量不一致，或该类型只允许一个持证主体".into()
            }
            Self::HolderTwice => "同一持证主体出现两次".into(),
            Self::Image => "图片既不是 PNG 也不是 JPEG".into(),
            Self::ImageTooLarge { max } => format!("图片超过 {max} 字节；请压缩后重新提交"),
            Self::ImageMissing => "按摘要引用的图片尚未上传；请先上传图片".into(),
            Self::EndsBeforeItBegins => "截止日期早于起始日期".into(),
            Self::IssuedInFuture => "颁发日期晚于今天".into(),
        }
    }

    /// What is wrong and what to do, in English.
    pub fn en(&self) -> String {
        match self {
            Self::Json { column } => {
                format!("is not a JSON object of plain values (at character {column})")
            }
            Self::Quotes => "a quotation mark is not closed or stands inside a value; quote the whole value and double the marks in it".into(),
            Self::ColumnCount { expected, found } => {
                format!("has {found} values where the heading has {expected} columns")
            }
            Self::Encoding(name) => {
                format!("holds bytes that are not {name}; save the file as UTF-8, or declare its encoding with --encoding")
            }
            Self::RowTooLong { max } => format!("is longer than {max} bytes"),
            Self::UnknownField => "is not a field of this type; correct the name or remove the column".into(),
            Self::DuplicateField => "stands twice; keep one".into(),
            Self::Required => "is required and empty".into(),
            Self::Reference => "must be 1 to 100 characters without control characters".into(),
            Self::NumericCell => "is a number, which may have lost zeros or digits; format as text and enter it again (in JSON, put it in quotes)".into(),
            Self::Uncalculated => {
                "is a formula without a value; paste values in place of formulas and push again".into()
            }
            Self::Kind { expected: (_, en) } => format!("must be {en}"),
            Self::ControlCharacter => "holds a control character, an invisible one or one that changes the direction of text; remove it".into(),
            Self::TooLong { max } => format!("is longer than {max} characters"),
            Self::Pattern => "does not have the form that the field asks for".into(),
            Self::NotInCodeList => "is not in the field's list; give a code or its label".into(),
            Self::Number => "is not a decimal number".into(),
            Self::Date => "is not a day that exists; write 2026-01-31".into(),
            Self::Code(fault) => fault.to_string(),
            Self::HolderKind => "is a kind of identity code that this type does not allow".into(),
            Self::HolderCount => "names, codes and kinds of the holders differ in count, or the type allows one holder only".into(),
            Self::HolderTwice => "names the same holder twice".into(),
            Self::Image => "is neither PNG nor JPEG".into(),
            Self::ImageTooLarge { max } => format!("is larger than {max} bytes; compress it"),
            Self::ImageMissing => "names a picture that was not put before; put it first".into(),
            Self::EndsBeforeItBegins => "ends before it begins".into(),
            Self::IssuedInFuture => "is issued on a day after today".into(),
        }
    }
}

impl RowError {
    pub(super) fn row(row: u64, rule: Rule) -> Self {
        Self {
            row,
            field: None,
            rule,
        }
    }

    /// The whole sentence in Chinese.
    pub fn zh(&self) -> String {
        match &self.field {
            None => format!("第 {} 行：{}", self.row, self.rule.zh()),
            Some(FieldRef::Name(name)) => format!("第 {} 行，{name}：{}", self.row, self.rule.zh()),
            Some(FieldRef::Position(at)) => {
                format!("第 {} 行，第 {at} 列：{}", self.row, self.rule.zh())
            }
        }
    }
}

impl fmt::Display for RowError {
    /// The whole sentence in English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.row)?;
        match &self.field {
            None => {}
            Some(FieldRef::Name(name)) => write!(f, ", {name}")?,
            Some(FieldRef::Position(at)) => write!(f, ", column {at}")?,
        }
        write!(f, ": {}", self.rule.en())
    }
}

impl std::error::Error for RowError {}

/// Why a whole file cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// Reading failed.
    #[error("the rows could not be read: {0}")]
    Io(#[from] io::Error),
    /// No heading.
    #[error("the table has no heading; its first row must name the fields")]
    NoHeading,
    /// The heading cannot be read.
    #[error("the heading cannot be read: {0}")]
    Heading(RowError),
    /// A table whose columns something else than a comma separates.
    #[error("the columns of the table are separated by {}, not by a comma; save it as \"CSV (comma delimited)\" or \"CSV UTF-8\"", separator.1)]
    Separator {
        /// What stands there instead, in Chinese and English.
        separator: (&'static str, &'static str),
    },
    /// Lines that end with CR alone, as on old Macintosh systems.
    #[error(
        "lines end with CR alone (old Macintosh form); save the file with line ends of LF or CR LF"
    )]
    LineEnds,
    /// Not a single row: a feed that has run dry must not look like a success.
    #[error("the file has no rows; check the export it comes from")]
    NoRows,
    /// Several visible sheets hold something, and which one is meant cannot be known.
    #[error(
        "several visible sheets hold something ({at}, counted among the visible tabs from the left); keep the rows on one and hide or delete the others"
    )]
    SeveralSheets {
        /// Their places among the visible sheets, from 1.
        at: String,
    },
    /// Only hidden sheets hold something.
    #[error(
        "the visible sheets are empty and hidden ones are not read; show the sheet with the rows"
    )]
    OnlyHiddenSheets,
    /// Not a workbook.
    #[error("this is not a readable XLSX workbook; save it as .xlsx again, or as CSV UTF-8")]
    NotAWorkbook,
    /// Larger, unpacked or not, than a workbook may be.
    #[error("the workbook is larger than {max} {}; split it, or push CSV or NDJSON", what.1)]
    WorkbookTooLarge {
        /// The bound.
        max: u64,
        /// Of what, in Chinese and English.
        what: (&'static str, &'static str),
    },
}

impl FileFault {
    /// The stable machine name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "file.read",
            Self::NoHeading => "file.no_heading",
            Self::Heading(_) => "file.heading",
            Self::Separator { .. } => "file.separator",
            Self::LineEnds => "file.line_ends",
            Self::NoRows => "file.no_rows",
            Self::SeveralSheets { .. } => "file.several_sheets",
            Self::OnlyHiddenSheets => "file.only_hidden_sheets",
            Self::NotAWorkbook => "file.not_a_workbook",
            Self::WorkbookTooLarge { .. } => "file.workbook_too_large",
        }
    }

    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Io(error) => format!("各行无法读取：{error}"),
            Self::NoHeading => "表格没有表头；第一行须为字段名".into(),
            Self::Heading(fault) => format!("表头无法读取：{}", fault.zh()),
            Self::Separator { separator: (zh, _) } => {
                format!("表格各列以{zh}分隔，不是逗号；请另存为“CSV（逗号分隔）”或“CSV UTF-8”")
            }
            Self::LineEnds => {
                "各行只以 CR 结尾（旧 Macintosh 格式）；请另存为以 LF 或 CR LF 换行的文件".into()
            }
            Self::NoRows => "文件中没有一行数据；请检查导出该文件的系统".into(),
            Self::SeveralSheets { at } => format!(
                "有内容的可见工作表不止一个（从左数第 {at} 个可见工作表）；请只在一个工作表中保留数据，隐藏或删除其余的"
            ),
            Self::OnlyHiddenSheets => {
                "可见的工作表都是空的，隐藏的工作表不读取；请取消隐藏数据所在的工作表".into()
            }
            Self::NotAWorkbook => {
                "不是可读的 XLSX 工作簿；请重新另存为 .xlsx，或另存为 UTF-8 的 CSV".into()
            }
            Self::WorkbookTooLarge { max, what: (zh, _) } => {
                format!("工作簿超过 {max} {zh}；请拆分，或改用 CSV 或 NDJSON")
            }
        }
    }

    /// In both languages.
    pub fn said(&self) -> Sentence {
        Sentence::new(self.zh(), self.to_string())
    }
}

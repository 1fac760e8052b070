//! A certificate as plain data: everything that a page and `certificate.json` can show, and nothing else.
//!
//! Not a proof of approval: previews and lint build one from sample data. Called by `lay_out`, `json`, `lint`.

use jiff::Timestamp;
use jiff::civil::Date;

/// One certificate, or one annotated copy of it, ready to be laid out.
#[derive(Debug, Clone)]
pub struct Document {
    /// The original, or a copy made for one purpose.
    pub kind: Kind,
    /// Identifier of the certificate (GB/T 36904), with its root `1.2.156.3005.2`.
    pub identifier: String,
    /// Code of the type, 21 characters.
    pub type_code: String,
    /// Name of the type, e.g. 居住证.
    pub type_name: String,
    /// The printed number (证照编号).
    pub number: String,
    /// Name of the issuing agency.
    pub agency_name: String,
    /// Unified social credit code of the issuing agency.
    pub agency_code: String,
    /// Day of issue.
    pub issued: Date,
    /// First day of validity.
    pub effective: Date,
    /// Last day of validity; `None` is 长期 (no end).
    pub expiring: Option<Date>,
    /// Who holds it; at least one.
    pub holders: Vec<Holder>,
    /// The face in the order of the type.
    pub fields: Vec<Field>,
    /// What the QR code says: `https://<public>/v#<code>`.
    pub verify_url: String,
    /// The printed code: 16 characters of Crockford base32.
    pub printed_code: String,
    /// Place in the status list.
    pub status: StatusRef,
    /// Both halves of the trailer's /ID.
    pub file_id: [u8; 16],
    /// Claimed time of making: /M, XMP and Info dates.
    pub made_at: Timestamp,
    /// Whom the stamp names.
    pub seal_label: String,
}

/// Original or annotated copy (加注件).
#[derive(Debug, Clone)]
pub enum Kind {
    /// The certificate itself (电子证照原件).
    Original,
    /// A copy for one purpose, receiver and period.
    Copy(CopyNote),
}

/// What is noted on an annotated copy: the 加注件 metadata of GB/T 36903 and its receiver.
#[derive(Debug, Clone)]
pub struct CopyNote {
    /// Random 128 bits.
    pub copy_id: [u8; 16],
    /// When the copy was made (加注件制作时间).
    pub created: Timestamp,
    /// Who made it (制作者).
    pub creator: String,
    /// What for (事由), at most 200 characters.
    pub cause: String,
    /// Until when it may be used (有效期截止时间).
    pub expiring: Timestamp,
    /// Who may use it.
    pub receiver: String,
}

/// One holder.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Kind of the code, e.g. `111` (GB/T 36903 Annex A).
    pub kind_code: String,
    /// Name of that kind, e.g. 公民身份号码.
    pub kind_name: String,
    /// The code itself.
    pub code: String,
    /// Whether the type prints the field of the code: then alone the metadata gives it.
    pub code_printed: bool,
    /// The holder's name.
    pub name: String,
}

/// One field of the face.
#[derive(Debug, Clone)]
pub struct Field {
    /// Machine name, unique within the type.
    pub name: String,
    /// Its name on the page.
    pub label: String,
    /// Its value.
    pub value: Value,
    /// Whether it stands in the file. Unprinted ones stay in the registry.
    pub printed: bool,
}

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text; may have line breaks.
    Text(String),
    /// A day.
    Date(Date),
    /// A picture.
    Image {
        /// `image/png` or `image/jpeg`.
        media: String,
        /// The bytes.
        bytes: Vec<u8>,
        /// Their digest.
        sha256: [u8; 32],
    },
    /// An entry of a code list.
    Coded {
        /// The code.
        code: String,
        /// What it stands for.
        label: String,
    },
}

/// Where a certificate's state is published.
#[derive(Debug, Clone)]
pub struct StatusRef {
    /// Address of the status list.
    pub uri: String,
    /// Index in it.
    pub idx: u64,
}

impl Document {
    /// The printed field of that name.
    pub fn printed(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.printed && field.name == name)
    }
}

//! PDF 1.7 in plain bytes, to the structure of PDF/A-3b (ISO 19005-3).
//!
//! Not here: what stands where (page), what is signed with which key (seal). Called by layout.

mod content;
mod deflate;
mod file;
mod font;
mod huffman;
mod icc;
mod image;
mod qr;
mod signature;
mod stamp;
mod svg;
mod text;
mod xmp;

pub(crate) use content::{Content, FontPool};
pub(crate) use deflate::{deflate, deflate_well};
pub(crate) use file::{File, Ref, push};
pub(crate) use font::{Reuse, write_font};
pub(crate) use huffman::LiteralCode;
pub(crate) use icc::srgb_profile;
pub(crate) use image::{Picture, write_picture};
pub(crate) use qr::{QrCodes, draw_qr, modules};
pub(crate) use signature::{fill_byte_range, write_signature};
pub(crate) use stamp::{Stamp, write_stamp};
pub(crate) use svg::draw_svg;
pub(crate) use text::{pdf_date, text_string, xmp_date};
pub(crate) use xmp::write_xmp;

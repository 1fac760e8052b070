//! Pictures: JPEG as it is, PNG decoded; three or one channel of 8 bits, nothing transparent.

use super::deflate;
use super::file::{File, Ref};

/// A picture ready to be written: its dictionary's entries and its data as the filter left it.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    entries: String,
    data: Vec<u8>,
}

/// Longest side in pixels: at 600 dpi more than an A3 page has.
const MAX_SIDE: u32 = 10_000;
/// Most pixels decoded.
const MAX_PIXELS: u64 = 25_000_000;

impl Picture {
    /// Reads a PNG or JPEG by its first bytes. The error says what a person should do.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => png(bytes),
            [0xFF, 0xD8, 0xFF, ..] => jpeg(bytes),
            _ => Err("neither PNG nor JPEG; convert the picture".to_owned()),
        }
    }

    fn new(width: u32, height: u32, gray: bool, filter: &str, data: Vec<u8>) -> Self {
        let space = if gray { "DeviceGray" } else { "DeviceRGB" };
        // ISO 19005-3, 6.2.8: no /Interpolate true, no alternates
        let entries = format!(
            "/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/{space}/BitsPerComponent 8/Filter/{filter}"
        );
        Self {
            width,
            height,
            entries,
            data,
        }
    }
}

/// Writes the picture as an image XObject.
pub(crate) fn write_picture(file: &mut File, picture: &Picture) -> Ref {
    let number = file.reserve();
    file.stream(number, &picture.entries, &picture.data);
    number
}

fn check_size(width: u32, height: u32) -> Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(format!("{width} × {height} pixels; scale the picture down"));
    }
    Ok(())
}

fn png(bytes: &[u8]) -> Result<Picture, String> {
    let broken = |error: png::DecodingError| format!("a broken PNG: {error}");
    let limits = png::Limits {
        bytes: MAX_PIXELS as usize * 4,
    };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let size = reader
        .output_buffer_size()
        .ok_or("a broken PNG: its size overflows")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(info.buffer_size());
    let (gray, pixels) = match info.color_type {
        png::ColorType::Grayscale => (true, pixels),
        png::ColorType::GrayscaleAlpha => (true, over_white::<2>(&pixels)),
        png::ColorType::Rgb => (false, pixels),
        png::ColorType::Rgba => (false, over_white::<4>(&pixels)),
        png::ColorType::Indexed => {
            return Err("a broken PNG: its palette was not applied".to_owned());
        }
    };
    Ok(Picture::new(
        width,
        height,
        gray,
        "FlateDecode",
        deflate(&pixels),
    ))
}

/// Blends pixels of N channels, the last of them alpha, with white: the file needs no transparency.
fn over_white<const N: usize>(pixels: &[u8]) -> Vec<u8> {
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    pixels
        .chunks_exact(N)
        .flat_map(|pixel| {
            pixel[..N - 1]
                .iter()
                .map(move |&value| blend(value, pixel[N - 1]))
        })
        .collect()
}

/// Takes a baseline or progressive JPEG with one or three channels unchanged.
fn jpeg(bytes: &[u8]) -> Result<Picture, String> {
    let cut = || "a broken JPEG: it ends too early".to_owned();
    let mut rest = &bytes[2..];
    loop {
        let [0xFF, marker, after @ ..] = rest else {
            return Err(cut());
        };
        if *marker == 0xFF {
            rest = &rest[1..];
            continue;
        }
        let length = match after {
            [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(cut()),
        };
        let segment = after.get(2..length).ok_or_else(cut)?;
        match marker {
            0xC0..=0xC2 => return jpeg_frame(segment, bytes),
            0xC3..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                return Err("a lossless or arithmetic JPEG; save it as a usual one".to_owned());
            }
            0xDA => return Err("a broken JPEG: no frame before its data".to_owned()),
            _ => rest = after.get(length..).ok_or_else(cut)?,
        }
    }
}

fn jpeg_frame(segment: &[u8], bytes: &[u8]) -> Result<Picture, String> {
    let [precision, h1, h0, w1, w0, channels, ..] = segment else {
        return Err("a broken JPEG: its frame is cut".to_owned());
    };
    let (width, height) = (
        u16::from_be_bytes([*w1, *w0]),
        u16::from_be_bytes([*h1, *h0]),
    );
    check_size(width.into(), height.into())?;
    if !bytes.trim_ascii_end().ends_with(&[0xFF, 0xD9]) {
        return Err("a broken JPEG: its end is missing".to_owned());
    }
    match (precision, channels) {
        (8, 1 | 3) => {
            let gray = *channels == 1;
            Ok(Picture::new(
                width.into(),
                height.into(),
                gray,
                "DCTDecode",
                bytes.to_vec(),
            ))
        }
        (8, 4) => Err("a CMYK JPEG; save it as RGB".to_owned()),
        _ => Err("a JPEG of an unusual kind; save it with 8 bits and as RGB or grey".to_owned()),
    }
}

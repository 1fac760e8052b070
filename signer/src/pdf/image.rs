//! Pictures: JPEG as it is, PNG decoded; three or one channel of 8 bits, nothing transparent.

use registry::Sentence;

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
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Sentence> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => png(bytes),
            [0xFF, 0xD8, 0xFF, ..] => jpeg(bytes),
            _ => Err(Sentence::new(
                "既不是 PNG 也不是 JPEG；请转换格式",
                "neither PNG nor JPEG; convert the picture",
            )),
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

/// The words of the decoder stand in brackets.
fn broken(format: &str, why: &dyn std::fmt::Display) -> Sentence {
    Sentence::new(
        format!("{format} 图片已损坏（{why}）；请重新导出"),
        format!("a broken {format}: {why}"),
    )
}

fn check_size(width: u32, height: u32) -> Result<(), Sentence> {
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(Sentence::new(
            format!("有 {width} × {height} 像素；请缩小图片"),
            format!("{width} × {height} pixels; scale the picture down"),
        ));
    }
    Ok(())
}

fn png(bytes: &[u8]) -> Result<Picture, Sentence> {
    let broken = |error: png::DecodingError| broken("PNG", &error);
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
        .ok_or_else(|| self::broken("PNG", &"its size overflows"))?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(info.buffer_size());
    if let Some(picture) = as_it_is(bytes, reader.info()) {
        return Ok(picture);
    }
    let (gray, pixels) = match info.color_type {
        png::ColorType::Grayscale => (true, pixels),
        png::ColorType::GrayscaleAlpha => (true, over_white::<2>(&pixels)),
        png::ColorType::Rgb => (false, pixels),
        png::ColorType::Rgba => (false, over_white::<4>(&pixels)),
        png::ColorType::Indexed => {
            return Err(self::broken("PNG", &"its palette was not applied"));
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

/// A PNG that PDF can show with its own compression (ISO 32000-1, 7.4.4.4, predictor 15); it has been
/// decoded once, so its data is sound.
fn as_it_is(bytes: &[u8], info: &png::Info<'_>) -> Option<Picture> {
    let (gray, channels) = match info.color_type {
        png::ColorType::Grayscale => (true, 1),
        png::ColorType::Rgb => (false, 3),
        _ => return None,
    };
    if info.interlaced || info.trns.is_some() || info.bit_depth != png::BitDepth::Eight {
        return None;
    }
    let filter = format!(
        "FlateDecode/DecodeParms<</Predictor 15/Colors {channels}/Columns {}>>",
        info.width
    );
    Some(Picture::new(
        info.width,
        info.height,
        gray,
        &filter,
        image_data(bytes)?,
    ))
}

/// The IDAT chunks put together: one zlib stream.
fn image_data(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    let mut rest = bytes.get(8..)?;
    while let [a, b, c, d, kind @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let chunk = kind.get(4..length.checked_add(4)?)?;
        match &kind[..4] {
            b"IDAT" => data.extend_from_slice(chunk),
            b"IEND" => return Some(data),
            _ => {}
        }
        // four bytes of checksum behind
        rest = kind.get(length.checked_add(8)?..)?;
    }
    None
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
fn jpeg(bytes: &[u8]) -> Result<Picture, Sentence> {
    let cut = || broken("JPEG", &"it ends too early");
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
                return Err(Sentence::new(
                    "是无损或算术编码的 JPEG；请另存为普通 JPEG",
                    "a lossless or arithmetic JPEG; save it as a usual one",
                ));
            }
            0xDA => return Err(broken("JPEG", &"no frame before its data")),
            _ => rest = after.get(length..).ok_or_else(cut)?,
        }
    }
}

fn jpeg_frame(segment: &[u8], bytes: &[u8]) -> Result<Picture, Sentence> {
    let [precision, h1, h0, w1, w0, channels, ..] = segment else {
        return Err(broken("JPEG", &"its frame is cut"));
    };
    let (width, height) = (
        u16::from_be_bytes([*w1, *w0]),
        u16::from_be_bytes([*h1, *h0]),
    );
    check_size(width.into(), height.into())?;
    // Cameras put padding behind the end of the image; a file that lacks the end is cut.
    let end = memchr::memmem::rfind(bytes, &[0xFF, 0xD9])
        .ok_or_else(|| broken("JPEG", &"its end is missing"))?;
    let bytes = &bytes[..end + 2];
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
        (8, 4) => Err(Sentence::new(
            "是 CMYK 的 JPEG；请另存为 RGB",
            "a CMYK JPEG; save it as RGB",
        )),
        _ => Err(Sentence::new(
            "是不常见的 JPEG；请另存为 8 位的 RGB 或灰度图",
            "a JPEG of an unusual kind; save it with 8 bits and as RGB or grey",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(colour: png::ColorType, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(colour);
        let mut writer = encoder.write_header().expect("into memory");
        writer.write_image_data(data).expect("into memory");
        writer.finish().expect("into memory");
        bytes
    }

    /// A JPEG as far as we read it: start, a frame of 5 × 7, end.
    fn jpeg(marker: u8, precision: u8, channels: u8) -> Vec<u8> {
        let frame = [
            0xFF, marker, 0, 11, precision, 0, 7, 0, 5, channels, 1, 0x11, 0,
        ];
        [
            &[0xFF, 0xD8][..],
            &[0xFF, 0xE0, 0, 4, 1, 2],
            &frame,
            &[0xFF, 0xD9, 0, 0],
        ]
        .concat()
    }

    fn check(bytes: &[u8], expect: &str) {
        let said = match Picture::read(bytes) {
            Ok(picture) => format!("{} × {} {}", picture.width, picture.height, picture.entries),
            Err(what) => what.en,
        };
        assert!(said.contains(expect), "{said}");
    }

    #[test]
    fn what_is_shown_and_what_is_refused() {
        check(
            &png(png::ColorType::Rgb, &[1; 6]),
            "DeviceRGB/BitsPerComponent 8/Filter/FlateDecode/DecodeParms",
        );
        check(&png(png::ColorType::Grayscale, &[1; 2]), "DeviceGray");
        check(
            &png(png::ColorType::Rgba, &[1; 8]),
            "DeviceRGB/BitsPerComponent 8/Filter/FlateDecode",
        );
        check(&png(png::ColorType::Rgb, &[1; 6])[..50], "a broken PNG");
        check(
            &jpeg(0xC0, 8, 3),
            "5 × 7 /Type/XObject/Subtype/Image/Width 5/Height 7/ColorSpace/DeviceRGB",
        );
        check(
            &jpeg(0xC2, 8, 1),
            "DeviceGray/BitsPerComponent 8/Filter/DCTDecode",
        );
        check(&jpeg(0xC0, 8, 4), "a CMYK JPEG");
        check(&jpeg(0xC0, 12, 3), "of an unusual kind");
        check(&jpeg(0xC9, 8, 3), "arithmetic");
        check(&jpeg(0xC0, 8, 3)[..14], "ends too early");
        check(b"GIF89a", "neither PNG nor JPEG");
    }

    #[test]
    fn transparent_parts_become_white() {
        assert_eq!(over_white::<2>(&[0, 255, 0, 0, 0, 128]), [0, 255, 127]);
        assert_eq!(over_white::<4>(&[9, 9, 9, 0]), [255; 3]);
    }
}

//! A portrait of nobody: head, hair and shoulders as flat shapes, so that a picture stands where
//! a photo belongs and nobody's face is borrowed.

use super::dice::Dice;

/// Pixels; the proportion of an identity photo (26 mm × 32 mm).
const WIDTH: u32 = 156;
const HEIGHT: u32 = 192;
/// Each pixel is the mean of so many samples a side, so that edges are smooth.
const SAMPLES: u32 = 2;

type Colour = [u8; 3];

const BACKGROUNDS: [Colour; 3] = [[0xf4, 0xf6, 0xf8], [0xdc, 0xe8, 0xf3], [0xe6, 0xec, 0xe4]];
const SKINS: [Colour; 4] = [
    [0xf1, 0xcf, 0xb2],
    [0xe8, 0xbf, 0x9d],
    [0xf5, 0xd8, 0xc0],
    [0xd9, 0xac, 0x88],
];
const HAIRS: [Colour; 4] = [
    [0x22, 0x1d, 0x1c],
    [0x33, 0x28, 0x24],
    [0x1c, 0x1f, 0x26],
    [0x8b, 0x88, 0x86],
];
const COATS: [Colour; 5] = [
    [0x2d, 0x3a, 0x52],
    [0x44, 0x4b, 0x55],
    [0x6b, 0x2f, 0x36],
    [0x2f, 0x55, 0x4a],
    [0x7a, 0x6a, 0x55],
];
const SHIRT: Colour = [0xfb, 0xfb, 0xf9];
const FEATURES: Colour = [0x5a, 0x45, 0x3c];

/// What one portrait looks like.
struct Sitter {
    background: Colour,
    skin: Colour,
    hair: Colour,
    coat: Colour,
    /// Half the width of the face, of the picture's width.
    face: f32,
    has_long_hair: bool,
    has_glasses: bool,
}

/// A portrait as PNG.
///
/// # Errors
/// None in practice: it is written to memory.
pub(crate) fn portrait(dice: &mut Dice, is_woman: bool) -> Result<Vec<u8>, png::EncodingError> {
    let sitter = Sitter {
        background: dice.pick(&BACKGROUNDS),
        skin: dice.pick(&SKINS),
        hair: dice.pick(&HAIRS),
        coat: dice.pick(&COATS),
        face: 0.165 + dice.between(0, 25) as f32 / 1000.0,
        has_long_hair: is_woman && !dice.one_in(3),
        has_glasses: dice.one_in(3),
    };
    let pixels: Vec<u8> = (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).map(move |x| (x, y)))
        .flat_map(|(x, y)| sitter.pixel(x, y))
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

impl Sitter {
    fn pixel(&self, x: u32, y: u32) -> Colour {
        let mut sum = [0u32; 3];
        for sample in 0..SAMPLES * SAMPLES {
            let inside = |at: u32| (at as f32 + 0.5) / SAMPLES as f32;
            let u = (x as f32 + inside(sample % SAMPLES)) / WIDTH as f32;
            let v = (y as f32 + inside(sample / SAMPLES)) / WIDTH as f32;
            let colour = self.at(u - 0.5, v);
            sum.iter_mut()
                .zip(colour)
                .for_each(|(sum, part)| *sum += u32::from(part));
        }
        sum.map(|part| (part / (SAMPLES * SAMPLES)) as u8)
    }

    /// The colour at `u` to the right of the middle and `v` below the top, both in widths.
    fn at(&self, u: f32, v: f32) -> Colour {
        let face = self.face;
        let is_in_face = ellipse(u, v - 0.50, face, face * 1.32);
        let ear = ellipse(u.abs() - face, v - 0.52, 0.028, 0.055);
        let is_fringe = ellipse(u, v - 0.30, face * 1.25, 0.10) && v < 0.385;
        let crown = ellipse(u, v - 0.43, face * 1.16, face * 1.25) && v < 0.50;
        let curtain = self.has_long_hair && ellipse(u, v - 0.58, face * 1.38, 0.34) && v < 0.82;

        if self.has_glasses && is_in_face && is_frame(u, v) {
            FEATURES
        } else if is_in_face && is_feature(u, v) {
            self.darker_skin(u, v)
        } else if is_fringe && (is_in_face || crown) {
            self.hair
        } else if is_in_face || (ear && !self.has_long_hair) {
            self.skin
        } else if crown {
            self.hair
        } else if u.abs() < 0.075 && (0.6..0.83 + u.abs()).contains(&v) {
            shade(self.skin, 0.93)
        } else if v > 0.80 && u.abs() < (v - 0.74) * 0.62 && v < 1.06 {
            SHIRT
        } else if ellipse(u, v - 1.24, 0.43, 0.43) {
            self.coat
        } else if curtain {
            self.hair
        } else {
            self.background
        }
    }

    fn darker_skin(&self, u: f32, v: f32) -> Colour {
        // The mouth is the only feature below the nose.
        if v > 0.6 && u.abs() < 0.07 {
            [0xb8, 0x6b, 0x62]
        } else {
            FEATURES
        }
    }
}

fn is_feature(u: f32, v: f32) -> bool {
    let eye = ellipse(u.abs() - 0.072, v - 0.50, 0.017, 0.011);
    let brow = (u.abs() - 0.072).abs() < 0.034
        && (v - 0.462 - (u.abs() - 0.072).powi(2) * 6.0).abs() < 0.0055;
    let nose = u.abs() < 0.014 && (v - 0.575).abs() < 0.003;
    let mouth = u.abs() < 0.048 && (v - 0.632 + u * u * 3.5).abs() < 0.006;
    eye || brow || nose || mouth
}

fn is_frame(u: f32, v: f32) -> bool {
    let (across, down) = (u.abs() - 0.074, v - 0.503);
    let ring = ellipse(across, down, 0.050, 0.038) && !ellipse(across, down, 0.044, 0.032);
    let bridge = u.abs() < 0.026 && (v - 0.497).abs() < 0.004;
    ring || bridge
}

fn ellipse(u: f32, v: f32, across: f32, down: f32) -> bool {
    (u / across).powi(2) + (v / down).powi(2) < 1.0
}

fn shade(colour: Colour, by: f32) -> Colour {
    colour.map(|part| (f32::from(part) * by) as u8)
}

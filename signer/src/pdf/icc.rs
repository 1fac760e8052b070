//! A small sRGB profile (ICC.1:2004-10, version 4.2), from the published figures of IEC 61966-2-1 adapted to
//! D50, for the output intent (ISO 19005-3, 6.2.3).

/// Red, green and blue as XYZ under D50, in 1/65536; together they are white.
const PRIMARIES: [[i32; 3]; 3] = [
    [28578, 14582, 913],
    [25236, 46981, 6362],
    [9376, 3973, 46786],
];
/// D50, the white of the profile connection space.
const D50: [i32; 3] = [63190, 65536, 54061];
/// Bradford adaptation from D65 to D50.
const ADAPTATION: [i32; 9] = [68674, 1502, -3285, 1939, 64909, -1117, -605, 986, 49288];
/// g, a, b, c, d of the parametric curve of type 3: 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045.
const CURVE: [i32; 5] = [157286, 62119, 3417, 5072, 2651];

/// The profile's bytes.
pub(crate) fn srgb_profile() -> Vec<u8> {
    let curve = tagged(b"para", &[vec![0, 3, 0, 0], words(&CURVE)].concat());
    let [red, green, blue] = PRIMARIES.map(|xyz| tagged(b"XYZ ", &words(&xyz)));
    let tags: [(&[u8; 4], Vec<u8>); 8] = [
        (b"desc", localized("sRGB")),
        (b"cprt", localized("CC0")),
        (b"wtpt", tagged(b"XYZ ", &words(&D50))),
        (b"chad", tagged(b"sf32", &words(&ADAPTATION))),
        (b"rXYZ", red),
        (b"gXYZ", green),
        (b"bXYZ", blue),
        (b"rTRC", curve),
    ];
    // green and blue share the red curve
    let count = tags.len() + 2;
    let mut table = (count as u32).to_be_bytes().to_vec();
    let mut data = Vec::new();
    let first = 128 + 4 + 12 * count;
    for (name, tag) in &tags {
        let entry = [(first + data.len()) as u32, tag.len() as u32]
            .map(u32::to_be_bytes)
            .concat();
        let names: &[&[u8; 4]] = if *name == b"rTRC" {
            &[b"rTRC", b"gTRC", b"bTRC"]
        } else {
            &[name]
        };
        for name in names {
            table.extend_from_slice(*name);
            table.extend_from_slice(&entry);
        }
        data.extend_from_slice(tag);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut profile = header((first + data.len()) as u32);
    profile.extend(table);
    profile.extend(data);
    profile
}

/// ICC.1:2004-10, 7.2: a display profile, RGB over XYZ, made on a fixed day.
fn header(size: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(128);
    header.extend(size.to_be_bytes());
    header.extend([0; 4]);
    header.extend([4, 0x20, 0, 0]);
    header.extend(b"mntrRGB XYZ ");
    header.extend([2026, 1, 1, 0, 0, 0].map(u16::to_be_bytes).concat());
    header.extend(b"acsp");
    header.resize(68, 0);
    header.extend(words(&D50));
    header.resize(128, 0);
    header
}

fn tagged(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [kind, &[0; 4], data].concat()
}

fn localized(text: &str) -> Vec<u8> {
    let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let figures = [1, 12].map(u32::to_be_bytes).concat();
    let place = [text.len() as u32, 28].map(u32::to_be_bytes).concat();
    tagged(b"mluc", &[figures, b"enUS".to_vec(), place, text].concat())
}

fn words(values: &[i32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

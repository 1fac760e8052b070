//! A small signed PDF: one page, one invisible signature field, classic xref.

use ring::digest::{SHA256, digest};

/// What can be chosen of the file.
pub struct Draft {
    /// `ETSI.RFC3161` makes it a document time-stamp.
    pub sub_filter: &'static str,
    pub signing_date: &'static str,
    /// Bytes kept for the CMS.
    pub reserved: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Draft {
            sub_filter: "ETSI.CAdES.detached",
            signing_date: "D:20261122080000+08'00'",
            reserved: 6_000,
        }
    }
}

const DOC_MDP: &str = "/Reference [<< /Type /SigRef /TransformMethod /DocMDP \
     /TransformParams << /Type /TransformParams /P 2 /V /1.2 >> >>]";

/// The file sealed by what `sign` makes of the SHA-256 over the covered ranges.
pub fn sealed(draft: &Draft, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let Draft {
        sub_filter,
        signing_date,
        reserved,
    } = draft;
    let (kind, certifies, permissions) = match *sub_filter {
        "ETSI.RFC3161" => ("DocTimeStamp", "", ""),
        _ => ("Sig", DOC_MDP, "/Perms << /DocMDP 5 0 R >>"),
    };
    let contents = "0".repeat(reserved * 2);
    let objects = [
        format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> {permissions} >>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Annots 6 0 R >>".to_owned(),
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (seal) /V 5 0 R /P 3 0 R /Rect [0 0 0 0] /F 132 >>"
            .to_owned(),
        format!(
            "<< /Type /{kind} /Filter /Adobe.PPKLite /SubFilter /{sub_filter} /M ({signing_date}) \
             {certifies} \
             /ByteRange [0 0000000000 0000000000 0000000000] /Contents <{contents}> >>"
        ),
        "[4 0 R]".to_owned(),
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = vec![];
    for (at, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).bytes());
    }
    let xref = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        file.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    file.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R /ID [<{id}> <{id}>] >>\nstartxref\n{xref}\n%%EOF\n",
            objects.len() + 1,
            id = "00112233445566778899aabbccddeeff"
        )
        .bytes(),
    );
    let open = find(&file, contents.as_bytes()) - 1;
    let close = open + reserved * 2 + 2;
    let range = format!("[0 {open} {close} {}]", file.len() - close);
    let at = find(&file, b"[0 0000000000 0000000000 0000000000]");
    let range = format!("{range:<36}");
    file[at..at + 36].copy_from_slice(range.as_bytes());
    let covered = [&file[..open], &file[close..]].concat();
    let cms = hex::encode(sign(digest(&SHA256, &covered).as_ref()));
    file[open + 1..open + 1 + cms.len()].copy_from_slice(cms.as_bytes());
    file
}

pub fn find(file: &[u8], text: &[u8]) -> usize {
    file.windows(text.len())
        .position(|window| window == text)
        .unwrap()
}

//! The metadata packet: what kind of PDF it is and the metadata of GB/T 36903, with the extension schema that
//! declares them (ISO 19005-3, 6.6.2).

use std::fmt::Write;

use crate::document::Document;
use crate::json::properties;
use crate::pdf::xmp_date;

/// The namespace of the metadata. Its properties are named as in `certificate.json`.
const NAMESPACE: &str = "urn:yinxin:gbt36903:1#";

/// Writes the packet. Title, producer and dates agree with the document information dictionary (6.6.3).
pub(crate) fn write_xmp(document: &Document, title: &str, producer: &str) -> String {
    let mut out = String::with_capacity(6000);
    let date = xmp_date(document.made_at);
    out.push_str("<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n");
    out.push_str("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
    out.push_str("<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\n");
    // 6.6.4: part 3, conformance level B
    out.push_str("<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n");
    out.push_str("<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>\n<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
    escape(title, &mut out);
    let _ = writeln!(
        out,
        "</rdf:li></rdf:Alt></dc:title>\n<xmp:CreatorTool>{producer}</xmp:CreatorTool><xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate><xmp:MetadataDate>{date}</xmp:MetadataDate>\n<pdf:Producer>{producer}</pdf:Producer>\n</rdf:Description>"
    );
    let _ = writeln!(
        out,
        "<rdf:Description rdf:about=\"\" xmlns:gbt=\"{NAMESPACE}\">"
    );
    let properties = properties(document);
    for property in &properties {
        let _ = write!(out, "<gbt:{}>", property.name);
        escape(&property.value, &mut out);
        let _ = writeln!(out, "</gbt:{}>", property.name);
    }
    out.push_str("</rdf:Description>\n");
    extension_schema(
        &mut out,
        properties
            .iter()
            .map(|property| (property.name, property.meaning)),
    );
    out.push_str("</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>");
    out
}

/// 6.6.2.3.3: the schema, its prefix, and each property with type, category and description.
fn extension_schema<'a>(out: &mut String, properties: impl Iterator<Item = (&'a str, &'a str)>) {
    out.push_str("<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\" xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\n");
    let _ = writeln!(
        out,
        "<pdfaSchema:schema>GB/T 36903-2018</pdfaSchema:schema><pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>gbt</pdfaSchema:prefix>\n<pdfaSchema:property><rdf:Seq>"
    );
    for (name, meaning) in properties {
        let _ = writeln!(
            out,
            "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category><pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        );
    }
    out.push_str("</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\n");
}

/// XML 1.0, 2.2 and 2.4: markup is escaped, characters XML cannot hold become U+FFFD.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(character),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
}

//! The three embedded faces: which characters they hold, how wide each is, and the cut-down face of one document.
//! Comes in: the font files built into the program. Goes out: advances for the layout, fonts for the writer.
//! Never looks at fonts of the machine and never lets a character fall back to an empty box.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::PdfError;

/// A face of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    /// Noto Sans: text and tables.
    Text,
    /// Noto Sans SemiBold: headings, table heads, verdict words.
    Strong,
    /// Noto Sans Mono: event ids, ARNs, hashes, keys, and signs that Noto Sans lacks.
    Mono,
}

impl Face {
    /// All faces, in the order of their resource names.
    pub(crate) const ALL: [Face; 3] = [Face::Text, Face::Strong, Face::Mono];

    /// Resource name inside a document; six letters, because they also mark the subset.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Face::Text => "TWTEXT",
            Face::Strong => "TWBOLD",
            Face::Mono => "TWMONO",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Face::Text => "NotoSans-Regular",
            Face::Strong => "NotoSans-SemiBold",
            Face::Mono => "NotoSansMono-Regular",
        }
    }

    fn file(self) -> &'static [u8] {
        match self {
            Face::Text => include_bytes!("../../../report-templates/fonts/NotoSans-Regular.ttf"),
            Face::Strong => include_bytes!("../../../report-templates/fonts/NotoSans-SemiBold.ttf"),
            Face::Mono => include_bytes!("../../../report-templates/fonts/NotoSansMono-Regular.ttf"),
        }
    }
}

/// Characters above this have no glyph in any face.
const LAST_CHARACTER: usize = 0x2fff;

/// What is known of one face: glyph and advance of each character, and the measures of the whole face.
struct Measures {
    glyphs: Vec<u16>,
    advances: Vec<u16>,
    units_per_em: u16,
    ascender: i16,
    descender: i16,
    bounds: [i16; 4],
}

impl Measures {
    fn read(face: Face) -> Result<Measures, PdfError> {
        let parsed = ttf_parser::Face::parse(face.file(), 0)
            .map_err(|cause| PdfError::Font { face: face.name(), cause: cause.to_string() })?;
        let mut glyphs = vec![0; LAST_CHARACTER + 1];
        let mut advances = vec![0; LAST_CHARACTER + 1];
        let slots = glyphs.iter_mut().zip(advances.iter_mut());
        for (code, (glyph, advance)) in (0_u32..).zip(slots) {
            let character = char::from_u32(code).unwrap_or('\0');
            if let Some(id) = parsed.glyph_index(character) {
                *glyph = id.0;
                *advance = parsed.glyph_hor_advance(id).unwrap_or(0);
            }
        }
        let bounds = parsed.global_bounding_box();
        Ok(Measures {
            glyphs,
            advances,
            units_per_em: parsed.units_per_em(),
            ascender: parsed.ascender(),
            descender: parsed.descender(),
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max],
        })
    }

    fn glyph(&self, character: char) -> Option<u16> {
        self.glyphs.get(character as usize).copied().filter(|glyph| *glyph != 0)
    }

    fn advance(&self, character: char) -> u16 {
        self.advances.get(character as usize).copied().unwrap_or(0)
    }
}

/// The faces with their measures.
pub(crate) struct Fonts {
    measures: [(Face, Measures); 3],
}

/// The faces, read once for the whole run.
pub(crate) fn shared() -> Result<&'static Fonts, PdfError> {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    if let Some(fonts) = FONTS.get() {
        return Ok(fonts);
    }
    let read = Fonts::read()?;
    Ok(FONTS.get_or_init(|| read))
}

impl Fonts {
    fn read() -> Result<Fonts, PdfError> {
        let [text, strong, mono] = Face::ALL;
        Ok(Fonts {
            measures: [
                (text, Measures::read(text)?),
                (strong, Measures::read(strong)?),
                (mono, Measures::read(mono)?),
            ],
        })
    }

    fn measures(&self, face: Face) -> &Measures {
        let [text, strong, mono] = &self.measures;
        match face {
            Face::Text => &text.1,
            Face::Strong => &strong.1,
            Face::Mono => &mono.1,
        }
    }

    /// The face that holds a character, the wanted one first; `None` when no face does.
    pub(crate) fn cover(&self, wanted: Face, character: char) -> Option<Face> {
        [wanted, Face::Mono, Face::Text]
            .into_iter()
            .find(|face| self.measures(*face).glyph(character).is_some())
    }

    /// Advance of one character in points.
    pub(crate) fn advance(&self, wanted: Face, size: f32, character: char) -> f32 {
        let face = self.cover(wanted, character).unwrap_or(wanted);
        let measures = self.measures(face);
        f32::from(measures.advance(character)) * size / f32::from(measures.units_per_em.max(1))
    }

    /// Width of a text in points, as `write` will set it.
    pub(crate) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        text.chars().map(|character| self.advance(face, size, character)).sum()
    }

    /// The face cut down to the given characters, ready for printpdf.
    pub(crate) fn cut(&self, face: Face, used: &BTreeSet<char>) -> Result<printpdf::PdfFont, PdfError> {
        let measures = self.measures(face);
        let mut remapper = subsetter::GlyphRemapper::new();
        let mut glyphs = BTreeMap::new();
        let mut widths = BTreeMap::new();
        for character in used {
            let Some(old) = measures.glyph(*character) else {
                continue;
            };
            let new = remapper.remap(old);
            glyphs.insert(*character as u32, new);
            widths.insert(new, measures.advance(*character));
        }
        let file = subsetter::subset(face.file(), 0, &remapper)
            .map_err(|cause| PdfError::Font { face: face.name(), cause: cause.to_string() })?;
        let metrics = printpdf::FontMetrics { ascent: measures.ascender, descent: measures.descender };
        let name = Some(format!("{}+{}", face.tag(), face.name()));
        let em = measures.units_per_em;
        let mut font = printpdf::ParsedFont::with_glyph_data(file, 0, name, glyphs, widths, em, metrics);
        let [x_min, y_min, x_max, y_max] = measures.bounds;
        font.pdf_font_metrics =
            printpdf::font::PdfFontMetricsStub { x_min, y_min, x_max, y_max, ..font.pdf_font_metrics };
        Ok(printpdf::PdfFont::new(font))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_tabular_in_every_face() {
        let fonts = shared().unwrap();
        for face in Face::ALL {
            let widths: BTreeSet<u16> =
                ('0'..='9').map(|digit| fonts.measures(face).advance(digit)).collect();
            assert_eq!(widths.len(), 1);
        }
    }

    #[test]
    fn signs_fall_back_to_mono_and_ideographs_to_nothing() {
        let fonts = shared().unwrap();
        assert_eq!(fonts.cover(Face::Text, 'Ж'), Some(Face::Text));
        assert_eq!(fonts.cover(Face::Text, '→'), Some(Face::Mono));
        assert_eq!(fonts.cover(Face::Text, '李'), None);
    }

    #[test]
    fn a_cut_face_is_small_and_keeps_widths() {
        let fonts = shared().unwrap();
        let cut = fonts.cut(Face::Text, &"abc".chars().collect()).unwrap();
        assert!(cut.parsed_font.original_bytes.len() < 8_000);
        let a = cut.parsed_font.lookup_glyph_index('a' as u32).unwrap();
        assert_eq!(cut.parsed_font.get_glyph_width(a), Some(fonts.measures(Face::Text).advance('a')));
    }
}

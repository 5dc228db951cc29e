//! The forms in which a report is answered.

use crate::sheet::Format;

crate::choice! {
    /// How a report is answered.
    pub enum ReportForm {
        /// For programs.
        Json = "json",
        /// Comma-separated values (RFC 4180), UTF-8.
        Csv = "csv",
        /// A workbook of Excel and other spreadsheets.
        Xlsx = "xlsx",
        /// A drawing.
        Svg = "svg",
    }
}

impl ReportForm {
    /// As a table, if that is what is asked for.
    pub fn sheet(self) -> Option<Format> {
        match self {
            Self::Csv => Some(Format::Csv),
            Self::Xlsx => Some(Format::Xlsx),
            Self::Json | Self::Svg => None,
        }
    }
}

//! The QR code (ISO/IEC 18004) of an address, drawn from its modules as one path.
//!
//! Level Q: a quarter of it may be dirty or torn, as labels on the floor are.

use qrcode::{Color, EcLevel, QrCode};

/// A QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Squares {
    /// How many modules it is wide and high, what is left free around it included.
    pub(super) size: usize,
    /// The dark modules, as the path of an SVG.
    pub(super) path: String,
}

/// Free modules on each side.
const QUIET: usize = 4;

impl Squares {
    /// The code of a text; none of one that is too long for any.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::Q).ok()?;
        let (width, modules, mut path) = (code.width(), code.to_colors(), String::new());
        for (row, line) in modules.chunks(width).enumerate() {
            let (mut at, row) = (QUIET, QUIET + row);
            for run in line.chunk_by(|a, b| a == b) {
                let long = run.len();
                if run.contains(&Color::Dark) {
                    path.push_str(&format!("M{at} {row}h{long}v1h-{long}z"));
                }
                at += long;
            }
        }
        Some(Self {
            size: width + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_every_dark_module_and_no_other() {
        let address = "https://dmt.example.com/defects/1042";
        let drawn = Squares::of(address).unwrap();
        let code = QrCode::with_error_correction_level(address, EcLevel::Q).unwrap();
        assert_eq!(drawn.size, code.width() + 8);
        let mut dark = vec![vec![false; drawn.size]; drawn.size];
        for run in drawn.path.split('M').skip(1) {
            let (place, long) = run.split_once('h').unwrap();
            let (at, row) = place.split_once(' ').unwrap();
            let long: usize = long.split('v').next().unwrap().parse().unwrap();
            let (at, row): (usize, usize) = (at.parse().unwrap(), row.parse().unwrap());
            dark[row][at..at + long].fill(true);
        }
        for (row, line) in dark.iter().enumerate() {
            for (at, drawn) in line.iter().enumerate() {
                let inside =
                    |place: usize| place.checked_sub(QUIET).filter(|at| *at < code.width());
                let is_dark = match (inside(at), inside(row)) {
                    (Some(x), Some(y)) => code[(x, y)] == Color::Dark,
                    _ => false,
                };
                assert_eq!(*drawn, is_dark, "{at} {row}");
            }
        }
        assert!(Squares::of(&"x".repeat(3000)).is_none());
    }
}

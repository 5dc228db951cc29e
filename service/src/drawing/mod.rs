//! Drawings as SVG, made line by line: what charts and reports have in common.
//!
//! A drawing is a picture with a name and a description for those who do not see it, and holds neither scripts nor
//! anything that is loaded. Its colours are in a style sheet of its own, which follows the reader's light or dark. All
//! text goes through [`escape`]; coordinates are pixels from the upper left corner, to a tenth. What they say by themselves
//! is in `phrases`.

mod axis;
mod escape;
mod phrases;
mod style;

use std::fmt::Write as _;

pub(crate) use axis::{Axis, figure};
pub(crate) use escape::escape;
pub(crate) use phrases::{say, tell, word};

/// A place on a drawing: to the right, and down.
pub(crate) type Place = (f64, f64);

/// Which end of a text its place is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing that is being made.
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        let mut canvas = Self {
            width,
            height,
            body: String::new(),
        };
        canvas.rect("paper", (0.0, 0.0), (width, height));
        canvas
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, from: Place, to: Place) {
        self.path(class, &[from, to]);
    }

    /// A line from place to place; nothing where there are none.
    pub(crate) fn path(&mut self, class: &str, places: &[Place]) {
        let Some(((x, y), others)) = places.split_first() else {
            return;
        };
        let _ = write!(self.body, "<path class=\"{class}\" d=\"M{x:.1} {y:.1}");
        for (x, y) in others {
            let _ = write!(self.body, "L{x:.1} {y:.1}");
        }
        self.body.push_str("\"/>\n");
    }

    /// A rectangle, from its upper left corner.
    pub(crate) fn rect(&mut self, class: &str, (x, y): Place, (width, height): (f64, f64)) {
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
    }

    /// A rectangle that says what it is when it is pointed at.
    pub(crate) fn bar(
        &mut self,
        class: &str,
        (x, y): Place,
        (width, height): (f64, f64),
        title: &str,
    ) {
        let title = escape(title);
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\">\
             <title>{title}</title></rect>"
        );
    }

    /// A circle that says what it is when it is pointed at.
    pub(crate) fn circle(&mut self, class: &str, (x, y): Place, radius: f64, title: &str) {
        let title = escape(title);
        let _ = writeln!(
            self.body,
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{title}</title></circle>"
        );
    }

    /// A line of text.
    pub(crate) fn text(&mut self, class: &str, (x, y): Place, anchor: Anchor, text: &str) {
        let (anchor, text) = (anchor.word(), escape(text));
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// The drawing, with its name and what there is to see on it.
    pub(crate) fn finish(self, title: &str, about: &str) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        let (title, about, style) = (escape(title), escape(about), style::SHEET);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{about}</desc>\n\
             <style>{style}</style>\n{body}</svg>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_says_what_it_is_and_holds_no_markup_of_others() {
        let mut canvas = Canvas::new(100.0, 50.0);
        canvas.line("axis", (1.0, 2.0), (3.25, 4.0));
        canvas.path("data", &[]);
        canvas.text("label", (5.0, 6.0), Anchor::End, "<script>&\u{7}");
        canvas.circle("point", (7.0, 8.0), 3.0, "\"<b>\"");
        canvas.bar("bar", (1.0, 2.0), (3.0, 4.0), "<i>");
        let drawing = canvas.finish("A & B", "x < y");
        assert!(drawing.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""));
        assert!(drawing.contains("<title id=\"title\">A &amp; B</title>"));
        assert!(drawing.contains("<desc id=\"desc\">x &lt; y</desc>"));
        assert!(drawing.contains("d=\"M1.0 2.0L3.2 4.0\""), "{drawing}");
        assert!(drawing.contains("text-anchor=\"end\">&lt;script&gt;&amp;\u{FFFD}</text>"));
        assert!(drawing.contains("<title>&quot;&lt;b&gt;&quot;</title>"));
        assert!(drawing.contains("height=\"4.0\"><title>&lt;i&gt;</title></rect>"));
        assert!(!drawing.contains("<script") && !drawing.contains("<b>"));
        assert_eq!(drawing.matches("<path").count(), 1);
    }
}

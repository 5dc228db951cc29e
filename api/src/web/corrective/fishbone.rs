//! The cause-and-effect diagram of a request (Ishikawa): the problem at the head, a bone for each category, the root
//! causes along their bones.
//!
//! Where things lie is computed here, by a pure function; the template writes it down as SVG and escapes every text.
//! Like the service's drawings it follows the reader's light or dark, and runs and loads nothing.

use actix_web::{get, web};
use askama::Template;
use service::corrective::{self, causes};

use super::categories::Categories;
use super::{SECTION, WHAT, record};
use crate::answer::{Reply, drawing};
use crate::web::page;
use crate::web::visit::Visit;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(draw_fishbone);
}

/// The drawing, ready to be written down.
#[derive(Debug, Template)]
#[template(path = "corrective/fishbone.svg")]
struct Fishbone {
    title: String,
    about: String,
    width: i32,
    height: i32,
    lines: Vec<Line>,
    labels: Vec<Label>,
}

#[derive(Debug)]
struct Line {
    class: &'static str,
    from: (i32, i32),
    to: (i32, i32),
}

#[derive(Debug)]
struct Label {
    class: &'static str,
    at: (i32, i32),
    anchor: &'static str,
    text: String,
}

/// A category and its causes.
struct Bone {
    name: String,
    causes: Vec<String>,
}

/// Draws the causes of a request.
#[get("/corrective-actions/{id}/fishbone.svg")]
async fn draw_fishbone(visit: Visit) -> Reply {
    let id = visit.id(WHAT)?;
    let view = corrective::show(&visit.system, &visit.actor, id).await?;
    let causes = causes::list(&visit.system, &visit.actor, id, &record::all()).await?;
    let categories = Categories::of(&visit).await?;
    let page = visit.page(SECTION);
    let named = categories.bones().into_iter();
    let mut bones: Vec<(&str, Bone)> = named.map(|(code, name)| (code, Bone::new(name))).collect();
    for cause in &causes.items {
        let code = cause
            .cause
            .as_deref()
            .map_or("", |code| categories.root(code));
        let place = bones.iter().position(|(known, _)| *known == code);
        let place = place.unwrap_or_else(|| {
            let name = match code {
                "" => page.t("car-fishbone-other"),
                code => categories.label(code),
            };
            bones.push((code, Bone::new(name)));
            bones.len() - 1
        });
        bones[place].1.causes.push(cause.text.clone());
    }
    let bones: Vec<Bone> = bones.into_iter().map(|(_, bone)| bone).collect();
    let number = view.item.car_number;
    let title = page.with("car-fishbone-of", &[("number", number.as_str())]);
    let drawn = draw(title, &view.item.title, &bones);
    Ok(drawing(&format!("{number}-fishbone")).body(page::rendered(&drawn)?))
}

impl Bone {
    fn new(name: String) -> Self {
        Self {
            name,
            causes: Vec::new(),
        }
    }
}

/// What a column of two bones is wide, how far a bone leans, what a cause needs of its length, and what is left around.
const COLUMN: i32 = 270;
const LEAN: i32 = 60;
const STEP: i32 = 30;
const EDGE: i32 = 30;
/// The head.
const HEAD: i32 = 220;
/// How many causes a bone shows, and how many signs of each; all of them stand on the page in full.
const MOST_CAUSES: usize = 8;
const MOST_SIGNS: usize = 28;

/// Lays it out: bones in pairs, one above the spine and one below it.
fn draw(title: String, problem: &str, bones: &[Bone]) -> Fishbone {
    let columns = i32::try_from(bones.len().div_ceil(2)).unwrap_or(1).max(1);
    let longest = bones
        .iter()
        .map(|bone| shown(bone).len())
        .max()
        .unwrap_or(0);
    let reach = STEP * (i32::try_from(longest).unwrap_or(0) + 1).max(3);
    let spine = EDGE + reach;
    let end = EDGE + columns * COLUMN;
    let mut drawn = Fishbone {
        about: about(problem, bones),
        title,
        width: end + HEAD + EDGE,
        height: 2 * spine,
        lines: vec![Line {
            class: "spine",
            from: (EDGE, spine),
            to: (end, spine),
        }],
        labels: Vec::new(),
    };
    for (place, bone) in bones.iter().enumerate() {
        let column = i32::try_from(place / 2).unwrap_or(0) + 1;
        let up = if place % 2 == 0 { -1 } else { 1 };
        drawn.bone(bone, (EDGE + column * COLUMN - 20, spine), up * reach);
    }
    for (place, line) in (0..).zip(wrapped(problem, 26, 4)) {
        drawn.labels.push(Label {
            class: "head",
            at: (end + 14, spine - 26 + 20 * place),
            anchor: "start",
            text: line,
        });
    }
    drawn
}

impl Fishbone {
    /// A bone that meets the spine at `foot` and reaches so far from it, with its causes to the left.
    fn bone(&mut self, bone: &Bone, foot: (i32, i32), reach: i32) {
        let tip = (foot.0 - LEAN, foot.1 + reach);
        self.lines.push(Line {
            class: "bone",
            from: tip,
            to: foot,
        });
        let beside = if reach < 0 { -8 } else { 20 };
        self.labels.push(Label {
            class: "name",
            at: (tip.0, tip.1 + beside),
            anchor: "middle",
            text: clipped(&bone.name, MOST_SIGNS),
        });
        for (place, text) in (1..).zip(shown(bone)) {
            let y = foot.1 + reach.signum() * STEP * place;
            let x = foot.0 - LEAN * (y - foot.1) / reach;
            self.lines.push(Line {
                class: "twig",
                from: (x - 60, y),
                to: (x, y),
            });
            self.labels.push(Label {
                class: "cause",
                at: (x - 8, y - 5),
                anchor: "end",
                text,
            });
        }
    }
}

/// What is written along a bone.
fn shown(bone: &Bone) -> Vec<String> {
    let causes = bone.causes.iter().take(MOST_CAUSES);
    let mut shown: Vec<String> = causes.map(|text| clipped(text, MOST_SIGNS)).collect();
    let more = bone.causes.len().saturating_sub(MOST_CAUSES);
    if more > 0 {
        shown.push(format!("… +{more}"));
    }
    shown
}

/// The same in words, for those who do not see it.
fn about(problem: &str, bones: &[Bone]) -> String {
    let told = bones.iter().filter(|bone| !bone.causes.is_empty());
    let told = told.map(|bone| format!("{}: {}", bone.name, shown(bone).join("; ")));
    let all: Vec<String> = std::iter::once(clipped(problem, 200)).chain(told).collect();
    all.join(". ")
}

/// The beginning of a text on one line, as XML can hold it; a Chinese sign is as wide as two others.
fn clipped(text: &str, most: usize) -> String {
    let mut lines = wrapped(text, most, 1);
    lines.pop().unwrap_or_default()
}

/// A text in at most so many lines of at most so many signs.
fn wrapped(text: &str, most: usize, lines: usize) -> Vec<String> {
    let plain = |sign: char| !sign.is_control() && !matches!(sign, '\u{FFFE}' | '\u{FFFF}');
    let signs = text
        .chars()
        .map(|sign| if plain(sign) { sign } else { ' ' });
    let mut all = vec![String::new()];
    let mut room = most;
    for sign in signs {
        let wide = if sign >= '\u{2E80}' { 2 } else { 1 };
        if wide > room {
            if all.len() == lines {
                push(&mut all, '…');
                return all;
            }
            all.push(String::new());
            room = most;
        }
        room -= wide;
        push(&mut all, sign);
    }
    all
}

fn push(lines: &mut [String], sign: char) {
    if let Some(last) = lines.last_mut() {
        last.push(sign);
    }
}

#[cfg(test)]
mod tests {
    use super::{Bone, clipped, draw, wrapped};
    use crate::web::page;

    fn bone(name: &str, causes: &[&str]) -> Bone {
        Bone {
            name: name.to_owned(),
            causes: causes.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn each_cause_lies_beside_its_bone_and_all_within_the_drawing() {
        let many: Vec<String> = (0..20).map(|n| format!("Cause {n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let bones = [
            bone("People", &["Nobody counts."]),
            bone("Machine", &many),
            bone("Method", &[]),
        ];
        let drawn = draw("Causes".to_owned(), "Burrs", &bones);
        let at = |text: &str| {
            let found = drawn.labels.iter().find(|label| label.text == text);
            found.map(|label| label.at)
        };
        let spine = drawn.height / 2;
        assert!(at("Nobody counts.").is_some_and(|(_, y)| y < spine));
        assert!(at("Cause 7").is_some_and(|(_, y)| y > spine));
        assert!(at("Cause 8").is_none() && at("… +12").is_some() && at("Method").is_some());
        for label in &drawn.labels {
            let (x, y) = label.at;
            assert!(
                (0..drawn.width).contains(&x) && (0..drawn.height).contains(&y),
                "{label:?}"
            );
        }
    }

    #[test]
    fn texts_are_texts() {
        let bones = [bone(
            "<b>",
            &["</text><script>alert(1)</script>", "a\u{1}b"],
        )];
        let drawn = draw("T".to_owned(), "\"&\"", &bones);
        let svg = page::rendered(&drawn).unwrap_or_default();
        assert!(
            svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""),
            "{svg}"
        );
        assert!(
            !svg.contains("<script") && !svg.contains("<b>") && !svg.contains('\u{1}'),
            "{svg}"
        );
    }

    #[test]
    fn long_texts_end_where_the_room_does() {
        assert_eq!(clipped("abcdef", 4), "abcd…");
        assert_eq!(clipped("毛刺三次", 4), "毛刺…");
        assert_eq!(clipped("ab\ncd", 9), "ab cd");
        assert_eq!(wrapped("abcdef", 4, 2), ["abcd", "ef"]);
    }
}

//! Mails as text, in the reader's language: one for an event, one for all of a day.
//!
//! They tell what everybody who reads the record may see: its number, title, state and severity, until when what is due,
//! and who did what.

use chrono::{DateTime, FixedOffset};
use chrono_tz::Tz;
use serde_json::Value as Json;

use crate::notice::Event;
use crate::words::{CorrectiveKind, Language, Severity, Status, Step};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What tells it from other mails: the same in each attempt.
    pub message_id: String,
    /// The address.
    pub to: String,
    /// The reader's name.
    pub name: String,
    /// Subject, one line.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// Whoever reads it.
pub(super) struct Reader {
    pub(super) message_id: String,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) zone: Tz,
}

/// Something that is told.
pub(super) struct Story {
    pub(super) event: Event,
    pub(super) at: DateTime<FixedOffset>,
    pub(super) data: Json,
}

/// A mail about one event.
pub(super) fn about(reader: &Reader, story: &Story) -> Letter {
    let words = words(reader.language);
    let facts: String = facts(reader, story)
        .into_iter()
        .map(|(name, fact)| format!("{name}: {fact}\n"))
        .collect();
    let text = format!(
        "{}\n\n{}\n{facts}\n-- \n{}\n",
        greeting(words, reader),
        told(reader, story),
        words.why,
    );
    let subject = format!(
        "{}: {} – {}",
        story.number(),
        event(reader.language, story.event),
        story.text("title")
    );
    letter(reader, &subject, text)
}

/// What is said of the record, line by line.
fn facts(reader: &Reader, story: &Story) -> Vec<(&'static str, String)> {
    let (words, language) = (words(reader.language), reader.language);
    let mut facts = vec![(words.title, story.text("title").to_owned())];
    facts.extend(task(language, story));
    if matches!(story.event, Event::Overdue | Event::CarDue) {
        facts.push((words.due, story.due(reader)));
    }
    facts.push((words.status, status(language, story.text("status"))));
    let severity = severity(language, story.text("severity"));
    facts.push((words.severity, severity.to_owned()));
    facts
}

/// What of a corrective action request is due, where it is not the request itself.
fn task(language: Language, story: &Story) -> Option<(&'static str, String)> {
    let words = words(language);
    if let Some(step) = story.data["step"].as_str() {
        return Some((words.step, step.to_uppercase()));
    }
    let kind = story.data["action"]["kind"].as_str()?;
    Some((words.action, action(language, kind).to_owned()))
}

/// A mail about all that has happened in a day.
pub(super) fn digest(reader: &Reader, stories: &[Story]) -> Letter {
    let words = words(reader.language);
    let lines: String = stories
        .iter()
        .map(|story| {
            // Several steps of a request may be late on a day.
            let task = task(reader.language, story);
            let task = task.map(|(name, task)| format!(" ({name}: {task})"));
            let title = story.text("title");
            format!(
                "{}: {title}{}\n",
                told(reader, story),
                task.unwrap_or_default()
            )
        })
        .collect();
    let text = format!(
        "{}\n\n{lines}\n-- \n{}\n",
        greeting(words, reader),
        words.why
    );
    letter(
        reader,
        &format!("DMT: {} ({})", words.day, stories.len()),
        text,
    )
}

pub(super) fn letter(reader: &Reader, subject: &str, text: String) -> Letter {
    Letter {
        message_id: reader.message_id.clone(),
        to: reader.address.clone(),
        name: one_line(&reader.name),
        subject: one_line(subject),
        text,
    }
}

/// A title may hold a line's end; a header may not.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

pub(super) fn greeting(words: &Words, reader: &Reader) -> String {
    words.greeting.replace("{}", &one_line(&reader.name))
}

/// `2026-11-20 08:14  DMT-000042 closed (Anna Koch)`: the same order in every language.
fn told(reader: &Reader, story: &Story) -> String {
    let at = minute(reader, &story.at);
    let by = story.data["by"]["name"].as_str().map(one_line);
    let by = by.map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "{at}  {} {}{by}",
        story.number(),
        event(reader.language, story.event)
    )
}

/// As the plant's clocks show it.
fn minute(reader: &Reader, at: &DateTime<FixedOffset>) -> String {
    let at = at.with_timezone(&reader.zone);
    at.format("%Y-%m-%d %H:%M").to_string()
}

impl Story {
    fn text(&self, name: &str) -> &str {
        self.data[name].as_str().unwrap_or("–")
    }

    /// A defect's tag number, or a request's number.
    fn number(&self) -> &str {
        let request = self.data["car_number"].as_str();
        request.unwrap_or_else(|| self.text("tag_number"))
    }

    fn due(&self, reader: &Reader) -> String {
        let due_at = self.text("due_at").parse();
        due_at.map_or_else(|_| "–".to_owned(), |at| minute(reader, &at))
    }
}

pub(super) struct Words {
    greeting: &'static str,
    title: &'static str,
    step: &'static str,
    action: &'static str,
    due: &'static str,
    status: &'static str,
    severity: &'static str,
    day: &'static str,
    why: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &Words {
            greeting: "Hello {},",
            title: "Title",
            step: "Step",
            action: "Action",
            due: "Due",
            status: "Status",
            severity: "Severity",
            day: "what happened",
            why: "You get this mail because you chose it in DMT under notifications.",
        },
        Language::Spanish => &Words {
            greeting: "Hola, {}:",
            title: "Título",
            step: "Paso",
            action: "Acción",
            due: "Vencimiento",
            status: "Estado",
            severity: "Gravedad",
            day: "lo que ha ocurrido",
            why: "Recibe este correo porque lo eligió en las notificaciones de DMT.",
        },
        Language::Chinese => &Words {
            greeting: "{}，您好：",
            title: "标题",
            step: "步骤",
            action: "措施",
            due: "截止时间",
            status: "状态",
            severity: "严重程度",
            day: "动态汇总",
            why: "您在 DMT 的通知设置中选择了接收此邮件。",
        },
    }
}

/// Picks the word of a language.
pub(super) const fn pick(language: Language, words: [&'static str; 3]) -> &'static str {
    match language {
        Language::English => words[0],
        Language::Spanish => words[1],
        Language::Chinese => words[2],
    }
}

#[rustfmt::skip]
fn event(language: Language, event: Event) -> &'static str {
    pick(language, match event {
        Event::Reported => ["reported", "notificado", "已上报"],
        Event::Assigned => ["assigned", "asignado", "已分配"],
        Event::Moved => ["moved on", "ha avanzado", "状态已变更"],
        Event::Signed => ["signed", "firmado", "已签署"],
        Event::Closed => ["closed", "cerrado", "已关闭"],
        Event::Reopened => ["opened again", "reabierto", "已重新打开"],
        Event::Void => ["declared void", "anulado", "已作废"],
        Event::Overdue => ["overdue", "vencido", "已逾期"],
        Event::ApprovalNeeded => ["approval needed", "pendiente de aprobación", "等待批准"],
        Event::CarDue => ["corrective action overdue", "acción correctiva vencida", "纠正措施已逾期"],
        Event::Mentioned => ["you were mentioned", "le han mencionado", "有人提到了您"],
    })
}

#[rustfmt::skip]
pub(super) fn status(language: Language, word: &str) -> String {
    if Step::of(word).is_some() {
        return word.to_uppercase();
    }
    Status::of(word).map_or(word, |status| pick(language, match status {
        Status::Reported => ["reported", "notificado", "已上报"],
        Status::Analysis => ["in analysis", "en análisis", "分析中"],
        Status::Disposition => ["in disposition", "en disposición", "处置中"],
        Status::Execution => ["in execution", "en ejecución", "执行中"],
        Status::Verification => ["in verification", "en verificación", "验证中"],
        Status::Closed => ["closed", "cerrado", "已关闭"],
        Status::Void => ["void", "anulado", "已作废"],
    })).to_owned()
}

#[rustfmt::skip]
fn action(language: Language, word: &str) -> &str {
    CorrectiveKind::of(word).map_or(word, |kind| pick(language, match kind {
        CorrectiveKind::Containment => ["containment", "contención", "遏制"],
        CorrectiveKind::Corrective => ["corrective", "correctiva", "纠正"],
        CorrectiveKind::Preventive => ["preventive", "preventiva", "预防"],
    }))
}

#[rustfmt::skip]
fn severity(language: Language, word: &str) -> &str {
    Severity::of(word).map_or(word, |severity| pick(language, match severity {
        Severity::Critical => ["critical", "crítica", "致命"],
        Severity::Major => ["major", "mayor", "严重"],
        Severity::Minor => ["minor", "menor", "轻微"],
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use serde_json::json;

    use super::*;

    fn reader(language: Language) -> Reader {
        Reader {
            message_id: "msg_1".to_owned(),
            address: "anna@example.com".to_owned(),
            name: "Anna Koch".to_owned(),
            language,
            zone: "Europe/Berlin".parse().unwrap(),
        }
    }

    fn story(title: &str) -> Story {
        Story {
            event: Event::Closed,
            at: DateTime::parse_from_rfc3339("2026-11-20T08:14:00Z").unwrap(),
            data: json!({"tag_number": "DMT-000042", "title": title, "status": "closed", "severity": "major",
                "by": {"id": 2, "name": "Inspector"}}),
        }
    }

    #[test]
    fn a_mail_says_what_happened_in_the_readers_language_and_time_zone() {
        let letter = about(&reader(Language::English), &story("Burr"));
        assert_eq!(letter.subject, "DMT-000042: closed – Burr");
        assert!(
            letter
                .text
                .contains("2026-11-20 09:14  DMT-000042 closed (Inspector)"),
            "{}",
            letter.text
        );
        let spanish = about(&reader(Language::Spanish), &story("Burr"));
        assert!(
            spanish.text.starts_with("Hola, Anna Koch:"),
            "{}",
            spanish.text
        );
        assert!(spanish.text.contains("Gravedad: mayor"), "{}", spanish.text);
        let chinese = digest(
            &reader(Language::Chinese),
            &[story("Burr"), story("Scratch")],
        );
        assert_eq!(chinese.subject, "DMT: 动态汇总 (2)");
        assert!(
            chinese.text.contains("已关闭 (Inspector): Scratch"),
            "{}",
            chinese.text
        );
    }

    #[test]
    fn what_is_due_is_named_with_its_due_date() {
        let data = json!({"car_number": "CAR-000007", "title": "Burrs", "status": "d2", "severity": null,
            "step": "d3", "action": null, "due_at": "2026-11-20T22:59:59.000000Z", "by": null});
        let mut story = Story {
            event: Event::CarDue,
            data,
            ..story("")
        };
        let letter = about(&reader(Language::English), &story);
        assert_eq!(
            letter.subject,
            "CAR-000007: corrective action overdue – Burrs"
        );
        let facts = "Title: Burrs\nStep: D3\nDue: 2026-11-20 23:59\nStatus: D2\nSeverity: –\n";
        assert!(letter.text.contains(facts), "{}", letter.text);
        assert!(!letter.text.contains('('), "nobody did it: {}", letter.text);
        let day = digest(&reader(Language::English), std::slice::from_ref(&story));
        assert!(day.text.contains(": Burrs (Step: D3)\n"), "{}", day.text);
        (story.data["step"], story.data["action"]) =
            (json!(null), json!({"id": 3, "kind": "preventive"}));
        for (language, line) in [
            (Language::English, "Action: preventive\nDue: "),
            (Language::Spanish, "Acción: preventiva\nVencimiento: "),
            (Language::Chinese, "措施: 预防\n截止时间: "),
        ] {
            let letter = about(&reader(language), &story);
            assert!(letter.text.contains(line), "{}", letter.text);
        }
    }

    #[test]
    fn a_title_adds_no_header() {
        let letter = about(
            &reader(Language::English),
            &story("Burr\r\nBcc: all@example.com"),
        );
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
    }
}

//! The mail of what a saved view holds: how many records, and the latest reports among them with their addresses.

use super::letter::{self, Letter, Reader, one_line, pick, status};
use crate::defects::DefectItem;
use crate::saved_view::Overview;
use crate::words::Language;

/// The mail; `records` stands before an id in a record's address.
pub(super) fn of_view(reader: &Reader, found: &Overview, records: &str) -> Letter {
    let (language, name) = (reader.language, one_line(&found.name));
    let more = if found.is_minimum { "+" } else { "" };
    let total = format!("{}{more}", found.total);
    let lines: String = found
        .newest
        .iter()
        .map(|item| line(language, item, records))
        .collect();
    let text = format!(
        "{}\n\n{}\n\n{lines}-- \n{}\n",
        letter::greeting(letter::words(language), reader),
        sentence(language, &name, &total, found.newest.len()),
        why(language),
    );
    letter::letter(reader, &format!("DMT: {name} ({total})"), text)
}

/// `DMT-000042  Burr on flange bore (in analysis)`, and below it where it is.
fn line(language: Language, item: &DefectItem, records: &str) -> String {
    let status = status(language, item.status.word());
    let title = one_line(&item.title);
    format!(
        "{}  {title} ({status})\n{records}{}\n\n",
        item.tag_number, item.id
    )
}

fn sentence(language: Language, name: &str, total: &str, newest: usize) -> String {
    match language {
        Language::English => {
            format!("Records in your view “{name}”: {total}. The newest ({newest}):")
        }
        Language::Spanish => {
            format!("Registros en su vista «{name}»: {total}. Los más recientes ({newest}):")
        }
        Language::Chinese => format!("您的视图“{name}”中的记录：{total} 条。最新的 {newest} 条："),
    }
}

fn why(language: Language) -> &'static str {
    pick(
        language,
        [
            "You get this mail because you chose it in DMT for this view.",
            "Recibe este correo porque lo eligió en DMT para esta vista.",
            "您在 DMT 中为此视图选择了接收此邮件。",
        ],
    )
}

//! Lists of the service, read to their end: a sheet of paper has no next page to ask for.

use std::collections::HashMap;

use service::code::{self, CodeQuery, CodeView};
use service::input::Input;
use service::page::Page as Rows;
use service::words::CodeList;
use service::{Draft, Error};

use super::labels::Labels;
use crate::web::visit::Visit;

/// Every row of a list, however many pages that takes.
pub(super) async fn all<Q, T, F>(mut list: impl FnMut(Draft<Q>) -> F) -> Result<Vec<T>, Error>
where
    Q: Input,
    F: Future<Output = Result<Rows<T>, Error>>,
{
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let mut asked = vec![("limit".to_owned(), "200".to_owned())];
        asked.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let page = list(Draft::pairs(&asked)).await?;
        rows.extend(page.items);
        if page.next_cursor.is_none() {
            return Ok(rows);
        }
        cursor = page.next_cursor;
    }
}

/// A code of a list with what it reads as: `WELD-CRACK: Grieta / 裂纹`; nothing where there is none.
pub(super) async fn coded(
    visit: &Visit,
    labels: &Labels,
    list: CodeList,
    code: Option<&str>,
) -> Result<String, Error> {
    let Some(code) = code else {
        return Ok(String::new());
    };
    let query = [("q", code), ("limit", "200")];
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let query = Draft::<CodeQuery>::pairs(&query);
    let found = code::list(&visit.system, &visit.actor, list.word(), &query).await?;
    let known = found.items.iter().find(|known| known.code == code);
    Ok(known.map_or_else(|| code.to_owned(), |known| read(labels, known)))
}

/// What each code of a list reads as, for a sheet that names several of them.
pub(super) async fn codes(
    visit: &Visit,
    labels: &Labels,
    list: CodeList,
) -> Result<HashMap<String, String>, Error> {
    let (system, actor, name) = (&visit.system, &visit.actor, list.word());
    let found =
        all(|query: Draft<CodeQuery>| async move { code::list(system, actor, name, &query).await });
    let read = |code: CodeView| (read(labels, &code), code.code);
    let found = found.await?.into_iter().map(read);
    Ok(found.map(|(text, code)| (code, text)).collect())
}

fn read(labels: &Labels, code: &CodeView) -> String {
    let said = labels.code(&code.labels);
    if said.is_empty() {
        code.code.clone()
    } else {
        format!("{}: {said}", code.code)
    }
}

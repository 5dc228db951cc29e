//! A code of a list: added, changed, retired, deleted while nothing refers to it.

use actix_web::{get, post, web};
use serde_json::{Map, Value as Json};
use service::code::{self, CodePatch, CodeView, NewCode};
use service::input::Input;
use service::words::CodeList;
use service::{Draft, Error, FieldError};

use super::{MOST, all, area, list_named, options};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::admin::administration;
use crate::web::admin::edit::{Act, EditPage, changes};
use crate::web::admin::field::{Field, completed};
use crate::web::page::{Page, go, show};
use crate::web::typed::Typed;
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(new_code)
        .service(create_code)
        .service(show_code)
        .service(change_code)
        .service(delete_code);
}

const TICKS: &[&str] = &["is_active"];

/// Asks for a new code; below another one, if the address says so.
#[get("/admin/codes/{list}/new")]
async fn new_code(visit: Visit) -> Reply {
    let mut page = page_of_new(&visit).await?;
    let query = visit.query()?;
    page.form = Typed::with([("is_active", "true"), ("parent", query.value("parent"))]);
    show(&page)
}

async fn page_of_new(visit: &Visit) -> Result<EditPage, Problem> {
    let page = area().page_to_add(visit)?;
    let list = list_named(visit)?;
    let name = page.word("code-list", list.word());
    let mut fields = vec![Field::text(&page, "code").required()];
    fields.extend(fields_of(&page, parents(visit, list, None).await?));
    Ok(EditPage {
        title: page.with("admin-adding", &[("list", name.as_str())]),
        trail: trail(&page, list),
        action: address(list),
        fields,
        ..area().edit(page, visit, None)
    })
}

fn address(list: CodeList) -> String {
    format!("/admin/codes/{list}")
}

fn trail(page: &Page, list: CodeList) -> Vec<(String, String)> {
    vec![
        administration(page),
        (area().address(), area().title(page)),
        (address(list), page.word("code-list", list.word())),
    ]
}

/// The codes that one may stand below; none where there are too many to choose from, and one is written.
async fn parents(
    visit: &Visit,
    list: CodeList,
    one: Option<&CodeView>,
) -> Result<Vec<(String, String)>, Problem> {
    let codes = all(visit, list.word()).await?;
    if codes.len() > MOST {
        return Ok(Vec::new());
    }
    let now = one.and_then(|code| code.parent.as_deref());
    let mut parents = options(visit, &codes, now);
    parents.retain(|(code, _)| one.is_none_or(|one| one.code != *code));
    Ok(parents)
}

fn fields_of(page: &Page, parents: Vec<(String, String)>) -> Vec<Field> {
    let parent = if parents.is_empty() {
        Field::text(page, "parent")
    } else {
        Field::choose(page, "parent", parents).none(page.t("none"))
    };
    vec![
        Field::text(page, "labels.en").hint(page.t("admin-labels-hint")),
        Field::text(page, "labels.es"),
        Field::text(page, "labels.zh"),
        parent.hint(page.t("admin-parent-hint")),
        Field::input(page, "sort", "number").hint(page.t("admin-sort-hint")),
        Field::tick(page, "is_active"),
    ]
}

/// Adds a code.
#[post("/admin/codes/{list}")]
async fn create_code(sent: Posted) -> Reply {
    let list = list_named(&sent)?;
    let draft = draft::<NewCode>(&completed(&sent.typed, TICKS, &[]), false);
    let key = sent.key()?;
    match code::create(&sent.system, &sent.actor, list.word(), &draft, key.as_ref()).await {
        Ok(_) => go(&address(list), Some("admin-added")),
        Err(error) => page_of_new(&sent).await?.refused(&sent, at_a_label(error)),
    }
}

/// What was typed as the service reads it: the labels stand in an object. What is empty is cleared in a change, and not
/// there in a new code.
fn draft<T: Input>(typed: &Typed, is_change: bool) -> Draft<T> {
    let (mut fields, mut labels) = (Map::new(), Map::new());
    for (name, text) in typed.pairs() {
        let value = match text.as_str() {
            "" if is_change => Json::Null,
            "" => continue,
            text => Json::from(text),
        };
        match name.strip_prefix("labels.") {
            Some(language) => labels.insert(language.to_owned(), value),
            None => fields.insert(name.clone(), value),
        };
    }
    if !is_change || !labels.is_empty() {
        fields.insert("labels".to_owned(), Json::Object(labels));
    }
    Draft::kept(&fields)
}

/// What is wrong with all labels together is told at the first one.
fn at_a_label(error: Error) -> Error {
    let Error::Invalid(errors) = error else {
        return error;
    };
    let at = |error: FieldError| match error.field.as_str() {
        "labels" => FieldError {
            field: "labels.en".to_owned(),
            ..error
        },
        _ => error,
    };
    Error::Invalid(errors.into_iter().map(at).collect())
}

/// Shows a code, to be changed. The code itself stays.
#[get("/admin/codes/{list}/{id}")]
async fn show_code(visit: Visit) -> Reply {
    show(&page_of(&visit).await?)
}

async fn page_of(visit: &Visit) -> Result<EditPage, Problem> {
    let id = visit.id("code")?;
    let page = area().page(visit)?;
    let list = list_named(visit)?;
    let code = code::show(&visit.system, &visit.actor, list.word(), id).await?;
    let parents = parents(visit, list, Some(&code)).await?;
    let action = format!("{}/{id}", address(list));
    Ok(EditPage {
        title: code.code.clone(),
        trail: trail(&page, list),
        version: Some(code.version),
        fields: fields_of(&page, parents),
        form: form(&code),
        acts: vec![Act::deletion(&action)],
        action,
        ..area().edit(page, visit, Some(id))
    })
}

fn form(code: &CodeView) -> Typed {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Typed::with([
        ("labels.en", text(&code.labels.en)),
        ("labels.es", text(&code.labels.es)),
        ("labels.zh", text(&code.labels.zh)),
        ("parent", text(&code.parent)),
        ("sort", code.sort.to_string()),
        ("is_active", code.is_active.to_string()),
    ])
}

/// Changes a code.
#[post("/admin/codes/{list}/{id}")]
async fn change_code(sent: Posted) -> Reply {
    let (list, id) = (list_named(&sent)?, sent.id("code")?);
    let draft = draft::<CodePatch>(&changes(&sent, TICKS, &[]), true);
    let (system, actor, if_match) = (&sent.system, &sent.actor, sent.if_match());
    match code::change(system, actor, list.word(), id, &if_match, &draft).await {
        Ok(_) => go(&address(list), Some("saved")),
        Err(error) => page_of(&sent).await?.refused(&sent, at_a_label(error)),
    }
}

/// Deletes a code that nothing refers to and nothing stands below.
#[post("/admin/codes/{list}/{id}/deletion")]
async fn delete_code(sent: Posted) -> Reply {
    let (list, id) = (list_named(&sent)?, sent.id("code")?);
    match code::delete(&sent.system, &sent.actor, list.word(), id, &sent.if_match()).await {
        Ok(()) => go(&address(list), Some("admin-deleted")),
        Err(error) => page_of(&sent).await?.act_refused("deletion", &sent, error),
    }
}

#[cfg(test)]
mod tests {
    use super::{CodePatch, NewCode, Typed, draft};

    #[test]
    fn labels_stand_in_an_object() {
        let typed = Typed::with([
            ("code", "WELD"),
            ("labels.en", "Weld"),
            ("labels.es", ""),
            ("sort", "10"),
            ("parent", ""),
        ]);
        let new = draft::<NewCode>(&typed, false);
        let new = new.check().ok();
        let label = new.and_then(|new| new.labels.en.as_ref());
        assert!(label.is_some_and(|label| label.0 == "Weld"));
        let changed = draft::<CodePatch>(&typed.without(&["code"]), true);
        let cleared = changed.check().map(|patch| patch.parent.is_some()).ok();
        assert_eq!(cleared, Some(true));
    }
}

//! Raising a request: from one or several defects, whose words it begins with, or on its own.

use actix_web::http::StatusCode;
use actix_web::{get, post, web};
use askama::Template;
use serde_json::Value as Json;
use service::corrective::{self, NewCorrective};
use service::defects::{self as records, DefectItem};
use service::reference::PartnerRef;
use service::words::Severity;
use service::{Draft, Error};

use super::forms::{self, Choices};
use super::{SECTION, address, defects};
use crate::answer::Reply;
use crate::problem::Problem;
use crate::web::page::{self, Page, go};
use crate::web::record::named::{Named, suppliers};
use crate::web::tag;
use crate::web::typed::{Typed, renamed};
use crate::web::visit::{Posted, Visit};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(ask_for_request).service(raise_request);
}

#[derive(Template)]
#[template(path = "corrective/new.html")]
struct NewPage {
    page: Page,
    form: Typed,
    people: Choices,
    suppliers: Option<Choices>,
    severities: Vec<&'static str>,
}

impl NewPage {
    /// The page with a form; `supplier` is the name of the one whom it is about, should he be on offer no more.
    async fn of(visit: &Visit, form: Typed, supplier: &str) -> Result<Self, Problem> {
        let now = (form.value("supplier_id"), supplier);
        Ok(Self {
            page: visit.page(SECTION),
            people: forms::people(visit).await?,
            suppliers: suppliers(visit, now).await?,
            form,
            severities: Severity::ALL.iter().map(|word| word.word()).collect(),
        })
    }
}

/// Shows the form; the defects that the query names (`defect`) stand in it already.
#[get("/corrective-actions/new")]
async fn ask_for_request(visit: Visit) -> Reply {
    corrective::may_raise(&visit.actor)?;
    let (system, actor) = (&visit.system, &visit.actor);
    let about = records::of_ids(system, actor, &asked_about(&visit.query()?)?).await?;
    let description = match about.as_slice() {
        [one] => records::show(system, actor, one.id).await?.description,
        _ => String::new(),
    };
    let supplier = common_supplier(&about);
    let name = supplier.map(forms::supplier_name).unwrap_or_default();
    let form = begun_from(&about, description, supplier);
    page::show(&NewPage::of(&visit, form, &name).await?)
}

/// The ids of the defects that a query names: `defect=17,18`.
fn asked_about(query: &Typed) -> Result<Vec<i64>, Error> {
    let named = query.pairs().iter().filter(|(name, _)| name == "defect");
    let ids = named.flat_map(|(_, ids)| ids.split(','));
    ids.map(|id| id.parse().map_err(|_| Error::NotFound("defect")))
        .collect()
}

/// Raises a request.
#[post("/corrective-actions")]
async fn raise_request(sent: Posted) -> Reply {
    let key = sent.key()?;
    let named = Named::of(&sent, &sent.typed).await?;
    let mut body = forms::body(&sent.system, &named.typed);
    let tags: Vec<&str> = tags(sent.typed.value("defect_ids")).collect();
    body.insert("defect_ids".to_owned(), by_tags(&sent, &tags).await?);
    let draft = Draft::<NewCorrective>::json(&Json::Object(body));
    let raised = corrective::raise(&sent.system, &sent.actor, &draft, key.as_ref()).await;
    match named.told(raised) {
        Ok(view) => go(&address(view.item.id, ""), Some("car-raised")),
        Err(error @ Error::Forbidden { .. }) => Err(error.into()),
        Err(error) => {
            // In the form they are one field.
            let error = renamed(error, |field| match field.split_once('[') {
                Some((list, _)) => list.to_owned(),
                None => field.to_owned(),
            });
            let form = sent.typed.clone().refused(error)?;
            let supplier = sent.typed.value("supplier_id");
            page::show_as(
                StatusCode::UNPROCESSABLE_ENTITY,
                &NewPage::of(&sent, form, supplier).await?,
            )
        }
    }
}

/// The defects with these numbers on their tags, as the service reads them: null where there are none.
async fn by_tags(visit: &Visit, tags: &[&str]) -> Result<Json, Error> {
    let named = match tags.len() {
        0 => return Ok(Json::Null),
        1..=MOST => tag::records(visit, tags).await?,
        // The service says how many there may be; none of them is looked up.
        many => vec![None; many],
    };
    let named = named.into_iter().map(defects::named);
    Ok(named.collect::<Vec<_>>().into())
}

/// More are not looked up.
const MOST: usize = 100;

/// The numbers in a list of tags, however it is separated.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '、'));
    parts.filter(|part| !part.is_empty())
}

/// The supplier of all of them.
fn common_supplier(about: &[DefectItem]) -> Option<&PartnerRef> {
    let first = about.first()?.supplier.as_ref();
    first.filter(|_| about.iter().all(|one| one.supplier.as_ref() == first))
}

/// The form that defects begin: the words of one, what several have in common, the gravest severity.
fn begun_from(about: &[DefectItem], description: String, supplier: Option<&PartnerRef>) -> Typed {
    let tags: Vec<&str> = about.iter().map(|one| one.tag_number.as_str()).collect();
    let severity = about.iter().filter_map(|one| one.severity).min();
    let title = match about {
        [one] => one.title.as_str(),
        _ => "",
    };
    Typed::with([
        ("title", title.to_owned()),
        ("description", description),
        ("severity", severity.map_or("", Severity::word).to_owned()),
        (
            "supplier_id",
            supplier.map(|one| one.code.clone()).unwrap_or_default(),
        ),
        ("defect_ids", tags.join(", ")),
    ])
}

#[cfg(test)]
mod tests {
    use super::tags;

    #[test]
    fn tags_are_separated_as_people_do() {
        let read: Vec<_> = tags(" DMT-000001,DMT-000002; 3 \n\t").collect();
        assert_eq!(read, ["DMT-000001", "DMT-000002", "3"]);
        assert_eq!(tags("").count(), 0);
    }
}

//! Administration: what is set for everybody. One noun, one file; what lists, forms and imports have in common is data
//! ([`list`], [`edit`], [`field`], [`import`]) that one template each shows, on pages elsewhere too.
//!
//! Who sees an area is the service's table of rights; whether a change is allowed, the service says when it is asked.

mod approval_rules;
mod audit;
mod codes;
mod concessions;
mod due_rules;
pub(super) mod edit;
pub(super) mod field;
pub(super) mod import;
mod imports;
pub(super) mod list;
mod outbox;
mod partners;
mod parts;
mod repeat_rule;
mod rights;
mod system;
mod users;
mod webhooks;
mod work_centers;

use actix_web::{get, web};
use askama::Template;
use service::rights::{
    APPROVAL_RULES, AUDIT, CONCESSIONS, MASTER_DATA, OUTBOX, PREMISES, USERS, WEBHOOKS,
};
use service::role::Role;

use self::edit::EditPage;
use self::list::ListPage;
use super::page::{Page, show};
use super::typed::Typed;
use super::visit::Visit;
use crate::answer::Reply;
use crate::problem::Problem;

pub(crate) use self::rights::told;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(show_areas);
    for noun in [
        parts::configure,
        work_centers::configure,
        partners::configure,
        users::configure,
        codes::configure,
        concessions::configure,
        approval_rules::configure,
        due_rules::configure,
        repeat_rule::configure,
        rights::configure,
        webhooks::configure,
        outbox::configure,
        imports::configure,
        audit::configure,
        system::configure,
    ] {
        config.configure(noun);
    }
}

/// A part of the administration.
struct Area {
    /// The last part of its address; messages name it so.
    word: &'static str,
    /// Who sees it.
    sees: &'static [Role],
    /// Who changes something there.
    writes: &'static [Role],
}

/// Whoever writes any of them, and so has it in the menu.
pub(super) const ADMINISTRATORS: &[Role] = CONCESSIONS;

/// All of them, in the order in which they are shown.
static AREAS: [Area; 15] = [
    Area::of("users", USERS),
    Area::of("parts", MASTER_DATA),
    Area::of("work-centers", MASTER_DATA),
    Area::of("partners", MASTER_DATA),
    Area::of("codes", MASTER_DATA),
    Area {
        word: "concessions",
        // Whoever proposes or votes looks up what is left of one.
        sees: Role::ALL,
        writes: CONCESSIONS,
    },
    Area {
        word: "approval-rules",
        sees: MASTER_DATA,
        writes: APPROVAL_RULES,
    },
    Area::of("due-rules", MASTER_DATA),
    Area::of("repeat-rule", MASTER_DATA),
    Area {
        word: "rights",
        // No secret: whoever is refused something may look up who may do it.
        sees: Role::ALL,
        writes: &[],
    },
    Area::of("webhooks", WEBHOOKS),
    Area::of("outbox", OUTBOX),
    Area::of("imports", MASTER_DATA),
    Area::of("audit", AUDIT),
    Area::of("system", PREMISES),
];

impl Area {
    const fn of(word: &'static str, roles: &'static [Role]) -> Self {
        Self {
            word,
            sees: roles,
            writes: roles,
        }
    }

    /// The area of that name.
    fn named(word: &str) -> &'static Self {
        let mut all = AREAS.iter();
        all.find(|area| area.word == word).unwrap_or(&AREAS[0])
    }

    fn address(&self) -> String {
        format!("/admin/{}", self.word)
    }

    /// The address of something on its list.
    fn address_of(&self, id: i64) -> String {
        format!("/admin/{}/{id}", self.word)
    }

    fn title(&self, page: &Page) -> String {
        page.word("admin-area", self.word)
    }

    /// The frame of one of its pages, for those who see it.
    fn page(&self, visit: &Visit) -> Result<Page, Problem> {
        let what = format!("see /admin/{}", self.word);
        visit.actor.require(self.sees, &what)?;
        Ok(visit.page("admin"))
    }

    /// The same of a page on which something is added.
    fn page_to_add(&self, visit: &Visit) -> Result<Page, Problem> {
        let what = format!("add something at /admin/{}", self.word);
        visit.actor.require(self.writes, &what)?;
        Ok(visit.page("admin"))
    }

    fn may_write(&self, visit: &Visit) -> bool {
        visit.actor.roles.has_any(self.writes)
    }

    /// A page of its list; `next` is the cursor of the next one.
    fn list(&self, page: Page, visit: &Visit, next: Option<String>) -> Result<ListPage, Problem> {
        let filter = visit.query()?;
        let adds = self.may_write(visit).then(|| self.address() + "/new");
        Ok(ListPage {
            trail: trail(&page, visit),
            title: self.title(&page),
            about: page.word("admin-about", self.word),
            adds,
            links: Vec::new(),
            filters: Vec::new(),
            is_later: !filter.value("cursor").is_empty(),
            filter,
            columns: Vec::new(),
            rows: Vec::new(),
            next: list::further(visit, next)?,
            page,
        })
    }

    /// The page of something on its list, or of something new.
    fn edit(&self, page: Page, visit: &Visit, id: Option<i64>) -> EditPage {
        let title = self.title(&page);
        let mut trail = trail(&page, visit);
        trail.push((self.address(), title.clone()));
        EditPage {
            title: page.with("admin-adding", &[("list", title.as_str())]),
            trail,
            facts: Vec::new(),
            links: Vec::new(),
            issued: None,
            action: id.map_or_else(|| self.address(), |id| self.address_of(id)),
            version: None,
            fields: Vec::new(),
            form: Typed::with([("is_active", "true")]),
            was: None,
            is_overtaken: false,
            theirs: Vec::new(),
            acts: Vec::new(),
            may_write: self.may_write(visit),
            page,
        }
    }
}

/// The way to where it begins.
fn administration(page: &Page) -> (String, String) {
    ("/admin".to_owned(), page.t("menu-admin"))
}

/// The same of a page that everybody sees: for those who administer something.
fn trail(page: &Page, visit: &Visit) -> Vec<(String, String)> {
    if visit.actor.roles.has_any(ADMINISTRATORS) {
        vec![administration(page)]
    } else {
        Vec::new()
    }
}

#[derive(Template)]
#[template(path = "admin/index.html")]
struct IndexPage {
    page: Page,
    /// Address, name, what it is about.
    areas: Vec<(String, String, String)>,
}

/// Shows what the visitor may administer.
#[get("/admin")]
async fn show_areas(visit: Visit) -> Reply {
    visit.actor.require(ADMINISTRATORS, "see /admin")?;
    let page = visit.page("admin");
    let areas = AREAS.iter();
    let areas = areas.filter(|area| visit.actor.roles.has_any(area.sees));
    let areas = areas
        .map(|area| {
            let about = page.word("admin-about", area.word);
            (area.address(), area.title(&page), about)
        })
        .collect();
    show(&IndexPage { page, areas })
}

#[cfg(test)]
mod tests {
    use super::{ADMINISTRATORS, AREAS, Role};

    #[test]
    fn whoever_writes_an_area_has_administration_in_the_menu() {
        for role in Role::ALL {
            let writes = AREAS.iter().any(|area| area.writes.contains(role));
            assert_eq!(ADMINISTRATORS.contains(role), writes, "{role}");
        }
    }
}

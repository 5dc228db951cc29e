//! Forms of other pages that are filled in as a record's are: parts, work centers, customers and suppliers by what people
//! know them by, moments in the plant's time. What is short enough to choose from is chosen, all else is written.

use service::words::CodeList;
use service::{Error, FieldError};

use super::fields::{Field, Kind, may};
use super::lookup::{self, Lists, People};
use crate::web::typed::Typed;
use crate::web::visit::Visit;

/// The fields that say something else to the service than to people.
const FIELDS: &[Field] = &[
    may("part_id", Kind::Part),
    may("work_center_id", Kind::WorkCenter),
    may("customer_id", Kind::Customer),
    may("design_owner_id", Kind::Customer),
    may("supplier_id", Kind::Supplier),
    may("inspected_at", Kind::Minute),
];

/// An id of nothing.
const NOTHING: i64 = i64::MAX;

/// Values, and what they are called.
pub(in crate::web) type Choices = Vec<(String, String)>;

/// A form as it was meant.
pub(in crate::web) struct Named {
    /// The form, with ids in the place of what people know things by.
    pub(in crate::web) typed: Typed,
    /// What names nothing. The service is asked all the same, with an id of nothing, because it tells in its order what
    /// else is wrong.
    wrong: Vec<FieldError>,
}

impl Named {
    /// Looks up what a form names.
    pub(in crate::web) async fn of(visit: &Visit, typed: &Typed) -> Result<Self, Error> {
        let (mut pairs, mut wrong) = (Vec::new(), Vec::new());
        for (name, text) in typed.pairs() {
            let meant = match FIELDS.iter().find(|field| field.name == name.as_str()) {
                Some(field) => lookup::meant(visit, field, text).await,
                None => Ok(text.clone()),
            };
            let meant = match meant {
                Err(Error::Invalid(errors)) => {
                    wrong.extend(errors);
                    NOTHING.to_string()
                }
                meant => meant?,
            };
            pairs.push((name.clone(), meant));
        }
        let typed = Typed::with(pairs);
        Ok(Self { typed, wrong })
    }

    /// What came of asking the service with the form. Where something names nothing, that is told in the words of whoever
    /// looked it up, together with all else that is wrong.
    pub(in crate::web) fn told<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if self.wrong.is_empty() {
            return outcome;
        }
        let mut errors = match outcome {
            // A list has no row of an id of nothing.
            Ok(_) => Vec::new(),
            Err(Error::Invalid(errors)) => errors,
            Err(other) => return Err(other),
        };
        let is_ours = |error: &FieldError| self.wrong.iter().any(|one| one.field == error.field);
        errors.retain(|error| !is_ours(error));
        errors.extend(self.wrong.iter().cloned());
        Err(Error::Invalid(errors))
    }
}

/// The customers to choose from by their codes, with the one who it is `now` (code, and how he is called); nothing where
/// there are so many that he is written.
pub(in crate::web) async fn customers(
    visit: &Visit,
    now: (&str, &str),
) -> Result<Option<Choices>, Error> {
    choices(visit, Kind::Customer, now).await
}

/// The same of suppliers.
pub(in crate::web) async fn suppliers(
    visit: &Visit,
    now: (&str, &str),
) -> Result<Option<Choices>, Error> {
    choices(visit, Kind::Supplier, now).await
}

/// The work centers to choose from, as forms write them; none where there are so many that they are typed.
pub(in crate::web) async fn work_centers(visit: &Visit) -> Result<Choices, Error> {
    let choices = choices(visit, Kind::WorkCenter, ("", "")).await?;
    Ok(choices.unwrap_or_default())
}

/// The same of failure codes.
pub(in crate::web) async fn failure_codes(visit: &Visit) -> Result<Choices, Error> {
    let choices = choices(visit, Kind::Code(CodeList::FailureCode), ("", "")).await?;
    Ok(choices.unwrap_or_default())
}

async fn choices(visit: &Visit, kind: Kind, now: (&str, &str)) -> Result<Option<Choices>, Error> {
    let lists = Lists::of(visit, &[kind], &People::default()).await?;
    Ok(lists.choices(kind, now))
}

//! A code as requests and answers write it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::{Count, Limit};
use crate::value::{Code, Int, Text};
use crate::words::{CodeList, Language};

/// A code as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeView {
    /// Id.
    pub id: i64,
    /// The list that it is on.
    pub list: CodeList,
    /// The code itself, as records write it.
    pub code: String,
    /// The code above it in the same list.
    pub parent: Option<String>,
    /// Its place in the list: lower ones come first.
    pub sort: i64,
    /// False once retired.
    pub is_active: bool,
    /// How it reads in each language.
    pub labels: Labels,
    /// Moves with every change; the ETag.
    pub version: i64,
    /// When it was added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// How a code reads in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Labels {
    /// English.
    pub en: Option<String>,
    /// Spanish.
    pub es: Option<String>,
    /// Chinese.
    pub zh: Option<String>,
}

impl Labels {
    /// The label in a language.
    pub fn of(&self, language: Language) -> Option<&str> {
        match language {
            Language::English => self.en.as_deref(),
            Language::Spanish => self.es.as_deref(),
            Language::Chinese => self.zh.as_deref(),
        }
    }

    /// Where the label in a language stands.
    pub(super) fn slot(&mut self, language: Language) -> &mut Option<String> {
        match language {
            Language::English => &mut self.en,
            Language::Spanish => &mut self.es,
            Language::Chinese => &mut self.zh,
        }
    }
}

/// A label.
pub type Label = Text<200>;

crate::input! {
    /// How a new code reads: at least one language.
    pub struct NewLabels {
        /// English.
        en: optional Label,
        /// Spanish.
        es: optional Label,
        /// Chinese.
        zh: optional Label,
    }
}

crate::input! {
    /// What changes in how a code reads; null removes a language, and one remains.
    pub struct LabelsPatch {
        /// English.
        en: clearable Label,
        /// Spanish.
        es: clearable Label,
        /// Chinese.
        zh: clearable Label,
    }
}

/// The place of a code in its list.
pub type Sort = Int<0, 1_000_000>;

crate::input! {
    /// A code to add.
    pub struct NewCode {
        /// The code; unique in its list.
        code: required Code<40>,
        /// The code above it in the same list.
        parent: optional Code<40>,
        /// Its place in the list; 0 unless said otherwise.
        sort: optional Sort,
        /// How it reads.
        labels: required NewLabels,
        /// False to add it retired; true unless said otherwise.
        is_active: optional bool,
    }
}

crate::input! {
    /// What changes in a code. The code itself does not: records, histories, signatures and other programs know
    /// it by its word; retire it and add another.
    pub struct CodePatch {
        /// The code above it in the same list.
        parent: clearable Code<40>,
        /// Its place in the list.
        sort: change Sort,
        /// How it reads.
        labels: change LabelsPatch,
        /// False to retire it.
        is_active: change bool,
    }
}

crate::input! {
    /// Which codes of a list to list, in the order of `sort` and then of the codes.
    pub struct CodeQuery {
        /// What the code or one of its labels begins with.
        q: optional Text<100>,
        /// Only those right below this code.
        parent: optional Code<40>,
        /// Only active or only retired ones.
        is_active: optional bool,
        /// How many on a page.
        limit: optional Limit,
        /// The page after this one.
        cursor: optional Text<2000>,
        /// Whether to count them.
        count: optional Count,
    }
}

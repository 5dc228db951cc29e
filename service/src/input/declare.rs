//! `input!`, which declares a type of the border.

/// Declares a type of the border. Each field says how it is taken:
/// `required T` → `T`; `optional T` → `Option<T>`; in patches `change T` → `Option<T>` (not clearable) and
/// `clearable T` → `Option<Option<T>>` (null clears). What stands first with two dots, `..filter: DefectFilter`, is another
/// such type whose fields this one has as well: side by side in a request, together in the code.
#[macro_export]
macro_rules! input {
    ($(#[$meta:meta])* pub struct $name:ident {
        $(..$part:ident : $shared:ty,)*
        $($(#[doc = $about:literal])* $field:ident : $how:ident $kind:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(#[doc = "What it shares with others."] pub $part: $shared,)*
            $($(#[doc = $about])* pub $field: $crate::input!(@type $how $kind)),*
        }

        impl $crate::input::Input for $name {
            const FIELDS: &'static [&'static str] = {
                const OWN: &[&str] = &[$(stringify!($field)),*];
                const ALL: [&str; OWN.len() $(+ <$shared as $crate::input::Input>::FIELDS.len())*] =
                    $crate::input::joined(&[$(<$shared as $crate::input::Input>::FIELDS,)* OWN]);
                &ALL
            };

            fn take(fields: &mut $crate::input::Fields<'_>) -> Option<Self> {
                $(let $part = <$shared as $crate::input::Input>::take(fields);)*
                $(let $field = fields.$how::<$kind>(stringify!($field));)*
                Some(Self { $($part: $part?,)* $($field: $field?),* })
            }

            fn describe() -> Vec<$crate::input::Described> {
                let own = vec![$($crate::input::Described {
                    name: stringify!($field),
                    about: concat!($($about),*),
                    schema: <$kind as $crate::value::Value>::schema(),
                    taken: $crate::input!(@taken $how),
                }),*];
                [$(<$shared as $crate::input::Input>::describe(),)* own].into_iter().flatten().collect()
            }
        }

        impl $crate::value::Value for $name {
            fn from_json(value: &serde_json::Value) -> std::result::Result<Self, $crate::value::Problems> {
                $crate::input::nested(value)
            }

            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::input::object_schema::<Self>()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::input::object_schema::<Self>()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::input::query_parameters::<Self>()
            }
        }
    };
    (@type required $kind:ty) => { $kind };
    (@type optional $kind:ty) => { Option<$kind> };
    (@type change $kind:ty) => { Option<$kind> };
    (@type clearable $kind:ty) => { Option<Option<$kind>> };
    (@taken required) => { $crate::input::Taken::Required };
    (@taken optional) => { $crate::input::Taken::Optional };
    (@taken change) => { $crate::input::Taken::Change };
    (@taken clearable) => { $crate::input::Taken::Clearable };
}

//! Types of the border as OpenAPI describes them.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::{Input, Taken};

/// The OpenAPI schema of a type of the border.
pub fn object_schema<T: Input>() -> RefOr<Schema> {
    use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
    let mut object = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    for field in T::describe() {
        let schema = match field.taken {
            Taken::Required | Taken::Change => field.schema,
            Taken::Optional | Taken::Clearable => or_null(field.schema),
        };
        object = object.property(field.name, about(schema, field.about));
        if field.taken == Taken::Required {
            object = object.required(field.name);
        }
    }
    object.into()
}

/// The query parameters of a type of the border.
pub fn query_parameters<T: Input>() -> Vec<utoipa::openapi::path::Parameter> {
    use utoipa::openapi::Required;
    use utoipa::openapi::path::{ParameterBuilder, ParameterIn, ParameterStyle};
    T::describe()
        .into_iter()
        .map(|field| {
            let list = matches!(&field.schema, RefOr::T(Schema::Array(_)));
            let required = match field.taken {
                Taken::Required => Required::True,
                _ => Required::False,
            };
            let mut parameter = ParameterBuilder::new()
                .name(field.name)
                .parameter_in(ParameterIn::Query)
                .description(Some(field.about.trim()))
                .required(required)
                .schema(Some(field.schema));
            if list {
                parameter = parameter
                    .style(Some(ParameterStyle::Form))
                    .explode(Some(false));
            }
            parameter.build()
        })
        .collect()
}

/// A schema with what the field is.
fn about(schema: RefOr<Schema>, text: &str) -> RefOr<Schema> {
    let text = Some(text.trim().to_owned());
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.description = text;
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = text;
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = text;
            RefOr::T(Schema::OneOf(one_of))
        }
        other => other,
    }
}

/// Makes a schema that null also meets.
fn or_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    use utoipa::openapi::schema::{OneOfBuilder, SchemaType, Type};
    match schema {
        RefOr::T(Schema::Object(mut object)) if object.enum_values.is_none() => {
            if let SchemaType::Type(kind) = object.schema_type {
                object.schema_type = SchemaType::from_iter([kind, Type::Null]);
            }
            RefOr::T(Schema::Object(object))
        }
        other => OneOfBuilder::new()
            .item(other)
            .item(
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::Null)),
            )
            .into(),
    }
}

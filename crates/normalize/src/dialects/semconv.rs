//! What OpenTelemetry's general conventions say of any span: whose session and user it is, and, on the
//! spans that speak for a run, where it ran.

use crate::Dialect;
use crate::draft::{Draft, Text};
use vedette_model::{Kind, RawSpan};

pub const DIALECT: Dialect = Dialect { name: "semconv", applies: |_| true, fill };

fn fill<'a>(raw: &'a RawSpan, draft: &mut Draft<'a>) {
    // MLflow writes them as JSON, too.
    draft.quoted_text(Text::Session, &["session.id"]);
    draft.quoted_text(Text::User, &["user.id", "enduser.id"]);
    draft.text(Text::Session, &["session.id"]);
    draft.text(Text::User, &["user.id", "enduser.id"]);
    // A run asks its topmost spans first; the others need not repeat their resource.
    if raw.parent.is_none() || matches!(draft.kind(), Kind::Agent | Kind::Workflow) {
        let resource = &raw.resource.attributes;
        draft.text_from(Text::Session, resource, &["session.id"]);
        draft.text_from(Text::User, resource, &["user.id", "enduser.id"]);
        draft.text_from(Text::Version, resource, &["service.version"]);
        draft.text_from(Text::Environment, resource, &["deployment.environment.name", "deployment.environment"]);
    }
}

"""Closer looks at the API's answers than schemathesis takes by itself.

Data that fits the document may be refused with 422 only for what no schema can say: a reference to nothing, a step
that lacks something, a cursor that was made up. A refusal for a type, a length or a range is a fault of the document.
"""

import re

import schemathesis

# The coverage phase makes headers of letters and digits alone, and so no ETag; here it gets its quotes.
ETAGS = re.compile(r'(\*|(W/)?"[^",]*")([ \t]*,[ \t]*(\*|(W/)?"[^",]*"))*')
# Codes of refusals that the document's schemas say, or could say.
SAID_BY_SCHEMA = {"type", "unknown", "choice", "too_long", "too_short", "blank", "format", "range", "not_null"}
# Not too_precise: how many digits an amount may have is up to the currency.
# Fields whose order no schema can say: made-up cursors, instants in the past, one number that depends on another.
BEYOND_SCHEMA = {"cursor", "expires_at", "quantity_inspected", "work_date", "detected_at", "due_at"}
# Nor can it say between which years an instant lies.
BEYOND_SCHEMA |= {"reported_after", "reported_before"}


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in ("If-Match", "If-None-Match"):
        value = (case.headers or {}).get(name)
        if value is not None and not ETAGS.fullmatch(str(value)):
            case.headers[name] = f'"{value}"'


@schemathesis.check
def refusal_is_beyond_the_schema(ctx, response, case):
    meta = case.meta
    if response.status_code != 422 or meta is None or not meta.generation.mode.is_positive:
        return
    refused = [
        error
        for error in response.json().get("errors", [])
        if error["code"] in SAID_BY_SCHEMA and error["field"].split("/")[0] not in BEYOND_SCHEMA
    ]
    assert not refused, f"the document allows what is refused: {refused}"


@schemathesis.check
def every_error_is_a_problem(ctx, response, case):
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    sent = response.headers.get("x-request-id")
    if sent is None and response.status_code == 400:
        return  # no HTTP at all: refused before there was a request
    problem = response.json()
    assert problem["status"] == response.status_code, "the problem names another status"
    assert problem["instance"] == sent[0], "the problem names another request"

"""Closer looks at the API's answers than schemathesis takes by itself.

Data that fits the document may be refused with 422 only for what no schema can say: a reference to nothing, a step
that lacks something, a cursor that was made up. A refusal for a type, a length or a range is a fault of the document.
A good token is believed, and only those who fail to sign in are ever told to wait.
"""

import itertools
import os
import re

import schemathesis

# The coverage phase makes headers of letters and digits alone, and so no ETag; here it gets its quotes.
ETAGS = re.compile(r'(\*|(W/)?"[^",]*")([ \t]*,[ \t]*(\*|(W/)?"[^",]*"))*')
# Codes of refusals that the document's schemas say, or could say. Not too_precise: how many digits an amount may
# have is up to the currency.
SAID_BY_SCHEMA = {"type", "unknown", "choice", "too_long", "too_short", "blank", "format", "range", "not_null", "duplicate"}
# What no schema can say, whatever the field is called: between which years an instant or a day lies.
BEYOND_SCHEMA_MESSAGE = re.compile(r"must lie between the years \d+ and \d+")
# And field by field: made-up cursors; on which side of now an instant lies; one quantity that bounds another; how large an amount may be with the digits of the currency.
BEYOND_SCHEMA = {("cursor", "format"), ("quantity_inspected", "range"), ("amount", "range"), ("unit_cost", "range")} | {
    (field, "range")
    for field in ("reinspection_quantity", "max_quantity", "rate", "least_amount", "rendered_unusable_at", "valid_until")
} | {
    (field, "range")
    for field in ("expires_at", "work_date", "detected_at", "due_at")
} | {
    # A period may be empty or too long, a range of quantities empty or too large, one of money empty; inspections are only
    # added by a file.
    ("from", "range"),
    ("to", "range"),
    ("quantity_defective", "range"),
    ("cost_total", "range"),
    ("mode", "choice"),
    # All but nothing: `! `.
    ("lot_number", "blank"),
    ("work_order", "blank"),
}
# Where failures are counted.
COUNTED = {"/api/v1/auth/token", "/api/v1/setup", "/api/v1/supplier/{token}"}
COUNT = itertools.count()
# What the run signs its requests with; none where it is nobody's.
TOKEN = os.environ.get("DMT_SCHEMATHESIS_TOKEN") or None
# The demo has at least so many of everything.
THERE = 40


@schemathesis.serializer("application/zip")
def archive(ctx, value):
    """Bytes as they are: schemathesis knows no such bodies by itself."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Ids of what is there, so that more than 404 is tried. Not of users: the run's own are among them."""
    if ctx.operation is not None and not ctx.operation.path.startswith("/api/v1/users"):
        for name in ("id", "child_id"):
            value = (path_parameters or {}).get(name)
            if isinstance(value, int) and not isinstance(value, bool) and value > THERE:
                path_parameters[name] = 1 + value % THERE
    return path_parameters


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name in ("If-Match", "If-None-Match"):
        value = (case.headers or {}).get(name)
        if value is not None and not ETAGS.fullmatch(str(value)):
            case.headers[name] = f'"{value}"'
    # A scenario that makes something twice with one key is told of the first again, which it has deleted meanwhile.
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and case.meta.phase.name.value == "stateful":
        case.headers["Idempotency-Key"] = f"{str(key)[:200]}-{next(COUNT)}"


@schemathesis.check
def refusal_is_beyond_the_schema(ctx, response, case):
    meta = case.meta
    if response.status_code != 422 or meta is None or not meta.generation.mode.is_positive:
        return
    refused = [
        error
        for error in response.json().get("errors", [])
        if error["code"] in SAID_BY_SCHEMA
        and (error["field"], error["code"]) not in BEYOND_SCHEMA
        and not BEYOND_SCHEMA_MESSAGE.search(error["message"])
        and not error["field"].startswith("rows[")  # of an uploaded sheet, which has no schema
        and error["field"].split(".")[-1] != "filter"  # a language of its own, of which a schema says only the length
    ]
    assert not refused, f"the document allows what is refused: {refused}"


@schemathesis.check
def a_good_token_is_believed(ctx, response, case):
    if TOKEN is None or response.status_code != 401 or case.operation.path in COUNTED:
        return
    sent = response.request.headers.get("authorization")
    assert sent != f"Bearer {TOKEN}", "the run's token was refused"


@schemathesis.check
def only_failures_to_sign_in_are_limited(ctx, response, case):
    assert response.status_code != 429 or case.operation.path in COUNTED, "nothing else is limited unless configured"


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

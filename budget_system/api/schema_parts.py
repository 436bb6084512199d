"""The parts of the OpenAPI description that many operations share."""

from typing import Final

TAG: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the version the change was made for; where it is stale the answer is 412.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same body, the first answer comes again, or a record of it (208); nothing is "
    "done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
DETAIL: Final = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
STORED_RECORD: Final = {
    "type": "object",
    "description": "What is known of the first answer to an Idempotency-Key whose body was not kept.",
    "properties": {
        "detail": {"type": "string"},
        "answered_at": {"type": "string", "format": "date-time"},
        "status": {"type": "integer", "description": "The first answer's."},
        "rows": {"type": "integer", "description": "How many rows it showed."},
        "sha256": {"type": "string", "description": "Of its body, in hexadecimal."},
    },
    "required": ["detail", "answered_at", "status", "rows", "sha256"],
}
ANSWERED_BEFORE: Final = {
    "description": "The call with this Idempotency-Key was carried out before; its answer was too large to be kept.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AnswerRecord"}}},
}
_MESSAGES: Final = {"type": "array", "items": {"type": "string"}}
VALIDATION_ERRORS: Final = {
    "type": "object",
    "description": "Messages by field; `non_field_errors`: the whole is to blame; `detail`: it cannot be read.",
    "properties": {"detail": {"type": "string"}, "non_field_errors": _MESSAGES},
    "additionalProperties": _MESSAGES,
}
ROW_ERRORS: Final = {
    "type": "object",
    "description": "Of each bad row, by its place from 0, messages by field; or what is said of the whole body.",
    "additionalProperties": {},
}
REFUSALS: Final = {
    "400": ("Faults", "A field, a parameter or the body is not understood; it is named."),
    "401": ("Detail", "Nobody known asks: no token and no login, or a token that works no longer."),
    "403": ("Detail", "The role of who asks does not allow it; or a session came without its CSRF token."),
    "404": ("Detail", "There is no such row, or page; what is another brand's is not there."),
    "406": ("Detail", "`Accept` leaves no form in which to answer."),
    "409": ("Detail", "Two requests at once met a rule of uniqueness."),
    "412": ("Detail", "`If-Match` is stale."),
    "413": ("Detail", "The body is too large."),
    "422": ("Detail", "The Idempotency-Key came with another body before."),
    "415": ("Detail", "The body is not JSON."),
    "429": ("Detail", "Too many requests in this minute."),
    "503": ("Detail", "The database is away or busy; nothing was changed."),
}
PAGE_HEADERS: Final = {
    "Link": {"description": "`first`, `prev`, `next` and `last` page (RFC 8288).", "schema": {"type": "string"}},
    "X-Total-Count": {
        "description": "All rows; absent above 10,000 unless `count=exact`.",
        "schema": {"type": "integer"},
    },
}
ROW_HEADERS: Final = {
    "ETag": {"description": "Covers all but counters and what follows from them.", "schema": {"type": "string"}}
}
RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}},
}

"""The API: how many requests it takes, and the framework that serves and describes it."""

from environs import validate

from budget_system.settings.environment import TRUSTED_PROXIES, URL_PREFIX, env

# Requests a minute, in each web process: by user, and by address where nobody knows who asks.
THROTTLE_USER = env.int("THROTTLE_USER", 6000, validate=validate.Range(min=1))
THROTTLE_ANONYMOUS = env.int("THROTTLE_ANONYMOUS", 60, validate=validate.Range(min=1))

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "budget_system.api.authentication.TokenAuthentication",
        "budget_system.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["budget_system.api.permissions.IsLoggedInOrOpen"],
    "DEFAULT_THROTTLE_CLASSES": ["budget_system.api.throttling.UserThrottle"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_PARSER_CLASSES": ["budget_system.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "budget_system.api.schema.ServiceSchema",
    "EXCEPTION_HANDLER": "budget_system.api.exceptions.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Budget Management System",
    "DESCRIPTION": "Budgets, spends and dayparting of an agency's campaigns. Amounts are strings with two decimals;"
    " a request may send a JSON number too. What was read can be sent back: read-only fields are taken with it, and"
    " ignored.",
    "VERSION": "1",
    "SERVERS": [{"url": URL_PREFIX}] if URL_PREFIX else [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["budget_system.api.permissions.IsLoggedInOrOpen"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "budget_system.api.schema_enums.one_enum_each",
        "budget_system.api.schema.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        # Three fields are called `result`; the oldest keeps the name that generated clients know.
        "ResultEnum": "spending.api.spends.RESULTS",
        "AckResultEnum": "delivery.api.feed.RESULTS",
        "SwitchResultEnum": "delivery.api.brands.RESULTS",
        "CampaignStatus": "campaigns.status.CampaignStatus",
        "Observed": "delivery.models.Observed",
        "PacingState": "campaigns.pacing.PacingState",
        "PauseReason": "campaigns.status.PauseReason",
        "Platform": "campaigns.models.Platform",
        "SpendType": "spending.models.SpendType",
        "Order": "campaigns.models.Order",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

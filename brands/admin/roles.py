"""Who may do what, and why: tables in the forms of the brand and of the user, for administrators."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.contrib.auth.models import User
from django.db.models import Model, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from brands.access.memberships import memberships_of
from brands.models import Brand, Membership, Role
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.row_urls import change_url

PEOPLE_SHOWN: Final = 100
ADMINISTRATOR: Final = "administrator"
ROLES: Final = {
    ADMINISTRATOR: (Colour.AMBER, "administrator"),
    Role.MANAGER.value: (Colour.GREEN, "manager"),
    Role.VIEWER.value: (Colour.GREY, "viewer"),
}
"""The roles as they are shown, the highest first."""


def people_table(brand: Brand) -> SafeString:
    """List who may do what in a brand: each person with their highest role, and everything that gives one."""
    if brand.archived_at is not None:
        return mark_safe("<p>It is archived: administrators alone see it until it is restored.</p>")
    sources: dict[User, list[tuple[str, SafeString]]] = defaultdict(list)
    for user in User.objects.filter(is_superuser=True, is_active=True):
        sources[user].append((ADMINISTRATOR, SafeString("every brand, archived ones too")))
    held = Membership.objects.filter(Q(brand=brand) | Q(brand=None)).order_by("pk").select_related("group")
    of_user, of_group = _by_holder(held)
    for user in User.objects.filter(pk__in=of_user, is_active=True):
        sources[user] += [(one.role, _where(one, "own membership")) for one in of_user[user.pk]]
    inside = User.groups.through._default_manager.filter(group__in=of_group, user__is_active=True)
    for link in inside.order_by("group__name").select_related("user"):
        for one in of_group[link.group_id]:
            sources[link.user].append((one.role, _where(one, format_html("group {}", _link(one.group)))))
    people = sorted(sources, key=User.get_username)
    return _table(
        ("Person", "May act as", "Because of"),
        [_person(user, sources[user]) for user in people[:PEOPLE_SHOWN]],
        nothing="Nobody yet.",
        more=reverse("admin:auth_user_changelist") if len(people) > PEOPLE_SHOWN else "",
        more_text=f"{len(people) - PEOPLE_SHOWN} more people may; all users",
    )


def group_memberships_table(user: User) -> SafeString:
    """List what a user's groups add to their own memberships."""
    held = memberships_of(user).filter(group__isnull=False).select_related("group", "brand")
    return _table(
        ("Group", "Brand", "May act as"),
        [(_link(one.group), _link(one.brand) if one.brand else "every brand", _pill(one.role)) for one in held],
        nothing="Nothing: this user is in no group that reaches a brand.",
    )


def access_summary(memberships: Iterable[Membership]) -> str:
    """Return in a few words which brands a group reaches."""
    held = list(memberships)
    parts = [f"every brand as {ROLES[one.role][1]}" for one in held if one.brand_id is None]
    if named := len(held) - len(parts):
        parts.append("1 brand by name" if named == 1 else f"{named} brands by name")
    return ", ".join(parts) or "none"


def _by_holder(held: Iterable[Membership]) -> tuple[dict[int, list[Membership]], dict[int, list[Membership]]]:
    of_user: dict[int, list[Membership]] = defaultdict(list)
    of_group: dict[int, list[Membership]] = defaultdict(list)
    for one in held:
        if one.user_id is not None:
            of_user[one.user_id].append(one)
        elif one.group_id is not None:
            of_group[one.group_id].append(one)
    return of_user, of_group


def _person(user: User, sources: list[tuple[str, SafeString]]) -> tuple[SafeString, ...]:
    order = list(ROLES)
    ranked = sorted(sources, key=lambda source: order.index(source[0]))
    name = format_html('{}<span class="bs-under">{}</span>', _link(user), user.get_full_name())
    lines = format_html_join("", "<li>{}: {}</li>", ((ROLES[role][1], why) for role, why in ranked))
    return name, _pill(ranked[0][0]), format_html('<ul class="bs-changes bs-sources">{}</ul>', lines)


def _where(one: Membership, what: str) -> SafeString:
    return format_html("{}, {}", what, "every brand" if one.brand_id is None else "this brand")


def _pill(role: str) -> SafeString:
    return pill(*ROLES[role])


def _link(row: Model | None) -> SafeString:
    if row is None:
        return SafeString("")
    return format_html('<a href="{}">{}</a>', change_url(row), row)


def _table(
    columns: tuple[str, ...],
    rows: list[tuple[SafeString | str, ...]],
    *,
    nothing: str,
    more: str = "",
    more_text: str = "",
) -> SafeString:
    context = {"columns": columns, "rows": rows, "nothing": nothing, "more": more, "more_text": more_text}
    return mark_safe(render_to_string("admin/budget/table.html", context))

"""A form that was open while somebody else saved: what stands now beside what was typed, and the way on.

The form is shown again as if it had been opened now: with the version that stands, with the others' values where the
person had changed nothing, and with what was typed where they had. So saving it once more is a decision, not an
accident.
"""

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BooleanField, BoundField
from django.http import QueryDict
from django.utils import timezone

from budget_system.admin.limit_field import NO_LIMIT, LimitField
from budget_system.admin.local_times import short
from budget_system.admin.versions import Author, last_authors, version_of

if TYPE_CHECKING:
    from budget_system.admin.forms import ServiceForm

VERSION: Final = "version"
"""The name under which a form sends the version that it was opened with."""
STALE: Final = "Nothing is saved yet: this was changed after you had opened it."


class StaleValue(NamedTuple):
    """One value that somebody else has changed."""

    label: str
    said: str


def renewed(form: "ServiceForm[Any]", author_of_now: str) -> list[StaleValue]:
    """Make a form as if it had been opened now; return what has changed since it was."""
    data = cast(QueryDict, form.data).copy()
    changed = [bound for name in form.fields if (bound := form[name]).field.show_hidden_initial and differs(bound)]
    authors = last_authors(form.instance, [_column(form, bound.name) for bound in changed])
    values = [_stale_value(form, bound, authors, author_of_now) for bound in changed]
    for bound in changed:
        if not is_changed(bound):
            take_over(data, bound)
        data[bound.html_initial_name] = shown(bound)
    data[form.add_prefix(VERSION)] = version_of(form.instance)
    form.data = data
    if not values and (last := authors.get("")) is not None:
        values = [StaleValue("Last saved", f"by {_who(last, author_of_now)}, {_when(form, last)}")]
    return values


def differs(bound: BoundField) -> bool:
    """Return whether the stored value is another than that with which the form was opened."""
    hidden = bound.field.hidden_widget()
    opened = bound.form._widget_data_value(hidden, bound.html_initial_name)  # type: ignore[attr-defined]  # as above
    if isinstance(bound.field, BooleanField):
        return bool(bound.initial) != (opened in {"True", "true", "on", "1"})
    try:
        return bool(bound.field.has_changed(bound.initial, opened))
    except ValidationError:
        return True


def is_changed(bound: BoundField) -> bool:
    """Return whether the person has changed a value, of the one with which the form was opened."""
    return bool(bound._has_changed())  # type: ignore[attr-defined]  # the stubs leave it out


def _stale_value(form: "ServiceForm[Any]", bound: BoundField, authors: dict[str, Author], me: str) -> StaleValue:
    stands = form.field_text(bound.name, bound.initial)
    author = authors.get(_column(form, bound.name))
    saved = f"{_who(author, me)} saved {stands}, {_when(form, author)}" if author else f"{stands} stands now"
    if not is_changed(bound):
        return StaleValue(str(bound.label), f"{saved}; you had not changed it.")
    return StaleValue(str(bound.label), f"you typed {_typed(form, bound)}; {saved}.")


def _typed(form: "ServiceForm[Any]", bound: BoundField) -> str:
    try:
        return form.field_text(bound.name, bound.field.clean(bound.data))
    except ValidationError:
        typed = bound.data[0] if isinstance(bound.data, list) else bound.data
        return f"“{typed}”"


def _column(form: "ServiceForm[Any]", name: str) -> str:
    return form.decided_in.get(name, name)


def _who(author: Author, me: str) -> str:
    return "you" if author.name == me else author.name


def _when(form: "ServiceForm[Any]", author: Author) -> str:
    tz = form.row_timezone()
    return f"{short(author.at, tz, now=timezone.now())} ({tz})"


def shown(bound: BoundField) -> str:
    """Return what stands, as a form sends it."""
    value: object = bound.field.prepare_value(bound.initial)
    value = value.pk if isinstance(value, Model) else value
    return "" if value is None else str(value)


def take_over(data: QueryDict, bound: BoundField) -> None:
    """Fill in what stands, where the person had changed nothing."""
    name, standing = bound.html_name, shown(bound)
    if isinstance(bound.field, BooleanField):
        _tick(data, name, ticked=bool(bound.initial))
        return
    data[name] = standing
    if isinstance(bound.field, LimitField):
        _tick(data, f"{name}_{NO_LIMIT}", ticked=not standing)


def _tick(data: QueryDict, name: str, *, ticked: bool) -> None:
    if ticked:
        data[name] = "on"
    else:
        data.pop(name, None)

"""Groups of users in the admin, for administrators: their members, and the brands they access."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Count, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from brands.admin.memberships import GroupBrandsInline
from brands.admin.roles import access_summary
from budget_system.admin.changelists import ListAdmin
from budget_system.admin.fields import NameField
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import ModelForm

unregister("django.contrib.auth.admin", Group)


class GroupForm(ModelForm[Group]):
    """A group: its name and its members."""

    name = NameField()
    people = ModelMultipleChoiceField(
        queryset=User.objects.order_by("username"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="Each of them may do what the group may.",
        show_hidden_initial=True,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["people"] = list(self.instance.user_set.all())


@admin.register(Group)
class GroupAdmin(ListAdmin[Group]):
    """Groups of users: each member has the memberships of the group."""

    form = GroupForm
    fields = ("name", "people")
    inlines = (GroupBrandsInline,)
    list_display = ("name", "people", "access")
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Read what the list shows of each group."""
        return super().get_queryset(request).prefetch_related("memberships").annotate(size=Count("user"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Add and remove the members that the person ticked and unticked."""
        super().save_related(request, form, formsets, change)
        if "people" in form.changed_data:
            form.instance.user_set.set(form.cleaned_data["people"])

    @admin.display(description="people", ordering="size")
    def people(self, group: Group) -> int:
        """Return how many members the group has."""
        return int(getattr(group, "size", 0))

    @admin.display(description="brands")
    def access(self, group: Group) -> str:
        """Return to which brands the group has access."""
        return access_summary(group.memberships.all())

"""Groups of users in the admin, for administrators: who is in one, and what it reaches."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Count, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from brands.admin.memberships import GroupBrandsInline
from brands.admin.roles import reach_summary
from budget_system.admin.changelists import ListAdmin
from budget_system.admin.fields import NameField
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import ModelForm

unregister("django.contrib.auth.admin", Group)


class GroupForm(ModelForm[Group]):
    """A group: its name, and who is in it."""

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
    """Groups of users: what a membership gives a group, it gives each of them."""

    form = GroupForm
    fields = ("name", "people")
    inlines = (GroupBrandsInline,)
    list_display = ("name", "people", "reach")
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Read what the list shows of each."""
        return super().get_queryset(request).prefetch_related("memberships").annotate(size=Count("user"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Take in and leave out whom the person chose and no longer chose."""
        super().save_related(request, form, formsets, change)
        if "people" in form.changed_data:
            form.instance.user_set.set(form.cleaned_data["people"])

    @admin.display(description="people", ordering="size")
    def people(self, group: Group) -> int:
        """Return how many are in it."""
        return int(getattr(group, "size", 0))

    @admin.display(description="brands")
    def reach(self, group: Group) -> str:
        """Return what it reaches."""
        return reach_summary(group.memberships.all())

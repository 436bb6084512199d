"""The form for importing a report: the options of `import_spends`."""

from typing import Any

from django import forms
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from brands.access.memberships import writable_rows
from brands.models import Brand
from budget_system.admin.autocomplete import RowSelect
from budget_system.admin.fields import ChoiceField
from budget_system.core.actors import BrandAccess
from budget_system.web.body_limits import MAX_FILE, MB
from campaigns.models import Platform
from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.platforms import Unit
from spending.imports.requests import MatchBy, OtherEntries
from spending.models import Import, Upload

FIELD_HINTS = {
    "campaign": "in “Campaign column”",
    "campaign_or_name": "in “Campaign column”, or match them by their name",
    "date": "in “Date column”",
    "cost": "in “Cost column”",
    "unit": "in “Unit”",
    "dates": "in “Dates”",
    "decimal": "in “Decimal sign”",
}
"""Where in the form a missing option is given."""

ERROR_FIELDS = {
    "campaign": "campaign_column",
    "campaign_or_name": "campaign_column",
    "date": "date_column",
    "cost": "cost_column",
    "unit": "unit",
    "dates": "dates",
    "decimal": "decimal",
}
"""The field at which a report that cannot be read is shown as an error; else it is shown at the file."""

TOO_LARGE = (
    f"The file is too large; at most {MAX_FILE // MB} MB are taken here. "
    "The command import_spends takes files of any size."
)


def _column(what: str) -> forms.CharField:
    text = "As the report names it; empty: as chosen for the last report, else as the platform usually names it."
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(required=False, max_length=255, label=f"{what} column", help_text=text, widget=widget)


class ImportForm(forms.Form):
    """Whose report it is, which platform wrote it, and how it is read."""

    brand = forms.ModelChoiceField(
        queryset=Brand.objects.none(),
        widget=RowSelect(Import._meta.get_field("brand"), AdminSite()),
        error_messages={"invalid_choice": "There is no such brand that you may change."},
    )
    platform = ChoiceField([("", "---------"), *Platform.choices])
    file = forms.FileField(
        required=False,
        label="Report",
        help_text="As the platform exports it: CSV, with commas, semicolons or tabs, or .xlsx; 20 MB at most.",
        widget=UnfoldAdminFileFieldWidget({"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput())
    create_campaigns = forms.BooleanField(
        required=False,
        label="Create campaigns that are not known",
        help_text="Otherwise their lines are listed as bad and left out.",
        widget=UnfoldBooleanWidget(),
    )
    strict = forms.BooleanField(required=False, label="Book nothing if one line is bad", widget=UnfoldBooleanWidget())
    unit = ChoiceField(
        [("", "as the column's name, or the platform, says"), (Unit.UNITS, "units: 1.50 is 1.50"),
         (Unit.MICROS, "micros: 1500000 is 1.50")],
        required=False,
        help_text="What the costs are in; it is never guessed from the numbers.",
    )  # fmt: skip
    campaign_column = _column("Campaign")
    date_column = _column("Date")
    cost_column = _column("Cost")
    match_by = ChoiceField(
        [("", "their id, or as chosen for the last report"), (MatchBy.ID, "their id"), (MatchBy.NAME, "their name")],
        required=False,
        label="Match campaigns by",
    )
    dates = ChoiceField(
        [("", "as the file itself shows"), (DateOrder.DAY_FIRST, "day first: 05/11 is 5 November"),
         (DateOrder.MONTH_FIRST, "month first: 05/11 is 11 May")],
        required=False,
    )  # fmt: skip
    decimal = ChoiceField(
        [("", "as the file itself shows"), (DecimalSign.POINT, "a point: 1,234 is 1234.00"),
         (DecimalSign.COMMA, "a comma: 1,234 is 1.23")],
        required=False,
        label="Decimal sign",
    )  # fmt: skip
    other_entries = ChoiceField(
        [("", "ask, or as chosen for the last report"),
         (OtherEntries.REPLACE, "the report replaces them"), (OtherEntries.ADD, "the report is added to them")],
        required=False,
        help_text="Entries on the report's days that did not come from a report.",
    )  # fmt: skip
    usual = forms.BooleanField(
        required=False,
        label="Forget what was chosen for earlier reports",
        help_text="Columns and the choices above are kept for each brand and platform.",
        widget=UnfoldBooleanWidget(),
    )

    def __init__(self, *args: Any, access: BrandAccess, site: AdminSite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brand = self.fields["brand"]
        assert isinstance(brand, forms.ModelChoiceField)
        brand.queryset = writable_rows(Brand.objects.all(), access)
        brand.widget = RowSelect(Import._meta.get_field("brand"), site, choices=brand.choices)

    def clean_file(self) -> "UploadedFile[Any] | None":
        """Refuse a file that is too large."""
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > MAX_FILE:
            raise ValidationError(TOO_LARGE)
        return file

    def clean(self) -> dict[str, Any]:
        """Require a file where none was sent before."""
        cleaned = self.cleaned_data
        if not self.has_error("file") and cleaned.get("file") is None and cleaned.get("kept") is None:
            self.add_error("file", "Choose a file.")
        return cleaned

    def show_kept_file(self, upload: Upload) -> None:
        """Show the name of the file that was kept, so that it need not be sent again."""
        self.data = {**dict(self.data.items()), "kept": str(upload.pk)}
        self["file"].help_text = f"“{upload.file_name}” is kept; choose another only to replace it."

    def options(self) -> dict[str, str]:
        """Return the options of a valid form as it would send them again, without those left open."""
        values = {name: value for name, value in self.cleaned_data.items() if value and name != "file"}
        texts = {name: "on" if value is True else str(getattr(value, "pk", value)) for name, value in values.items()}
        return {**texts, **{name: self.data[name] for name in ("kept",) if self.data.get(name)}}


class PlanForm(forms.Form):
    """What the page of a plan asks beside the form: the plan that was seen, and the tick under what is marked."""

    digest = forms.CharField(required=False, max_length=64)
    force = forms.BooleanField(required=False)

    def options(self) -> dict[str, str]:
        """Return what was sent, as the page would send it again; what is no digest is none that was seen."""
        self.full_clean()
        return {name: "on" if value is True else value for name, value in self.cleaned_data.items() if value}

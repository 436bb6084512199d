"""The ledger, its totals, and the imports of reports."""

from spending.models.imports import DayResult, Import, ImportedCampaign, ImportedDay, Upload
from spending.models.jobs import JobKind, JobState, ReportJob, broken_off_imports
from spending.models.ledger import (
    FIRST_DATE,
    BrandTotal,
    CampaignTotal,
    Period,
    Reset,
    Spend,
    SpendQuerySet,
    SpendType,
    Total,
)
from spending.models.reports import ReplacedEntry, ReportChoice, ReportedName
from spending.models.today import DriftFound, PutAway, Visit

__all__ = [
    "FIRST_DATE",
    "BrandTotal",
    "CampaignTotal",
    "DayResult",
    "DriftFound",
    "Import",
    "ImportedCampaign",
    "ImportedDay",
    "JobKind",
    "JobState",
    "Period",
    "PutAway",
    "ReplacedEntry",
    "ReportChoice",
    "ReportJob",
    "ReportedName",
    "Reset",
    "Spend",
    "SpendQuerySet",
    "SpendType",
    "Total",
    "Upload",
    "Visit",
    "broken_off_imports",
]

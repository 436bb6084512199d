"""A brand's month as its client reads it: budget and changes of it, spent by day and campaign, pauses, overshoot."""

from spending.reports.budget_history import BudgetChange
from spending.reports.client_month.paused import CampaignPause, PauseSum
from spending.reports.client_month.report import CampaignMonth, ClientMonth, DayOfMonth, client_month
from spending.reports.client_month.table import client_month_table

__all__ = [
    "BudgetChange",
    "CampaignMonth",
    "CampaignPause",
    "ClientMonth",
    "DayOfMonth",
    "PauseSum",
    "client_month",
    "client_month_table",
]

"""Which campaign a line belongs to: by its id, restored where a spreadsheet has changed it, or by name and account."""

from collections import defaultdict

from django.core.exceptions import ValidationError

from brands.models import Brand
from budget_system.core.validation import clean_name, excerpt, fold
from campaigns.models import Platform
from spending.imports.cells.parsing import BadCell, UnknownCampaign, cached, is_clean_id, original_id, read_campaign
from spending.imports.columns.finding import Columns
from spending.imports.plan.keys import account_and_name, account_of, name_key
from spending.imports.plan.lookups import known_ids
from spending.imports.plan.matching import NameIndex, names_without_id, prefer_living
from spending.imports.platforms import NUMERIC_ID_PLATFORMS
from spending.imports.requests import MatchBy, Request


class Identities:
    """The keys of a report's campaigns."""

    def __init__(self, request: Request, columns: Columns, brand: Brand) -> None:
        self._columns, self._brand = columns, brand
        self._platform, self._create = request.platform, request.create_campaigns
        self._by_name = request.match_by == MatchBy.NAME
        self._names = NameIndex(brand.pk, request.platform) if self._by_name else None
        self._ids = frozenset() if self._by_name else known_ids(brand.pk, request.platform)
        self._named_without_id = frozenset() if self._by_name else names_without_id(brand.pk, request.platform)
        self._keys: dict[tuple[str, ...], str] = {}
        self._first: dict[object, tuple[str, str]] = {}
        self._ids_of: dict[str, set[str]] = defaultdict(set)
        self._ambiguous: set[str] = set()
        others = (columns.account, columns.id) if self._by_name else ()
        self._places = [columns.campaign, *(place for place in others if place is not None)]

    @property
    def ambiguous(self) -> frozenset[str]:
        """Keys for which it turned out later that more than one campaign may be meant."""
        return frozenset(self._ambiguous)

    def known_key(self, cells: list[str]) -> str | None:
        """Return the key of a line whose campaign was named in the same way before."""
        return self._keys.get(tuple([cells[place] for place in self._places]))

    def key(self, cells: list[str]) -> str:
        """Return the key of a line's campaign. Raise `BadCell`, with the cell, where nothing can be booked on it."""
        named_by, cell = tuple([cells[place] for place in self._places]), cells[self._columns.campaign]
        try:
            key = self._of_name(cells) if self._by_name else self._of_id(cell, self._name(cells))
        except UnknownCampaign as error:
            raise UnknownCampaign(cell, *error.args, key=error.key) from error
        except BadCell as error:
            raise BadCell(cell, *error.args) from error
        return cached(self._keys, named_by, key, sum(map(len, named_by)))

    def is_known(self, cells: list[str]) -> bool:
        """Return whether a line's name is that of a campaign."""
        try:
            return self._names is not None and bool(self._names.campaigns(self._named(cells)))
        except BadCell:
            return False

    def _of_id(self, cell: str, name: str | None) -> str:
        text = read_campaign(cell)
        if text in self._ids:
            return text
        original = original_id(text)
        if original in self._ids:
            return original
        platform = Platform(self._platform).label
        if original != text:
            raise BadCell(
                f"a spreadsheet or a script has rewritten this id, perhaps “{original}”, which is of no campaign of "
                f"“{self._brand}” on {platform}; export the report again, or enter the id at its campaign"
            )
        refusal = self._creation_refusal(text, name)
        if not self._create:
            missing = f"“{self._brand}” has no campaign with this id on {platform}"
            if refusal:
                raise BadCell(f"{missing}, and {refusal}")
            raise UnknownCampaign(
                f"{missing}; enter the id at its campaign, or have the import create campaigns", key=text
            )
        if refusal:
            raise BadCell(refusal)
        return text

    def _creation_refusal(self, text: str, name: str | None) -> str:
        """Return why no campaign can be created of an id that is not known; empty where one can."""
        platform = Platform(self._platform).label
        if not is_clean_id(text, numbered=self._platform in NUMERIC_ID_PLATFORMS):
            return f"this is not how {platform} writes an id, so no campaign is created of it"
        if name is not None and fold(" ".join(name.split())) in self._named_without_id:
            return (
                f"an earlier report booked “{excerpt(name.strip())}” by its name, without an id; enter this id at that "
                "campaign, so that its days are not booked twice"
            )
        return ""

    def _name(self, cells: list[str]) -> str | None:
        return None if self._columns.name is None else cells[self._columns.name]

    def _named(self, cells: list[str]) -> str:
        columns = self._columns
        account = "" if columns.account is None else account_of(cells[columns.account])
        try:
            return name_key(account, clean_name(cells[columns.campaign]))
        except ValidationError as error:
            raise BadCell(f"this is no campaign's name: {error.messages[0]}") from error

    def _of_name(self, cells: list[str]) -> str:
        """Return the key of a name; where one campaign has several, the first."""
        assert self._names is not None
        key = self._named(cells)
        refusal = self._names.refusal(key, create=self._create)
        if refusal is not None:
            if not self._create and self._names.refusal(key, create=True) is None:
                raise UnknownCampaign(refusal, key=key)
            raise BadCell(refusal)
        account, name = account_and_name(key)
        living = prefer_living(self._names.campaigns(key))
        known = living[0].pk if living else (account, fold(name))
        first_account, first = self._first.setdefault(known, (account, key))
        if account != first_account:
            self._ambiguous.add(first)
            raise BadCell(
                f"the report has this name in several accounts, “{first_account}” and “{account}”, and whose "
                f"“{living[0]}” is, is not known; import a report of one account first"
            )
        if self._columns.id is not None and (platform_id := cells[self._columns.id].strip()):
            self._ids_of[first].add(platform_id)
            if len(self._ids_of[first]) > 1:
                self._ambiguous.add(first)
                raise BadCell("the report has campaigns with different ids under this name; match them by id")
        return first

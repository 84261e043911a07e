"""The pack as one self-contained HTML page: for a board member first, for an analyst second.

The page is a list of sections, each a list of blocks; the template only lays them out. Where figures went
through disclosure control nothing is summed here: rows are shown as they were published, and totals are the
headlines alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any, Literal

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from costshift.publish import words
from costshift.publish.catalogue import TABLES
from costshift.publish.content import Headline, PackContent
from costshift.publish.headlines import NOT_COMPUTABLE, SUPPRESSED

#: Months of the trend.
TREND = 13
#: Most rows of a list (findings: of each severity). What is left out is counted beneath; the workbook has it.
MOST_ROWS = 40
MOST_FINDINGS = 10
MOST_REASONS = 10

_RECORDED, _NET = "recorded_", "net_absorbed_"
_SETTINGS = ("acute", "community", "mental_health", "unknown")
_SEVERITIES = ("error", "warning", "information")
_STATUSES = ("fail", "warn", "pass")
_BANDS = {
    "delay_1_day": "1 day",
    "delay_2_3_days": "2–3 days",
    "delay_4_6_days": "4–6 days",
    "delay_7_13_days": "7–13 days",
    "delay_14_20_days": "14–20 days",
    "delay_21_plus_days": "21+ days",
}
_LENGTHS = {
    "people_delayed": "People delayed",
    "people_delayed_7_plus": "In hospital 7 nights or more",
    "people_delayed_14_plus": "14 nights or more",
    "people_delayed_21_plus": "21 nights or more",
}
_DISCHARGE_COUNTS = (
    "discharges",
    "discharged_on_ready_date",
    "delayed_discharges",
    *_BANDS,
    "bed_days_lost",
    "ready_date_missing",
)

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One cell. ``header``: names its row; ``bar``: a share to draw behind the figure."""

    text: str
    number: bool = False
    header: bool = False
    mark: bool = False
    note: str = ""
    tone: str = ""
    bar: float | None = None


@dataclass(frozen=True)
class Row:
    """One row of a table; a ``group`` row holds one cell that names the rows after it."""

    cells: Sequence[Cell]
    kind: Literal["row", "group", "total"] = "row"


@dataclass(frozen=True)
class Head:
    """A column's header."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table with its caption, and the words in its place where it has no rows."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Row]
    empty: str
    notes: Sequence[str] = ()
    kind: str = field(default="grid", init=False)


@dataclass(frozen=True)
class Words:
    """A paragraph; ``kind`` warning stands out."""

    text: str
    kind: Literal["words", "warning", "heading"] = "words"


@dataclass(frozen=True)
class Terms:
    """Terms, each with one or more sentences."""

    entries: Sequence[tuple[str, Sequence[str]]]
    kind: str = field(default="terms", init=False)


@dataclass(frozen=True)
class Tiles:
    """Headline figures with their doubts; ``small`` ones in a list."""

    figures: Sequence[Headline]
    small: bool = False
    kind: str = field(default="tiles", init=False)


Block = Grid | Words | Terms | Tiles


@dataclass(frozen=True)
class Section:
    """A section with its anchor."""

    anchor: str
    title: str
    blocks: Sequence[Block]


def render_page(content: PackContent) -> str:
    """The pack as one HTML file: no network, no script, everything in it escaped.

    Args:
        content: all that the page says, for one audience.

    Returns:
        the page; the same content gives the same text.
    """
    pack = _Pack(content)
    sections = [make(pack) for make in _SECTIONS]
    return _template().render(
        place=content.project.place.name,
        month=words.month_name(content.month),
        as_at=words.day_name(content.as_at),
        known_at=content.known_at,
        version=content.version,
        banner=words.banner(content),
        audience=content.audience if words.is_controlled(content) or not pack.public else "warning",
        governance=words.governance(content),
        governance_gap=words.governance_gap(content),
        marks=words.marks(content),
        disclosure=words.disclosure_notes(content),
        sections=sections,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("costshift.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("pack.html.j2")


class _Pack:
    """The content with what every section asks of it."""

    def __init__(self, content: PackContent) -> None:
        self.content = content
        self.names = words.partner_names(content)
        self.public = content.audience == "public"
        self.controlled = words.is_controlled(content)
        self.month_name = words.month_name(content.month)

    def table(self, name: str) -> pl.DataFrame:
        """A table whole; without rows where this pack has none."""
        if name in self.content.tables:
            return self.content.tables[name]
        return pl.DataFrame(schema={column.name: column.dtype for column in TABLES[name].columns})

    def of_month(self, name: str) -> pl.DataFrame:
        """The rows of the report's month."""
        return self.table(name).filter(pl.col("month") == self.content.month)

    def name(self, partner: str) -> str:
        """A partner's name."""
        return self.names.get(partner, words.label(partner))

    def acceptable(self) -> dict[tuple[dt.date, str], bool]:
        """Month and provider to whether its ready dates are complete enough."""
        states = self.table("discharge_delays").group_by("month", "provider").agg(pl.col("acceptable").all())
        return {(month, provider): bool(state) for month, provider, state in states.iter_rows()}

    def used(self, provider: str, month: dt.date | None = None) -> bool:
        """Whether a provider's month counts in totals; one without discharges does."""
        return self.acceptable().get((month or self.content.month, provider), True)

    def council_order(self, councils: Iterable[str]) -> list[str]:
        """Declared councils first, then the others, by name."""
        declared = {partner.id for partner in self.content.project.partners}
        return sorted(councils, key=lambda council: (council not in declared, self.name(council), council))


# --- cells -----------------------------------------------------------------------------------------------


def _text(text: str, note: str = "") -> Cell:
    return Cell(text, note=note)


def _names_row(text: str, note: str = "") -> Cell:
    return Cell(text, header=True, note=note)


def _provider(pack: _Pack, provider: str, setting: str) -> Cell:
    return _names_row(pack.name(provider), "" if setting == "acute" else words.label(setting))


def _figure(row: Values, column: str, write: Callable[[Any], str] = words.whole) -> Cell:
    value = row[column]
    if value is None:
        return Cell(SUPPRESSED if column in _hidden(row) else NOT_COMPUTABLE, number=True, mark=True)
    return Cell(write(value), number=True)


def _ratio(row: Values, top: str, bottom: str, write: Callable[[float], str], rests_on: str = "") -> Cell:
    """A ratio of two figures of one row, suppressed with either and with what else it rests on."""
    if {top, bottom, rests_on} & _hidden(row):
        return Cell(SUPPRESSED, number=True, mark=True)
    if row[top] is None or not row[bottom]:
        return Cell(NOT_COMPUTABLE, number=True, mark=True)
    return Cell(write(row[top] / row[bottom]), number=True)


def _hidden(row: Values) -> set[str]:
    return set((row.get("suppressed") or "").split(", ")) - {""}


def _group(title: str) -> Row:
    return Row([Cell(title, header=True)], "group")


def _heads(*titles: str, numbers: int = 0) -> list[Head]:
    """Headers of which the last ``numbers`` are of figures."""
    return [Head(title, place >= len(titles) - numbers) for place, title in enumerate(titles)]


def _two_places(value: float) -> str:
    return words.decimal(value, 2)


def _money(values: Iterable[Decimal | None]) -> Callable[[Decimal], str]:
    """Whole pounds where all are; else with pence, so that a column still adds up to the penny."""
    pence = any(value is not None and value != int(value) for value in values)
    return lambda value: words.pounds(value, pence=pence)


def _summed(frame: pl.DataFrame, by: Sequence[str], measures: Sequence[str]) -> list[dict[str, Any]]:
    """Sums of uncontrolled rows; a sum with an unknown part is unknown."""
    return (
        frame.group_by(by)
        .agg(pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name) for name in measures)
        .sort(by)
        .to_dicts()
    )


def _tells(row: Values, measures: Sequence[str]) -> bool:
    """Whether a controlled row holds more than suppressed figures and zeros."""
    return any(row[name] for name in measures) or not _hidden(row)


def _left_out(number: int) -> list[str]:
    if not number:
        return []
    return [f"{words.counted(number, 'more row stands', 'more rows stand')} in the workbook."]


def _none_told(every: Sequence[Any], empty: str) -> str:
    """The words in place of a list: that there is nothing, or that nothing of it can be shown."""
    return "Every figure is suppressed or zero, so that no row is listed." if every else empty


def _only_hidden(number: int) -> list[str]:
    if not number:
        return []
    return [f"{words.counted(number, 'row has', 'rows have')} nothing but suppressed figures and zeros: not listed."]


def _by_setting(row: Values) -> tuple[int, str]:
    setting = str(row["setting"])
    return (_SETTINGS.index(setting) if setting in _SETTINGS else len(_SETTINGS), str(row["provider"]))


# --- sections --------------------------------------------------------------------------------------------


def _headlines(pack: _Pack) -> Section:
    figures = pack.content.headlines
    recorded = [figure for figure in figures if figure.key.startswith(_RECORDED)]
    nets = [figure for figure in figures if figure.key.startswith(_NET)]
    main = [figure for figure in figures if figure not in recorded and figure not in nets]
    blocks: list[Block] = [
        Words(
            f"Acute hospitals of the place, {pack.month_name}. Each figure stands with the doubt that touches it; "
            "the sections below show where it comes from."
        ),
        Tiles(main),
    ]
    if recorded:
        blocks += [
            Words("To whom the record gives the delayed days", "heading"),
            *_short_list(recorded, lambda key: words.label(key.removeprefix(_RECORDED).removesuffix("_share"))),
        ]
    if nets:
        blocks += [
            Words("Net cost absorbed for other partners", "heading"),
            *_short_list(nets, lambda key: pack.name(key.removeprefix(_NET))),
        ]
    if not figures:
        blocks = [Words(f"There are no headline figures for {pack.month_name}.")]
    return Section("headlines", "Headline figures", blocks)


def _short_list(figures: Sequence[Headline], title: Callable[[str], str]) -> list[Block]:
    """Headlines under one heading that says what they are; a doubt that all share is said once."""
    doubts = {figure.doubt for figure in figures}
    shared = doubts.pop() if len(doubts) == 1 else ""
    named = [replace(figure, label=title(figure.key), doubt="" if shared else figure.doubt) for figure in figures]
    return [*([Words(shared)] if shared else []), Tiles(named, small=True)]


def _census(pack: _Pack) -> Section:
    as_at = words.day_name(pack.content.as_at)
    frame = pack.table("census").filter(pl.col("date") == pack.content.as_at)
    empty = f"Nobody was recorded as ready to leave and still in a bed on {as_at}."
    nested = "Each length of stay includes the longer ones: the columns are never to be added."
    intro = Words(
        f"People who were ready to leave hospital and still in a bed at the end of {as_at}, and of these those who "
        "had been in hospital for 7, 14 and 21 nights or more."
    )
    if pack.controlled:
        grid = _listing(pack, frame, _LENGTHS, f"People delayed on {as_at}, as published", empty, [nested])
        return Section("waiting", "Who is waiting", [intro, grid])
    providers = sorted(_summed(frame, ["provider", "setting"], list(_LENGTHS)), key=_by_setting)
    blank = any(row["people_delayed"] is None for row in providers)
    rows = [
        Row(
            [
                _provider(pack, row["provider"], row["setting"]),
                *(_figure(row, name) for name in _LENGTHS),
            ]
        )
        for row in providers
    ]
    why = f"{NOT_COMPUTABLE}: the provider sends no people who are still waiting, or no ready dates for the month."
    by_provider = Grid(
        f"People delayed on {as_at}, by provider",
        _heads("Provider", *_LENGTHS.values(), numbers=4),
        rows,
        empty,
        [nested, *([why] if blank else [])],
    )
    pathways = _summed(frame.filter(pl.col("people_delayed").is_not_null()), ["discharge_pathway"], list(_LENGTHS))
    if not pathways:
        return Section("waiting", "Who is waiting", [intro, by_provider])
    if all(row["discharge_pathway"] == "unknown" for row in pathways):
        none = Words("No discharge pathway is recorded for the people still waiting.")
        return Section("waiting", "Who is waiting", [intro, by_provider, none])
    by_pathway = Grid(
        f"People delayed on {as_at}, by discharge pathway, all settings",
        _heads("Pathway", *_LENGTHS.values(), numbers=4),
        [
            Row([_names_row(words.label(row["discharge_pathway"])), *(_figure(row, name) for name in _LENGTHS)])
            for row in pathways
        ],
        empty,
    )
    return Section("waiting", "Who is waiting", [intro, by_provider, by_pathway])


def _listing(
    pack: _Pack,
    frame: pl.DataFrame,
    measures: Mapping[str, str],
    caption: str,
    empty: str,
    notes: Sequence[str],
) -> Grid:
    """Controlled rows by provider, council and pathway, as they were published."""
    every = sorted(frame.to_dicts(), key=_by_setting)
    telling = [row for row in every if _tells(row, list(measures))]
    shown = telling[:MOST_ROWS]
    return Grid(
        caption,
        _heads("Council", "Pathway", *measures.values(), numbers=len(measures)),
        _grouped(
            shown,
            lambda row: f"{pack.name(row['provider'])} ({words.label(row['setting']).lower()})",
            lambda row: [
                _names_row(pack.name(row["council"])),
                _text(words.label(row["discharge_pathway"])),
                *(_figure(row, name) for name in measures),
            ],
        ),
        _none_told(every, empty),
        [*notes, *_left_out(len(telling) - len(shown)), *_only_hidden(len(every) - len(telling))],
    )


def _grouped(
    rows: Iterable[Values], title: Callable[[Values], str], cells: Callable[[Values], list[Cell]]
) -> list[Row]:
    found: list[Row] = []
    last = None
    for row in rows:
        if title(row) != last:
            last = title(row)
            found.append(_group(last))
        found.append(Row(cells(row)))
    return found


_DISCHARGE_HEADS = (
    "Discharges",
    "On ready date",
    "Share on ready date",
    *_BANDS.values(),
    "Bed days lost",
    "Average delay, all (days)",
    "Average delay, delayed (days)",
    "Ready date missing",
)


def _discharge_cells(row: Values) -> list[Cell]:
    return [
        _figure(row, "discharges"),
        _figure(row, "discharged_on_ready_date"),
        # What did not leave on the date was delayed: a small number of those would show in the share.
        _ratio(row, "discharged_on_ready_date", "discharges", words.percent, "delayed_discharges"),
        *(_figure(row, name) for name in _BANDS),
        _figure(row, "bed_days_lost"),
        _ratio(row, "bed_days_lost", "discharges", _two_places),
        _ratio(row, "bed_days_lost", "delayed_discharges", words.decimal),
        _figure(row, "ready_date_missing"),
    ]


def _discharges(pack: _Pack) -> Section:
    frame = pack.of_month("discharge_delays")
    good, bad = frame.filter(pl.col("acceptable")), frame.filter(~pl.col("acceptable").fill_null(False))
    least = f"{pack.content.project.delays.ready_date_min_complete:.0%}"
    empty = f"No provider with complete enough ready dates has discharges in {pack.month_name}."
    averages = (
        "Average delay, all, counts those who left on their ready date as zero; average delay, delayed, leaves them "
        "out."
    )
    missing = (
        "A missing ready date counts as no delay."
        if pack.content.project.delays.ready_date_missing == "no_delay"
        else "Discharges without a ready date are left out."
    )
    blocks: list[Block] = [
        Words(
            f"Adults discharged in {pack.month_name} after at least one night, by the days from their discharge "
            f"ready date to their discharge. {missing}"
        )
    ]
    caption = f"Discharges by length of delay, {pack.month_name}"
    if pack.controlled:
        blocks.append(_discharge_listing(pack, good, f"{caption}, as published", empty, [averages]))
    else:
        rows = sorted(_summed(good, ["provider", "setting"], _DISCHARGE_COUNTS), key=_by_setting)
        blocks.append(
            Grid(
                f"{caption}, by provider",
                _heads("Provider", *_DISCHARGE_HEADS, numbers=len(_DISCHARGE_HEADS)),
                [*(_provider_row(pack, row) for row in rows), *_acute_total(good)],
                empty,
                [averages, "Official figures use acute hospitals only, and so does the total."],
            )
        )
    if bad.height:
        providers = [pack.name(provider) for provider in bad["provider"].unique().sort()]
        blocks += [
            Words("Listed apart and left out of totals and costs", "heading"),
            Words(
                f"{words.listed(providers)}: the discharge ready date is missing for more than the partners accept. "
                "The figures below are not a finding about delay.",
                "warning",
            ),
        ]
        why = (
            f"{NOT_COMPUTABLE}: no discharge ready date at all in the month. Otherwise: ready dates for fewer than "
            f"{least} of stays of 7 nights or more, so that blank dates would pass for prompt discharges."
        )
        if pack.controlled:
            blocks.append(_discharge_listing(pack, bad, f"{caption}: ready dates not complete", empty, [why]))
        else:
            rows = sorted(_summed(bad, ["provider", "setting"], _DISCHARGE_COUNTS), key=_by_setting)
            blocks.append(
                Grid(
                    f"{caption}: providers whose ready dates are not complete",
                    _heads("Provider", *_DISCHARGE_HEADS, numbers=len(_DISCHARGE_HEADS)),
                    [_provider_row(pack, row) for row in rows],
                    empty,
                    [why],
                )
            )
    return Section("discharges", "Discharges and how long they waited", blocks)


def _provider_row(pack: _Pack, row: Values) -> Row:
    return Row([_provider(pack, row["provider"], row["setting"]), *_discharge_cells(row)])


def _acute_total(frame: pl.DataFrame) -> list[Row]:
    acute = frame.filter(pl.col("setting") == "acute")
    if acute["provider"].n_unique() < 2:
        return []
    (total,) = _summed(acute, ["setting"], _DISCHARGE_COUNTS)
    return [Row([_names_row("All acute providers above"), *_discharge_cells(total)], "total")]


def _discharge_listing(pack: _Pack, frame: pl.DataFrame, caption: str, empty: str, notes: Sequence[str]) -> Grid:
    every = sorted(frame.to_dicts(), key=_by_setting)
    telling = [row for row in every if _tells(row, _DISCHARGE_COUNTS)]
    shown = telling[:MOST_ROWS]
    return Grid(
        caption,
        _heads("Council", "Pathway", *_DISCHARGE_HEADS, numbers=len(_DISCHARGE_HEADS)),
        _grouped(
            shown,
            lambda row: f"{pack.name(row['provider'])} ({words.label(row['setting']).lower()})",
            lambda row: [
                _names_row(pack.name(row["council"])),
                _text(words.label(row["discharge_pathway"])),
                *_discharge_cells(row),
            ],
        ),
        _none_told(every, empty),
        [
            *notes,
            "Shares and averages are worked out from the rounded figures of their own row.",
            *_left_out(len(telling) - len(shown)),
            *_only_hidden(len(every) - len(telling)),
        ],
    )


def _last_months(last: dt.date) -> list[dt.date]:
    index = last.year * 12 + last.month - 1
    return [dt.date(number // 12, number % 12 + 1, 1) for number in range(index - TREND + 1, index + 1)]


def _trend(pack: _Pack) -> Section:
    title = "Delayed beds over the last 13 months"
    intro = Words(
        "Beds filled on an average day of each month by people who were ready to leave: delayed bed days divided by "
        "the days in the month, people still waiting included."
    )
    if pack.controlled:
        instead = Words(
            "Not shown here. The published table holds the days by provider, council, pathway and reason, and most "
            "of its cells are too small to be added up safely. The internal pack has the series; the average delay "
            "of each council over the same months is in the section on councils."
        )
        return Section("trend", title, [intro, instead])
    months = _last_months(pack.content.month)
    frame = pack.table("delayed_bed_days").filter(pl.col("month").is_in(months))
    beds = {
        (row["provider"], row["setting"], row["month"]): row
        for row in _summed(frame, ["provider", "setting", "month"], ["delayed_beds"])
    }
    provisional = set(frame.filter("provisional").select("provider", "month").unique().iter_rows())
    acceptable = pack.acceptable()
    series = sorted(
        {(provider, setting) for provider, setting, _ in beds},
        key=lambda key: _by_setting({"provider": key[0], "setting": key[1]}),
    )

    def cell(provider: str, setting: str, month: dt.date) -> Cell:
        row = beds.get((provider, setting, month))
        state = acceptable.get((month, provider))
        if row is None:
            # A month with discharges and no delayed day is a zero; a month without anything is unknown.
            return Cell(NOT_COMPUTABLE, number=True, mark=True) if state is None else Cell("0.0", number=True)
        flags = [
            flag
            for flag, holds in (
                (words.PROVISIONAL, (provider, month) in provisional),
                (words.INCOMPLETE, state is False and row["delayed_beds"] is not None),
            )
            if holds
        ]
        found = _figure(row, "delayed_beds", words.decimal)
        return Cell(found.text, number=True, mark=found.mark, note=" ".join(flags))

    grid = Grid(
        f"Delayed beds by provider, {words.month_name(months[0])} to {pack.month_name}",
        _heads("Provider", *(words.short_month(month) for month in months), numbers=len(months)),
        [
            Row(
                [
                    _provider(pack, provider, setting),
                    *(cell(provider, setting, month) for month in months),
                ]
            )
            for provider, setting in series
        ],
        f"There are no delayed bed days from {words.month_name(months[0])} to {pack.month_name}.",
        [
            "A difference between two months is not in itself a change: small numbers vary by chance.",
        ],
    )
    return Section("trend", title, [intro, grid])


def _attribution(pack: _Pack) -> Section:
    title = "To whom the delayed days are recorded"
    proposal = Words(
        "This is what the hospitals recorded, not what happened: it has not been tested against the other side’s "
        "dates. Where only a reason was recorded, its sharing between partners is costshift’s proposal and not "
        "official.",
        "warning",
    )
    intro = Words(
        f"Every delayed bed day of {pack.month_name} has one recorded attribution: the one in the record, else the "
        "share of the recorded reason."
    )
    blocks = _published_days(pack) if pack.controlled else _summed_days(pack)
    return Section("attribution", title, [intro, proposal, *blocks])


def _published_days(pack: _Pack) -> list[Block]:
    frame = pack.of_month("delayed_bed_days").filter(pl.col("delayed_bed_days") > 0)
    every = frame.sort(
        "delayed_bed_days", *TABLES["delayed_bed_days"].grain, descending=[True, *[False] * 7]
    ).to_dicts()
    shown = every[:MOST_ROWS]
    hidden = pack.of_month("delayed_bed_days").height - frame.height
    reasons = _reason_labels(pack)
    return [
        Words("The shares of all acute days stand under the headline figures."),
        Grid(
            f"Delayed bed days of {pack.month_name}, as published, most days first",
            _heads(
                "Recorded to", "Reason", "Provider", "Council", "Pathway", "Delayed bed days", "Delayed beds", numbers=2
            ),
            [
                Row(
                    [
                        _names_row(words.label(row["recorded_attribution"])),
                        _text(reasons.get(row["delay_reason"], row["delay_reason"])),
                        _text(pack.name(row["provider"])),
                        _text(pack.name(row["council"])),
                        _text(words.label(row["discharge_pathway"])),
                        _figure(row, "delayed_bed_days"),
                        _figure(row, "delayed_beds", words.decimal),
                    ]
                )
                for row in shown
            ],
            f"No row of {pack.month_name} has enough people behind it to be published.",
            [
                *_left_out(len(every) - len(shown)),
                *([f"{words.counted(hidden, 'row is', 'rows are')} suppressed or zero: not listed."] if hidden else []),
            ],
        ),
    ]


def _summed_days(pack: _Pack) -> list[Block]:
    used = [
        row
        for row in pack.of_month("delayed_bed_days").to_dicts()
        if row["delayed_bed_days"] is not None and pack.used(row["provider"])
    ]
    acute = [row for row in used if row["setting"] == "acute"]
    others = len(used) > len(acute)
    total = sum(row["delayed_bed_days"] for row in acute)
    days_in_month = _days_in(pack.content.month)
    tally: dict[str, list[int]] = {}
    for row in used:
        place = 0 if row["setting"] == "acute" else 1
        tally.setdefault(row["recorded_attribution"], [0, 0])[place] += row["delayed_bed_days"]

    def cells(name: Cell, own: int, other: int) -> list[Cell]:
        share = own / total if total else None
        return [
            name,
            Cell(words.whole(own), number=True),
            Cell(NOT_COMPUTABLE, number=True, mark=True)
            if share is None
            else Cell(words.percent(share), number=True, bar=None if name.text == "All" else share),
            Cell(words.decimal(own / days_in_month), number=True),
            *([Cell(words.whole(other), number=True)] if others else []),
        ]

    ordered = sorted(tally.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    rows = [Row(cells(_names_row(words.label(key)), own, other)) for key, (own, other) in ordered]
    if rows:
        rows.append(Row(cells(_names_row("All"), total, sum(other for _, other in tally.values())), "total"))
    empty = f"There are no delayed bed days in {pack.month_name}."
    titles = [
        "Recorded to",
        "Delayed bed days",
        "Share",
        "Delayed beds",
        *(["Days in other settings"] if others else []),
    ]
    notes = [
        "Acute beds of providers with complete enough ready dates; other settings beside them where there are any."
    ]
    return [
        Grid(
            f"Delayed bed days by recorded attribution, acute beds, {pack.month_name}",
            _heads(*titles, numbers=len(titles) - 1),
            rows,
            empty,
            notes,
        ),
        _reasons(pack, acute, total, empty),
    ]


def _reasons(pack: _Pack, acute: Sequence[Values], total: int, empty: str) -> Grid:
    by_reason: dict[str, int] = {}
    for row in acute:
        by_reason[row["delay_reason"]] = by_reason.get(row["delay_reason"], 0) + row["delayed_bed_days"]
    ordered = sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
    labels, sharing = _reason_labels(pack), _reason_shares(pack)
    rest = sum(days for _, days in ordered[MOST_REASONS:])
    number = len(ordered) - MOST_REASONS
    return Grid(
        f"The reasons with the most delayed bed days, acute beds, {pack.month_name}",
        _heads("Reason, as published by NHS England", "Goes to", "Delayed bed days", "Share", numbers=2),
        [
            Row(
                [
                    _names_row(labels.get(reason, reason)),
                    _text(sharing.get(reason, "")),
                    Cell(words.whole(days), number=True),
                    Cell(words.percent(days / total), number=True, bar=days / total),
                ]
            )
            for reason, days in ordered[:MOST_REASONS]
            if total
        ],
        empty,
        [
            "Goes to: costshift’s proposal, not official; where the record names an attribution, that counts instead.",
            *(
                [f"{words.counted(number, 'other reason', 'other reasons')}: {words.counted(rest, 'day', 'days')}."]
                if number > 0
                else []
            ),
        ],
    )


def _reason_labels(pack: _Pack) -> dict[str, str]:
    return dict(pack.table("delay_reasons").select("delay_reason", "label").iter_rows())


def _reason_shares(pack: _Pack) -> dict[str, str]:
    """``community 50, council 50`` as Community 50%, Council 50%."""
    titles = {"provider": "Provider of the bed", "not_recorded": "Nobody"}
    found: dict[str, str] = {}
    for reason, shares in pack.table("delay_reasons").select("delay_reason", "attribution").iter_rows():
        parts = [part.rpartition(" ") for part in (shares or "").split(", ") if part]
        names = [(titles.get(kind, words.label(kind)), share) for kind, _, share in parts]
        found[reason] = names[0][0] if len(names) == 1 else ", ".join(f"{name} {share}%" for name, share in names)
    return found


def _days_in(month: dt.date) -> int:
    following = dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month).days


def _councils(pack: _Pack) -> Section:
    bcf = {row["council"]: row for row in pack.of_month("bcf_discharge").to_dicts()}
    died = {
        row["council"]: row
        for row in pack.of_month("flow_indicators").filter(pl.col("indicator") == "died_while_delayed").to_dicts()
    }
    none = dict.fromkeys(["share_on_ready_date", "average_delay_days_when_delayed", "average_delay_days", "plan"])
    nobody = {"numerator": 0, "denominator": 0}

    ordered = pack.council_order(bcf.keys() | died.keys())
    telling = [
        council
        for council in ordered
        if not pack.controlled
        or _tells(bcf.get(council, none), list(none))
        or _tells(died.get(council, nobody), list(nobody))
    ]
    planned = any(row["plan"] is not None for row in bcf.values())

    def plan_cells(row: Values) -> list[Cell]:
        if not planned:
            return []
        plan = Cell("No plan", number=True) if row["plan"] is None else _figure(row, "plan", _two_places)
        return [plan, _text(_against_plan(row))]

    def cells(council: str) -> list[Cell]:
        row, ended = bcf.get(council, none), died.get(council, nobody)
        return [
            _names_row(pack.name(council)),
            _figure(row, "share_on_ready_date", words.percent),
            _figure(row, "average_delay_days_when_delayed", words.decimal),
            _figure(row, "average_delay_days", _two_places),
            *plan_cells(row),
            _figure(ended, "denominator"),
            _figure(ended, "numerator"),
        ]

    grid = Grid(
        f"Average length of discharge delay by council, {pack.month_name}",
        [
            *_heads("Council", "Share on ready date", "Average delay, delayed (days)", numbers=2),
            Head("Average delay, all (days)", True),
            *([Head("Plan (days)", True), Head("Against plan")] if planned else []),
            *_heads("People whose delay ended", "Of these, died", numbers=2),
        ],
        [Row(cells(council)) for council in telling[:MOST_ROWS]],
        _none_told(ordered, f"There are no acute discharges by council in {pack.month_name}."),
        [
            "Better Care Fund measure: acute discharges of providers with complete enough ready dates. The last two "
            "columns count all settings; no one’s wait disappears because it ended in death.",
            *([] if planned else ["No plan for the month is given in the project file."]),
            f"{NOT_COMPUTABLE}: nobody to divide by.",
            *_left_out(len(telling[MOST_ROWS:])),
            *_only_hidden(len(ordered) - len(telling)),
        ],
    )
    return Section(
        "councils",
        "Delay by council, against plan",
        [
            Words(
                "Days from the ready date to discharge for each council’s residents, whichever hospital they were in."
            ),
            grid,
            _council_trend(pack),
        ],
    )


def _against_plan(row: Values) -> str:
    own, plan = row["average_delay_days"], row["plan"]
    if plan is None:
        return "Not judged"
    if own is None:
        return "Cannot be said"
    difference = round(own - plan, 2)
    if difference == 0:
        return "As planned"
    return f"{words.decimal(abs(difference), 2)} days {'above' if difference > 0 else 'below'} plan"


def _council_trend(pack: _Pack) -> Grid:
    months = _last_months(pack.content.month)
    frame = pack.table("bcf_discharge").filter(pl.col("month").is_in(months))
    found = {(row["council"], row["month"]): row for row in frame.to_dicts()}
    declared = [partner.id for partner in pack.content.project.partners if partner.type == "council"]
    councils = pack.council_order({council for council, _ in found if council in declared})
    return Grid(
        f"Average delay, all discharges (days), by council, {words.month_name(months[0])} to {pack.month_name}",
        _heads("Council", *(words.short_month(month) for month in months), numbers=len(months)),
        [
            Row(
                [
                    _names_row(pack.name(council)),
                    *(
                        _figure(
                            found.get((council, month), {"average_delay_days": None}), "average_delay_days", _two_places
                        )
                        for month in months
                    ),
                ]
            )
            for council in councils
        ],
        "There are no acute discharges of the partner councils’ residents in these months.",
        ["Partner councils only; the workbook has the others."],
    )


def _cost(pack: _Pack) -> Section:
    shifts = pack.of_month("cost_shifts").to_dicts()
    write = _money(row["amount"] for row in shifts)
    moved = sorted((row for row in shifts if row["driver"] != row["payer"]), key=_largest)
    own = sorted((row for row in shifts if row["driver"] == row["payer"]), key=_largest)

    def cells(row: Values) -> list[Cell]:
        low, high = row["amount_low"], row["amount_high"]
        between = f"from {write(low)} to {write(high)}" if low is not None and high is not None else ""
        amount = _figure(row, "amount", write)
        return [
            _names_row(pack.name(row["driver"])),
            _text(pack.name(row["payer"])),
            _text(f"{words.label(row['kind'])}, {row['nature']}, {row['basis']}"),
            _figure(row, "people"),
            Cell(amount.text, number=True, mark=amount.mark, note=between),
        ]

    rows = [
        *([_group("Driven by one, borne by another"), *(Row(cells(row)) for row in moved)] if moved else []),
        *([_group("Driven and borne by the same provider: no shift")] if own else []),
        *(Row(cells(row)) for row in own),
    ]
    return Section(
        "cost",
        "Who bore the cost",
        [
            Words(
                "Bed days valued at average cost, not a saving: no cash moved, and ending a delay would not release "
                "the amount.",
                "warning",
            ),
            Words(
                "Each delayed bed day goes from the partner to which it is recorded (the driver) to the provider in "
                "whose bed it was spent (the payer)."
            ),
            *(Words(sentence) for sentence in _price_sentences(pack)),
            Grid(
                f"Cost from driver to payer, {pack.month_name}",
                _heads("Driver", "Payer", "Kind, nature and basis", "People", "Amount", numbers=2),
                rows,
                f"No cost was shifted in {pack.month_name}: there are no delayed bed days with a price.",
                [
                    "One person may stand behind several rows: people are not to be added.",
                    "Unallocated: days that no record explains, and days of the person. They are in no partner’s "
                    "position.",
                ],
            ),
            _positions(pack),
        ],
    )


def _largest(row: Values) -> tuple[bool, Decimal, str, str]:
    amount = row["amount"]
    return (amount is None, -(amount or Decimal(0)), row["driver"], row["payer"])


def _positions(pack: _Pack) -> Grid:
    frame = pack.of_month("partner_positions")
    measures = ("absorbed_for_others", "passed_to_others", "net_absorbed")
    write = _money(value for name in measures for value in frame[name])
    rows: list[Row] = []
    for (nature, basis), own in sorted(frame.group_by("nature", "basis"), key=lambda part: tuple(map(str, part[0]))):
        rows.append(_group(f"{words.label(str(nature))}, {basis}"))
        ordered = sorted(own.to_dicts(), key=lambda row: (row["partner"] == "unallocated", pack.name(row["partner"])))
        rows += [
            Row([_names_row(pack.name(row["partner"])), *(_figure(row, name, write) for name in measures)])
            for row in ordered
        ]
        if not pack.controlled:
            (total,) = _summed(own, ["nature"], measures)
            rows.append(Row([_names_row("All"), *(_figure(total, name, write) for name in measures)], "total"))
    balance = (
        "The uncontrolled nets sum to zero to the penny, which the run checks; suppressed and rounded ones need not."
        if pack.controlled
        else "Nets sum to zero to the penny, unallocated included."
    )
    return Grid(
        f"Positions of the partners, {pack.month_name}",
        _heads("Partner", "Absorbed for others", "Passed to others", "Net absorbed", numbers=3),
        rows,
        f"There are no positions for {pack.month_name}.",
        [balance, "A net above zero: the partner bore more for others than others bore for it."],
    )


def _prices_in_force(pack: _Pack) -> list[dict[str, Any]]:
    """The price of a delayed bed day of each setting, as it stands in the report's month."""
    month = pack.content.month
    found: dict[str, dict[str, Any]] = {}
    for row in pack.content.prices.sort("item", "valid_from", nulls_last=False).to_dicts():
        setting = row["item"].removeprefix("delayed_bed_day_")
        starts, ends = row["valid_from"], row["valid_to"]
        if setting in _SETTINGS and (starts is None or starts <= month) and (ends is None or ends >= month):
            found[setting] = row
    return [found[setting] | {"setting": setting} for setting in _SETTINGS if setting in found]


def _price_sentences(pack: _Pack) -> list[str]:
    found = _prices_in_force(pack)
    priced = [row for row in found if row["value"] is not None]
    sentences = [
        f"Price of a delayed bed day, {words.label(row['setting']).lower()}: {words.pounds(row['value'])} "
        f"({row['price_year']}). Source: {row['source']}."
        for row in priced
    ]
    bare = [
        setting
        for setting in ("acute", "community", "mental_health")
        if setting not in {row["setting"] for row in priced}
    ]
    if bare:
        names = words.listed([words.label(setting).lower() for setting in bare])
        sentences.append(f"No price is given for {names} beds: their days are unpriced and in no cost.")
    return sentences


def _quality(pack: _Pack) -> Section:
    every = pack.of_month("data_quality").to_dicts()
    rows: list[Row] = []
    left_out = 0
    for severity in _SEVERITIES:
        own = sorted(
            (row for row in every if row["severity"] == severity),
            key=lambda row: (-(row["rows"] or 0), row["extract"], row["submitter"], row["rule"]),
        )
        left_out += len(own[MOST_FINDINGS:])
        rows += [_group(words.label(severity))] if own else []
        rows += [
            Row(
                [
                    _names_row(_sentence(words.rule_in_words(row["rule"]))),
                    _text(words.label(row["extract"])),
                    _text(pack.name(row["submitter"])),
                    _figure(row, "rows"),
                ]
            )
            for row in own[:MOST_FINDINGS]
        ]
    return Section(
        "data-quality",
        "Data quality",
        [
            Words(
                "Rules that the rows of the month’s submissions broke, worst first. Every row that was set aside is "
                "in its sender’s quarantine file, raw, with the reasons in the sender’s own column names."
            ),
            Grid(
                f"Rules broken in the submissions of {pack.month_name}",
                _heads("What was found", "Extract", "Sent by", "Rows", numbers=1),
                rows,
                f"No rule was broken in the submissions of {pack.month_name}.",
                _left_out(left_out),
            ),
        ],
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…")) else f"{text}."


def _linkage(pack: _Pack) -> Section:
    frame = pack.table("linkage_quality")
    passes = frame.filter(pl.col("characteristic") == "all").sort(
        "extract", "submitter", "records", descending=[False, False, True], nulls_last=True
    )
    totals = {
        (row["extract"], row["submitter"]): row["records"]
        for row in _summed(passes, ["extract", "submitter"], ["records"])
    }

    def cells(row: Values) -> list[Cell]:
        whole = None if pack.controlled else totals[row["extract"], row["submitter"]]
        share = [Cell(words.percent(row["records"] / whole), number=True, bar=row["records"] / whole)] if whole else []
        return [
            _names_row(words.label(row["pass"])),
            _figure(row, "records"),
            *share,
            _figure(row, "people"),
        ]

    titles = ["How the record got its person", "Records", *([] if pack.controlled else ["Share"]), "Different people"]
    return Section(
        "linkage",
        "Linkage",
        [
            Words(
                "How the records became people. What rests on a link between hospital and council is only as good "
                "as these figures."
            ),
            Grid(
                "Records and people by the way in which they were linked",
                _heads(*titles, numbers=len(titles) - 1),
                _grouped(
                    passes.to_dicts(),
                    lambda row: f"{words.label(row['extract'])}, {pack.name(row['submitter'])}",
                    cells,
                ),
                "No extract with people was loaded.",
            ),
            _found(pack, frame),
        ],
    )


def _found(pack: _Pack, frame: pl.DataFrame) -> Grid:
    """Records whose person is known on the other side, over all and by group."""
    pairs: dict[tuple[str, str, str, str], dict[str, Cell]] = {}
    counts: dict[tuple[str, str, str, str], dict[str, int | None]] = {}
    for row in frame.filter(pl.col("characteristic").str.starts_with("found_in_")).to_dicts():
        by = row["characteristic"].partition(" by ")[2]
        group, _, answer = row["group"].rpartition(": ")
        key = (row["extract"], row["submitter"], by, group)
        pairs.setdefault(key, {})[answer] = _figure(row, "records")
        counts.setdefault(key, {})[answer] = row["records"]
    none = Cell("0", number=True)

    def share(key: tuple[str, str, str, str]) -> list[Cell]:
        if pack.controlled:
            return []
        yes, no = counts[key].get("yes") or 0, counts[key].get("no") or 0
        if not yes + no:
            return [Cell(NOT_COMPUTABLE, number=True, mark=True)]
        return [Cell(words.percent(yes / (yes + no)), number=True, bar=yes / (yes + no))]

    sides = {"spells": "the councils’ records", "care_events": "the hospitals’ records"}
    rows: list[Row] = []
    last = None
    for key in sorted(pairs):
        extract, submitter, by, group = key
        title = (
            f"{words.label(extract)}, {pack.name(submitter)}: found in {sides.get(extract, 'the other side’s records')}"
        )
        if title != last:
            last = title
            rows.append(_group(title))
        own = pairs[key]
        name = f"{words.label(by)}: {group}" if by else "All records"
        rows.append(Row([_names_row(name), own.get("yes", none), own.get("no", none), *share(key)]))
    titles = ["Records", "Found", "Not found", *([] if pack.controlled else ["Share found"])]
    return Grid(
        "Records whose person is found on the other side",
        _heads(*titles, numbers=len(titles) - 1),
        rows,
        "Only one side sent people, so that nothing can be compared.",
        ["Not found is not an error: many people in hospital have no contact with a council."],
    )


def _cohort(pack: _Pack) -> Section:
    frame = pack.of_month("cohort_filters")
    found = {(row["filter"], row["provider"]): row for row in frame.to_dicts()}
    providers = sorted({provider for _, provider in found}, key=lambda provider: (pack.name(provider), provider))
    sentences = pack.content.filter_sentences
    order = [name for name in sentences if any(name == own for own, _ in found)]
    order += sorted({name for name, _ in found} - set(order))

    def cell(name: str, provider: str) -> Cell:
        row = found.get((name, provider))
        if row is None:
            return Cell(NOT_COMPUTABLE, number=True, mark=True)
        return _figure(row, "spells_removed") if row["applied"] else Cell("Not applied", number=True)

    idle = "Not applied: the provider’s extract has no values in the columns that the filter needs."
    many = len(providers) > 6
    if many:
        heads = _heads("Provider", "Filter", "Hospital spells removed", numbers=1)
        rows = [
            Row([_names_row(pack.name(provider)), _text(sentences.get(name, words.label(name))), cell(name, provider)])
            for provider in providers
            for name in order
        ]
    else:
        heads = _heads("Filter", *(pack.name(provider) for provider in providers), numbers=len(providers))
        rows = [
            Row([_names_row(sentences.get(name, words.label(name))), *(cell(name, provider) for provider in providers)])
            for name in order
        ]
    return Section(
        "cohort",
        "Who is counted",
        [
            Words("Each filter of the cohort, in order, and the hospital spells that it was the first to remove."),
            Grid(
                f"Hospital spells removed by each filter, {pack.month_name}",
                heads,
                rows[:MOST_ROWS] if many else rows,
                f"No filter was applied in {pack.month_name}.",
                [
                    *([] if frame["applied"].all() else [idle]),
                    *(_left_out(len(rows) - MOST_ROWS) if many and len(rows) > MOST_ROWS else []),
                ],
            ),
        ],
    )


def _checks(pack: _Pack) -> Section:
    checks = sorted(pack.content.checks, key=lambda check: _STATUSES.index(check.status))
    titles = {"pass": "Pass", "warn": "Warning", "fail": "Needs a person"}
    number = {status: sum(check.status == status for check in checks) for status in _STATUSES}
    return Section(
        "checks",
        "Checks",
        [
            Words(
                f"{words.counted(number['pass'], 'check passed', 'checks passed')}, "
                f"{words.counted(number['warn'], 'warning stands', 'warnings stand')} beside the figures, "
                f"{words.counted(number['fail'], 'needs', 'need') if number['fail'] else 'none needs'} a person."
            ),
            Grid(
                "Checks of this run, gravest first",
                _heads("Check", "Result", "Detail"),
                [
                    Row(
                        [
                            _names_row(words.check_name(check)),
                            Cell(titles[check.status], tone=check.status),
                            _text(check.detail or "No more to say."),
                        ]
                    )
                    for check in checks
                ],
                "No checks were made.",
            ),
        ],
    )


def _methods(pack: _Pack) -> Section:
    return Section(
        "methods",
        "Methods in brief",
        [
            Words(
                "What each figure means, and what it cannot say. The full definitions are in costshift’s docs/methods."
            ),
            Terms(
                [
                    (method.figure, (method.meaning, f"Limits: {method.limits}"))
                    for method in words.methods(pack.content)
                ]
            ),
        ],
    )


def _prices(pack: _Pack) -> Section:
    in_force = _prices_in_force(pack)
    used = {row["item"] for row in in_force}
    others = pack.content.prices.filter(
        pl.col("item").str.starts_with("delayed_bed_day_")
        & ~pl.col("item").is_in(list(used))
        & pl.col("value").is_not_null()
    )
    compared = [row for row in others.to_dicts() if row["item"].removeprefix("delayed_bed_day_") not in _SETTINGS]

    def cells(row: Values) -> list[Cell]:
        value = row["value"]
        return [
            _names_row(words.label(row["item"]), row["note"] or ""),
            Cell("No price", number=True) if value is None else Cell(words.pounds(value), number=True),
            _text(row["unit"]),
            _text(row["price_year"] or "Not stated"),
            _text(row["source"]),
            _text("Yes" if row["verified"] == "yes" else "No"),
            _text("The place’s own" if row["origin"] == "own" else "Shipped with costshift"),
        ]

    rows = [
        *([_group("In force in this pack")] if in_force else []),
        *(Row(cells(row)) for row in in_force),
        *([_group("For comparison: in no figure of this pack")] if compared else []),
        *(Row(cells(row)) for row in compared),
    ]
    rest = pack.content.prices.height - len(in_force) - len(compared)
    return Section(
        "prices",
        "Prices",
        [
            Words("Every price with its source, and whether it was verified there."),
            Grid(
                f"Prices of a delayed bed day, {pack.month_name}",
                [
                    Head("Price"),
                    Head("Value", True),
                    *_heads("For one", "Price year", "Source", "Verified", "Origin"),
                ],
                rows,
                "There is no price of a delayed bed day.",
                [f"{words.counted(rest, 'other price stands', 'other prices stand')} in the workbook."]
                if rest > 0
                else [],
            ),
        ],
    )


def _files(pack: _Pack) -> Section:
    content = pack.content
    ordered = sorted(
        content.inputs,
        key=lambda item: (-item.month.toordinal(), -item.load, item.file.extract, item.file.submitter, item.file.file),
    )
    shown = ordered[:MOST_ROWS]

    return Section(
        "files",
        "Files received",
        [
            Words(
                "Every file behind this pack. Rows read are rows accepted and rows quarantined, which each run checks."
            ),
            Grid(
                "Files that count in this pack, latest first",
                [
                    Head("File"),
                    *_heads("Extract", "Sent by", "Month", "SHA-256, first 12 digits"),
                    *_heads("Rows read", "Rows accepted", "Rows quarantined", numbers=3),
                ],
                [
                    Row(
                        [
                            _names_row(item.file.file),
                            _text(words.label(item.file.extract)),
                            _text(pack.name(item.file.submitter)),
                            _text(words.month_name(item.month)),
                            _text(item.file.sha256[:12]),
                            Cell(words.whole(item.file.rows_read), number=True),
                            Cell(words.whole(item.file.rows_accepted), number=True),
                            Cell(words.whole(item.file.rows_quarantined), number=True),
                        ]
                    )
                    for item in shown
                ],
                "The internal pack names the files: how many rows of a file were set aside can be a small number."
                if pack.public
                else "No file is named.",
                _left_out(len(ordered) - len(shown)),
            ),
        ],
    )


def _provenance(pack: _Pack) -> Section:
    content = pack.content
    rules = content.project.rules
    agreement = f"Version {rules.version}" if rules.version else "None stated"
    signed = f", signed by {words.listed(rules.signatories)}" if rules.signatories else ""
    disclosure = content.project.disclosure
    applied = (
        f"Rule {disclosure.rule}, threshold {disclosure.threshold}, rounding {disclosure.rounding}"
        if pack.controlled
        else "None applied"
    )
    return Section(
        "provenance",
        "Where this pack comes from",
        [
            Words("The same inputs, settings and version give the same pack, byte for byte."),
            Terms(
                [
                    ("Made by", (f"costshift {content.version}",)),
                    ("Month", (pack.month_name,)),
                    ("Last day counted (as at)", (words.day_name(content.as_at),)),
                    ("Last load that counts (known at)", (str(content.known_at),)),
                    ("Settings hash", (content.settings_hash,)),
                    ("Partners’ agreement", (agreement + signed,)),
                    ("Attribution that the money follows", (words.label(content.project.delays.attribution_basis),)),
                    ("Disclosure control", (applied,)),
                ]
            ),
        ],
    )


_SECTIONS: tuple[Callable[[_Pack], Section], ...] = (
    _headlines,
    _census,
    _discharges,
    _trend,
    _attribution,
    _councils,
    _cost,
    _quality,
    _linkage,
    _cohort,
    _checks,
    _methods,
    _prices,
    _files,
    _provenance,
)

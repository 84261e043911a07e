"""``costshift.toml`` as typed models: what a place's project file may say, and clear words when it cannot.

The JSON Schema of :class:`Project` is published as ``docs/project-file.schema.json``; a test keeps the two
in step. An unknown key is an error that names the nearest known key, because a misspelt setting that is
ignored in silence would put a wrong figure in front of two boards.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
import re
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from costshift.errors import ProjectError

PartnerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Shares = dict[PartnerId, Annotated[float, Field(ge=0, le=100)]]
CohortFilter = Literal["adult", "overnight", "not_maternity", "not_day_case", "nhs_funded", "not_died"]
#: States of evidenced attribution in which somebody is waited for.
StandardState = Literal[
    "chc_decision_pending",
    "chc_package_pending",
    "awaiting_nhs_service",
    "before_referral",
    "before_request",
    "awaiting_assessment",
    "awaiting_service",
    "service_in_place",
]
ExtractKind = Literal[
    "spells",
    "delay_reasons",
    "referrals",
    "care_events",
    "charges",
    "contacts",
    "attendances",
    "chc",
    "occupied_beds",
    "published_drd",
]
Format = Literal["html", "xlsx", "docx", "csv"]
Setting = Literal["acute", "community", "mental_health"]

#: Databases that are read, as an address starts.
DATABASES = ("postgresql", "postgres", "mssql")
#: ${NAME} in an address: its value is taken from the environment.
ENVIRONMENT_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

#: Ids that the outputs use for something else than a declared partner.
RESERVED_PARTNERS = ("person", "unallocated", "unknown")


def is_reserved(partner: str) -> bool:
    """Whether the outputs use the id for something else than a declared partner."""
    return partner in RESERVED_PARTNERS or partner.startswith("unknown-")


class Section(BaseModel):
    """A table of the project file. Keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Place(Section):
    """Where this is."""

    name: str = Field(description="The place's name, as it is to stand in the pack.")
    nation: Literal["england"] = Field("england", description="Whose definitions apply.")
    council_lookup: str | None = Field(
        None,
        description="A CSV file with the columns lsoa_code and/or postcode, and council_code: used where an "
        "extract names no council. Never guessed from the provider or the GP practice.",
    )
    neighbours: list[str] = Field(
        [],
        description="Codes of providers and councils whose published figures stand beside yours as benchmarks.",
    )
    deprivation_lookup: str | None = Field(
        None,
        description="A CSV file with the columns lsoa_code and decile (1, the most deprived, to 10): for the rates by "
        "deprivation.",
    )


class Governance(Section):
    """Printed in the manifest and the pack; a run without it says so."""

    purpose: str | None = Field(None, description="What the data are used for.")
    lawful_basis: str | None = Field(None, description="The lawful basis for that use.")
    controllers: list[str] = Field([], description="The data controllers.")
    retention_months: int | None = Field(None, ge=1, description="How long personal data may be kept.")


class Partner(Section):
    """An organisation whose days, money or people the pack counts."""

    id: PartnerId = Field(description="Short id, used in every table: lower case, digits, single hyphens.")
    name: str = Field(description="The name, as it is to stand in the pack.")
    type: Literal["acute", "community", "mental_health", "icb", "council", "other"] = Field(
        description="What kind of organisation it is. The person is built in."
    )
    codes: list[str] = Field([], description="Organisation codes, as the extracts have them.")


class Extract(Section):
    """A file, or several, that one submitter sends."""

    kind: ExtractKind = Field(description="What the rows are.")
    submitter: PartnerId = Field(description="The partner that sent it; it may hold other organisations' rows.")
    files: str | list[str] | None = Field(
        None,
        description="Path or pattern, or a list of them, from the project file's folder; {month} is YYYY-MM.",
    )
    connection: str | None = Field(None, description="In place of files: an entry of [connections].")
    query: str | None = Field(None, description="With connection: a file of SQL.")
    layout: str = Field("auto", description="auto, canonical, or a layout that `costshift init` lists.")
    scope: Literal["month", "rolling", "census"] = Field(
        "month",
        description="month: adds to what is there; rolling: replaces all that it covers; census: all open on a day.",
    )
    cadence: Literal["monthly", "quarterly"] = Field(
        "monthly",
        description="How often it comes; a quarterly one is missed only in March, June, September and December.",
    )
    required: bool = Field(True, description="Whether a run without it stops.")
    includes_open_events: bool | None = Field(
        None,
        description="Whether care events that have not ended are in it. Client Level Data has open services only.",
    )
    columns: dict[str, str] = Field({}, description="Canonical column = header in the file.")
    constants: dict[str, str] = Field({}, description="Canonical column = a value for every row.")
    values: dict[str, dict[str, str]] = Field(
        {}, description="For a canonical column: value in the file = canonical value."
    )

    @property
    def label(self) -> str:
        """``kind/submitter``: how messages and `--extract` name it."""
        return f"{self.kind}/{self.submitter}"

    @model_validator(mode="after")
    def _one_source(self) -> Extract:
        if (self.files is None) == (self.connection is None):
            raise ValueError("give either `files`, or `connection` with `query`")
        if self.connection is not None and self.query is None:
            raise ValueError("`connection` needs `query`, a file of SQL")
        return self


class Connection(Section):
    """A database. No password belongs in this file."""

    url: str = Field(
        description="Address without a password, postgresql://… or mssql://…; ${NAME} is taken from the environment."
    )

    @field_validator("url")
    @classmethod
    def _without_a_password(cls, url: str) -> str:
        # No message repeats the address: it may hold what must not be shown.
        if ENVIRONMENT_VARIABLE.fullmatch(url):
            return url
        scheme, _, rest = url.partition("://")
        if scheme not in DATABASES or not rest:
            raise ValueError(f"an address starts with {' or '.join(f'{name}://' for name in DATABASES)}")
        user, at, _ = rest.rpartition("@")
        secrets = [user.partition(":")[2]] if at and ":" in user else []
        secrets += [
            value
            for key, _, value in (pair.partition("=") for pair in re.split("[?&;]", rest))
            if re.search("passw|pwd|secret|token", key, flags=re.IGNORECASE)
        ]
        if any(secret and not ENVIRONMENT_VARIABLE.fullmatch(secret) for secret in secrets):
            raise ValueError(
                "the address holds a password, and none belongs in this file. Put it into an environment variable and "
                "write ${NAME} in its place, or use integrated sign-in (docs/databases.md). An @ that is no sign of "
                "a password is written %40"
            )
        return url


class History(Section):
    """Where the loads are kept."""

    folder: str = Field("history", description="Folder of the loads, from the project file's folder.")


class Output(Section):
    """Where the pack goes."""

    folder: str = Field("reports", description="Folder of the packs.")
    restricted_folder: str = Field(
        "restricted", description="Folder of the tables with personal data; never inside `folder`."
    )
    formats: list[Format] = Field(["html", "xlsx", "docx", "csv"], description="What a pack is made of.")
    person_index: bool = Field(True, description="Whether the restricted person_index is written.")


class Disclosure(Section):
    """How small numbers are kept out of `public/`."""

    rule: Literal["hes", "none"] = Field("hes", description="hes: suppress small counts, round the others.")
    threshold: int = Field(7, ge=1, description="Counts from 1 to this are suppressed.")
    rounding: int = Field(5, ge=1, description="Other counts are rounded to this.")


class Checks(Section):
    """What a run warns of (docs/data-quality.md)."""

    drift_share: float = Field(
        0.5,
        gt=0,
        description="A provider's headline measure that differs from its mean of the 3 months before by more than this "
        "share of it is a warning.",
    )


class Linkage(Section):
    """How records become people."""

    probabilistic: bool = Field(
        False, description="Link what the other passes leave, with Splink; needs the extra costshift[splink]."
    )
    probabilistic_threshold: float = Field(
        0.9, ge=0.5, lt=1, description="Probability from which the probabilistic pass takes two people for one."
    )
    without_names: Literal["measured", "never"] = Field(
        "measured",
        description="Whether birth date, sex and postcode may link where a record has no name: measured, where the "
        "place's own records show that they tell people apart; or never.",
    )
    permitted_file: str | None = Field(
        None,
        description="A text file of the NHS numbers of those whose data may be used for linking, one a line. The "
        "others stay in their own organisation's counts and are linked to nothing.",
    )


class Delays(Section):
    """How delays are counted (docs/methods/delays.md)."""

    attribution_basis: Literal["recorded", "evidenced", "reconciled"] = Field(
        "recorded", description="Which attribution the money follows."
    )
    ready_date_missing: Literal["no_delay", "exclude"] = Field(
        "no_delay", description="What a missing discharge ready date means."
    )
    ready_date_min_complete: float = Field(
        0.8, ge=0, le=1, description="Least share of stays of 7 nights or more with a ready date."
    )
    settle_days: int = Field(60, ge=0, description="Days after which a council's records count as complete.")
    filters: list[CohortFilter] = Field(
        ["adult", "overnight", "not_maternity", "not_day_case", "nhs_funded", "not_died"],
        description="The cohort filters in force, in this order.",
    )
    site_settings: dict[str, Setting] = Field(
        {},
        description="Site code = acute, community or mental_health, where it differs from the partner's type.",
    )


class Rules(Section):
    """The partners' own agreement."""

    version: str | None = Field(None, description="The agreement's version; printed.")
    signatories: list[str] = Field([], description="Who signed it; printed.")
    chc_before_discharge: bool = Field(False, description="Whether continuing healthcare is decided before discharge.")
    request_window_days: int = Field(
        7, ge=0, description="A request routed from hospital counts from so many days before the stay."
    )
    service_window_days: int = Field(
        3, ge=0, description="A service that starts so many days after the end still enabled the discharge."
    )
    days_allowed: dict[StandardState, Annotated[int, Field(ge=0, le=365)]] = Field(
        {},
        description="State of evidenced attribution = the days that the partners allow for it; the days within are "
        "reported, and change no attribution.",
    )
    working_days: bool = Field(
        False, description="Whether only working days, Monday to Friday without bank holidays, use up the days allowed."
    )
    bank_holidays: list[dt.date] = Field([], description="Days that are no working days.")
    dispute_notes: str | None = Field(
        None,
        description="The workbooks or CSV files with notes on disputed spells, with * for any text; by default all in "
        "dispute_notes inside the restricted folder.",
    )
    enabling_components: list[str] | None = Field(
        None, description="The service components that enable discharge, in place of the shipped list."
    )


class Pathway(Section):
    """Who arranges and who pays for a discharge pathway."""

    pathway: Literal["P0", "P1", "P2", "P3"] = Field(description="The pathway.")
    delivered_by: Shares = Field(description="Partner = per cent.")


class Funding(Section):
    """Who pays for a kind of support, where the extract cannot say."""

    service_component: str = Field(description="The service component, as Client Level Data names it.")
    shares: Shares = Field(description="Partner = per cent.")


class Costs(Section):
    """Prices."""

    unit_costs: str | None = Field(
        None, description="A CSV file that completes or overrides the shipped prices, row by row."
    )
    price_year: str | None = Field(
        None, description="The price year to which prices are indexed, as the index file writes it; needs `index`."
    )
    index: str | None = Field(
        None, description="A CSV file with price_year, index and source, one row a year; needs `price_year`."
    )

    @model_validator(mode="after")
    def _indexed_together(self) -> Costs:
        if (self.price_year is None) != (self.index is None):
            raise ValueError("give `price_year` and `index` together, or neither")
        return self


class Policy(Section):
    """A dated decision: drawn on charts, a break point of baselines."""

    date: dt.date = Field(description="When it took effect.")
    partner: PartnerId = Field(description="Whose decision it was.")
    kind: Literal[
        "eligibility_threshold", "service_withdrawal", "chc_threshold", "pooled_budget", "recording_change"
    ] = Field(description="What kind of decision.")
    description: str = Field(description="In words.")


class Baseline(Section):
    """A date from which control charts have a new baseline; that of a policy has one without an entry here."""

    date: dt.date = Field(description="The first month that begins on it or after it begins the baseline.")
    partner: PartnerId | None = Field(None, description="Whose charts; all, if not given.")
    measure: str | None = Field(None, description="Which measure's; all, if not given.")
    description: str = Field(description="What changed, in words.")


class Target(Section):
    """What the partners have agreed to be judged by, together."""

    measure: str | None = Field(None, description="The measure.")
    partner: PartnerId | None = Field(None, description="Whose.")
    month: dt.date | None = Field(None, description="The month, as its first day.")
    value: float | None = Field(None, description="The value.")
    file: str | None = Field(None, description="In place of the others: a CSV file with these columns.")

    @model_validator(mode="after")
    def _one_form(self) -> Target:
        given = [self.measure, self.partner, self.month, self.value]
        if self.file is None and any(value is None for value in given):
            raise ValueError("give `measure`, `partner`, `month` and `value`, or `file`")
        if self.file is not None and any(value is not None for value in given):
            raise ValueError("give `file` alone, or `measure`, `partner`, `month` and `value`")
        return self


class Scheme(Section):
    """A joint scheme to be evaluated."""

    name: str = Field(description="The scheme.")
    start: dt.date = Field(description="When it started.")
    monthly_cost: float = Field(ge=0, description="Pounds a month.")
    partners: Shares = Field(description="Partner = per cent of the cost.")


class Pool(Section):
    """A pooled budget."""

    name: str = Field(description="The pool.")
    partners: Shares = Field(description="Partner = per cent of the contributions.")
    rule: Literal["own_risk", "fixed_share", "capped"] = Field(description="How the risk is shared.")
    covers: list[str] = Field([], description="The kinds of shift, and the care settings, that the pool covers.")
    monthly_budget: float | None = Field(
        None, ge=0, description="Pounds a month in the pool; needed for the rule capped."
    )


class Project(Section):
    """The whole project file. Only place, partners and extracts are needed."""

    place: Place
    partners: list[Partner] = Field(min_length=1)
    extracts: list[Extract] = Field(min_length=1)
    governance: Governance = Governance()
    connections: dict[str, Connection] = {}
    history: History = History()
    output: Output = Output()
    disclosure: Disclosure = Disclosure()
    checks: Checks = Checks()
    linkage: Linkage = Linkage()
    delays: Delays = Delays()
    rules: Rules = Rules()
    pathways: list[Pathway] = []
    funding: list[Funding] = []
    costs: Costs = Costs()
    policies: list[Policy] = []
    baselines: list[Baseline] = []
    targets: list[Target] = []
    schemes: list[Scheme] = []
    pools: list[Pool] = []

    @model_validator(mode="after")
    def _consistent(self) -> Project:
        problems = [*self._partner_problems(), *self._reference_problems(), *self._extract_problems()]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _partner_problems(self) -> list[str]:
        problems: list[str] = []
        ids = [partner.id for partner in self.partners]
        problems += [f"[[partners]] id = {i!r} stands twice; give each its own id" for i in _repeated(ids)]
        problems += [f"[[partners]] id = {i!r} is reserved; choose another id" for i in ids if is_reserved(i)]
        owners: dict[str, str] = {}
        for partner in self.partners:
            for code in partner.codes:
                other = owners.setdefault(code.strip().casefold(), partner.id)
                if other != partner.id:
                    problems.append(
                        f"the organisation code {code!r} stands under both {other} and {partner.id}; keep it in one"
                    )
        return problems

    def _reference_problems(self) -> list[str]:
        known = [partner.id for partner in self.partners]
        used: list[tuple[str, str]] = []
        organisations = [(f"[[extracts]] {e.label}, submitter", e.submitter) for e in self.extracts]
        organisations += [("[[policies]] partner", p.partner) for p in self.policies]
        organisations += [("[[targets]] partner", t.partner) for t in self.targets if t.partner]
        organisations += [("[[baselines]] partner", b.partner) for b in self.baselines if b.partner]
        for where, shares in (
            *((f"[[pathways]] {p.pathway}, delivered_by", p.delivered_by) for p in self.pathways),
            *((f"[[funding]] {f.service_component}, shares", f.shares) for f in self.funding),
            *((f"[[schemes]] {s.name}, partners", s.partners) for s in self.schemes),
            *((f"[[pools]] {p.name}, partners", p.partners) for p in self.pools),
        ):
            used += [(where, partner) for partner in shares]
        problems = [
            f"{where}: {partner!r} is not a declared partner{_suggest(partner, known)}; add a [[partners]] entry"
            for where, partner in (*organisations, *((where, p) for where, p in used if p != "person"))
            if partner not in known
        ]
        for where, shares in (
            *((f"[[pathways]] {p.pathway}", p.delivered_by) for p in self.pathways),
            *((f"[[funding]] {f.service_component}", f.shares) for f in self.funding),
            *((f"[[schemes]] {s.name}", s.partners) for s in self.schemes),
            *((f"[[pools]] {p.name}", p.partners) for p in self.pools),
        ):
            if abs(sum(shares.values()) - 100) > 1e-9:
                problems.append(f"{where}: the shares sum to {sum(shares.values()):g}, not to 100")
        problems += [
            f"[[funding]] {name}: there are two entries for this service component; make them one"
            for name in _repeated([own.service_component.strip().casefold() for own in self.funding])
        ]
        problems += [
            f"[[schemes]] name = {name!r} stands twice; give each scheme its own name"
            for name in _repeated([own.name for own in self.schemes])
        ]
        problems += [
            f'[[pools]] {pool.name}: the rule "capped" needs `monthly_budget`, the pounds a month up to which it shares'
            for pool in self.pools
            if pool.rule == "capped" and pool.monthly_budget is None
        ]
        return problems + self._pool_problems()

    def _pool_problems(self) -> list[str]:
        """Two pools may not share out the same pound: what fell on a partner for one kind is in one pool."""
        problems = [
            f"[[pools]] name = {name!r} stands twice; give each pool its own name"
            for name in _repeated([own.name for own in self.pools])
        ]
        # At their own risk partners move nothing: such a pool takes no pound from another.
        sharing = [own for own in self.pools if own.rule != "own_risk"]
        for one, other in combinations(sharing, 2):
            kinds = sorted(set(one.covers) & set(other.covers))
            partners = sorted(set(one.partners) & set(other.partners))
            if kinds and partners:
                problems.append(
                    f"[[pools]] {one.name} and {other.name}: both cover {', '.join(kinds)} of {', '.join(partners)}, "
                    "so that the same pounds would be shared twice; leave it in `covers` of one of them, or make them "
                    "one pool"
                )
        return problems

    def _extract_problems(self) -> list[str]:
        labels = [extract.label for extract in self.extracts]
        problems = [
            f"[[extracts]]: there are two entries for {label}; make them one, with `files` as a list"
            for label in _repeated(labels)
        ]
        for extract in self.extracts:
            if extract.connection is not None and extract.connection not in self.connections:
                problems.append(
                    f"[[extracts]] {extract.label}: connection {extract.connection!r} is not in [connections]"
                )
        if (
            Path(self.output.restricted_folder) == Path(self.output.folder)
            or Path(self.output.folder) in Path(self.output.restricted_folder).parents
        ):
            problems.append(
                f"[output] restricted_folder = {self.output.restricted_folder!r} lies inside folder = "
                f"{self.output.folder!r}: personal data must not lie among the reports; choose a folder beside it"
            )
        return problems

    def settings_hash(self) -> str:
        """SHA-256 of the settings in force, the same for the same settings in any spelling of the file."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


def load_project(path: Path) -> Project:
    """Read and check the project file.

    Raises:
        ProjectError: the file is missing, is not TOML, or says something that cannot be followed. The
            message names the key and the nearest known one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ProjectError(
            f"There is no project file {path}. Run `costshift init FOLDER` on the folder of your extracts to "
            "write one, or name yours with --project PATH."
        ) from None
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8 and run again.") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError(
            f"{path} is not valid TOML: {error}. Check the quotes and brackets there; Windows paths need "
            "forward slashes or single quotes."
        ) from None
    return project_of(content, str(path))


def project_of(content: dict[str, Any], name: str) -> Project:
    """The project that the content of a file describes.

    Args:
        content: as ``tomllib`` reads it.
        name: what messages call the file.

    Raises:
        ProjectError: it says something that cannot be followed.
    """
    try:
        return Project.model_validate(content)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in _explain(error, content))
        raise ProjectError(f"{name} cannot be used:\n{lines}\nSee docs/project-file.md.") from None


def _explain(error: ValidationError, content: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for problem in error.errors():
        location = list(problem["loc"])
        where = _where(location, content)
        if problem["type"] == "extra_forbidden":
            key = str(location[-1])
            known = list(_model_at(location[:-1]).model_fields)
            lines.append(f"{where}: unknown key{_suggest(key, known)} (known here: {', '.join(sorted(known))})")
        elif problem["type"] == "missing":
            lines.append(f"{where}: missing; it must be given.")
        elif problem["type"] == "value_error":
            message = str(problem["ctx"]["error"]) if "ctx" in problem else problem["msg"]
            lines += [f"{where}: {part}" if where else part for part in message.split("\n")]
        elif location[:1] == ["connections"]:
            # What stands there may be a password.
            lines.append(f"{where}: {problem['msg']}.")
        else:
            lines.append(f"{where}: {problem['msg']}; found {problem['input']!r}.")
    return lines


def _where(location: list[int | str], content: dict[str, Any]) -> str:
    """``[[extracts]] 2 (kind = spells), layout``: the way a person finds the place in the file."""
    if not location:
        return ""
    head = str(location[0])
    value = content.get(head)
    rest = location[1:]
    if isinstance(value, list):
        section = f"[[{head}]]"
        if rest and isinstance(rest[0], int):
            entry = value[rest[0]] if rest[0] < len(value) else {}
            names = [
                f"{k} = {entry[k]}" for k in ("id", "kind", "name", "pathway") if isinstance(entry, dict) and k in entry
            ]
            section += f" number {rest[0] + 1}" + (f" ({names[0]})" if names else "")
            rest = rest[1:]
    elif len(location) == 1:
        return head
    else:
        section = f"[{head}]"
    return ", ".join([section, *(".".join(str(part) for part in rest),)]) if rest else section


def _model_at(location: list[int | str]) -> type[BaseModel]:
    """The model that the table at ``location`` is read into."""
    model: type[BaseModel] = Project
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        found = _models_in(model.model_fields[part].annotation)
        if found:
            model = found[0]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]


def keep_apart(project: Project, folder: Path) -> None:
    """Refuse personal data among the reports, by whatever way its folder leads there: links and case are followed.

    Args:
        project: the project.
        folder: the project file's folder.

    Raises:
        ProjectError: the restricted folder or the history lies in the reports' folder.
    """
    reports = (folder / project.output.folder).resolve()
    for where, name in (
        ("[output] restricted_folder", project.output.restricted_folder),
        ("[history] folder", project.history.folder),
    ):
        own = (folder / name).resolve()
        if any(_are_one(place, reports) for place in (own, *own.parents)):
            raise ProjectError(
                f"{where} = {name!r} lies inside [output] folder = {project.output.folder!r} ({own} in {reports}): "
                "personal data must not lie among the reports; choose a folder beside it"
            )


def _are_one(first: Path, second: Path) -> bool:
    """Whether two paths are one folder; where case is of no consequence, or may be, it is of none."""
    if str(first).casefold() == str(second).casefold():
        return True
    try:
        return first.samefile(second)
    except OSError:
        return False


def _suggest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _repeated(items: list[str]) -> list[str]:
    return sorted({item for item in items if items.count(item) > 1})

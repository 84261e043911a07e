"""Our figures beside the published ones: benchmarks by name, shares in points, and what rounding alone makes differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from costshift.publish.catalogue import TABLES
from costshift.publish.content import Audience
from costshift.publish.page import render_page
from publish.packs import MONTH, pack
from publish.pages import Page

TOTAL, SHARE = "Number of patients discharged in total", "Date of discharge is same as Discharge Ready Date"


def page(audience: Audience, rows: list[dict[str, Any]]) -> Page:
    schema = {column.name: column.dtype for column in TABLES["published_comparison"].columns}
    frame = pl.DataFrame([{name: {"month": MONTH, **row}.get(name) for name in schema} for row in rows], schema=schema)
    content = pack(audience)
    return Page(render_page(replace(content, tables=dict(content.tables) | {"published_comparison": frame})))


def compared(organisation: str, measure: str, ours: float | None, theirs: float, reason: str = "") -> dict[str, Any]:
    difference = None if ours is None else ours - theirs
    return {
        "organisation": organisation,
        "measure": measure,
        "ours": ours,
        "published": theirs,
        "difference": difference,
        "reason": reason,
    }


@pytest.mark.parametrize(("audience", "why"), [("public", "Rounding of ours"), ("internal", "")])
def test_benchmarks_have_names_and_differences_their_unit_and_reason(audience: Audience, why: str) -> None:
    own = page(
        audience,
        [
            compared("north-hospitals", TOTAL, 150.0, 151.0),
            compared("north-hospitals", SHARE, 0.801, 0.832, "the same discharges: ready dates differ"),
            compared("rq9", SHARE, None, 0.852, "benchmark: no figure of ours"),
            compared("england", SHARE, None, 0.864, "benchmark: no figure of ours"),
        ],
    )
    assert own.table("Ours and NHS England’s, March 2025")[1:] == [
        ["North Hospitals"],
        [TOTAL, "150", "151", "-1", why],
        [SHARE, "80.1%", "83.2%", "-3.1 points", "The same discharges: ready dates differ"],
        ["RQ9"],
        [SHARE, "[x]", "85.2%", "[x]", "Benchmark: no figure of ours"],
        ["England"],
        [SHARE, "[x]", "86.4%", "[x]", "Benchmark: no figure of ours"],
    ]

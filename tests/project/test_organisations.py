"""Codes to partners, beside the same in plain Python."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from costshift.organisations import Organisations

CODES = st.lists(st.one_of(st.none(), st.sampled_from(["RAL", "RJ1", "E09000007", "X1É", "x1é", ""])))


@given(CODES, st.dictionaries(st.sampled_from(["RAL", "RJ1", "E09000007"]), st.sampled_from(["one", "two"])))
def test_a_code_without_a_partner_goes_by_itself(codes: list[str | None], by_code: dict[str, str]) -> None:
    place = Organisations(by_code=by_code, types={}, names={}, site_settings={})
    frame = pl.DataFrame({"code": codes}, schema={"code": pl.String})
    told = frame.lazy().select(place.partner(pl.col("code"))).collect().to_series().to_list()
    assert told == ["unknown" if code is None else by_code.get(code, code.lower()) for code in codes]

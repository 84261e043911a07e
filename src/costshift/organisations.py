"""Organisation codes, as the extracts have them, to the partner ids of the project file."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from costshift.project import Project
from costshift.standards import looked_up

#: Partner types that are settings of care.
SETTINGS = ("acute", "community", "mental_health")


@dataclass(frozen=True)
class Organisations:
    """The partners of a place, by code and by type."""

    by_code: dict[str, str]
    types: dict[str, str]
    names: dict[str, str]
    site_settings: dict[str, str]

    @classmethod
    def of(cls, project: Project) -> Organisations:
        """The organisations that the project file declares."""
        return cls(
            by_code={code.strip().upper(): partner.id for partner in project.partners for code in partner.codes},
            types={partner.id: partner.type for partner in project.partners},
            names={partner.id: partner.name for partner in project.partners},
            site_settings={code.strip().upper(): setting for code, setting in project.delays.site_settings.items()},
        )

    def partner(self, code: pl.Expr) -> pl.Expr:
        """The partner with the code; without one the code goes by itself, in lower case; no code is ``unknown``."""

        def of(codes: pl.Series) -> pl.Series:
            partners = codes.replace_strict(self.by_code, default=None, return_dtype=pl.String)
            # Few codes are of no partner: only they are written in lower case, each once.
            others = codes.filter(partners.is_null() & codes.is_not_null()).unique()
            if len(others):
                by_code = self.by_code | dict(zip(others, others.str.to_lowercase(), strict=True))
                partners = codes.replace_strict(by_code, default=None, return_dtype=pl.String)
            return partners.fill_null("unknown")

        return code.map_batches(of, return_dtype=pl.String, is_elementwise=True)

    def setting(self, partner: pl.Expr, site: pl.Expr) -> pl.Expr:
        """acute, community or mental_health, by site where the project says so, else by the partner's type."""
        by_type = {partner: kind for partner, kind in self.types.items() if kind in SETTINGS}
        return pl.coalesce(
            looked_up(site, self.site_settings, pl.String),
            looked_up(partner, by_type, pl.String),
            pl.lit("unknown"),
        )

    def only(self, kind: str) -> str:
        """The place's only partner of a type, else ``unknown-<type>``."""
        ids = [partner for partner, own in self.types.items() if own == kind]
        return ids[0] if len(ids) == 1 else f"unknown-{kind}"

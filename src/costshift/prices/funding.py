"""[[funding]]: who pays for a kind of support, where the council's extract cannot say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from costshift import standards
from costshift.project import Funding
from costshift.statistics.largest_remainder import spread


@dataclass(frozen=True)
class FundingRules:
    """The shares of each service component, by its normalised name.

    Councils pay for their own residents: what a component's shares give to councils is borne by the council whose
    service it is. So one rule holds for a place with several councils, and none of them pays for another's people.
    """

    shares: dict[str, dict[str, float]]
    councils: frozenset[str]

    @classmethod
    def of(cls, funding: Sequence[Funding], councils: Collection[str]) -> FundingRules:
        """The rules of a project.

        Args:
            funding: [[funding]] of the project.
            councils: ids of the partners that are councils.
        """
        return cls(
            {standards.normalise_text(own.service_component): dict(own.shares) for own in funding}, frozenset(councils)
        )

    def for_service(self, component: str, council: str) -> dict[str, float]:
        """Payer to share of a service; the council alone where no rule is about the component.

        Args:
            component: the normalised service component.
            council: whose service it is.
        """
        own = self.shares.get(component)
        if own is None:
            return {council: 100.0}
        found = {payer: share for payer, share in own.items() if share and payer not in self.councils}
        of_councils = sum(share for payer, share in own.items() if payer in self.councils)
        return found | ({council: of_councils} if of_councils else {})

    def borne(self, gross: int, contribution: int, component: str, council: str) -> dict[str, int]:
        """Payer to what it bore of a service (pence), after what the person paid; with the person's it is the gross.

        Args:
            gross: what it cost.
            contribution: what the person paid.
            component: the normalised service component.
            council: whose service it is.
        """
        parts = spread(gross, self.for_service(component, council))
        paid = paid_towards(parts, contribution, council)
        return {payer: part - paid.get(payer, 0) for payer, part in parts.items()}


def paid_towards(parts: Mapping[str, int], contribution: int, council: str) -> dict[str, int]:
    """Whose part the person's contribution goes towards: the council's first, what is left to the others'.

    The one rule for it: of what care costs, of what a late decision left with whom, and of the care that a delay saved.
    """
    first = min(contribution, parts.get(council, 0))
    others = {payer: part for payer, part in parts.items() if payer != council and part > 0}
    left = contribution - first
    return {council: first} | (spread(left, others) if left and others else {})

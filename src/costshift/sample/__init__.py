"""The artificial place with known truth: extracts of any size, and beside them the answers."""

from costshift.sample.making import write_sample
from costshift.sample.settings import SampleSettings, SampleSummary

__all__ = ["SampleSettings", "SampleSummary", "write_sample"]

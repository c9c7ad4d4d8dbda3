"""Cross-sell from the shop's own orders: what was bought together, and how often."""

from .recommender import Recommender, Suggestion

__all__ = ["Recommender", "Suggestion"]

"""Stallhand: an offline desk for small sellers (listings, replies, cross-sells), run on their own laptop."""

__version__ = "0.1.0"

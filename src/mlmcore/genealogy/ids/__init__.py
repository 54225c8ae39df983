"""Ids: the mapping between what users write and positions 0..n-1, both ways, without a dict."""

from mlmcore.genealogy.ids.index import IdIndex, ReadIds, read_ids, uuid_keys

__all__ = ["IdIndex", "ReadIds", "read_ids", "uuid_keys"]

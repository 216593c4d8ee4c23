"""Archives: a log is never cut, so it is closed, moved to a cheaper place, and begun anew.

`bytes_by_part` says where the bytes go. `freeze` writes a whole store as Parquet, which takes a
fraction of the room and opens in any data tool; `facts` folds it without a store, and `thaw` makes
a store of it again, row for row. What was proved before can be proved after: the seal is the same.
"""

from esdemo.archives.frozen import NotAnArchive, facts, freeze, seal_of, thaw
from esdemo.archives.measuring import bytes_by_part

__all__ = ["NotAnArchive", "bytes_by_part", "facts", "freeze", "seal_of", "thaw"]

"""A table's rows added up: in one scan, or by queries where rows come out slowly."""

from mixwell.design.sums.scan.sums_program import SumsProgram
from mixwell.design.sums.sums import Sums
from mixwell.tables.lazy.lazy_table import LazyTable

__all__ = ["sum_table"]


def sum_table(program: SumsProgram, table: LazyTable, purpose: str) -> Sums:
    """Scan the table once; where an engine adds up faster than rows come out, it does so itself."""
    if not table.scanned:
        from mixwell.design.sums.scan.queried_sums import query_sums

        return query_sums(program, table)
    # Numba: only where rows are added up
    from mixwell.design.sums.scan.row_scan import scan

    return scan(program, table.batches(purpose, program.exprs))

"""The shipped datasets and their catalog; start with `catalog`."""

from mixwell.data.catalog import Dataset, FactorLevels, dataset, datasets
from mixwell.data.load import list_data, load_data

__all__ = ["Dataset", "FactorLevels", "dataset", "datasets", "list_data", "load_data"]

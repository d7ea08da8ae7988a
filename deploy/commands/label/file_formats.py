"""The file formats of labels, and the suffixes that tell them."""

__all__ = ["FORMATS", "FORMAT_BY_SUFFIX"]

FORMATS = ("jsonl", "csv", "label-studio")
FORMAT_BY_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".json": "label-studio"}

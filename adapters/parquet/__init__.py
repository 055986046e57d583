"""Parquet files of the open data, written by a process of its own."""

"""The files of a compliance report: text, workbook and page."""

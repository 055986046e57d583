#!/usr/bin/env bash
# PyPI python-calamine 0.9.1, with XlsxWriter 3.3.1 to make the workbook.
# Expected: a cell whose formula failed is told apart from one that nobody filled in: its stored value is an error of
# a kind (#DIV/0!, #N/A), which openpyxl 3.1.5 gives as that text.
# Happens: both are the empty string. A quantity that could not be computed reads as one that was left out.
# Met by: whoever reads verifiers' calculation sheets with the fast reader.
# We: the sheet's own XML is asked which cells hold errors before an empty cell is believed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile python-calamine==0.9.1 XlsxWriter==3.3.1 openpyxl==3.1.5
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import openpyxl
import python_calamine
import xlsxwriter

book = xlsxwriter.Workbook("sheet.xlsx")
sheet = book.add_worksheet("Tonnes")
sheet.write_formula(0, 0, "=1/0", None, "#DIV/0!")
sheet.write_formula(0, 1, "=NA()", None, "#N/A")
sheet.write_string(0, 3, "t CO2e")
book.close()
fast = python_calamine.CalamineWorkbook.from_path("sheet.xlsx").get_sheet_by_name("Tonnes").to_python()
slow = [cell.value for cell in openpyxl.load_workbook("sheet.xlsx", data_only=True)["Tonnes"][1]]
print("calamine:", fast[0], "openpyxl:", slow)
assert fast == [["", "", "", "t CO2e"]]
assert slow == ["#DIV/0!", "#N/A", None, "t CO2e"]
PYTHON

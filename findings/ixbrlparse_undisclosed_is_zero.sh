#!/usr/bin/env bash
# PyPI ixbrlparse 0.12.0.
# Expected: a fact with xsi:nil="true" has no value (XBRL 2.1, 4.6: nil is how a report says that a figure is not
# given).
# Happens: its value is the number 0, as of a fact that says so. Emissions or retired credits that a company does
# not disclose are none.
# Met by: whoever compares beneficiaries' sustainability reports with what was retired for them.
# We: read no such reports; what is not known is null in our answers, and empty in our tables.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile ixbrlparse==0.12.0
cd "$folder"
bin/python -W ignore - <<'PYTHON'
import io

from ixbrlparse import IXBRL

fact = '<ix:nonFraction contextRef="y" decimals="0" name="e:{0}" unitRef="t"{1}</ix:nonFraction>'
report = f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:link="http://www.xbrl.org/2003/linkbase"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:e="http://example.org/esrs"><head><title>Report</title></head><body>
<div><ix:header><ix:references><link:schemaRef xlink:href="e.xsd" xlink:type="simple"/></ix:references>
<ix:resources><xbrli:context id="y"><xbrli:entity>
<xbrli:identifier scheme="http://standards.iso.org/iso/17442">0</xbrli:identifier></xbrli:entity>
<xbrli:period><xbrli:startDate>2024-01-01</xbrli:startDate><xbrli:endDate>2024-12-31</xbrli:endDate>
</xbrli:period></xbrli:context><xbrli:unit id="t"><xbrli:measure>e:tCO2e</xbrli:measure></xbrli:unit>
</ix:resources></ix:header></div>
<p>{fact.format("CreditsCancelled", ">1200")}</p>
<p>{fact.format("CreditsPlanned", ' xsi:nil="true">')}</p>
</body></html>"""
read = {one.name: one.value for one in IXBRL(io.StringIO(report)).numeric}
print(read)
assert read == {"CreditsCancelled": 1200, "CreditsPlanned": 0}
PYTHON

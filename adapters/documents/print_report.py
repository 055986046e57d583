"""`python -m adapters.documents.print_report`: what a report's cover says in, as JSON; its PDF out."""

import json
import sys

from adapters.documents.printed.report_pdf import render_report

if __name__ == "__main__":
    sys.stdout.buffer.write(render_report(json.load(sys.stdin.buffer)))

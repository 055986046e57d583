"""
`python -m adapters.documents.print_statement URL`: the public part of a verification statement in, its PDF out.

It comes as the API answers it. `URL` is where its page is; the QR code leads there.
"""

import json
import sys

from adapters.documents.pdf_signature import signed_by_settings
from adapters.documents.printed.statement_pdf import render_statement

if __name__ == "__main__":
    answer = json.load(sys.stdin.buffer)
    page = render_statement(answer["data"], statement_url=sys.argv[1])
    sys.stdout.buffer.write(signed_by_settings(page))

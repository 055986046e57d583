"""
`python -m adapters.documents.print_certificate URL [CORRECTION …]`: a certificate's JSON in, its PDF out.

`URL` is where the certificate's page is; the QR code leads there.
"""

import json
import sys

from adapters.documents.pdf_signature import signed_by_settings
from adapters.documents.printed.certificate_pdf import render_certificate

if __name__ == "__main__":
    raw = sys.stdin.buffer.read()
    url, *corrections = sys.argv[1:]
    page = render_certificate(
        json.loads(raw), certificate_url=url, corrections=corrections, attached=raw
    )
    sys.stdout.buffer.write(signed_by_settings(page))

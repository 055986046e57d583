"""
`python -m adapters.documents.print_certificate URL [CORRECTION …]`: a certificate's JSON in, its PDF out.

`URL` is where the certificate's page is; the QR code leads there.
"""

import json
import sys

from adapters.documents.certificate_pdf import render_certificate

if __name__ == "__main__":
    document = json.load(sys.stdin.buffer)
    url, *corrections = sys.argv[1:]
    sys.stdout.buffer.write(
        render_certificate(document, certificate_url=url, corrections=corrections)
    )

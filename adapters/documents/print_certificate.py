"""
`python -m adapters.documents.print_certificate URL`: a certificate's JSON in, its PDF out.

`URL` is where the certificate's page is; the QR code leads there.
"""

import json
import sys

from adapters.documents.certificate_pdf import render_certificate

if __name__ == "__main__":
    document = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(render_certificate(document, certificate_url=sys.argv[1]))

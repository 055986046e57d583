"""
`python -m adapters.documents.print_invoice URL`: an invoice in, its PDF out.

It comes as api/commands/payments/printing.py describes it. `URL` is where its page is; the QR code leads there.
"""

import json
import sys

from adapters.documents.pdf_signature import signed_by_settings
from adapters.documents.printed.invoice_pdf import render_invoice

if __name__ == "__main__":
    invoice = json.load(sys.stdin.buffer)
    page = render_invoice(invoice, invoice_url=sys.argv[1])
    sys.stdout.buffer.write(signed_by_settings(page))

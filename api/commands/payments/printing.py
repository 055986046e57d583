"""An invoice printed, for the API and for the pages."""

import json

import structlog

from adapters.documents.printing import CannotPrint
from api.commands.payments.invoices import InvoiceDetails
from api.http.errors.error_mapping import Unavailable
from api.http.resources import Resources
from domain.payments.money import format_money
from domain.quantities import format_tonnes

log = structlog.get_logger()


async def printed_invoice(parts: Resources, details: InvoiceDetails) -> bytes:
    """
    Its PDF.

    Raises:
        Unavailable: it cannot be printed at the moment.
    """
    invoice = details.invoice
    document = {
        "name": invoice.name,
        "payerName": details.view.payer_name,
        "issuedAt": invoice.issued_at.isoformat(),
        "dueAt": invoice.due_at.isoformat(),
        "settledAt": invoice.settled_at.isoformat() if invoice.settled_at else None,
        "status": invoice.status.value,
        "kind": invoice.kind.value,
        "quantity": format_tonnes(invoice.quantity_units),
        "subjectId": str(invoice.subject_id),
        "amount": format_money(invoice.amount_minor, invoice.currency),
        "reference": invoice.reference,
        "bankDetails": details.bank_details,
        "takesCheckout": details.takes_checkout,
    }
    address = f"{parts.settings.registry.public_url.rstrip('/')}/invoices/{invoice.id}"
    try:
        return await parts.printer.print_invoice(json.dumps(document).encode(), invoice_url=address)
    except CannotPrint as failed:
        log.warning("invoice_not_printed", invoice_id=str(invoice.id), reason=failed.kind)
        raise Unavailable("The invoice cannot be printed at the moment.") from failed

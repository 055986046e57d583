"""
What makes a page of fpdf2 a PDF/A-3 that keeps for decades: colours, metadata, an attached source, tags.

ISO 19005-3, conformance U: every face is inside, text is Unicode, colours are sRGB by a profile. What
is written is tagged (headings, paragraphs, figures) in reading order; lines and frames are artifacts. fpdf2's
tree has one level, so that a table's rows are paragraphs, and links are in no tag: PDF/UA is not claimed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from html import escape

from fpdf import FPDF
from fpdf.enums import OutputIntentSubType
from fpdf.output import PDFICCProfile
from fpdf.structure_tree import StructElem
from PIL import ImageCms

CONFORMANCE = "PDF/A-3U"
_PROFILE_DATE = slice(24, 36)
_PROFILE_MADE = bytes.fromhex("07ea00010001000000000000")
"""2026-01-01: little CMS would write the moment of the print, and the same page would have other bytes."""


def make_archival(pdf: FPDF, *, title: str, author: str, created: datetime) -> None:
    """For a document made with `enforce_compliance=CONFORMANCE`."""
    pdf.add_output_intent(
        OutputIntentSubType.PDFA,
        output_condition_identifier="sRGB",
        output_condition="sRGB IEC61966-2.1",
        registry_name="http://www.color.org",
        dest_output_profile=PDFICCProfile(_srgb(), 3, "DeviceRGB"),
        info="sRGB IEC61966-2.1",
    )
    pdf.set_xmp_metadata(_metadata(title, author, created))


def attach(pdf: FPDF, content: bytes, name: str, description: str, *, at: datetime) -> None:
    """The JSON that the page is a picture of, as an associated file (`/AFRelationship /Source`)."""
    pdf.embed_file(
        bytes=content,
        basename=name,
        modification_date=at,
        creation_date=at,
        mime_type="application/json",
        associated_file_relationship="Source",
        desc=description,
        compress=True,
    )


class Tags:
    """
    Marks what is written as parts of the document's structure, or as decoration.

    An element that goes on over a page is another element there.
    """

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._kind: str | None = None
        self._alternative: str | None = None
        self._element: StructElem | None = None
        self._last: list[StructElem] = []

    @contextmanager
    def element(
        self, kind: str, *, alternative: str | None = None, is_last: bool = False
    ) -> Iterator[None]:
        """
        What is written inside belongs together: `P`, `H1`, `H2`, `Figure`.

        `is_last`: it is read after everything else, wherever it was written.
        """
        before = self._kind, self._alternative, self._element
        self._kind, self._alternative, self._element = kind, alternative, None
        elements = self._pdf.struct_builder.doc_struct_elem.k
        first = len(elements)
        try:
            yield
        finally:
            self._kind, self._alternative, self._element = before
            if is_last:
                self._last += elements[first:]

    @contextmanager
    def content(self) -> Iterator[None]:
        """Write something of the element around, or decoration where there is none."""
        # fpdf2 has no public way to tag what it did not set itself.
        if self._kind is None:
            self._pdf._out("/Artifact BMC")  # noqa: SLF001 -- see above
        else:
            self._pdf._out(f"/{self._kind} <</MCID {self._next()}>> BDC")  # noqa: SLF001 -- likewise
        yield
        self._pdf._out("EMC")  # noqa: SLF001 -- likewise

    def finish(self) -> None:
        """Put what is read last at the end."""
        elements = self._pdf.struct_builder.doc_struct_elem.k
        for element in self._last:
            elements.remove(element)
            elements.append(element)

    def _next(self) -> int:
        """The number of the next marked content on this page; its element is made with the first one."""
        page, builder = self._pdf.page, self._pdf.struct_builder
        if self._element is None or self._element.page_number() != page:
            # It enters itself where its first content's number leads.
            self._element = self._pdf._add_marked_content(  # noqa: SLF001 -- as _out
                struct_type=f"/{self._kind}", alt_text=self._alternative
            )
            entered = True
        else:
            entered = False
        of_page = builder.struct_tree_root.parent_tree.nums[builder.spid_per_page_number[page]]
        if not entered:
            of_page.append(self._element)
        number = len(of_page) - 1
        self._element.k.append(number)
        return number


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_PROFILE_DATE] = _PROFILE_MADE
    return bytes(made)


def _metadata(title: str, author: str, created: datetime) -> str:
    """XMP, in which the file says of itself what it is."""
    moment = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>U</pdfaid:conformance>
   <xmp:CreateDate>{moment}</xmp:CreateDate>
   <xmp:ModifyDate>{moment}</xmp:ModifyDate>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>
   <dc:language><rdf:Bag><rdf:li>en-GB</rdf:li></rdf:Bag></dc:language>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""

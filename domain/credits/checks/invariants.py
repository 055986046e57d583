"""
The ledger's invariants: what is true of the whole ledger after every operation (product.md, rule 1).

INVARIANTS declares each once: its name, its sentence, and what is said where it does not hold. Three
look for these differences and name them in these words:

- tests, after each operation, with every row in memory (domain.credits.checks.ledger_differences);
- `make verify-ledger`, which streams the rows through the same functions (tools/verify_ledger.py);
- the scheduled check, which finds the same differences in one SQL statement because it must stay
  cheap at a million entries (adapters/postgres/credits/ledger_checks.py). tests/ledger/test_invariants.py
  breaks ledgers in every way that is named here and compares the three.

The database guards most of these by itself (migrations 0002, 0003, 0020, 0027 and 0031); nothing here trusts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.quantities import format_tonnes


class DifferenceKind(StrEnum):
    SUM = "sum"
    LOST = "lost"
    NEVER_ISSUED = "never_issued"
    SHARED = "shared"
    CHILDREN = "children"
    SERIAL_TWICE = "serial_twice"
    SERIAL_GAP = "serial_gap"
    DANGLING = "dangling"
    TRANSACTION = "transaction"
    SENDER = "sender"
    REPEATED = "repeated"
    ORIGIN = "origin"
    STATUS = "status"
    OWNER = "owner"
    OVER_CANCELLED = "over_cancelled"
    OVER_TOUCHED = "over_touched"
    COVERS_TWICE = "covers_twice"
    NOT_CANCELLED = "not_cancelled"
    IDLE = "idle"
    RETIREMENT_TOUCHED = "retirement_touched"
    RETIREMENT = "retirement"
    KEPT_SUM = "kept_sum"
    COVERING = "covering"
    UNAPPROVED = "unapproved"
    UNLIKE_APPROVAL = "unlike_approval"
    APPROVED_QUANTITY = "approved_quantity"
    ISSUED_AGAIN = "issued_again"
    NEXT_UNIT = "next_unit"
    PROJECT = "project"
    VINTAGE = "vintage"
    SUSPENSION = "suspension"
    OBLIGATION = "obligation"
    MADE_GOOD = "made_good"
    UNBLOCKED = "unblocked"


@dataclass(frozen=True)
class Invariant:
    """
    `sentence` is what is true; `differences` what is said where it is not, for each kind.

    What is said is a format string over the fields of a `Difference` and `first_tonnes`, `last_tonnes`.
    """

    name: str
    sentence: str
    differences: Mapping[DifferenceKind, str]


INVARIANTS = (
    Invariant(
        "issued_is_conserved",
        "Issued = active + reserved + suspended + retired + cancelled + buffer: per project, per vintage and in total.",
        {
            DifferenceKind.SUM: "{subject}: {first_tonnes} t were issued, {last_tonnes} t are accounted for."
        },
    ),
    Invariant(
        "leaves_tile_what_was_issued",
        "The entries that are not superseded hold exactly the units that were ever issued.",
        {
            DifferenceKind.LOST: "Units {first} to {last} were issued and are in no entry.",
            DifferenceKind.NEVER_ISSUED: "Units {first} to {last} are in an entry and were never issued.",
        },
    ),
    Invariant(
        "no_two_leaves_share_a_unit",
        "Every unit is in at most one entry that is not superseded.",
        {DifferenceKind.SHARED: "Units {first} to {last} are in {subject}, both."},
    ),
    Invariant(
        "children_tile_their_parents",
        "An entry has children if, and only if, it was split or transferred; they hold exactly its"
        " units, each once, under its project and vintage.",
        {DifferenceKind.CHILDREN: "The children of {subject} do not tile it."},
    ),
    Invariant(
        "serials_are_unique_and_gap_free",
        "Each project and vintage numbers its entries 1, 2, 3 and so on, each number once.",
        {
            DifferenceKind.SERIAL_TWICE: "{subject} names more than one entry.",
            DifferenceKind.SERIAL_GAP: "{subject} skips the running numbers {first} to {last}.",
        },
    ),
    # By induction from the issuances on, the entries are those that the transactions lead to.
    Invariant(
        "transactions_say_what_entries_hold",
        "Every entry was made by one transaction and moved by one at most, and has the units, holder,"
        " status and parent that they say.",
        {
            DifferenceKind.DANGLING: "The transaction {subject} names an entry that is not there.",
            DifferenceKind.TRANSACTION: "The transaction {subject} says other units than its entry holds.",
            DifferenceKind.SENDER: "The transaction {subject} moved what its sender did not have.",
            DifferenceKind.REPEATED: "{subject} was made or moved by more than one transaction.",
            DifferenceKind.ORIGIN: "{subject} came from no transaction.",
            DifferenceKind.STATUS: "{subject}.",
            DifferenceKind.OWNER: "{subject} belongs to somebody else than its transactions say.",
            DifferenceKind.SUSPENSION: "{subject} is for another loss than its transactions say, or for none.",
        },
    ),
    Invariant(
        "issuances_are_what_was_approved",
        "What is issued, the buffer's share included, is what one approved verification of a verified project"
        " says: its quantity, vintage, project and holder, once, under the numbers that were taken.",
        {
            DifferenceKind.UNAPPROVED: "Units {first} to {last} were issued by {subject}, which rests on no"
            " approval.",
            DifferenceKind.UNLIKE_APPROVAL: "Units {first} to {last} were issued by {subject} for another project,"
            " vintage or holder than was approved.",
            DifferenceKind.APPROVED_QUANTITY: "The verification {subject} approved {first_tonnes} t, and"
            " {last_tonnes} t were issued.",
            DifferenceKind.ISSUED_AGAIN: "The verification {subject} was issued more than once.",
            DifferenceKind.NEXT_UNIT: "Units up to {last} were issued, and the next number is {first}.",
        },
    ),
    Invariant(
        "reversals_take_no_more_than_was_lost",
        "A reversal cancels and touches no more than it lost, and all together touch no more of a"
        " retirement than was retired in it.",
        {
            DifferenceKind.OVER_CANCELLED: "The reversal {subject} lost {first_tonnes} t, and {last_tonnes} t were"
            " cancelled for it.",
            DifferenceKind.OVER_TOUCHED: "The reversal {subject} lost {first_tonnes} t and touches {last_tonnes} t.",
            DifferenceKind.RETIREMENT_TOUCHED: "The retirement {subject} is of {first_tonnes} t, and {last_tonnes} t"
            " of it are touched.",
        },
    ),
    Invariant(
        "coverings_stand_on_what_was_cancelled",
        "Units that cover were cancelled for that reversal and cover once, and none lies idle while"
        " something that is touched is not covered.",
        {
            DifferenceKind.COVERS_TWICE: "For the reversal {subject} {first_tonnes} t cover, and only {last_tonnes} t"
            " of them once.",
            DifferenceKind.NOT_CANCELLED: "Units {first} to {last} cover for the reversal {subject}, not cancelled"
            " for it.",
            DifferenceKind.IDLE: "The reversal {subject} leaves {first_tonnes} t idle, and {last_tonnes} t uncovered.",
        },
    ),
    Invariant(
        "losses_block_until_made_good",
        "What the buffer does not cover of a loss is owed, and its project's units stay suspended for"
        " it until so much is made good.",
        {
            DifferenceKind.OBLIGATION: "The reversal {subject} left {first_tonnes} t uncovered, and {last_tonnes} t"
            " are an obligation.",
            DifferenceKind.MADE_GOOD: "{subject}: of {first_tonnes} t {last_tonnes} t are made good.",
            DifferenceKind.UNBLOCKED: "For the reversal {subject} {first_tonnes} t must be suspended, and"
            " {last_tonnes} t are.",
        },
    ),
    Invariant(
        "redundant_values_agree",
        "What is stored in two places is the same in both.",
        {
            DifferenceKind.RETIREMENT: "The retirement {subject} is of {first_tonnes} t, its lines of {last_tonnes} t.",
            DifferenceKind.KEPT_SUM: "{subject}: {first_tonnes} t are kept as its sum, its rows hold"
            " {last_tonnes} t.",
            DifferenceKind.COVERING: "Of the retirement {subject} {first_tonnes} t are touched, and {last_tonnes} t"
            " stand for them.",
            DifferenceKind.PROJECT: "{subject} is of project {first}.",
            DifferenceKind.VINTAGE: "{subject} is of vintage {first}.",
        },
    ),
)
"""
What must hold of any one state of the ledger.

`domain.credits.checks.ledger_differences.retired_stays_retired` compares two states and is asked between them.
"""

INVARIANT_OF = {kind: invariant for invariant in INVARIANTS for kind in invariant.differences}


@dataclass(frozen=True)
class Difference:
    """
    Something that does not add up.

    `subject` is what it is about: a serial, the identifier of a transaction, retirement, reversal or
    verification, or the name of a sum; of a status, an entry's or an obligation's, it says both. `first` and
    `last` are unit numbers, except: of serials running numbers, of a project and a vintage its number and 0,
    both 0 where they mean nothing; and where the sentence speaks of
    tonnes, the two quantities in units.
    """

    kind: DifferenceKind
    subject: str
    first: int
    last: int

    @property
    def invariant(self) -> Invariant:
        return INVARIANT_OF[self.kind]

    @property
    def sentence(self) -> str:
        return self.invariant.differences[self.kind].format(
            subject=self.subject,
            first=self.first,
            last=self.last,
            first_tonnes=format_tonnes(self.first),
            last_tonnes=format_tonnes(self.last),
        )

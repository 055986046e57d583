// Where the units come from: the issuance, its record, the quantity approved.
// domain/certificates/issuance_checks.py of the registry, in the same words.

import { checkChainRecord, checkNetwork, checkPayer, checkTransaction } from "./chain_checks.mjs";
import { countOf, factsOf, found, joinText, overlap, partsOf } from "./results.mjs";
import { formatTonnes, parseTonnes } from "./schema.mjs";

// All three, or none when the certificate was sealed before certificates named their issuances.
export function checkIssuances(document, { facts, networks, trustedAddresses, unasked }) {
  const parts = document.issuances ?? [];
  if (parts.length === 0) return [];
  const onTheChain = (chain) => [
    checkNetwork(chain, networks, unasked),
    checkTransaction(chain, factsOf(chain, facts), unasked),
    checkChainRecord(chain, factsOf(chain, facts), unasked),
    checkPayer(chain, factsOf(chain, facts), trustedAddresses, unasked),
  ];
  return [checkOrigin(document, parts), checkRecords(parts, onTheChain), checkApproved(parts)];
}

function checkOrigin(document, parts) {
  const name = "issuance";
  for (const [index, credit] of document.credits.entries()) {
    if (!parts.some((part) => holds(part, credit))) {
      const sentence = `The units of ${credit.serial} come from no issuance that is named.`;
      return found(name, false, sentence, `/credits/${index}/units`);
    }
  }
  const digests = new Map(
    partsOf(document.evidence).map((evidence) => [
      evidence.projectId ?? document.credits[0].project.id,
      evidence.signOffDigest,
    ]),
  );
  for (const [index, part] of parts.entries()) {
    if (digests.get(part.projectId) !== part.approval.signOffDigest) {
      const sentence = `The approval of ${part.issued.serial} is not that of the evidence.`;
      return found(name, false, sentence, `/issuances/${index}/approval/signOffDigest`);
    }
  }
  const named = parts.map((part) => part.issued.serial).join(", ");
  return found(name, true, `The units were issued as ${named}.`, "/issuances");
}

function holds(part, credit) {
  return (
    part.projectId === credit.project.id &&
    part.vintage === credit.vintage &&
    blocksOf(part).some(
      (block) =>
        block.units.first <= credit.units.first && credit.units.last <= block.units.last,
    )
  );
}

function checkRecords(parts, onTheChain) {
  const name = "issuance record";
  let skipped = null;
  for (const [index, part] of parts.entries()) {
    const [serial, pointer] = [part.issued.serial, `/issuances/${index}/chain`];
    const differing = unlikeRecord(part);
    if (differing.length > 0) {
      const sentence = `${serial}: record and issuance differ in ${differing.join(", ")}.`;
      return found(name, false, sentence, `${pointer}/record/${differing[0]}`);
    }
    for (const one of onTheChain(part.chain)) {
      const made = found(name, one.passed, `${serial}: ${one.sentence}`, pointer + one.pointer);
      if (one.passed === false) return made;
      if (one.passed === null) skipped ??= made;
    }
  }
  const sentence =
    "The chain holds the record of the issuance, field by field, paid by the registry.";
  return skipped ?? found(name, true, sentence, "/issuances");
}

function unlikeRecord(part) {
  const stated = {
    credit_id: part.issued.serial,
    project_id: part.projectId,
    quantity: part.issued.quantity,
    vintage: part.vintage,
  };
  return Object.keys(stated).filter((key) => joinText(part.chain.record[key]) !== stated[key]);
}

// What was issued of each approval, the buffer's share included, is what it says.
function checkApproved(parts) {
  const name = "approved quantity";
  for (const [index, part] of parts.entries()) {
    let issued = 0n;
    for (const block of blocksOf(part)) {
      const units = parseTonnes(block.quantity);
      if (countOf(block.units) !== units) {
        const sentence = `${block.serial} states ${block.quantity} t, which its units do not count.`;
        return found(name, false, sentence, `/issuances/${index}`);
      }
      issued += units;
    }
    const approved = part.approval.quantity;
    if (issued !== parseTonnes(approved)) {
      const sentence = `${formatTonnes(issued)} t were issued, and ${approved} t were approved.`;
      return found(name, false, sentence, `/issuances/${index}/approval/quantity`);
    }
  }
  if (overlap(parts.flatMap(blocksOf).map((block) => block.units))) {
    return found(name, false, "Two of its issuances share a unit.", "/issuances");
  }
  const approved = parts.map((part) => `${part.approval.quantity} t`).join(", ");
  return found(name, true, `No more was issued than was approved: ${approved}.`, "/issuances");
}

function blocksOf(part) {
  return part.buffer === null ? [part.issued] : [part.issued, part.buffer];
}

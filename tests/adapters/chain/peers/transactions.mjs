// What three libraries of others make of transactions: `{"transactions": [hex], "feePerByte": n,
// "feeFixed": n}` on standard input, a list for each library on standard output.

import { readFileSync } from 'node:fs';
import { Serialization } from '@cardano-sdk/core';
import CML from '@dcspark/cardano-multiplatform-lib-nodejs';
import CSL from '@emurgo/cardano-serialization-lib-nodejs';

const { transactions, feePerByte, feeFixed } = JSON.parse(readFileSync(0, 'utf8'));

function emurgo(hex) {
  const fixed = CSL.FixedTransaction.from_hex(hex);
  const whole = CSL.Transaction.from_hex(hex);
  const number = (value) => CSL.BigNum.from_str(String(value));
  const metadatum = whole.auxiliary_data()?.metadata()?.get(number(674));
  return {
    hash: fixed.transaction_hash().to_hex(),
    again: fixed.to_hex(),
    leastFee: Number(CSL.min_fee(whole, CSL.LinearFee.new(number(feePerByte), number(feeFixed))).to_str()),
    record: metadatum ? JSON.parse(CSL.decode_metadatum_to_json_str(metadatum, 0)) : null,
  };
}

function dcspark(hex) {
  const whole = CML.Transaction.from_cbor_hex(hex);
  const fee = CML.LinearFee.new(BigInt(feePerByte), BigInt(feeFixed), 0n);
  const metadatum = whole.auxiliary_data()?.metadata()?.get(674n);
  return {
    hash: CML.hash_transaction(whole.body()).to_hex(),
    again: whole.to_cbor_hex(),
    leastFee: Number(CML.min_no_script_fee(whole, fee)),
    record: metadatum ? JSON.parse(CML.decode_metadatum_to_json_str(metadatum, 0)) : null,
  };
}

// Its fee calculation is in another package.
function inputOutput(hex) {
  const whole = Serialization.Transaction.fromCbor(hex);
  const metadatum = whole.auxiliaryData()?.metadata()?.toCore().get(674n);
  return {
    hash: whole.getId(),
    again: whole.toCbor(),
    leastFee: null,
    record: metadatum ? plain(metadatum) : null,
  };
}

function plain(metadatum) {
  if (metadatum instanceof Map) return Object.fromEntries([...metadatum].map(([key, value]) => [key, plain(value)]));
  if (Array.isArray(metadatum)) return metadatum.map(plain);
  return typeof metadatum === 'bigint' ? Number(metadatum) : metadatum;
}

const libraries = { emurgo, dcspark, inputOutput };
const said = Object.entries(libraries).map(([name, read]) => [name, transactions.map(read)]);
process.stdout.write(JSON.stringify(Object.fromEntries(said)));

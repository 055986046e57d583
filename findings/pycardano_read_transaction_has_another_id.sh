#!/usr/bin/env bash
# PyPI pycardano 0.19.2 with cbor2 5.9.0, reading a transaction of npm @emurgo/cardano-serialization-lib-nodejs 15.0.3.
# Expected: Transaction.from_cbor(...).id is the id of the transaction that was read: the hash of its body's bytes,
# whichever of CBOR's ways its writer took. pycardano keeps these ways for sets and for lists in classes.
# Happens: an inline datum whose list has its length written (d879 82 ..., as RFC 8949
# asks of deterministic writers) is written again without (d879 9f ... ff). The body is another, and so is its id.
# Met by: whoever works out from a transaction's bytes whether it is the one under the id of a retirement: a good
# proof is refused. Signatures fail in the same way.
# We: hash the very bytes that are sent (domain/chain/transactions.py), never bytes read and written again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --no-compile pycardano==0.19.2 cbor2==5.9.0
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts @emurgo/cardano-serialization-lib-nodejs@15.0.3
cat > written.mjs <<'JAVASCRIPT'
import CSL from '@emurgo/cardano-serialization-lib-nodejs';

const written = (datum) => {
  const [inputs, outputs] = [CSL.TransactionInputs.new(), CSL.TransactionOutputs.new()];
  inputs.add(CSL.TransactionInput.new(CSL.TransactionHash.from_hex('11'.repeat(32)), 0));
  const address = CSL.Address.from_hex('60' + '22'.repeat(28));
  const output = CSL.TransactionOutput.new(address, CSL.Value.new(CSL.BigNum.from_str('2000000')));
  output.set_plutus_data(CSL.PlutusData.from_hex(datum));
  outputs.add(output);
  const body = CSL.TransactionBody.new_tx_body(inputs, outputs, CSL.BigNum.from_str('170000'));
  const hex = CSL.Transaction.new(body, CSL.TransactionWitnessSet.new()).to_hex();
  return [hex, CSL.FixedTransaction.from_hex(hex).transaction_hash().to_hex()];
};
console.log(...written('d879821907e71907e8'), ...written('d8799f1907e71907e8ff'));
JAVASCRIPT
node written.mjs > written.txt
bin/python -W ignore - <<'PYTHON'
from hashlib import blake2b
from pycardano import Transaction

with_length, its_id, without, other_id = open("written.txt").read().split()
for name, text, true_id in (("with a length", with_length, its_id), ("without", without, other_id)):
    body = bytes.fromhex(text)[1:-3]  # between the array's head and witnesses, validity, no metadata
    assert blake2b(body, digest_size=32).hexdigest() == true_id
    print(f"{name:14} id {true_id[:16]}...  pycardano {str(Transaction.from_cbor(text).id)[:16]}...")
assert str(Transaction.from_cbor(without).id) == other_id
assert str(Transaction.from_cbor(with_length).id) != its_id
PYTHON

import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {readFileSync} from 'node:fs';
const answers = [];
for(const {credential, documents} of JSON.parse(readFileSync(0, 'utf8'))) {
  const documentLoader = async url => {
    if(documents[url]) { return {contextUrl: null, documentUrl: url, document: documents[url]}; }
    return vc.defaultDocumentLoader(url);
  };
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const found = await checkStatus({credential, documentLoader, suite});
  answers.push({verified: found.verified, statuses: (found.results ?? []).map(one => one.status)});
}
console.log(JSON.stringify(answers));

import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {readFileSync} from 'node:fs';
const files = JSON.parse(readFileSync(0, 'utf8'));
const answers = [];
for(const {credential, documents} of files) {
  const documentLoader = async url => {
    if(documents[url]) { return {contextUrl: null, documentUrl: url, document: documents[url]}; }
    return vc.defaultDocumentLoader(url);
  };
  const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
  const result = await vc.verifyCredential({credential, suite, documentLoader});
  answers.push({verified: result.verified, error: result.error?.errors?.map(e => e.message) ?? result.error?.message ?? null});
}
console.log(JSON.stringify(answers));

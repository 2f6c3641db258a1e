// A client of fhir-kit-client that shows a token and proves possession of its key with each request
// (DPoP, RFC 9449). In the sandbox the token is a persona's; elsewhere HelseID gives it.

import { Client } from 'fhir-kit-client';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');

/** A client of `instance` (a municipality's number) at `server`, as `persona`. */
export async function connect({ server, instance, persona }) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const jwk = { crv, kty, x, y };
  const answer = await fetch(`${server}/sandbox/helseid/persona`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ persona, jkt: sha256(JSON.stringify(jwk)) }),
  });
  const { access_token: token, error_description: why } = await answer.json();
  if (!answer.ok) throw new Error(`no token for ${persona}: ${why}`);

  const proof = (htm, url) => {
    const claims = { jti: randomUUID(), htm, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000), ath: sha256(token) };
    const unsigned = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encoded(claims)}`;
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${unsigned}.${signature.toString('base64url')}`;
  };
  return new Client({
    baseUrl: `${server}/${instance}/fhir/r4`,
    requestSigner: (url, request) => {
      request.headers.set('authorization', `DPoP ${token}`);
      request.headers.set('dpop', proof(request.method, url));
    },
  });
}

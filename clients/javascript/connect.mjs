// A client of fhir-kit-client that shows a token and proves possession of its key with each request
// (DPoP, RFC 9449). In the sandbox the token is a persona's; elsewhere HelseID gives it.

import { Client } from 'fhir-kit-client';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');

/** A new key with what stands for it in proofs: the public part, and its thumbprint. */
function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const jwk = { crv, kty, x, y };
  return { privateKey, jwk, jkt: sha256(JSON.stringify(jwk)) };
}

/** A proof of possession for one request; `token` is there once there is one. */
function proof({ privateKey, jwk }, htm, url, token) {
  const claims = { jti: randomUUID(), htm, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000) };
  if (token) claims.ath = sha256(token);
  const unsigned = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encoded(claims)}`;
  const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${unsigned}.${signature.toString('base64url')}`;
}

const signing = (baseUrl, key, token) =>
  new Client({
    baseUrl,
    requestSigner: (url, request) => {
      request.headers.set('authorization', `DPoP ${token}`);
      request.headers.set('dpop', proof(key, request.method, url, token));
    },
  });

/** A client of `instance` (a municipality's number) at `server`, as `persona`. */
export async function connect({ server, instance, persona }) {
  const key = newKey();
  const answer = await fetch(`${server}/sandbox/helseid/persona`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ persona, jkt: key.jkt }),
  });
  const { access_token: token, error_description: why } = await answer.json();
  if (!answer.ok) throw new Error(`no token for ${persona}: ${why}`);
  return signing(`${server}/${instance}/fhir/r4`, key, token);
}

/**
 * A client of a SMART app that a journal has launched: `iss` and `launch` are what the journal opened the app with, `clientId` and
 * `redirectUri` what it is registered with. Here there is no browser: the address that it would be sent to is taken apart.
 */
export async function launched({ iss, launch, clientId, redirectUri, scope }) {
  const { authorizeUrl, tokenUrl } = await new Client({ baseUrl: iss }).smartAuthMetadata();
  const [key, verifier, state] = [newKey(), randomUUID() + randomUUID(), randomUUID()];
  const asked = new URL(authorizeUrl);
  asked.search = new URLSearchParams({
    response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope, state, aud: iss, launch,
    code_challenge: sha256(verifier), code_challenge_method: 'S256',
  });
  const sent = new URL((await fetch(asked, { redirect: 'manual' })).headers.get('location'));
  const { code, state: returned, error_description: why } = Object.fromEntries(sent.searchParams);
  if (!code || returned !== state) throw new Error(`no code: ${why}`);
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { dpop: proof(key, 'POST', tokenUrl.href) },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: clientId, code_verifier: verifier }),
  });
  const context = await answer.json();
  if (!answer.ok) throw new Error(`no token: ${context.error_description}`);
  return { client: signing(iss, key, context.access_token), context };
}

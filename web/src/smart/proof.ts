/** A key that tokens are bound to, and the proof that goes with each request (DPoP, RFC 9449). The private half never leaves the browser's keeping. */

export interface ProofKey {
  privateKey: CryptoKey;
  jwk: { crv: string; kty: string; x: string; y: string };
}

const utf8 = new TextEncoder();

export function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const part = (value: unknown) => base64url(utf8.encode(JSON.stringify(value)));

/** SHA-256 of a text, in base64url. */
export const sha256 = async (text: string): Promise<string> => base64url(await crypto.subtle.digest('SHA-256', utf8.encode(text)));

/** A text that nobody guesses. */
export const randomText = (bytes = 32): string => base64url(crypto.getRandomValues(new Uint8Array(bytes)));

/** A new key, for one launch. */
export async function newKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { privateKey: pair.privateKey, jwk: { crv, kty, x, y } };
}

/** The proof for one request; `token` is there once there is one. */
export async function proof(key: ProofKey, method: string, address: string, token?: string): Promise<string> {
  const claims: Record<string, unknown> = { jti: randomText(16), htm: method, htu: address.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000) };
  if (token) claims.ath = await sha256(token);
  const unsigned = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, utf8.encode(unsigned));
  return `${unsigned}.${base64url(signature)}`;
}

import { Failure, ask } from '../common/failure';
import { type ProofKey, newKey, proof, randomText, sha256 } from './proof';

/**
 * SMART App Launch 2 as an app without a server does it, with a token that is bound to a key (DPoP): the journal opens the app with `launch` and
 * `iss`; the app goes to the journal's authorization endpoint, comes back with a code, and gives it for a token. The token is in memory only:
 * whoever loads the page again is to be launched again.
 */

/** What an app is registered as. */
export interface App {
  clientId: string;
  redirectUri: string;
  scope: string;
}

/** An app that has been launched. */
export interface Launched {
  /** The FHIR base. */
  iss: string;
  token: string;
  key: ProofKey;
  /** The id of the Patient, if the patient of the launch is known there. */
  patient: string | null;
}

/** What must be remembered while the browser is at the journal. It says nothing about anybody, is good once, and is taken away at once. */
interface Waiting {
  state: string;
  verifier: string;
  iss: string;
  tokenEndpoint: string;
  language: string | null;
}

const KEPT = 'smart';

/** The app was opened by nobody's journal. */
export class NotLaunched extends Error {}

/** Goes on from wherever the launch is: away to the journal (never resolves), or back from it with a token. */
export async function launched(app: App): Promise<Launched> {
  const query = new URLSearchParams(window.location.search);
  const [launch, iss, code, state] = ['launch', 'iss', 'code', 'state'].map((name) => query.get(name));
  if (launch && iss) return away(app, iss, launch, query.get('lang'));
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  const waiting = kept ? (JSON.parse(kept) as Waiting) : null;
  // Neither code nor state stays in the address or the history.
  const language = query.get('lang') ?? waiting?.language;
  window.history.replaceState(null, '', window.location.pathname + (language ? `?lang=${encodeURIComponent(language)}` : ''));
  if (query.get('error')) throw new Failure('refused', [query.get('error_description') ?? query.get('error') ?? '']);
  if (!code || !waiting || waiting.state !== state) throw new NotLaunched();
  return back(app, waiting, code);
}

async function away(app: App, iss: string, launch: string, language: string | null): Promise<Launched> {
  // A client for one server only: nobody else's FHIR base is asked for anything.
  if (new URL(iss).origin !== window.location.origin) throw new NotLaunched();
  const answer = await ask(`${iss}/.well-known/smart-configuration`, { headers: { accept: 'application/json' } });
  const { authorization_endpoint, token_endpoint } = (await answer.json()) as { authorization_endpoint: string; token_endpoint: string };
  const waiting: Waiting = { state: randomText(), verifier: randomText(), iss, tokenEndpoint: token_endpoint, language };
  sessionStorage.setItem(KEPT, JSON.stringify(waiting));
  const address = new URL(authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    scope: app.scope,
    state: waiting.state,
    aud: iss,
    launch,
    code_challenge: await sha256(waiting.verifier),
    code_challenge_method: 'S256',
  }).toString();
  window.location.replace(address);
  return new Promise(() => {});
}

async function back(app: App, { verifier, iss, tokenEndpoint }: Waiting, code: string): Promise<Launched> {
  const key = await newKey();
  const body = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: app.redirectUri, client_id: app.clientId, code_verifier: verifier });
  const answer = await ask(tokenEndpoint, { method: 'POST', headers: { dpop: await proof(key, 'POST', tokenEndpoint) }, body });
  const { access_token, patient } = (await answer.json()) as { access_token: string; patient?: string };
  return { iss, token: access_token, key, patient: patient ?? null };
}

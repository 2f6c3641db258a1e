import { ask } from '../common/failure';
import { type AppName, registered } from '../smart/apps';

const INSTANCE = '9901';
const journal = `/sandbox/ehr/${INSTANCE}`;

async function post<T>(address: string, body: unknown): Promise<T> {
  const answer = await ask(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return (await answer.json()) as T;
}

/** Opens the app for a user and a patient; gives the address that it is opened with. Neither stands in it: the journal's handle stands for both. */
export async function launchAddress(name: AppName, persona: string, patient: string, purpose: 'TREAT' | 'ETREAT', language: string): Promise<string> {
  const { clientId, redirectUri } = registered(name);
  await post(`${journal}/apps`, { client_id: clientId, redirect_uris: [redirectUri] });
  const { launch, iss } = await post<{ launch: string; iss: string }>(`${journal}/launch`, { persona, patient, ...(purpose === 'TREAT' ? {} : { purpose }) });
  return `${redirectUri}?${new URLSearchParams({ launch, iss, lang: language })}`;
}

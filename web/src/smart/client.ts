import { ask } from '../common/failure';
import type { Language } from '../common/language';
import type { Launched } from './launch';
import { proof } from './proof';

/** Asks the FHIR interface as a launched app. */
export class Client {
  constructor(
    readonly launched: Launched,
    /** The reason in words, in an emergency: goes with each request, and into the access log. */
    readonly reason: string | null = null,
  ) {}

  /** One request; whatever is no answer is a `Failure`. */
  async request(language: Language, method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const { iss, token, key } = this.launched;
    const address = path ? `${iss}/${path}` : iss;
    const headers: Record<string, string> = {
      accept: 'application/fhir+json',
      'accept-language': language,
      authorization: `DPoP ${token}`,
      dpop: await proof(key, method, address, token),
    };
    if (body !== undefined) headers['content-type'] = 'application/fhir+json';
    if (this.reason) headers['kilde-reason'] = encodeURIComponent(this.reason);
    return ask(address, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}) });
  }

  /** The same, for an answer in JSON. */
  async json<T>(language: Language, method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return (await (await this.request(language, method, path, body, signal)).json()) as T;
  }
}

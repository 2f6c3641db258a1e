import { Failure, ask } from '../common/failure';
import type { Language } from '../common/language';
import { type ProofKey, newKey, proof, sha256 } from '../smart/proof';
import type { Office } from './offices';

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT';
  body?: unknown;
  /** In words; goes with the request into the access log. */
  reason?: string;
  signal?: AbortSignal;
}

/** Asks as somebody at work. Key and token are in this page's memory only. */
export class Api {
  private token: Promise<string> | null = null;
  private constructor(
    readonly office: Office,
    private readonly key: ProofKey,
  ) {}

  /** Logs in with the sandbox's issuer. */
  static async open(office: Office): Promise<Api> {
    const api = new Api(office, await newKey());
    await api.held();
    return api;
  }

  private held(): Promise<string> {
    this.token ??= this.issued().catch((cause) => {
      this.token = null;
      throw cause;
    });
    return this.token;
  }

  private async issued(): Promise<string> {
    const body = JSON.stringify({ persona: this.office.persona, jkt: await sha256(JSON.stringify(this.key.jwk)) });
    const answer = await ask('/sandbox/helseid/persona', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /** One request below the municipality's address; whatever is no answer is a `Failure`. A token that has run out is made anew once. */
  async request(language: Language, path: string, asked: Asked = {}): Promise<Response> {
    const before = this.token;
    try {
      return await this.once(language, path, asked);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind !== 'ended') throw cause;
      if (this.token === before) this.token = null;
      return this.once(language, path, asked);
    }
  }

  private async once(language: Language, path: string, { method = 'GET', body, reason, signal }: Asked): Promise<Response> {
    const address = `${window.location.origin}/${this.office.instance}/${path}`;
    const token = await this.held();
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-language': language,
      authorization: `DPoP ${token}`,
      dpop: await proof(this.key, method, address, token),
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (reason) headers['kilde-reason'] = encodeURIComponent(reason);
    return ask(address, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}) });
  }

  /** The same, for an answer in JSON. */
  async json<T>(language: Language, path: string, asked: Asked = {}): Promise<T> {
    return (await (await this.request(language, path, asked)).json()) as T;
  }
}

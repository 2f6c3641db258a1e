/** What went wrong with a request, as far as a page must tell cases apart. */
export type Kind = 'network' | 'ended' | 'refused' | 'absent' | 'invalid' | 'conflict' | 'server';

/** A request that was not answered as hoped. `texts` are the server's own words, made for people. */
export class Failure extends Error {
  constructor(
    readonly kind: Kind,
    readonly texts: string[] = [],
    readonly code = '',
    readonly status = 0,
    readonly issues: Issue[] = [],
  ) {
    super(code || kind);
  }
}

/** What an OperationOutcome says of one thing. */
export interface Issue {
  details?: { text?: string; coding?: { code?: string }[] };
  diagnostics?: string;
}

const kinds: Record<number, Kind> = { 401: 'ended', 403: 'refused', 404: 'absent', 409: 'conflict', 412: 'conflict' };

/** The failure that an answer with an OperationOutcome tells of. */
export async function failureOf(answer: Response): Promise<Failure> {
  let issues: Issue[] = [];
  try {
    const body = (await answer.json()) as { issue?: Issue[] };
    issues = Array.isArray(body.issue) ? body.issue : [];
  } catch {
    // Not ours: a gateway's page, perhaps. The status has to do.
  }
  const texts = issues.map((i) => i.details?.text ?? i.diagnostics ?? '').filter(Boolean);
  const code = issues[0]?.details?.coding?.[0]?.code ?? '';
  const kind = kinds[answer.status] ?? (answer.status >= 500 ? 'server' : 'invalid');
  return new Failure(kind, texts, code, answer.status, issues);
}

/** Fetches; whatever is no answer becomes a `Failure`. */
export async function ask(address: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new Failure('network');
  }
  if (!answer.ok) throw await failureOf(answer);
  return answer;
}

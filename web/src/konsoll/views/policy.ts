/** Who took a step, and when. */
export interface Taken {
  by: string | null;
  client: string;
  event: number;
  atMs: number;
}

/** A way in which a text gives somebody access to more. */
export interface Widening {
  nb: string;
  en: string;
}

/** A proposal of a new text, as `GET /admin/policy/proposals` tells of it. */
export interface Proposal {
  id: string;
  base: number;
  why: string;
  widens: Widening[];
  proposed: Taken;
  state: 'open' | 'outdated' | 'approved' | 'withdrawn';
  version?: number;
  approved?: Taken;
  withdrawn?: Taken;
  text?: string;
}

/** What `GET /admin/policy` answers. */
export interface InForce {
  version: number;
  event: number | null;
  understood: boolean;
  text: string;
  history: Proposal[];
}

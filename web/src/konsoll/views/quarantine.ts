/** What `GET /admin/quarantine` tells of a message: its findings, and nothing of what it says. */
export interface Item {
  no: number;
  kind: string;
  organisation: string;
  client: string;
  receivedMs: number;
  status: number;
  outcome: unknown;
  size: number;
  state: 'open' | 'replayed' | 'discarded';
  event: number | null;
  reason: string | null;
}

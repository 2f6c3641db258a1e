import { useAsked } from './hooks';

export interface Unit {
  unit: string;
  name: string;
}

/** The units that the municipality has, as the access report names them; asked for a period that has not begun, so that no entry is read. */
export function useUnits(enabled = true): Unit[] {
  const ahead = new Date(Date.now() + 48 * 3600 * 1000).toISOString().slice(0, 10);
  const report = useAsked<{ access: Unit[] }>(`admin/review-report?from=${ahead}`, enabled);
  return report.data?.access ?? [];
}

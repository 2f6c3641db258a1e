import { useAsked } from './hooks';

export interface Unit {
  unit: string;
  name: string;
}

/** The units that the municipality has, as the access report names them; asked for a period that has not begun, so that no entry is read. */
export function useUnits(): Unit[] {
  const report = useAsked<{ access: Unit[] }>('admin/review-report?from=2999-01-01');
  return report.data?.access ?? [];
}

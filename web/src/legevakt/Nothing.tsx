import { Alert } from '@digdir/designsystemet-react';
import { Empty } from '../common/States';
import type { Section } from './overview';
import { useTexts } from './texts';

/** Which kind of nothing it is. */
export function Nothing({ section }: { section: Section }) {
  const t = useTexts();
  const words = section.emptyText ?? t.reasons[section.empty ?? 'nilknown'] ?? t.none;
  if (section.empty === 'unavailable' || section.empty === 'withheld') {
    return <Alert data-color="warning">{words}</Alert>;
  }
  return <Empty>{words}</Empty>;
}

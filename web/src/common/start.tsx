import '@digdir/designsystemet-css';
import '@digdir/designsystemet-theme/digdir.css';
import './base.css';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

/** Puts an application on the page. */
export function start(application: ReactNode): void {
  const root = document.getElementById('root');
  if (root) createRoot(root).render(<StrictMode>{application}</StrictMode>);
}

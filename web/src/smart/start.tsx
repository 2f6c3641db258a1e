import './smart.css';
import type { ReactNode } from 'react';
import { start } from '../common/start';
import type { Language } from '../common/language';
import { LaunchedApp } from './LaunchedApp';
import { type AppName, registered } from './apps';
import type { Client } from './client';
import { launched } from './launch';

interface Started {
  app: AppName;
  /** What it may do, beyond being launched. */
  scope: string;
  /** What it is called in its header, in every language. */
  name: string;
  texts: Record<Language, { title: string }>;
  children: (client: Client) => ReactNode;
}

/** Launches an app, and puts it on the page. */
export function startLaunched({ app, scope, name, texts, children }: Started): void {
  const launching = launched({ ...registered(app), scope: `launch ${scope}` });
  // Told on the page, once there is one.
  launching.catch(() => {});
  start(
    <LaunchedApp launching={launching} name={name} title={(language) => texts[language].title}>
      {children}
    </LaunchedApp>,
  );
}

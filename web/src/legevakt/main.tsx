import { start } from '../common/start';
import { launched } from '../smart/launch';
import { App } from './App';
import './legevakt.css';

/** As registered at the journal. It reads, and reads only. */
const launching = launched({
  clientId: 'kilde-legevakt',
  redirectUri: `${window.location.origin}/legevakt`,
  scope: 'launch patient/*.rs',
});

// Told on the page, once there is one.
launching.catch(() => {});

start(<App launching={launching} />);

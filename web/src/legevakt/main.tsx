import { start } from '../common/start';
import { launched } from '../smart/launch';
import { LaunchedApp } from '../smart/LaunchedApp';
import '../smart/smart.css';
import { Chart } from './Chart';
import './legevakt.css';
import { texts } from './texts';

/** As registered at the journal. It reads, and reads only. */
const launching = launched({
  clientId: 'kilde-legevakt',
  redirectUri: `${window.location.origin}/legevakt`,
  scope: 'launch patient/*.rs',
});

// Told on the page, once there is one.
launching.catch(() => {});

start(
  <LaunchedApp launching={launching} name="Legevakt" title={(language) => texts[language].title}>
    {(client) => <Chart client={client} />}
  </LaunchedApp>,
);

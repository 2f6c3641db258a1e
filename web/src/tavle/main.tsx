import { start } from '../common/start';
import { LaunchedApp } from '../smart/LaunchedApp';
import { launched } from '../smart/launch';
import '../smart/smart.css';
import { Board } from './Board';
import './tavle.css';
import { texts } from './texts';

/** As registered at the journal. It reads, and makes new Observations. */
const launching = launched({
  clientId: 'kilde-tavle',
  redirectUri: `${window.location.origin}/tavle`,
  scope: 'launch patient/*.rs patient/Observation.crs',
});
// Told on the page, once there is one.
launching.catch(() => {});

start(
  <LaunchedApp launching={launching} name="Tavle" title={(language) => texts[language].title}>
    {(client) => <Board client={client} />}
  </LaunchedApp>,
);

import { startLaunched } from '../smart/start';
import { Board } from './Board';
import './tavle.css';
import { texts } from './texts';

// It reads, and makes new Observations.
startLaunched({ app: 'tavle', scope: 'patient/*.rs patient/Observation.crs', name: 'Tavle', texts, children: (client) => <Board client={client} /> });

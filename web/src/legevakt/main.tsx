import { startLaunched } from '../smart/start';
import { Chart } from './Chart';
import './legevakt.css';
import { texts } from './texts';

// It reads, and reads only.
startLaunched({ app: 'legevakt', scope: 'patient/*.rs', name: 'Legevakt', texts, children: (client) => <Chart client={client} /> });

import { start } from '../common/start';
import { App } from './App';
import '../common/portal.css';
import './konsoll.css';

start(<App />);

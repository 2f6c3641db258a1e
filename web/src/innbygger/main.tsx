import { start } from '../common/start';
import { App } from './App';
import '../common/portal.css';
import './innbygger.css';

start(<App />);

import { start } from '../common/start';
import { App } from './App';
import './innbygger.css';

start(<App />);

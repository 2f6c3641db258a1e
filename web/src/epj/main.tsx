import { start } from '../common/start';
import { App } from './App';
import './epj.css';

start(<App />);

import { start } from '../common/start';
import { App } from './App';
import './page.css';

start(<App />);

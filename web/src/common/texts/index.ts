import { textsOf } from '../language';
import { en } from './en';
import { nb } from './nb';
import { nn } from './nn';

export const common = { nb, nn, en };

/** What every page says, in the language of the page. */
export const useCommon = textsOf(common);

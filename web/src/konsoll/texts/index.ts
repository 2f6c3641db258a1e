import { textsOf } from '../../common/language';
import { en } from './en';
import { nb } from './nb';
import { nn } from './nn';

export const texts = { nb, nn, en };

/** What the console says, in the language of the page. */
export const useTexts = textsOf(texts);

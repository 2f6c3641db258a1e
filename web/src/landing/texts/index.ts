import { textsOf } from '../../common/language';
import { en } from './en';
import { nb, type Texts } from './nb';
import { nn } from './nn';

export type { Texts };

export const texts = { nb, nn, en };

/** The texts of the landing page, in its language. */
export const useTexts = textsOf(texts);

import { textsOf } from '../../common/language';
import { en } from './en';
import { nb } from './nb';
import { nn } from './nn';

export const texts = { nb, nn, en };

/** The texts of the emergency clinic's client. */
export const useTexts = textsOf(texts);

import './score.css';
import { Details, Heading, Paragraph } from '@digdir/designsystemet-react';
import { Narrative } from '../common/Narrative';
import { useBandWord } from '../common/band';
import { numberText, timeText } from '../common/dates';
import { fill, useLanguage } from '../common/language';
import { useCommon } from '../common/texts';
import { Nothing } from './Nothing';
import { Trend } from './Trend';
import type { Overview, Score } from './overview';
import { useTexts } from './texts';

/** The last NEWS2, what is usual, how it goes; and how it was computed. */
export function Measurements({ section }: { section: NonNullable<Overview['measurements']> }) {
  const t = useTexts();
  return (
    <section className="stack" aria-labelledby="measurements">
      <Heading level={2} data-size="sm" id="measurements">
        {t.measurements}
      </Heading>
      {section.empty && <Nothing section={section} />}
      {section.score && <Head score={section.score} />}
      {section.score && section.score.points.length > 1 && <Trend score={section.score} />}
      {section.narrative && !section.empty && (
        <Details className="quiet" defaultOpen={section.score?.total === null || !section.score}>
          <Details.Summary>{t.how}</Details.Summary>
          <Details.Content>
            <div className="scroll" tabIndex={0} role="region" aria-label={t.how}>
              <Narrative xhtml={section.narrative} />
            </div>
          </Details.Content>
        </Details>
      )}
    </section>
  );
}

function Head({ score }: { score: Score }) {
  const t = useTexts();
  const common = useCommon();
  const language = useLanguage();
  const word = useBandWord();
  const { habitual } = score;
  const n = (value: number) => numberText(value, language);
  return (
    <div className="score" data-band={score.band ?? 'none'}>
      <p className="total">
        {score.total === null ? (
          <span className="word">{t.noScore}</span>
        ) : (
          <>
            <span className="visually-hidden">NEWS2: </span>
            <span className="big">{score.total}</span>
            <span className="word">
              {score.band && word(score.band)}
              <span className="visually-hidden"> {common.points}</span>
            </span>
          </>
        )}
      </p>
      <div>
        {score.at && (
          <Paragraph>
            {fill(t.measured, { time: timeText(score.at, language) })} {score.old && <strong>{t.old}</strong>}
          </Paragraph>
        )}
        {habitual && (
          <Paragraph data-size="sm">
            {fill(t.usual, { median: n(habitual.median), low: n(habitual.low), high: n(habitual.high), n: habitual.count })}{' '}
            <strong>{habitual.above > 0 ? fill(t.above, { n: n(habitual.above) }) : habitual.above < 0 ? fill(t.below, { n: n(-habitual.above) }) : t.same}</strong>
          </Paragraph>
        )}
      </div>
    </div>
  );
}

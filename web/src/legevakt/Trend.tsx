import { Details, Heading, Table } from '@digdir/designsystemet-react';
import { useBandWord } from '../common/band';
import { shortTime, numberText } from '../common/dates';
import { fill, useLanguage } from '../common/language';
import type { Score } from './overview';
import { useTexts } from './texts';

/** The bottom of the plot, so that a point at 0 is whole. */
const BOTTOM = -1;
/** The top of the plot: a NEWS2 is 20 at most, and most are far below. */
const least = 9;

/**
 * The last totals as a line above the bands of the chart, one column for each; the number stands at each point. For who cannot see it: what it
 * shows in a sentence, and the same as a table.
 */
export function Trend({ score }: { score: Score }) {
  const t = useTexts();
  const language = useLanguage();
  const word = useBandWord();
  const { points, habitual } = score;
  const top = Math.max(least, ...points.map((p) => p.total + 1));
  const x = (i: number) => ((i + 0.5) / points.length) * 100;
  const y = (total: number) => 100 - ((total - BOTTOM) / (top - BOTTOM)) * 100;
  const told = fill(t.trendTold, { points: points.map((p) => `${p.total} (${shortTime(p.at, language)})`).join(', '), direction: score.direction ?? '' });
  const bands = [
    ['low', BOTTOM, 4.5],
    ['medium', 4.5, 6.5],
    ['high', 6.5, top],
  ] as const;
  return (
    <div className="trend wide">
      <Heading level={3} data-size="2xs">
        {fill(t.trend, { n: points.length })}
        {score.direction && <span className="direction"> {score.direction}</span>}
      </Heading>
      <div className="plot" role="img" aria-label={told}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          {bands.map(([band, from, to]) => (
            <rect key={band} className={`band-${band}`} x="0" width="100" y={y(Math.min(to, top))} height={Math.max(0, y(from) - y(Math.min(to, top)))} />
          ))}
          {habitual && <line className="usual" x1="0" x2="100" y1={y(habitual.median)} y2={y(habitual.median)} />}
          <polyline points={points.map((p, i) => `${x(i)},${y(p.total)}`).join(' ')} />
        </svg>
        <span className="band-name" style={{ insetBlockEnd: 0 }}>
          {word('low')} 0–4
        </span>
        <span className="band-name" style={{ insetBlockEnd: `${100 - y(4.5)}%` }}>
          {word('medium')} 5–6
        </span>
        <span className="band-name" style={{ insetBlockEnd: `${100 - y(6.5)}%` }}>
          {word('high')} 7+
        </span>
        {points.map((p, i) => (
          <span key={i} className="point" data-band={p.band} style={{ insetInlineStart: `${x(i)}%`, insetBlockStart: `${y(p.total)}%` }}>
            {p.total}
          </span>
        ))}
      </div>
      <ol className="plain-list ticks" aria-hidden="true" style={{ gridTemplateColumns: `repeat(${points.length}, minmax(0, 1fr))` }}>
        {points.map((p, i) => (
          <li key={i}>{shortTime(p.at, language)}</li>
        ))}
      </ol>
      {habitual && <p className="legend">{fill(t.usualLine, { n: numberText(habitual.median, language) })}</p>}
      <Details className="quiet" data-size="sm">
        <Details.Summary>{t.table}</Details.Summary>
        <Details.Content>
          <Table data-size="sm">
            <Table.Head>
              <Table.Row>
                <Table.HeaderCell scope="col">{t.when}</Table.HeaderCell>
                <Table.HeaderCell scope="col">{t.score}</Table.HeaderCell>
                <Table.HeaderCell scope="col">{t.risk}</Table.HeaderCell>
              </Table.Row>
            </Table.Head>
            <Table.Body>
              {[...points].reverse().map((p, i) => (
                <Table.Row key={i}>
                  <Table.HeaderCell scope="row">{shortTime(p.at, language)}</Table.HeaderCell>
                  <Table.Cell>{p.total}</Table.Cell>
                  <Table.Cell>{word(p.band)}</Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table>
        </Details.Content>
      </Details>
    </div>
  );
}

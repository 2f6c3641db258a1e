import { useId } from 'react';
import { useTexts } from '../texts';
import { Section } from './Section';

const WIDTH = 168;
const HEIGHT = 84;
const GAP = 36;

/** The way from source to reader: a drawing for wide screens, and the same as a list. */
export function Picture() {
  const t = useTexts();
  const id = useId();
  const total = t.boxes.length * WIDTH + (t.boxes.length - 1) * GAP;
  return (
    <Section heading={t.pictureHeading}>
      <svg className="picture" viewBox={`-2 -2 ${total + 4} ${HEIGHT + 62}`} role="img" aria-labelledby={`${id}-t ${id}-d`}>
        <title id={`${id}-t`}>{t.pictureTitle}</title>
        <desc id={`${id}-d`}>{t.pictureDescription}</desc>
        {t.boxes.map((box, i) => {
          const x = i * (WIDTH + GAP);
          return (
            <g key={box.name} className={i === 3 ? 'box gate' : 'box'}>
              <rect x={x} y={0} width={WIDTH} height={HEIGHT} rx={10} />
              <Name text={box.name} x={x + WIDTH / 2} />
              {i > 0 && <path className="arrow" d={`M${x - GAP + 4} ${HEIGHT / 2}h${GAP - 14}m-7 -7l7 7l-7 7`} />}
            </g>
          );
        })}
        <Below x={WIDTH + GAP} />
        <Below x={3 * (WIDTH + GAP)} />
      </svg>
      <ol className="boxes">
        {t.boxes.map((box) => (
          <li key={box.name}>
            <strong>{box.name}.</strong> {box.what}
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** A name in the middle of its box, on two lines if it is long. */
function Name({ text, x }: { text: string; x: number }) {
  const at = text.length > 12 ? text.indexOf(' ', text.length / 3) : -1;
  const lines = at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
  return (
    <text textAnchor="middle" dominantBaseline="central">
      {lines.map((line, i) => (
        <tspan key={line} x={x} y={HEIGHT / 2 + (i - (lines.length - 1) / 2) * 24}>
          {line}
        </tspan>
      ))}
    </text>
  );
}

/** A sealed book under the log and under the entrance, which has the access log. */
function Below({ x }: { x: number }) {
  const middle = x + WIDTH / 2;
  return (
    <g className="seal">
      <path className="arrow" d={`M${middle} ${HEIGHT + 3}v14`} />
      <rect x={middle - 26} y={HEIGHT + 20} width={52} height={34} rx={4} />
      <path d={`M${middle - 16} ${HEIGHT + 31}h32M${middle - 16} ${HEIGHT + 42}h20`} />
      <circle cx={middle + 13} cy={HEIGHT + 43} r={5} />
    </g>
  );
}

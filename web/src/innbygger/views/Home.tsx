import { Card, Heading, Paragraph, Tag } from '@digdir/designsystemet-react';
import { Link } from 'react-router';
import { timeText } from '../../common/dates';
import { fill, useLanguage } from '../../common/language';
import { useSession } from '../SessionGate';
import { Title } from '../Title';
import { useNewestLog } from '../hooks';
import { places, useAddress } from '../places';
import { useTexts } from '../texts';

/** The first view: who looked last, and where to go. */
export function Home() {
  const t = useTexts();
  const address = useAddress();
  const { municipality } = useSession();
  return (
    <div className="stack loose">
      <Title lead={t.home.lead}>{fill(t.of, { municipality })}</Title>
      <Latest />
      <ul className="plain-list ways wide">
        {places.map(([name, to]) => (
          <li key={name}>
            <Card asChild>
              <Link to={address(to)}>
                <Heading level={2} data-size="2xs">
                  {t.pages[name]}
                </Heading>
                <Paragraph data-size="sm">{t.home[name]}</Paragraph>
              </Link>
            </Card>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Who looked last, people only. It is beside the point of the page: if it cannot be fetched, the view of the log says so. */
function Latest() {
  const t = useTexts();
  const language = useLanguage();
  const log = useNewestLog();
  if (!log.data) return null;
  const last = log.data.entries.filter((e) => !e.own && !e.automatic).slice(0, 3);
  return (
    <section className="wide stack" aria-labelledby="latest">
      <Heading level={2} data-size="xs" id="latest">
        {t.home.latest}
      </Heading>
      {last.length === 0 ? (
        <Paragraph>{t.home.latestNone}</Paragraph>
      ) : (
        <ul className="plain-list latest">
          {last.map((entry) => (
            <li key={entry.no}>
              <strong className="written">{entry.who}</strong>
              {entry.role && <span className="written">, {entry.role}</span>} · {entry.workplace ? <span className="written">{entry.workplace} · </span> : null}
              {timeText(new Date(entry.timeMs), language)} {!entry.permitted && <Tag data-color="warning">{t.home.refusedLately}</Tag>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

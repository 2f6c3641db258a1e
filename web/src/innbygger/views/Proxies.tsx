import { Button, Card, Checkbox, Fieldset, Heading, Paragraph, Tag, Textfield, ValidationMessage } from '@digdir/designsystemet-react';
import { type FormEvent, useState } from 'react';
import { Empty, Failed, Pending } from '../../common/States';
import { fill } from '../../common/language';
import { Confirm } from '../Confirm';
import { useDraft } from '../Draft';
import { Title } from '../Title';
import type { Proxy, Task } from '../api';
import { useChange, useProxies } from '../hooks';
import { useTexts } from '../texts';

const tasks: Task[] = ['insight', 'log', 'blocks', 'requests'];

/** Who may act for her, in what, and until when. */
export function Proxies() {
  const t = useTexts();
  const proxies = useProxies();
  return (
    <div className="stack loose">
      <Title lead={t.proxies.lead}>{t.pages.proxies}</Title>
      <Pending query={proxies} />
      {proxies.data?.proxies.length === 0 && <Empty>{t.proxies.none}</Empty>}
      {proxies.data && proxies.data.proxies.length > 0 && (
        <ul className="plain-list stack wide">
          {proxies.data.proxies.map((proxy) => (
            <li key={proxy.id} className="wide">
              <Given proxy={proxy} />
            </li>
          ))}
        </ul>
      )}
      <Give />
    </div>
  );
}

function Given({ proxy }: { proxy: Proxy }) {
  const t = useTexts();
  const change = useChange(['fullmakter']);
  const withdraw = () => change.mutate({ method: 'DELETE', path: `fullmakter/${proxy.id}` });
  return (
    <Card>
      <div className="stack">
        <Heading level={2} data-size="2xs" className="written">
          {proxy.name} {!proxy.valid && <Tag data-color="neutral">{t.proxies.notNow}</Tag>}
        </Heading>
        <Paragraph className="written">{proxy.text}</Paragraph>
        <Paragraph data-size="sm" className="subtle">
          {fill(t.proxies.given, { when: proxy.declared })}
        </Paragraph>
        {change.error && <Failed error={change.error} />}
        <Confirm label={t.proxies.withdraw} title={t.proxies.withdrawTitle} text={fill(t.proxies.withdrawText, { name: proxy.name })} action={t.proxies.withdrawDo} onConfirm={withdraw} />
      </div>
    </Card>
  );
}

const nobody = { name: '', holder: '', tasks: ['insight'] as Task[], from: '', to: '' };

function Give() {
  const t = useTexts();
  const [, hand] = useDraft();
  const change = useChange(['fullmakter']);
  const [given, setGiven] = useState(nobody);
  const [tried, setTried] = useState(false);
  const set = (part: Partial<typeof nobody>) => setGiven({ ...given, ...part });
  const holder = given.holder.replace(/\s/g, '');
  const wrong = {
    name: given.name.trim() ? '' : t.proxies.missingName,
    holder: /^\d{11}$/.test(holder) ? '' : t.proxies.wrongHolder,
    tasks: given.tasks.length > 0 ? '' : t.proxies.missingTask,
    period: given.from && given.to && given.from > given.to ? t.sharing.orderPeriod : '',
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    const period = { ...(given.from ? { from: given.from } : {}), ...(given.to ? { to: given.to } : {}) };
    const body = { holder, name: given.name.trim(), tasks: given.tasks, ...(given.from || given.to ? { period } : {}) };
    change.mutate(
      { method: 'POST', path: 'fullmakter', body },
      {
        onSuccess: () => {
          setGiven(nobody);
          setTried(false);
          hand({ told: { text: t.proxies.saved, at: '/fullmakter' } });
          window.scrollTo(0, 0);
        },
      },
    );
  };
  return (
    <form onSubmit={send} className="stack" noValidate autoComplete="off" aria-labelledby="give">
      <Heading level={2} data-size="sm" id="give">
        {t.proxies.new}
      </Heading>
      <Textfield label={t.proxies.name} value={given.name} maxLength={100} error={tried && wrong.name} onChange={(event) => set({ name: event.target.value })} />
      <Textfield label={t.proxies.holder} description={t.proxies.holderHelp} inputMode="numeric" value={given.holder} maxLength={14} error={tried && wrong.holder} onChange={(event) => set({ holder: event.target.value })} />
      <Fieldset>
        <Fieldset.Legend>{t.proxies.tasks}</Fieldset.Legend>
        {tasks.map((task) => (
          <Checkbox
            key={task}
            label={t.proxies.task[task]}
            value={task}
            checked={given.tasks.includes(task)}
            onChange={(event) => set({ tasks: event.target.checked ? [...given.tasks, task] : given.tasks.filter((one) => one !== task) })}
          />
        ))}
        {tried && wrong.tasks && <ValidationMessage>{wrong.tasks}</ValidationMessage>}
      </Fieldset>
      <Fieldset>
        <Fieldset.Legend>{t.proxies.period}</Fieldset.Legend>
        <Fieldset.Description>{t.proxies.periodHelp}</Fieldset.Description>
        <div className="row">
          <Textfield type="date" label={t.sharing.from} value={given.from} onChange={(event) => set({ from: event.target.value })} />
          <Textfield type="date" label={t.sharing.to} value={given.to} error={tried && wrong.period} onChange={(event) => set({ to: event.target.value })} />
        </div>
      </Fieldset>
      {change.error && <Failed error={change.error} />}
      <Button type="submit" disabled={change.isPending}>
        {t.proxies.save}
      </Button>
    </form>
  );
}

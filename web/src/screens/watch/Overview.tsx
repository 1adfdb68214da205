import { memo, useEffect, useState } from 'react';
import Button from '@cloudscape-design/components/button';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Container from '@cloudscape-design/components/container';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useLoad, type Loaded } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { bytes } from '../../components/format';
import { useSession } from '../../session/session';
import { Edges } from './Edges';
import { plot, steps, total, untilNextStep, type Overview as Answer, type Point } from './overview';
import { number, Plot } from './Plot';

/** everything is the choice of all distributions together. */
const everything = { value: '', label: 'All distributions' };

/** Period is a time that is looked back on; a span is asked of all edges, by way of Prometheus. */
interface Period {
  id: string;
  text: string;
  /** words head the figures; those of the edge's own hour are of all of it. */
  words: string;
  minutes: number;
  span?: true;
}

const periods: Period[] = [
  { id: '5m', text: '5 min', words: 'In the last hour', minutes: 5 },
  { id: '15m', text: '15 min', words: 'In the last hour', minutes: 15 },
  { id: '60m', text: '1 h', words: 'In the last hour', minutes: 60 },
  { id: '6h', text: '6 h', words: 'In the last 6 hours', minutes: 360, span: true },
  { id: '24h', text: '24 h', words: 'In the last 24 hours', minutes: 1440, span: true },
  { id: '7d', text: '7 d', words: 'In the last 7 days', minutes: 10_080, span: true },
];

/** Overview plots what the edge has done in the last hour, or all edges before, and lists the edges. */
export default function Overview() {
  const { site } = useSession();
  const [distribution, setDistribution] = useState('');
  const [shown, setShown] = useState('15m');
  const period = periods.find((p) => p.id === shown)!;
  const query: Record<string, string> = {};
  if (distribution) query['distribution'] = distribution;
  if (period.span) query['span'] = period.id;
  const read = useLoad(
    (s, signal) => s.operations.json<Answer>({ path: 'overview', query, signal }),
    [distribution, query['span']],
  );
  useAgain(read, period.span ? 60_000 : 5000);
  const o = read.data;
  const ids = (o?.distributions ?? []).map((d) => ({ value: d.id, label: d.id, description: `${number(total(d))} requests` }));
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          o &&
          (o.edge
            ? `What edge ${o.edge.id} (${o.edge.pop}) has served in the last hour, in steps of ${o.stepSeconds} seconds.`
            : `What all edges have served, as Prometheus knows, in steps of ${o.stepSeconds / 60} minutes.`)
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Select
              ariaLabel="Distribution"
              selectedOption={
                ids.find((i) => i.value === distribution) ??
                (distribution ? { value: distribution, label: distribution } : everything)
              }
              options={[everything, ...ids]}
              onChange={(e) => setDistribution(e.detail.selectedOption.value ?? '')}
            />
            <SegmentedControl
              label="Time shown"
              selectedId={shown}
              onChange={(e) => setShown(e.detail.selectedId)}
              options={periods.filter((p) => !p.span || site.spans?.includes(p.id))}
            />
          </SpaceBetween>
        }
      >
        Overview
      </Header>
      {read.error !== undefined && !o && (
        <ProblemAlert
          title="The overview could not be read"
          thrown={read.error}
          action={<Button onClick={read.reload}>Try again</Button>}
        />
      )}
      {!o && read.loading && <StatusIndicator type="loading">Loading the overview</StatusIndicator>}
      {o && <Figures o={o} words={period.words} />}
      {o && <Plots o={o} period={period} />}
      <Edges />
    </SpaceBetween>
  );
}

/** useAgain asks again a while after each answer, and once a step has ended, while the page is seen. */
function useAgain({ data, loading, reload }: Loaded<Answer>, milliseconds: number): void {
  useEffect(() => {
    if (loading) return;
    const wait = data ? Math.min(milliseconds, untilNextStep(data)) : milliseconds;
    let timer = setTimeout(function again() {
      if (document.visibilityState === 'visible') reload();
      else timer = setTimeout(again, milliseconds);
    }, wait);
    return () => clearTimeout(timer);
  }, [data, loading, reload, milliseconds]);
}

const Figures = memo(function Figures({ o, words }: { o: Answer; words: string }) {
  const t = o.total;
  const refused = Object.values(t.refusals).reduce((sum, n) => sum + n, 0);
  return (
    <Container header={<Header variant="h2">{words}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Requests', value: number(total(t)) },
          { label: 'Hit ratio', value: t.hitRatio === null ? '–' : percent(t.hitRatio) },
          { label: 'Sent to viewers', value: bytes(t.bytes) },
          { label: 'Refused signatures', value: number(refused) },
        ]}
      />
    </Container>
  );
});

/** Plots is drawn anew for a new answer only: asking alone changes nothing in it. */
const Plots = memo(function Plots({ o, period }: { o: Answer; period: Period }) {
  // Of a span the newest step is one of its steps; it is not drawn before it is complete.
  const at = steps(o, period.span ? period.minutes - o.stepSeconds / 60 : period.minutes);
  const domain: [Date, Date] = [at[0]!.at, at.at(-1)!.at];
  const rate = (value: (p: Point) => number) => (p: Point | undefined) => (p ? value(p) / o.stepSeconds : 0);
  const reasons = [...new Set(at.flatMap(({ point }) => Object.keys(point?.refusals ?? {})))].sort();
  const refusals = reasons.map((r) => plot(at, r, (p) => p?.refusals[r] ?? 0));
  const results = ['Hit', 'RefreshHit', 'Miss', 'Error', 'Redirect'];
  const half = { colspan: { default: 12, s: 6 } };
  return (
    <Grid gridDefinition={[half, half, half, half, half, half]}>
      <Plot
        title="Requests by result"
        unit="per second"
        domain={domain}
        series={results.map((r) =>
          plot(
            at,
            r,
            rate((p) => p.requests[r] ?? 0),
          ),
        )}
      />
      <Plot
        title="Hit ratio"
        domain={domain}
        max={1}
        format={percent}
        series={[plot(at, 'Hit ratio', (p) => p?.hitRatio ?? undefined)]}
      />
      <Plot
        title="Sent to viewers"
        unit="bytes per second"
        domain={domain}
        format={(y) => bytes(y)}
        series={[
          plot(
            at,
            'Bytes',
            rate((p) => p.bytes),
          ),
        ]}
      />
      <Plot
        title="Time to the first byte"
        unit="milliseconds"
        domain={domain}
        series={(['p50', 'p90', 'p99'] as const).map((q) => plot(at, q, (p) => p?.latency?.[q]))}
      />
      <Plot
        title="Origin"
        unit="per second"
        domain={domain}
        series={[
          plot(
            at,
            'Requests',
            rate((p) => p.origin.requests),
          ),
          plot(
            at,
            'Errors',
            rate((p) => p.origin.errors),
          ),
        ]}
      />
      <Plot
        title="Refused signatures by reason"
        domain={domain}
        series={refusals.length ? refusals : [plot(at, 'refused', () => 0)]}
      />
    </Grid>
  );
});

function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

import { useEffect, useState } from 'react';
import Button from '@cloudscape-design/components/button';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Container from '@cloudscape-design/components/container';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLoad } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { bytes } from '../../components/format';
import { Edges } from './Edges';
import { plot, steps, total, type Overview as Answer, type Point } from './overview';
import { number, Plot } from './Plot';

/** everything is the choice of all distributions together. */
const everything = { value: '', label: 'All distributions' };

/** Overview plots what the edge has done in the last hour, and lists the edges. */
export default function Overview() {
  const [distribution, setDistribution] = useState('');
  const [minutes, setMinutes] = useState('15');
  const query: Record<string, string> = distribution ? { distribution } : {};
  const read = useLoad((s, signal) => s.operations.json<Answer>({ path: 'overview', query, signal }), [distribution]);
  useEvery(5000, read.reload);
  const o = read.data;
  const ids = (o?.distributions ?? []).map((d) => ({ value: d.id, label: d.id, description: `${number(total(d))} requests` }));
  if (read.error !== undefined && !o) {
    return (
      <ProblemAlert
        title="The overview could not be read"
        thrown={read.error}
        action={<Button onClick={read.reload}>Try again</Button>}
      />
    );
  }
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          o && `What edge ${o.edge.id} (${o.edge.pop}) has served in the last hour, in steps of ${o.stepSeconds} seconds.`
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
              selectedId={minutes}
              onChange={(e) => setMinutes(e.detail.selectedId)}
              options={[
                { id: '5', text: '5 min' },
                { id: '15', text: '15 min' },
                { id: '60', text: '1 h' },
              ]}
            />
          </SpaceBetween>
        }
      >
        Overview
      </Header>
      {o && <Figures o={o} />}
      {o && <Plots o={o} minutes={Number(minutes)} />}
      <Edges />
    </SpaceBetween>
  );
}

/** useEvery calls again and again while the page is seen. */
function useEvery(milliseconds: number, call: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && call(), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds, call]);
}

function Figures({ o }: { o: Answer }) {
  const t = o.total;
  const refused = Object.values(t.refusals).reduce((sum, n) => sum + n, 0);
  return (
    <Container header={<Header variant="h2">In the last hour</Header>}>
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
}

function Plots({ o, minutes }: { o: Answer; minutes: number }) {
  const at = steps(o, minutes);
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
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1000) / 10} %`;
}

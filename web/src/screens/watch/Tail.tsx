import { useEffect, useRef, useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { isAborted } from '../../api/errors';
import { ProblemAlert } from '../../components/ProblemAlert';
import { bytes } from '../../components/format';
import { useSession } from '../../session/session';
import { follow, type Seen } from './tail';

const kept = 200;
const results = ['', 'Hit', 'RefreshHit', 'Miss', 'Error', 'Redirect'].map((value) => ({ value, label: value || 'Any result' }));
const classes = ['', '2xx', '3xx', '4xx', '5xx'].map((value) => ({ value, label: value || 'Any status' }));

/** Tail shows requests as they end, newest first. */
export default function Tail() {
  const [filter, setFilter] = useState({ path: '', result: '', status: '' });
  const [on, setOn] = useState(true);
  const { rows, dropped, error, open } = useTail(filter, on);
  return (
    <SpaceBetween size="m">
      {error !== undefined && <ProblemAlert title="The tail ended" thrown={error} />}
      <Table
        items={rows}
        trackBy="x-edge-request-id"
        wrapLines
        ariaLabels={{ tableLabel: 'Requests' }}
        empty={on ? 'Waiting for requests.' : 'Stopped.'}
        header={
          <Header
            variant="h1"
            description="Requests to this node’s edge as they end, newest first; what was signed into them is left out."
            actions={<Button onClick={() => setOn(!on)}>{on ? 'Stop' : 'Follow'}</Button>}
          >
            Live tail
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="xs">
            <Input
              ariaLabel="Part of the path"
              placeholder="Part of the path"
              type="search"
              value={filter.path}
              onChange={(e) => setFilter({ ...filter, path: e.detail.value })}
            />
            <Select
              ariaLabel="Result"
              selectedOption={results.find((r) => r.value === filter.result) ?? null}
              options={results}
              onChange={(e) => setFilter({ ...filter, result: e.detail.selectedOption.value ?? '' })}
            />
            <Select
              ariaLabel="Status"
              selectedOption={classes.find((c) => c.value === filter.status) ?? null}
              options={classes}
              onChange={(e) => setFilter({ ...filter, status: e.detail.selectedOption.value ?? '' })}
            />
            <Box padding={{ top: 'xs' }}>
              <StatusIndicator type={open ? 'success' : on ? 'pending' : 'stopped'}>
                {open ? 'Following' : on ? 'Connecting' : 'Stopped'}
                {dropped > 0 && `, ${dropped} left out`}
              </StatusIndicator>
            </Box>
          </SpaceBetween>
        }
        columnDefinitions={[
          { id: 'time', header: 'Time', cell: (r) => new Date(r['date-time']).toLocaleTimeString() },
          { id: 'status', header: 'Status', cell: (r) => r['sc-status'] },
          {
            id: 'result',
            header: 'Result',
            cell: (r) => r['x-edge-result-type'] + (r['refusal-reason'] ? `: ${r['refusal-reason']}` : ''),
          },
          { id: 'method', header: 'Method', cell: (r) => r['cs-method'] },
          { id: 'path', header: 'Path', cell: (r) => r['cs-uri-stem'], isRowHeader: true },
          { id: 'distribution', header: 'Distribution', cell: (r) => r['distribution-id'] ?? r['cs(Host)'] ?? '–' },
          { id: 'viewer', header: 'Viewer', cell: (r) => r['c-ip'] ?? '–' },
          { id: 'bytes', header: 'Sent', cell: (r) => bytes(r['sc-bytes']) },
          {
            id: 'taken',
            header: 'Took',
            cell: (r) => (r['time-taken'] === undefined ? '–' : `${(r['time-taken'] * 1000).toFixed(1)} ms`),
          },
        ]}
      />
    </SpaceBetween>
  );
}

/** useTail follows the tail, again when the filter changes. */
function useTail(filter: Record<string, string>, on: boolean) {
  const { operations } = useSession();
  const [rows, setRows] = useState<Seen[]>([]);
  const [dropped, setDropped] = useState(0);
  const [error, setError] = useState<unknown>();
  const [open, setOpen] = useState(false);
  const [turn, setTurn] = useState(0);
  const pending = useRef<Seen[]>([]);
  const asked = useRef('');
  const key = JSON.stringify(filter);

  useEffect(() => {
    setRows([]);
  }, [key]);
  useEffect(() => {
    setError(undefined);
    setOpen(false);
    if (!on) return;
    const abort = new AbortController();
    const query = Object.fromEntries(Object.entries(JSON.parse(key) as typeof filter).filter(([, v]) => v));
    // Rows are drawn a few times a second, however many come; the first ones at once.
    let drawn = false;
    const show = () => {
      const fresh = pending.current.splice(0);
      if (!fresh.length) return;
      drawn = true;
      setRows((old) => [...fresh, ...old].slice(0, kept));
    };
    // A moment's typing is one question.
    const typing = asked.current !== '' && asked.current !== key;
    asked.current = key;
    const begin = setTimeout(
      () => {
        follow(operations, query, abort.signal, (lines) => {
          setOpen(true);
          for (const line of lines) {
            if (line.request) pending.current.unshift(line.request);
            if (line.dropped) setDropped((n) => n + line.dropped!);
          }
          pending.current.length = Math.min(pending.current.length, kept);
          if (!drawn) show();
        }).then(
          // The server ends a stream after an hour, or when it stops: ask again.
          () => !abort.signal.aborted && setTurn((n) => n + 1),
          (e: unknown) => {
            setOpen(false);
            if (!isAborted(e)) setError(e);
          },
        );
      },
      typing ? 250 : 0,
    );
    const draw = setInterval(show, 250);
    return () => {
      abort.abort();
      clearTimeout(begin);
      clearInterval(draw);
      pending.current = [];
    };
  }, [operations, key, on, turn]);
  return { rows, dropped, error, open };
}

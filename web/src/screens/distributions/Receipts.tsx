import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { describe } from '../../api/errors';
import { useLoad } from '../../app/requests';
import { when } from '../../components/format';

/** Receipt is how one change reached the edges. */
interface Receipt {
  action: string;
  revision: number;
  at: string;
  completed: string | null;
  edges: { edge: string; pop: string; milliseconds: number }[];
  absent: string[];
}

/** Receipts shows how the changes of a resource reached each edge; turn asks again when it changes. */
export function Receipts({ of, turn }: { of: string; turn: string }) {
  const receipts = useLoad(
    (s, signal) => s.operations.json<{ receipts: Receipt[] }>({ path: `receipts/${of}`, signal }),
    [of, turn],
  );
  const items = receipts.data?.receipts ?? [];
  return (
    <Table
      variant="embedded"
      items={items.slice(0, 10)}
      trackBy={(r) => String(r.revision)}
      loading={receipts.loading && !receipts.data}
      loadingText="Loading receipts"
      empty={receipts.error !== undefined ? describe(receipts.error).message : 'No receipts are kept: they last 30 days.'}
      ariaLabels={{ tableLabel: 'Receipts' }}
      header={
        <Header variant="h3" description="How long each change took to reach each edge.">
          Receipts
        </Header>
      }
      columnDefinitions={[
        { id: 'at', header: 'Time', cell: (r) => when(r.at), isRowHeader: true },
        { id: 'action', header: 'Change', cell: (r) => r.action },
        {
          id: 'state',
          header: 'State',
          cell: (r) =>
            r.completed ? (
              <StatusIndicator>At every edge</StatusIndicator>
            ) : (
              <StatusIndicator type="in-progress">Under way</StatusIndicator>
            ),
        },
        { id: 'edges', header: 'Edges', cell: (r) => <Arrivals receipt={r} /> },
      ]}
    />
  );
}

function Arrivals({ receipt }: { receipt: Receipt }) {
  const arrived = receipt.edges.map((e) => `${e.edge} (${e.pop}) after ${e.milliseconds.toFixed(1)} ms`);
  const left = receipt.absent.length ? [`left before: ${receipt.absent.join(', ')}`] : [];
  return <Box>{[...arrived, ...left].join('; ') || '–'}</Box>;
}

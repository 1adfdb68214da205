import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { describe } from '../../api/errors';
import { useLoad } from '../../app/requests';
import { when } from '../../components/format';

/** Edge is a live edge, as `GET edges` tells it. */
interface Edge {
  id: string;
  address: string;
  pop: string;
  version: string;
  applied: number;
  health?: 'current' | 'behind';
  self?: boolean;
}

/** Row is a live edge, or one that was live and is not. */
interface Row extends Edge {
  absent?: { since: string | null };
}

interface Answer {
  edges: Edge[];
  absent?: (Edge & { since: string | null })[];
}

/** Edges lists the edges, and whether each is live and serves the newest configuration. */
export function Edges() {
  const edges = useLoad((s, signal) => s.operations.json<Answer>({ path: 'edges', signal }), []);
  const rows: Row[] = [
    ...(edges.data?.edges ?? []),
    ...(edges.data?.absent ?? []).map(({ since, ...edge }) => ({ ...edge, absent: { since } })),
  ];
  return (
    <Table
      items={rows}
      trackBy="id"
      loading={edges.loading && !edges.data}
      loadingText="Loading edges"
      empty={edges.error === undefined ? 'No edge is live.' : describe(edges.error).message}
      ariaLabels={{ tableLabel: 'Edges' }}
      header={
        <Header
          variant="h2"
          counter={edges.data && `(${edges.data.edges.length})`}
          description="One that stops reporting is absent after seconds."
        >
          Edges
        </Header>
      }
      columnDefinitions={[
        { id: 'id', header: 'Edge', cell: (e) => (e.self ? `${e.id} (this one)` : e.id), isRowHeader: true },
        { id: 'pop', header: 'POP', cell: (e) => e.pop },
        {
          id: 'health',
          header: 'Health',
          cell: (e) => <Health edge={e} />,
        },
        { id: 'applied', header: 'Revision', cell: (e) => <Box>{e.applied}</Box> },
        { id: 'address', header: 'Address', cell: (e) => e.address },
        { id: 'version', header: 'Version', cell: (e) => e.version },
      ]}
    />
  );
}

function Health({ edge: { health, absent } }: { edge: Row }) {
  if (absent)
    return <StatusIndicator type="stopped">Absent{absent.since && ` since ${when(new Date(absent.since))}`}</StatusIndicator>;
  if (health === 'behind') return <StatusIndicator type="warning">Behind</StatusIndicator>;
  return <StatusIndicator>Current</StatusIndicator>;
}

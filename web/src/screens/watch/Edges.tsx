import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { describe } from '../../api/errors';
import { useLoad } from '../../app/requests';

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

/** Edges lists the live edges, and whether each serves the newest configuration. */
export function Edges() {
  const edges = useLoad((s, signal) => s.operations.json<{ edges: Edge[] }>({ path: 'edges', signal }), []);
  return (
    <Table
      items={edges.data?.edges ?? []}
      trackBy="id"
      loading={edges.loading && !edges.data}
      loadingText="Loading edges"
      empty={edges.error === undefined ? 'No edge is live.' : describe(edges.error).message}
      ariaLabels={{ tableLabel: 'Edges' }}
      header={
        <Header
          variant="h2"
          counter={edges.data && `(${edges.data.edges.length})`}
          description="Those that report; one that stops leaves the list after seconds."
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
          cell: (e) =>
            e.health === 'behind' ? (
              <StatusIndicator type="warning">Behind</StatusIndicator>
            ) : (
              <StatusIndicator>Current</StatusIndicator>
            ),
        },
        { id: 'applied', header: 'Revision', cell: (e) => <Box>{e.applied}</Box> },
        { id: 'address', header: 'Address', cell: (e) => e.address },
        { id: 'version', header: 'Version', cell: (e) => e.version },
      ]}
    />
  );
}

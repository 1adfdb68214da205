import { useState } from 'react';
import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useAct, usePages } from '../../app/requests';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import type { KeyPair } from '../../recipe/keys';
import { useSession } from '../../session/session';
import { CreateKey } from './CreateKey';
import type { KeyTableProps } from './Keys';
import { kindOf } from './kinds';
import { usageColumns } from './usage';

/** KeyPairs lists the legacy key pairs, which distributions with trusted signer self trust. */
export function KeyPairs({ usage, changes, onRotate }: KeyTableProps) {
  const { operations } = useSession();
  const act = useAct();
  const [selected, setSelected] = useState<KeyPair[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const pages = usePages<KeyPair>(
    async (session, _, signal) => {
      const { keyPairs } = await session.operations.json<{ keyPairs: KeyPair[] }>({ path: 'key-pairs', signal });
      return { items: keyPairs };
    },
    [changes],
  );
  const one = selected[0];
  const close = () => setDialog(undefined);

  async function change(method: 'PATCH' | 'DELETE', body: unknown, done: string, failed: string) {
    if (await act.run(() => operations.json({ method, path: `key-pairs/${one!.id}`, body }), { done, failed })) setSelected([]);
    pages.reload();
    close();
  }
  const toggle = () =>
    change(
      'PATCH',
      { active: !one!.active },
      `Key pair ${one!.id} was ${one!.active ? 'deactivated' : 'activated'}.`,
      `Key pair ${one!.id} was not ${one!.active ? 'deactivated' : 'activated'}`,
    );

  return (
    <>
      <ResourceTable
        title="Key pairs"
        headingLevel="h2"
        description="At most two are active: one, and another while it is being replaced."
        pages={pages}
        id={(k) => k.id}
        text={(k) => k.id}
        columns={[
          { id: 'id', header: 'Id', cell: (k) => k.id, sortingField: 'id', isRowHeader: true },
          {
            id: 'status',
            header: 'Status',
            cell: (k) => (
              <StatusIndicator type={k.active ? 'success' : 'stopped'}>{k.active ? 'Active' : 'Inactive'}</StatusIndicator>
            ),
            sortingField: 'active',
          },
          ...usageColumns<KeyPair>(usage, (k) => k.id),
          { id: 'kind', header: 'Kind', cell: (k) => kindOf(k.publicKey) },
          { id: 'created', header: 'Created', cell: (k) => when(k.created), sortingField: 'created' },
        ]}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        empty="No key pairs yet. Distributions with trusted signer self admit what they sign."
        actions={[
          <Button key="toggle" disabled={!one} loading={act.busy && !dialog} onClick={() => void toggle()}>
            {one && !one.active ? 'Activate' : 'Deactivate'}
          </Button>,
          <Button key="delete" disabled={!one || one.active} onClick={() => setDialog('delete')}>
            Delete
          </Button>,
          <Button key="rotate" disabled={!one} onClick={() => onRotate(one!.id)}>
            Rotate
          </Button>,
          <Button key="create" variant="primary" onClick={() => setDialog('create')}>
            Create key pair
          </Button>,
        ]}
      />
      {dialog === 'create' && <CreateKey legacy onDismiss={close} onCreated={() => (pages.reload(), usage.reload())} />}
      {dialog === 'delete' && one && (
        <ConfirmDelete
          what={`key pair ${one.id}`}
          busy={act.busy}
          onConfirm={() =>
            void change('DELETE', undefined, `Key pair ${one.id} was deleted.`, `Key pair ${one.id} was not deleted`)
          }
          onDismiss={close}
        >
          What it signed stays refused, and its id is not used again.
        </ConfirmDelete>
      )}
    </>
  );
}

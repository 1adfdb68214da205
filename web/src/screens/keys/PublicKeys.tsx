import { useState } from 'react';
import {
  DeletePublicKeyCommand,
  GetPublicKeyCommand,
  ListPublicKeysCommand,
  type PublicKeySummary,
} from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import { useAct, usePages } from '../../app/requests';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import { useSession, type Session } from '../../session/session';
import { CreateKey } from './CreateKey';
import type { KeyTableProps } from './Keys';
import { kindOf } from './kinds';
import { usageColumns } from './usage';

async function remove({ cloudfront }: Session, id: string): Promise<void> {
  const { ETag } = await cloudfront.send(new GetPublicKeyCommand({ Id: id }));
  await cloudfront.send(new DeletePublicKeyCommand({ Id: id, IfMatch: ETag }));
}

/** PublicKeys lists the public halves the server knows. */
export function PublicKeys({ usage, changes, onRotate }: KeyTableProps) {
  const session = useSession();
  const act = useAct();
  const [selected, setSelected] = useState<PublicKeySummary[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const pages = usePages<PublicKeySummary>(
    async ({ cloudfront }, Marker, abortSignal) => {
      const { PublicKeyList: list } = await cloudfront.send(new ListPublicKeysCommand({ MaxItems: 100, Marker }), {
        abortSignal,
      });
      return { items: list?.Items ?? [], next: list?.NextMarker };
    },
    [changes],
  );
  const one = selected[0];
  const close = () => setDialog(undefined);

  async function confirmed() {
    const words = { done: `Public key ${one!.Name} was deleted.`, failed: `Public key ${one!.Name} was not deleted` };
    if (await act.run(() => remove(session, one!.Id!), words)) setSelected([]);
    pages.reload();
    close();
  }

  return (
    <>
      <ResourceTable
        title="Public keys"
        headingLevel="h2"
        pages={pages}
        id={(k) => k.Id ?? ''}
        itemName={(k) => k.Name ?? ''}
        text={(k) => `${k.Id} ${k.Name} ${k.Comment}`}
        columns={[
          { id: 'name', header: 'Name', cell: (k) => k.Name, sortingField: 'Name', isRowHeader: true },
          { id: 'id', header: 'Id', cell: (k) => k.Id, sortingField: 'Id' },
          ...usageColumns<PublicKeySummary>(usage, (k) => k.Id ?? ''),
          { id: 'kind', header: 'Kind', cell: (k) => kindOf(k.EncodedKey ?? '') },
          { id: 'created', header: 'Created', cell: (k) => when(k.CreatedTime), sortingField: 'CreatedTime' },
          { id: 'comment', header: 'Comment', cell: (k) => k.Comment || '–' },
        ]}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        empty="No public keys yet. Create one: its private half signs URLs and cookies."
        actions={[
          <Button key="delete" disabled={!one} onClick={() => setDialog('delete')}>
            Delete
          </Button>,
          <Button key="rotate" disabled={!one} onClick={() => onRotate(one!.Id!)}>
            Rotate
          </Button>,
          <Button key="create" variant="primary" onClick={() => setDialog('create')}>
            Create key
          </Button>,
        ]}
      />
      {dialog === 'create' && <CreateKey onDismiss={close} onCreated={() => (pages.reload(), usage.reload())} />}
      {dialog === 'delete' && (
        <ConfirmDelete what={`public key ${one?.Name}`} busy={act.busy} onConfirm={() => void confirmed()} onDismiss={close}>
          Signatures of its private half are refused at once. A key that is in a key group is not deleted.
        </ConfirmDelete>
      )}
    </>
  );
}

import { useState } from 'react';
import { DeleteBucketCommand, ListBucketsCommand, type Bucket } from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { useAct, usePages } from '../../app/requests';
import { href } from '../../app/router';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import { useSession } from '../../session/session';
import { CreateBucket } from './CreateBucket';

/** Buckets lists the buckets of the account. */
export default function Buckets() {
  const { s3 } = useSession();
  const act = useAct();
  const [selected, setSelected] = useState<Bucket[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const pages = usePages<Bucket>(async (session, marker, abortSignal) => {
    const answer = await session.s3.send(new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken: marker }), {
      abortSignal,
    });
    return { items: answer.Buckets ?? [], next: answer.ContinuationToken };
  }, []);

  const name = selected[0]?.Name ?? '';
  const close = () => setDialog(undefined);
  async function remove() {
    const words = { done: `Bucket ${name} was deleted.`, failed: `Bucket ${name} was not deleted` };
    if (await act.run(() => s3.send(new DeleteBucketCommand({ Bucket: name })), words)) {
      setSelected([]);
      pages.reload();
    }
    close();
  }

  return (
    <>
      <ResourceTable
        title="Buckets"
        description="Buckets hold what distributions deliver. A new bucket is private: only your access keys read it."
        pages={pages}
        id={(b) => b.Name ?? ''}
        text={(b) => b.Name ?? ''}
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: (b) => <Link href={href('/buckets/:bucket', { bucket: b.Name ?? '' })}>{b.Name}</Link>,
            sortingField: 'Name',
            isRowHeader: true,
          },
          { id: 'region', header: 'Region', cell: (b) => b.BucketRegion ?? '–', sortingField: 'BucketRegion' },
          { id: 'created', header: 'Created', cell: (b) => when(b.CreationDate), sortingField: 'CreationDate' },
        ]}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        empty="No buckets yet. Create one, or let Start guide you."
        actions={[
          <Button key="delete" disabled={!name} onClick={() => setDialog('delete')}>
            Delete
          </Button>,
          <Button key="create" variant="primary" onClick={() => setDialog('create')}>
            Create bucket
          </Button>,
        ]}
      />
      {dialog === 'create' && (
        <CreateBucket
          onDismiss={close}
          onCreated={() => {
            close();
            pages.reload();
          }}
        />
      )}
      {dialog === 'delete' && (
        <ConfirmDelete what={`bucket ${name}`} typed={name} busy={act.busy} onConfirm={() => void remove()} onDismiss={close}>
          The bucket’s policy goes with it, and another account may take the name. A bucket that holds objects is not deleted.
        </ConfirmDelete>
      )}
    </>
  );
}

import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Modal from '@cloudscape-design/components/modal';
import { useSession } from '../../session/session';
import { makeKey, type KeyKind, type NewKey } from '../../signing/key';
import { downloadKey } from '../../recipe/keys';
import { when } from '../../components/format';
import { BeginRotation } from './BeginRotation';
import { FinishRotation } from './FinishRotation';
import { nameOf, underWay, type KeyStatus, type Usage } from './usage';

interface Props {
  status: KeyStatus;
  usage: Usage;
  /** onChanged is told after each change, since keys, groups and pairs may be others then. */
  onChanged: () => void;
  onDismiss: () => void;
}

/** Rotating is what a step of a rotation is given. */
export interface Rotating {
  status: KeyStatus;
  usage: Usage;
  busy: boolean;
  error?: unknown;
  onDismiss: () => void;
}

/** RotateKey is the dialog that replaces a key: start, watch, finish. It may be left and opened again in between. */
export function RotateKey({ status, usage, onChanged, onDismiss }: Props) {
  const { operations } = useSession();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<{ id: string; key: NewKey }>();
  const path = `keys/${encodeURIComponent(status.id)}/rotation`;

  async function act(change: () => Promise<void>) {
    setBusy(true);
    setError(undefined);
    try {
      await change();
    } catch (e) {
      setError(e);
    }
    setBusy(false);
    usage.reload();
    onChanged();
  }
  const begin = (kind: KeyKind, removeAfter?: string) =>
    act(async () => {
      const key = await makeKey(kind);
      const body = { publicKey: key.publicPem, ...(removeAfter && { removeAfter }) };
      const { rotation } = await operations.json<KeyStatus>({ method: 'POST', path, body });
      downloadKey(rotation!.new, key);
      setMade({ id: rotation!.new, key });
    });
  const setDate = (removeAfter: string) => act(() => operations.json({ method: 'POST', path, body: { removeAfter } }));
  const finish = (force: boolean) => act(() => operations.json({ method: 'POST', path: `${path}/finish`, body: { force } }));

  const step = { status, usage, busy, error, onDismiss };
  if (underWay(status)) return <FinishRotation {...step} made={made} onSetDate={setDate} onFinish={finish} />;
  if (status.rotation?.finished && !status.active) return <Done status={status} onDismiss={onDismiss} />;
  return <BeginRotation {...step} onBegin={begin} />;
}

function Done({ status, onDismiss }: { status: KeyStatus; onDismiss: () => void }) {
  return (
    <Modal visible onDismiss={onDismiss} header={`${nameOf(status)} was replaced`} closeAriaLabel="Close">
      <Alert type="success">
        It is trusted no more, since {when(status.rotation!.finished!)}; {status.rotation!.new} is in its place. The old key is
        kept: what it was part of can take it back.
      </Alert>
    </Modal>
  );
}

import { useState } from 'react';
import { CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';
import { FormDialog } from '../../components/FormDialog';
import { reference } from '../../recipe/distribution';
import { useSession } from '../../session/session';

interface Props {
  distribution: string;
  /** paths are there to begin with: those of an invalidation to be repeated. */
  paths?: string[];
  onCreated: (id: string) => void;
  onClose: () => void;
}

/** CreateInvalidation is the dialog that makes an invalidation. */
export function CreateInvalidation({ distribution, paths = [], onCreated, onClose }: Props) {
  const { cloudfront } = useSession();
  const [text, setText] = useState(paths.join('\n'));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const items = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line);
  const wrong = items.find((item) => !/^[/#]/.test(item));

  async function create() {
    setBusy(true);
    setError(undefined);
    const batch = { CallerReference: reference(), Paths: { Quantity: items.length, Items: items } };
    try {
      const made = await cloudfront.send(
        new CreateInvalidationCommand({ DistributionId: distribution, InvalidationBatch: batch }),
      );
      onCreated(made.Invalidation!.Id!);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }
  return (
    <FormDialog
      title="Create invalidation"
      action="Create invalidation"
      busy={busy}
      disabled={!items.length || !!wrong}
      failure="The invalidation was not created"
      error={error}
      onSubmit={() => void create()}
      onClose={onClose}
    >
      <FormField
        label="Paths and tags"
        description="One a line. A path such as /images/cat.jpg, a path with * at its end, or a tag such as #product-1. The query string counts if the cache policy says so."
        errorText={wrong && `“${wrong}” is neither a path, which begins with /, nor a tag, which begins with #.`}
      >
        <Textarea
          value={text}
          onChange={(e) => setText(e.detail.value)}
          rows={6}
          placeholder={'/images/*\n#product-1'}
          spellcheck={false}
          autoFocus
        />
      </FormField>
    </FormDialog>
  );
}

import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { samplePicture } from '../../recipe/sample';
import type { StepProps } from './step';

/** FileStep asks for the file, or draws one. */
export function FileStep({ draft, change }: StepProps) {
  return (
    <Container>
      <SpaceBetween size="m">
        <FormField label="File" description="Drop it here, or choose it.">
          <FileUpload
            value={draft.file ? [draft.file] : []}
            onChange={(e) => change({ file: e.detail.value[0] })}
            showFileSize
            showFileThumbnail
            i18nStrings={{
              uploadButtonText: () => 'Choose file',
              dropzoneText: () => 'Drop the file to upload it',
              removeFileAriaLabel: () => 'Remove the file',
            }}
          />
        </FormField>
        <Button onClick={() => void samplePicture().then((file) => change({ file }))}>Use a sample picture</Button>
      </SpaceBetween>
    </Container>
  );
}

import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';

interface Props {
  label: string;
  optional?: boolean;
  date: string;
  time: string;
  onDate: (date: string) => void;
  onTime: (time: string) => void;
}

/** DateTimeField asks for a date and a time of day, in the visitor’s zone. */
export function DateTimeField({ label, optional, date, time, onDate, onTime }: Props) {
  return (
    <SpaceBetween direction="horizontal" size="s">
      <FormField
        label={`${label} on`}
        description={optional ? 'Optional' : undefined}
        constraintText="YYYY/MM/DD, in your time zone"
      >
        <DatePicker
          value={date}
          onChange={(e) => onDate(e.detail.value)}
          placeholder="YYYY/MM/DD"
          openCalendarAriaLabel={() => `Choose the date: ${label.toLowerCase()}`}
        />
      </FormField>
      <FormField label={`${label} at`} description={optional ? 'Optional' : undefined} constraintText="HH:MM:SS">
        <TimeInput value={time} onChange={(e) => onTime(e.detail.value)} placeholder="00:00:00" />
      </FormField>
    </SpaceBetween>
  );
}

import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LineChart from '@cloudscape-design/components/line-chart';
import Box from '@cloudscape-design/components/box';
import type { Series } from './overview';

interface Props {
  title: string;
  unit?: string;
  series: Series[];
  format?: (y: number) => string;
  /** domain is the range of time shown. */
  domain: [Date, Date];
  max?: number;
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const longest = 24 * 3600_000; // milliseconds that the time of day alone tells apart

/** Plot draws some lines over time. */
export function Plot({ title, unit, series, format = number, domain, max }: Props) {
  const top = Math.max(...series.flatMap((s) => s.data.map((d) => d.y)), 0);
  return (
    <Container header={<Header variant="h2">{unit ? `${title} (${unit})` : title}</Header>}>
      <LineChart
        series={series.map((s) => ({ type: 'line', ...s, valueFormatter: format }))}
        xDomain={domain}
        yDomain={[0, max ?? (top > 0 ? top * 1.1 : 1)]}
        xScaleType="time"
        height={180}
        hideFilter
        ariaLabel={title}
        xTitle=""
        yTitle=""
        i18nStrings={{
          chartAriaRoleDescription: 'line chart',
          xTickFormatter: (d) => (domain[1].getTime() - domain[0].getTime() < longest ? time : day).format(d),
          yTickFormatter: format,
          detailPopoverDismissAriaLabel: 'Close',
          legendAriaLabel: `Legend of ${title}`,
          xAxisAriaRoleDescription: 'x axis',
          yAxisAriaRoleDescription: 'y axis',
        }}
        empty={<Box textAlign="center">Nothing happened in this time.</Box>}
      />
    </Container>
  );
}

/** number writes a count or a rate. */
export function number(y: number): string {
  return new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3, notation: 'compact' }).format(y);
}
